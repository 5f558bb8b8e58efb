//! Steps that look around in a circle: against NumPy's and scikit-image's stored answers, against
//! brute force, and on patterns whose answer is known.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use paydirt_core::Result;
use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::step::{AnyStep, draw_raster};
use proptest::prelude::*;

type Answers = BTreeMap<String, Vec<Option<f64>>>;

/// Made by `fixtures/make_relief.py` with NumPy 2.4.6 and scikit-image 0.26.0.
#[derive(serde::Deserialize)]
struct Stored {
    focal: Answers,
    textures: Answers,
    gabor: Vec<Vec<Option<f64>>>,
}

#[derive(serde::Deserialize)]
struct Dem {
    rows: usize,
    cols: usize,
    dem: Vec<Option<f32>>,
}

fn stored() -> (Stored, Dem, Vec<f32>) {
    let stored = serde_json::from_str(include_str!("fixtures/windows.json")).unwrap();
    let dem: Dem = serde_json::from_str(include_str!("fixtures/terrain.json")).unwrap();
    let values = dem.dem.iter().map(|height| height.unwrap_or(f32::NAN)).collect();
    (stored, dem, values)
}

fn grid(rows: usize, cols: usize, [cell_width, cell_height]: [f64; 2]) -> Grid {
    let transform = GeoTransform { west: 0.0, north: 0.0, cell_width, cell_height };
    Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
}

fn draw(step: &str, grid: &Grid, raster: &[f32]) -> Result<Vec<f32>> {
    let step: AnyStep = serde_json::from_str(step).unwrap();
    let mut drawn = Vec::new();
    let read = |units: std::ops::Range<usize>| Ok(raster[units].to_vec());
    draw_raster(step.raster().unwrap(), grid, read, |rows| {
        drawn.extend_from_slice(rows);
        Ok(())
    })?;
    Ok(drawn)
}

fn drawn(step: &str, grid: &Grid, raster: &[f32]) -> Vec<f32> {
    draw(step, grid, raster).unwrap()
}

fn assert_close(step: &str, found: &[f32], expected: &[Option<f64>], tolerance: f64) {
    let mut worst = 0.0_f64;
    assert_eq!(found.len(), expected.len());
    for (cell, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.is_nan(), expected.is_none(), "{step} at cell {cell}");
        if let Some(expected) = expected {
            let error = (f64::from(*found) - expected).abs() / expected.abs().max(1.0);
            worst = worst.max(error);
        }
    }
    assert!(worst < tolerance, "{step}: {worst}");
}

#[test]
fn circles_are_those_of_numpy() {
    let (stored, dem, values) = stored();
    let grid = grid(dem.rows, dem.cols, [30.0, 20.0]);
    let steps = [
        ("mean", "focal_mean", ""),
        ("deviation", "focal_deviation", ""),
        ("p0", "focal_percentile", r#", "percent": 0"#),
        ("p37.5", "focal_percentile", r#", "percent": 37.5"#),
        ("p50", "focal_percentile", ""),
        ("p100", "focal_percentile", r#", "percent": 100"#),
        ("iqr", "focal_percentile", r#", "percent": 75, "less_percent": 25"#),
        ("size", "focal_gradient", ""),
        ("east", "focal_gradient", r#", "part": "east""#),
        ("north", "focal_gradient", r#", "part": "north""#),
    ];
    assert_eq!(steps.len(), stored.focal.len());
    for (name, key, rest) in steps {
        let step = format!(r#"{{"{key}": {{"radius_m": 95{rest}}}}}"#);
        assert_close(&step, &drawn(&step, &grid, &values), &stored.focal[name], 1e-6);
    }
}

#[test]
fn textures_are_those_of_scikit_image() {
    let (stored, dem, values) = stored();
    let grid = grid(dem.rows, dem.cols, [30.0, 20.0]);
    assert_eq!(stored.textures.len(), 6);
    for (measure, expected) in &stored.textures {
        let step = format!(
            r#"{{"glcm": {{"measure": "{measure}", "radius_m": 130, "levels": 8, "range": [-20, 120],
                "distances_cells": [1, 2]}}}}"#
        );
        assert_close(&step, &drawn(&step, &grid, &values), expected, 1e-6);
    }
}

#[test]
fn ridges_are_those_of_scikit_image() {
    let (stored, dem, values) = stored();
    let grid = grid(dem.rows, dem.cols, [20.0, 20.0]);
    let mut found = Vec::new();
    for (degrees, expected) in [0, 30, 135].iter().zip(&stored.gabor) {
        let step =
            format!(r#"{{"gabor": {{"wavelength_m": 90, "direction_degrees": {degrees}}}}}"#);
        found.push(drawn(&step, &grid, &values));
        assert_close(&step, &found[found.len() - 1], expected, 1e-6);
    }
}

#[test]
fn a_slight_variation_of_large_values_is_kept() {
    let grid = grid(20, 600, [10.0, 10.0]);
    // beside 0 and 60,000 in the west, 50,000 +- 0.125 in the east
    let value = |unit: usize| match (unit % 600, unit % 7) {
        (0..150, even) => (even % 2) as f32 * 60_000.0,
        (_, even) => 50_000.0 + (even % 2) as f32 * 0.25,
    };
    let raster: Vec<f32> = (0..grid.cells()).map(value).collect();
    let deviation = drawn(r#"{"focal_deviation": {"radius_m": 50}}"#, &grid, &raster);
    for (row, col) in [(10, 160), (10, 400), (3, 599)] {
        let mut near = Vec::new();
        for (unit, value) in raster.iter().enumerate() {
            let (down, across) = ((unit / 600).abs_diff(row), (unit % 600).abs_diff(col));
            if down * down + across * across <= 25 {
                near.push(f64::from(*value) - 50_000.0);
            }
        }
        let mean = near.iter().sum::<f64>() / near.len() as f64;
        let square = near.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let expected = (square / near.len() as f64).sqrt();
        let found = f64::from(deviation[row * 600 + col]);
        assert!((found / expected - 1.0).abs() < 1e-7, "{found} {expected}");
    }
    // a trend of 0.125 a cell of 10 m on 50,000
    let trend: Vec<f32> =
        (0..grid.cells()).map(|unit| 50_000.0 + (unit % 600) as f32 * 0.125).collect();
    let gradient = drawn(r#"{"focal_gradient": {"radius_m": 50, "part": "east"}}"#, &grid, &trend);
    let known = gradient.iter().filter(|rise| !rise.is_nan());
    assert!(known.clone().count() > 11_000);
    assert!(known.clone().all(|rise| (rise - 0.0125).abs() < 1e-8));
}

#[test]
fn bands_of_one_scale_stay() {
    let grid = grid(60, 60, [100.0, 100.0]);
    let step = r#"{"difference_of_means": {"radius_m": 150, "outer_radius_m": 600}}"#;
    let level = drawn(step, &grid, &vec![50_000.0; 3600]);
    assert!(level.iter().all(|value| value.is_nan() || value.abs() < 1e-6));
    assert!(!level[30 * 60 + 30].is_nan());
    let mut raster = vec![0.0; 3600];
    raster[30 * 60 + 30] = 113.0;
    let drawn = drawn(step, &grid, &raster);
    // 9 cells within 1.5 cells, 113 within 6
    assert!((drawn[30 * 60 + 30] - (113.0 / 9.0 - 1.0)).abs() < 1e-5);
    assert!((drawn[30 * 60 + 34] + 1.0).abs() < 1e-6);
}

#[test]
fn a_wave_answers_to_its_own_length_and_direction() {
    let grid = grid(80, 100, [50.0, 40.0]);
    let (sine, cosine) = 30.0_f64.to_radians().sin_cos();
    // ridges that run 30 degrees east of north, 600 m apart, of amplitude 3 on 50,000
    let raster: Vec<f32> = (0..grid.cells())
        .map(|unit| {
            let place = grid.centre(unit);
            let across = place.easting * cosine - place.northing * sine;
            (50_000.0 + 3.0 * (across * std::f64::consts::TAU / 600.0).sin()) as f32
        })
        .collect();
    let middle = 40 * 100 + 50;
    let at =
        |settings: &str| drawn(&format!(r#"{{"gabor": {{{settings}}}}}"#), &grid, &raster)[middle];
    let along = at(r#""wavelength_m": 600, "direction_degrees": 30"#);
    assert!((along - 1.5).abs() < 0.01, "{along}");
    assert_eq!(at(r#""wavelength_m": 600, "directions": 6"#), along);
    assert!(at(r#""wavelength_m": 600, "direction_degrees": 120"#) < 0.02);
    assert!(at(r#""wavelength_m": 300, "direction_degrees": 30"#) < 0.35);
    assert!(at(r#""wavelength_m": 150, "direction_degrees": 30"#) < 0.1);
    let level = drawn(r#"{"gabor": {"wavelength_m": 600}}"#, &grid, &vec![50_000.0; grid.cells()]);
    assert!(level.iter().all(|value| value.is_nan() || *value < 1e-6));
    assert!(!level[middle].is_nan());
}

#[test]
fn levels_are_those_of_the_whole_layer() {
    let grid = grid(60, 70, [100.0, 100.0]);
    // 100 percentiles of 42 cells each: 0 to 99, shuffled
    let raster: Vec<f32> = (0..grid.cells()).map(|unit| ((unit * 1597) % 100) as f32).collect();
    let step =
        |rest: &str| format!(r#"{{"glcm": {{"radius_m": 1500, "measure": "entropy"{rest}}}}}"#);
    let bits = |rest: &str| -> Vec<u32> {
        drawn(&step(rest), &grid, &raster).into_iter().map(f32::to_bits).collect()
    };
    let settled = bits(r#", "beyond_percent": 10"#);
    assert!(settled == bits(r#", "range": [10, 89]"#));
    assert!(settled != bits(""));
    let level = draw(&step(""), &grid, &vec![4.0; grid.cells()]).unwrap_err().to_string();
    assert!(level.contains("nearly all cells are 4"), "{level}");
    let nothing = draw(&step(""), &grid, &vec![f32::NAN; grid.cells()]).unwrap_err().to_string();
    assert!(nothing.contains("no cell is known"), "{nothing}");
}

#[test]
fn settings_out_of_range_name_their_key() {
    let grid = grid(40, 50, [100.0, 100.0]);
    let refused = [
        (r#"{"focal_mean": {"radius_m": 0}}"#, "focal_mean.radius_m"),
        (r#"{"focal_deviation": {"radius_m": 1e300}}"#, "focal_deviation.radius_m"),
        (r#"{"focal_deviation": {"min_known_percent": 101}}"#, "focal_deviation.min_known_percent"),
        (r#"{"focal_percentile": {"percent": -1}}"#, "focal_percentile.percent"),
        (r#"{"focal_percentile": {"less_percent": 200}}"#, "focal_percentile.less_percent"),
        (r#"{"focal_gradient": {"radius_m": -5}}"#, "focal_gradient.radius_m"),
        (
            r#"{"difference_of_means": {"outer_radius_m": 900}}"#,
            "difference_of_means.outer_radius_m",
        ),
        (
            r#"{"difference_of_means": {"outer_radius_m": 1e9}}"#,
            "difference_of_means.outer_radius_m",
        ),
        (r#"{"topographic_position": {"radius_m": 50}}"#, "topographic_position.radius_m"),
        (
            r#"{"topographic_position": {"inner_radius_m": 1000}}"#,
            "topographic_position.inner_radius_m",
        ),
        (r#"{"slope": {"z_unit_m": 0}}"#, "slope.z_unit_m"),
        (r#"{"curvature": {"z_unit_m": -1}}"#, "curvature.z_unit_m"),
        (r#"{"glcm": {"levels": 1}}"#, "glcm.levels"),
        (r#"{"glcm": {"range": [3, 3]}}"#, "glcm.range"),
        (r#"{"glcm": {"beyond_percent": 50}}"#, "glcm.beyond_percent"),
        (r#"{"glcm": {"distances_cells": []}}"#, "glcm.distances_cells"),
        (r#"{"glcm": {"distances_cells": [0]}}"#, "glcm.distances_cells"),
        (r#"{"glcm": {"distances_cells": [18446744073709551615]}}"#, "glcm.radius_m"),
        (r#"{"gabor": {"wavelength_m": 150}}"#, "gabor.wavelength_m"),
        (r#"{"gabor": {"wavelength_m": 1e300}}"#, "gabor.wavelength_m"),
        (r#"{"gabor": {"bandwidth_octaves": 0}}"#, "gabor.bandwidth_octaves"),
        (r#"{"gabor": {"directions": 0}}"#, "gabor.directions"),
    ];
    for (step, key) in refused {
        let message = draw(step, &grid, &[1.0; 2000]).unwrap_err().to_string();
        assert!(message.starts_with(&format!("`{key}`")), "{step}: {message}");
    }
    // 149 cells and 256 levels: the textures of a published study
    let few = r#"{"glcm": {"radius_m": 700, "levels": 256, "distances_cells": [5]}}"#;
    let message = draw(few, &grid, &[1.0; 2000]).unwrap_err().to_string();
    assert_eq!(
        message,
        "`glcm.radius_m` is 700, a window of 149 cells with 82 pairs 5 cells apart, but must be \
         large enough for 32768 pairs of 256 levels"
    );
}

#[test]
fn poor_rasters_are_no_reason_to_panic() {
    let grid = grid(30, 25, [100.0, 100.0]);
    let spikes: Vec<f32> = (0..750)
        .map(|unit| [f32::MAX, f32::MIN, f32::NAN, -0.0, f32::MIN_POSITIVE, 1.0][unit * 7 % 6])
        .collect();
    for step in AnyStep::all() {
        let Some(raster) = step.raster() else { continue };
        for values in [spikes.clone(), vec![f32::NAN; 750], vec![0.0; 750]] {
            let read = |units: std::ops::Range<usize>| Ok(values[units].to_vec());
            let mut cells = 0;
            let drawn = draw_raster(raster, &grid, read, |rows| {
                cells += rows.len();
                Ok(())
            });
            assert!(drawn.is_err() || cells == 750, "{}", step.key());
        }
        for (rows, cols) in [(1, 1), (1, 40), (40, 1)] {
            let small = self::grid(rows, cols, [100.0, 100.0]);
            let read = |units: std::ops::Range<usize>| Ok(vec![3.0; units.len()]);
            let _ = draw_raster(raster, &small, read, |_| Ok(()));
        }
    }
}

proptest! {
    #[test]
    fn percentiles_are_those_of_the_sorted_values(
        cols in 1_usize..14,
        values in prop::collection::vec(prop::option::weighted(0.8, -5..6_i8), 14..300),
        radius in 90.0..420.0_f64,
        percent in 0.0..100.0_f64,
    ) {
        let rows = values.len() / cols;
        let grid = grid(rows, cols, [100.0, 80.0]);
        let raster: Vec<f32> =
            values[..rows * cols].iter().map(|value| value.map_or(f32::NAN, f32::from)).collect();
        let step = format!(
            r#"{{"focal_percentile": {{"radius_m": {radius}, "percent": {percent},
                "min_known_percent": 0}}}}"#
        );
        let diagonal = (100.0 * cols as f64).hypot(80.0 * rows as f64);
        prop_assume!(radius < diagonal);
        for (unit, found) in drawn(&step, &grid, &raster).into_iter().enumerate() {
            let mut near: Vec<f64> = (0..grid.cells())
                .filter(|other| grid.centre(unit).distance(grid.centre(*other)) <= radius + 1e-6)
                .map(|other| f64::from(raster[other]))
                .filter(|value| !value.is_nan())
                .collect();
            near.sort_by(f64::total_cmp);
            if near.is_empty() {
                prop_assert!(found.is_nan());
                continue;
            }
            let place = percent / 100.0 * (near.len() - 1) as f64;
            let (low, high) = (near[place.floor() as usize], near[place.ceil() as usize]);
            let expected = low + (place - place.floor()) * (high - low);
            prop_assert!((f64::from(found) - expected).abs() < 1e-5, "{found} {expected}");
        }
    }
}
