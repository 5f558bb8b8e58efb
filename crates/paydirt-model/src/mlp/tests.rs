use paydirt_core::layer::EvidenceType;
use paydirt_core::table::Column;
use rand::RngExt;

use super::*;
use crate::neural::train::{EarlyStopping, Optimiser, Schedule};
use crate::{Error, Model, logistic};

/// Two columns; a deposit lies where `rule` says so of them.
fn world(rows: usize, rule: impl Fn(f32, f32, f32) -> bool) -> TrainingSet {
    let mut rng = Seed(21).rng();
    let mut draw = || -> Vec<f32> { (0..rows).map(|_| 4.0 * rng.random::<f32>() - 2.0).collect() };
    let (a, b, luck) = (draw(), draw(), draw());
    let deposit = (0..rows).map(|row| rule(a[row], b[row], luck[row])).collect();
    let column = |name: &str, values| Column::new(name, name, EvidenceType::Continuous, values);
    let features = Table::new(rows, vec![column("a", a), column("b", b)]).unwrap();
    TrainingSet { features, deposit, weight: vec![1.0; rows] }
}

fn settings(epochs: usize) -> Settings {
    let training = Training { epochs, learning_rate: 0.02, ..Training::default() };
    Settings { dropout: 0.0, training, ..Settings::default() }
}

#[test]
fn without_a_hidden_layer_it_is_the_logistic_regression() {
    let set = world(200, |a, b, luck| a - 0.5 * b + luck > 0.3);
    let training = Training {
        epochs: 400,
        batch: 200,
        optimiser: Optimiser::Adamw,
        learning_rate: 0.05,
        weight_decay: 0.0,
        schedule: Schedule::Cosine {},
        clip_norm: None,
        ..Training::default()
    };
    let plain =
        Settings { hidden: Vec::new(), class_weight: ClassWeight::None, training, ..settings(1) };
    let found = plain.fit(&set, Seed(1)).unwrap().predict(&set.features).unwrap();
    let exact = logistic::Settings { c: 1e6, ..Default::default() };
    let exact = exact.fit(&set, Seed(1)).unwrap().predict(&set.features).unwrap();
    for (found, exact) in found.iter().zip(&exact) {
        assert!((found - exact).abs() < 2e-3, "{found} {exact}");
    }
}

#[test]
fn hidden_layers_tell_what_no_weighted_sum_can() {
    let set = world(300, |a, b, _| (a > 0.0) != (b > 0.0));
    let right = |settings: Settings| {
        let scores = settings.fit(&set, Seed(1)).unwrap().predict(&set.features).unwrap();
        let right = scores.iter().zip(&set.deposit).filter(|(score, d)| (**score > 0.5) == **d);
        right.count() as f64 / 300.0
    };
    assert!(right(settings(60)) > 0.95);
    assert!(
        right(Settings { normalise: true, activation: Activation::Gelu, ..settings(60) }) > 0.95
    );
    assert!(right(Settings { hidden: Vec::new(), ..settings(60) }) < 0.65);
}

#[test]
fn label_smoothing_keeps_scores_from_the_ends() {
    let set = world(200, |a, _, _| a > 0.0);
    let loss = ClassLoss { label_smoothing: 0.4, ..ClassLoss::default() };
    let scores = Settings { loss, ..settings(60) }.fit(&set, Seed(1)).unwrap();
    let scores = scores.predict(&set.features).unwrap();
    let mean = |class: bool| {
        let of: Vec<f32> = scores
            .iter()
            .zip(&set.deposit)
            .filter(|(_, d)| **d == class)
            .map(|(s, _)| *s)
            .collect();
        of.iter().sum::<f32>() / of.len() as f32
    };
    assert!((mean(true) - 0.8).abs() < 0.06 && (mean(false) - 0.2).abs() < 0.06);
}

#[test]
fn patience_ends_it_and_settings_out_of_range_are_refused() {
    let set = world(120, |a, _, luck| a + luck > 0.0);
    let stopping = Some(EarlyStopping { patience: 1, share: 0.25 });
    let stops = Settings {
        training: Training { early_stopping: stopping, ..settings(50).training },
        ..settings(50)
    };
    assert!(stops.fit(&set, Seed(1)).is_ok());
    let bad = [
        (Settings { hidden: vec![0], ..settings(1) }, "mlp.hidden"),
        (Settings { hidden: vec![1; 99], ..settings(1) }, "mlp.hidden"),
        (Settings { dropout: 1.0, ..settings(1) }, "mlp.dropout"),
        (
            Settings { training: Training { epochs: 0, ..Training::default() }, ..settings(1) },
            "epochs",
        ),
    ];
    for (settings, key) in bad {
        let error = settings.fit(&set, Seed(1)).unwrap_err();
        assert!(matches!(error, Error::Core(_)) && error.to_string().contains(key), "{error}");
    }
}

#[test]
fn a_damaged_file_is_refused() {
    let set = world(60, |a, _, _| a > 0.0);
    let fitted = settings(2).fit(&set, Seed(1)).unwrap();
    let text = serde_json::to_string(&fitted).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    value["mlp"]["networks"]["members"][0]["weights"].as_array_mut().unwrap().pop();
    assert!(serde_json::from_value::<FittedModel>(value.clone()).is_err());
    value["mlp"]["networks"]["hidden"] = serde_json::json!([usize::MAX, 2]);
    assert!(serde_json::from_value::<FittedModel>(value).is_err());
    let model = Model::Mlp(settings(2));
    assert!(model.varies() && !model.sees_ground());
}
