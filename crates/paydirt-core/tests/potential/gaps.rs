//! Gaps, refusals, and what must not matter.

use super::support::*;
use paydirt_core::step::{AnyStep, Block, Reach};

#[test]
fn holes_are_seen_near_them_alone() {
    let grid = district();
    let gravity = of_bodies(&grid, |body, from| body.gravity(from));
    // holes of radius 4 cells, one in each 22 x 22: 10.4 % of the cells
    let away = |unit: usize| {
        let cell = grid.cell(unit);
        let off = |index: usize| (index % 22) as f64 - 11.0;
        off(cell.row).hypot(off(cell.col))
    };
    let holed: Vec<f32> = (0..grid.cells())
        .map(|unit| if away(unit) <= 4.1 { f32::NAN } else { gravity[unit] })
        .collect();
    let share = holed.iter().filter(|value| value.is_nan()).count() as f64 / grid.cells() as f64;
    assert!((0.09..0.13).contains(&share), "{share}");
    let signal = filter(r#"{"analytic_signal": {}}"#, &gravity, &grid);
    let mut lines: Vec<Line> = Vec::new();
    for text in [
        r#"{"vertical_derivative": {}}"#,
        r#"{"tilt_angle": {}}"#,
        r#"{"continue_upward": {"height_m": 300}}"#,
        r#"{"reduce_to_pole": {"inclination_degrees": 50, "declination_degrees": 10}}"#,
    ] {
        let whole = filter(text, &gravity, &grid);
        let mut found = filter(text, &holed, &grid);
        for unit in 0..grid.cells() {
            assert_eq!(found[unit].is_nan(), holed[unit].is_nan());
        }
        if text.contains("angle") {
            found = where_steep(&found, &signal);
        }
        lines.push((text.into(), errors(&found, &whole, &grid, 0), [3.0, 1.0]));
        let far: Vec<f32> = (0..grid.cells())
            .map(|unit| if away(unit) < 7.0 { f32::NAN } else { found[unit] })
            .collect();
        lines.push(("  3 cells from holes".into(), errors(&far, &whole, &grid, 0), [1.0, 0.3]));
    }
    hold("holes against none", &lines);
    let guarded = filter(r#"{"vertical_derivative": {"gaps": {"guard_m": 200}}}"#, &holed, &grid);
    let kept = guarded.iter().filter(|value| value.is_finite()).count();
    assert!(kept > grid.cells() / 3 && kept < grid.cells() * 4 / 5, "{kept}");
    assert!(guarded[0].is_nan() && guarded[30 * grid.cols].is_nan(), "the edge is guarded too");
}

#[test]
fn too_many_gaps_too_few_cells_and_flat_fields_are_refused() {
    let grid = grid(60, 60, 100.0, 100.0);
    let hills = |unit: usize| ((unit % 60) as f32 / 7.0).sin() * ((unit / 60) as f32 / 5.0).cos();
    let with = |is_known: &dyn Fn(usize) -> bool| -> Vec<f32> {
        (0..3600).map(|unit| if is_known(unit) { hills(unit) } else { f32::NAN }).collect()
    };
    let derivative = r#"{"vertical_derivative": {}}"#;
    let scattered = with(&|unit| (unit * 7919) % 10 < 4);
    let message = try_filter(derivative, &scattered, &grid).unwrap_err();
    assert!(message.contains("60.0 %") || message.contains("59.9 %"), "{message}");
    let allowed = r#"{"vertical_derivative": {"gaps": {"max_missing_percent": 70}}}"#;
    assert!(try_filter(allowed, &scattered, &grid).is_ok());
    // a survey flown at a slant fills less than half of the rectangle around it, and has no gap
    let slanted = with(&|unit| (unit / 60).abs_diff(unit % 60) < 12);
    assert!(slanted.iter().filter(|value| value.is_nan()).count() > 1800);
    assert!(try_filter(derivative, &slanted, &grid).is_ok());
    let none = try_filter(derivative, &with(&|_| false), &grid).unwrap_err();
    assert!(none.contains("no cell is known"), "{none}");
    let line = try_filter(derivative, &with(&|unit| unit / 60 == 3), &grid).unwrap_err();
    assert!(line.contains("60x1 cells"), "{line}");
    // a constant and a plane have no vertical derivative and no tilt
    for slope in [0.0_f32, 0.125] {
        let plane: Vec<f32> = (0..3600).map(|unit| 55_000.0 + slope * (unit % 60) as f32).collect();
        assert!(filter(derivative, &plane, &grid).iter().all(|value| *value == 0.0));
        let tilt = filter(r#"{"tilt_angle": {}}"#, &plane, &grid);
        assert!(tilt.iter().all(|tilt| if slope == 0.0 {
            tilt.is_nan() || *tilt == 0.0
        } else {
            *tilt == 0.0
        }));
    }
    // numbers at the end of what 32 bits hold, and infinite ones
    let huge: Vec<f32> =
        (0..3600).map(|unit| if unit % 2 == 0 { f32::MAX } else { f32::MIN }).collect();
    let infinite = with(&|unit| unit % 9 != 0)
        .iter()
        .map(|v| if v.is_nan() { f32::INFINITY } else { *v })
        .collect();
    for values in [huge, infinite] {
        for step in AnyStep::all() {
            let Some(raster) = step.raster() else { continue };
            let whole = matches!(raster.reach(&grid), Ok(Reach::Whole));
            if !whole && step.key() != "horizontal_gradient" {
                continue;
            }
            let block = Block { values: &values, held: 0..60, wanted: 0..60 };
            if let Ok(drawn) = raster.draw(&block, &grid) {
                assert!(drawn.iter().all(|value| !value.is_infinite()), "{}", step.key());
            }
        }
    }
}

#[test]
fn filters_commute_and_their_strength_does_not_matter() {
    let grid = district();
    let gravity = of_bodies(&grid, |body, from| body.gravity(from));
    let (up, down) =
        (r#"{"continue_upward": {"height_m": 300}}"#, r#"{"vertical_derivative": {}}"#);
    let one = filter(down, &filter(up, &gravity, &grid), &grid);
    let other = filter(up, &filter(down, &gravity, &grid), &grid);
    let twice = filter(down, &filter(down, &gravity, &grid), &grid);
    let second = filter(r#"{"vertical_derivative": {"order": 2}}"#, &gravity, &grid);
    let up_twice = filter(up, &filter(up, &gravity, &grid), &grid);
    let up_600 = filter(r#"{"continue_upward": {"height_m": 600}}"#, &gravity, &grid);
    // level and scale: a tilt angle sees none
    let tilt = r#"{"tilt_angle": {}}"#;
    let scaled: Vec<f32> = gravity.iter().map(|value| 8.0 * value + 16.0).collect();
    let tilts = [filter(tilt, &scaled, &grid), filter(tilt, &gravity, &grid)];
    hold(
        "invariances",
        &[
            ("up, derivative".into(), errors(&one, &other, &grid, 15), [0.5, 0.2]),
            ("derivative twice, second".into(), errors(&twice, &second, &grid, 15), [0.5, 0.2]),
            ("300 m up twice, 600 m".into(), errors(&up_twice, &up_600, &grid, 15), [0.5, 0.2]),
            ("tilt of 8 g + 16".into(), errors(&tilts[0], &tilts[1], &grid, 0), [0.1, 0.01]),
        ],
    );
    // mirrored at its diagonal, a field is filtered as before
    let frame = self::grid(90, 90, 80.0, 80.0);
    let body = |place| BODIES[0].gravity(place);
    let straight = filter(down, &draw(&frame, body), &frame);
    let mirrored =
        draw(&frame, |[east, north, depth]| body([7200.0 - north, 7200.0 - east, depth]));
    let mirrored = filter(down, &mirrored, &frame);
    let back: Vec<f32> = (0..8100).map(|unit| mirrored[(unit % 90) * 90 + unit / 90]).collect();
    hold("mirrored", &[("derivative".into(), errors(&back, &straight, &frame, 0), [0.01, 0.01])]);
}

#[test]
fn settings_out_of_range_name_their_key() {
    let grid = grid(40, 40, 100.0, 100.0);
    let hills: Vec<f32> = (0..1600).map(|unit| ((unit % 40) as f32 / 7.0).sin()).collect();
    for (text, key) in [
        (r#"{"vertical_derivative": {"order": 0}}"#, "vertical_derivative.order"),
        (
            r#"{"tilt_angle": {"gaps": {"max_missing_percent": 100}}}"#,
            "tilt_angle.gaps.max_missing_percent",
        ),
        (r#"{"tilt_angle": {"gaps": {"guard_m": -1}}}"#, "tilt_angle.gaps.guard_m"),
        (r#"{"reduce_to_pole": {}}"#, "reduce_to_pole.inclination_degrees"),
        (
            r#"{"reduce_to_pole": {"inclination_degrees": 60}}"#,
            "reduce_to_pole.inclination_degrees",
        ),
        (
            r#"{"reduce_to_pole": {"inclination_degrees": 91, "declination_degrees": 0}}"#,
            "reduce_to_pole.inclination_degrees",
        ),
        (
            r#"{"pseudo_gravity": {"inclination_degrees": 3, "declination_degrees": 0, "pseudo_inclination_degrees": 4}}"#,
            "pseudo_gravity.pseudo_inclination_degrees",
        ),
        (r#"{"pseudo_gravity": {"density_kg_m3": 0}}"#, "pseudo_gravity.density_kg_m3"),
        (r#"{"continue_upward": {"height_m": 0}}"#, "continue_upward.height_m"),
        (r#"{"continue_downward": {"height_m": 501}}"#, "continue_downward.height_m"),
        (r#"{"continue_downward": {"max_gain": 0.5}}"#, "continue_downward.max_gain"),
        (r#"{"residual": {"degree": 4}}"#, "residual.degree"),
        (r#"{"residual": {"continuation_height_m": 1e9}}"#, "residual.continuation_height_m"),
        (r#"{"automatic_gain": {"window_m": 0}}"#, "automatic_gain.window_m"),
        (r#"{"worms": {"heights_m": [200, 100]}}"#, "worms.heights_m"),
        (r#"{"worms": {"min_height_m": 5000}}"#, "worms.min_height_m"),
        (r#"{"worms": {"flat_percent": 100}}"#, "worms.flat_percent"),
    ] {
        let message = try_filter(text, &hills, &grid).unwrap_err();
        assert!(message.starts_with(&format!("`{key}`")), "{message}");
    }
}
