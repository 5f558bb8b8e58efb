use paydirt_core::layer::EvidenceType::{self, Categorical, Continuous, Ordinal};
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};

use super::counterfactual::{Choice, Counterfactual, Goal, counterfactual};
use super::stability::{LayerShares, View, agreement, sign_agreement};
use super::*;
use crate::{Estimator, FittedModel, Result, TrainingSet, forest, logistic};

fn table(columns: &[(&str, EvidenceType, Vec<f32>)]) -> Table {
    let rows = columns[0].2.len();
    let named = columns.iter().map(|(name, kind, v)| Column::new(name, name, *kind, v.clone()));
    Table::new(rows, named.collect()).unwrap()
}

/// The rows of `tests/fixtures/effects.py`.
fn reference() -> Table {
    let of = |value: fn(usize) -> f32| (0..60).map(value).collect::<Vec<f32>>();
    table(&[
        ("a", Continuous, of(|i| (i * 37 % 61) as f32 / 8.0)),
        ("b", Continuous, of(|i| ((i * 37 % 61) + (i * 17 % 19)) as f32 / 16.0)),
        ("c", Ordinal, of(|i| (i * i % 7 % 5) as f32)),
    ])
}

/// A score of each row from its values.
fn each(rows: &Table, of: impl Fn(&[f32]) -> f32) -> Result<Vec<f32>> {
    let values =
        |row: usize| -> Vec<f32> { rows.columns().iter().map(|c| c.values[row]).collect() };
    Ok((0..rows.rows()).map(|row| of(&values(row))).collect())
}

fn formula(rows: &Table) -> Result<Vec<f32>> {
    each(rows, |v| 0.5 * v[0] * v[0] - v[0] * v[1] + 0.25 * v[2] * v[1])
}

fn assert_near(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }
}

/// Stored by `tests/fixtures/effects.py` with PyALE 1.2.0.
#[test]
fn accumulated_local_effects_are_those_of_pyale() {
    let rows = reference();
    let points = points(rows.column("a").unwrap(), 6);
    assert_eq!(points, [0.0, 1.125, 2.375, 3.75, 5.0, 6.25, 7.5]);
    let found = accumulated_local_effect(&formula, &rows, "a", &points).unwrap().unwrap();
    let stored = [-2.440625, -2.80625, -2.564062, -1.20625, 0.809375, 3.403125, 7.16875];
    assert_near(&found.effect, &stored, 2e-6);
    assert_eq!(found.rows, [10; 6]);
    let classes = super::points(rows.column("c").unwrap(), 20);
    assert_eq!(classes, [0.0, 1.0, 2.0, 4.0]);
    let found = accumulated_local_effect(&formula, &rows, "c", &classes).unwrap().unwrap();
    assert_near(&found.effect, &[-1.225811, -0.602614, 0.021926, 1.229647], 2e-6);
}

/// Stored by `tests/fixtures/effects.py` with scikit-learn 1.9.1 (`method="brute"`, `kind="both"`).
#[test]
fn partial_dependence_and_its_curves_are_those_of_scikit_learn() {
    let rows = reference();
    let found = partial_dependence(&formula, &rows, "a", &[0.0, 1.0, 2.5, 7.5]).unwrap();
    assert_near(&found.mean, &[1.188281, -0.760677, -1.809115, 10.946094], 2e-6);
    assert_eq!(found.curves[0], [0.0, 0.5, 3.125, 28.125]);
    assert_eq!(found.curves[7], [0.0, -0.75, 0.0, 18.75]);
}

/// Two columns that go together, and what a fitted logistic regression says of them in log odds.
#[test]
fn the_effects_of_a_linear_model_are_its_coefficients() {
    let rows = reference();
    let deposit = (0..60).map(|i| i * 37 % 61 > 30 && i % 3 > 0).collect();
    let set = TrainingSet { features: rows.clone(), deposit, weight: vec![1.0; 60] };
    let fitted = logistic::Settings::default().fit(&set, Seed(1)).unwrap();
    let log_odds = |rows: &Table| {
        let scores = fitted.predict(rows)?;
        Ok(scores.into_iter().map(|p| (f64::from(p) / (1.0 - f64::from(p))).ln() as f32).collect())
    };
    let shares = fitted.explain(&rows).unwrap().shares;
    for (at, column) in rows.columns().iter().enumerate() {
        // Linear SHAP: coefficient x (value - mean).
        let (one, other) = (0, (1..60).find(|&i| column.values[i] != column.values[0]).unwrap());
        let coefficient = f64::from(shares[at][other] - shares[at][one])
            / f64::from(column.values[other] - column.values[one]);
        let points = points(column, 8);
        let dependence = partial_dependence(&log_odds, &rows, &column.name, &points).unwrap().mean;
        let local = accumulated_local_effect(&log_odds, &rows, &column.name, &points);
        let local = local.unwrap().unwrap().effect;
        for (ends, points) in [&dependence, &local]
            .iter()
            .flat_map(|effect| effect.windows(2))
            .zip(points.windows(2).cycle())
        {
            let slope = (ends[1] - ends[0]) / f64::from(points[1] - points[0]);
            assert!((slope - coefficient).abs() < 1e-4, "{}: {slope} {coefficient}", column.name);
        }
    }
}

/// Of a sum of functions of single columns every effect is the function itself, but for its height, and
/// every curve runs level with every other.
#[test]
fn the_effects_of_an_additive_world_are_its_parts() {
    let rows = reference();
    let score = |rows: &Table| each(rows, |v| v[0].sin() + v[1] * v[1] - 2.0 * v[2]);
    let values = points(rows.column("b").unwrap(), 12);
    let found = partial_dependence(&score, &rows, "b", &values).unwrap();
    let local = accumulated_local_effect(&score, &rows, "b", &values).unwrap().unwrap().effect;
    for (at, value) in values.iter().enumerate() {
        let rise = f64::from(value * value - values[0] * values[0]);
        assert!((found.mean[at] - found.mean[0] - rise).abs() < 1e-4);
        assert!((local[at] - local[0] - rise).abs() < 1e-4);
        for curve in &found.curves {
            assert!((f64::from(curve[at] - curve[0]) - rise).abs() < 1e-4);
        }
    }
}

/// What a model says of ground that is nowhere: partial dependence believes it, local effects do not ask.
#[test]
fn twins_are_told_apart_by_local_effects_alone() {
    let a: Vec<f32> = (0..200).map(|i| i as f32 / 200.0).collect();
    let rows = table(&[("a", Continuous, a.clone()), ("twin", Continuous, a)]);
    // Rises with a; where a is far over its twin, which it never is, the score falls apart.
    let score = |rows: &Table| each(rows, |v| v[0] - 50.0 * (v[0] - v[1] - 0.2).max(0.0));
    let values = points(rows.column("a").unwrap(), 20);
    let local = accumulated_local_effect(&score, &rows, "a", &values).unwrap().unwrap().effect;
    assert!((local[20] - local[0] - f64::from(values[20] - values[0])).abs() < 1e-4);
    let found = partial_dependence(&score, &rows, "a", &values).unwrap().mean;
    assert!(found[20] - found[0] < -10.0, "{found:?}");
}

#[test]
fn categories_constants_gaps_and_scores_that_are_none() {
    let gap = f32::NAN;
    let rows = table(&[
        ("rock", Categorical, vec![3.0, 7.0, 7.0, 3.0, 7.0, 9.0]),
        ("same", Continuous, vec![4.0; 6]),
        ("gappy", Continuous, vec![1.0, gap, 2.0, gap, 3.0, -0.0]),
        ("never", Continuous, vec![gap; 6]),
    ]);
    let kinds = |name: &str, parts| points(rows.column(name).unwrap(), parts);
    assert_eq!(kinds("rock", 1), [3.0, 7.0]);
    assert_eq!(kinds("same", 5), [4.0]);
    assert_eq!((kinds("never", 5), kinds("gappy", 0).len()), (vec![], 1));
    // Rock 9 has no score.
    let score = |rows: &Table| each(rows, |v| if v[0] == 9.0 { f32::NAN } else { v[0] + v[2] });
    let effect =
        |name: &str, points: &[f32]| accumulated_local_effect(&score, &rows, name, points).unwrap();
    assert_eq!(effect("rock", &kinds("rock", 5)), None);
    assert_eq!(effect("same", &[4.0]), None);
    let gappy = effect("gappy", &kinds("gappy", 5)).unwrap();
    assert_eq!((gappy.rows.iter().sum::<usize>(), gappy.effect.len()), (3, 4));
    let mean = partial_dependence(&score, &rows, "gappy", &[1.0, 5.0]).unwrap().mean;
    assert_near(&mean, &[5.4 + 1.0, 5.4 + 5.0], 1e-6);
    let none = partial_dependence(&score, &rows, "rock", &[9.0]).unwrap().mean;
    assert!(none[0].is_nan());
    let unknown = partial_dependence(&score, &rows, "nowhere", &[1.0]).unwrap_err();
    assert!(unknown.to_string().contains("nowhere"), "{unknown}");
    let empty = rows.select(&[]);
    assert!(partial_dependence(&score, &empty, "same", &[4.0]).unwrap().mean[0].is_nan());
}

#[test]
fn a_companion_is_what_a_share_hangs_on() {
    let of = |value: fn(usize) -> f32| (0..300).map(value).collect::<Vec<f32>>();
    let [a, b, c] =
        [of(|i| (i * 37 % 301) as f32), of(|i| (i % 17) as f32), of(|i| (i % 5) as f32)];
    let product: Vec<f32> = a.iter().zip(&b).map(|(a, b)| a * b).collect();
    let found = strongest_companion(&a, &product, &[&c, &b]).unwrap();
    assert_eq!(found.index, 1);
    assert!(strongest_companion(&a, &a.iter().map(|a| 2.0 * a).collect::<Vec<_>>(), &[]).is_none());
    let flat = vec![0.5; 300];
    assert_eq!(strongest_companion(&a, &flat, &[&b, &c]), None);
    assert_eq!(strongest_companion(&[], &[], &[&[]]), None);
}

fn choices(rows: &Table, parts: usize) -> Vec<Choice> {
    rows.columns().iter().filter_map(|column| Choice::of(column, parts)).collect()
}

fn forest_on(rows: &Table) -> FittedModel {
    let deposit = (0..60).map(|i| i * 37 % 61 > 38 && i * i % 7 % 5 > 0).collect();
    let set = TrainingSet { features: rows.clone(), deposit, weight: vec![1.0; 60] };
    forest::Settings { trees: 40, ..Default::default() }.fit(&set, Seed(2)).unwrap()
}

/// Over every single layer and all of its observed values, nothing cheaper crosses, and a step nearer does
/// not.
#[test]
fn a_change_of_one_layer_is_the_smallest_there_is() {
    let rows = reference();
    let forest = forest_on(&rows);
    let score = |rows: &Table| forest.predict(rows);
    let scores = score(&rows).unwrap();
    let choices = choices(&rows, 100);
    let (mut found_one, mut found_none) = (0, 0);
    for (row, own_score) in scores.iter().enumerate() {
        for goal in [Goal::AtLeast(0.5), Goal::Below(0.5)] {
            let here = rows.select(&[row]);
            let found = counterfactual(&score, &here, &choices, goal, 1).unwrap();
            let meets = |score: f32| match goal {
                Goal::AtLeast(least) => score >= least,
                Goal::Below(limit) => score < limit,
            };
            if meets(*own_score) {
                assert_eq!(found.unwrap().changes, []);
                continue;
            }
            let mut cheapest = f64::INFINITY;
            for (column, choice) in choices.iter().enumerate() {
                let of = &rows.columns()[column];
                // Classes as they are; a continuous layer in steps of 1/512 of its range.
                let values: Vec<f32> = match of.evidence_type {
                    Ordinal => choice.values.clone(),
                    _ => {
                        let (low, high) =
                            (choice.values[0], choice.values[choice.values.len() - 1]);
                        (0..=512).map(|k| low + (high - low) * k as f32 / 512.0).collect()
                    }
                };
                let moved: Vec<Moved> =
                    values.iter().map(|&value| Moved { row: 0, column, value }).collect();
                for (score, value) in
                    score_moved(&score, &here, &moved).unwrap().iter().zip(&values)
                {
                    if meets(*score) {
                        let far = f64::from(*value) - f64::from(of.values[row]);
                        cheapest = cheapest.min(far.abs() / choice.spread);
                    }
                }
            }
            let Some(found) = found else {
                assert_eq!(cheapest, f64::INFINITY, "row {row}");
                found_none += 1;
                continue;
            };
            found_one += 1;
            assert!(meets(found.score) && found.changes.len() == 1, "row {row}");
            assert!(found.changes[0].cost <= cheapest + 1e-6, "row {row}: {cheapest} {found:?}");
        }
    }
    assert!(found_one > 20 && found_none > 20, "both are met: {found_one} {found_none}");
}

fn told(score: &Score<'_>, rows: &Table, goal: Goal, most: usize) -> Option<Counterfactual> {
    counterfactual(score, rows, &choices(&reference(), 20), goal, most).unwrap()
}

#[test]
fn a_linear_threshold_is_met_exactly_and_in_as_few_layers_as_can_be() {
    let row = table(&[
        ("a", Continuous, vec![1.0]),
        ("b", Continuous, vec![1.0]),
        ("c", Ordinal, vec![1.0]),
    ]);
    let score = |rows: &Table| each(rows, |v| v[0] + 0.1 * v[1] + 0.01 * v[2]);
    let one = told(&score, &row, Goal::AtLeast(3.11), 3).unwrap();
    assert_eq!((one.changes.len(), one.changes[0].layer.as_str()), (1, "a"));
    assert!((one.changes[0].to - 3.0).abs() < 1e-5, "{one:?}");
    // a alone reaches 7.5 + 0.1 + 0.01: b must help, and by no more than it has to.
    let two = told(&score, &row, Goal::AtLeast(7.7), 3).unwrap();
    let to: Vec<(&str, f32)> = two.changes.iter().map(|c| (c.layer.as_str(), c.to)).collect();
    assert_eq!((to[0], to[1].0, to.len()), (("a", 7.5), "b", 2));
    assert!((to[1].1 - 1.9).abs() < 1e-4 && two.score >= 7.7, "{two:?}");
    assert_eq!(told(&score, &row, Goal::AtLeast(7.7), 1), None);
    assert_eq!(told(&score, &row, Goal::AtLeast(9.0), 3), None, "out of what was observed");
    assert_eq!(told(&score, &row, Goal::AtLeast(0.5), 3).unwrap().changes, []);
    let down = told(&score, &row, Goal::Below(1.105), 3).unwrap();
    assert_eq!(down.changes[0].layer, "a");
    assert!(down.score < 1.105 && down.changes[0].cost < 0.01, "{down:?}");
}

/// The blind first step is taken back where the second makes it needless.
#[test]
fn no_change_is_larger_than_the_others_need() {
    let row = table(&[
        ("a", Continuous, vec![0.0]),
        ("b", Continuous, vec![0.0]),
        ("c", Ordinal, vec![0.0]),
    ]);
    // Only both together: a x b of 2 and more.
    let score = |rows: &Table| each(rows, |v| (v[0] * v[1]).min(5.0) + 0.01 * v[0].min(2.0));
    let found = told(&score, &row, Goal::AtLeast(2.0), 2).unwrap();
    let [a, b] = &found.changes[..] else { panic!("{found:?}") };
    assert_eq!([&*a.layer, &*b.layer], ["a", "b"]);
    assert!((a.to * b.to - 2.0).abs() < 0.03 && found.score >= 2.0, "{found:?}");
}

#[test]
fn what_is_not_known_stays_and_a_class_is_never_halved() {
    let rows = table(&[
        ("rock", Categorical, vec![1.0, 5.0, 9.0]),
        ("grade", Ordinal, vec![1.0, 2.0, 9.0]),
        ("gap", Continuous, vec![f32::NAN, 1.0, 2.0]),
    ]);
    let choices = choices(&rows, 20);
    let score = |rows: &Table| {
        each(rows, |v| {
            0.4 * f32::from(v[0] == 9.0) + 0.1 * v[1] + if v[2] > 1.5 { 5.0 } else { 0.0 }
        })
    };
    let found = counterfactual(&score, &rows, &choices, Goal::AtLeast(0.45), 2).unwrap().unwrap();
    let change = &found.changes[0];
    assert_eq!(
        (change.layer.as_str(), change.from, change.to, change.cost),
        ("rock", 1.0, 9.0, 1.0)
    );
    let found = counterfactual(&score, &rows, &choices, Goal::AtLeast(0.7), 1).unwrap().unwrap();
    assert_eq!((found.changes[0].layer.as_str(), found.changes[0].to), ("grade", 9.0));
    assert_eq!(counterfactual(&score, &rows, &choices, Goal::AtLeast(2.0), 3).unwrap(), None);
    assert_eq!(counterfactual(&score, &rows, &[], Goal::AtLeast(2.0), 3).unwrap(), None);
}

fn shares(of: &[(&str, Vec<f32>)]) -> LayerShares {
    of.iter().map(|(layer, shares)| ((*layer).into(), shares.clone())).collect()
}

#[test]
fn models_that_say_the_same_agree_and_a_sign_that_flips_is_seen() {
    let rows = table(&[
        ("a", Continuous, vec![1.0, 2.0, 3.0, 4.0]),
        ("b", Continuous, vec![4.0, 1.0, 3.0, 2.0]),
        ("rock", Categorical, vec![1.0, 2.0, 1.0, 2.0]),
    ]);
    let one = shares(&[
        ("a", vec![-0.3, -0.1, 0.1, 0.3]),
        ("b", vec![0.02, -0.02, 0.01, -0.01]),
        ("rock", vec![0.05; 4]),
    ]);
    let mut other = one.clone();
    other.insert("b".into(), vec![-0.02, 0.02, -0.01, 0.01]);
    let views = [&one, &other].map(|shares| View::new(&rows, shares));
    let found = agreement(&views);
    assert_eq!(found.rank_correlation, Some(1.0));
    let names: Vec<(&str, bool)> =
        found.layers.iter().map(|line| (line.layer.as_str(), line.flips)).collect();
    assert_eq!(names, [("a", false), ("rock", false), ("b", true)]);
    assert_eq!(found.layers[0].directions, Some([1.0, 1.0]));
    assert_eq!(found.layers[1].directions, None);
    assert_eq!(found.layers[0].spread, 0.0);
    assert_eq!(sign_agreement(&[&one["b"], &other["b"]]), Some(0.0));
    assert_eq!(sign_agreement(&[&one["b"]]), None);
    assert_eq!(sign_agreement(&[&[0.0, 0.0], &[0.0, 0.0]]), None);
    assert_eq!(agreement(&views[..1]).rank_correlation, None);
    assert_eq!(agreement(&[]), Default::default());
    // What the first model dropped, others may use.
    let sizes = |names: &[&str]| View {
        sizes: names.iter().map(|name| ((*name).to_owned(), 1.0)).collect(),
        ..View::default()
    };
    let named = agreement(&[sizes(&["a"]), sizes(&["a", "b"])]).layers;
    assert_eq!(named.iter().map(|line| line.mean_size).collect::<Vec<_>>(), [1.0, 0.5]);
}
