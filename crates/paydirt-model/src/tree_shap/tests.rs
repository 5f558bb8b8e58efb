//! Shares and interactions against the shap package (`tests/fixtures/trees.json`, made by `trees.py`
//! beside it).

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use serde::Deserialize;

use crate::forest::tests::{set, table, uniforms};
use crate::{Estimator, FittedModel, Model, boosting};

/// What shap says of a model.
#[derive(Deserialize)]
struct Explained {
    base: f64,
    shares: Vec<Vec<f64>>,
    background_base: f64,
    interventional: Vec<Vec<f64>>,
    interactions: Vec<Vec<Vec<f64>>>,
}

#[derive(Deserialize)]
struct Boosting {
    rows: Vec<Vec<f32>>,
    deposit: Vec<u8>,
    explained: Explained,
}

#[derive(Deserialize)]
struct Forest {
    saved: FittedModel,
    explained: Explained,
}

#[derive(Deserialize)]
struct Stored {
    boosting: Boosting,
    forest: Forest,
}

fn stored() -> Stored {
    serde_json::from_str(include_str!("../../tests/fixtures/trees.json")).unwrap()
}

fn rows(columns: &[Vec<f32>], range: std::ops::Range<usize>) -> Vec<Vec<f32>> {
    columns.iter().map(|column| column[range.clone()].to_vec()).collect()
}

/// The boosted trees that scikit-learn grew too.
fn boosted(stored: &Boosting) -> FittedModel {
    let deposit = stored.deposit[..500].iter().map(|label| *label == 1).collect();
    let settings = boosting::Settings {
        trees: 25,
        learning_rate: 0.1,
        max_leaves: 12,
        min_leaf: 8,
        l2: 1.5,
        ..Default::default()
    };
    settings.fit(&set(rows(&stored.rows, 0..500), deposit), Seed(1)).unwrap()
}

fn apart(found: &[Vec<f32>], expected: &[Vec<f64>]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().zip(expected).flat_map(|(found, expected)| found.iter().zip(expected));
    pairs.map(|(found, expected)| (f64::from(*found) - expected).abs()).fold(0.0, f64::max)
}

/// Twelve rows as they are, then among 3,000 others, for which tables are made.
fn alone_and_among_others(columns: &[Vec<f32>]) -> [Table; 2] {
    let asked = rows(columns, 500..512);
    let mut next = uniforms(3);
    let among = asked.iter().map(|column| {
        let drawn = (0..3000).map(|_| (next() * 41.0).floor() as f32);
        column.iter().copied().chain(drawn).collect()
    });
    [table(among.collect::<Vec<Vec<f32>>>()), table(asked)]
}

fn check(model: &FittedModel, columns: &[Vec<f32>], expected: &Explained) {
    let background = table(rows(columns, 0..20));
    let trees = model.as_trees().unwrap();
    for features in alone_and_among_others(columns) {
        let along = trees.shares(&features).unwrap();
        assert!((along.base - expected.base).abs() < 1e-6, "{} {}", along.base, expected.base);
        let error = apart(&along.shares, &expected.shares);
        assert!(error < 1e-6, "along paths: {error}");
        let against = trees.interventional(&background, &features).unwrap();
        assert!((against.base - expected.background_base).abs() < 1e-6);
        let error = apart(&against.shares, &expected.interventional);
        assert!(error < 1e-6, "against a background: {error}");
    }
    let [_, features] = alone_and_among_others(columns);
    let pairs = trees.interactions(&features).unwrap();
    for (first, (found, expected)) in pairs.values.iter().zip(&expected.interactions).enumerate() {
        let error = apart(found, expected);
        assert!(error < 1e-6, "interactions: {error}");
        for (second, values) in found.iter().enumerate() {
            assert_eq!(*values, pairs.values[second][first]);
        }
    }
}

#[test]
fn shares_of_a_forest_are_those_of_the_shap_package() {
    let Stored { boosting, forest } = stored();
    check(&forest.saved, &boosting.rows, &forest.explained);
}

#[test]
fn shares_of_boosted_trees_are_those_of_the_shap_package() {
    let stored = stored().boosting;
    check(&boosted(&stored), &stored.rows, &stored.explained);
}

#[test]
fn every_kind_of_shares_adds_up_to_the_score() {
    let stored = stored().boosting;
    let deposit: Vec<bool> = stored.deposit[..500].iter().map(|label| *label == 1).collect();
    let training = set(rows(&stored.rows, 0..500), deposit);
    let asked = table(rows(&stored.rows, 500..560));
    let background = table(rows(&stored.rows, 560..600));
    let mut seen = 0;
    for model in Model::all()
        .into_iter()
        .filter(|model| !(model.sees_coordinates_only() || model.sees_ground()))
    {
        let fitted = model.fit(&training, Seed(2)).unwrap();
        let Some(trees) = fitted.as_trees() else { continue };
        seen += 1;
        let against = trees.interventional(&background, &asked).unwrap();
        let pairs = trees.interactions(&asked).unwrap();
        for (row, score) in fitted.predict(&asked).unwrap().into_iter().enumerate() {
            let score = match against.unit {
                "log odds" => (f64::from(score) / (1.0 - f64::from(score))).ln(),
                "log score" => f64::from(score).ln(),
                _ => f64::from(score),
            };
            let sum = |shares: &[Vec<f32>]| -> f64 {
                shares.iter().map(|shares| f64::from(shares[row])).sum()
            };
            let told = against.base + sum(&against.shares);
            assert!((told - score).abs() < 2e-5, "{}: {told} {score}", model.key());
            let told = pairs.base + pairs.values.iter().map(|values| sum(values)).sum::<f64>();
            assert!((told - score).abs() < 2e-5, "{}: {told} {score}", model.key());
        }
    }
    assert_eq!(seen, 4);
}

#[test]
fn other_columns_and_an_empty_background_are_refused() {
    let Stored { boosting, forest } = stored();
    let trees = forest.saved.as_trees().unwrap();
    let (good, fewer) = (table(boosting.rows.clone()), table(boosting.rows[..5].to_vec()));
    assert!(trees.interventional(&good.select(&[]), &good).is_err());
    assert!(trees.interventional(&fewer, &good).is_err());
    assert!(trees.interventional(&good, &fewer).is_err());
    assert!(trees.interactions(&fewer).is_err());
    let none = good.select(&[]);
    let found = trees.interventional(&good, &none).unwrap();
    assert_eq!(found.shares, vec![Vec::<f32>::new(); 6]);
    assert_eq!(trees.interactions(&none).unwrap().values, vec![vec![Vec::<f32>::new(); 6]; 6]);
}
