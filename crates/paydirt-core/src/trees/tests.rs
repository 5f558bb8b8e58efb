//! Trees of numbers against scikit-learn, and against what must hold of any tree. Trees of classes
//! are held by the tests of `paydirt-model`'s forest.

use proptest::prelude::*;

use super::*;
use crate::layer::EvidenceType;
use crate::seed::Seed;
use crate::table::{Column, Table};

fn table(columns: &[Vec<f32>]) -> Table {
    let rows = columns[0].len();
    let columns = columns.iter().enumerate().map(|(index, values)| {
        Column::new(&index.to_string(), "layer", EvidenceType::Continuous, values.clone())
    });
    Table::new(rows, columns.collect()).unwrap()
}

fn entries(targets: &[f32], weights: &[f64]) -> Vec<Entry<f32>> {
    let samples = targets.iter().zip(weights).enumerate();
    samples.map(|(row, (&target, &weight))| Entry { row: row as u32, target, weight }).collect()
}

/// One tree on all samples.
fn one_tree(features: &Table, targets: &[f32], weights: &[f64], limits: Limits) -> (Bins, Tree) {
    let (bins, training) = Bins::fit(features, weights, MOST_BINS);
    let plan = Plan { trees: 1, limits, bootstrap: false };
    let trees = grow_forest::<Moments>(&training, &entries(targets, weights), plan, Seed(1));
    (bins, trees.into_iter().next().unwrap())
}

/// scikit-learn 1.9.1:
/// `DecisionTreeRegressor(min_samples_leaf=4, max_depth=4).fit(X, y, sample_weight=w)`
#[test]
fn a_regression_tree_is_scikit_learns() {
    let rows = 0..60_i64;
    let a: Vec<i64> = rows.clone().map(|i| 7 * i % 61).collect();
    let b: Vec<i64> = rows.clone().map(|i| (13 * i * i + 5 * i) % 43).collect();
    let target = |i: i64, a: i64, b: i64| 3 * (a - 11).pow(2) / 16 + 5 * b + i * i % 7;
    let y: Vec<f32> =
        rows.clone().map(|i| target(i, a[i as usize], b[i as usize]) as f32 / 4.0).collect();
    let weight: Vec<f64> = rows.map(|i| (1 + i % 3) as f64).collect();
    let features = table(&[a, b].map(|column| column.iter().map(|&v| v as f32).collect()));
    let limits = Limits { max_features: 2, min_leaf: 4, max_depth: 4 };
    let (bins, tree) = one_tree(&features, &y, &weight, limits);
    assert_eq!((0..tree.nodes.len()).filter(|&node| tree.is_leaf(node)).count(), 9);
    let importance = tree.importance(2);
    let whole: f64 = importance.iter().sum();
    assert!((importance[0] / whole - 0.89100313).abs() < 1e-6, "{importance:?}");
    let found = mean(&bins, &[tree], &features);
    let answer = [
        5.25, 22.58871, 22.58871, 5.25, 35.909091, 35.909091, 71.0, 96.704545, 121.382353,
        22.58871, 22.58871, 44.732143,
    ];
    for (found, answer) in found.iter().zip(answer) {
        assert!((f64::from(*found) - answer).abs() < 1e-5, "{found} {answer}");
    }
}

#[test]
fn equal_targets_are_one_leaf_and_saved_trees_are_checked() {
    let features = table(&[vec![1.0, 2.0, 3.0]]);
    let limits = Limits { max_features: 1, min_leaf: 1, max_depth: usize::MAX };
    let (_, tree) = one_tree(&features, &[0.1; 3], &[1.0; 3], limits);
    assert_eq!(tree.nodes.len(), 1);
    let (_, tree) = one_tree(&features, &[-4.0, 2.0, 2.0], &[1.0; 3], limits);
    let stored = tree.to_stored();
    assert_eq!(Tree::from_stored(&stored, 1, f32::MIN..=f32::MAX).unwrap().importance(1), [24.0]);
    assert!(Tree::from_stored(&stored, 1, 0.0..=1.0).is_err());
    assert!(Tree::from_stored(&stored, 0, f32::MIN..=f32::MAX).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// What all splits part is what the leaves' means explain of the sum of squares.
    #[test]
    fn importance_is_the_explained_sum_of_squares(
        cells in prop::collection::vec((0_u8..9, -2.0_f32..2.0, -5.0_f32..5.0, 1_u8..4), 2..200),
        min_leaf in 1_usize..6,
    ) {
        let features = table(&[
            cells.iter().map(|cell| f32::from(cell.0)).collect(),
            cells.iter().map(|cell| cell.1).collect(),
        ]);
        let targets: Vec<f32> = cells.iter().map(|cell| cell.2).collect();
        let weights: Vec<f64> = cells.iter().map(|cell| f64::from(cell.3)).collect();
        let limits = Limits { max_features: 1, min_leaf, max_depth: 7 };
        let (bins, tree) = one_tree(&features, &targets, &weights, limits);
        let explained: f64 = tree.importance(2).iter().sum();
        let fitted = mean(&bins, &[tree], &features);
        let whole: f64 = weights.iter().sum();
        let centre = targets.iter().zip(&weights).map(|(t, w)| f64::from(*t) * w).sum::<f64>() / whole;
        let between: f64 =
            fitted.iter().zip(&weights).map(|(f, w)| w * (f64::from(*f) - centre).powi(2)).sum();
        prop_assert!((explained - between).abs() < 1e-4 * (1.0 + between), "{explained} {between}");
    }
}
