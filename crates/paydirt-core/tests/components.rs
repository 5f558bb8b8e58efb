//! Minimum noise fraction, its noise, and feature-oriented components, against Spectral Python 0.25,
//! SciPy 1.17.1 and scikit-learn 1.9.1 (`fixtures/make_components.py`), and on images whose truth we
//! made.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;

use paydirt_core::layer::EvidenceType::{Categorical, Continuous};
use paydirt_core::raster::noise::{Noise, NoiseEstimate};
use paydirt_core::step::{AnyStep, FittedStep, Step, crosta, mnf};
use paydirt_core::table::{Column, Table};
use proptest::prelude::*;

#[derive(serde::Deserialize)]
struct Stored {
    cols: usize,
    bands: BTreeMap<String, Vec<f32>>,
    noise_covariance: Vec<Vec<f64>>,
    signal_to_noise: Vec<f64>,
    mnf: Vec<Vec<f64>>,
    crosta: Crosta,
}

#[derive(serde::Deserialize)]
struct Crosta {
    number: usize,
    explained_share: f64,
    loadings: Vec<f64>,
    values: Vec<f64>,
}

fn stored() -> Stored {
    serde_json::from_str(include_str!("fixtures/components.json")).unwrap()
}

fn table<'a>(bands: impl IntoIterator<Item = (&'a String, &'a Vec<f32>)>) -> Table {
    let columns: Vec<Column> = bands
        .into_iter()
        .map(|(name, values)| Column::new(name, name, Continuous, values.clone()))
        .collect();
    Table::new(columns[0].values.len(), columns).unwrap()
}

fn noise(stored: &Stored, rows_a_strip: usize) -> Noise {
    let names: Vec<&str> = stored.bands.keys().map(String::as_str).collect();
    let mut estimate = NoiseEstimate::new(&names, stored.cols);
    let cells = stored.bands["b1"].len();
    for start in (0..cells).step_by(rows_a_strip * stored.cols) {
        let end = (start + rows_a_strip * stored.cols).min(cells);
        let strips: Vec<&[f32]> = stored.bands.values().map(|band| &band[start..end]).collect();
        estimate.add_rows(&strips).unwrap();
    }
    estimate.covariance().unwrap()
}

fn with_noise(noise: Noise) -> mnf::Settings {
    mnf::Settings { noise_covariance: Some(noise), ..Default::default() }
}

/// Largest difference, of the better of the two signs.
fn difference(found: &Column, expected: &[f64]) -> f64 {
    assert_eq!(found.values.len(), expected.len());
    let worst = |sign: f64| {
        let pairs = found.values.iter().zip(expected);
        pairs.map(|(f, e)| (f64::from(*f) - sign * e).abs()).fold(0.0, f64::max)
    };
    worst(1.0).min(worst(-1.0))
}

#[test]
fn noise_is_that_of_spectral_python_in_any_strips() {
    let stored = stored();
    let whole = noise(&stored, 100);
    for (found, expected) in
        whole.covariance.iter().flatten().zip(stored.noise_covariance.iter().flatten())
    {
        assert!((found - expected).abs() < 1e-14, "{found} {expected}");
    }
    for rows_a_strip in [1, 3, 13] {
        assert_eq!(noise(&stored, rows_a_strip), whole);
    }
}

#[test]
fn minimum_noise_fractions_are_those_of_spectral_python() {
    let stored = stored();
    let training = table(&stored.bands);
    let fitted = with_noise(noise(&stored, 5)).fit(&training).unwrap();
    let out = fitted.apply(training).unwrap();
    assert_eq!(out.names(), ["mnf_1", "mnf_2", "mnf_3", "mnf_4", "mnf_5"]);
    for (column, expected) in out.columns().iter().zip(&stored.mnf) {
        assert!(difference(column, expected) < 1e-6, "{}", difference(column, expected));
        assert_eq!(column.layer, "mnf");
    }
    let FittedStep::Mnf(fitted) = fitted else { panic!("components") };
    for (component, expected) in fitted.components.iter().zip(&stored.signal_to_noise) {
        assert!((component.signal_to_noise - expected).abs() < 1e-12);
    }
}

#[test]
fn units_orders_and_spare_bands_change_nothing() {
    let stored = stored();
    let given = noise(&stored, 5);
    let one = with_noise(given.clone()).fit(&table(&stored.bands)).unwrap();
    // other units, the other way round, and a band in the noise that the group has not
    let scale = [1e-6, 1e3, 7.0, 0.5, 1e8];
    let scaled: Vec<(String, Vec<f32>)> = stored
        .bands
        .iter()
        .zip(scale)
        .map(|((name, band), scale)| {
            (name.clone(), band.iter().map(|v| (f64::from(*v) * scale) as f32).collect())
        })
        .collect();
    let mut covariance: Vec<Vec<f64>> = (0..5)
        .map(|i| (0..5).map(|j| given.covariance[i][j] * scale[i] * scale[j]).collect())
        .collect();
    covariance.iter_mut().for_each(|row| row.push(0.0));
    covariance.push(vec![0.0; 6]);
    let mut bands = given.bands;
    bands.push("b9".into());
    let training = table(scaled.iter().rev().map(|(name, band)| (name, band)));
    let other = with_noise(Noise { bands, covariance }).fit(&training).unwrap();
    let (one, other) = (one.apply(table(&stored.bands)).unwrap(), other.apply(training).unwrap());
    for (one, other) in one.columns().iter().zip(other.columns()) {
        let one: Vec<f64> = one.values.iter().copied().map(f64::from).collect();
        assert!(difference(other, &one) < 1e-5);
    }
}

#[test]
fn a_rich_band_comes_before_a_noisy_one() {
    // Two smooth bands of ground, and one of loud noise that varies more than both.
    let (rows, cols) = (60, 60);
    let hash = |unit: usize| ((unit * 2_654_435_761) % 4_294_967_296) as f32 / 4.294_967_3e9 - 0.5;
    let cell = |unit: usize| ((unit / cols) as f32, (unit % cols) as f32);
    let make = |value: &dyn Fn(usize) -> f32| (0..rows * cols).map(value).collect::<Vec<f32>>();
    let hill = |unit: usize| (cell(unit).0 / 9.0).sin() * (cell(unit).1 / 11.0).cos();
    let bands = BTreeMap::from([
        ("ground".to_owned(), make(&|unit| hill(unit) + 0.02 * hash(unit))),
        ("loud".to_owned(), make(&|unit| 30.0 * hash(unit + 7919))),
    ]);
    let mut estimate = NoiseEstimate::new(&["ground", "loud"], cols);
    estimate.add_rows(&[&bands["ground"], &bands["loud"]]).unwrap();
    let settings = mnf::Settings {
        components: Some(1),
        noise_covariance: Some(estimate.covariance().unwrap()),
    };
    let FittedStep::Mnf(fitted) = settings.fit(&table(&bands)).unwrap() else {
        panic!("components")
    };
    assert_eq!(fitted.components.len(), 1);
    let component = &fitted.components[0];
    assert!(component.signal_to_noise > 20.0, "{}", component.signal_to_noise);
    assert!(component.loadings[0] > 100.0 * component.loadings[1].abs());
}

#[test]
fn without_noise_the_remedy_is_named() {
    let stored = stored();
    let training = table(&stored.bands);
    let refused = |settings: mnf::Settings| settings.fit(&training).unwrap_err().to_string();
    let message = refused(mnf::Settings::default());
    assert!(message.contains("[[group]]") && message.contains("noise_covariance"), "{message}");
    let mut given = noise(&stored, 5);
    given.covariance[2] = vec![0.0; 5];
    given.covariance.iter_mut().for_each(|row| row[2] = 0.0);
    let message = refused(with_noise(given.clone()));
    assert!(message.contains("`b3` has no noise of its own"), "{message}");
    // two bands with one noise
    given = noise(&stored, 5);
    let twin = given.covariance[1].clone();
    given.covariance[3] = twin.clone();
    for (row, value) in given.covariance.iter_mut().zip(&twin) {
        row[3] = *value;
    }
    given.covariance[3][3] = twin[1];
    assert!(refused(with_noise(given.clone())).contains("`b4`"));
    given.covariance[0][1] += 1.0;
    assert!(refused(with_noise(given.clone())).contains("symmetric"));
    given.covariance.pop();
    assert!(refused(with_noise(given.clone())).contains("symmetric"));
    let no_b1 = Noise { bands: vec!["b2".into()], covariance: vec![vec![1.0]] };
    assert!(refused(with_noise(no_b1)).contains("no band of `noise_covariance` named `b1`"));
    let none = mnf::Settings { components: Some(0), noise_covariance: None };
    assert!(refused(none).starts_with("`mnf.components`"));
}

#[test]
fn noise_wants_neighbours() {
    let mut estimate = NoiseEstimate::new(&["a", "b"], 3);
    assert!(estimate.covariance().is_err());
    assert!(estimate.add_rows(&[&[1.0, 2.0, 3.0]]).is_err());
    assert!(estimate.add_rows(&[&[1.0, 2.0, 3.0], &[1.0, 2.0]]).is_err());
    assert!(estimate.add_rows(&[&[1.0, 2.0], &[1.0, 2.0]]).is_err());
    // nobody knows both bands in two neighbours
    let gap = f32::NAN;
    estimate.add_rows(&[&[1.0, gap, 3.0], &[gap, 2.0, 3.0]]).unwrap();
    assert!(estimate.covariance().unwrap_err().to_string().contains("neighbouring cells"));
    // a column alone, no column at all
    let mut narrow = NoiseEstimate::new(&["a"], 1);
    narrow.add_rows(&[&[1.0, 5.0, 2.0, 7.0]]).unwrap();
    assert!(narrow.covariance().unwrap().covariance[0][0] > 0.0);
    assert!(NoiseEstimate::new(&[], 0).covariance().is_err());
}

proptest! {
    #[test]
    fn an_even_slope_is_no_noise(east in -50.0..50.0_f64, south in -50.0..50.0_f64) {
        let plane: Vec<f32> = (0..60)
            .map(|unit| (1000.0 + east * f64::from(unit % 10) + south * f64::from(unit / 10)) as f32)
            .collect();
        let mut estimate = NoiseEstimate::new(&["plane"], 10);
        estimate.add_rows(&[&plane]).unwrap();
        prop_assert!(estimate.covariance().unwrap().covariance[0][0].abs() < 1e-6);
    }
}

fn crosta_settings() -> crosta::Settings {
    crosta::Settings {
        bright: "b4".into(),
        dark: "b6".into(),
        bands: ["b1", "b2", "b4", "b6"].map(Into::into).to_vec(),
        ..Default::default()
    }
}

#[test]
fn the_feature_oriented_component_is_that_of_scikit_learn() {
    let stored = stored();
    let training = table(&stored.bands);
    let fitted = crosta_settings().fit(&training).unwrap();
    let out = fitted.apply(training.clone()).unwrap();
    assert_eq!(out.names(), ["b3", "crosta"]);
    let found = &out.columns()[1];
    for (found, expected) in found.values.iter().zip(&stored.crosta.values) {
        assert!((f64::from(*found) - expected).abs() < 1e-6, "{found} {expected}");
    }
    let FittedStep::Crosta(fitted) = fitted else { panic!("a component") };
    assert_eq!(fitted.number, stored.crosta.number);
    assert!((fitted.component.explained_share - stored.crosta.explained_share).abs() < 1e-12);
    for (found, expected) in fitted.component.loadings.iter().zip(&stored.crosta.loadings) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }
}

#[test]
fn the_mineral_is_bright_whichever_way_round() {
    let stored = stored();
    let training = table(&stored.bands);
    let one = crosta_settings();
    let other = crosta::Settings { bright: "b6".into(), dark: "b4".into(), ..one.clone() };
    let make = |settings: crosta::Settings| {
        let fitted = settings.fit(&training).unwrap();
        fitted.apply(training.clone()).unwrap().column("crosta").unwrap().clone()
    };
    for (one, other) in make(one).values.iter().zip(make(other).values) {
        assert_eq!(*one, -other);
    }
}

#[test]
fn two_features_come_from_one_image() {
    let stored = stored();
    let mut columns = table(&stored.bands).into_columns();
    let rock = vec![1.0; columns[0].values.len()];
    columns.push(Column::new("rock", "rock", Categorical, rock));
    columns[0].known[3] = false;
    let training = Table::new(columns[0].values.len(), columns).unwrap();
    let first = crosta::Settings { keep_bands: true, name: "clay".into(), ..crosta_settings() };
    let with_clay = first.fit(&training).unwrap().apply(training).unwrap();
    assert!(!with_clay.column("clay").unwrap().known[3]);
    let second: AnyStep = serde_json::from_str(
        r#"{"crosta": {"bright": "b3", "dark": "b1", "bands": ["b1", "b2", "b3"], "name": "iron",
            "standardise": true}}"#,
    )
    .unwrap();
    let out = second.fit(&with_clay).unwrap().apply(with_clay).unwrap();
    assert_eq!(out.names(), ["b4", "b6", "rock", "clay", "iron"]);
    assert_eq!(out.column("iron").unwrap().layer, "iron");
}

#[test]
fn bands_that_do_not_serve_are_named() {
    let stored = stored();
    let training = table(&stored.bands);
    let refused = |settings: crosta::Settings| settings.fit(&training).unwrap_err().to_string();
    assert!(refused(crosta::Settings::default()).starts_with("`crosta.bright`"));
    let same = crosta::Settings { dark: "b4".into(), ..crosta_settings() };
    assert!(refused(same).starts_with("`crosta.dark`"));
    let absent = crosta::Settings { bands: vec!["b4".into(), "b7".into()], ..crosta_settings() };
    assert!(refused(absent).contains("no column named `b7`"));
    let twice = crosta::Settings {
        bands: ["b4", "b6", "b4"].map(Into::into).to_vec(),
        ..crosta_settings()
    };
    assert!(refused(twice).contains("b4"));
    let mut columns = training.columns().to_vec();
    columns[4].values.fill(2.0);
    let flat = Table::new(training.rows(), columns).unwrap();
    let message = crosta_settings().fit(&flat).unwrap_err().to_string();
    assert!(message.contains("does not vary"), "{message}");
}
