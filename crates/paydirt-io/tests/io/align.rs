//! Rasters onto other grids, against `gdalwarp` and against what can be worked out by hand.

use std::path::Path;

use paydirt_core::grid::Grid;
use paydirt_core::layer::EvidenceType;
use paydirt_io::Error;
use paydirt_io::raster::{self, Request, Resample};

use crate::support::{Recipe, cells, grid, noise, same_bits, tiff, tool};

/// Hills of about 20 cells with a little noise.
fn hills(grid: &Grid) -> Vec<f32> {
    let mut noise = noise(3);
    (0..grid.cells())
        .map(|unit| {
            let cell = grid.cell(unit);
            let (east, north) = (cell.col as f32 / 20.0, cell.row as f32 / 17.0);
            100.0 * east.sin() * north.cos() + (noise() % 100) as f32 / 50.0
        })
        .collect()
}

fn request(method: Resample) -> Request {
    Request { resample: Some(method), ..Request::default() }
}

/// What `gdalwarp` makes of the file on the grid without approximation, and with one scale for all,
/// that of 100 m cells on 130 m ones.
fn gdalwarp(
    source: &Path,
    target: &Path,
    grid: &Grid,
    method: &str,
    system: &str,
) -> Option<Vec<f32>> {
    let [west, south, east, north] = grid.region().map(|edge| edge.to_string());
    let (cols, rows) = (grid.cols.to_string(), grid.rows.to_string());
    let (source, path) = (source.to_string_lossy(), target.to_string_lossy());
    let arguments = [
        "-q",
        "-et",
        "0",
        "-wo",
        "XSCALE=0.769",
        "-wo",
        "YSCALE=0.769",
        "-overwrite",
        "-t_srs",
        system,
        "-te",
        &west,
        &south,
        &east,
        &north,
        "-ts",
        &cols,
        &rows,
        "-r",
        method,
        "-dstnodata",
        "nan",
        "-ot",
        "Float32",
        &source,
        &path,
    ];
    tool("gdalwarp", &arguments).map(|_| cells(target, 1))
}

#[test]
fn another_utm_zone_agrees_with_gdalwarp() {
    let folder = tempfile::tempdir().unwrap();
    let (path, warped) = (folder.path().join("zone35.tif"), folder.path().join("warped.tif"));
    let file = grid("EPSG:32635", [300_000.0, 7_000_000.0], 100.0, [700, 900]);
    let values = hills(&file);
    tiff(&path, &file, &Recipe::new(&values));
    // The same ground from the next zone, where north is turned by some degrees.
    let target = grid("EPSG:32634", [585_000.0, 7_010_000.0], 130.0, [620, 760]);
    for (method, name) in [
        (Resample::Nearest, "near"),
        (Resample::Bilinear, "bilinear"),
        (Resample::Cubic, "cubic"),
        (Resample::Average, "average"),
        (Resample::Mode, "mode"),
        (Resample::Median, "med"),
    ] {
        let Some(expected) = gdalwarp(&path, &warped, &target, name, "EPSG:32634") else { return };
        let (ours, report) = raster::read(&path, &target, &request(method)).unwrap();
        let both = (0..target.cells()).filter(|&u| !ours[u].is_nan() && !expected[u].is_nan());
        let differences: Vec<f32> = both.map(|unit| (ours[unit] - expected[unit]).abs()).collect();
        let alone = ours.iter().zip(&expected).filter(|(a, b)| a.is_nan() != b.is_nan()).count();
        let mean = differences.iter().sum::<f32>() / differences.len() as f32;
        println!(
            "{name}: mean difference {mean}, {alone} cells known to one alone of {}",
            report.known_cells
        );
        assert!(report.known_cells > 300_000, "{name}");
        // A hundredth of a cell apart: most classes are equal, most values nearly so.
        assert!(mean < 0.005, "{name}: mean difference {mean}");
        // GDAL also fills cells that the raster touches without holding their centre, by those methods
        // that look at all of a cell: along the edges of the raster.
        let touches = matches!(method, Resample::Average | Resample::Mode | Resample::Median);
        assert!(
            alone < if touches { 2 * (620 + 760) } else { 10 },
            "{name}: {alone} known to one alone"
        );
        assert!(report.covered_cells - report.known_cells < 10, "{name}: {report:?}");
    }
}

#[test]
fn the_memory_allowed_changes_the_map_by_no_more_than_the_approximation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let file = grid("EPSG:32635", [300_000.0, 7_000_000.0], 100.0, [300, 400]);
    tiff(&path, &file, &Recipe::new(&hills(&file)));
    let mut shifted = file.clone();
    shifted.transform.west += 33.0;
    shifted.transform.north -= 50.0;
    shifted.transform.cell_width = 71.0;
    for (target, exact) in
        [(shifted, true), (grid("EPSG:32634", [600_000.0, 7_000_000.0], 130.0, [200, 700]), false)]
    {
        for method in [Resample::Cubic, Resample::Bilinear, Resample::Average] {
            let (roomy, _) = raster::read(&path, &target, &request(method)).unwrap();
            let tight = Request { budget_bytes: 1 << 14, ..request(method) };
            let mut strips = 0;
            let mut values = Vec::new();
            raster::align(&path, &target, &tight, &mut |rows| {
                strips += 1;
                values.extend_from_slice(rows);
                Ok(())
            })
            .unwrap();
            assert!(strips > 20);
            if exact {
                assert!(same_bits(&roomy, &values), "{method:?}");
            }
            // Hills rise by at most 8 a cell, and the way between systems errs by a hundredth of one.
            let apart = |(one, other): (&f32, &f32)| {
                one.is_nan() != other.is_nan() || (one - other).abs() > 0.16
            };
            assert_eq!(roomy.iter().zip(&values).filter(|pair| apart(*pair)).count(), 0);
        }
    }
}

/// A plane rises by 2 a metre eastwards and falls by 1 northwards: bilinear values between centres
/// are exact, and so is the mean of whole blocks.
#[test]
fn a_plane_stays_a_plane() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plane.tif");
    let file = grid("EPSG:3067", [400_000.0, 6_800_000.0], 10.0, [40, 60]);
    let height = |grid: &Grid, unit: usize| {
        let place = grid.centre(unit);
        (2.0 * (place.easting - 400_000.0) - (place.northing - 6_800_000.0)) as f32
    };
    let values: Vec<f32> = (0..file.cells()).map(|unit| height(&file, unit)).collect();
    tiff(&path, &file, &Recipe::new(&values));
    for (cell, method) in [(4.0, Resample::Bilinear), (30.0, Resample::Average)] {
        let target = grid("EPSG:3067", [400_060.0, 6_799_940.0], cell, [8, 12]);
        let (ours, report) = raster::read(&path, &target, &Request::default()).unwrap();
        assert_eq!(report.resampling, Some(method));
        for (unit, ours) in ours.iter().enumerate() {
            assert!((*ours - height(&target, unit)).abs() < 1e-3, "{method:?} {unit}");
        }
    }
}

#[test]
fn cells_of_the_file_are_taken_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let file = grid("EPSG:3067", [400_000.0, 6_800_000.0], 10.0, [40, 60]);
    let values = hills(&file);
    tiff(&path, &file, &Recipe::new(&values));
    let (same, report) = raster::read(&path, &file, &request(Resample::Cubic)).unwrap();
    assert!(same_bits(&same, &values));
    assert_eq!((report.resampling, report.distinct), (None, report.distinct));
    assert_eq!(report.nodata_cells, 0);
    // A grid that starts 5 cells further west and 3 further south, on the same cells.
    let moved = grid("EPSG:3067", [399_950.0, 6_799_970.0], 10.0, [40, 60]);
    let (ours, report) = raster::read(&path, &moved, &Request::default()).unwrap();
    assert_eq!(report.resampling, None);
    assert_eq!(report.covered_cells, 37 * 55);
    for (unit, ours) in ours.iter().enumerate() {
        let expected = file.locate(moved.centre(unit)).map(|unit| values[unit]);
        assert_eq!(Some(*ours).filter(|value| !value.is_nan()), expected);
    }
    assert!(report.warnings.iter().any(|warning| warning == "covers 84.8 % of the grid"));
}

#[test]
fn half_a_cell_of_offset_goes_one_way_throughout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    let file = grid("EPSG:3067", [400_000.0, 6_800_000.0], 25.0, [80, 1300]);
    let values: Vec<f32> = (0..file.cells()).map(|unit| (unit % 1300) as f32).collect();
    tiff(&path, &file, &Recipe::new(&values));
    let half = grid("EPSG:3067", [400_012.5, 6_800_000.0], 25.0, [80, 1299]);
    let (ours, _) = raster::read(&path, &half, &request(Resample::Nearest)).unwrap();
    let steps = ours.iter().enumerate().map(|(unit, value)| value - (unit % 1299) as f32);
    let steps: Vec<f32> = steps.collect();
    assert!(steps.iter().all(|step| *step == steps[0]), "a column is doubled or left out");
}

#[test]
fn types_choose_their_method_and_refuse_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classes.tif");
    let file = grid("EPSG:3067", [400_000.0, 6_800_000.0], 10.0, [60, 60]);
    let classes: Vec<u8> = (0..file.cells()).map(|unit| (unit / 7 % 5) as u8 * 10).collect();
    tiff(&path, &file, &Recipe::new(&classes));
    let coarse = grid("EPSG:3067", [400_000.0, 6_800_000.0], 40.0, [15, 15]);
    let fine = grid("EPSG:3067", [400_003.0, 6_799_990.0], 7.0, [60, 60]);
    use EvidenceType::{Categorical, Continuous, Ordinal};
    for (evidence_type, finer, coarser) in [
        (Categorical, Resample::Nearest, Resample::Mode),
        (Ordinal, Resample::Nearest, Resample::Median),
        (Continuous, Resample::Bilinear, Resample::Average),
    ] {
        let request = Request { evidence_type, ..Request::default() };
        for (target, expected) in [(&fine, finer), (&coarse, coarser)] {
            let (values, report) = raster::read(&path, target, &request).unwrap();
            assert_eq!(report.resampling, Some(expected));
            if evidence_type != Continuous {
                assert!(values.iter().all(|value| value % 10.0 == 0.0), "no class is made up");
            }
        }
    }
    for (evidence_type, method) in [
        (Categorical, Resample::Average),
        (Categorical, Resample::Median),
        (Ordinal, Resample::Bilinear),
    ] {
        let request = Request { evidence_type, ..request(method) };
        let error = raster::read(&path, &fine, &request).unwrap_err();
        assert!(matches!(error, Error::WrongResample { .. }) && error.hint().is_some());
    }
}

#[test]
fn rotated_and_scaled_rasters() {
    use gdal::DriverManager;
    use gdal::raster::Buffer;
    use gdal::spatial_ref::SpatialRef;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("turned.tif");
    let target = grid("EPSG:32635", [500_000.0, 7_000_000.0], 10.0, [30, 40]);
    // Rows run east and columns run north, stored in tenths: a transposed, scaled raster.
    let stored: Vec<i16> = (0..40 * 30).map(|index| index as i16).collect();
    let driver = DriverManager::get_driver_by_name("GTiff").unwrap();
    let mut dataset = driver.create_with_band_type::<i16, _>(&path, 30, 40, 1).unwrap();
    dataset.set_geo_transform(&[500_000.0, 0.0, 10.0, 6_999_700.0, 10.0, 0.0]).unwrap();
    dataset.set_spatial_ref(&SpatialRef::from_epsg(32635).unwrap()).unwrap();
    let mut band = dataset.rasterband(1).unwrap();
    band.set_scale(0.1).unwrap();
    band.set_offset(5.0).unwrap();
    band.write((0, 0), (30, 40), &mut Buffer::new((30, 40), stored.clone())).unwrap();
    dataset.close().unwrap();
    assert!(raster::inspect(&path).unwrap().rotated());
    let (ours, report) = raster::read(&path, &target, &request(Resample::Nearest)).unwrap();
    for (unit, ours) in ours.iter().enumerate() {
        let cell = target.cell(unit);
        let index = cell.col * 30 + (29 - cell.row);
        assert_eq!(*ours, (f64::from(stored[index]) * 0.1 + 5.0) as f32);
    }
    assert!(
        report.warnings.iter().any(|warning| warning.contains("multiplied by 0.1 and 5 added"))
    );
}

#[test]
fn degrees_onto_metres() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("degrees.tif");
    let file = grid("EPSG:4326", [24.0, 63.0], 0.01, [300, 400]);
    // Each cell holds its latitude: on any grid the values must be latitudes.
    let values: Vec<f64> = (0..file.cells()).map(|unit| file.centre(unit).northing).collect();
    tiff(&path, &file, &Recipe::new(&values));
    let target = grid("EPSG:3067", [380_000.0, 6_900_000.0], 500.0, [60, 80]);
    let (ours, report) = raster::read(&path, &target, &Request::default()).unwrap();
    assert_eq!(report.known_cells, target.cells());
    // 6,900,000 m north is 62.2 degrees by the meridian arc; 30 km further south 0.269 degrees less.
    assert!((ours[0] - 62.2).abs() < 0.05, "{}", ours[0]);
    let down = ours[0] - ours[59 * 80];
    assert!((down - 59.0 * 500.0 / 111_450.0).abs() < 2e-3, "{down}");
}
