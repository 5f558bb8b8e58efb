//! Rasters: what a file holds, and its values on the project grid.

mod align;
mod nodata;
mod pyramid;
mod reproject;
mod resample;
mod source;
mod summary;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gdal::raster::GdalDataType;
use gdal::{Dataset, Metadata};
use paydirt_core::grid::{Crs, GeoTransform, Grid, MAX_CELLS};

pub use align::{Request, align, read};
pub use pyramid::{Level, Pyramid};
pub use resample::Resample;
pub use source::Window;
pub use summary::AlignReport;

use crate::engine::{self, Kind, damaged};
use crate::remote::{self, Input};
use crate::{Error, Result, crs};

/// Most bytes of one block (tile or strip) that a file may claim: GDAL reads a block at a time.
const MAX_BLOCK_BYTES: usize = 1 << 30;

/// What a raster file holds.
#[derive(Clone, Debug)]
pub struct RasterInfo {
    /// Name of the format, as GDAL calls it (`GTiff`, `AIG`, `AAIGrid`).
    pub driver: String,
    /// Number of columns.
    pub cols: usize,
    /// Number of rows.
    pub rows: usize,
    /// Its bands, the first first.
    pub bands: Vec<BandInfo>,
    /// Easting and northing of a cell: `[e, e per column, e per row, n, n per column, n per row]`.
    pub transform: [f64; 6],
    /// Coordinate reference system, if it names one.
    pub crs: Option<Crs>,
    /// Size on disk or on the server, of a folder that of all files in it.
    pub bytes: u64,
}

/// What one band holds.
#[derive(Clone, Debug, PartialEq)]
pub struct BandInfo {
    /// Its description; empty if it has none.
    pub description: String,
    /// Type of a cell as GDAL names it, such as `Float32`.
    pub data_type: String,
    /// The value that is tagged to mean *missing*.
    pub nodata: Option<f64>,
    /// Unit of the values; empty if it has none.
    pub unit: String,
    /// Values are what is stored times this,
    pub scale: f64,
    /// plus this.
    pub offset: f64,
}

impl RasterInfo {
    /// Whether rows do not run due south or columns not due east.
    #[must_use]
    pub fn rotated(&self) -> bool {
        let [_, width, per_row, _, per_col, height] = self.transform;
        per_row != 0.0 || per_col != 0.0 || width <= 0.0 || height >= 0.0
    }

    /// The grid of the file itself, for a project that takes it as its own.
    ///
    /// # Errors
    /// If it has no coordinate reference system, or its rows do not run south.
    pub fn grid(&self, path: &Path) -> Result<Grid> {
        let crs = self.crs.clone().ok_or_else(|| Error::NoCrs { path: path.into() })?;
        if self.rotated() {
            return Err(Error::Rotated { path: path.into(), transform: self.transform });
        }
        let [west, cell_width, _, north, _, height] = self.transform;
        let transform = GeoTransform { west, north, cell_width, cell_height: -height };
        Ok(Grid::new(crs, transform, self.rows, self.cols)?)
    }
}

/// What a raster file (or the folder of an Esri grid) holds. Reads no cell.
///
/// # Errors
/// [`Error::Read`] and [`Error::NotThat`] for a file that cannot be opened, [`Error::TooLarge`] for
/// one with absurd dimensions, [`Error::NoPlace`] for one without a geotransform.
pub fn inspect(path: &Path) -> Result<RasterInfo> {
    let dataset = open(path)?;
    let (cols, rows) = dataset.raster_size();
    let bands = (1..=dataset.raster_count()).map(|band| describe_band(&dataset, path, band));
    Ok(RasterInfo {
        driver: dataset.driver().short_name(),
        cols,
        rows,
        bands: bands.collect::<Result<_>>()?,
        transform: place(&dataset, path)?,
        crs: crs_of(&dataset)?,
        bytes: bytes(path),
    })
}

/// The files that a raster is read from beside the one that is named: the sources of a virtual raster, a header, a
/// world file. Not among them are overviews and what other programs note of a file (`.ovr`, `.aux.xml`); for a file
/// that is no raster there are none.
#[must_use]
pub fn companions(path: &Path) -> Vec<PathBuf> {
    let Ok(dataset) = open(path) else { return Vec::new() };
    let files = crate::ffi::files(&dataset).into_iter().map(PathBuf::from);
    let mut files: Vec<PathBuf> = files
        .filter(|file| file != path && file.is_file())
        .filter(|file| {
            let name = file.to_string_lossy();
            !name.ends_with(".ovr") && !name.ends_with(".aux.xml")
        })
        .collect();
    files.sort();
    files
}

/// The tags of a raster file: what it says of itself, by key. Reads no cell.
///
/// # Errors
/// As [`inspect`], of a file that cannot be opened.
pub fn tags(path: &Path) -> Result<BTreeMap<String, String>> {
    let dataset = open(path)?;
    let items = dataset.metadata_domain("").unwrap_or_default().into_iter();
    let pairs = items.filter_map(|item| {
        let (key, value) = item.split_once('=')?;
        Some((key.to_owned(), value.to_owned()))
    });
    Ok(pairs.collect())
}

/// Opens a raster, and refuses dimensions that would be allocated in vain.
fn open(path: &Path) -> Result<Dataset> {
    let dataset = engine::open(path, Kind::Raster)?;
    if dataset.raster_count() == 0 {
        return Err(Error::NotThat {
            path: path.into(),
            expected: "raster with bands",
            reason: "it holds none, or only subdatasets".into(),
        });
    }
    let (cols, rows) = dataset.raster_size();
    let too_large = |what: String| Err(Error::TooLarge { path: path.into(), cols, rows, what });
    if cols.saturating_mul(rows) > MAX_CELLS {
        return too_large("in all".into());
    }
    let band = dataset.rasterband(1).map_err(damaged(path, "looking for a band"))?;
    let (wide, high) = band.block_size();
    let cell = usize::from(band.band_type().bytes()).max(1);
    if wide.saturating_mul(high).saturating_mul(cell) > MAX_BLOCK_BYTES {
        return too_large(format!("in blocks of {wide} x {high}"));
    }
    Ok(dataset)
}

/// Where the cells lie.
fn place(dataset: &Dataset, path: &Path) -> Result<[f64; 6]> {
    let (transform, _) = engine::listen(|| dataset.geo_transform());
    match transform {
        Ok(t) if t.iter().all(|n| n.is_finite()) && t[1] * t[5] != t[2] * t[4] => Ok(t),
        _ => Err(Error::NoPlace { path: path.into() }),
    }
}

/// The system a raster names, if any.
fn crs_of(dataset: &Dataset) -> Result<Option<Crs>> {
    let (spatial, _) = engine::listen(|| dataset.spatial_ref());
    spatial.ok().map(|spatial| crs::describe(&spatial)).transpose()
}

fn describe_band(dataset: &Dataset, path: &Path, number: usize) -> Result<BandInfo> {
    let (info, _) = engine::listen(|| {
        let band = dataset.rasterband(number)?;
        Ok(BandInfo {
            description: band.description().unwrap_or_default(),
            data_type: band.band_type().name(),
            nodata: nodata::tag(&band),
            unit: band.unit(),
            scale: band.scale().unwrap_or(1.0),
            offset: band.offset().unwrap_or(0.0),
        })
    });
    info.map_err(damaged(path, "describing a band"))
}

/// Whether cells of a type are whole numbers.
fn whole(data_type: GdalDataType) -> bool {
    data_type.is_integer()
}

/// Bytes of a file, or of the files in a folder.
fn bytes(path: &Path) -> u64 {
    let path = match remote::input(path) {
        Ok(Input::There(object)) => return object.describe().map_or(0, |found| found.bytes),
        Ok(Input::Here(here)) => here,
        Err(_) => path.into(),
    };
    let path = &*path;
    let size = |path: &Path| fs_err::metadata(path).map_or(0, |metadata| metadata.len());
    match fs_err::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| size(&entry.path())).sum(),
        Err(_) => size(path),
    }
}
