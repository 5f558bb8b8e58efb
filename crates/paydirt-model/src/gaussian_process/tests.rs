use paydirt_core::seed::Seed;
use paydirt_core::table::Table;

use super::{Fitted, Kernel, Matern, Settings, averaged};
use crate::columns::probability;
use crate::reference::{Reference, apart, number, twice_and_weighted};
use crate::{Estimator, FittedModel, Predictor, TrainingSet};

fn fit(settings: &Settings, set: &TrainingSet) -> Fitted {
    match settings.fit(set, Seed(1)).unwrap() {
        FittedModel::GaussianProcess(fitted) => fitted,
        other => panic!("{other:?}"),
    }
}

fn scores(fitted: &Fitted, table: &Table) -> Vec<f64> {
    fitted.predict(table).unwrap().into_iter().map(f64::from).collect()
}

/// Stored by `tests/fixtures/kernels.py` with scikit-learn 1.9.1.
#[test]
fn probabilities_are_those_of_scikit_learn() {
    let reference = Reference::<Settings>::read();
    let answers = reference.answers("gaussian_process");
    assert_eq!(answers.len(), 5);
    for expected in answers {
        let fitted = fit(&expected.settings, &reference.training(false));
        let likelihood = expected.log_marginal_likelihood.unwrap();
        if expected.settings.optimise {
            assert!(
                fitted.log_marginal_likelihood() > likelihood - 1e-3,
                "{likelihood} {fitted:?}"
            );
            continue;
        }
        assert!((fitted.log_marginal_likelihood() - likelihood).abs() < 1e-5);
        let error = apart(&scores(&fitted, &reference.rows()), &expected.answer);
        assert!(error < 1e-4, "{:?}: {error}", expected.settings);
    }
}

#[test]
fn the_average_over_log_odds_is_exact() {
    // By scipy 1.17.1's quad to 1e-12.
    for (mean, variance, expected) in [
        (0.0, 4.0, 0.5),
        (1.0, 1.0, 0.6967346701),
        (-2.0, 9.0, 0.2825760141),
        (3.0, 30.0, 0.6986769822),
    ] {
        let found = averaged(mean, variance);
        assert!((found - expected).abs() < 1e-5, "{mean} {variance}: {found}");
    }
    assert!((averaged(1.5, 0.0) - probability(1.5)).abs() < 1e-12);
}

#[test]
fn far_from_all_samples_nothing_is_known() {
    let reference = Reference::<Settings>::read();
    let fitted = fit(&Settings::default(), &reference.training(false));
    let mut columns = reference.rows().select(&[0]).into_columns();
    columns[0].values[0] = 1e6;
    let far = scores(&fitted, &Table::new(1, columns).unwrap())[0];
    assert!((far - 0.5).abs() < 1e-6, "{far}");
}

#[test]
fn a_weight_of_two_is_the_sample_twice() {
    let reference = Reference::<Settings>::read();
    for optimise in [false, true] {
        let settings = Settings { optimise, ..Settings::default() };
        let [twice, weighted] = twice_and_weighted(&reference.training(false))
            .map(|set| scores(&fit(&settings, &set), &reference.rows()));
        let bound = if optimise { 5e-3 } else { 1e-5 };
        assert!(apart(&twice, &weighted) < bound, "{}", apart(&twice, &weighted));
    }
}

#[test]
fn samples_are_drawn_where_they_are_many() {
    let rows = 300;
    let deposit: Vec<bool> = (0..rows).map(|row| row % 10 == 0).collect();
    let set = TrainingSet {
        features: Table::new(rows, vec![number("a", (0..rows).map(|r| r as f32).collect())])
            .unwrap(),
        deposit,
        weight: vec![1.0; rows],
    };
    let settings = Settings { rows: 80, ..Settings::default() };
    let (drawn, weight) = settings.draw(&set, Seed(2));
    assert_eq!(drawn.len(), 80);
    assert_eq!(drawn.iter().filter(|row| set.deposit[**row]).count(), 30, "all deposits");
    let others: f64 =
        drawn.iter().zip(&weight).filter(|(row, _)| !set.deposit[**row]).map(|(_, w)| w).sum();
    assert!((others - 270.0).abs() < 1e-9, "as much as all others");
    assert_ne!(drawn, settings.draw(&set, Seed(3)).0);
    let few = Settings { rows: 20, ..Settings::default() }.draw(&set, Seed(2)).0;
    assert_eq!(few.iter().filter(|row| set.deposit[**row]).count(), 10, "half of the rows");
    let all = Settings::default().draw(&set, Seed(2));
    assert_eq!(all, ((0..300).collect(), vec![1.0; 300]));
}

#[test]
fn odd_training_sides_are_fitted_or_refused() {
    let values: Vec<f32> = (0..60).map(|row| row as f32).collect();
    let columns = vec![number("parted", values), number("constant", vec![0.1; 60])];
    let set = TrainingSet {
        features: Table::new(60, columns).unwrap(),
        deposit: (0..60).map(|row| row >= 50).collect(),
        weight: vec![1.0; 60],
    };
    let found = scores(&fit(&Settings::default(), &set), &set.features);
    assert!(found[..50].iter().all(|score| *score < 0.5), "{found:?}");
    assert!(found[50..].iter().all(|score| *score > 0.5), "{found:?}");
    assert!(found[40] < 0.1 && found[59] > 0.8, "{found:?}");
    // The same rows with both labels say nothing.
    let rows: Vec<usize> = (0..60).chain(0..60).collect();
    let both = TrainingSet {
        features: set.features.select(&rows),
        deposit: (0..120).map(|row| row < 60).collect(),
        weight: vec![1.0; 120],
    };
    let found = scores(&fit(&Settings::default(), &both), &set.features);
    assert!(found.iter().all(|score| (score - 0.5).abs() < 0.01), "{found:?}");
    for bad in [
        Settings { rows: 1, ..Settings::default() },
        Settings { rows: 6000, ..Settings::default() },
        Settings { length: 0.0, ..Settings::default() },
        Settings { kernel: Kernel::Matern(Matern { smoothness: 1.0 }), ..Settings::default() },
    ] {
        let error = bad.fit(&set, Seed(1)).unwrap_err().to_string();
        assert!(error.contains("model.gaussian_process."), "{error}");
    }
    let text = serde_json::to_string(&fit(&Settings::default(), &set)).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["bend"].as_array_mut().unwrap().pop();
    assert!(serde_json::from_value::<Fitted>(value).is_err());
}
