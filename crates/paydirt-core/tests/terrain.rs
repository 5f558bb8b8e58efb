//! Terrain steps: against gdaldem's and xDEM's stored answers and against surfaces whose shape is known.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::step::{AnyStep, draw_raster};

/// Made by `fixtures/make_relief.py` with GDAL 3.6.2 and xDEM 0.2.3.
#[derive(serde::Deserialize)]
struct Stored {
    rows: usize,
    cols: usize,
    dem: Vec<Option<f32>>,
    answers: Vec<Answer>,
}

#[derive(serde::Deserialize)]
struct Answer {
    step: String,
    cell_size: [f64; 2],
    method: String,
    part: String,
    answer: Vec<Option<f64>>,
}

fn grid(rows: usize, cols: usize, [cell_width, cell_height]: [f64; 2]) -> Grid {
    let transform = GeoTransform { west: 0.0, north: 0.0, cell_width, cell_height };
    Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
}

fn drawn(step: &str, grid: &Grid, raster: &[f32]) -> Vec<f32> {
    let step: AnyStep = serde_json::from_str(step).unwrap();
    let mut drawn = Vec::new();
    let read = |units: std::ops::Range<usize>| Ok(raster[units].to_vec());
    draw_raster(step.raster().unwrap(), grid, read, |rows| {
        drawn.extend_from_slice(rows);
        Ok(())
    })
    .unwrap();
    drawn
}

/// The answer at one cell of a surface given by a formula of metres to the east and to the north
/// of the middle cell, seen on cells of 20 x 10 m.
fn at(step: &str, east_m: f64, north_m: f64, height: impl Fn(f64, f64) -> f64) -> f64 {
    let raster: Vec<f32> = (0..9)
        .map(|cell| {
            let (row, col) = (f64::from(cell / 3) - 1.0, f64::from(cell % 3) - 1.0);
            height(east_m + col * 20.0, north_m - row * 10.0) as f32
        })
        .collect();
    f64::from(drawn(step, &grid(3, 3, [20.0, 10.0]), &raster)[4])
}

fn settings(answer: &Answer) -> String {
    let key = &answer.step;
    let method = match answer.method.as_str() {
        "Horn" => r#""method": "horn""#,
        "ZevenbergenThorne" => r#""method": "zevenbergen_thorne""#,
        "Riley" => r#""index": "riley""#,
        "Wilson" => r#""index": "wilson""#,
        _ if key == "curvature" => {
            return format!(r#"{{"curvature": {{"kind": "{}"}}}}"#, answer.part);
        }
        // the eight neighbours
        _ => r#""radius_m": 37.0, "min_known_percent": 100"#,
    };
    let part = match (key.as_str(), answer.part.as_str()) {
        ("slope", "degree") => r#", "unit": "degrees""#.into(),
        ("slope", unit) => format!(r#", "unit": "{unit}""#),
        ("aspect", part) => format!(r#", "part": "{part}""#),
        _ => String::new(),
    };
    format!(r#"{{"{key}": {{{method}{part}}}}}"#)
}

#[test]
fn answers_are_those_of_gdaldem_and_xdem() {
    let Stored { rows, cols, dem, answers } =
        serde_json::from_str(include_str!("fixtures/terrain.json")).unwrap();
    let dem: Vec<f32> = dem.into_iter().map(|height| height.unwrap_or(f32::NAN)).collect();
    assert_eq!(answers.len(), 20);
    for answer in &answers {
        let settings = settings(answer);
        let found = drawn(&settings, &grid(rows, cols, answer.cell_size), &dem);
        let largest = answer.answer.iter().flatten().fold(0.0, |most: f64, v| most.max(v.abs()));
        for (cell, (found, expected)) in found.iter().zip(&answer.answer).enumerate() {
            assert_eq!(found.is_nan(), expected.is_none(), "{settings} at cell {cell}");
            let error = expected.map_or(0.0, |expected| (f64::from(*found) - expected).abs());
            assert!(error < 1e-6 * largest, "{settings} at cell {cell}: {error}");
        }
    }
}

#[test]
fn a_plane_has_one_slope_and_faces_one_way() {
    let plane = |east: f64, north: f64| 1.2 * east - 1.6 * north;
    for method in ["horn", "zevenbergen_thorne"] {
        let step =
            |key: &str, rest: &str| format!(r#"{{"{key}": {{"method": "{method}"{rest}}}}}"#);
        let close = |step: String, expected: f64| {
            let found = at(&step, 500.0, 100.0, plane);
            assert!((found - expected).abs() < 1e-5 * expected.abs().max(1.0), "{step}: {found}");
        };
        close(step("slope", ""), 2.0_f64.atan().to_degrees());
        close(step("slope", r#", "unit": "percent""#), 200.0);
        close(step("slope", r#", "unit": "percent", "z_unit_m": 0.5"#), 100.0);
        // it rises to the east and falls to the north, so it faces west and north
        close(step("aspect", r#", "part": "sine""#), -0.6);
        close(step("aspect", r#", "part": "cosine""#), 0.8);
    }
    assert!(at(r#"{"aspect": {}}"#, 0.0, 0.0, |_, _| 7.0).is_nan());
    assert_eq!(at(r#"{"slope": {}}"#, 0.0, 0.0, |_, _| 7.0), 0.0);
}

#[test]
fn a_sphere_bends_alike_in_all_directions() {
    let radius = 1000.0_f64;
    let sphere =
        |east: f64, north: f64| (radius * radius - east * east - north * north).sqrt() - 900.0;
    let hollow = |east: f64, north: f64| -sphere(east, north);
    for (east, north) in [(300.0, 50.0), (-120.0, 260.0), (-200.0, -200.0)] {
        let close = |kind: &str, expected: f64| {
            let step = format!(r#"{{"curvature": {{"kind": "{kind}"}}}}"#);
            let found = at(&step, east, north, sphere);
            assert!((found / expected - 1.0).abs() < 1e-3, "{kind}: {found} {expected}");
            let sign = if matches!(kind, "gaussian" | "total") { 1.0 } else { -1.0 };
            assert_eq!(at(&step, east, north, hollow), sign * found, "{kind}");
        };
        close("profile", 1.0 / radius);
        close("tangential", 1.0 / radius);
        close("mean", 1.0 / radius);
        close("gaussian", 1.0 / (radius * radius));
        close("plan", 1.0 / east.hypot(north));
    }
}

#[test]
fn a_cylinder_and_a_saddle_bend_as_they_should() {
    let ridge = |east: f64, _: f64| -0.001 * east * east;
    let saddle =
        |east: f64, north: f64| 0.001 * east * east - 0.002 * north * north + 0.003 * east * north;
    let of = |kind: &str, z_unit_m: f64, surface: &dyn Fn(f64, f64) -> f64| {
        let step = format!(r#"{{"curvature": {{"kind": "{kind}", "z_unit_m": {z_unit_m}}}}}"#);
        at(&step, 0.0, 0.0, surface)
    };
    assert!((of("mean", 1.0, &ridge) - 0.001).abs() < 1e-8);
    assert_eq!(of("gaussian", 1.0, &ridge), 0.0);
    assert!((of("gaussian", 1.0, &saddle) + 0.002 * 0.004 + 0.003 * 0.003).abs() < 1e-10);
    assert!((of("total", 1.0, &saddle) - (4e-6 + 2.0 * 9e-6 + 16e-6)).abs() < 1e-10);
    assert!((of("total", 0.5, &saddle) - (4e-6 + 2.0 * 9e-6 + 16e-6) / 4.0).abs() < 1e-10);
    for kind in ["profile", "tangential", "plan"] {
        assert!(of(kind, 1.0, &saddle).is_nan(), "level at the middle of the saddle");
    }
}

#[test]
fn on_degrees_a_cell_is_as_wide_as_at_its_own_latitude() {
    let crs = Crs { metres_per_unit: None, ..Crs::local_metres() };
    let transform = GeoTransform { west: 10.0, north: 80.5, cell_width: 1.0, cell_height: 1.0 };
    let grid = Grid::new(crs, transform, 81, 3).unwrap();
    let degree_m = 6_371_000.0_f64.to_radians();
    // rises by a degree's length at the equator each degree to the east
    let raster: Vec<f32> =
        (0..grid.cells()).map(|unit| ((unit % 3) as f64 * degree_m) as f32).collect();
    let slope = drawn(r#"{"slope": {"unit": "percent"}}"#, &grid, &raster);
    for (row, latitude) in [(20, 60.0_f64), (35, 45.0), (79, 1.0)] {
        let expected = 100.0 / latitude.to_radians().cos();
        assert!((f64::from(slope[row * 3 + 1]) / expected - 1.0).abs() < 1e-5, "{latitude}");
    }
}

#[test]
fn what_lies_beside_a_gap_or_the_edge_is_missing() {
    let grid = grid(7, 7, [10.0, 10.0]);
    let mut raster: Vec<f32> = (0..49).map(|cell| (cell * cell) as f32).collect();
    raster[3 * 7 + 3] = f32::NAN;
    for step in ["slope", "aspect", "curvature", "ruggedness"] {
        let drawn = drawn(&format!(r#"{{"{step}": {{}}}}"#), &grid, &raster);
        for (cell, value) in drawn.iter().enumerate() {
            let (row, col) = (cell / 7, cell % 7);
            let edge = [row, col].iter().any(|place| *place == 0 || *place == 6);
            let gap = row.abs_diff(3) <= 1 && col.abs_diff(3) <= 1;
            assert_eq!(value.is_nan(), edge || gap, "{step} at row {row}, column {col}");
        }
    }
}

#[test]
fn a_hill_stands_over_its_ring() {
    let grid = grid(11, 11, [100.0, 100.0]);
    let mut raster = vec![5.0_f32; 121];
    raster[60] = 14.0;
    let step = r#"{"topographic_position": {"radius_m": 300, "inner_radius_m": 150}}"#;
    let drawn = drawn(step, &grid, &raster);
    assert_eq!(drawn[60], 9.0);
    // one step away the hill lies within the inner circle, two steps away in the ring of 29 - 9 cells
    assert_eq!(drawn[61], 0.0);
    assert!((drawn[62] + 9.0 / 20.0).abs() < 1e-6);
}
