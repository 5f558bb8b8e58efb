//! Maps as Cloud Optimized GeoTIFFs.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use gdal::raster::{Buffer, GdalType, RasterBand, RasterCreationOptions};
use gdal::{Dataset, DriverManager, Metadata};
use paydirt_core::grid::{Grid, STRIP_CELLS};

use crate::engine::{Said, listen, unwritten};
use crate::staging::Staging;
use crate::{Error, Result, crs};

/// Width and height of a tile.
const TILE_CELLS: usize = 512;

/// A kind of cell that a map can hold: `f32`, where NaN means *missing*, or `u8`, where 255 does.
pub trait Cell: GdalType + Copy + Into<f64> + private::Sealed {
    /// What a missing cell holds.
    const MISSING: Self;

    /// Whether a cell is missing.
    fn is_missing(self) -> bool;
}

mod private {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for u8 {}
}

impl Cell for f32 {
    const MISSING: Self = Self::NAN;

    fn is_missing(self) -> bool {
        self.is_nan()
    }
}

impl Cell for u8 {
    const MISSING: Self = Self::MAX;

    fn is_missing(self) -> bool {
        self == Self::MAX
    }
}

/// One band of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Band {
    /// Its name, which viewers show.
    pub name: String,
    /// Unit of its values; may be empty.
    pub unit: String,
}

/// How smaller copies for viewing from afar are made, for all bands of a file alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overviews {
    /// Means of the known cells: for quantities.
    #[default]
    Average,
    /// One of the cells: for classes, states and ranks.
    Nearest,
}

/// Tag that keeps the folder and the name that a map was written under, without its ending, as in
/// `maps/prospectivity`: where it is among the tags, whatever its value.
pub const NAME_TAG: &str = "PAYDIRT_MAP";

/// What a map says of itself.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// Its bands.
    pub bands: Vec<Band>,
    /// Tags of the file: what made it, from what.
    pub tags: BTreeMap<String, String>,
    /// How smaller copies are made.
    pub overviews: Overviews,
}

/// Writes a map: tiles of 512 x 512 cells, DEFLATE with the predictor of its type, smaller copies
/// inside, statistics, band names and units, NaN (of `u8`: 255) as no-data, BigTIFF where it needs to
/// be. Equal content gives equal bytes with one release of GDAL.
///
/// `rows` is asked for strips of at most 512 rows, of about 131,072 cells, from the north and gives, for each
/// band, their cells row by row; an infinite value becomes missing. Only a row of tiles is held; an
/// uncompressed copy of the map lies in a hidden folder beside `path` until the map is renamed into place.
///
/// # Errors
/// [`Error::BadShape`] for a strip that does not fit, [`Error::Write`] for a folder that is missing,
/// read-only or full, and what `rows` returns. Nothing of the file is left then, and an older file of
/// that name is untouched.
pub fn write<C: Cell>(
    path: &Path,
    grid: &Grid,
    spec: &Spec,
    rows: &mut dyn FnMut(Range<usize>) -> Result<Vec<Vec<C>>>,
) -> Result<()> {
    write_from(path, grid, spec, Source::Together(rows))
}

/// Gives the cells of some rows, of all bands together.
type Rows<'a, C> = dyn FnMut(Range<usize>) -> Result<Vec<Vec<C>>> + 'a;
/// Gives the cells of some rows of one band.
type RowsOfBand<'a, C> = dyn FnMut(usize, Range<usize>) -> Result<Vec<C>> + 'a;

/// Writes a map as [`write`] does, one band after the other: `rows` is asked for the strips of the first
/// band, then for those of the second, so that a strip of one band alone is held.
///
/// # Errors
/// As [`write`].
pub fn write_bands<C: Cell>(
    path: &Path,
    grid: &Grid,
    spec: &Spec,
    rows: &mut RowsOfBand<'_, C>,
) -> Result<()> {
    write_from(path, grid, spec, Source::InTurn(rows))
}

/// Where the cells come from.
enum Source<'a, C> {
    Together(&'a mut Rows<'a, C>),
    InTurn(&'a mut RowsOfBand<'a, C>),
}

fn write_from<C: Cell>(
    path: &Path,
    grid: &Grid,
    spec: &Spec,
    mut source: Source<'_, C>,
) -> Result<()> {
    if spec.bands.is_empty() {
        return Err(Error::BadShape { what: "bands of a map".into(), found: 0, expected: 1 });
    }
    let staging = Staging::new(path)?;
    let fill = || fill(&staging.path("cells.tif"), path, grid, spec, &mut source);
    let (cells, said) = listen(fill);
    let cells = cells.and_then(|cells| heard(path, said).map(|()| cells))?;
    let (copied, said) = listen(|| copy(&cells, &staging, spec));
    copied.map_err(unwritten(path))?;
    heard(path, said)?;
    drop(cells);
    staging.publish("map.tif")
}

/// Turns what GDAL only said into an error: closing a file has no other way to fail.
pub(crate) fn heard(path: &Path, said: Said) -> Result<()> {
    match said.failures.into_iter().next() {
        Some(reason) => Err(Error::Write { path: path.into(), reason }),
        None => Ok(()),
    }
}

/// Writes the cells as they come.
fn fill<C: Cell>(
    cells: &Path,
    path: &Path,
    grid: &Grid,
    spec: &Spec,
    source: &mut Source<'_, C>,
) -> Result<Dataset> {
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let name = format!("{folder}/{}", path.file_stem().unwrap_or_default().to_string_lossy());
    let mut dataset = create::<C>(cells, &name, grid, spec).map_err(unwritten(path))?;
    dataset.set_spatial_ref(&crs::spatial(&grid.crs)?).map_err(unwritten(path))?;
    let mut statistics = vec![Statistics::default(); spec.bands.len()];
    let starts = || (0..grid.rows).step_by(TILE_CELLS);
    let (turns, together) = match source {
        Source::Together(_) => (1, spec.bands.len()),
        Source::InTurn(_) => (spec.bands.len(), 1),
    };
    for (turn, start) in (0..turns).flat_map(|turn| starts().map(move |start| (turn, start))) {
        let strip = start..(start + TILE_CELLS).min(grid.rows);
        let bands = row_of_tiles(source, (turn, together), strip.clone(), grid.cols)?;
        for (offset, mut cells) in bands.into_iter().enumerate() {
            let index = turn + offset;
            statistics[index].add(&mut cells);
            let mut buffer = Buffer::new((grid.cols, strip.len()), cells);
            dataset
                .rasterband(index + 1)
                .and_then(|mut band| band.write((0, start as isize), buffer.shape(), &mut buffer))
                .map_err(unwritten(path))?;
        }
    }
    for (index, statistics) in statistics.iter().enumerate() {
        let tagged = dataset
            .rasterband(index + 1)
            .and_then(|mut band| statistics.tag(&mut band, grid.cells()));
        tagged.map_err(unwritten(path))?;
    }
    dataset.flush_cache().map_err(unwritten(path))?;
    Ok(dataset)
}

/// The cells of a row of tiles, which is written at once: GDAL would read again what it had no room for. They are
/// asked for in smaller strips, since a source may hold some maps to make one.
fn row_of_tiles<C: Cell>(
    source: &mut Source<'_, C>,
    (turn, together): (usize, usize),
    rows: Range<usize>,
    cols: usize,
) -> Result<Vec<Vec<C>>> {
    let mut gathered = vec![Vec::with_capacity(rows.len() * cols); together];
    let step = (STRIP_CELLS / cols.max(1)).max(1);
    for start in rows.clone().step_by(step) {
        let strip = start..(start + step).min(rows.end);
        let bands = match source {
            Source::Together(rows) => rows(strip.clone())?,
            Source::InTurn(rows) => vec![rows(turn, strip.clone())?],
        };
        check("bands of a strip", bands.len(), together)?;
        for (whole, cells) in gathered.iter_mut().zip(bands) {
            check("cells of a strip", cells.len(), strip.len() * cols)?;
            whole.extend(cells);
        }
    }
    Ok(gathered)
}

fn check(what: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        Ok(())
    } else {
        Err(Error::BadShape { what: what.into(), found, expected })
    }
}

/// An uncompressed file with everything but its cells.
fn create<C: Cell>(
    path: &Path,
    name: &str,
    grid: &Grid,
    spec: &Spec,
) -> gdal::errors::Result<Dataset> {
    let options = RasterCreationOptions::from_iter([
        "TILED=YES",
        "BLOCKXSIZE=512",
        "BLOCKYSIZE=512",
        "INTERLEAVE=BAND",
        "BIGTIFF=IF_SAFER",
    ]);
    let driver = DriverManager::get_driver_by_name("GTiff")?;
    let count = spec.bands.len();
    let mut dataset = driver
        .create_with_band_type_with_options::<C, _>(path, grid.cols, grid.rows, count, &options)?;
    let t = grid.transform;
    dataset.set_geo_transform(&[t.west, t.cell_width, 0.0, t.north, 0.0, -t.cell_height])?;
    for (key, value) in &spec.tags {
        dataset.set_metadata_item(key, if key == NAME_TAG { name } else { value }, "")?;
    }
    for (index, info) in spec.bands.iter().enumerate() {
        let mut band = dataset.rasterband(index + 1)?;
        band.set_no_data_value(Some(C::MISSING.into()))?;
        band.set_description(&info.name)?;
        if !info.unit.is_empty() {
            crate::ffi::set_unit(&mut band, &info.unit)?;
        }
    }
    Ok(dataset)
}

/// Lays the finished cells out as a COG.
fn copy(cells: &Dataset, staging: &Staging, spec: &Spec) -> gdal::errors::Result<()> {
    let overviews = match spec.overviews {
        Overviews::Average => "OVERVIEW_RESAMPLING=AVERAGE",
        Overviews::Nearest => "OVERVIEW_RESAMPLING=NEAREST",
    };
    let options = RasterCreationOptions::from_iter([
        "COMPRESS=DEFLATE",
        "PREDICTOR=YES",
        "BLOCKSIZE=512",
        "BIGTIFF=IF_SAFER",
        overviews,
    ]);
    let driver = DriverManager::get_driver_by_name("COG")?;
    cells.create_copy(&driver, staging.path("map.tif"), &options)?.close()
}

/// Running statistics of a band (Welford 1962, doi:10.1080/00401706.1962.10490022).
#[derive(Clone, Debug)]
struct Statistics {
    known: u64,
    min: f64,
    max: f64,
    mean: f64,
    squares: f64,
}

impl Default for Statistics {
    fn default() -> Self {
        Self { known: 0, min: f64::INFINITY, max: f64::NEG_INFINITY, mean: 0.0, squares: 0.0 }
    }
}

impl Statistics {
    /// Counts some cells, and makes those missing that are not finite.
    fn add<C: Cell>(&mut self, cells: &mut [C]) {
        for cell in cells {
            let value: f64 = (*cell).into();
            if cell.is_missing() || !value.is_finite() {
                *cell = C::MISSING;
                continue;
            }
            self.known += 1;
            self.min = self.min.min(value);
            self.max = self.max.max(value);
            let away = value - self.mean;
            self.mean += away / self.known as f64;
            self.squares += away * (value - self.mean);
        }
    }

    /// Tags a band with them, under the names that GDAL and QGIS look for.
    fn tag(&self, band: &mut RasterBand<'_>, cells: usize) -> gdal::errors::Result<()> {
        if self.known == 0 {
            return Ok(());
        }
        let known = self.known as f64;
        let items = [
            ("STATISTICS_MINIMUM", self.min),
            ("STATISTICS_MAXIMUM", self.max),
            ("STATISTICS_MEAN", self.mean),
            ("STATISTICS_STDDEV", (self.squares / known).sqrt()),
            ("STATISTICS_VALID_PERCENT", 100.0 * known / cells as f64),
        ];
        for (key, value) in items {
            band.set_metadata_item(key, &value.to_string(), "")?;
        }
        Ok(())
    }
}
