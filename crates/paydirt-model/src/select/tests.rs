//! Selections in worlds whose truth is made.

use paydirt_core::layer::EvidenceType::{Categorical, Continuous};
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use rand::RngExt;

use super::*;
use crate::{Error, Estimator, FittedModel, Model};

/// Three columns that matter (one as a bowl, one a category), the noisy twin of the first, and
/// noise.
fn world(rows: usize, seed: u64, with_truth: bool) -> TrainingSet {
    let mut rng = Seed(seed).rng();
    let names = ["rising", "bowl", "rock", "twin", "noise_1", "noise_2", "noise_3", "noise_4"];
    let mut columns = vec![Vec::new(); names.len()];
    let mut deposit = Vec::new();
    for _ in 0..rows {
        let u: Vec<f64> = (0..names.len() + 1).map(|_| rng.random::<f64>()).collect();
        let rock = (u[2] * 5.0).floor();
        let bowl = (2.0 * u[1] - 1.0).powi(2);
        let chance = 0.5 * u[0] * bowl + if rock == 3.0 { 0.3 } else { 0.0 };
        deposit.push(u[names.len()] < if with_truth { chance } else { 0.15 });
        let values = [u[0], u[1], rock, u[0] + 0.3 * u[3], u[4], u[5], u[6], (u[7] * 2.0).floor()];
        columns.iter_mut().zip(values).for_each(|(column, value)| column.push(value as f32));
    }
    let columns = names.iter().zip(columns).map(|(name, values)| {
        let kind = if *name == "rock" { Categorical } else { Continuous };
        Column::new(name, name, kind, values)
    });
    let features = Table::new(rows, columns.collect()).unwrap();
    TrainingSet { features, weight: vec![1.0; deposit.len()], deposit }
}

/// Fewer trees than by default, for time.
fn selects() -> [Select; 2] {
    let boruta = boruta::Settings { trees: 50, ..Default::default() };
    [Select::Boruta(boruta), Select::Relevance(relevance::Settings::default())]
}

#[test]
fn what_matters_is_kept_and_noise_is_dropped() {
    let set = world(1200, 1, true);
    for select in selects() {
        let found = select.select(&set, Seed(5)).unwrap();
        assert_eq!(found.kept, ["rising", "bowl", "rock", "twin"], "{} {found:?}", select.key());
        assert_eq!(found.dropped.len(), 4);
        assert!(found.dropped.iter().all(|(_, reason)| !reason.is_empty()));
    }
}

#[test]
fn labels_of_noise_keep_nearly_nothing() {
    let mut kept = [0, 0];
    for seed in 0..5 {
        let set = world(400, 100 + seed, false);
        for (kept, select) in kept.iter_mut().zip(selects()) {
            let select = match select {
                Select::Boruta(settings) => {
                    Select::Boruta(boruta::Settings { keep_tentative: false, ..settings })
                }
                other => other,
            };
            *kept += select.select(&set, Seed(seed)).unwrap().kept.len();
        }
    }
    // of 40 columns each
    assert!(kept[0] <= 1 && kept[1] <= 1, "{kept:?}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let set = world(300, 3, true);
    for select in selects() {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| select.select(&set, Seed(2)).unwrap())
        };
        assert_eq!(run(1), run(4));
    }
}

#[test]
fn a_model_on_selected_columns_ignores_the_others() {
    let set = world(1200, 1, true);
    for model in Model::all()
        .into_iter()
        .filter(|model| !(model.sees_coordinates_only() || model.sees_ground()))
    {
        let selected = Selected { select: &selects()[1], model: &*model };
        let fitted = selected.fit(&set, Seed(4)).unwrap();
        let map = world(50, 9, true).features;
        let mut columns = map.columns().to_vec();
        columns.iter_mut().skip(4).for_each(|column| column.values.fill(77.0));
        let other = Table::new(50, columns).unwrap();
        let scores = fitted.predict(&map).unwrap();
        assert_eq!(scores, fitted.predict(&other).unwrap());
        let found = fitted.explain(&map).unwrap();
        assert_eq!(found, fitted.explain(&other).unwrap());
        assert_eq!(found.shares.len(), 8);
        assert!(found.shares[4..].iter().flatten().all(|share| *share == 0.0));
        assert!(found.shares[..4].iter().flatten().any(|share| *share != 0.0));
        let FittedModel::Selected(inner) = &fitted else { panic!("selected") };
        let kept = only_kept(&map);
        assert_eq!(scores, inner.model.as_ref().unwrap().predict(&kept).unwrap());
        let text = serde_json::to_string(&fitted).unwrap();
        assert_eq!(serde_json::from_str::<FittedModel>(&text).unwrap(), fitted);
        assert!(matches!(fitted.predict(&kept), Err(Error::OtherColumns { .. })));
    }
}

fn only_kept(map: &Table) -> Table {
    Table::new(map.rows(), map.columns()[..4].to_vec()).unwrap()
}

#[test]
fn where_nothing_is_kept_every_row_scores_the_share() {
    let mut set = world(200, 7, true);
    let columns = (0..3).map(|index| {
        Column::new(&format!("constant_{index}"), "layer", Continuous, vec![2.0; 200])
    });
    set.features = Table::new(200, columns.collect()).unwrap();
    let share = set.deposit.iter().filter(|d| **d).count() as f32 / 200.0;
    for select in selects() {
        let model = Model::Forest(Default::default());
        let fitted = Selected { select: &select, model: &*model }.fit(&set, Seed(1)).unwrap();
        assert_eq!(fitted.predict(&set.features).unwrap(), [share; 200]);
        let found = fitted.explain(&set.features).unwrap();
        assert_eq!(found.shares, vec![vec![0.0; 200]; 3]);
        assert!((found.base - f64::from(share)).abs() < 1e-9);
    }
}

#[test]
fn odd_sets_are_answered_or_refused() {
    let good = world(30, 2, true);
    let one_class = TrainingSet { deposit: vec![true; 30], ..good.clone() };
    let none = TrainingSet { features: Table::new(30, Vec::new()).unwrap(), ..good.clone() };
    let two = TrainingSet {
        features: good.features.select(&[0, 1]),
        deposit: vec![true, false],
        weight: vec![1.0, 2.0],
    };
    for select in selects() {
        let refused = select.select(&one_class, Seed(1));
        assert!(matches!(refused, Err(Error::Untrainable { .. })));
        assert_eq!(select.select(&none, Seed(1)).unwrap(), Selection::default());
        select.select(&two, Seed(1)).unwrap();
    }
    for (text, key) in [
        (r#"{"boruta": {"rounds": 0}}"#, "boruta.rounds"),
        (r#"{"boruta": {"trees": 10001}}"#, "boruta.trees"),
        (r#"{"boruta": {"min_leaf": 0}}"#, "boruta.min_leaf"),
        (r#"{"boruta": {"significance": 0}}"#, "boruta.significance"),
        (r#"{"relevance": {"bins": 1}}"#, "relevance.bins"),
        (r#"{"relevance": {"permutations": 19}}"#, "relevance.permutations"),
        (r#"{"relevance": {"significance": 1}}"#, "relevance.significance"),
    ] {
        let select: Select = serde_json::from_str(text).unwrap();
        let error = select.select(&good, Seed(1)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`select.{key}` is ")), "{error}");
    }
    assert_eq!(Select::keys(), ["boruta", "relevance"]);
    assert!(serde_json::from_str::<Select>(r#"{"boruta": {"round": 5}}"#).is_err());
}
