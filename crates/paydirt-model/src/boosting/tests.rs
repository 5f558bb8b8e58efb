//! Boosting against scikit-learn (`tests/fixtures/trees.json`, made by `trees.py` beside it), and
//! against what must hold of any.

use paydirt_core::seed::Seed;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::forest::tests::{set, table, world};
use crate::{ClassWeight, Error, Estimator, FittedModel, TrainingSet};

#[derive(Deserialize)]
struct Stored {
    boosting: Answers,
}

#[derive(Deserialize)]
struct Answers {
    rows: Vec<Vec<f32>>,
    deposit: Vec<u8>,
    weight: Vec<f32>,
    plain: Vec<f64>,
    weighted: Vec<f64>,
    directed: Vec<f64>,
    balanced: Vec<f64>,
}

fn part(columns: &[Vec<f32>], range: std::ops::Range<usize>) -> Vec<Vec<f32>> {
    columns.iter().map(|column| column[range.clone()].to_vec()).collect()
}

fn fit(settings: &Settings, set: &TrainingSet) -> Fitted {
    match settings.fit(set, Seed(7)).unwrap() {
        FittedModel::Boosting(fitted) => fitted,
        other => panic!("{other:?}"),
    }
}

/// scikit-learn's defaults.
fn defaults() -> Settings {
    Settings { learning_rate: 0.1, max_leaves: 31, min_leaf: 20, ..Settings::default() }
}

/// The settings of the fixture.
fn peers() -> Settings {
    Settings { trees: 25, max_leaves: 12, min_leaf: 8, ..defaults() }
}

fn log_odds(score: f32) -> f64 {
    (f64::from(score) / (1.0 - f64::from(score))).ln()
}

#[test]
fn scores_are_scikit_learns() {
    let text = include_str!("../../tests/fixtures/trees.json");
    let Answers { rows, deposit, weight, plain, weighted, directed, balanced } =
        serde_json::from_str::<Stored>(text).unwrap().boosting;
    let deposit: Vec<bool> = deposit[..500].iter().map(|label| *label == 1).collect();
    let training = set(part(&rows, 0..500), deposit);
    let heavy = TrainingSet { weight: weight[..500].to_vec(), ..training.clone() };
    let penalised = Settings { l2: 1.5, ..peers() };
    let trends = [("c1", Trend::Rising), ("c2", Trend::Rising), ("c4", Trend::Falling)];
    let trends = trends.into_iter().chain([("c5", Trend::Rising)]);
    let monotone = trends.map(|(name, trend)| (name.to_string(), trend)).collect();
    let steep = Settings { learning_rate: 0.3, monotone, ..peers() };
    let shallow = Settings { max_depth: Some(3), class_weight: ClassWeight::Balanced, ..peers() };
    let asked = table(part(&rows, 500..700));
    for (name, settings, training, expected) in [
        ("plain", &penalised, &training, &plain),
        ("weighted", &penalised, &heavy, &weighted),
        ("directed", &steep, &training, &directed),
        ("balanced", &shallow, &training, &balanced),
    ] {
        let scores = fit(settings, training).predict(&asked).unwrap();
        for (found, expected) in scores.into_iter().map(log_odds).zip(expected) {
            assert!((found - expected).abs() < 2e-6, "{name}: {found} {expected}");
        }
    }
}

#[test]
fn a_weight_is_as_good_as_copies_and_none_as_absence() {
    let (columns, deposit) = world(900);
    let times: Vec<usize> = (0..900).map(|row| row % 3).collect();
    let copies: Vec<usize> = (0..900).flat_map(|row| vec![row; times[row]]).collect();
    let whole = table(columns);
    let weight = times.iter().map(|&times| times as f32).collect();
    let weighted = TrainingSet { features: whole.clone(), deposit: deposit.clone(), weight };
    let copied = TrainingSet {
        features: whole.select(&copies),
        deposit: copies.iter().map(|&row| deposit[row]).collect(),
        weight: vec![1.0; copies.len()],
    };
    // Leaves are bounded by the number of samples; with one there is nothing else to tell them apart.
    let settings = Settings { trees: 10, min_leaf: 1, ..defaults() };
    let (a, b) = (fit(&settings, &weighted), fit(&settings, &copied));
    for (a, b) in a.predict(&whole).unwrap().into_iter().zip(b.predict(&whole).unwrap()) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
}

#[test]
fn a_trend_holds_everywhere() {
    let (columns, deposit) = world(2000);
    let training = set(columns, deposit);
    let directed = |trend| {
        let monotone = [("c0".to_string(), trend)].into();
        fit(&Settings { monotone, min_leaf: 5, ..defaults() }, &training)
    };
    let steps: Vec<f32> = (0..100).map(|step| step as f32 / 100.0).collect();
    let free = fit(&Settings { min_leaf: 5, ..defaults() }, &training);
    let mut breaks = 0;
    for others in [0.1, 0.5, 0.9] {
        let mut columns = vec![vec![others; 100]; 6];
        columns[0].clone_from(&steps);
        let asked = table(columns);
        let rising = directed(Trend::Rising).predict(&asked).unwrap();
        assert!(rising.is_sorted(), "{rising:?}");
        let falling = directed(Trend::Falling).predict(&asked).unwrap();
        assert!(falling.is_sorted_by(|a, b| a >= b), "{falling:?}");
        breaks += usize::from(!free.predict(&asked).unwrap().is_sorted());
    }
    assert!(breaks > 0, "the trend was there before");
}

#[test]
fn it_stops_where_nothing_is_gained() {
    let (columns, deposit) = world(1500);
    let learn = set(part(&columns, 0..700), deposit[..700].to_vec());
    let long = Settings { trees: 400, learning_rate: 0.3, min_leaf: 5, ..defaults() };
    let early = Settings { early_stopping: Some(EarlyStopping::default()), ..long.clone() };
    let (long, early) = (fit(&long, &learn), fit(&early, &learn));
    assert_eq!(long.trees(), 400);
    assert!((1..100).contains(&early.trees()), "{}", early.trees());
    let asked = table(part(&columns, 700..1500));
    let loss = |fitted: &Fitted| -> f64 {
        let scores = fitted.predict(&asked).unwrap().into_iter().zip(&deposit[700..]);
        scores.map(|(s, d)| -f64::from(if *d { s } else { 1.0 - s }).max(1e-7).ln()).sum()
    };
    assert!(loss(&early) < 0.8 * loss(&long), "{} {}", loss(&early), loss(&long));
}

#[test]
fn noise_is_stopped_at_once() {
    let (columns, deposit) = world(600);
    let shuffled = (0..600).map(|row| deposit[row * 7 % 600]).collect();
    let noise = set(part(&columns, 0..600)[4..].to_vec(), shuffled);
    let early_stopping = Some(EarlyStopping { patience: 5, share: 0.5 });
    let settings = Settings { early_stopping, ..defaults() };
    let fitted = fit(&settings, &noise);
    assert!(fitted.trees() < 10, "{}", fitted.trees());
    let found = fitted.explain(&noise.features).unwrap();
    assert_eq!(found.shares.len(), 2);
}

#[test]
fn drawing_rows_and_columns_takes_other_trees_with_another_seed() {
    let (columns, deposit) = world(800);
    let training = set(columns, deposit);
    let scores = |settings: &Settings, seed| {
        settings.fit(&training, Seed(seed)).unwrap().predict(&training.features).unwrap()
    };
    let plain = defaults();
    assert!(!plain.varies() && scores(&plain, 1) == scores(&plain, 2));
    let rows = Settings { row_share: 0.5, ..plain.clone() };
    let columns = Settings { feature_share: 0.3, ..plain };
    for settings in [rows, columns] {
        assert!(settings.varies() && scores(&settings, 1) != scores(&settings, 2));
    }
}

#[test]
fn odd_input_is_answered() {
    let lax = Settings { min_leaf: 1, ..defaults() };
    let constant = set(vec![vec![1.0; 4]], vec![true, false, false, false]);
    let scores = fit(&lax, &constant).predict(&table(vec![vec![5.0, f32::MAX]])).unwrap();
    assert!(scores.iter().all(|score| (score - 0.25).abs() < 1e-6), "{scores:?}");
    let contrary = set(vec![vec![1.0, 1.0, 2.0, 2.0]], vec![true, false, true, false]);
    assert_eq!(fit(&lax, &contrary).predict(&contrary.features).unwrap(), [0.5; 4]);
    let parted =
        set(vec![(0..40).map(|row| row as f32).collect()], (0..40).map(|r| r > 19).collect());
    let scores = fit(&Settings { trees: 5000, ..lax.clone() }, &parted).predict(&parted.features);
    let scores = scores.unwrap();
    assert!(scores[..20].iter().all(|s| *s < 0.01) && scores[20..].iter().all(|s| *s > 0.99));
    let infinite =
        set(vec![vec![f32::INFINITY, 0.0, f32::NEG_INFINITY, 1.0]], vec![true, false, false, true]);
    let scores = fit(&lax, &infinite).predict(&infinite.features).unwrap();
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
    let none = fit(&lax, &constant).predict(&table(vec![vec![]])).unwrap();
    assert!(none.is_empty());
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let (columns, deposit) = world(40);
    let good = set(columns, deposit);
    for (json, key) in [
        (r#"{"trees": 0}"#, "trees"),
        (r#"{"max_leaves": 1}"#, "max_leaves"),
        (r#"{"min_leaf": 0}"#, "min_leaf"),
        (r#"{"bins": 256}"#, "bins"),
        (r#"{"learning_rate": 0}"#, "learning_rate"),
        (r#"{"feature_share": 1.5}"#, "feature_share"),
        (r#"{"row_share": -1}"#, "row_share"),
        (r#"{"l2": -1}"#, "l2"),
        (r#"{"monotone": {"gravity": "rising"}}"#, "monotone"),
        (r#"{"early_stopping": {"patience": 0}}"#, "early_stopping.patience"),
        (r#"{"early_stopping": {"share": 0.6}}"#, "early_stopping.share"),
    ] {
        let settings: Settings = serde_json::from_str(json).unwrap();
        let error = settings.fit(&good, Seed(1)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`model.boosting.{key}` is ")), "{error}");
    }
    assert!(serde_json::from_str::<Settings>(r#"{"rounds": 5}"#).is_err());
    let lone = set(vec![vec![1.0, 2.0, 3.0]], vec![true, false, false]);
    let early_stopping = Some(EarlyStopping::default());
    let found = Settings { early_stopping, ..defaults() }.fit(&lone, Seed(1));
    assert!(matches!(found, Err(Error::Untrainable { model: "boosting", .. })));
}

#[test]
fn a_damaged_file_is_refused() {
    let (columns, deposit) = world(200);
    let fitted = FittedModel::Boosting(fit(&peers(), &set(columns, deposit)));
    let text = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<FittedModel>(&text).unwrap(), fitted);
    for (from, to) in
        [("\"base\":", "\"base\":1e999,\"b\":"), ("-1]", "]"), ("\"bin\":[", "\"bin\":[3,")]
    {
        let broken = text.replacen(from, to, 1);
        assert!(broken != text && serde_json::from_str::<FittedModel>(&broken).is_err(), "{from}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_table_gives_scores_that_the_shares_sum_to(
        cells in prop::collection::vec((0_u8..6, -3.0_f32..3.0, any::<bool>(), 0_u8..3), 2..300),
        min_leaf in 1_usize..5,
        max_leaves in 2_usize..9,
        row_share in 0.1_f64..1.0,
    ) {
        let columns = vec![
            cells.iter().map(|cell| f32::from(cell.0)).collect(),
            cells.iter().map(|cell| cell.1).collect(),
        ];
        let weight: Vec<f32> = cells.iter().map(|cell| f32::from(cell.3) * 0.7).collect();
        let deposit: Vec<bool> = cells.iter().map(|cell| cell.2).collect();
        let settings = Settings { trees: 9, min_leaf, max_leaves, row_share, ..defaults() };
        let set = TrainingSet { features: table(columns), deposit, weight };
        match settings.fit(&set, Seed(3)) {
            Ok(fitted) => {
                let found = fitted.explain(&set.features).unwrap();
                for (row, score) in fitted.predict(&set.features).unwrap().into_iter().enumerate() {
                    let sum: f64 = found.shares.iter().map(|shares| f64::from(shares[row])).sum();
                    let told = probability(found.base + sum);
                    prop_assert!((told - f64::from(score)).abs() < 1e-6, "{} {}", told, score);
                }
            }
            other => {
                let refused = matches!(other, Err(Error::Untrainable { .. }));
                prop_assert!(refused);
            }
        }
    }
}
