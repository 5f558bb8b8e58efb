use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use serde::Deserialize;

use super::{Class, Fitted, Settings};
use crate::reference::{apart, number, twice_and_weighted};
use crate::{Estimator, FittedModel, Predictor, TrainingSet};

#[derive(Deserialize)]
struct Stored {
    numbers: Vec<Vec<f32>>,
    category: Vec<f32>,
    deposit: Vec<bool>,
    fits: Vec<StoredFit>,
}

#[derive(Deserialize)]
struct StoredFit {
    classes: Vec<Class>,
    knots: usize,
    count: Option<usize>,
    add: bool,
    multiplier: f64,
    cloglog: Vec<f64>,
}

fn stored() -> (TrainingSet, Vec<StoredFit>) {
    let stored: Stored =
        serde_json::from_str(include_str!("../../tests/fixtures/maxent.json")).unwrap();
    let named = ["a", "b", "c"].into_iter().zip(stored.numbers);
    let mut columns: Vec<Column> = named.map(|(name, values)| number(name, values)).collect();
    columns.push(Column::new("code", "code", EvidenceType::Categorical, stored.category));
    let rows = stored.deposit.len();
    let features = Table::new(rows, columns).unwrap();
    (TrainingSet { features, deposit: stored.deposit, weight: vec![1.0; rows] }, stored.fits)
}

fn fit(settings: &Settings, set: &TrainingSet) -> Fitted {
    match settings.fit(set, Seed(1)).unwrap() {
        FittedModel::Maxent(fitted) => fitted,
        other => panic!("{other:?}"),
    }
}

fn scores(fitted: &Fitted, table: &Table) -> Vec<f64> {
    fitted.predict(table).unwrap().into_iter().map(f64::from).collect()
}

/// Stored by `tests/fixtures/maxent.py` with features and penalties of elapid 1.0.4 and the optimum of
/// scipy 1.17.1.
#[test]
fn scores_are_those_of_maxnet() {
    let (set, fits) = stored();
    assert_eq!(fits.len(), 4);
    for (index, expected) in fits.into_iter().enumerate() {
        let mut weight = set.weight.clone();
        for row in
            (0..weight.len()).filter(|row| set.deposit[*row]).skip(expected.count.unwrap_or(90))
        {
            weight[row] = 0.0;
        }
        let settings = Settings {
            features: expected.classes,
            regularisation: expected.multiplier,
            knots: expected.knots,
            add_deposits: expected.add,
        };
        let fitted = fit(&settings, &TrainingSet { weight, ..set.clone() });
        assert!(fitted.converged, "{index}");
        let error = apart(&scores(&fitted, &set.features), &expected.cloglog);
        assert!(error < 1e-4, "{index}: {error}");
    }
}

#[test]
fn a_weight_of_two_is_the_sample_twice() {
    let (set, _) = stored();
    let [twice, weighted] = twice_and_weighted(&set)
        .map(|twice| scores(&fit(&Settings::default(), &twice), &set.features));
    assert!(apart(&twice, &weighted) < 1e-4, "{}", apart(&twice, &weighted));
}

#[test]
fn units_and_signs_do_not_matter_and_the_ends_of_the_range_are_the_last_word() {
    let (set, _) = stored();
    let fitted = fit(&Settings::default(), &set);
    let other = |value: f32| -20.0 * value + 7000.0;
    let columns = set.features.columns();
    let mut turned = columns.to_vec();
    turned[1] = columns[1].map(other);
    let turned = TrainingSet { features: Table::new(390, turned).unwrap(), ..set.clone() };
    let linear = Settings { features: vec![Class::Linear, Class::Hinge], ..Settings::default() };
    let error = apart(
        &scores(&fit(&linear, &set), &set.features),
        &scores(&fit(&linear, &turned), &turned.features),
    );
    assert!(error < 1e-4, "{error}");
    let row = |value: f32| {
        let mut columns = set.features.select(&[0]).into_columns();
        columns[1].values[0] = value;
        scores(&fitted, &Table::new(1, columns).unwrap())[0]
    };
    let most = columns[1].values.iter().copied().fold(f32::MIN, f32::max);
    assert_eq!(row(most), row(1e30));
}

#[test]
fn a_product_is_shared_in_halves() {
    // The deposits lie where both columns are high: against the background's mean, what one column
    // owes to the other is split evenly (checked by all four coalitions).
    let (set, _) = stored();
    let settings = Settings {
        features: vec![Class::Linear, Class::Quadratic, Class::Product],
        regularisation: 0.1,
        ..Settings::default()
    };
    let fitted = fit(&settings, &set);
    assert!(fitted.terms.iter().any(|term| term.feature.columns().len() == 2), "{fitted:?}");
    let rate = |table: &Table| {
        let sums = fitted.sums(table)?;
        Ok(sums.into_iter().map(|sum| (fitted.intercept + sum) as f32).collect())
    };
    let samples = super::presence_and_background(&set, true);
    let background: Vec<usize> =
        (0..samples.deposit.len()).filter(|at| !samples.deposit[*at]).collect();
    let rows = set.features.select(&(0..390).step_by(40).collect::<Vec<_>>());
    let by_coalitions = crate::explain::kernel_shap(
        &rate,
        &samples.features.select(&background),
        &rows,
        &crate::explain::Settings::default(),
    )
    .unwrap();
    let own = fitted.explain(&rows).unwrap();
    assert!((own.base - by_coalitions.base).abs() < 1e-5);
    for (own, expected) in own.shares.concat().into_iter().zip(by_coalitions.shares.concat()) {
        assert!((own - expected).abs() < 1e-5, "{own} {expected}");
    }
}

#[test]
fn odd_training_sides_are_fitted_or_refused() {
    let deposit: Vec<bool> = (0..60).map(|row| row >= 50).collect();
    let values: Vec<f32> = (0..60).map(|row| row as f32).collect();
    let columns = vec![
        number("parted", values.clone()),
        number("again", values.iter().map(|v| v * 1e30).collect()),
        number("constant", vec![0.1; 60]),
    ];
    let features = Table::new(60, columns).unwrap();
    let set = TrainingSet { features, deposit, weight: vec![1.0; 60] };
    for classes in [vec![], vec![Class::Hinge], vec![Class::Product, Class::Quadratic]] {
        for add_deposits in [true, false] {
            let settings =
                Settings { features: classes.clone(), add_deposits, ..Settings::default() };
            let found = scores(&fit(&settings, &set), &set.features);
            assert!(
                found.iter().all(|score| (0.0..=1.0).contains(score)),
                "{settings:?} {found:?}"
            );
            assert!(found[55] > found[20], "{settings:?} {found:?}");
        }
    }
    for bad in [
        Settings { regularisation: 0.0, ..Settings::default() },
        Settings { knots: 1, ..Settings::default() },
    ] {
        assert!(bad.fit(&set, Seed(1)).unwrap_err().to_string().contains("model.maxent."));
    }
    let text = serde_json::to_string(&fit(&Settings::default(), &set)).unwrap();
    let damaged =
        text.replace("\"linear\":0", "\"linear\":9").replace("\"quadratic\":0", "\"quadratic\":9");
    assert_ne!(text, damaged);
    assert!(serde_json::from_str::<Fitted>(&damaged).is_err());
}
