//! What is missing stays missing, and bleeds into nothing.

use gdal::Dataset;
use gdal::raster::{Buffer, GdalType};
use paydirt_core::grid::Grid;
use paydirt_io::raster::{self, AlignReport, Request, Resample};

use crate::support::{Recipe, grid, tiff};

fn file() -> Grid {
    grid("EPSG:32633", [500_000.0, 6_000_000.0], 10.0, [20, 20])
}

/// A raster of hundreds in which every seventh cell holds `hole`.
fn holes<T: Copy>(hole: T, value: T) -> Vec<T> {
    (0..400).map(|unit| if unit % 7 == 0 { hole } else { value }).collect()
}

const HOLES: usize = 58;

fn check<T: GdalType + Copy>(cells: &[T], tag: Option<f64>, declared: &[f64]) -> AlignReport {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    tiff(&path, &file(), &Recipe { nodata: tag, ..Recipe::new(cells) });
    let request = Request { nodata: declared.to_vec(), ..Request::default() };
    let (values, report) = raster::read(&path, &file(), &request).unwrap();
    let missing = values.iter().filter(|value| value.is_nan()).count();
    assert_eq!(missing, report.nodata_cells);
    for (unit, value) in values.iter().enumerate() {
        assert!(value.is_nan() == (missing > 0 && unit % 7 == 0), "cell {unit} is {value}");
    }
    // Between the centres of known cells all is 100, wherever holes lie.
    let mut between = file();
    between.transform.west += 4.0;
    between.transform.north -= 3.0;
    for method in [Resample::Bilinear, Resample::Cubic, Resample::Average] {
        let request = Request { resample: Some(method), ..request.clone() };
        let (values, _) = raster::read(&path, &between, &request).unwrap();
        if missing > 0 {
            let wrong =
                values.iter().find(|value| !value.is_nan() && (**value - 100.0).abs() > 1e-3);
            assert_eq!(wrong, None, "{method:?}");
        }
    }
    report
}

#[test]
fn every_kind_of_tag() {
    assert_eq!(check(&holes(f32::NAN, 100.0), None, &[]).nodata_cells, HOLES);
    assert_eq!(check(&holes(f32::INFINITY, 100.0), None, &[]).nodata_cells, HOLES);
    assert_eq!(check(&holes(f64::NAN, 100.0), Some(f64::NAN), &[]).nodata_cells, HOLES);
    for tag in [f64::from(f32::MIN), -3.4028235e38, -3.402_823e38] {
        assert_eq!(check(&holes(f32::MIN, 100.0), Some(tag), &[]).nodata_cells, HOLES);
        assert_eq!(check(&holes(f64::from(f32::MIN), 100.0), Some(tag), &[]).nodata_cells, HOLES);
    }
    assert_eq!(check(&holes(-9999_i16, 100), Some(-9999.0), &[]).nodata_cells, HOLES);
    assert_eq!(check(&holes(255_u8, 100), Some(255.0), &[]).nodata_cells, HOLES);
    assert_eq!(check(&holes(-1e20_f32, 100.0), Some(-1e20), &[]).nodata_cells, HOLES);
    assert_eq!(check(&holes(0.1_f32, 100.0), Some(0.1), &[]).nodata_cells, HOLES);
    let report = check(&holes(i32::MIN, 100), Some(f64::from(i32::MIN)), &[]);
    assert_eq!(report.nodata_rule, "tag -2147483648, not finite");
}

#[test]
fn declared_values_add_to_the_tag() {
    let report = check(&holes(-99_i16, 100), None, &[-99.0]);
    assert_eq!(
        (report.nodata_cells, report.nodata_rule.as_str()),
        (HOLES, "declared -99, not finite")
    );
    let mut cells = holes(-99_i16, 100);
    cells.iter_mut().skip(7).step_by(14).for_each(|cell| *cell = -9999);
    assert_eq!(check(&cells, Some(-9999.0), &[-99.0]).nodata_cells, HOLES);
}

#[test]
fn untagged_sentinels_are_values_that_are_warned_of() {
    let report = check(&holes(-9999_i16, 100), None, &[]);
    assert_eq!((report.nodata_cells, report.min), (0, Some(-9999.0)));
    assert!(report.warnings.iter().any(|warning| warning.contains("`nodata = [-9999]`")));
    let impossible = check(&holes(0_u8, 100), Some(-9999.0), &[]);
    assert!(impossible.warnings.iter().any(|warning| warning.contains("cannot occur in Byte")));
}

#[test]
fn a_tag_among_the_values_and_constant_layers_are_warned_of() {
    let mut cells = holes(0_i16, 100);
    cells[1] = -100;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    tiff(&path, &file(), &Recipe { nodata: Some(0.0), ..Recipe::new(&cells) });
    let (_, report) = raster::read(&path, &file(), &Request::default()).unwrap();
    assert!(report.warnings.iter().any(|w| w.contains("no-data value 0 lies among its values")));
    tiff(&path, &file(), &Recipe { nodata: Some(0.0), ..Recipe::new(&holes(0_i16, 100)) });
    let (_, report) = raster::read(&path, &file(), &Request::default()).unwrap();
    assert_eq!(report.warnings, ["is constant: every known cell is 100"]);
    assert_eq!((report.distinct, report.mean), (Some(1), Some(100.0)));
    tiff(&path, &file(), &Recipe { nodata: Some(7.0), ..Recipe::new(&[7_i16; 400]) });
    let (_, report) = raster::read(&path, &file(), &Request::default()).unwrap();
    assert_eq!(report.warnings, ["holds no value on the grid: every cell is missing"]);
    assert_eq!((report.min, report.known_cells, report.nodata_cells), (None, 0, 400));
}

#[test]
fn mask_bands_and_alpha() {
    for options in [&["ALPHA=YES"][..], &[]] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tif");
        let alpha = !options.is_empty();
        let cells = vec![100_u8; 400 * if alpha { 2 } else { 1 }];
        let bands = if alpha { 2 } else { 1 };
        tiff(&path, &file(), &Recipe { bands, options, ..Recipe::new(&cells) });
        let mut mask: Vec<u8> = holes(0_u8, 255);
        let options = gdal::DatasetOptions {
            open_flags: gdal::GdalOpenFlags::GDAL_OF_UPDATE,
            ..gdal::DatasetOptions::default()
        };
        let dataset = Dataset::open_ex(&path, options).unwrap();
        let mut buffer = Buffer::new((20, 20), std::mem::take(&mut mask));
        if alpha {
            dataset.rasterband(2).unwrap().write((0, 0), (20, 20), &mut buffer).unwrap();
        } else {
            let mut band = dataset.rasterband(1).unwrap();
            band.create_mask_band(true).unwrap();
            band.open_mask_band().unwrap().write((0, 0), (20, 20), &mut buffer).unwrap();
        }
        dataset.close().unwrap();
        let (values, report) = raster::read(&path, &file(), &Request::default()).unwrap();
        assert_eq!(report.nodata_cells, HOLES, "alpha: {alpha}");
        assert!(values.iter().enumerate().all(|(unit, value)| value.is_nan() == (unit % 7 == 0)));
        assert!(report.nodata_rule.contains("mask band"));
    }
}

/// An `.aux.xml` beside a file is honoured, and none is ever made.
#[test]
fn nodata_in_an_auxiliary_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tif");
    tiff(&path, &file(), &Recipe::new(&holes(-5_i16, 100)));
    let text = "<PAMDataset><PAMRasterBand band=\"1\"><NoDataValue>-5</NoDataValue></PAMRasterBand></PAMDataset>";
    fs_err::write(folder.path().join("a.tif.aux.xml"), text).unwrap();
    let (_, report) = raster::read(&path, &file(), &Request::default()).unwrap();
    assert_eq!(report.nodata_cells, HOLES);
    fs_err::remove_file(folder.path().join("a.tif.aux.xml")).unwrap();
    let (_, report) = raster::read(&path, &file(), &Request::default()).unwrap();
    assert_eq!(report.nodata_cells, 0);
    assert_eq!(crate::support::listing(folder.path()), ["a.tif"]);
}
