//! Filters against closed forms of prisms and dipoles.

use super::closed_form::{dipole, direction};
use super::support::*;
use paydirt_core::step::Block;

#[test]
fn gravity_of_prisms() {
    let grid = district();
    let gravity = of_bodies(&grid, |body, from| body.gravity(from));
    let at_height = |height: f64| {
        of_bodies(&grid, |body, [east, north, _]| body.gravity([east, north, -height]))
    };
    let tensor =
        |row: usize, col: usize| of_bodies(&grid, |body, from| body.tensor(from)[row][col]);
    let [east, north, down] = [tensor(0, 2), tensor(1, 2), tensor(2, 2)];
    let second = of_bodies(&grid, |body, [east, north, _]| {
        let at = |depth: f64| body.tensor([east, north, depth])[2][2];
        (at(0.5) - at(-0.5)) / 1.0
    });
    let of_slopes = |value: fn(f32, f32) -> f32| -> Vec<f32> {
        (0..grid.cells()).map(|unit| value(east[unit].hypot(north[unit]), down[unit])).collect()
    };
    let cases: [(&str, Vec<f32>, [f64; 2]); 11] = [
        (r#"{"vertical_derivative": {}}"#, down.clone(), [2.5, 0.8]),
        (r#"{"vertical_derivative": {"order": 2}}"#, second, [0.1, 0.01]),
        (r#"{"horizontal_gradient": {}}"#, of_slopes(|h, _| h), [1.2, 0.3]),
        (r#"{"analytic_signal": {}}"#, of_slopes(f32::hypot), [2.5, 0.6]),
        (r#"{"tilt_angle": {}}"#, of_slopes(|h, v| v.atan2(h).to_degrees()), [10.0, 3.0]),
        (r#"{"theta_angle": {}}"#, of_slopes(|h, v| h / h.hypot(v)), [20.0, 5.0]),
        (r#"{"continue_upward": {"height_m": 200}}"#, at_height(200.0), [1.0, 0.3]),
        (r#"{"continue_upward": {"height_m": 1000}}"#, at_height(1000.0), [9.0, 3.0]),
        (r#"{"continue_downward": {"height_m": 100}}"#, at_height(-100.0), [0.4, 0.15]),
        (
            r#"{"continue_downward": {"height_m": 250, "max_gain": 1000}}"#,
            at_height(-250.0),
            [1.0, 0.3],
        ),
        (
            r#"{"residual": {"continuation_height_m": 1000}}"#,
            gravity.iter().zip(at_height(1000.0)).map(|(here, up)| here - up).collect(),
            [5.0, 2.0],
        ),
    ];
    let signal = of_slopes(f32::hypot);
    let line = |(text, truth, bounds): (&str, Vec<f32>, [f64; 2])| {
        let mut found = filter(text, &gravity, &grid);
        if text.contains("angle") {
            found = where_steep(&found, &signal);
        }
        (text.to_owned(), errors(&found, &truth, &grid, 10), bounds)
    };
    hold("gravity of prisms", &cases.map(line));
}

#[test]
fn magnetics_of_prisms_and_dipoles() {
    let grid = district();
    let (field, remanent) = (direction(-62.0, 8.0), direction(35.0, -50.0));
    let pole = direction(90.0, 0.0);
    let of = |field, magnetisation| {
        of_bodies(&grid, |body, from| body.magnetic(from, field, magnetisation))
    };
    let at_pole = of(pole, pole);
    let gravity = of_bodies(&grid, |body, from| body.gravity(from));
    let steep = r#""inclination_degrees": -62, "declination_degrees": 8"#;
    let flat = r#""inclination_degrees": 12, "declination_degrees": -20"#;
    let magnetised = r#""magnetisation": {"inclination_degrees": 35, "declination_degrees": -50}"#;
    let (low, level) = (direction(12.0, -20.0), direction(0.0, -20.0));
    let flat_field = of(low, low);
    let cases = [
        (format!(r#"{{"reduce_to_pole": {{{steep}}}}}"#), of(field, field), &at_pole, [3.0, 1.2]),
        (
            format!(r#"{{"reduce_to_pole": {{{steep}, {magnetised}}}}}"#),
            of(field, remanent),
            &at_pole,
            [6.0, 2.5],
        ),
        (
            format!(r#"{{"reduce_to_pole": {{{flat}, "pseudo_inclination_degrees": 0}}}}"#),
            flat_field.clone(),
            &at_pole,
            [10.0, 3.0],
        ),
        (format!(r#"{{"reduce_to_pole": {{{flat}}}}}"#), flat_field.clone(), &at_pole, [15.0, 6.0]),
        (
            format!(r#"{{"reduce_to_equator": {{{flat}}}}}"#),
            flat_field,
            &of(level, level),
            [6.0, 2.5],
        ),
        (r#"{"pseudo_gravity": {}}"#.into(), at_pole.clone(), &gravity, [12.0, 6.0]),
        (format!(r#"{{"pseudo_gravity": {{{steep}}}}}"#), of(field, field), &gravity, [16.0, 6.0]),
    ];
    let line = |(text, given, truth, bounds): &(String, Vec<f32>, &Vec<f32>, [f64; 2])| {
        let level = |values: &[f32]| levelled(values, &grid, 10);
        let found = level(&filter(text, given, &grid));
        (text.clone(), errors(&found, &level(truth), &grid, 10), *bounds)
    };
    let mut lines: Vec<Line> = cases.iter().map(line).collect();
    let moment = |unit: [f64; 3]| unit.map(|part| part * 1e9);
    let place = [6000.0, 4000.0, 700.0];
    let given = draw(&grid, |from| dipole(place, moment(field), from, field));
    let truth = draw(&grid, |from| dipole(place, moment(pole), from, pole));
    let to_pole = format!(r#"{{"reduce_to_pole": {{{steep}}}}}"#);
    let found = errors(&filter(&to_pole, &given, &grid), &truth, &grid, 10);
    lines.push(("a dipole to the pole".into(), found, [1.0, 0.5]));
    hold("magnetics, less their level", &lines);
}

#[test]
fn a_guard_keeps_a_flat_field_from_being_torn() {
    let grid = district();
    let low = direction(4.0, 15.0);
    let pole = direction(90.0, 0.0);
    let truth = of_bodies(&grid, |body, from| body.magnetic(from, pole, pole));
    // 10 nT of noise from cell to cell
    let noise = |unit: usize| ((unit * 2_654_435_761) % 1000) as f32 / 50.0 - 10.0;
    let given: Vec<f32> = of_bodies(&grid, |body, from| body.magnetic(from, low, low))
        .into_iter()
        .enumerate()
        .map(|(unit, value)| value + noise(unit))
        .collect();
    let angles = r#""inclination_degrees": 4, "declination_degrees": 15"#;
    let with = |guard: f64| {
        let text =
            format!(r#"{{"reduce_to_pole": {{{angles}, "pseudo_inclination_degrees": {guard}}}}}"#);
        try_filter(&text, &given, &grid)
    };
    let refused = with(0.0).unwrap_err();
    assert!(refused.contains("`reduce_to_pole.pseudo_inclination_degrees` is 0"), "{refused}");
    let [barely, guarded] =
        [5.0, 25.0].map(|guard| errors(&with(guard).unwrap(), &truth, &grid, 10));
    println!("guard of 5 degrees {barely:?} %, of 25 degrees {guarded:?} %");
    assert!(guarded[1] < 0.5 * barely[1] && guarded[1] < 15.0, "{barely:?} {guarded:?}");
    let text = format!(r#"{{"reduce_to_pole": {{{angles}}}}}"#);
    let block = Block { values: &given, held: 0..grid.rows, wanted: 0..grid.rows };
    let notes = step(&text).raster().unwrap().notes(&block, &grid);
    assert!(notes[0].starts_with("0.0 % of the convex outline"), "{notes:?}");
    assert!(notes[1].contains("4 degrees") && notes[1].contains("20 degrees"), "{notes:?}");
}
