//! The isolation forest against scikit-learn (`tests/fixtures/trees.json`, made by `trees.py` beside
//! it), and against what must hold of any.

use serde::Deserialize;

use super::*;
use crate::Error;
use crate::forest::tests::{set, table, world};

#[derive(Deserialize)]
struct Stored {
    isolation: Isolation,
}

#[derive(Deserialize)]
struct Isolation {
    scores: Vec<f32>,
}

/// The columns of the fixture, and labels that the model must not see.
fn samples() -> (Vec<Vec<f32>>, Vec<bool>) {
    let (mut columns, deposit) = world(2300);
    columns.truncate(4);
    let cube = |value: &mut f32| *value = f64::from(*value).powi(3) as f32;
    columns.iter_mut().flatten().for_each(cube);
    (columns, deposit)
}

fn part(columns: &[Vec<f32>], range: std::ops::Range<usize>) -> Vec<Vec<f32>> {
    columns.iter().map(|column| column[range.clone()].to_vec()).collect()
}

fn ranks(values: &[f32]) -> Vec<f64> {
    let below = |value: &f32| values.iter().filter(|other| *other < value).count() as f64;
    values.iter().map(below).collect()
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        values.iter().map(|value| value - mean).collect()
    };
    let (a, b) = (centred(a), centred(b));
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    sum(&a, &b) / (sum(&a, &a) * sum(&b, &b)).sqrt()
}

#[test]
fn the_anomaly_scores_are_scikit_learns() {
    let stored: Stored =
        serde_json::from_str(include_str!("../../tests/fixtures/trees.json")).unwrap();
    let expected = stored.isolation.scores;
    let (columns, deposit) = samples();
    let training = set(part(&columns, 0..2000), deposit[..2000].to_vec());
    let settings = Settings { trees: 1000, ..Settings::default() };
    let fitted = settings.fit(&training, Seed(1)).unwrap();
    let found = fitted.predict(&table(part(&columns, 2000..2300))).unwrap();
    let rank_correlation = correlation(&ranks(&found), &ranks(&expected));
    assert!(rank_correlation > 0.99, "{rank_correlation}");
    // Two seeds of scikit-learn's differ by up to 0.009.
    let apart = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(apart < 0.015, "{apart}");
}

#[test]
fn rows_alone_score_high_and_labels_say_nothing() {
    let (columns, deposit) = samples();
    let training = set(part(&columns, 0..500), deposit[..500].to_vec());
    let other_labels = TrainingSet {
        deposit: training.deposit.iter().map(|deposit| !deposit).collect(),
        ..training.clone()
    };
    let asked = table(vec![vec![0.1, 30.0], vec![0.1, -30.0], vec![0.1, 30.0], vec![0.1, 0.1]]);
    let [one, other] = [&training, &other_labels]
        .map(|set| Settings::default().fit(set, Seed(1)).unwrap().predict(&asked).unwrap());
    assert_eq!(one, other);
    assert!(one[0] < 0.5 && one[1] > 0.6, "{one:?}");
}

#[test]
fn what_is_usual_may_leave_the_deposits_out() {
    let usual: Vec<f32> = (0..400).map(|row| (row % 40) as f32).collect();
    let columns = vec![[usual, vec![90.0; 400]].concat()];
    let deposit = (0..800).map(|row| row >= 400).collect();
    let training = set(columns, deposit);
    let score = |usual: Usual| {
        let fitted = Settings { usual, ..Settings::default() }.fit(&training, Seed(4)).unwrap();
        fitted.predict(&table(vec![vec![20.0, 90.0]])).unwrap()
    };
    let (all, unlabelled) = (score(Usual::All), score(Usual::Unlabelled));
    assert!(all[1] < all[0], "half of the samples are usual: {all:?}");
    assert!(unlabelled[1] > unlabelled[0], "{unlabelled:?}");
}

#[test]
fn a_weight_is_a_chance_of_being_drawn() {
    let columns = vec![(0..400).map(|row| if row < 200 { 0.0 } else { row as f32 }).collect()];
    let deposit = (0..400).map(|row| row % 2 == 0).collect();
    let even = set(columns, deposit);
    let weight = (0..400).map(|row| if row < 200 { 100.0 } else { 1.0 }).collect();
    let uneven = TrainingSet { weight, ..even.clone() };
    let settings = Settings { sample: 64, ..Settings::default() };
    let asked = table(vec![vec![300.0]]);
    let [even, uneven] =
        [even, uneven].map(|set| settings.fit(&set, Seed(5)).unwrap().predict(&asked).unwrap()[0]);
    assert!(uneven > even + 0.1, "{even} {uneven}");
}

#[test]
fn odd_input_is_answered_or_refused() {
    let constant = set(vec![vec![1.0; 4]], vec![true, false, false, false]);
    let fitted = Settings::default().fit(&constant, Seed(1)).unwrap();
    // No cut can part them: all are where four samples are expected.
    let scores = fitted.predict(&table(vec![vec![1.0, 9.0]])).unwrap();
    assert!(scores.iter().all(|score| (score - 0.5).abs() < 1e-6), "{scores:?}");
    let infinite = set(vec![vec![f32::INFINITY, f32::NEG_INFINITY, 0.0]], vec![true, false, false]);
    let fitted = Settings::default().fit(&infinite, Seed(1)).unwrap();
    assert!(fitted.predict(&infinite.features).unwrap().iter().all(|s| (0.0..=1.0).contains(s)));
    let one = Settings { usual: Usual::Unlabelled, ..Settings::default() };
    let fitted = one.fit(&set(vec![vec![1.0, 2.0]], vec![true, false]), Seed(1)).unwrap();
    let scores = fitted.predict(&table(vec![vec![1.0, 2.0]])).unwrap();
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)), "{scores:?}");
    let explained = fitted.explain(&table(vec![vec![1.0, 2.0]])).unwrap();
    assert!(explained.base.is_finite());
    for (settings, key) in [
        (Settings { trees: 0, ..Settings::default() }, "trees"),
        (Settings { sample: 1, ..Settings::default() }, "sample"),
        (Settings { bins: 256, ..Settings::default() }, "bins"),
    ] {
        let error = settings.fit(&constant, Seed(1)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`model.isolation_forest.{key}` is ")), "{error}");
    }
    let one_class = TrainingSet { deposit: vec![true; 4], ..constant };
    let found = Settings::default().fit(&one_class, Seed(1));
    assert!(matches!(found, Err(Error::Untrainable { model: "isolation_forest", .. })));
}

#[test]
fn a_damaged_file_is_refused() {
    let (columns, deposit) = samples();
    let training = set(part(&columns, 0..100), deposit[..100].to_vec());
    let settings = Settings { trees: 3, ..Settings::default() };
    let text = serde_json::to_string(&settings.fit(&training, Seed(1)).unwrap()).unwrap();
    for (from, to) in [("\"sample\":100", "\"sample\":0"), ("-1]", "]"), ("\"c0\",", "")] {
        let broken = text.replacen(from, to, 1);
        assert!(broken != text && serde_json::from_str::<FittedModel>(&broken).is_err(), "{from}");
    }
}
