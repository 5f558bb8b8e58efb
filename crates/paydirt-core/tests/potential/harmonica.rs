//! Filters against the stored answers of harmonica.

use super::support::*;
use paydirt_core::grid::Grid;

/// Planes of harmonica's answers: see `tests/fixtures/make_potential.py`.
fn harmonica() -> (Grid, Vec<Vec<f32>>) {
    let bytes = include_bytes!("../fixtures/potential.f32");
    let numbers: Vec<f32> =
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    (grid(48, 60, 200.0, 150.0), numbers.chunks(48 * 60).map(<[f32]>::to_vec).collect())
}

#[test]
fn as_harmonica_does() {
    let (grid, planes) = harmonica();
    let [given, up, up_2, east, north, higher, pole, pole_2, signal, tilt] = planes.as_slice()
    else {
        panic!("ten planes")
    };
    // harmonica's vertical axis points up
    let down: Vec<f32> = up.iter().map(|value| -value).collect();
    let of_slopes = |value: fn(f32, f32) -> f32| -> Vec<f32> {
        (0..grid.cells()).map(|unit| value(east[unit].hypot(north[unit]), down[unit])).collect()
    };
    // its tilt is in radians, upward, and its horizontal slopes are differences
    let tilt: Vec<f32> = tilt.iter().map(|angle| -angle.to_degrees()).collect();
    let reduce = r#"{"reduce_to_pole": {"inclination_degrees": -62, "declination_degrees": 8"#;
    let remanent =
        r#", "magnetisation": {"inclination_degrees": 35, "declination_degrees": -50}}}"#;
    let cases: [(String, Vec<f32>, f64); 10] = [
        (r#"{"vertical_derivative": {}}"#.into(), down.clone(), 0.3),
        (r#"{"vertical_derivative": {"order": 2}}"#.into(), up_2.clone(), 0.01),
        (r#"{"continue_upward": {"height_m": 600}}"#.into(), higher.clone(), 1.2),
        (format!("{reduce}}}}}"), pole.clone(), 0.8),
        (format!("{reduce}{remanent}"), pole_2.clone(), 3.5),
        (r#"{"analytic_signal": {}}"#.into(), of_slopes(f32::hypot), 0.5),
        (r#"{"analytic_signal": {}}"#.into(), signal.clone(), 5.0),
        (r#"{"tilt_angle": {}}"#.into(), of_slopes(|h, v| v.atan2(h).to_degrees()), 1.5),
        (r#"{"tilt_angle": {}}"#.into(), tilt, 5.0),
        (r#"{"theta_angle": {}}"#.into(), of_slopes(|h, v| h / h.hypot(v)), 3.0),
    ];
    let line = |(text, truth, bound): (String, Vec<f32>, f64)| {
        let mut found = filter(&text, given, &grid);
        if text.contains("angle") {
            found = where_steep(&found, &of_slopes(f32::hypot));
        }
        (text, errors(&found, &truth, &grid, 8), [bound, bound])
    };
    hold("harmonica 0.7.0", &cases.map(line));
}
