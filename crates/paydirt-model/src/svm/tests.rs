use paydirt_core::seed::Seed;
use paydirt_core::table::Table;

use super::{Fitted, Gamma, Kernel, Rbf, Settings};
use crate::reference::{Reference, apart, number, twice_and_weighted};
use crate::{Estimator, FittedModel, Predictor, TrainingSet};

fn fit(settings: &Settings, set: &TrainingSet) -> Fitted {
    match settings.fit(set, Seed(1)).unwrap() {
        FittedModel::Svm(fitted) => fitted,
        other => panic!("{other:?}"),
    }
}

fn as_f64(numbers: Vec<f32>) -> Vec<f64> {
    numbers.into_iter().map(f64::from).collect()
}

/// Stored by `tests/fixtures/kernels.py` with scikit-learn 1.9.1.
#[test]
fn decision_values_are_those_of_scikit_learn() {
    let reference = Reference::<Settings>::read();
    let answers = reference.answers("svm");
    assert_eq!(answers.len(), 6);
    for expected in answers {
        let fitted = fit(&expected.settings, &reference.training(expected.weighted));
        let found = fitted.decide(&reference.rows()).unwrap();
        let error = apart(&found, &expected.answer);
        // Kernels are 32-bit numbers on both sides: what they round off, C multiplies.
        let tight = if expected.settings.c > 1.0 { 2e-5 } else { 1e-5 };
        let bound = if expected.settings.tolerance < 1e-5 { tight } else { 1e-3 };
        assert!(error < bound, "{:?}: {error}", expected.settings);
        assert!(fitted.converged);
        let support = expected.support.unwrap();
        assert!(fitted.support_vectors().abs_diff(support) <= 1, "{support} support vectors");
    }
}

#[test]
fn two_samples_are_parted_in_the_middle() {
    let features = Table::new(2, vec![number("a", vec![3.0, 5.0])]).unwrap();
    let set = TrainingSet { features, deposit: vec![false, true], weight: vec![1.0; 2] };
    let settings = Settings { kernel: Kernel::Linear {}, c: 100.0, ..Settings::default() };
    let fitted = fit(&settings, &set);
    let asked = Table::new(3, vec![number("a", vec![3.0, 4.0, 7.0])]).unwrap();
    assert!(apart(&fitted.decide(&asked).unwrap(), &[-1.0, 0.0, 3.0]) < 1e-5);
    let shares = fitted.explain(&asked).unwrap();
    assert!(shares.base.abs() < 1e-6, "the training mean lies on the plane");
    assert!(apart(&as_f64(shares.shares[0].clone()), &[-1.0, 0.0, 3.0]) < 1e-5);
}

#[test]
fn a_weight_of_two_is_the_sample_twice() {
    let reference = Reference::<Settings>::read();
    for kernel in [Kernel::Rbf(Rbf::default()), Kernel::Linear {}] {
        let settings = Settings { kernel, tolerance: 1e-7, ..Settings::default() };
        let [twice, weighted] = twice_and_weighted(&reference.training(false))
            .map(|set| fit(&settings, &set).decide(&reference.rows()).unwrap());
        assert!(apart(&twice, &weighted) < 1e-4, "{}", apart(&twice, &weighted));
    }
}

#[test]
fn odd_training_sides_are_fitted() {
    let reference = Reference::<Settings>::read();
    let set = reference.training(false);
    for deposit in [true, false] {
        let one = TrainingSet { deposit: vec![deposit; 120], ..set.clone() };
        assert!(Settings::default().fit(&one, Seed(1)).is_err());
    }
    // The same rows with both labels: every decision is the same, and no side is preferred.
    let rows: Vec<usize> = (0..120).chain(0..120).collect();
    let both = TrainingSet {
        features: set.features.select(&rows),
        deposit: (0..240).map(|row| row < 120).collect(),
        weight: vec![1.0; 240],
    };
    let scores = fit(&Settings::default(), &both).predict(&reference.rows()).unwrap();
    assert!(scores.iter().all(|score| (score - 0.5).abs() < 0.01), "{scores:?}");
    let constant = Table::new(120, vec![number("a", vec![2.5; 120])]).unwrap();
    let scores = fit(&Settings::default(), &TrainingSet { features: constant, ..set.clone() });
    assert!(
        scores.decide(&Table::new(1, vec![number("a", vec![9.0])]).unwrap()).unwrap()[0]
            .is_finite()
    );
    for bad in [
        Settings { c: 0.0, ..Settings::default() },
        Settings { tolerance: f64::NAN, ..Settings::default() },
        Settings { kernel: Kernel::Rbf(Rbf { gamma: Gamma::Value(-1.0) }), ..Settings::default() },
    ] {
        assert!(bad.fit(&set, Seed(1)).unwrap_err().to_string().contains("model.svm."));
    }
}

#[test]
fn settings_are_written_as_tables() {
    let read = |text| serde_json::from_str::<Settings>(text);
    let rbf = read(r#"{"kernel": {"rbf": {"gamma": 0.5}}}"#).unwrap();
    assert_eq!(rbf.kernel, Kernel::Rbf(Rbf { gamma: Gamma::Value(0.5) }));
    assert_eq!(read(r#"{"kernel": {"rbf": {"gamma": "scale"}}}"#).unwrap(), Settings::default());
    assert_eq!(read(r#"{"kernel": {"linear": {}}}"#).unwrap().kernel, Kernel::Linear {});
    assert!(read(r#"{"kernel": {"rbf": {"gama": 0.5}}}"#).is_err());
}

#[test]
fn a_damaged_file_is_refused() {
    let reference = Reference::<Settings>::read();
    let fitted = fit(&Settings::default(), &reference.training(false));
    let text = serde_json::to_string(&fitted).unwrap();
    assert_eq!(serde_json::from_str::<Fitted>(&text).unwrap(), fitted);
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["coefficients"].as_array_mut().unwrap().pop();
    assert!(serde_json::from_value::<Fitted>(value).is_err());
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["support"][3].as_array_mut().unwrap().pop();
    assert!(serde_json::from_value::<Fitted>(value).is_err());
}
