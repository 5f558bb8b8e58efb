use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use serde::Deserialize;

use super::{Background, Settings, kernel_shap};
use crate::reference::{Reference, apart, number};
use crate::{Attribution, Result, TrainingSet};

#[derive(Deserialize)]
struct Stored {
    background: Vec<Vec<f32>>,
    rows: Vec<Vec<f32>>,
    base: f64,
    shares: Vec<Vec<f64>>,
}

fn stored() -> Stored {
    serde_json::from_str(include_str!("../../tests/fixtures/explain.json")).unwrap()
}

fn table(columns: Vec<Vec<f32>>) -> Table {
    let rows = columns[0].len();
    let named = columns.into_iter().enumerate();
    Table::new(rows, named.map(|(i, values)| number(&i.to_string(), values)).collect()).unwrap()
}

fn formula(table: &Table) -> Result<Vec<f32>> {
    let row = |row: usize| {
        let [a, b, c, d, e] = [0, 1, 2, 3, 4].map(|at| f64::from(table.columns()[at].values[row]));
        let last = if e > 0.2 { b * c } else { 0.1 };
        ((a * b).tanh() + 0.3 * c * c * d - 0.5 * a.max(d) + last) as f32
    };
    Ok((0..table.rows()).map(row).collect())
}

fn shares(attribution: &Attribution) -> Vec<f64> {
    attribution.shares.concat().into_iter().map(f64::from).collect()
}

fn assert_adds_up(attribution: &Attribution, scores: &[f32]) {
    for (row, score) in scores.iter().enumerate() {
        let sum: f64 = attribution.shares.iter().map(|shares| f64::from(shares[row])).sum();
        assert!((attribution.base + sum - f64::from(*score)).abs() < 1e-5, "row {row}");
    }
}

/// Stored by `tests/fixtures/explain.py` with shap 0.51.0.
#[test]
fn shares_are_those_of_the_shap_package() {
    let Stored { background, rows, base, shares: expected } = stored();
    let (background, rows) = (table(background), table(rows));
    let found = kernel_shap(&formula, &background, &rows, &Settings::default()).unwrap();
    assert!((found.base - base).abs() < 1e-6);
    let error = apart(&shares(&found), &expected.concat());
    assert!(error < 1e-6, "{error}");
    assert_adds_up(&found, &formula(&rows).unwrap());
}

#[test]
fn drawn_orders_add_up_exactly_and_come_near() {
    let Stored { background, rows, base, shares: expected } = stored();
    let (background, rows) = (table(background), table(rows));
    let mut errors = Vec::new();
    for most_evaluations in [0, 200] {
        let settings = Settings { most_evaluations, seed: Seed(4) };
        let found = kernel_shap(&formula, &background, &rows, &settings).unwrap();
        assert!((found.base - base).abs() < 1e-6);
        assert_adds_up(&found, &formula(&rows).unwrap());
        let squares = shares(&found).into_iter().zip(expected.concat());
        let sum: f64 = squares.map(|(found, expected)| (found - expected).powi(2)).sum();
        errors.push((sum / 60.0).sqrt());
        assert_eq!(found, kernel_shap(&formula, &background, &rows, &settings).unwrap());
    }
    assert!(errors[0] < 0.2 && errors[1] < errors[0], "{errors:?}");
}

#[test]
fn a_column_that_does_nothing_has_no_share_whatever_their_number() {
    let score = |table: &Table| {
        Ok((0..table.rows()).map(|row| 2.0 * table.columns()[3].values[row]).collect())
    };
    let columns = |value: f32, rows: usize| table((0..70).map(|_| vec![value; rows]).collect());
    let found =
        kernel_shap(&score, &columns(1.0, 2), &columns(5.0, 3), &Settings::default()).unwrap();
    assert_eq!(found.base, 2.0);
    for (index, shares) in found.shares.iter().enumerate() {
        let expected = if index == 3 { 8.0 } else { 0.0 };
        assert!(shares.iter().all(|share| (share - expected).abs() < 1e-5), "{index}: {shares:?}");
    }
}

#[test]
fn what_cannot_be_explained_is_refused() {
    let world = stored();
    let (background, rows) = (table(world.background), table(world.rows));
    let settings = Settings::default();
    assert!(kernel_shap(&formula, &background.select(&[]), &rows, &settings).is_err());
    let fewer = Table::new(12, rows.columns()[..4].to_vec()).unwrap();
    assert!(kernel_shap(&formula, &background, &fewer, &settings).is_err());
    let none = kernel_shap(&formula, &background, &rows.select(&[]), &settings).unwrap();
    assert_eq!(none.shares, vec![Vec::<f32>::new(); 5]);
}

#[test]
fn the_background_scores_like_the_training_side() {
    let reference = Reference::<crate::svm::Settings>::read();
    let mut set: TrainingSet = reference.training(true);
    set.weight[7] = 0.0;
    let score = |table: &Table| Ok(table.columns()[0].values.iter().map(|v| v.tanh()).collect());
    let background = Background::new(&score, &set).unwrap();
    let weights = set.weight.iter().zip(score(&set.features).unwrap() as Vec<f32>);
    let mean = weights.map(|(w, score)| w * score).sum::<f32>() / set.weight.iter().sum::<f32>();
    let found = background.explain(&score, "score", &set.features).unwrap();
    assert!((found.base - f64::from(mean)).abs() < 0.02, "{} {mean}", found.base);
}
