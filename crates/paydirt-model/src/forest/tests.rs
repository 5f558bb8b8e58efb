//! The forest against scikit-learn and shap (`tests/fixtures/forest.json`, made by `forest.py` beside
//! it) and against what must hold of any forest.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::Column;
use paydirt_core::trees::Leaf;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Stored {
    tree: StoredOneTree,
    auc: StoredAuc,
    shares: StoredShares,
}

#[derive(Deserialize)]
struct StoredOneTree {
    rows: Vec<Vec<f32>>,
    deposit: Vec<u8>,
    leaves: usize,
    grid: Vec<Vec<f32>>,
    scores: Vec<f32>,
}

#[derive(Deserialize)]
struct StoredAuc {
    mean: f64,
    deposits: usize,
}

#[derive(Deserialize)]
struct StoredShares {
    trees: Vec<SklearnTree>,
    rows: Vec<Vec<f32>>,
    base: f64,
    shares: Vec<Vec<f32>>,
    scores: Vec<f32>,
}

#[derive(Deserialize)]
struct SklearnTree {
    left: Vec<i64>,
    right: Vec<i64>,
    feature: Vec<i64>,
    threshold: Vec<f32>,
    share: Vec<f32>,
    weight: Vec<f32>,
}

fn stored() -> Stored {
    serde_json::from_str(include_str!("../../tests/fixtures/forest.json")).unwrap()
}

pub(crate) fn table(columns: Vec<Vec<f32>>) -> Table {
    let rows = columns[0].len();
    let columns = columns.into_iter().enumerate().map(|(index, values)| {
        Column::new(&format!("c{index}"), "layer", EvidenceType::Ordinal, values)
    });
    Table::new(rows, columns.collect()).unwrap()
}

pub(crate) fn set(columns: Vec<Vec<f32>>, deposit: Vec<bool>) -> TrainingSet {
    let weight = vec![1.0; deposit.len()];
    TrainingSet { features: table(columns), deposit, weight }
}

fn fit(settings: &Settings, set: &TrainingSet) -> Fitted {
    match settings.fit(set, Seed(7)).unwrap() {
        FittedModel::Forest(fitted) => fitted,
        other => panic!("{other:?}"),
    }
}

/// scikit-learn's defaults.
fn peers() -> Settings {
    Settings { min_leaf: 1, ..Settings::default() }
}

fn one_tree() -> Settings {
    Settings { trees: 1, bootstrap: false, max_features: MaxFeatures::Rule(Rule::All), ..peers() }
}

/// The generator that `forest.py` has too.
pub(crate) fn uniforms(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    }
}

pub(crate) fn auc(scores: &[f32], deposit: &[bool]) -> f64 {
    let mut order: Vec<(f32, bool)> = scores.iter().copied().zip(deposit.iter().copied()).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut wins, mut deposits) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        let hits = tied.iter().filter(|(_, deposit)| *deposit).count() as f64;
        let others = tied.len() as f64 - hits;
        wins += hits * (below + others / 2.0);
        below += others;
        deposits += hits;
    }
    wins / (below * deposits)
}

/// A world with an interaction, a threshold and two columns of noise: columns and labels.
pub(crate) fn world(rows: usize) -> (Vec<Vec<f32>>, Vec<bool>) {
    let mut next = uniforms(7);
    let (mut columns, mut deposit) = (vec![Vec::new(); 6], Vec::new());
    for _ in 0..rows {
        let u: [f64; 7] = std::array::from_fn(|_| next());
        let fault = if u[2] > 0.75 { u[3] } else { 0.0 };
        deposit.push(u[6] < 0.02 + 0.5 * u[0] * u[1] + 0.3 * fault);
        columns.iter_mut().zip(u).for_each(|(column, u)| column.push(u as f32));
    }
    (columns, deposit)
}

#[test]
fn one_tree_is_scikit_learns() {
    let stored = stored().tree;
    let deposit = stored.deposit.iter().map(|&label| label == 1).collect();
    let fitted = fit(&one_tree(), &set(stored.rows, deposit));
    let tree = &fitted.trees[0];
    assert_eq!((0..tree.nodes.len()).filter(|&n| tree.is_leaf(n)).count(), stored.leaves);
    assert_eq!(fitted.predict(&table(stored.grid)).unwrap(), stored.scores);
}

#[test]
fn the_auc_is_scikit_learns() {
    let (columns, deposit) = world(22_000);
    let stored = stored().auc;
    assert_eq!(deposit.iter().filter(|deposit| **deposit).count(), stored.deposits);
    let part =
        |range: std::ops::Range<usize>| columns.iter().map(move |c| c[range.clone()].to_vec());
    let train = set(part(0..2000).collect(), deposit[..2000].to_vec());
    let fitted = fit(&Settings { trees: 300, ..peers() }, &train);
    let scores = fitted.predict(&table(part(2000..22_000).collect())).unwrap();
    let found = auc(&scores, &deposit[2000..]);
    assert!((found - stored.mean).abs() < 0.003, "{found} {}", stored.mean);
}

/// scikit-learn's trees in our structure.
fn forest_of(stored: &StoredShares) -> Fitted {
    let width = stored.rows.len();
    let mut edges = vec![Vec::new(); width];
    for tree in &stored.trees {
        for (node, &feature) in tree.feature.iter().enumerate().filter(|(_, f)| **f >= 0) {
            edges[feature as usize].push(tree.threshold[node]);
        }
    }
    for edges in &mut edges {
        edges.sort_by(f32::total_cmp);
        edges.dedup();
    }
    let trees = stored.trees.iter().map(|tree| copy_tree(tree, &edges)).collect();
    let columns = (0..width).map(|index| format!("c{index}")).collect();
    Fitted { columns, bins: Bins::from_edges(edges).unwrap(), trees }
}

fn copy_tree(from: &SklearnTree, edges: &[Vec<f32>]) -> Tree {
    let leaf = |node: usize| Leaf { value: from.share[node], weight: from.weight[node] };
    let mut tree = Tree::default();
    let mut pending = vec![(tree.push_leaf(leaf(0)), 0)];
    while let Some((index, node)) = pending.pop() {
        if from.left[node] < 0 {
            continue;
        }
        let (left, right) = (from.left[node] as usize, from.right[node] as usize);
        let edges = &edges[from.feature[node] as usize];
        let bin = edges.iter().position(|&edge| edge == from.threshold[node]).unwrap();
        let into = [leaf(left), leaf(right)];
        let child = tree.split(index, from.feature[node] as u16, bin as u8, into);
        pending.extend([(child, left), (child + 1, right)]);
    }
    tree
}

#[test]
fn shares_are_those_of_the_shap_package() {
    let stored = stored().shares;
    let fitted = forest_of(&stored);
    let rows = table(stored.rows.clone());
    // Copies of the rows make tables worth their while; rows alone are worked out leaf by leaf.
    let mut next = uniforms(3);
    let more: Vec<Vec<f32>> = stored
        .rows
        .iter()
        .map(|values| {
            let drawn = (0..5000).map(|_| (next() * 20.0).floor() as f32);
            values.iter().copied().chain(drawn).collect()
        })
        .collect();
    for features in [rows, table(more)] {
        let found = fitted.explain(&features).unwrap();
        assert!((found.base - stored.base).abs() < 1e-6);
        for (found, stored) in found.shares.iter().zip(&stored.shares) {
            for (found, stored) in found.iter().zip(stored) {
                assert!((found - stored).abs() < 1e-6, "{found} {stored}");
            }
        }
        let scores = fitted.predict(&features).unwrap();
        for (found, stored) in scores.iter().zip(&stored.scores) {
            assert!((found - stored).abs() < 1e-6);
        }
        assert_sums(&fitted, &features);
    }
}

fn assert_sums(fitted: &Fitted, features: &Table) {
    let (scores, found) = (fitted.predict(features).unwrap(), fitted.explain(features).unwrap());
    for (row, &score) in scores.iter().enumerate() {
        assert!((0.0..=1.0).contains(&score));
        let sum: f64 = found.shares.iter().map(|shares| f64::from(shares[row])).sum();
        assert!((found.base + sum - f64::from(score)).abs() < 1e-6, "row {row}");
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (columns, deposit) = world(700);
    let set = set(columns, deposit);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let fitted = fit(&Settings { trees: 20, ..peers() }, &set);
            let scores = fitted.predict(&set.features).unwrap();
            (scores, fitted.explain(&set.features).unwrap(), fitted)
        })
    };
    let one = run(1);
    assert_eq!(one, run(5));
    assert_sums(&one.2, &set.features);
    let other = peers().fit(&set, Seed(8)).unwrap();
    assert_ne!(other.predict(&set.features).unwrap(), one.0);
}

#[test]
fn a_saved_forest_is_the_same_forest() {
    let (columns, deposit) = world(300);
    let set = set(columns, deposit);
    let fitted = FittedModel::Forest(fit(&Settings { trees: 9, ..peers() }, &set));
    let text = serde_json::to_string(&fitted).unwrap();
    let read: FittedModel = serde_json::from_str(&text).unwrap();
    assert_eq!(read, fitted);
    assert_eq!(read.predict(&set.features).unwrap(), fitted.predict(&set.features).unwrap());
    for (from, to) in [("\"split\":[", "\"split\":[9,"), ("\"bin\":[", "\"bin\":[3,"), ("-1]", "]")]
    {
        let broken = text.replacen(from, to, 1);
        assert!(serde_json::from_str::<FittedModel>(&broken).is_err(), "{from}");
    }
}

#[test]
fn a_weight_is_as_good_as_copies() {
    let (columns, deposit) = world(900);
    let times: Vec<usize> = (0..900).map(|row| row % 4).collect();
    let copies: Vec<usize> = (0..900).flat_map(|row| vec![row; times[row]]).collect();
    let whole = table(columns);
    let weight = times.iter().map(|&times| times as f32).collect();
    let weighted = TrainingSet { features: whole.clone(), deposit: deposit.clone(), weight };
    let copied = TrainingSet {
        features: whole.select(&copies),
        deposit: copies.iter().map(|&row| deposit[row]).collect(),
        weight: vec![1.0; copies.len()],
    };
    // Not with balanced classes: sums of such weights are rounded, and ties broken otherwise.
    let settings = Settings { trees: 3, bootstrap: false, ..peers() };
    let (a, b) = (fit(&settings, &weighted), fit(&settings, &copied));
    assert!(a.predict(&whole).unwrap() == b.predict(&whole).unwrap());
}

#[test]
fn balanced_classes_lift_the_rare_one() {
    let (columns, deposit) = world(900);
    let set = set(columns, deposit);
    let shallow = Settings { trees: 50, max_depth: Some(2), ..peers() };
    let mean = |settings: &Settings| {
        let scores = fit(settings, &set).predict(&set.features).unwrap();
        scores.iter().sum::<f32>() / 900.0
    };
    let prior = set.deposit.iter().filter(|deposit| **deposit).count() as f32 / 900.0;
    assert!((mean(&shallow) - prior).abs() < 0.02);
    let balanced = Settings { class_weight: ClassWeight::Balanced, ..shallow };
    assert!((mean(&balanced) - 0.5).abs() < 0.08);
}

#[test]
fn constant_columns_are_passed_over_and_have_no_share() {
    let informative: Vec<f32> = (0..40).map(|row| row as f32).collect();
    let deposit: Vec<bool> = (0..40).map(|row| row >= 20).collect();
    let mut columns = vec![vec![3.0; 40]; 9];
    columns.push(informative);
    let set = set(columns, deposit);
    let settings =
        Settings { max_features: MaxFeatures::Count(1), trees: 5, bootstrap: false, ..peers() };
    let fitted = fit(&settings, &set);
    let scores = fitted.predict(&set.features).unwrap();
    assert_eq!(scores, [vec![0.0; 20], vec![1.0; 20]].concat());
    let found = fitted.explain(&set.features).unwrap();
    assert!(found.shares[..9].iter().flatten().all(|&share| share == 0.0));
    assert_eq!(found.shares[9], [vec![-0.5; 20], vec![0.5; 20]].concat());
}

#[test]
fn odd_input_is_answered() {
    let all_constant = set(vec![vec![1.0; 4]], vec![true, false, false, false]);
    let fitted = fit(&one_tree(), &all_constant);
    assert_eq!(fitted.predict(&table(vec![vec![5.0, f32::MAX]])).unwrap(), [0.25, 0.25]);
    assert_eq!(fitted.predict(&table(vec![vec![]])).unwrap(), [0.0; 0]);
    assert_eq!(fitted.explain(&table(vec![vec![]])).unwrap().shares, [[0.0; 0]]);
    let two_rows = set(vec![vec![1.0, 2.0]], vec![true, false]);
    assert_eq!(fit(&one_tree(), &two_rows).predict(&two_rows.features).unwrap(), [1.0, 0.0]);
    let other = Table::new(0, vec![]).unwrap();
    assert!(matches!(fitted.predict(&other), Err(Error::OtherColumns { .. })));
    assert!(matches!(fitted.explain(&other), Err(Error::OtherColumns { .. })));
    let mut infinite = two_rows.clone();
    let mut columns = infinite.features.into_columns();
    columns[0].values = vec![f32::INFINITY, f32::NAN];
    infinite.features = Table::new(2, columns).unwrap();
    assert_sums(&fit(&one_tree(), &infinite), &infinite.features);
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let (columns, deposit) = world(20);
    let good = set(columns.clone(), deposit);
    let one_class = set(columns, vec![true; 20]);
    let none = TrainingSet { features: Table::new(20, vec![]).unwrap(), ..good.clone() };
    let short = TrainingSet { weight: vec![1.0], ..good.clone() };
    let negative = TrainingSet { weight: vec![-1.0; 20], ..good.clone() };
    for bad in [one_class, none, short, negative] {
        assert!(matches!(Settings::default().fit(&bad, Seed(1)), Err(Error::Untrainable { .. })));
    }
    for (json, key) in [
        (r#"{"trees": 0}"#, "trees"),
        (r#"{"min_leaf": 0}"#, "min_leaf"),
        (r#"{"bins": 256}"#, "bins"),
        (r#"{"max_features": 0}"#, "max_features"),
        (r#"{"max_features": 1.5}"#, "max_features"),
    ] {
        let settings: Settings = serde_json::from_str(json).unwrap();
        let error = settings.fit(&good, Seed(1)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("`model.forest.{key}` is ")), "{error}");
    }
    let settings: Settings = serde_json::from_str(r#"{"max_features": "sqrt"}"#).unwrap();
    assert_eq!(settings, Settings::default());
    assert!(serde_json::from_str::<Settings>(r#"{"tree": 5}"#).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_table_gives_scores_that_the_shares_sum_to(
        cells in prop::collection::vec((0_u8..6, -3.0_f32..3.0, 0_u8..2, any::<bool>(), 0_u8..3), 2..400),
        min_leaf in 1_usize..5,
        bins in 2_usize..40,
        max_depth in prop::option::of(0_usize..9),
    ) {
        let columns = vec![
            cells.iter().map(|cell| f32::from(cell.0)).collect(),
            cells.iter().map(|cell| cell.1).collect(),
            cells.iter().map(|cell| f32::from(cell.2)).collect(),
        ];
        let weight: Vec<f32> = cells.iter().map(|cell| f32::from(cell.4) * 0.7).collect();
        let deposit: Vec<bool> = cells.iter().map(|cell| cell.3).collect();
        let settings = Settings { trees: 4, min_leaf, bins, max_depth, ..peers() };
        let set = TrainingSet { features: table(columns), deposit, weight };
        match settings.fit(&set, Seed(3)) {
            Ok(FittedModel::Forest(fitted)) => assert_sums(&fitted, &set.features),
            other => {
                let refused = matches!(other, Err(Error::Untrainable { .. }));
                prop_assert!(refused);
            }
        }
    }
}
