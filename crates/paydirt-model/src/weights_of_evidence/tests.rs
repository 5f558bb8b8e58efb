use std::collections::BTreeMap;
use std::path::Path;

use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use proptest::prelude::*;
use rand::RngExt;

use super::count::{ClassCount, ClassCounter};
use super::overlap::{EmptyCount, Overlap};
use super::tables::{Cut, Generalized, Kind, WeightsTable};
use super::{Classes, Fitted, Settings};
use crate::{Estimator, FittedModel, Predictor, TrainingSet};

/// Class, cells and deposit cells of each layer, as `tests/fixtures/weights_of_evidence.py` counted.
fn counted_layers() -> BTreeMap<String, Vec<ClassCount>> {
    let text = include_str!("../../tests/fixtures/weights_of_evidence.json");
    let layers: BTreeMap<String, Vec<[f64; 3]>> = serde_json::from_str(text).unwrap();
    let count =
        |[class, cells, deposits]: [f64; 3]| ClassCount { class: class as f32, cells, deposits };
    layers.into_iter().map(|(name, rows)| (name, rows.into_iter().map(count).collect())).collect()
}

fn published(counts: &[ClassCount], kind: Kind) -> WeightsTable {
    let mut table = WeightsTable::new(counts, kind, EmptyCount::Published);
    if let Some(cut) = table.best_cut(Cut::Contrast, 1.0).filter(|_| kind != Kind::Unique) {
        table.generalize_at(cut);
    }
    table
}

/// The table in the columns and digits of EIS Toolkit.
fn printed(table: &WeightsTable) -> Vec<Vec<f64>> {
    let digits = |value: f64| (value * 1e4).round_ties_even() / 1e4;
    let row = |row: &super::tables::Row| {
        let w = row.weights;
        let mut numbers = vec![f64::from(row.class), row.cells, row.deposits];
        numbers.extend([w.w_plus, w.s_w_plus, w.w_minus, w.s_w_minus].map(digits));
        numbers.extend([w.contrast, w.s_contrast, w.studentized_contrast].map(digits));
        if let Some(generalized) = row.generalized {
            let class = if generalized.class == Generalized::Inside { 2.0 } else { 1.0 };
            numbers.extend([class, digits(generalized.weight), digits(generalized.s_weight)]);
        }
        numbers
    };
    table.rows().iter().map(row).collect()
}

/// Rows typed in from EIS Toolkit 1.1.6, `weights_of_evidence_calculate_weights`.
#[test]
fn rows_equal_those_of_eis_toolkit() {
    let layers = counted_layers();
    let descending = printed(&published(&layers["carlin_nure_as_rcl"], Kind::Descending));
    let expected = [
        10.0, 719_647.0, 31.0, 0.2015, 0.1796, -1.8955, 1.0, 2.097, 1.016, 2.064, 2.0, 0.2015,
        0.1796,
    ];
    assert_eq!(descending[15], expected);
    let expected = [
        1.0, 908_643.0, 32.0, -0.0314, 0.1796, 10.2539, 1.4213, -10.2854, 1.4326, -7.1793, 1.0,
        -1.8955, 1.0,
    ];
    assert_eq!(descending[24], expected);
    let unique = printed(&published(&layers["eis_wofe"], Kind::Unique));
    assert_eq!(unique[1], [2.0, 11.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    let expected = [1.0, 275.0, 9.0, 0.481, 0.3389, -0.3994, 0.3806, 0.8804, 0.5096, 1.7275];
    assert_eq!(unique[0], expected);
}

/// All 24 stored tables, where the shared data lies beside the repository.
#[test]
fn tables_equal_those_of_eis_toolkit() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/eis_reference/expected_weights_of_evidence");
    if !folder.is_dir() {
        eprintln!("not compared: there is no {}", folder.display());
        return;
    }
    let kinds = [
        (Kind::Unique, "unique"),
        (Kind::Ascending, "ascending"),
        (Kind::Descending, "descending"),
    ];
    let mut compared = 0;
    for (name, counts) in counted_layers() {
        for (kind, key) in kinds {
            let path = folder.join(format!("eis116_{name}_{key}.csv"));
            let text = fs_err::read_to_string(path).unwrap();
            let rows = text.lines().skip(1);
            let expected: Vec<Vec<f64>> =
                rows.map(|line| line.split(',').map(|n| n.parse().unwrap()).collect()).collect();
            assert_eq!(printed(&published(&counts, kind)), expected, "{name} {key}");
            compared += 1;
        }
    }
    assert_eq!(compared, 24);
}

#[test]
fn counts_of_zero_have_finite_weights_towards_zero() {
    let half = EmptyCount::HalfDeposit;
    let empty = Overlap { inside: [0.0, 100.0], outside: [10.0, 900.0] }.weights(half);
    // Half a deposit has 50 barren cells: W+ = ln((0.5 / 10) / (150 / 1000)).
    assert!((empty.w_plus - (1.0_f64 / 3.0).ln()).abs() < 1e-12);
    let full = Overlap { inside: [2.0, 0.0], outside: [8.0, 1000.0] }.weights(half);
    assert!(full.w_plus > 0.0 && full.w_plus.is_finite() && full.w_minus < 0.0);
    let rare = Overlap { inside: [0.0, 1.0], outside: [10.0, 999.0] }.weights(half);
    assert!(rare.w_plus < 0.0 && rare.w_plus > -0.05, "one barren cell says next to nothing");
    let whole = Overlap { inside: [10.0, 1000.0], outside: [0.0, 0.0] }.weights(half);
    assert_eq!(whole, Overlap { inside: [0.0, 5.0], outside: [0.0, 5.0] }.weights(half));
    assert_eq!(whole.contrast, 0.0);
}

#[test]
fn classes_of_any_value_are_counted() {
    let mut counter = ClassCounter::default();
    for value in [-1.5, 70_000.0, 3.0, -0.0, 0.0, f32::NAN, f32::INFINITY, 0.25, -1.5] {
        counter.add(value, value == -1.5, 1.0);
    }
    let counts = counter.finish();
    let classes: Vec<f32> = counts.iter().map(|count| count.class).collect();
    assert_eq!(classes, [-1.5, 0.0, 0.25, 3.0, 70_000.0]);
    let cells: Vec<f64> = counts.iter().map(|count| count.cells).collect();
    assert_eq!(cells, [2.0, 2.0, 1.0, 1.0, 1.0]);
    assert_eq!(counts[0].deposits, 2.0);
}

proptest! {
    #[test]
    fn the_complement_of_a_pattern_has_the_opposite_contrast(
        counts in prop::array::uniform4(0_u32..50),
    ) {
        let [a, b, c, d] = counts.map(f64::from);
        let pattern = Overlap { inside: [a, b], outside: [c, d] };
        let complement = Overlap { inside: [c, d], outside: [a, b] };
        let [pattern, complement] = [pattern, complement].map(|p| p.weights(EmptyCount::HalfDeposit));
        prop_assert!(pattern.contrast.is_finite() && pattern.s_contrast.is_finite());
        prop_assert_eq!(pattern.contrast, -complement.contrast);
        prop_assert_eq!(pattern.s_contrast, complement.s_contrast);
        prop_assert_eq!(pattern.w_plus, complement.w_minus);
    }
}

fn fit(settings: &Settings, set: &TrainingSet) -> Fitted {
    match settings.fit(set, Seed(1)).unwrap() {
        FittedModel::WeightsOfEvidence(fitted) => fitted,
        other => panic!("{other:?}"),
    }
}

fn column(name: &str, evidence_type: EvidenceType, values: Vec<f32>) -> Column {
    Column::new(name, name, evidence_type, values)
}

fn set(columns: Vec<Column>, deposit: Vec<bool>) -> TrainingSet {
    let features = Table::new(deposit.len(), columns).unwrap();
    TrainingSet { features, weight: vec![1.0; deposit.len()], deposit }
}

/// A world of three layers that are independent given the deposits: a code (three classes), an
/// ordinal class over or under 3, and a measurement over or under 5.
fn independent_world(rows: usize) -> TrainingSet {
    let mut rng = Seed(3).rng();
    let deposit: Vec<bool> = (0..rows).map(|_| rng.random_bool(0.2)).collect();
    let code = deposit.iter().map(|d| {
        let first = if *d { 0.6 } else { 0.2 };
        if rng.random_bool(first) {
            7.0
        } else if rng.random_bool(0.5) {
            2.0
        } else {
            4.0
        }
    });
    let code: Vec<f32> = code.collect();
    let class = deposit.iter().map(|d| {
        let low = rng.random_bool(if *d { 0.9 } else { 0.5 });
        if low { rng.random_range(1..=3) as f32 } else { rng.random_range(4..=6) as f32 }
    });
    let class: Vec<f32> = class.collect();
    let measured = deposit.iter().map(|d| {
        let high = rng.random_bool(if *d { 0.7 } else { 0.1 });
        rng.random_range(0.0..5.0_f32) + if high { 5.0 } else { 0.0 }
    });
    let measured: Vec<f32> = measured.collect();
    let columns = vec![
        column("code", EvidenceType::Categorical, code),
        column("class", EvidenceType::Ordinal, class),
        column("measured", EvidenceType::Continuous, measured),
    ];
    set(columns, deposit)
}

#[test]
fn the_posterior_of_independent_evidence_is_the_true_one() {
    let world = independent_world(40_000);
    // 0.2 * 0.7 + 0.8 * 0.1 = 22 % of the measurements are over 5: the 78th of 100 classes ends there.
    let fitted = fit(&Settings { classes: 100, ..Settings::default() }, &world);
    let columns = vec![
        column("code", EvidenceType::Categorical, vec![7.0, 7.0, 2.0, 4.0]),
        column("class", EvidenceType::Ordinal, vec![2.0, 5.0, 1.0, 6.0]),
        column("measured", EvidenceType::Continuous, vec![9.0, 9.0, 1.0, 1.0]),
    ];
    let rows = Table::new(4, columns).unwrap();
    let odds = [
        0.25 * 3.0 * (0.9 / 0.5) * 7.0,
        0.25 * 3.0 * (0.1 / 0.5) * 7.0,
        0.25 * 0.5 * (0.9 / 0.5) * (0.3 / 0.9),
        0.25 * 0.5 * (0.1 / 0.5) * (0.3 / 0.9),
    ];
    for (score, odds) in fitted.predict(&rows).unwrap().into_iter().zip(odds) {
        let truth = odds / (1.0 + odds);
        assert!((f64::from(score) - truth).abs() < 0.02, "{score}, but the truth is {truth}");
    }
    assert_eq!(fitted.tables()[1].table.kind(), Kind::Ascending);
    assert_eq!(fitted.tables()[2].table.kind(), Kind::Descending);
    let attribution = fitted.explain(&rows).unwrap();
    for (row, score) in fitted.predict(&rows).unwrap().into_iter().enumerate() {
        let sum: f32 = attribution.shares.iter().map(|shares| shares[row]).sum();
        let log_odds = (score / (1.0 - score)).ln();
        assert!((attribution.base as f32 + sum - log_odds).abs() < 1e-4);
    }
}

#[test]
fn noise_missing_and_unseen_values_have_no_weight() {
    let mut rng = Seed(11).rng();
    let deposit: Vec<bool> = (0..600).map(|i| i % 20 == 0).collect();
    let noise: Vec<f32> = (0..600).map(|i| (i % 3) as f32).collect();
    let near: Vec<f32> =
        deposit.iter().map(|d| rng.random_range(0.0..10.0) + if *d { 0.0 } else { 5.0 }).collect();
    let columns = |noise: Vec<f32>, near: Vec<f32>| {
        vec![
            column("noise", EvidenceType::Categorical, noise),
            column("constant", EvidenceType::Continuous, vec![1.0; near.len()]),
            column("near", EvidenceType::Continuous, near),
        ]
    };
    let world = set(columns(noise, near), deposit);
    for kind in [Classes::Cumulative, Classes::Unique] {
        let fitted = fit(&Settings { kind, ..Settings::default() }, &world);
        let table = Table::new(3, columns(vec![1.0, 99.0, 0.0], vec![0.5, f32::NAN, 1e30]));
        let shares = fitted.explain(&table.unwrap()).unwrap().shares;
        assert!(shares[0].iter().all(|share| share.abs() < 1e-6), "noise: {:?}", shares[0]);
        assert_eq!((shares[0][1], shares[2][1]), (0.0, 0.0), "unseen, missing");
        assert_eq!(shares[1], [0.0; 3], "constant");
        assert!(shares[2][0] > 0.5 && shares[2][2] < -0.5, "near: {:?}", shares[2]);
    }
}

#[test]
fn a_weight_of_two_is_the_sample_twice_and_the_scale_of_weights_is_nothing() {
    let world = independent_world(300);
    let rows: Vec<usize> = (0..300).chain((0..300).filter(|row| row % 3 == 0)).collect();
    let twice = TrainingSet {
        features: world.features.select(&rows),
        deposit: rows.iter().map(|row| world.deposit[*row]).collect(),
        weight: vec![1.0; rows.len()],
    };
    let weight = (0..300).map(|row| if row % 3 == 0 { 14.0 } else { 7.0 }).collect();
    let weighted = TrainingSet { weight, ..world.clone() };
    let settings =
        Settings { kind: Classes::Unique, min_studentized_contrast: 0.0, ..Settings::default() };
    let scores = [twice, weighted].map(|mut set| {
        let columns = set.features.into_columns().into_iter().take(2).collect();
        set.features = Table::new(set.deposit.len(), columns).unwrap();
        let code_and_class = world.features.columns()[..2].to_vec();
        fit(&settings, &set).predict(&Table::new(300, code_and_class).unwrap()).unwrap()
    });
    for (twice, weighted) in scores[0].iter().zip(&scores[1]) {
        assert!((twice - weighted).abs() < 1e-6);
    }
}

#[test]
fn what_cannot_be_fitted_is_an_error() {
    let world = independent_world(50);
    for deposit in [true, false] {
        let one_class = TrainingSet { deposit: vec![deposit; 50], ..world.clone() };
        assert!(Settings::default().fit(&one_class, Seed(1)).is_err());
    }
    assert!(Settings { classes: 1, ..Settings::default() }.fit(&world, Seed(1)).is_err());
    let weight = vec![f32::NAN; 50];
    assert!(Settings::default().fit(&TrainingSet { weight, ..world.clone() }, Seed(1)).is_err());
    let fitted = fit(&Settings::default(), &world);
    let other = Table::new(1, vec![column("other", EvidenceType::Ordinal, vec![1.0])]).unwrap();
    assert!(fitted.predict(&other).is_err());
    let text = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<Fitted>(&text).unwrap(), fitted);
}
