//! Geometry on the grid: against GDAL's and SciPy's stored answers and against brute force.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::raster::distance::Seeds;
use paydirt_core::step::{Geometry, Shape, Source, Surface, density, distance, rasterise};
use proptest::prelude::*;

/// Made by `fixtures/make_raster.py` with GDAL 3.6.2 and SciPy 1.17.1.
#[derive(serde::Deserialize)]
struct Stored {
    polygons: Vec<Vec<Vec<[f64; 2]>>>,
    lines: Vec<Vec<[f64; 2]>>,
    centre: Vec<String>,
    lines_touched: Vec<String>,
    polygons_touched: Vec<String>,
    distance: Vec<Vec<f64>>,
}

fn stored() -> Stored {
    serde_json::from_str(include_str!("fixtures/raster.json")).unwrap()
}

fn grid(rows: usize, cols: usize, cell_width: f64, cell_height: f64) -> Grid {
    let transform = GeoTransform { west: 1000.0, north: 2000.0, cell_width, cell_height };
    Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
}

fn shape(geometry: Geometry) -> Shape {
    Shape { geometry, value: None }
}

fn picture(values: &[f32], cols: usize) -> Vec<String> {
    values.chunks(cols).map(|row| row.iter().map(|v| v.to_string()).collect()).collect()
}

fn drawn(geometry: Geometry, all_touched: bool) -> Vec<String> {
    let settings = rasterise::Settings { all_touched, ..Default::default() };
    let shapes = [shape(geometry)];
    picture(&settings.draw(&Source::Shapes(&shapes), &grid(30, 40, 10.0, 12.5)).unwrap(), 40)
}

#[test]
fn polygons_cover_the_cells_that_gdal_burns() {
    let Stored { polygons, centre, polygons_touched, .. } = stored();
    assert_eq!(drawn(Geometry::Polygons(polygons.clone()), false), centre);
    assert_eq!(drawn(Geometry::Polygons(polygons), true), polygons_touched);
}

#[test]
fn lines_cover_the_cells_that_gdal_touches() {
    let Stored { lines, lines_touched, .. } = stored();
    assert_eq!(drawn(Geometry::Lines(lines), false), lines_touched);
}

#[test]
fn distances_are_those_of_scipy() {
    let Stored { lines, distance, .. } = stored();
    // inside the grid alone, as SciPy has it: from a raster of the lines
    let grid = grid(30, 40, 10.0, 12.5);
    let shapes = [shape(Geometry::Lines(lines))];
    let raster = rasterise::Settings::default().draw(&Source::Shapes(&shapes), &grid).unwrap();
    let ours = distance::Settings::default().draw(&Source::Raster(&raster), &grid).unwrap();
    for (ours, theirs) in ours.iter().zip(distance.iter().flatten()) {
        assert!((f64::from(*ours) - theirs).abs() < 1e-5, "{ours} and {theirs}");
    }
}

#[test]
fn neighbours_share_an_edge_without_gap_or_overlap() {
    // edges run through cell centres, upright, level and aslant
    let at = |e: f64, n: f64| [1000.0 + e, 2000.0 - n];
    let west = vec![at(0., 0.), at(45., 0.), at(45., 35.), at(25., 95.), at(0., 95.), at(0., 0.)];
    let east = vec![at(45., 0.), at(99., 0.), at(99., 35.), at(45., 35.), at(45., 0.)];
    let south = vec![at(45., 35.), at(99., 35.), at(99., 95.), at(25., 95.), at(45., 35.)];
    let mut times = vec![0; 100];
    for ring in [west, east, south] {
        let shapes = [shape(Geometry::Polygons(vec![vec![ring]]))];
        let values = rasterise::Settings::default()
            .draw(&Source::Shapes(&shapes), &grid(10, 10, 10.0, 10.0))
            .unwrap();
        values.iter().zip(&mut times).for_each(|(value, times)| *times += *value as i32);
    }
    let expected: Vec<i32> = (0..100).map(|unit| i32::from(unit / 10 < 9)).collect();
    assert_eq!(times, expected);
}

#[test]
fn attributes_are_drawn_later_over_earlier_and_null_not_at_all() {
    let point = |col: f64, value| Shape {
        geometry: Geometry::Points(vec![[1000.0 + col * 10.0, 1995.0], [f64::NAN, 0.0]]),
        value,
    };
    let shapes = [point(0.5, Some(3.0)), point(0.5, Some(5.0)), point(1.5, None)];
    let draw = |background| {
        let settings = rasterise::Settings { background, ..Default::default() };
        settings.draw(&Source::Shapes(&shapes), &grid(1, 3, 10.0, 10.0)).unwrap()
    };
    assert_eq!(draw(Some(-1.0)), [5.0, -1.0, -1.0]);
    assert!(draw(None)[1].is_nan());
}

#[test]
fn a_feature_around_the_grid_is_near_too() {
    let grid = grid(20, 20, 10.0, 10.0);
    // one inside, far off; one 15 m north of the north-west corner cell; one 25 m to its west
    let places = [[1195.0, 1805.0], [1005.0, 2015.0], [975.0, 1895.0]];
    let measure = |places: &[[f64; 2]], max_m| {
        let shapes = [shape(Geometry::Points(places.to_vec()))];
        distance::Settings { max_m }.draw(&Source::Shapes(&shapes), &grid)
    };
    for places in [&places[..], &places[1..], &places[2..]] {
        let distances = measure(places, None).unwrap();
        for (unit, found) in distances.iter().enumerate() {
            let centre = grid.centre(unit);
            let apart = places.iter().map(|[e, n]| (e - centre.easting).hypot(n - centre.northing));
            assert_eq!(*found, apart.fold(f64::INFINITY, f64::min) as f32);
        }
        let capped = measure(places, Some(70.0)).unwrap();
        assert!(distances.iter().zip(&capped).all(|(far, near)| far.min(70.0) == *near));
    }
    assert!(measure(&[[9e9, 9e9]], None).is_err());
    assert!(measure(&[], None).is_err());
    assert!(measure(&places, Some(0.0)).is_err());
}

#[test]
fn a_polygon_smaller_than_a_cell_is_not_lost() {
    let small = vec![vec![[1001.0, 1999.0], [1002.0, 1999.0], [1002.0, 1998.0]]];
    let shapes = [shape(Geometry::Polygons(vec![small]))];
    let grid = grid(1, 3, 10.0, 10.0);
    let distances = distance::Settings::default().draw(&Source::Shapes(&shapes), &grid).unwrap();
    assert_eq!(distances, [0.0, 10.0, 20.0]);
}

#[test]
fn degrees_are_no_metres() {
    let mut grid = grid(3, 3, 0.1, 0.1);
    grid.crs.metres_per_unit = None;
    let raster = [1.0; 9];
    for step in [&distance::Settings::default() as &dyn Surface, &density::Settings::default()] {
        let error = step.draw(&Source::Raster(&raster), &grid).unwrap_err();
        assert!(error.to_string().contains("degrees") && error.hint().is_some());
    }
}

#[test]
fn one_straight_line_has_the_density_of_its_chord() {
    let grid = grid(41, 41, 10.0, 10.0);
    // level, through the middle row, and well beyond both edges of the grid
    let line = vec![[0.0, 1795.0], [3000.0, 1795.0]];
    let shapes = [shape(Geometry::Lines(vec![line]))];
    let settings = density::Settings { radius_m: 100.0, ..Default::default() };
    let densities = settings.draw(&Source::Shapes(&shapes), &grid).unwrap();
    // the chord through the centre crosses 21 cells; 317 cell centres lie within ten cells
    let expected = (21.0 * 0.01 / (317.0 * 1e-4)) as f32;
    for col in [0, 20, 40] {
        assert!((densities[20 * 41 + col] - expected).abs() < 1e-4 * expected);
        assert_eq!(densities[col], 0.0);
    }
}

#[test]
fn an_even_spread_has_its_own_density_up_to_the_edge() {
    let grid = grid(12, 9, 10.0, 20.0);
    let settings = density::Settings { radius_m: 70.0, ..Default::default() };
    let all = vec![vec![[0.0, 0.0], [9000.0, 0.0], [9000.0, 9000.0], [0.0, 9000.0]]];
    let shapes = [shape(Geometry::Polygons(vec![all]))];
    let share = settings.draw(&Source::Shapes(&shapes), &grid).unwrap();
    assert!(share.iter().all(|share| (share - 1.0).abs() < 1e-5));
    let mut raster = vec![1.0; grid.cells()];
    raster[50] = f32::NAN;
    let per_km2 = settings.draw(&Source::Raster(&raster), &grid).unwrap();
    assert!(per_km2.iter().all(|count| (count - 5000.0).abs() < 1e-2), "one a cell of 200 m2");
    let mixed = [shapes[0].clone(), shape(Geometry::Points(vec![[1005.0, 1995.0]]))];
    assert!(settings.draw(&Source::Shapes(&mixed), &grid).is_err());
    assert!(
        density::Settings { radius_m: 1e9, ..Default::default() }
            .draw(&Source::Shapes(&shapes), &grid)
            .is_err()
    );
    let none = settings.draw(&Source::Shapes(&[]), &grid).unwrap();
    assert!(none.iter().all(|density| *density == 0.0));
}

proptest! {
    #[test]
    fn distances_are_those_of_brute_force(
        rows in 1_usize..14,
        cols in 1_usize..14,
        height in prop::sample::select(vec![1.0, 0.5, 3.7, 10.0]),
        features in prop::collection::vec((-9_i64..23, -9_i64..23), 1..12),
    ) {
        let mut seeds = Seeds::new(rows, cols);
        for &(row, col) in &features {
            seeds.mark(row, col);
        }
        let found = seeds.distances(1.0, height, f64::INFINITY);
        for (unit, found) in found.iter().enumerate() {
            let apart = |(row, col): &(i64, i64)| {
                let down = (unit / cols) as f64 - *row as f64;
                let across = (unit % cols) as f64 - *col as f64;
                (across * across + down * down * height * height).sqrt()
            };
            let nearest = features.iter().map(apart).fold(f64::INFINITY, f64::min) as f32;
            // whole numbers under the root with square cells: no rounding to allow for
            let allowed = if height == 1.0 { 0.0 } else { nearest * 3e-7 };
            prop_assert!((found - nearest).abs() <= allowed);
        }
    }

    #[test]
    fn a_polygon_covers_the_cells_whose_centre_it_holds(
        ring in prop::collection::vec(prop::array::uniform2(-20.0..120.0_f64), 3..9),
    ) {
        let ring: Vec<[f64; 2]> = ring.iter().map(|[e, n]| [1000.0 + e, 2000.0 - n]).collect();
        let grid = grid(10, 10, 10.0, 10.0);
        let shapes = [shape(Geometry::Polygons(vec![vec![ring.clone()]]))];
        let values = rasterise::Settings::default().draw(&Source::Shapes(&shapes), &grid).unwrap();
        for (unit, value) in values.iter().enumerate() {
            // even-odd: how many edges a ray to the east meets
            let centre = grid.centre(unit);
            let meets = ring.iter().zip(ring.iter().cycle().skip(1)).filter(|(a, b)| {
                let above = |place: &[f64; 2]| place[1] > centre.northing;
                let share = (centre.northing - a[1]) / (b[1] - a[1]);
                above(a) != above(b) && a[0] + share * (b[0] - a[0]) > centre.easting
            });
            prop_assert_eq!(meets.count() % 2 == 1, *value == 1.0);
        }
    }
}
