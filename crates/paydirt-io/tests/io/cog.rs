//! Maps that others can read.

use std::ops::Range;

use gdal::{Dataset, Metadata};
use paydirt_core::grid::Grid;
use paydirt_io::cog::{self, Band, Cell, Overviews, Spec};
use paydirt_io::raster::{self, Request};
use paydirt_io::{Error, Result};

use crate::support::{grid, listing, same_bits, tool};

fn spec(names: &[&str]) -> Spec {
    let band = |name: &&str| Band { name: (*name).into(), unit: "ppm".into() };
    Spec {
        bands: names.iter().map(band).collect(),
        tags: [("PAYDIRT_SEED".to_owned(), "7".to_owned())].into(),
        overviews: Overviews::Average,
    }
}

/// Rows of whole maps.
fn rows<'a, C: Cell>(
    grid: &'a Grid,
    bands: &'a [Vec<C>],
) -> impl FnMut(Range<usize>) -> Result<Vec<Vec<C>>> + 'a {
    |range| {
        let cells = range.start * grid.cols..range.end * grid.cols;
        Ok(bands.iter().map(|band| band[cells.clone()].to_vec()).collect())
    }
}

fn waves(grid: &Grid, period: f32) -> Vec<f32> {
    let wave =
        |unit: usize| if unit.is_multiple_of(11) { f32::NAN } else { (unit as f32 / period).sin() };
    (0..grid.cells()).map(wave).collect()
}

#[test]
fn what_is_written_is_read_back_and_accepted_by_the_validator() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.tif");
    let grid = grid("EPSG:3067", [400_000.0, 6_900_000.0], 50.0, [1100, 1300]);
    let bands = [waves(&grid, 311.0), waves(&grid, 77.0)];
    let names = ["prospectivity", "spread"];
    cog::write(&path, &grid, &spec(&names), &mut rows(&grid, &bands)).unwrap();
    assert_eq!(listing(folder.path()), ["map.tif"]);
    let in_turn = folder.path().join("in_turn.tif");
    cog::write_bands(&in_turn, &grid, &spec(&names), &mut |band, rows| {
        Ok(bands[band][rows.start * grid.cols..rows.end * grid.cols].to_vec())
    })
    .unwrap();
    assert!(fs_err::read(&in_turn).unwrap() == fs_err::read(&path).unwrap());
    let info = raster::inspect(&path).unwrap();
    assert_eq!(info.grid(&path).unwrap().transform, grid.transform);
    assert_eq!(info.crs.unwrap().authority.as_deref(), Some("EPSG:3067"));
    for (index, band) in bands.iter().enumerate() {
        let described = &info.bands[index];
        assert_eq!(
            (described.description.as_str(), described.unit.as_str()),
            (names[index], "ppm")
        );
        assert!(described.nodata.unwrap().is_nan());
        let request = Request { band: index + 1, ..Request::default() };
        let (values, _) = raster::read(&path, &grid, &request).unwrap();
        assert!(same_bits(&values, band));
    }
    let dataset = Dataset::open(&path).unwrap();
    assert_eq!(dataset.metadata_item("PAYDIRT_SEED", "").as_deref(), Some("7"));
    let image = |key| dataset.metadata_item(key, "IMAGE_STRUCTURE");
    assert_eq!(image("COMPRESSION").as_deref(), Some("DEFLATE"));
    assert_eq!(image("LAYOUT").as_deref(), Some("COG"));
    let band = dataset.rasterband(1).unwrap();
    assert_eq!((band.block_size(), band.overview_count().unwrap()), ((512, 512), 2));
    let figure = |key: &str| band.metadata_item(key, "").unwrap().parse::<f64>().unwrap();
    let known: Vec<f64> = bands[0].iter().filter(|v| !v.is_nan()).map(|v| f64::from(*v)).collect();
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let variance = known.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / known.len() as f64;
    assert!((figure("STATISTICS_MEAN") - mean).abs() < 1e-9);
    assert!((figure("STATISTICS_STDDEV") - variance.sqrt()).abs() < 1e-9);
    assert_eq!(figure("STATISTICS_MAXIMUM"), known.iter().copied().fold(f64::MIN, f64::max));
    drop(dataset);
    let validator = ["-m", "osgeo_utils.samples.validate_cloud_optimized_geotiff"];
    if tool("/usr/bin/python3", &["-c", "import osgeo_utils.samples"]).is_none() {
        return;
    }
    let path = path.to_string_lossy();
    let said = tool("/usr/bin/python3", &[validator[0], validator[1], &path]).unwrap();
    assert!(said.contains("is a valid cloud optimized GeoTIFF"), "{said}");
    assert_eq!(listing(folder.path()), ["in_turn.tif", "map.tif"]);
}

#[test]
fn equal_maps_are_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let grid = grid("EPSG:3067", [400_000.0, 6_900_000.0], 50.0, [600, 700]);
    let bands = [waves(&grid, 311.0)];
    let bytes = ["a.tif", "b.tif"].map(|name| {
        let path = folder.path().join(name);
        cog::write(&path, &grid, &spec(&["map"]), &mut rows(&grid, &bands)).unwrap();
        fs_err::read(path).unwrap()
    });
    assert!(bytes[0] == bytes[1]);
}

#[test]
fn states_are_bytes_with_their_nearest_overviews() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("states.tif");
    let grid = grid("EPSG:3067", [400_000.0, 6_900_000.0], 50.0, [600, 600]);
    let states: Vec<u8> = (0..grid.cells())
        .map(|unit| [0, 2, 255][(unit % 600 / 200 + unit / 600 / 200) % 3])
        .collect();
    let spec = Spec { overviews: Overviews::Nearest, ..spec(&["state"]) };
    cog::write(&path, &grid, &spec, &mut rows(&grid, std::slice::from_ref(&states))).unwrap();
    let (values, report) = raster::read(&path, &grid, &Request::default()).unwrap();
    let expected: Vec<f32> =
        states.iter().map(|s| if *s == 255 { f32::NAN } else { f32::from(*s) }).collect();
    assert!(same_bits(&values, &expected));
    assert_eq!(report.distinct, Some(2));
    let dataset = Dataset::open(&path).unwrap();
    let overview = dataset.rasterband(1).unwrap().overview(0).unwrap();
    let small = overview.read_band_as::<u8>().unwrap().into_shape_and_vec().1;
    assert!(small.iter().all(|state| [0, 2, 255].contains(state)), "no state is made up");
}

#[test]
fn small_empty_and_infinite_maps_and_local_systems() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.tif");
    let mut grid = grid("EPSG:3067", [0.0, 100.0], 10.0, [1, 3]);
    grid.crs = paydirt_core::grid::Crs::local_metres();
    for (cells, known) in [([f32::NAN; 3], 0), ([1.0, f32::INFINITY, 2.0], 2)] {
        cog::write(&path, &grid, &spec(&["map"]), &mut rows(&grid, &[cells.to_vec()])).unwrap();
        let (values, report) = raster::read(&path, &grid, &Request::default()).unwrap();
        assert_eq!((report.known_cells, report.resampling), (known, None));
        assert!(values.iter().all(|value| !value.is_infinite()));
    }
    assert_eq!(listing(folder.path()), ["map.tif"]);
}

#[test]
fn a_failure_leaves_the_older_map_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.tif");
    let grid = grid("EPSG:3067", [0.0, 100.0], 10.0, [1200, 30]);
    fs_err::write(&path, "the older map").unwrap();
    let no_bands = cog::write::<f32>(&path, &grid, &spec(&[]), &mut |_| Ok(vec![]));
    assert!(matches!(no_bands, Err(Error::BadShape { .. })));
    let short = cog::write(&path, &grid, &spec(&["a"]), &mut |_| Ok(vec![vec![0.0_f32; 7]]));
    assert!(matches!(short, Err(Error::BadShape { found: 7, .. })));
    let stopped = cog::write(&path, &grid, &spec(&["a"]), &mut |range: Range<usize>| {
        if range.start > 0 {
            return Err(paydirt_core::Error::DuplicateName { name: "stop".into() }.into());
        }
        Ok(vec![vec![0.0_f32; 512 * 30]])
    });
    assert!(matches!(stopped, Err(Error::Core(_))));
    assert_eq!(listing(folder.path()), ["map.tif"]);
    assert_eq!(fs_err::read_to_string(&path).unwrap(), "the older map");
}
