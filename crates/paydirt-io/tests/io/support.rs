//! What the tests share: grids, files made by GDAL itself, and its tools where they are installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use gdal::raster::{Buffer, GdalType, RasterCreationOptions};
use gdal::spatial_ref::{AxisMappingStrategy, SpatialRef};
use gdal::{Dataset, DriverManager};
use paydirt_core::grid::{GeoTransform, Grid};

/// A grid of square cells by its north-west corner (easting, northing), cell size, rows and columns.
pub(crate) fn grid(system: &str, corner: [f64; 2], cell: f64, size: [usize; 2]) -> Grid {
    let crs = paydirt_io::crs::parse(system).unwrap();
    let [west, north] = corner;
    let transform = GeoTransform { west, north, cell_width: cell, cell_height: cell };
    Grid::new(crs, transform, size[0], size[1]).unwrap()
}

/// What a test file is made of.
pub(crate) struct Recipe<'a, T> {
    pub(crate) cells: &'a [T],
    pub(crate) bands: usize,
    pub(crate) nodata: Option<f64>,
    pub(crate) options: &'a [&'a str],
    pub(crate) crs: bool,
}

impl<'a, T> Recipe<'a, T> {
    pub(crate) fn new(cells: &'a [T]) -> Self {
        Self { cells, bands: 1, nodata: None, options: &[], crs: true }
    }
}

/// Writes a GeoTIFF of the grid's size, place and system.
pub(crate) fn tiff<T: GdalType + Copy>(path: &Path, grid: &Grid, recipe: &Recipe<'_, T>) {
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let options = RasterCreationOptions::from_iter(recipe.options.iter().copied());
    let mut dataset = driver
        .create_with_band_type_with_options::<T, _>(
            path,
            grid.cols,
            grid.rows,
            recipe.bands,
            &options,
        )
        .unwrap();
    let t = grid.transform;
    dataset.set_geo_transform(&[t.west, t.cell_width, 0.0, t.north, 0.0, -t.cell_height]).unwrap();
    if recipe.crs {
        let mut spatial = SpatialRef::from_wkt(&grid.crs.wkt).unwrap();
        spatial.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
        dataset.set_spatial_ref(&spatial).unwrap();
    }
    for (index, cells) in recipe.cells.chunks_exact(grid.cells()).enumerate() {
        let mut band = dataset.rasterband(index + 1).unwrap();
        band.set_no_data_value(recipe.nodata).unwrap();
        let mut buffer = Buffer::new((grid.cols, grid.rows), cells.to_vec());
        band.write((0, 0), (grid.cols, grid.rows), &mut buffer).unwrap();
    }
    dataset.close().unwrap();
}

/// All cells of a band as GDAL reads them.
pub(crate) fn cells(path: &Path, band: usize) -> Vec<f32> {
    let dataset = Dataset::open(path).unwrap();
    let band = dataset.rasterband(band).unwrap();
    band.read_band_as::<f32>().unwrap().into_shape_and_vec().1
}

/// Runs a tool; `None`, with a message, where it is not installed.
pub(crate) fn tool(name: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(name).args(arguments).output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name} {arguments:?}: {text}{errors}");
            Some(text)
        }
        Err(_) => {
            println!("skipped: `{name}` is not installed");
            None
        }
    }
}

/// A folder of the shared data, or `None`, with a message, where there is none.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if folder.exists() {
        return Some(folder);
    }
    println!("skipped: no shared data at {}", folder.display());
    None
}

/// Names of all that lies in a folder, in order.
pub(crate) fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs_err::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Numbers that look random and are always the same.
pub(crate) fn noise(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    }
}

/// Whether two maps are one, bit by bit but for the kind of NaN.
pub(crate) fn same_bits(one: &[f32], other: &[f32]) -> bool {
    let bits = |value: f32| if value.is_nan() { u32::MAX } else { value.to_bits() };
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| bits(*one) == bits(*other))
}
