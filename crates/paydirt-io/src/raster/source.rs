//! One band of a raster, read as float32 with NaN wherever it is missing.

use std::path::{Path, PathBuf};

use gdal::Dataset;
use gdal::raster::{GdalDataType, GdalType, RasterBand};
use paydirt_core::grid::{Cell, Crs, Grid, Point};
use paydirt_core::raster::scanline;
use paydirt_core::step::{Geometry, Shape};

use super::nodata::{self, Missing};
use crate::engine::{damaged, listen};
use crate::{Error, Result, crs};

/// Cells read at a time while values are turned into float32.
const CHUNK_CELLS: usize = 1 << 18;

/// Columns and rows of a raster: a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First column.
    pub col: usize,
    /// First row.
    pub row: usize,
    /// Number of columns.
    pub cols: usize,
    /// Number of rows.
    pub rows: usize,
}

impl Window {
    pub(super) const fn cells(self) -> usize {
        self.cols * self.rows
    }
}

/// One band of a raster.
pub(super) struct Source {
    pub(super) path: PathBuf,
    dataset: Dataset,
    band: usize,
    pub(super) data_type: GdalDataType,
    pub(super) cols: usize,
    pub(super) rows: usize,
    pub(super) transform: [f64; 6],
    /// The system as the file names it.
    pub(super) named_crs: Option<Crs>,
    pub(super) tag: Option<f64>,
    pub(super) missing: Missing,
    masked: bool,
    pub(super) scale: f64,
    pub(super) offset: f64,
    /// Polygons outside of which every cell is missing: rings in columns and rows of the file.
    within: Option<Vec<Vec<Vec<[f64; 2]>>>>,
}

impl Source {
    /// Opens a band and settles what *missing* means in it.
    pub(super) fn open(path: &Path, number: usize, declared: &[f64]) -> Result<Self> {
        let dataset = super::open(path)?;
        let count = dataset.raster_count();
        if number == 0 || number > count {
            return Err(Error::Unknown {
                path: path.into(),
                what: "band",
                name: number.to_string(),
                known: format!("1 to {count}"),
            });
        }
        let transform = super::place(&dataset, path)?;
        let named_crs = super::crs_of(&dataset)?;
        let (cols, rows) = dataset.raster_size();
        let band = dataset.rasterband(number).map_err(damaged(path, "opening a band"))?;
        let data_type = band.band_type();
        if data_type == GdalDataType::Unknown {
            return Err(Error::BadValues {
                path: path.into(),
                what: "band",
                name: number.to_string(),
                found: "complex or unknown numbers".into(),
                expected: "real numbers",
            });
        }
        let (tag, _) = listen(|| nodata::tag(&band));
        let missing = Missing::new(data_type, tag.into_iter().chain(declared.iter().copied()));
        let flags = band.mask_flags().map_err(damaged(path, "reading the mask"))?;
        let masked = flags.is_per_dataset() || flags.is_alpha();
        let (scale, offset) = (band.scale().unwrap_or(1.0), band.offset().unwrap_or(0.0));
        let path = path.into();
        Ok(Self {
            path,
            dataset,
            band: number,
            data_type,
            cols,
            rows,
            transform,
            named_crs,
            tag,
            missing,
            masked,
            scale,
            offset,
            within: None,
        })
    }

    /// Takes cells whose centre lies in none of the polygons, given in the file's coordinates, as
    /// missing.
    pub(super) fn keep_within(&mut self, shapes: &[Shape]) {
        let ring = |ring: &Vec<[f64; 2]>| ring.iter().map(|place| self.locate(*place)).collect();
        let polygons = shapes.iter().filter_map(|shape| match &shape.geometry {
            Geometry::Polygons(polygons) => Some(polygons),
            _ => None,
        });
        let rings = polygons.flatten().map(|polygon| polygon.iter().map(ring).collect()).collect();
        self.within = Some(rings);
    }

    /// Forgets the values of a window outside the polygons.
    fn cut(&self, window: Window, values: &mut [f32]) {
        let Some(polygons) = &self.within else { return };
        let mut inside = vec![false; values.len()];
        for polygon in polygons {
            let moved: Vec<Vec<[f64; 2]>> = polygon
                .iter()
                .map(|ring| {
                    let (col, row) = (window.col as f64, window.row as f64);
                    ring.iter().map(|place| [place[0] - col, place[1] - row]).collect()
                })
                .collect();
            scanline::fill(&moved, window.rows, window.cols, |row, cols| {
                inside[row * window.cols..][cols].fill(true);
            });
        }
        for (value, _) in values.iter_mut().zip(inside).filter(|(_, inside)| !inside) {
            *value = f32::NAN;
        }
    }

    /// What decides that a cell is missing, in words.
    pub(super) fn nodata_rule(&self, declared: &[f64]) -> String {
        let mut rules: Vec<String> = self.tag.iter().map(|tag| format!("tag {tag}")).collect();
        rules.extend(declared.iter().map(|value| format!("declared {value}")));
        if self.masked {
            rules.push("mask band".into());
        }
        if self.within.is_some() {
            rules.push("outside the polygons of `within`".into());
        }
        rules.push("not finite".into());
        rules.join(", ")
    }

    /// Size of the file's cells in words.
    pub(super) fn describe(&self) -> String {
        let [_, width, per_row, _, per_col, height] = self.transform;
        let (width, height) = (width.hypot(per_col), height.hypot(per_row));
        let unit = match self.named_crs.as_ref().map(|crs| crs.metres_per_unit) {
            Some(Some(1.0)) => "m",
            Some(None) => "degrees",
            _ => "units",
        };
        let size = if width == height { width.to_string() } else { format!("{width} x {height}") };
        format!("{}x{} cells of {size} {unit}, {}", self.cols, self.rows, self.data_type.name())
    }

    /// Easting and northing of a place given in columns and rows of the file.
    pub(super) fn place(&self, col: f64, row: f64) -> [f64; 2] {
        let t = self.transform;
        [t[0] + col * t[1] + row * t[2], t[3] + col * t[4] + row * t[5]]
    }

    /// Column and row of a place, with fractions.
    pub(super) fn locate(&self, [easting, northing]: [f64; 2]) -> [f64; 2] {
        let t = self.transform;
        let (east, north) = (easting - t[0], northing - t[3]);
        let determinant = t[1] * t[5] - t[2] * t[4];
        [(east * t[5] - north * t[2]) / determinant, (north * t[1] - east * t[4]) / determinant]
    }

    /// Western, southern, eastern and northern edge of the box around the file's cells.
    pub(super) fn region(&self) -> [f64; 4] {
        let corners = [(0, 0), (self.cols, 0), (0, self.rows), (self.cols, self.rows)];
        let corners = corners.map(|(col, row)| self.place(col as f64, row as f64));
        let least = |axis: usize| corners.iter().map(|c| c[axis]).fold(f64::INFINITY, f64::min);
        let most = |axis: usize| corners.iter().map(|c| c[axis]).fold(f64::NEG_INFINITY, f64::max);
        [least(0), least(1), most(0), most(1)]
    }

    /// Width and height of a cell of the grid in cells of the file, at the middle of the grid.
    pub(super) fn cell_sides(&self, grid: &Grid, to_file: &crs::Transformer) -> [f64; 2] {
        let middle = Cell { row: grid.rows / 2, col: grid.cols / 2 };
        let Point { easting, northing } = grid.centre(grid.unit(middle));
        let places = [
            [easting, northing],
            [easting + grid.transform.cell_width, northing],
            [easting, northing - grid.transform.cell_height],
        ];
        let moved: Vec<_> =
            to_file.apply(&places).into_iter().map(|place| self.locate(place)).collect();
        [1, 2].map(|end| {
            let side = (moved[end][0] - moved[0][0]).hypot(moved[end][1] - moved[0][1]);
            if side.is_finite() { side } else { 1.0 }
        })
    }

    /// The values of a window, scaled, NaN where missing.
    pub(super) fn read(&self, window: Window) -> Result<Vec<f32>> {
        let mut values = Vec::with_capacity(window.cells());
        let step = (CHUNK_CELLS / window.cols.max(1)).max(1);
        for row in (0..window.rows).step_by(step) {
            let rows = step.min(window.rows - row);
            let part = Window { row: window.row + row, rows, ..window };
            // Types whose every value is a float32 are read as such, others as float64.
            if matches!(
                self.data_type,
                GdalDataType::UInt8
                    | GdalDataType::UInt16
                    | GdalDataType::Int16
                    | GdalDataType::Float32
            ) {
                self.read_as::<f32>(part, &mut values)?;
            } else {
                self.read_as::<f64>(part, &mut values)?;
            }
        }
        self.cut(window, &mut values);
        Ok(values)
    }

    fn read_as<T: GdalType + Copy + Into<f64>>(
        &self,
        window: Window,
        values: &mut Vec<f32>,
    ) -> Result<()> {
        let (stored, said) = listen(|| {
            let band = self.dataset.rasterband(self.band)?;
            let stored = cells::<T>(&band, window)?;
            let mask =
                self.masked.then(|| cells::<u8>(&band.open_mask_band()?, window)).transpose()?;
            Ok((stored, mask))
        });
        let (stored, mask) = stored.map_err(damaged(&self.path, "reading cells"))?;
        if let Some(reason) = said.failures.into_iter().next() {
            return Err(Error::Damaged { path: self.path.clone(), doing: "reading cells", reason });
        }
        let scaled = (self.scale, self.offset) != (1.0, 0.0);
        values.extend(stored.into_iter().enumerate().map(|(index, stored)| {
            let stored: f64 = stored.into();
            let masked = mask.as_ref().is_some_and(|mask| mask[index] == 0);
            if masked || self.missing.holds(stored) {
                return f32::NAN;
            }
            let value = if scaled { stored * self.scale + self.offset } else { stored } as f32;
            if value.is_finite() { value } else { f32::NAN }
        }));
        Ok(())
    }
}

/// The cells of a window of a band.
pub(super) fn cells<T: GdalType + Copy>(
    band: &RasterBand<'_>,
    window: Window,
) -> gdal::errors::Result<Vec<T>> {
    let corner = (window.col as isize, window.row as isize);
    let size = (window.cols, window.rows);
    Ok(band.read_as::<T>(corner, size, size, None)?.into_shape_and_vec().1)
}
