//! Every common kind of GeoTIFF is read bit for bit.

use std::path::Path;

use crate::support::{Recipe, grid, noise, same_bits, tiff};
use gdal::raster::{GdalType, RasterCreationOptions};
use gdal::{Dataset, DriverManager};
use paydirt_io::raster::{self, Request};

const CODECS: [&[&str]; 8] = [
    &["COMPRESS=NONE"],
    &["COMPRESS=LZW"],
    &["COMPRESS=DEFLATE"],
    &["COMPRESS=ZSTD"],
    &["COMPRESS=PACKBITS"],
    &["COMPRESS=LZMA"],
    &["COMPRESS=LERC", "MAX_Z_ERROR=0"],
    &["COMPRESS=LERC_ZSTD", "MAX_Z_ERROR=0"],
];

const LAYOUTS: [&[&str]; 2] =
    [&["TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=48"], &["TILED=NO", "BLOCKYSIZE=7"]];

/// A surface with noise on it, as a type would store it.
fn surface<T>(convert: impl Fn(f64) -> T, count: usize) -> Vec<T> {
    let mut noise = noise(7);
    (0..count)
        .map(|index| {
            let smooth = 120.0 + 90.0 * (index as f64 / 311.0).sin();
            convert(smooth + (noise() % 29) as f64)
        })
        .collect()
}

fn read(path: &Path, band: usize) -> Vec<f32> {
    let grid = raster::inspect(path).unwrap().grid(path).unwrap();
    let request = Request { band, ..Request::default() };
    let (values, report) = raster::read(path, &grid, &request).unwrap();
    assert_eq!(report.resampling, None);
    values
}

/// Writes each codec, layout and predictor that suits the type; returns how many were right.
fn check<T: GdalType + Copy>(name: &str, predictors: &[&str], convert: impl Fn(f64) -> T) -> usize
where
    f64: From<T>,
{
    let folder = tempfile::tempdir().unwrap();
    let grid = grid("EPSG:32633", [500_000.0, 6_000_000.0], 25.0, [67, 91]);
    let cells = surface(convert, grid.cells());
    let expected: Vec<f32> = cells.iter().map(|cell| f64::from(*cell) as f32).collect();
    let mut right = 0;
    for (layout, codec) in LAYOUTS.iter().flat_map(|layout| CODECS.map(|codec| (layout, codec))) {
        let predicts = ["LZW", "DEFLATE", "ZSTD"]
            .iter()
            .any(|codec_name| codec[0] == format!("COMPRESS={codec_name}"));
        for predictor in if predicts { predictors } else { &["PREDICTOR=1"] } {
            let path = folder.path().join(format!("{right}.tif"));
            let options: Vec<&str> =
                layout.iter().chain(codec).copied().chain(predicts.then_some(*predictor)).collect();
            tiff(&path, &grid, &Recipe { options: &options, ..Recipe::new(&cells) });
            assert!(same_bits(&read(&path, 1), &expected), "{name} {options:?}");
            right += 1;
        }
    }
    right
}

#[test]
fn every_codec_layout_predictor_and_type() {
    let whole = ["PREDICTOR=1", "PREDICTOR=2"];
    let real = ["PREDICTOR=1", "PREDICTOR=2", "PREDICTOR=3"];
    let counts = [
        check("u8", &whole, |value| value as u8),
        check("u16", &whole, |value| (value * 250.0) as u16),
        check("i16", &whole, |value| ((value - 130.0) * 200.0) as i16),
        check("u32", &whole, |value| (value * 60_000.0) as u32),
        check("i32", &whole, |value| ((value - 130.0) * 80_000.0) as i32),
        check("f32", &real, |value| (value / 7.0) as f32),
        check("f64", &real, |value| value / 7.0),
    ];
    assert_eq!(counts.iter().sum::<usize>(), 5 * 22 + 2 * 28);
}

#[test]
fn endianness_bigtiff_bits_sparse_palette_and_bands() {
    let folder = tempfile::tempdir().unwrap();
    let grid = grid("EPSG:32633", [500_000.0, 6_000_000.0], 25.0, [67, 91]);
    let reals = surface(|value| (value / 7.0) as f32, grid.cells());
    let path = folder.path().join("a.tif");
    for options in [
        &["ENDIANNESS=BIG"][..],
        &["ENDIANNESS=BIG", "COMPRESS=DEFLATE", "PREDICTOR=2", "TILED=YES"],
        &["BIGTIFF=YES"],
        &["BIGTIFF=YES", "ENDIANNESS=BIG", "COMPRESS=ZSTD", "PREDICTOR=2"],
    ] {
        tiff(&path, &grid, &Recipe { options, ..Recipe::new(&reals) });
        assert!(same_bits(&read(&path, 1), &reals), "{options:?}");
    }
    for bits in [1_u16, 4, 12] {
        let cells = surface(|value| value as u16 % (1 << bits), grid.cells());
        let expected: Vec<f32> = cells.iter().map(|cell| f32::from(*cell)).collect();
        let option = format!("NBITS={bits}");
        tiff(&path, &grid, &Recipe { options: &[&option, "COMPRESS=LZW"], ..Recipe::new(&cells) });
        assert!(same_bits(&read(&path, 1), &expected), "{bits} bits");
    }
    let many = surface(|value| value as i16, 20 * grid.cells());
    for interleave in ["INTERLEAVE=BAND", "INTERLEAVE=PIXEL"] {
        let options = [interleave, "COMPRESS=DEFLATE", "PREDICTOR=2"];
        tiff(&path, &grid, &Recipe { bands: 20, options: &options, ..Recipe::new(&many) });
        for (index, band) in many.chunks_exact(grid.cells()).enumerate() {
            let expected: Vec<f32> = band.iter().map(|cell| f32::from(*cell)).collect();
            assert!(
                same_bits(&read(&path, index + 1), &expected),
                "{interleave} band {}",
                index + 1
            );
        }
    }
}

/// Made by rasterio with GDAL 3.10.3, since Debian's libtiff 4.5.0 reads such files rightly but writes
/// them wrongly:
///
/// ```python
/// a = (np.arange(256, dtype="f4") / 7 - 11).reshape(16, 16)
/// rasterio.open(path, "w", driver="GTiff", height=16, width=16, count=1, dtype="float32",
///               crs="EPSG:32633", transform=from_origin(500000, 6000000, 25, 25),
///               compress="deflate", predictor=3, ENDIANNESS="BIG").write(a, 1)
/// ```
#[test]
fn big_endian_with_the_predictor_of_floats() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/big_endian_predictor3.tif");
    let expected: Vec<f32> = (0..256).map(|number| number as f32 / 7.0 - 11.0).collect();
    assert!(same_bits(&read(&path, 1), &expected));
}

#[test]
fn sparse_and_paletted_files() {
    let folder = tempfile::tempdir().unwrap();
    let grid = grid("EPSG:32633", [500_000.0, 6_000_000.0], 25.0, [67, 91]);
    let path = folder.path().join("sparse.tif");
    let options = ["SPARSE_OK=TRUE", "TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16", "COMPRESS=LZW"];
    let mostly_zero: Vec<f32> = (0..grid.cells()).map(|unit| (unit / 5000) as f32).collect();
    tiff(&path, &grid, &Recipe { options: &options, ..Recipe::new(&mostly_zero) });
    assert!(same_bits(&read(&path, 1), &mostly_zero));

    let path = folder.path().join("palette.tif");
    let classes = surface(|value| value as u8 % 16, grid.cells());
    tiff(&path, &grid, &Recipe { options: &["PHOTOMETRIC=PALETTE"], ..Recipe::new(&classes) });
    let expected: Vec<f32> = classes.iter().map(|class| f32::from(*class)).collect();
    assert!(same_bits(&read(&path, 1), &expected));
}

#[test]
fn cogs_esri_grids_and_whatever_gdal_opens() {
    let folder = tempfile::tempdir().unwrap();
    let grid = grid("EPSG:32633", [500_000.0, 6_000_000.0], 25.0, [600, 700]);
    let cells = surface(|value| f32::from(value as i16 - 100) / 4.0, grid.cells());
    let plain = folder.path().join("plain.tif");
    tiff(&plain, &grid, &Recipe { nodata: Some(-9999.0), ..Recipe::new(&cells) });
    let dataset = Dataset::open(&plain).unwrap();
    for (driver, name, options) in [
        ("COG", "cog.tif", &["COMPRESS=ZSTD", "PREDICTOR=YES"][..]),
        ("AAIGrid", "ascii.asc", &[]),
        ("HFA", "imagine.img", &["COMPRESSED=YES"]),
        ("EHdr", "float.bil", &[]),
        ("SAGA", "saga.sdat", &[]),
        ("GSBG", "surfer.grd", &[]),
    ] {
        let path = folder.path().join(name);
        let driver_handle = DriverManager::get_driver_by_name(driver).unwrap();
        let options = RasterCreationOptions::from_iter(options.iter().copied());
        dataset.create_copy(&driver_handle, &path, &options).unwrap().close().unwrap();
        let request = Request { assume_crs: Some(grid.crs.clone()), ..Request::default() };
        let (values, report) = raster::read(&path, &grid, &request).unwrap();
        assert_eq!(report.resampling, None, "{driver}");
        assert!(same_bits(&values, &cells), "{driver}");
        assert_eq!(
            raster::inspect(&path).unwrap().driver,
            if driver == "COG" { "GTiff" } else { driver }
        );
    }
}
