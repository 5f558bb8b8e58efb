//! Concentration-area classes and singularity on fields whose exponents are known in closed form.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::assay::fractal::{Fractal, concentration_area};
use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::layer::EvidenceType::{Categorical, Continuous, Ordinal};
use paydirt_core::step::{AnyStep, Block, FittedStep};
use paydirt_core::table::{Column, Table};

/// Concentrations of `count` equal areas whose curve falls with `slopes`, one after another, that
/// change at `thresholds`; the least is 1. By hand: over the first piece `A = c^-slope`.
fn curve(count: usize, thresholds: &[f64], slopes: &[f64]) -> Vec<f64> {
    let concentration = |rank: usize| {
        let mut area = rank as f64 / count as f64;
        let mut from = 1.0;
        for (threshold, slope) in thresholds.iter().zip(slopes) {
            // area at the threshold, as a share of that at the start of the piece
            let left = (threshold / from).powf(-slope);
            if area >= left {
                return from * area.powf(-1.0 / slope);
            }
            (area, from) = (area / left, *threshold);
        }
        from * area.powf(-1.0 / slopes[slopes.len() - 1])
    };
    (1..=count).map(concentration).collect()
}

fn assert_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len(), "{found:?} {expected:?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < tolerance * expected, "{found} {expected}");
    }
}

#[test]
fn breaks_of_a_broken_power_law_are_found() {
    let worlds: [(&[f64], &[f64]); 3] =
        [(&[], &[1.7]), (&[4.0], &[0.8, 2.5]), (&[3.0, 20.0], &[0.3, 1.2, 3.0])];
    for (thresholds, slopes) in worlds {
        let values = curve(200_000, thresholds, slopes);
        let found = concentration_area(&values, None, 4);
        assert_close(&found.thresholds, thresholds, 1e-3);
        assert_close(&found.slopes, slopes, 1e-3);
        assert!(found.r_squared > 0.999_999, "{}", found.r_squared);
        // a unit is a factor: it moves the thresholds and nothing else
        let percent: Vec<f64> = values.iter().map(|value| value / 1e4).collect();
        let scaled = concentration_area(&percent, Some(slopes.len()), 1);
        let expected: Vec<f64> = thresholds.iter().map(|threshold| threshold / 1e4).collect();
        assert_close(&scaled.thresholds, &expected, 1e-3);
        assert_close(&scaled.slopes, slopes, 1e-3);
    }
}

#[test]
fn ground_without_a_logarithm_has_area() {
    let values = curve(20_000, &[4.0], &[0.8, 2.5]);
    let barren: Vec<f64> = values.iter().copied().chain([0.0; 20_000]).chain([f64::NAN]).collect();
    let [with, without] = [&barren, &values].map(|values| concentration_area(values, Some(2), 1));
    assert_close(&with.thresholds, &without.thresholds, 1e-9);
    assert_close(&with.slopes, &without.slopes, 1e-9);
}

#[test]
fn more_pieces_never_fit_worse_and_few_values_make_fewer() {
    // a lognormal curve bends everywhere
    let values: Vec<f64> = (1..2000).map(|n| (f64::from(n) / 2000.0 * 3.0).sin().exp()).collect();
    let fits: Vec<Fractal> =
        (1..=6).map(|pieces| concentration_area(&values, Some(pieces), 1)).collect();
    assert!(fits.is_sorted_by(|a, b| a.r_squared <= b.r_squared));
    for (fit, pieces) in fits.iter().zip(1..) {
        assert_eq!((fit.slopes.len(), fit.thresholds.len()), (pieces, pieces - 1));
        assert!(fit.thresholds.is_sorted_by(|a, b| a < b));
    }
    let eight: Vec<f64> = (1..=8).map(f64::from).collect();
    assert_eq!(concentration_area(&eight, Some(5), 1).slopes.len(), 2);
    for few in [vec![], vec![2.0; 50], vec![-1.0; 50], vec![1.0, 2.0, 3.0], vec![f64::INFINITY; 9]]
    {
        assert_eq!(concentration_area(&few, None, 4), Fractal::default());
    }
}

#[test]
fn classes_lie_between_the_thresholds() {
    let values: Vec<f32> =
        curve(50_000, &[3.0, 20.0], &[0.3, 1.2, 3.0]).iter().map(|value| *value as f32).collect();
    let rock = Column::new("rock", "rock", Categorical, vec![1.0; values.len()]);
    let table = Table::new(values.len(), vec![Column::new("cu", "cu", Continuous, values), rock]);
    let step: AnyStep = serde_json::from_str(r#"{"concentration_area": {}}"#).unwrap();
    let fitted = step.fit(&table.unwrap()).unwrap();
    let FittedStep::ConcentrationArea(numbers) = &fitted else { panic!("thresholds") };
    assert_close(&numbers.columns["cu"].thresholds, &[3.0, 20.0], 1e-2);
    let map = vec![-1.0, 0.0, 1.0, 2.9, 3.1, 19.0, 21.0, 1e9, f32::NAN];
    let rock = Column::new("rock", "rock", Categorical, vec![2.0; map.len()]);
    let map = Table::new(map.len(), vec![Column::new("cu", "cu", Continuous, map), rock]).unwrap();
    let out = fitted.apply(map).unwrap();
    assert_eq!(out.columns()[0].values[..8], [0., 0., 0., 0., 1., 1., 2., 2.]);
    assert!(!out.columns()[0].known[8]);
    let types = [out.columns()[0].evidence_type, out.columns()[1].evidence_type];
    assert_eq!(types, [Ordinal, Categorical]);
}

fn singularity(settings: &str, raster: &[f32], grid: &Grid) -> paydirt_core::Result<Vec<f32>> {
    let step: AnyStep = serde_json::from_str(&format!("{{\"singularity\": {settings}}}")).unwrap();
    let block = Block { values: raster, held: 0..grid.rows, wanted: 0..grid.rows };
    step.raster().unwrap().draw(&block, grid)
}

fn grid(rows: usize, cols: usize, cell_width: f64, cell_height: f64) -> Grid {
    let transform = GeoTransform { west: 0.0, north: 0.0, cell_width, cell_height };
    Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
}

/// Mean of `|distance|^-power` over cell `index` of a row whose cell 20 has its centre at distance
/// 0. By hand: its integral from 0 to `d` is `d^(1 - power) / (1 - power)`.
fn ridge(index: usize, power: f64) -> f64 {
    let away = index.abs_diff(20) as f64;
    let integral = |distance: f64| distance.powf(1.0 - power) / (1.0 - power);
    if away == 0.0 { 2.0 * integral(0.5) } else { integral(away + 0.5) - integral(away - 0.5) }
}

#[test]
fn the_exponent_of_a_power_law_is_found_where_it_is_singular() {
    for (east, north, cell_height) in [(0.4, 0.0, 100.0), (0.3, 0.5, 100.0), (0.25, 0.25, 70.0)] {
        let grid = grid(41, 41, 100.0, cell_height);
        let field: Vec<f32> = (0..41 * 41)
            .map(|unit| (7.0 * ridge(unit % 41, east) * ridge(unit / 41, north)) as f32)
            .collect();
        let alpha = singularity("{}", &field, &grid).unwrap();
        let peak = 20 * 41 + 20;
        let expected = 2.0 - east - north;
        assert!((f64::from(alpha[peak]) - expected).abs() < 2e-6, "{} {expected}", alpha[peak]);
        // windows in metres are the same windows
        let metres = r#"{"half_sizes_m": [150, 250, 350, 450, 550]}"#;
        let again = singularity(metres, &field, &grid).unwrap();
        assert!(alpha.iter().map(|a| a.to_bits()).eq(again.iter().map(|a| a.to_bits())));
    }
}

#[test]
fn even_ground_is_even_whatever_is_missing() {
    let grid = grid(30, 40, 50.0, 50.0);
    let mut field = vec![3.5_f32; 1200];
    for unit in (0..1200).step_by(3) {
        field[unit] = f32::NAN;
    }
    let alpha = singularity("{}", &field, &grid).unwrap();
    assert!(alpha[15 * 40 + 20..][..5].iter().all(|alpha| (alpha - 2.0).abs() < 1e-6));
    // a corner's windows reach beyond the grid, where nothing is known
    assert!(alpha[0].is_nan());
    let strict = singularity(r#"{"min_known_percent": 90}"#, &field, &grid).unwrap();
    assert!(strict.iter().all(|alpha| alpha.is_nan()));
    let nothing = singularity("{}", &[0.0; 1200], &grid).unwrap();
    assert!(nothing.iter().all(|alpha| alpha.is_nan()));
}

#[test]
fn what_is_no_concentration_and_windows_that_are_none_are_refused() {
    let grid = grid(30, 40, 50.0, 50.0);
    let refused = [
        (r#"{"half_sizes_m": [100]}"#, "singularity.half_sizes_m"),
        (r#"{"half_sizes_m": [200, 100]}"#, "singularity.half_sizes_m"),
        (r#"{"half_sizes_m": [100, 110]}"#, "more cells of 50 m"),
        (r#"{"half_sizes_m": [100, 1e300]}"#, "longer side, 2000 m"),
        (r#"{"half_sizes_m": [-5, 100]}"#, "over 0"),
        (r#"{"min_known_percent": 101}"#, "singularity.min_known_percent"),
    ];
    for (settings, text) in refused {
        let message = singularity(settings, &[1.0; 1200], &grid).unwrap_err().to_string();
        assert!(message.contains(text), "{message}");
    }
    let mut field = vec![1.0; 1200];
    field[77] = -0.5;
    let message = singularity("{}", &field, &grid).unwrap_err().to_string();
    assert!(message.contains("-0.5 is negative"), "{message}");
}
