use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};

use super::count::{ClassCount, in_unit_cells, prior};
use super::independence::{Overall, chi_square, pairs};
use super::overlap::EmptyCount;
use super::posterior::{Combination, Condition, Posterior};
use super::tables::{Generalized, Kind, WeightsTable};
use super::{Classes, Fitted, Manual, Settings};
use crate::weight::ClassWeight;
use crate::{Estimator, FittedModel, Predictor, TrainingSet};

fn count(class: f32, cells: f64, deposits: f64) -> ClassCount {
    ClassCount { class, cells, deposits }
}

/// Class 1 has `inside` and class 0 has `outside`, both in deposits and barren cells.
fn binary(inside: [f64; 2], outside: [f64; 2]) -> WeightsTable {
    let of = |class, [deposits, barren]: [f64; 2]| count(class, deposits + barren, deposits);
    let counts = [of(0.0, outside), of(1.0, inside)];
    let mut table = WeightsTable::new(&counts, Kind::Descending, EmptyCount::HalfDeposit);
    table.generalize_at(0);
    table
}

/// 100 deposits and 10,000 barren cells. Of the deposits 80 % lie in A and half in B, of the barren
/// cells 20 % and 10 %, and A and B are independent of each other in both.
const CELLS: [([f32; 2], f64, f64); 4] = [
    ([1.0, 1.0], 40.0, 200.0),
    ([1.0, 0.0], 40.0, 1800.0),
    ([0.0, 1.0], 10.0, 800.0),
    ([0.0, 0.0], 10.0, 7200.0),
];

#[test]
fn independent_layers_predict_the_deposits_that_are_there() {
    let a = binary([80.0, 2000.0], [20.0, 8000.0]);
    let b = binary([50.0, 1000.0], [50.0, 9000.0]);
    let combination = Combination::new(100.0 / 10_100.0, 100.0, &[&a, &b]).unwrap();
    let cells = CELLS.map(|(values, deposits, barren)| (values.map(Some), deposits + barren));
    let conditions = combination.conditions(cells.into_iter());
    assert_eq!(conditions.len(), 4);
    for (values, deposits, barren) in CELLS {
        let found = combination.posterior(&values.map(Some)).probability;
        assert!((found - deposits / (deposits + barren)).abs() < 1e-12);
    }
    let test = Overall::of(&conditions, 100.0).unwrap();
    assert!((test.predicted - 100.0).abs() < 1e-9 && test.z.abs() < 1e-9);
    assert!((test.confidence_of_dependence - 0.5).abs() < 1e-9);
    let deposits: Vec<_> = CELLS
        .iter()
        .map(|(values, deposits, _)| (combination.classes(&values.map(Some)), *deposits))
        .collect();
    let names = ["a".to_owned(), "b".to_owned()];
    let found = pairs(&names, &deposits, 10);
    assert!(found[0].chi_square < 1e-12 && found[0].p == 1.0 && found[0].freedom == 1);
    assert_eq!(found[0].least_expected, 10.0);
}

#[test]
fn a_layer_that_counts_twice_predicts_too_many() {
    let a = binary([80.0, 2000.0], [20.0, 8000.0]);
    let combination = Combination::new(100.0 / 10_100.0, 100.0, &[&a, &a]).unwrap();
    let cells = [([Some(1.0); 2], 2080.0), ([Some(0.0); 2], 8020.0)];
    let conditions = combination.conditions(cells.into_iter());
    let test = Overall::of(&conditions, 100.0).unwrap();
    // Odds of 0.01 x 4 x 4 and of 0.01 / 4 / 4.
    let [inside, outside] = [0.16 / 1.16, 0.000_625 / 1.000_625];
    assert!((test.predicted - 2080.0 * inside - 8020.0 * outside).abs() < 1e-9);
    assert!((test.ratio - 100.0 / test.predicted).abs() < 1e-12 && test.ratio < 0.85);
    let deviation = |p: f64, s2: f64| (0.01_f64 + 2.0 * s2).sqrt() * p * (1.0 - p);
    let s = (2080.0 * deviation(inside, 1.0 / 80.0 + 1.0 / 2000.0))
        .hypot(8020.0 * deviation(outside, 1.0 / 20.0 + 1.0 / 8000.0));
    assert!((test.s_predicted - s).abs() < 1e-9);
    assert!(test.confidence_of_dependence > 0.99, "{test:?}");
    let deposits = [(vec![Some(0), Some(0)], 80.0), (vec![Some(1), Some(1)], 20.0)];
    let pair = &pairs(&["a".to_owned(), "a again".to_owned()], &deposits, 10)[0];
    // 100 x (80 x 20 - 100 / 2)^2 / (80 x 20 x 80 x 20)
    assert!((pair.chi_square - 93.847_656_25).abs() < 1e-9 && pair.p < 1e-20);
}

/// Agterberg and Cheng's sum runs over unique conditions with their areas; EIS Toolkit 1.1.6 takes
/// the square root of the sum of the deviations of all cells, 7.07 here.
#[test]
fn the_deviation_of_the_prediction_counts_the_area_of_conditions() {
    let posterior = Posterior { probability: 0.05, s_weights: 0.05, s_missing: 0.0 };
    let condition = Condition { classes: vec![Some(0)], cells: 1000.0, posterior };
    let test = Overall::of(&[condition], 30.0).unwrap();
    assert!((test.s_predicted - 50.0).abs() < 1e-9 && (test.z - 0.4).abs() < 1e-9);
    assert!(Overall::of(&[], 30.0).is_none());
}

/// scipy 1.17.1, `chi2_contingency`: of three columns without correction, of two with Yates's.
#[test]
fn chi_square_is_that_of_scipy() {
    let (found, freedom, least) =
        chi_square(&[vec![10.0, 10.0, 20.0], vec![20.0, 20.0, 20.0]]).unwrap();
    assert!((found - 2.777_777_777_777_778).abs() < 1e-12);
    assert_eq!((freedom, least), (2, 12.0));
    let (found, ..) = chi_square(&[vec![7.0, 3.0], vec![2.0, 9.0]]).unwrap();
    assert!((found - SCIPY_2X2).abs() < 1e-12, "{found}");
    assert!(chi_square(&[vec![7.0, 3.0], vec![0.0, 0.0]]).is_none());
    assert!(chi_square(&[]).is_none());
    let deposits = [(vec![Some(0), Some(1)], 7.0), (vec![Some(1), Some(0)], 3.0)];
    let deposits = [&deposits[..], &[(vec![None, Some(1)], 9.0), (vec![Some(0), Some(0)], 4.0)]];
    let names = ["a".to_owned(), "b".to_owned()];
    let pair = &pairs(&names, &deposits.concat(), 9)[0];
    let (alone, ..) = chi_square(&[vec![4.0, 7.0], vec![3.0, 0.0]]).unwrap();
    assert_eq!(pair.chi_square, alone, "the deposits that miss a layer do not count");
}

const SCIPY_2X2: f64 = 3.8221590909090915;

#[test]
fn missing_evidence_has_its_own_variance_and_no_weight() {
    let a = binary([80.0, 2000.0], [20.0, 8000.0]);
    let b = binary([50.0, 1000.0], [50.0, 9000.0]);
    let combination = Combination::new(100.0 / 10_100.0, 100.0, &[&a, &b]).unwrap();
    let known = combination.posterior(&[Some(1.0), Some(0.0)]);
    assert_eq!(known.s_missing, 0.0);
    let found = combination.posterior(&[Some(1.0), None]);
    assert!((found.probability - 80.0 / 2080.0).abs() < 1e-12);
    let [inside, outside] = [40.0 / 240.0, 40.0 / 1840.0];
    let variance = (inside - found.probability).powi(2) * 1050.0 / 10_100.0
        + (outside - found.probability).powi(2) * 9050.0 / 10_100.0;
    assert!((found.s_missing - variance.sqrt()).abs() < 1e-12);
    assert!((found.s_total().powi(2) - variance - found.s_weights.powi(2)).abs() < 1e-15);
    assert!((found.confidence() - found.probability / found.s_total()).abs() < 1e-12);
    let nothing = combination.posterior(&[]);
    assert!((nothing.probability - 100.0 / 10_100.0).abs() < 1e-12);
    // A table that was not generalized says nothing.
    let silent = WeightsTable::new(&[count(1.0, 9.0, 1.0)], Kind::Unique, EmptyCount::HalfDeposit);
    let combination = Combination::new(0.01, 100.0, &[&silent]).unwrap();
    let found = combination.posterior(&[Some(1.0)]);
    assert!((found.probability - 0.01).abs() < 1e-15 && found.s_missing == 0.0);
    for (prior, deposits) in [(0.0, 1.0), (1.0, 1.0), (f64::NAN, 1.0), (0.1, 0.0)] {
        assert!(Combination::new(prior, deposits, &[&a]).is_err());
    }
}

#[test]
fn unit_cells_change_the_prior_in_proportion() {
    let counts = [count(1.0, 40_000.0, 8.0), count(2.0, 160_000.0, 2.0)];
    assert_eq!((prior(&counts), prior(&[])), (5e-5, 0.0));
    assert_eq!(in_unit_cells(5e-5, 0.0025, 0.25).unwrap(), 5e-3);
    let error = in_unit_cells(5e-5, 0.0025, 50.0).unwrap_err().to_string();
    assert!(error.contains("unit_cell_km2") && error.contains("under 50 km2"), "{error}");
    for area in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(
            in_unit_cells(5e-5, 0.0025, area).is_err() && in_unit_cells(0.1, area, 1.0).is_err()
        );
    }
}

#[test]
fn groups_are_weighed_as_one() {
    let counts: Vec<_> = (1..=5).map(|c| count(c as f32, 100.0, f64::from(c))).collect();
    let mut table = WeightsTable::new(&counts, Kind::Unique, EmptyCount::HalfDeposit);
    table.generalize_unique(0.0, &[vec![1.0, 3.0], vec![9.0]]);
    let [one, two, three] = [1.0, 2.0, 3.0].map(|class| table.generalized(class).unwrap());
    assert_eq!((one, two.class), (three, Generalized::Own));
    assert_eq!(one.class, Generalized::Group(0));
    // 4 of 15 deposits in 200 of 500 cells.
    assert!((one.weight - ((4.0 / 15.0) / (196.0 / 485.0_f64)).ln()).abs() < 1e-12);
    let patterns = table.patterns();
    assert_eq!(patterns.len(), 4);
    assert_eq!(
        (&patterns[0].rows[..], patterns[0].cells, patterns[0].deposits),
        (&[0, 2][..], 200.0, 4.0)
    );
    table.generalize_unique(1e9, &[]);
    assert_eq!(table.patterns().len(), 1, "all are pooled");
    assert!(table.generalized(1.0).unwrap().weight.abs() < 1e-12);
}

fn fit(settings: &Settings, set: &TrainingSet) -> crate::Result<Fitted> {
    match settings.fit(set, Seed(1))? {
        FittedModel::WeightsOfEvidence(fitted) => Ok(fitted),
        other => panic!("{other:?}"),
    }
}

/// 200 samples, each tenth a deposit, with `code` 0 to 3, `rank` 1 to 10 and `metres` 0 to 199.
fn world() -> TrainingSet {
    let of = |name: &str, evidence_type, values: fn(usize) -> f32| {
        Column::new(name, name, evidence_type, (0..200).map(values).collect())
    };
    let columns = vec![
        of("code", EvidenceType::Categorical, |row| (row % 4) as f32),
        of(
            "rank",
            EvidenceType::Ordinal,
            |row| if row % 10 == 0 { 8.0 } else { (row % 10) as f32 },
        ),
        of("metres", EvidenceType::Continuous, |row| row as f32),
    ];
    TrainingSet {
        features: Table::new(200, columns).unwrap(),
        deposit: (0..200).map(|row| row % 10 == 0).collect(),
        weight: vec![1.0; 200],
    }
}

fn with(name: &str, manual: Manual) -> Settings {
    Settings { layers: [(name.to_owned(), manual)].into(), ..Settings::default() }
}

#[test]
fn layers_are_cut_where_the_user_says() {
    let world = world();
    let manual =
        Manual { kind: Some(Classes::Descending), cut_at: Some(150.0), ..Manual::default() };
    let fitted = fit(&with("metres", manual), &world).unwrap();
    let weights = &fitted.tables()[2];
    assert_eq!(weights.bounds, Some(vec![150.0]));
    // 4 of 20 deposits and 45 of 180 others lie over 150 m.
    let over = weights.table.generalized(2.0).unwrap();
    assert!((over.weight - (0.2_f64 / (45.0 / 180.0)).ln()).abs() < 1e-12);
    assert_eq!(over.class, Generalized::Inside);
    let manual = Manual { kind: Some(Classes::Ascending), cut_at: Some(7.0), ..Manual::default() };
    let fitted = fit(&with("rank", manual), &world).unwrap();
    let table = &fitted.tables()[1].table;
    assert_eq!(table.generalized(7.0).unwrap().class, Generalized::Inside);
    assert_eq!(table.generalized(8.0).unwrap().class, Generalized::Outside);
    let manual = Manual { groups: vec![vec![0.0, 2.0], vec![1.0, 3.0]], ..Manual::default() };
    let fitted = fit(&with("code", manual), &world).unwrap();
    let table = &fitted.tables()[0].table;
    assert_eq!(table.generalized(0.0), table.generalized(2.0));
    assert!(table.generalized(0.0).unwrap().weight > 0.0, "deposits have even numbers");
}

#[test]
fn cuts_and_groups_that_make_no_sense_are_refused_by_name() {
    let cut = |kind, cut_at| Manual { kind, cut_at: Some(cut_at), ..Manual::default() };
    let bounds = |bounds: &[f32]| Manual { bounds: Some(bounds.to_vec()), ..Manual::default() };
    let groups = |groups: &[Vec<f32>]| Manual { groups: groups.to_vec(), ..Manual::default() };
    for (name, manual, key) in [
        ("metres", cut(None, 3.0), "metres.cut_at"),
        ("code", cut(Some(Classes::Ascending), 3.0), "code.cut_at"),
        ("metres", cut(Some(Classes::Ascending), f32::NAN), "metres.cut_at"),
        ("rank", bounds(&[1.0]), "rank.bounds"),
        ("metres", bounds(&[]), "metres.bounds"),
        ("metres", bounds(&[2.0, 1.0]), "metres.bounds"),
        ("code", groups(&[vec![1.0], vec![1.0, 2.0]]), "code.groups"),
        ("code", groups(&[vec![]]), "code.groups"),
        ("rank", groups(&[vec![1.0, 2.0]]), "rank.groups"),
        ("other", Manual::default(), "weights_of_evidence.layers"),
    ] {
        let error = fit(&with(name, manual), &world()).unwrap_err().to_string();
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn each_score_has_its_deviation_and_the_fit_its_tests() {
    let world = world();
    let settings = Settings { min_studentized_contrast: 0.5, ..Settings::default() };
    let fitted = fit(&settings, &world).unwrap();
    let scores = fitted.predict(&world.features).unwrap();
    for (score, posterior) in scores.iter().zip(fitted.posterior(&world.features).unwrap()) {
        assert!((f64::from(*score) - posterior.probability).abs() < 1e-6);
        assert!(posterior.s_weights > 0.0 && posterior.s_missing == 0.0);
    }
    let overall = fitted.independence().overall.unwrap();
    let sum: f64 = scores.iter().map(|score| f64::from(*score)).sum();
    assert!((overall.predicted - sum).abs() < 1e-4 && overall.deposits == 20.0);
    let mut columns = world.features.columns().to_vec();
    columns[1].known[0] = false;
    let table = Table::new(200, columns).unwrap();
    assert!(fitted.posterior(&table).unwrap()[0].s_missing > 0.0);
    let balanced = Settings { class_weight: ClassWeight::Balanced, ..settings };
    let balanced = fit(&balanced, &world).unwrap();
    assert_eq!((balanced.prior_log_odds(), balanced.tables()), (0.0, fitted.tables()));
}
