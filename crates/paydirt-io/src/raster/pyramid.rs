//! A raster with smaller copies of itself, read in windows by several threads at once.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use gdal::Dataset;
use gdal::raster::RasterBand;
use paydirt_core::grid::Grid;

use super::nodata::Missing;
use super::source::{Window, cells};
use super::{BandInfo, inspect};
use crate::engine::{damaged, listen};
use crate::{Error, Result};

/// Columns and rows of a raster, or of a smaller copy of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Number of columns.
    pub cols: usize,
    /// Number of rows.
    pub rows: usize,
}

/// A raster that lies straight, with its smaller copies (overviews). Each read borrows one open dataset
/// of a small pool, which grows to as many as read at a time.
#[derive(Debug)]
pub struct Pyramid {
    path: PathBuf,
    grid: Grid,
    bands: Vec<BandInfo>,
    levels: Vec<Level>,
    idle: Mutex<Vec<Dataset>>,
}

impl Pyramid {
    /// Opens a raster. Reads no cell.
    ///
    /// # Errors
    /// As [`inspect`], and where its rows do not run south or it names no coordinate reference system.
    pub fn open(path: &Path) -> Result<Self> {
        let info = inspect(path)?;
        let grid = info.grid(path)?;
        let dataset = super::open(path)?;
        let (levels, _) = listen(|| levels(&dataset));
        let levels = levels.map_err(damaged(path, "looking for smaller copies"))?;
        let idle = Mutex::new(vec![dataset]);
        Ok(Self { path: path.into(), grid, bands: info.bands, levels, idle })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where its cells lie.
    #[must_use]
    pub const fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Its bands, the first first.
    #[must_use]
    pub fn bands(&self) -> &[BandInfo] {
        &self.bands
    }

    /// The raster itself, then its smaller copies, the largest first.
    #[must_use]
    pub fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// The values of a window of a band (counted from 0) at a level, row by row; NaN where missing.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a band, level or window that it does not have, [`Error::Damaged`] for
    /// cells that cannot be read.
    pub fn read(&self, band: usize, level: usize, window: Window) -> Result<Vec<f32>> {
        self.check(band, level, window)?;
        let borrowed = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let dataset = borrowed.map_or_else(|| super::open(&self.path), Ok)?;
        let (values, said) = listen(|| {
            let whole = dataset.rasterband(band + 1)?;
            let copy = if level == 0 { whole } else { whole.overview(level - 1)? };
            cells::<f32>(&copy, window)
        });
        let mut values = values.map_err(damaged(&self.path, "reading cells"))?;
        if let Some(reason) = said.failures.into_iter().next() {
            return Err(Error::Damaged { path: self.path.clone(), doing: "reading cells", reason });
        }
        // Kept only if it works: a damaged file is opened anew, and may have been replaced by then.
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(dataset);
        }
        self.tidy(band, &mut values);
        Ok(values)
    }

    fn check(&self, band: usize, level: usize, window: Window) -> Result<()> {
        let unknown = |what, name: String, known: String| {
            Err(Error::Unknown { path: self.path.clone(), what, name, known })
        };
        if band >= self.bands.len() {
            return unknown("band", (band + 1).to_string(), format!("1 to {}", self.bands.len()));
        }
        let Some(Level { cols, rows }) = self.levels.get(level) else {
            return unknown("level", level.to_string(), format!("0 to {}", self.levels.len() - 1));
        };
        let inside = |first: usize, count: usize, all: usize| {
            count > 0 && first.checked_add(count).is_some_and(|end| end <= all)
        };
        if inside(window.col, window.cols, *cols) && inside(window.row, window.rows, *rows) {
            return Ok(());
        }
        unknown("window", format!("{window:?}"), format!("{cols} columns, {rows} rows"))
    }

    /// Scales values, and makes those NaN that mean *missing*.
    fn tidy(&self, band: usize, values: &mut [f32]) {
        let BandInfo { nodata, scale, offset, .. } = &self.bands[band];
        let missing = Missing::new(gdal::raster::GdalDataType::Float32, nodata.iter().copied());
        let scaled = (*scale, *offset) != (1.0, 0.0);
        for value in values {
            let stored = f64::from(*value);
            if missing.holds(stored) {
                *value = f32::NAN;
            } else if scaled {
                *value = (stored * scale + offset) as f32;
            }
        }
    }
}

fn levels(dataset: &Dataset) -> gdal::errors::Result<Vec<Level>> {
    let size = |band: &RasterBand<'_>| Level { cols: band.x_size(), rows: band.y_size() };
    let band = dataset.rasterband(1)?;
    let mut levels = vec![size(&band)];
    for index in 0..usize::try_from(band.overview_count()?).unwrap_or(0) {
        levels.push(size(&band.overview(index)?));
    }
    Ok(levels)
}
