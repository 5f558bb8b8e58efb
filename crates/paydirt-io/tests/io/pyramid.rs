//! Rasters read window by window, at every level, by several threads at once.

use paydirt_io::cog::{self, Band, Overviews, Spec};
use paydirt_io::raster::{Level, Pyramid, Window};
use paydirt_io::{Error, crs};

use crate::support::grid;

/// A map of 700 x 1100 cells: each holds its number of row and column, every seventh column is missing.
fn map(path: &std::path::Path) {
    let grid = grid("EPSG:32635", [4e5, 7e6], 50.0, [700, 1100]);
    let band = |name: &str| Band { name: name.into(), unit: "ppm".into() };
    let spec = Spec {
        bands: vec![band("col"), band("row")],
        overviews: Overviews::Nearest,
        ..Spec::default()
    };
    cog::write::<f32>(path, &grid, &spec, &mut |rows| {
        let cells = || rows.clone().flat_map(|row| (0..1100).map(move |col| (row, col)));
        let col = cells().map(|(_, col)| if col % 7 == 6 { f32::NAN } else { col as f32 });
        Ok(vec![col.collect(), cells().map(|(row, _)| row as f32).collect()])
    })
    .unwrap();
}

#[test]
fn windows_hold_the_cells_of_their_level() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.tif");
    map(&path);
    let pyramid = Pyramid::open(&path).unwrap();
    assert_eq!((pyramid.grid().rows, pyramid.grid().cols), (700, 1100));
    let levels = [(1100, 700), (550, 350), (275, 175)].map(|(cols, rows)| Level { cols, rows });
    assert_eq!(pyramid.levels(), &levels);
    let window = Window { col: 510, row: 690, cols: 4, rows: 2 };
    let cells = pyramid.read(0, 0, window).unwrap();
    assert_eq!(&cells[1..4], &[511.0, 512.0, 513.0]);
    assert!(cells[0].is_nan() && cells[4].is_nan(), "column 510 is missing: {cells:?}");
    assert_eq!(
        pyramid.read(1, 0, window).unwrap(),
        [690.0, 690.0, 690.0, 690.0, 691.0, 691.0, 691.0, 691.0]
    );
    // A cell of a smaller copy is one of those that it stands for.
    let small = Window { col: 100, row: 50, cols: 3, rows: 1 };
    for (level, factor) in [(1, 2.0), (2, 4.0)] {
        let rows = pyramid.read(1, level, small).unwrap();
        assert!(rows.iter().all(|row| (50.0 * factor..51.0 * factor).contains(row)), "{rows:?}");
    }
}

#[test]
fn bytes_without_data_are_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("classes.tif");
    let grid = grid("EPSG:32635", [4e5, 7e6], 50.0, [2, 2]);
    let spec =
        Spec { bands: vec![Band { name: "class".into(), unit: String::new() }], ..Spec::default() };
    cog::write::<u8>(&path, &grid, &spec, &mut |_| Ok(vec![vec![0, 3, 255, 254]])).unwrap();
    let pyramid = Pyramid::open(&path).unwrap();
    let cells = pyramid.read(0, 0, Window { col: 0, row: 0, cols: 2, rows: 2 }).unwrap();
    assert!(cells[2].is_nan());
    assert_eq!([cells[0], cells[1], cells[3]], [0.0, 3.0, 254.0]);
}

#[test]
fn threads_read_the_same_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.tif");
    map(&path);
    let pyramid = Pyramid::open(&path).unwrap();
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..8)
            .map(|reader| {
                let pyramid = &pyramid;
                scope.spawn(move || {
                    for turn in 0..20 {
                        let row = (reader * 83 + turn * 31) % 700;
                        let window = Window { col: 0, row, cols: 1100, rows: 1 };
                        let cells = pyramid.read(1, 0, window).unwrap();
                        assert!(cells.iter().all(|cell| *cell == row as f32));
                    }
                })
            })
            .collect();
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

#[test]
fn what_is_not_there_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.tif");
    map(&path);
    let pyramid = Pyramid::open(&path).unwrap();
    let window = Window { col: 0, row: 0, cols: 10, rows: 10 };
    let refused = |band: usize, level: usize, window: Window, what: &str| {
        let error = pyramid.read(band, level, window).unwrap_err();
        assert!(matches!(&error, Error::Unknown { what: found, .. } if *found == what), "{error}");
    };
    refused(2, 0, window, "band");
    refused(0, 3, window, "level");
    refused(0, 2, Window { col: 270, ..window }, "window");
    refused(0, 0, Window { rows: 0, ..window }, "window");
    refused(0, 0, Window { col: usize::MAX, ..window }, "window");
    // Torn after it was opened.
    let whole = fs_err::read(&path).unwrap();
    fs_err::write(&path, &whole[..whole.len() / 4]).unwrap();
    let torn = pyramid.read(0, 0, Window { col: 0, row: 600, cols: 1100, rows: 100 });
    assert!(matches!(torn, Err(Error::Damaged { .. })), "{torn:?}");
}

#[test]
fn longitude_and_latitude_of_a_place() {
    use paydirt_core::grid::{Crs, Point};
    let utm = crs::parse("EPSG:32635").unwrap();
    // On the central meridian of zone 35, the equator.
    let place = Point { easting: 500_000.0, northing: 0.0 };
    let [longitude, latitude] = crs::longitude_latitude(&utm, place).unwrap();
    assert!((longitude - 27.0).abs() < 1e-9 && latitude.abs() < 1e-9);
    assert_eq!(crs::longitude_latitude(&Crs::local_metres(), place), None);
}
