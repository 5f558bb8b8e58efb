//! The dissimilarity index against the steps of the R package CAST (fixtures/make_applicability.py),
//! and what must hold whatever the data.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use paydirt_core::applicability::{Applicability, Measure};
use paydirt_core::layer::EvidenceType;
use paydirt_core::table::{Column, Table};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Answers {
    weights: Vec<f64>,
    folds: Vec<usize>,
    training: BTreeMap<String, Vec<f32>>,
    new: BTreeMap<String, Vec<f32>>,
    mean_distance: f64,
    threshold: f64,
    training_index: Vec<f64>,
    index: Vec<f64>,
    density: Vec<u32>,
}

fn answers() -> Answers {
    serde_json::from_str(include_str!("fixtures/applicability.json")).unwrap()
}

/// The order of the weights.
const NAMES: [&str; 6] = ["k", "th", "rock", "slope", "as", "alteration"];

fn table(columns: &BTreeMap<String, Vec<f32>>) -> Table {
    let column = |name: &&str| {
        let kind = match *name {
            "rock" | "alteration" => EvidenceType::Categorical,
            _ => EvidenceType::Continuous,
        };
        Column::new(name, name, kind, columns[*name].clone())
    };
    Table::new(columns["k"].len(), NAMES.iter().map(column).collect()).unwrap()
}

fn numbers(columns: &[Vec<f32>]) -> Table {
    let column = |(number, values): (usize, &Vec<f32>)| {
        let name = format!("c{number}");
        Column::new(&name, &name, EvidenceType::Continuous, values.clone())
    };
    let rows = columns.first().map_or(0, Vec::len);
    Table::new(rows, columns.iter().enumerate().map(column).collect()).unwrap()
}

fn near(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 2e-6 * (1.0 + expected.abs())
}

#[test]
fn index_threshold_and_density_are_those_of_cast() {
    let answers = answers();
    let fitted =
        Applicability::fit(&table(&answers.training), &answers.weights, &answers.folds).unwrap();
    assert!(near(fitted.mean_distance, answers.mean_distance), "{}", fitted.mean_distance);
    assert!(near(fitted.threshold, answers.threshold), "{}", fitted.threshold);
    assert_eq!(fitted.constant().collect::<Vec<_>>(), ["slope"]);
    let pairs = fitted.training.iter().zip(&answers.training_index);
    assert!(pairs.clone().all(|(found, expected)| near(f64::from(*found), *expected)));
    let measured = fitted.measure(&table(&answers.new)).unwrap();
    for ((found, index), density) in measured.iter().zip(&answers.index).zip(&answers.density) {
        assert!(near(f64::from(found.dissimilarity), *index), "{found:?} {index}");
        assert_eq!((found.density, found.inside), (*density, *index <= answers.threshold));
    }
    let inside = measured.iter().filter(|found| found.inside).count();
    assert!((20..60).contains(&inside), "the fixture has both: {inside}");
}

#[test]
fn a_kept_fit_measures_the_same_bits_on_one_thread() {
    let answers = answers();
    let fitted =
        Applicability::fit(&table(&answers.training), &answers.weights, &answers.folds).unwrap();
    let kept: Applicability =
        serde_json::from_str(&serde_json::to_string(&fitted).unwrap()).unwrap();
    assert_eq!(kept, fitted);
    let new = table(&answers.new);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let again = one.install(|| {
        Applicability::fit(&table(&answers.training), &answers.weights, &answers.folds).unwrap()
    });
    assert_eq!(again, fitted);
    assert_eq!(one.install(|| kept.measure(&new).unwrap()), fitted.measure(&new).unwrap());
}

#[test]
fn a_class_that_training_never_saw_is_outside() {
    let answers = answers();
    let fitted =
        Applicability::fit(&table(&answers.training), &answers.weights, &answers.folds).unwrap();
    let mut new = answers.training.clone();
    new.insert("rock".into(), vec![50.0; 90]);
    assert!(fitted.measure(&table(&new)).unwrap().iter().all(|found| !found.inside));
}

#[test]
fn missing_evidence_has_no_index_and_teaches_nothing() {
    let fit = |values: &[f32]| {
        let folds: Vec<usize> = (0..values.len()).map(|row| row % 2).collect();
        Applicability::fit(&numbers(&[values.to_vec()]), &[1.0], &folds).unwrap()
    };
    let known = fit(&[0.0, 1.0, 4.0, 9.0]);
    let holes = fit(&[0.0, 1.0, 4.0, 9.0, f32::NAN, f32::INFINITY]);
    assert_eq!(known, holes);
    let found = known.measure(&numbers(&[vec![f32::NAN, 3e38, -3e38]])).unwrap();
    assert!(found[0].dissimilarity.is_nan() && !found[0].inside && found[0].density == 0);
    assert!(found[1..].iter().all(|far| far.dissimilarity.is_finite() && !far.inside));
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let two = numbers(&[vec![1.0, 2.0], vec![0.0, 0.0]]);
    let fit = |table: &Table, weights: &[f64], folds: &[usize]| {
        Applicability::fit(table, weights, folds).map_err(|error| error.to_string())
    };
    assert!(fit(&two, &[1.0, 1.0], &[0, 1]).is_ok());
    assert!(fit(&two, &[1.0], &[0, 1]).unwrap_err().contains("weights"));
    assert!(fit(&two, &[1.0, 1.0], &[0]).unwrap_err().contains("folds"));
    assert!(fit(&two, &[1.0, f64::NAN], &[0, 1]).unwrap_err().contains("finite"));
    assert!(fit(&two, &[1.0, 1.0], &[3, 3]).unwrap_err().contains("folds"));
    // All weight on the column that is constant, no rows, no columns, rows that are all alike.
    assert!(fit(&two, &[0.0, 1.0], &[0, 1]).unwrap_err().contains("differ"));
    assert!(fit(&numbers(&[vec![]]), &[1.0], &[]).is_err());
    assert!(fit(&numbers(&[]), &[], &[]).is_err());
    assert!(fit(&numbers(&[vec![5.0; 4]]), &[1.0], &[0, 1, 0, 1]).is_err());
    let fitted = Applicability::fit(&two, &[1.0, 1.0], &[0, 1]).unwrap();
    let other = Column::new("other", "other", EvidenceType::Continuous, vec![1.0]);
    let error = fitted.measure(&Table::new(1, vec![other]).unwrap()).unwrap_err();
    assert!(error.to_string().contains("no column named `c0`"), "{error}");
}

/// Columns of equal length with values of a few sizes.
fn worlds() -> impl Strategy<Value = Vec<Vec<f32>>> {
    (1_usize..20, 4_usize..60).prop_flat_map(|(columns, rows)| {
        prop::collection::vec(prop::collection::vec(-50.0_f32..50.0, rows), columns)
    })
}

fn fold(rows: usize) -> Vec<usize> {
    (0..rows).map(|row| row % 3).collect()
}

proptest! {
    #[test]
    fn training_rows_are_at_nought_and_what_is_far_is_outside(world in worlds()) {
        let training = numbers(&world);
        let weights = vec![1.0; world.len()];
        let fitted = Applicability::fit(&training, &weights, &fold(training.rows())).unwrap();
        for found in fitted.measure(&training).unwrap() {
            prop_assert_eq!(found.dissimilarity, 0.0);
            prop_assert!(found.inside && found.density >= 1);
        }
        let far: Vec<Vec<f32>> = world.iter().map(|column| vec![1e6; column.len()]).collect();
        let outside =
            |found: &Measure| !found.inside && found.density == 0 && found.dissimilarity > 1e3;
        prop_assert!(fitted.measure(&numbers(&far)).unwrap().iter().all(outside));
    }

    #[test]
    fn units_of_a_column_do_not_matter(world in worlds(), power in -20_i32..20) {
        // Powers of two are exact, so that the answer is the same to the bit but for the mean's sum.
        let rows = world[0].len();
        let (half, rest) = (rows / 2, rows - rows / 2);
        let part = |world: &[Vec<f32>], from: usize, to: usize| -> Table {
            let columns: Vec<Vec<f32>> = world.iter().map(|column| column[from..to].to_vec()).collect();
            numbers(&columns)
        };
        let mut scaled = world.clone();
        scaled[0].iter_mut().for_each(|value| *value *= 2.0_f32.powi(power));
        let measure = |world: &[Vec<f32>]| {
            let training = part(world, half, rows);
            Applicability::fit(&training, &vec![1.0; world.len()], &fold(rest))
                .and_then(|fitted| fitted.measure(&part(world, 0, half)))
        };
        if let (Ok(before), Ok(after)) = (measure(&world), measure(&scaled)) {
            prop_assert_eq!(before, after);
        }
    }
}
