//! Extremely randomised trees against scikit-learn (`tests/fixtures/trees.json`, made by `trees.py`
//! beside it). What holds of any forest is held by the forest's tests.

use serde::Deserialize;

use super::*;
use crate::Error;
use crate::forest::tests::{auc, set, table, world};

#[derive(Deserialize)]
struct Stored {
    extra_trees: StoredAuc,
}

#[derive(Deserialize)]
struct StoredAuc {
    mean: f64,
}

#[test]
fn the_auc_is_scikit_learns() {
    let stored: Stored =
        serde_json::from_str(include_str!("../../tests/fixtures/trees.json")).unwrap();
    let (columns, deposit) = world(22_000);
    let part = |range: std::ops::Range<usize>| -> Vec<Vec<f32>> {
        columns.iter().map(|column| column[range.clone()].to_vec()).collect()
    };
    let train = set(part(0..2000), deposit[..2000].to_vec());
    let fitted = Settings { trees: 300, ..Default::default() }.fit(&train, Seed(7)).unwrap();
    let scores = fitted.predict(&table(part(2000..22_000))).unwrap();
    let found = auc(&scores, &deposit[2000..]);
    assert!((found - stored.extra_trees.mean).abs() < 0.003, "{found}");
}

/// Of one column with two groups of values far apart every cut between 0 and 1 is as likely as its
/// share of the way.
#[test]
fn cuts_are_even_over_the_range() {
    let values: Vec<f32> = [vec![0.0; 5], vec![0.25; 5], vec![1.0; 5]].concat();
    let deposit = (0..15).map(|row| row >= 5).collect();
    let settings = Settings { trees: 4000, max_depth: Some(1), min_leaf: 1, ..Settings::default() };
    let fitted = settings.fit(&set(vec![values], deposit), Seed(3)).unwrap();
    // A quarter of the trees cut below 0.25: the first group alone scores 0, the others 1. Three
    // quarters cut above: 1/2 for the two first, 1 for the last.
    let scores = fitted.predict(&table(vec![vec![0.0, 0.25, 1.0]])).unwrap();
    for (found, expected) in scores.into_iter().zip([0.375, 0.625, 1.0]) {
        assert!((found - expected).abs() < 0.02, "{found} {expected}");
    }
}

#[test]
fn weights_are_copies_and_errors_name_the_model() {
    let (columns, deposit) = world(300);
    let good = set(columns, deposit.clone());
    let rows: Vec<usize> = (0..600).map(|row| row / 2).collect();
    let twice = TrainingSet {
        features: good.features.select(&rows),
        deposit: rows.iter().map(|row| deposit[*row]).collect(),
        weight: vec![1.0; 600],
    };
    let heavy = TrainingSet { weight: vec![2.0; 300], ..good.clone() };
    let settings = Settings { trees: 20, min_leaf: 1, ..Settings::default() };
    let [heavy, twice] = [heavy, twice]
        .map(|set| settings.fit(&set, Seed(1)).unwrap().predict(&good.features).unwrap());
    assert_eq!(heavy, twice);
    let error = Settings { bins: 1, ..settings }.fit(&good, Seed(1)).unwrap_err().to_string();
    assert!(error.starts_with("`model.extra_trees.bins` is "), "{error}");
    let one_class = TrainingSet { deposit: vec![true; 300], ..good };
    let found = Settings::default().fit(&one_class, Seed(1));
    assert!(matches!(found, Err(Error::Untrainable { model: "extra_trees", .. })));
}
