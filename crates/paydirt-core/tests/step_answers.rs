//! What each step makes of numbers that can be checked by hand, or against NumPy 2.4.6, SciPy 1.17.1
//! and scikit-learn 1.9.1 (the call stands beside each answer).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::f64::consts::LN_2;

use paydirt_core::layer::EvidenceType::{self, Categorical, Continuous, Ordinal};
use paydirt_core::step::{AnyStep, FittedStep, Group, Pipeline};
use paydirt_core::table::{Column, Table};

const V: [f32; 10] = [3., -1., 4., 1., -5., 9., 2., 6., 5., 3.];
const W: [f32; 10] = [2., 7., 1., 8., 2., 8., 1., 8., 2., 8.];
const U: [f32; 10] = [1., 0., 1., 4., -5., 8., 2., 7., 4., 5.];
const GAP: f32 = f32::NAN;

fn table(columns: &[(&str, EvidenceType, &[f32])]) -> Table {
    let make = |(name, kind, values): &(&str, EvidenceType, &[f32])| {
        Column::new(name, name, *kind, values.to_vec())
    };
    Table::new(columns[0].2.len(), columns.iter().map(make).collect()).unwrap()
}

fn fit(settings: &str, training: &Table) -> FittedStep {
    serde_json::from_str::<AnyStep>(settings).unwrap().fit(training).unwrap()
}

/// Fits a step on one continuous column and applies it to another of the same name; NaN is missing.
fn applied(settings: &str, training: &[f32], to: &[f32]) -> Vec<f32> {
    let fitted = fit(settings, &table(&[("v", Continuous, training)]));
    let out = fitted.apply(table(&[("v", Continuous, to)])).unwrap();
    values(&out.columns()[0])
}

fn values(column: &Column) -> Vec<f32> {
    column
        .values
        .iter()
        .zip(&column.known)
        .map(|(v, known)| if *known { *v } else { GAP })
        .collect()
}

fn assert_close(found: &[f32], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let both_missing = found.is_nan() && expected.is_nan();
        assert!(both_missing || (f64::from(*found) - expected).abs() < 2e-6, "{found} {expected}");
    }
}

#[test]
fn clip_and_winsorise() {
    assert_eq!(applied(r#"{"clip": {"min": -1, "max": 4}}"#, &V, &[-3., 2., 9.]), [-1., 2., 4.]);
    assert_eq!(applied(r#"{"clip": {"max": 4}}"#, &V, &[-3., 9.]), [-3., 4.]);
    // numpy.percentile(V, [5, 90])
    let settings = r#"{"winsorise": {"lower_percent": 5, "upper_percent": 90}}"#;
    assert_close(&applied(settings, &V, &[-9., 0., 99., GAP]), &[-3.2, 0., 6.3, f64::NAN]);
    assert_eq!(applied(settings, &[GAP, GAP], &[5.0]), [5.0]);
}

#[test]
fn logarithms() {
    assert_close(
        &applied(r#"{"log": {}}"#, &V, &[100., 0.1, 0., -2.]),
        &[2., -1., f64::NAN, f64::NAN],
    );
    assert_close(&applied(r#"{"log": {"offset": 6, "base": 2}}"#, &V, &[2., -5.]), &[3., 0.]);
    let fitted = fit(r#"{"log": {}}"#, &table(&[("v", Continuous, &V)]));
    let FittedStep::Log(fitted) = fitted else { panic!("a logarithm") };
    assert_eq!(fitted.not_positive["v"], 2);
    // numpy.sign(V) * numpy.log1p(abs(V))
    let answer = [1.38629436, -LN_2, 1.60943791, LN_2, -1.79175947];
    assert_close(&applied(r#"{"signed_log": {}}"#, &V, &V[..5]), &answer);
}

#[test]
fn standardise_and_min_max() {
    // sklearn.preprocessing.StandardScaler and MinMaxScaler
    let answer = [0.08192319, -1.01038604, 0.3550005, -0.46423142];
    assert_close(&applied(r#"{"standardise": {}}"#, &V, &V[..4]), &answer);
    let answer = [0.57142857, 0.28571429, 0.64285714, 0.42857143];
    assert_close(&applied(r#"{"min_max": {}}"#, &V, &V[..4]), &answer);
    assert_close(&applied(r#"{"min_max": {}}"#, &[0., 10.], &[-5., 20.]), &[-0.5, 2.]);
    assert_close(&applied(r#"{"min_max": {"clip": true}}"#, &[0., 10.], &[-5., 20.]), &[0., 1.]);
    for constant in [r#"{"standardise": {}}"#, r#"{"min_max": {}}"#] {
        assert_eq!(applied(constant, &[0.1; 3], &[0.1, 7.]), [0., 0.]);
        assert_eq!(applied(constant, &[GAP; 3], &[7.]), [0.]);
    }
}

#[test]
fn ranks_are_shares_below() {
    // (scipy.stats.rankdata(V) - 0.5) / 10
    let answer = [0.5, 0.15, 0.65, 0.25, 0.05, 0.95, 0.35, 0.85, 0.75, 0.5];
    assert_close(&applied(r#"{"rank": {}}"#, &V, &V), &answer);
    assert_close(&applied(r#"{"rank": {}}"#, &V, &[-6., 7.5, 10., 0.]), &[0., 0.9, 1., 0.2]);
    assert_close(&applied(r#"{"rank": {}}"#, &[GAP], &[1.]), &[0.5]);
    let many: Vec<f32> = (0..1001).map(|value| value as f32).collect();
    let few = applied(r#"{"rank": {"knots": 3}}"#, &many, &[0., 250., 500., 1000.]);
    assert_close(&few, &[0.5 / 1001., 250.5 / 1001., 500.5 / 1001., 1000.5 / 1001.]);
}

#[test]
fn one_hot_gives_each_known_row_exactly_one() {
    let rock = [3., 1., 3., 2., GAP];
    let fitted = fit(r#"{"one_hot": {}}"#, &table(&[("rock", Categorical, &rock)]));
    let out = fitted.apply(table(&[("rock", Categorical, &[3., 9., GAP])])).unwrap();
    assert_eq!(out.names(), ["rock_1", "rock_2", "rock_3", "rock_other"]);
    let rows: Vec<Vec<f32>> =
        out.columns().iter().map(|column| column.values[..2].to_vec()).collect();
    assert_eq!(rows, [[0., 0.], [0., 0.], [1., 0.], [0., 1.]]);
    assert!(out.columns().iter().all(|column| !column.known[2] && column.layer == "rock"));
    let frequent = fit(r#"{"one_hot": {"min_count": 2}}"#, &table(&[("rock", Categorical, &rock)]));
    let out = frequent.apply(table(&[("rock", Categorical, &[1., 3.])])).unwrap();
    assert_eq!(out.names(), ["rock_3", "rock_other"]);
    let many: Vec<f32> = (0..65).map(|value| value as f32).collect();
    let step: AnyStep = serde_json::from_str(r#"{"one_hot": {}}"#).unwrap();
    let message = step.fit(&table(&[("rock", Categorical, &many)])).unwrap_err().to_string();
    assert!(message.contains("65 categories"), "{message}");
}

#[test]
fn reclassify_declares_its_closed_sides() {
    let breaks = |closed: &str| {
        let settings = format!(
            r#"{{"reclassify": {{"breaks": [0, 3, 5], "values": [10, 11, 12, 13], "closed": "{closed}"}}}}"#
        );
        applied(&settings, &V, &V)
    };
    // numpy.digitize(V, [0, 3, 5]) + 10, and with right=True
    assert_eq!(breaks("lower"), [12., 10., 12., 11., 10., 13., 11., 13., 13., 12.]);
    assert_eq!(breaks("upper"), [11., 10., 12., 11., 10., 13., 11., 13., 12., 11.]);
    let rows = r#"{"reclassify": {"table": [[4, 4, 1], [0, 5, 2]]}}"#;
    assert_close(&applied(rows, &V, &[4., 0., 5., GAP]), &[1., 2., f64::NAN, f64::NAN]);
    let otherwise = r#"{"reclassify": {"table": [[0, 5, 2]], "otherwise": 0}}"#;
    assert_close(&applied(otherwise, &V, &[5., GAP]), &[0., f64::NAN]);
    // 0.7 in a file of 32-bit numbers is a little under 0.7, and lies at the break all the same
    let decimal = r#"{"reclassify": {"breaks": [0.7], "values": [1, 2]}}"#;
    assert_eq!(applied(decimal, &V, &[0.7, 0.69]), [2., 1.]);
    let fitted = fit(decimal, &table(&[("v", Continuous, &V)]));
    let out = fitted.apply(table(&[("v", Continuous, &V), ("c", Categorical, &V)])).unwrap();
    let types: Vec<_> = out.columns().iter().map(|column| column.evidence_type).collect();
    assert_eq!(types, [Ordinal, Categorical]);
}

#[test]
fn impute_fills_each_type_in_its_own_way() {
    let training = table(&[
        ("v", Continuous, &[1., 4., 2., 9., GAP]),
        ("grade", Ordinal, &[1., 4., 2., 9., GAP]),
        ("rock", Categorical, &[7., 2., 7., 2., GAP]),
        ("nothing", Continuous, &[GAP; 5]),
    ]);
    let out = fit(r#"{"impute_median": {}}"#, &training).apply(training.clone()).unwrap();
    let filled: Vec<f32> = out.columns().iter().map(|column| column.values[4]).collect();
    assert_eq!(filled, [3., 1., 2., 1., 2., 1., 0., 1.]);
    let names = out.names();
    assert_eq!(names[..4], ["v", "v_missing", "grade", "grade_missing"]);
    assert_eq!(out.columns()[1].layer, "v");
    assert_eq!(out.columns()[1].values, [0., 0., 0., 0., 1.]);
    assert!((0..5).all(|row| out.complete(row)));
    let bare = fit(r#"{"impute_median": {"indicator": false}}"#, &training);
    assert_eq!(bare.apply(training).unwrap().columns().len(), 4);
}

#[test]
fn principal_components_are_those_of_scikit_learn() {
    let columns = [
        ("v", Continuous, &V[..]),
        ("rock", Categorical, &W),
        ("w", Continuous, &W),
        ("u", Ordinal, &U),
    ];
    let training = table(&columns);
    // PCA().fit_transform(StandardScaler().fit_transform(X))[:2], then without scaling
    let answers = [
        ("true", [0.73563295, 0.25242795, 0.0119391], [-0.66555978, -0.71636954, -0.13885437]),
        ("false", [0.7624834, 0.22494221, 0.01257439], [-1.95569041, -2.49276362, -0.48104523]),
    ];
    for (standardise, shares, first_row) in answers {
        let fitted = fit(&format!(r#"{{"pca": {{"standardise": {standardise}}}}}"#), &training);
        let out = fitted.apply(training.clone()).unwrap();
        assert_eq!(out.names(), ["rock", "pca_1", "pca_2", "pca_3"]);
        let row: Vec<f32> = out.columns()[1..].iter().map(|column| column.values[0]).collect();
        assert_close(&row, &first_row);
        let FittedStep::Pca(fitted) = fitted else { panic!("components") };
        let found: Vec<f32> = fitted.components.iter().map(|c| c.explained_share as f32).collect();
        assert_close(&found, &shares);
    }
    let count = |settings: &str| match fit(settings, &training) {
        FittedStep::Pca(fitted) => fitted.components.len(),
        _ => 0,
    };
    assert_eq!(count(r#"{"pca": {"explained_share": 0.7}}"#), 1);
    assert_eq!(count(r#"{"pca": {"explained_share": 0.98}}"#), 2);
    assert_eq!(count(r#"{"pca": {"explained_share": 0.98, "components": 1}}"#), 1);
}

#[test]
fn the_largest_loading_of_a_component_is_positive() {
    for turn in 0..10 {
        let (mut v, mut w, mut u) = (V, W, U);
        v.rotate_left(turn);
        w.rotate_left(turn / 2);
        u.iter_mut().for_each(|value| *value = -*value);
        let training = table(&[("v", Continuous, &v), ("w", Continuous, &w), ("u", Ordinal, &u)]);
        let FittedStep::Pca(fitted) = fit(r#"{"pca": {}}"#, &training) else {
            panic!("components")
        };
        for component in &fitted.components {
            let largest = component.loadings.iter().copied().fold(0.0, f64::max);
            assert!(component.loadings.iter().all(|loading| loading.abs() <= largest));
        }
    }
}

#[test]
fn a_missing_input_makes_missing_components_and_twins_make_one() {
    let twins =
        table(&[("v", Continuous, &V), ("twin", Continuous, &V), ("flat", Continuous, &[2.; 10])]);
    let fitted = fit(r#"{"pca": {}}"#, &twins);
    let map = table(&[
        ("v", Continuous, &[1., GAP]),
        ("twin", Continuous, &[1., 1.]),
        ("flat", Continuous, &[2., 2.]),
    ]);
    let out = fitted.apply(map).unwrap();
    assert_eq!(out.names(), ["pca_1"]);
    assert_eq!(out.columns()[0].known, [true, false]);
}

#[test]
fn spearman_drops_the_later_of_two() {
    let mut gap = U;
    gap[7] = GAP;
    let training = table(&[
        ("v", Continuous, &V),
        ("rock", Categorical, &V),
        ("w", Continuous, &W),
        ("u", Continuous, &U),
        ("flat", Continuous, &[1.; 10]),
        ("gap", Continuous, &gap),
    ]);
    let dropped = |limit: f64| {
        let settings = format!(r#"{{"spearman": {{"max_correlation": {limit}}}}}"#);
        match fit(&settings, &training) {
            FittedStep::Spearman(fitted) => fitted.dropped,
            _ => Vec::new(),
        }
    };
    // scipy.stats.spearmanr: v and u 0.76758769, v and w 0.22633973, w and u 0.65232007
    let found = dropped(0.76);
    assert_eq!((found[0].name.as_str(), found[0].because_of.as_str()), ("u", "v"));
    assert!((found[0].rho - 0.7675876871077151).abs() < 1e-12);
    let found = dropped(0.77);
    assert_eq!((found[0].name.as_str(), found[0].because_of.as_str()), ("gap", "u"));
    // over the nine rows in which both are known, v and gap: 0.67933094
    let found = dropped(0.67);
    assert_eq!((found[1].name.as_str(), found[1].because_of.as_str()), ("gap", "v"));
    assert!((found[1].rho - 0.679330941746919).abs() < 1e-12);
    let out = fit(r#"{"spearman": {}}"#, &training).apply(training.clone()).unwrap();
    assert_eq!(out.names(), ["v", "rock", "w", "u", "flat"]);
}

#[test]
fn a_pipeline_transforms_training_and_map_alike() {
    let steps = |text: &str| serde_json::from_str::<Vec<AnyStep>>(text).unwrap();
    let pipeline = Pipeline {
        layers: vec![
            ("v".into(), steps(r#"[{"signed_log": {}}]"#)),
            ("rock".into(), steps(r#"[{"one_hot": {"min_count": 3}}]"#)),
        ],
        features: steps(r#"[{"impute_median": {"indicator": false}}, {"standardise": {}}]"#),
        ..Pipeline::default()
    };
    let evidence = table(&[("v", Continuous, &V), ("rock", Categorical, &W)]);
    let training: Vec<usize> = vec![0, 1, 3, 4, 5, 7, 8];
    let fitted = pipeline.fit(&evidence.select(&training)).unwrap();
    assert_eq!(fitted.names, ["v", "rock_2", "rock_8", "rock_other"]);
    let map = fitted.apply(&evidence).unwrap();
    assert_eq!(map.select(&training), fitted.apply(&evidence.select(&training)).unwrap());
    let mean: f32 = training.iter().map(|&row| map.columns()[0].values[row]).sum();
    assert!(mean.abs() < 1e-5);
}

#[test]
fn a_group_treats_its_layers_together_and_leaves_the_others_alone() {
    let steps = |text: &str| serde_json::from_str::<Vec<AnyStep>>(text).unwrap();
    let group = |layers: &[&str], text| Group {
        name: "image".into(),
        layers: layers.iter().map(|layer| (*layer).into()).collect(),
        steps: steps(text),
    };
    let evidence = table(&[("a", Continuous, &V), ("b", Continuous, &W), ("c", Continuous, &W)]);
    let layers: Vec<(String, Vec<AnyStep>)> =
        ["a", "b", "c"].map(|layer| (layer.to_string(), Vec::new())).into();
    let pipeline = Pipeline {
        layers: layers.clone(),
        groups: vec![group(&["a", "b"], r#"[{"impute_median": {}}, {"standardise": {}}]"#)],
        ..Pipeline::default()
    };
    let fitted = pipeline.fit(&evidence).unwrap();
    let alone = Pipeline {
        layers: layers[..2].to_vec(),
        features: steps(r#"[{"impute_median": {}}, {"standardise": {}}]"#),
        ..Pipeline::default()
    };
    let expected = alone.fit(&evidence).unwrap().apply(&evidence).unwrap();
    let found = fitted.apply(&evidence).unwrap();
    assert_eq!(found.columns()[0], evidence.columns()[2]);
    assert_eq!(&found.columns()[1..], expected.columns());
}
