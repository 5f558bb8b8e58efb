//! Residuals, slopes, gain and worms.

use super::closed_form::Prism;
use super::support::*;
use paydirt_core::grid::Point;
use paydirt_core::potential::worms::{Edge, edges_at, persistent, worms};
use paydirt_core::potential::{Field, Gaps};
use paydirt_core::step::Reach;

#[test]
fn residuals_are_what_a_surface_leaves() {
    let grid = grid(30, 40, 100.0, 50.0);
    let surface = |degree: i32| {
        draw(&grid, |[east, north, _]| {
            let (e, n) = (east / 1000.0, north / 1000.0);
            (0..=degree).map(|power| e.powi(power) - 0.7 * e * n.powi((power - 1).max(0))).sum()
        })
    };
    for degree in 1..=3 {
        let mut values = surface(degree);
        values[77] = f32::NAN;
        let text = format!(r#"{{"residual": {{"degree": {degree}}}}}"#);
        let left = filter(&text, &values, &grid);
        assert!(left.iter().all(|value| value.is_nan() || value.abs() < 1e-4), "{degree}");
        assert!(left[77].is_nan());
        let under = format!(r#"{{"residual": {{"degree": {}}}}}"#, degree - 1);
        assert!(filter(&under, &values, &grid).iter().any(|value| value.abs() > 0.1));
    }
    // numpy.polyfit(range(5), [1, 4, 2, 8, 5], 1) is 1.2 a step and 1.6 at the first
    let line = self::grid(1, 5, 10.0, 10.0);
    let left = filter(r#"{"residual": {}}"#, &[1., 4., 2., 8., 5.], &line);
    for (found, expected) in left.iter().zip([-0.6, 1.2, -2.0, 2.8, -1.4]) {
        assert!((found - expected).abs() < 1e-5, "{left:?}");
    }
    let both = r#"{"residual": {"degree": 1, "continuation_height_m": 100}}"#;
    assert!(try_filter(both, &surface(1), &grid).unwrap_err().starts_with("`residual.degree`"));
}

#[test]
fn a_slope_is_measured_in_metres_and_gaps_take_what_is_there() {
    let grid = grid(5, 6, 100.0, 50.0);
    let plane = draw(&grid, |[east, north, _]| 0.03 * east + 0.04 * north);
    let text = r#"{"horizontal_gradient": {}}"#;
    assert!(filter(text, &plane, &grid).iter().all(|slope| (slope - 0.05).abs() < 1e-5));
    let mut holed = plane;
    holed[14] = f32::NAN;
    let slopes = filter(text, &holed, &grid);
    for (unit, slope) in slopes.iter().enumerate() {
        assert_eq!(slope.is_nan(), unit == 14, "{unit}");
        assert!(unit == 14 || (slope - 0.05).abs() < 1e-5);
    }
    // alone along an axis
    holed[16] = f32::NAN;
    assert!(filter(text, &holed, &grid)[15].is_nan());
    assert_eq!(step(text).raster().unwrap().unit("nT"), "nT/m");
    assert_eq!(
        step(r#"{"vertical_derivative": {"order": 2}}"#).raster().unwrap().unit("nT"),
        "nT/m2"
    );
}

#[test]
fn gain_is_the_departure_over_its_root_mean_square() {
    let grid = grid(14, 17, 100.0, 130.0);
    let values: Vec<f32> = (0..grid.cells())
        .map(|unit| match unit % 13 {
            5 => f32::NAN,
            _ => 55_000.0 + ((unit * 37) % 101) as f32 * if unit % 17 < 8 { 0.1 } else { 10.0 },
        })
        .collect();
    let found = filter(r#"{"automatic_gain": {"window_m": 700}}"#, &values, &grid);
    let near = |unit: usize, values: &[f64]| -> Vec<f64> {
        let here = grid.centre(unit);
        let within = |other: &usize| here.distance(grid.centre(*other)) <= 350.0;
        (0..grid.cells())
            .filter(within)
            .map(|other| values[other])
            .filter(|v| v.is_finite())
            .collect()
    };
    let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let given: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
    let departures: Vec<f64> =
        (0..grid.cells()).map(|unit| given[unit] - mean(near(unit, &given))).collect();
    for unit in 0..grid.cells() {
        let squares = near(unit, &departures).into_iter().map(|value| value * value).collect();
        let expected = departures[unit] / mean(squares).sqrt();
        assert_eq!(found[unit].is_nan(), expected.is_nan());
        assert!(expected.is_nan() || (f64::from(found[unit]) - expected).abs() < 1e-3);
    }
    let flat = filter(r#"{"automatic_gain": {"window_m": 300}}"#, &[7.5; 14 * 17], &grid);
    assert!(flat.iter().all(|value| *value == 0.0));
    let Reach::Rows(reach) =
        step(r#"{"automatic_gain": {"window_m": 700}}"#).raster().unwrap().reach(&grid).unwrap()
    else {
        panic!("it is streamed")
    };
    assert_eq!(reach, 4);
}

#[test]
fn worms_lie_over_deep_contacts_and_leave_shallow_bodies_out() {
    let grid = district();
    // a contact at 6 km east that reaches to 4 km, and pebbles at 150 m
    let contact = Prism {
        sides: [[6000.0, 60_000.0], [-50_000.0, 60_000.0], [200.0, 4000.0]],
        density: 100.0,
    };
    let pebble = |east: f64, north: f64| Prism {
        sides: [[east, east + 200.0], [north, north + 200.0], [150.0, 350.0]],
        density: 300.0,
    };
    let pebbles = [pebble(2500.0, 2000.0), pebble(3500.0, 5500.0), pebble(9500.0, 3300.0)];
    let gravity = draw(&grid, |from| {
        contact.gravity(from) + pebbles.iter().map(|body| body.gravity(from)).sum::<f64>()
    });
    let field = Field::new("worms", &gravity, &grid, &Gaps::default()).unwrap();
    let heights_m = [100.0, 200.0, 400.0, 800.0];
    let all = worms(&field, &heights_m, 30.0);
    let near_contact = |edge: &&Edge| (edge.easting - 6000.0).abs() < 150.0;
    let inside = |edge: &&Edge| {
        (1200.0..6800.0).contains(&edge.northing) && (1500.0..10_500.0).contains(&edge.easting)
    };
    let low: Vec<&Edge> = all[0].iter().filter(inside).collect();
    assert!(low.iter().filter(|edge| !near_contact(edge)).count() > 10, "pebbles are seen low");
    let kept = persistent(&all, &grid);
    let kept: Vec<&Edge> = kept.iter().filter(inside).collect();
    let over = kept.iter().filter(|edge| near_contact(edge)).count();
    println!("{} edges low, {} persist, {over} of them over the contact", low.len(), kept.len());
    assert!(over >= 65, "{over}");
    assert!(kept.len() - over <= kept.len() / 20, "{over} of {}", kept.len());
    assert!(edges_at(&field, 100.0, 99.0).len() < edges_at(&field, 100.0, 0.0).len());
    let text = r#"{"worms": {"heights_m": [100, 200, 400, 800], "flat_percent": 30}}"#;
    let distance = filter(text, &gravity, &grid);
    let at = |easting, northing| distance[grid.locate(Point { easting, northing }).unwrap()];
    assert!(at(6010.0, 4000.0) <= 130.0, "{}", at(6010.0, 4000.0));
    assert!((at(8010.0, 4000.0) - 2000.0).abs() < 250.0, "{}", at(8010.0, 4000.0));
}
