//! Models against stored answers of the field's libraries: `fixtures/indicator_kriging.py` (PyKrige
//! 1.7.3, SciPy 1.17.1), `fixtures/fuzzy.py` (EIS Toolkit 1.1.6, scikit-fuzzy 0.5.0) and
//! `fixtures/responses.py` (EIS Toolkit 1.1.6).
#![expect(clippy::unwrap_used, reason = "a test may stop")]

use paydirt_core::gridding::variogram::Variogram;
use paydirt_core::layer::EvidenceType::{self, Categorical, Continuous, Ordinal};
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use paydirt_model::fuzzy::Membership;
use paydirt_model::weights_of_evidence::{self as evidence, posterior::Posterior};
use paydirt_model::{Estimator, FittedModel, Predictor, TrainingSet, fuzzy, indicator_kriging};
use serde::Deserialize;
use serde_json::{Value, json};

fn table(columns: &[(&str, EvidenceType, Vec<f32>)]) -> Table {
    let column = |(name, evidence_type, values): &(&str, _, Vec<f32>)| {
        Column::new(name, name, *evidence_type, values.clone())
    };
    Table::new(columns[0].2.len(), columns.iter().map(column).collect()).unwrap()
}

fn set(features: Table, deposit: Vec<bool>) -> TrainingSet {
    TrainingSet { features, weight: vec![1.0; deposit.len()], deposit }
}

/// The largest difference of two lists of equal length.
fn apart(found: impl ExactSizeIterator<Item = f64>, expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let errors = found.zip(expected).map(|(a, b)| (a - b).abs());
    errors.map(|error| if error.is_nan() { f64::INFINITY } else { error }).fold(0.0, f64::max)
}

fn wide(scores: Vec<f32>) -> impl ExactSizeIterator<Item = f64> {
    scores.into_iter().map(f64::from)
}

/// Indicators of samples kriged with the variogram that SciPy fits.
#[derive(Deserialize)]
struct Kriged {
    samples: Vec<[f32; 2]>,
    deposit: Vec<bool>,
    places: Vec<[f32; 2]>,
    cases: Vec<KrigedWith>,
}

#[derive(Deserialize)]
struct KrigedWith {
    variogram: Variogram,
    answer: Vec<f64>,
}

fn at(places: &[[f32; 2]]) -> Table {
    let axis = |axis: usize| places.iter().map(|place| place[axis]).collect();
    table(&[("easting", Continuous, axis(0)), ("northing", Continuous, axis(1))])
}

/// All samples are neighbours, as they are in PyKrige, whose estimates are cut off at 0 and 1 here.
#[test]
fn indicator_kriging_is_that_of_pykrige_with_a_variogram_of_its_own_and_a_given_one() {
    let fixture: Kriged =
        serde_json::from_str(include_str!("fixtures/indicator_kriging.json")).unwrap();
    let world = set(at(&fixture.samples), fixture.deposit);
    for KrigedWith { variogram, answer } in &fixture.cases {
        let answer: Vec<f64> = answer.iter().map(|estimate| estimate.clamp(0.0, 1.0)).collect();
        assert!(answer.iter().filter(|share| (0.01..0.99).contains(*share)).count() > 60);
        let own = indicator_kriging::Settings {
            models: vec![variogram.model],
            neighbours: fixture.samples.len(),
            ..Default::default()
        };
        let given = indicator_kriging::Settings { variogram: Some(*variogram), ..own.clone() };
        for (settings, tolerance) in [(own, 1e-6), (given, 1e-7)] {
            let FittedModel::IndicatorKriging(fitted) = settings.fit(&world, Seed(1)).unwrap()
            else {
                panic!("another model")
            };
            let found = fitted.variogram();
            let numbers = |v: &Variogram| [v.nugget, v.sill, v.range_m / 1e4];
            let error = apart(numbers(&found).into_iter(), &numbers(variogram));
            assert!(error < tolerance, "{found}, of SciPy {variogram}: {error}");
            let error = apart(wide(fitted.predict(&at(&fixture.places)).unwrap()), &answer);
            assert!(error < tolerance, "{variogram}: {error}");
        }
    }
}

#[derive(Deserialize)]
struct Fuzzy {
    values: Vec<f32>,
    memberships: Vec<Member>,
    layers: [Vec<f32>; 3],
    overlays: Vec<Overlaid>,
}

#[derive(Deserialize)]
struct Member {
    source: String,
    membership: Membership,
    answer: Vec<f64>,
}

#[derive(Deserialize)]
struct Overlaid {
    overlay: Value,
    answer: Vec<f64>,
}

fn fuzzy_answers() -> Fuzzy {
    serde_json::from_str(include_str!("fixtures/fuzzy.json")).unwrap()
}

/// The scores of the rows on which fuzzy logic was fitted; what the expert gives looks at no label.
fn fuzzy_scores(settings: Value, features: Table) -> Vec<f32> {
    let settings: fuzzy::Settings = serde_json::from_value(settings).unwrap();
    let deposit = (0..features.rows()).map(|row| row == 0).collect();
    let world = set(features, deposit);
    settings.fit(&world, Seed(1)).unwrap().predict(&world.features).unwrap()
}

#[test]
fn fuzzy_memberships_are_those_of_scikit_fuzzy_and_eis_toolkit() {
    let fixture = fuzzy_answers();
    for Member { source, membership, answer } in &fixture.memberships {
        let settings = json!({ "memberships": { "a": membership }, "overlay": { "layer": "a" } });
        let features = table(&[("a", Continuous, fixture.values.clone())]);
        let error = apart(wide(fuzzy_scores(settings, features)), answer);
        assert!(error < 1e-7, "{source}, {membership:?}: {error}");
    }
}

#[test]
fn fuzzy_overlays_are_those_of_eis_toolkit() {
    let fixture = fuzzy_answers();
    let as_it_is = json!({ "linear": { "at_0": 0, "at_1": 1 } });
    let [a, b, c] = fixture.layers;
    let features = table(&[("a", Continuous, a), ("b", Continuous, b), ("c", Continuous, c)]);
    for Overlaid { overlay, answer } in &fixture.overlays {
        let memberships = json!({ "a": as_it_is, "b": as_it_is, "c": as_it_is });
        let settings = json!({ "memberships": memberships, "overlay": overlay });
        let error = apart(wide(fuzzy_scores(settings, features.clone())), answer);
        assert!(error < 1e-7, "{overlay}: {error}");
    }
}

#[derive(Deserialize)]
struct Responses {
    deposit: Vec<bool>,
    layers: Layers,
    probability: Vec<f64>,
    deviation: Vec<f64>,
    confidence: Vec<f64>,
    predicted_over_deposits: f64,
}

#[derive(Deserialize)]
struct Layers {
    low: Vec<f32>,
    high: Vec<f32>,
    code: Vec<f32>,
}

/// EIS Toolkit's deviation is that of the logit times P, the delta method's (and ours) that times
/// P (1 - P); so its confidence is ours times 1 - P. Its T / n is the inverse of our n / T, but its s(T) is
/// the root of a sum of deviations: `the_deviation_of_the_prediction_counts_the_area_of_conditions`.
#[test]
fn the_posterior_is_that_of_eis_toolkit_and_its_deviation_that_of_the_same_logit() {
    let fixture: Responses = serde_json::from_str(include_str!("fixtures/responses.json")).unwrap();
    let Layers { low, high, code } = fixture.layers;
    let columns = [("low", Ordinal, low), ("high", Ordinal, high), ("code", Categorical, code)];
    let world = set(table(&columns), fixture.deposit);
    let settings = json!({ "kind": "ascending", "layers": { "high": { "kind": "descending" } },
        "cut": "contrast", "min_studentized_contrast": 1 });
    let settings: evidence::Settings = serde_json::from_value(settings).unwrap();
    let FittedModel::WeightsOfEvidence(fitted) = settings.fit(&world, Seed(1)).unwrap() else {
        panic!("another model")
    };
    let posterior = fitted.posterior(&world.features).unwrap();
    let error =
        |of: fn(&Posterior) -> f64, expected: &[f64]| apart(posterior.iter().map(of), expected);
    let probability = error(|found| found.probability, &fixture.probability);
    let deviation = error(|found| found.s_weights / (1.0 - found.probability), &fixture.deviation);
    let confidence =
        error(|found| found.confidence() * (1.0 - found.probability), &fixture.confidence);
    assert!(probability < 1e-11 && deviation < 1e-11, "{probability} {deviation}");
    assert!(confidence < 1e-10, "{confidence}");
    let scores = fitted.predict(&world.features).unwrap();
    assert!(apart(wide(scores), &fixture.probability) < 1e-7);
    let ratio = fitted.independence().overall.unwrap().ratio;
    assert!((1.0 / ratio - fixture.predicted_over_deposits).abs() < 1e-10, "{ratio}");
}
