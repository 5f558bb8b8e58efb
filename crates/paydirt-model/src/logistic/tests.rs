use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use proptest::prelude::*;
use serde::Deserialize;

use super::{ClassWeight, Fitted, Penalty, Settings, Term};
use crate::columns::probability;
use crate::{Estimator, FittedModel, Predictor, TrainingSet};

fn fit(settings: &Settings, set: &TrainingSet) -> Fitted {
    match settings.fit(set, Seed(1)).unwrap() {
        FittedModel::Logistic(fitted) => fitted,
        other => panic!("{other:?}"),
    }
}

fn number(name: &str, values: Vec<f32>) -> Column {
    Column::new(name, name, EvidenceType::Continuous, values)
}

fn set(columns: Vec<Column>, deposit: Vec<bool>) -> TrainingSet {
    let features = Table::new(deposit.len(), columns).unwrap();
    TrainingSet { features, weight: vec![1.0; deposit.len()], deposit }
}

fn terms(fitted: &Fitted) -> Vec<Term> {
    fitted.columns.iter().flat_map(|column| column.terms.clone()).collect()
}

#[derive(Deserialize)]
struct Reference {
    numbers: Vec<Vec<f32>>,
    category: Vec<f32>,
    deposit: Vec<bool>,
    weight: Vec<f32>,
    fits: Vec<ReferenceFit>,
}

#[derive(Deserialize)]
struct ReferenceFit {
    settings: Settings,
    weighted: bool,
    intercept: f64,
    coefficients: Vec<f64>,
}

fn reference() -> (TrainingSet, Vec<f32>, Vec<ReferenceFit>) {
    let text = include_str!("../../tests/fixtures/logistic.json");
    let reference: Reference = serde_json::from_str(text).unwrap();
    let mut columns: Vec<Column> = reference
        .numbers
        .into_iter()
        .enumerate()
        .map(|(index, values)| number(&format!("number {index}"), values))
        .collect();
    columns.push(Column::new("code", "code", EvidenceType::Categorical, reference.category));
    (set(columns, reference.deposit), reference.weight, reference.fits)
}

/// Stored by `tests/fixtures/logistic.py` with scikit-learn 1.9.1.
#[test]
fn coefficients_equal_those_of_scikit_learn() {
    let (unweighted, weight, fits) = reference();
    let weighted = TrainingSet { weight, ..unweighted.clone() };
    assert_eq!(fits.len(), 9);
    for expected in fits {
        let fitted =
            fit(&expected.settings, if expected.weighted { &weighted } else { &unweighted });
        let scale = |term: &Term| match term.category {
            None if expected.settings.standardise => term.deviation,
            _ => 1.0,
        };
        let found: Vec<f64> = terms(&fitted).iter().map(|t| t.coefficient * scale(t)).collect();
        assert!(fitted.converged, "{:?}", expected.settings);
        assert!((fitted.base() - expected.intercept).abs() < 1e-5, "{:?}", expected.settings);
        assert_eq!(found.len(), expected.coefficients.len());
        for (found, expected) in found.iter().zip(&expected.coefficients) {
            assert!((found - expected).abs() < 1e-5, "{found}, but scikit-learn has {expected}");
        }
    }
}

#[test]
fn without_a_penalty_an_indicator_gives_the_shares_of_its_classes() {
    // 3 of 4 are deposits where the column is 1, 1 of 5 where it is 0.
    let values = vec![1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let deposit = [true, true, true, false, true, false, false, false, false].to_vec();
    for evidence_type in [EvidenceType::Continuous, EvidenceType::Categorical] {
        let column = Column::new("near", "near", evidence_type, values.clone());
        let world = set(vec![column], deposit.clone());
        let settings = Settings { penalty: Penalty::None, ..Settings::default() };
        let fitted = fit(&settings, &world);
        let scores = fitted.predict(&world.features).unwrap();
        assert!((scores[0] - 0.75).abs() < 1e-6 && (scores[8] - 0.2).abs() < 1e-6, "{scores:?}");
        if evidence_type == EvidenceType::Continuous {
            let slope = fitted.columns[0].terms[0].coefficient;
            assert!((slope - 12_f64.ln()).abs() < 1e-6, "odds 3 over odds 1/4");
            assert!((fitted.intercept - 0.25_f64.ln()).abs() < 1e-6);
        }
    }
}

#[test]
fn a_category_is_no_number() {
    let code = |codes: [f32; 3], rows: usize| {
        let values = (0..rows).map(|row| codes[row % 3]).collect();
        Column::new("code", "code", EvidenceType::Categorical, values)
    };
    let deposit: Vec<bool> = (0..60).map(|row| row % 3 == 1 || row % 10 == 0).collect();
    let [one, other] = [[1.0, 2.0, 3.0], [-7.5, 1e6, 0.25]]
        .map(|codes| set(vec![code(codes, 60)], deposit.clone()))
        .map(|world| fit(&Settings::default(), &world).predict(&world.features).unwrap());
    for (one, other) in one.iter().zip(&other) {
        assert!((one - other).abs() < 1e-6);
    }
    assert!(one[1] > one[0] && one[1] > one[2], "the middle code is the best one");
    let fitted = fit(&Settings::default(), &set(vec![code([1.0, 2.0, 3.0], 60)], deposit));
    let unseen = Table::new(1, vec![code([99.0, 99.0, 99.0], 1)]).unwrap();
    let score = fitted.predict(&unseen).unwrap()[0];
    assert!((f64::from(score) - probability(fitted.intercept)).abs() < 1e-7, "all indicators zero");
}

#[test]
fn odd_training_sides_are_fitted_or_refused() {
    let rows = 40;
    let deposit: Vec<bool> = (0..rows).map(|row| row >= 30).collect();
    let parted: Vec<f32> = (0..rows).map(|row| row as f32).collect();
    let columns = vec![
        number("parted", parted.clone()),
        number("again", parted.iter().map(|value| value * -2.0 + 1.0).collect()),
        number("constant", vec![0.1; rows]),
        number("missing", vec![f32::NAN; rows]),
        number("huge", parted.iter().map(|value| value * 1e36).collect()),
    ];
    let world = set(columns, deposit);
    for penalty in [Penalty::L2, Penalty::L1, Penalty::ElasticNet, Penalty::None] {
        for standardise in [true, false] {
            let settings = Settings { penalty, standardise, ..Settings::default() };
            let fitted = fit(&settings, &world);
            let scores = fitted.predict(&world.features).unwrap();
            assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)), "{settings:?}");
            assert!(scores[39] > 0.9 && scores[0] < 0.1, "{settings:?}: {scores:?}");
            assert_eq!(terms(&fitted)[2].coefficient, 0.0, "constant");
            assert_eq!(terms(&fitted)[3].coefficient, 0.0, "missing");
        }
    }
    for deposit in [true, false] {
        let one_class = TrainingSet { deposit: vec![deposit; rows], ..world.clone() };
        assert!(Settings::default().fit(&one_class, Seed(1)).is_err());
    }
    let weight = world.deposit.iter().map(|deposit| f32::from(u8::from(!deposit))).collect();
    let weightless = TrainingSet { weight, ..world.clone() };
    assert!(Settings::default().fit(&weightless, Seed(1)).is_err());
    assert!(Settings { c: 0.0, ..Settings::default() }.fit(&world, Seed(1)).is_err());
    assert!(Settings { l1_share: 1.1, ..Settings::default() }.fit(&world, Seed(1)).is_err());
    assert!(Settings { max_iterations: 0, ..Settings::default() }.fit(&world, Seed(1)).is_err());
    let many = (0..4000).map(|row| row as f32).collect();
    let many = Column::new("names", "names", EvidenceType::Categorical, many);
    let many = set(vec![many], (0..4000).map(|row| row % 2 == 0).collect());
    let error = Settings::default().fit(&many, Seed(1)).unwrap_err().to_string();
    assert!(error.contains("names") && error.contains("4000"), "{error}");
}

#[test]
fn a_weight_of_two_is_the_sample_twice() {
    let (world, _, _) = reference();
    let rows: Vec<usize> = (0..60).chain((0..60).filter(|row| row % 3 == 0)).collect();
    let twice = TrainingSet {
        features: world.features.select(&rows),
        deposit: rows.iter().map(|row| world.deposit[*row]).collect(),
        weight: vec![1.0; rows.len()],
    };
    let weight = (0..60).map(|row| if row % 3 == 0 { 2.0 } else { 1.0 }).collect();
    let weighted = TrainingSet { weight, ..world.clone() };
    for penalty in [Penalty::L2, Penalty::L1] {
        let settings = Settings { penalty, ..Settings::default() };
        let [twice, weighted] = [&twice, &weighted].map(|set| terms(&fit(&settings, set)));
        for (twice, weighted) in twice.iter().zip(&weighted) {
            assert!((twice.coefficient - weighted.coefficient).abs() < 1e-6);
        }
    }
}

#[test]
fn the_fit_is_the_same_on_any_number_of_threads_and_after_storing() {
    let (world, _, _) = reference();
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let [one, four] = [1, 4].map(|n| pool(n).install(|| fit(&Settings::default(), &world)));
    assert_eq!(one, four);
    let text = serde_json::to_string(&one).unwrap();
    assert_eq!(serde_json::from_str::<Fitted>(&text).unwrap(), one);
    let names = Table::new(1, vec![number("other", vec![1.0])]).unwrap();
    assert!(one.predict(&names).is_err());
}

/// Derivative of C times the summed log loss by each coefficient, the intercept's first, in the
/// columns' own units.
fn derivatives(fitted: &Fitted, set: &TrainingSet, c: f64) -> Vec<f64> {
    let scores = fitted.predict(&set.features).unwrap();
    let errors: Vec<f64> = scores
        .iter()
        .zip(&set.deposit)
        .zip(&set.weight)
        .map(|((score, d), w)| c * f64::from(*w) * (f64::from(*score) - f64::from(u8::from(*d))))
        .collect();
    let columns = set.features.columns().iter().map(|column| {
        errors.iter().zip(&column.values).map(|(error, value)| error * f64::from(*value)).sum()
    });
    std::iter::once(errors.iter().sum()).chain(columns).collect()
}

fn worlds() -> impl Strategy<Value = TrainingSet> {
    let row = (prop::array::uniform3(-3.0_f32..3.0), any::<bool>(), 0.1_f32..4.0);
    prop::collection::vec(row, 4..40).prop_map(|mut rows| {
        rows[0].1 = true;
        rows[1].1 = false;
        let column = |index: usize| {
            number(&index.to_string(), rows.iter().map(|row| row.0[index]).collect())
        };
        let columns = vec![column(0), column(1), column(2)];
        let weight = rows.iter().map(|row| row.2).collect();
        let deposit = rows.iter().map(|row| row.1).collect();
        TrainingSet { weight, ..set(columns, deposit) }
    })
}

proptest! {
    #[test]
    fn derivatives_vanish_at_the_optimum(world in worlds(), c in 0.01_f64..10.0) {
        for penalty in [Penalty::L2, Penalty::L1] {
            let fitted = fit(&Settings { penalty, c, standardise: false, ..Settings::default() }, &world);
            let [intercept, rest @ ..] = &derivatives(&fitted, &world, c)[..] else { panic!() };
            prop_assert!(intercept.abs() < 1e-3, "intercept {}", intercept);
            for (term, derivative) in terms(&fitted).iter().zip(rest) {
                let b = term.coefficient;
                match penalty {
                    Penalty::L1 if b == 0.0 => prop_assert!(derivative.abs() < 1.0 + 1e-3),
                    Penalty::L1 => prop_assert!((derivative + b.signum()).abs() < 1e-3),
                    _ => prop_assert!((derivative + b).abs() < 1e-3),
                }
            }
        }
    }

    #[test]
    fn base_and_shares_add_up_to_the_score(world in worlds()) {
        let balanced = Settings { class_weight: ClassWeight::Balanced, ..Settings::default() };
        let fitted = fit(&balanced, &world);
        let attribution = fitted.explain(&world.features).unwrap();
        let weight: f64 = world.weight.iter().map(|w| f64::from(*w)).sum();
        for shares in &attribution.shares {
            let sum: f64 =
                shares.iter().zip(&world.weight).map(|(s, w)| f64::from(*s) * f64::from(*w)).sum();
            prop_assert!((sum / weight).abs() < 1e-5, "shares have a mean of zero");
        }
        for (row, score) in fitted.predict(&world.features).unwrap().into_iter().enumerate() {
            let sum: f32 = attribution.shares.iter().map(|shares| shares[row]).sum();
            let log_odds = attribution.base + f64::from(sum);
            prop_assert!((f64::from(score) - probability(log_odds)).abs() < 1e-5);
        }
    }
}
