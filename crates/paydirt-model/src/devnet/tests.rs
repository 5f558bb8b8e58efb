use paydirt_core::layer::EvidenceType;
use paydirt_core::table::Column;
use rand::RngExt;
use serde_json::Value;

use super::*;
use crate::Error;
use crate::neural::dense::{Objective, Walk, deep_lift, expected_gradients};
use crate::neural::train::EarlyStopping;

/// Stored by `tests/fixtures/devnet.py` with torch 2.15.0 and shap 0.51.0.
struct Stored(Value);

impl Stored {
    fn read() -> Self {
        Self(serde_json::from_str(include_str!("../../tests/fixtures/devnet.json")).unwrap())
    }

    fn number(&self, key: &str) -> f64 {
        self.0[key].as_f64().unwrap()
    }

    fn list(&self, key: &str) -> Vec<f32> {
        serde_json::from_value(self.0[key].clone()).unwrap()
    }

    fn network(&self) -> (Dense, Vec<f32>) {
        (Dense::new(&shape(5, &[7, 4], Activation::Relu)), self.list("weights"))
    }
}

fn near(found: &[f32], expected: &[f32], within: f32) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < within, "{found} {expected}");
    }
}

fn table(columns: Vec<Vec<f32>>) -> Table {
    let rows = columns[0].len();
    let named = columns.into_iter().enumerate().map(|(index, values)| {
        Column::new(&index.to_string(), &index.to_string(), EvidenceType::Continuous, values)
    });
    Table::new(rows, named.collect()).unwrap()
}

#[test]
fn scores_loss_and_slopes_are_those_of_pytorch() {
    let stored = Stored::read();
    let (network, numbers) = stored.network();
    let rows = stored.list("rows");
    near(&network.outputs_of(&numbers, &rows), &stored.list("scores"), 1e-5);
    let deposit: Vec<bool> = serde_json::from_value(stored.0["deposit"].clone()).unwrap();
    let set = TrainingSet { features: table(vec![vec![0.0; 40]]), deposit, weight: vec![1.0; 40] };
    let settings = Settings { margin: stored.number("margin"), ..Settings::default() };
    let all: Vec<usize> = (0..40).collect();
    let points = Points::of(&rows.chunks(5).map(<[f32]>::to_vec).collect::<Vec<_>>());
    let mut few = Few::new(&settings, &set, points, (&all, 0));
    few.reference =
        Reference { mean: stored.number("mean"), deviation: stored.number("deviation") };
    let mut walk = Walk::new(&network, 40);
    walk.enter(rows.chunks(5));
    walk.learn(&numbers, Seed(0));
    let (loss, slopes) = few.loss(&all, &walk.leave(), Seed(0));
    assert!((loss - stored.number("loss")).abs() < 1e-6);
    let mut gradient = vec![0.0; numbers.len()];
    walk.back(&numbers, &slopes, &mut gradient);
    // The cost of weights, which the loop adds.
    let l2: Vec<f32> = stored.list("l2");
    let mut cost = 0.0;
    for (layer, l2) in l2.iter().enumerate() {
        for place in network.weight(layer) {
            gradient[place] += 2.0 * l2 * numbers[place];
            cost += l2 * numbers[place] * numbers[place];
        }
    }
    assert!((f64::from(cost) - stored.number("cost")).abs() < 1e-6);
    near(&gradient, &stored.list("slopes"), 1e-5);
}

#[test]
fn shares_are_those_of_the_shap_package() {
    let stored = Stored::read();
    let (network, numbers) = stored.network();
    let (rows, starts) = (stored.list("rows"), stored.list("background"));
    for (key, found, within) in [
        ("deep_lift", deep_lift(&network, &numbers, &starts, &rows[..40]), 1e-5),
        ("expected_gradients", expected_gradients(&network, &numbers, &starts, &rows[..40]), 0.02),
    ] {
        let found: Vec<f32> = found.shares.iter().map(|share| *share as f32).collect();
        near(&found, &stored.list(key), within);
    }
}

#[test]
fn reference_draws_are_standard_normal() {
    for draws in [2, 3, 5000, 50_000] {
        let Reference { mean, deviation } = Reference::draw(draws, Seed(3));
        let error = 4.0 / (draws as f64).sqrt();
        assert!(
            mean.abs() < error && (deviation - 1.0).abs() < error,
            "{draws}: {mean} {deviation}"
        );
    }
    assert_ne!(Reference::draw(50, Seed(3)), Reference::draw(50, Seed(4)));
}

/// A world of two columns: deposits lie where both are high; so do some of the unlabelled, `hidden`.
fn world(deposits: usize, hidden: usize) -> TrainingSet {
    let mut rng = Seed(31).rng();
    let rows = 300 + deposits + hidden;
    let mut column = |_: usize| -> Vec<f32> {
        let shift = |row: usize| if row < deposits + hidden { 1.6 } else { 0.0 };
        (0..rows).map(|row| 2.0 * rng.random::<f32>() - 1.0 + shift(row)).collect()
    };
    let features = table((0..4).map(&mut column).collect());
    TrainingSet {
        features,
        deposit: (0..rows).map(|row| row < deposits).collect(),
        weight: vec![1.0; rows],
    }
}

fn scores(settings: &Settings, set: &TrainingSet) -> Vec<f32> {
    settings.fit(set, Seed(2)).unwrap().predict(&set.features).unwrap()
}

fn quick() -> Settings {
    let training = Training { epochs: 60, batch: 64, ..Settings::default().training };
    Settings { members: 2, training, ..Settings::default() }
}

#[test]
fn the_unlabelled_stand_at_no_deviation_and_deposits_at_the_margin() {
    for margin in [5.0, 20.0] {
        let set = world(8, 0);
        let settings = Settings { margin, ..quick() };
        let scores = scores(&settings, &set);
        // Logistic function of -2.5 and of 2.5.
        let mean = scores[8..].iter().sum::<f32>() / 300.0;
        assert!((0.05..0.2).contains(&mean), "{margin}: {mean}");
        assert!(scores[..8].iter().all(|score| *score > 0.6), "{margin}: {:?}", &scores[..8]);
        // A score does not depend on what else is scored.
        let fitted = settings.fit(&set, Seed(2)).unwrap();
        let alone = fitted.predict(&set.features.select(&[3])).unwrap();
        assert_eq!(alone, [scores[3]]);
    }
}

#[test]
fn deposits_among_the_unlabelled_are_found_again_where_it_is_robust() {
    let set = world(8, 24);
    let hidden = |robust: Robust| {
        let scores = scores(&Settings { robust, ..quick() }, &set);
        scores[8..32].iter().sum::<f32>() / 24.0
    };
    let plain = hidden(Robust::None {});
    let down = hidden(Robust::DownWeight(DownWeight { width: 0.2 }));
    let trimmed = hidden(Robust::Trim(Trim { share: 0.1 }));
    assert!(down > plain + 0.02 && trimmed > plain + 0.02, "{plain} {down} {trimmed}");
}

#[test]
fn another_draw_in_each_step_comes_to_about_the_same() {
    let set = world(8, 0);
    let [once, each] = [Redraw::Once, Redraw::EachStep].map(|redraw| {
        let scores = scores(&Settings { redraw, reference_draws: 500, ..quick() }, &set);
        scores[..8].iter().sum::<f32>() / 8.0
    });
    assert!(once != each && (once - each).abs() < 0.1, "{once} {each}");
}

#[test]
fn one_deposit_and_equal_deposits_are_told() {
    let notes =
        |set: &TrainingSet, settings: &Settings| settings.fit(set, Seed(2)).unwrap().notes();
    let one = world(1, 0);
    assert!(notes(&one, &quick())[0].contains("1 deposit"));
    let mut same = world(3, 0);
    let mut columns = same.features.clone().into_columns();
    columns.iter_mut().for_each(|column| column.values[..3].fill(1.5));
    same.features = Table::new(303, columns).unwrap();
    assert!(notes(&same, &quick())[0].contains("all 3 deposits have the same evidence"));
    assert!(notes(&world(3, 0), &quick()).is_empty());
    let stopping = Some(EarlyStopping::default());
    let training = Training { early_stopping: stopping, ..quick().training };
    let stops = Settings { training, ..quick() };
    assert!(notes(&one, &stops)[1].contains("holds out no deposit"));
    assert!(notes(&world(8, 0), &stops).is_empty());
    let told = Settings { explanation: Explanation::DeepLift, ..quick() };
    assert!(notes(&one, &told)[1].contains("DeepLIFT"));
}

#[test]
fn settings_out_of_range_and_a_number_that_is_not_finite_are_refused() {
    let set = world(5, 0);
    let training = || quick().training;
    let bad = [
        (Settings { hidden: vec![0], ..quick() }, "devnet.hidden"),
        (Settings { l2: vec![-1.0], ..quick() }, "devnet.l2"),
        (Settings { margin: 0.0, ..quick() }, "devnet.margin"),
        (Settings { reference_draws: 1, ..quick() }, "devnet.reference_draws"),
        (Settings { members: 0, ..quick() }, "devnet.members"),
        (Settings { steps_per_epoch: 0, ..quick() }, "devnet.steps_per_epoch"),
        (Settings { robust: Robust::Trim(Trim { share: 0.6 }), ..quick() }, "trim.share"),
        (
            Settings { robust: Robust::DownWeight(DownWeight { width: 0.0 }), ..quick() },
            "down_weight.width",
        ),
        (
            Settings {
                training: Training { batch: 9_000_000, ..training() },
                steps_per_epoch: 99,
                ..quick()
            },
            "training.batch",
        ),
    ];
    for (settings, key) in bad {
        let error = settings.fit(&set, Seed(1)).unwrap_err();
        assert!(matches!(error, Error::Core(_)) && error.to_string().contains(key), "{error}");
    }
    let huge = Training { learning_rate: 10.0, clip_norm: None, ..training() };
    let mut columns = set.features.clone().into_columns();
    columns[0].values.iter_mut().for_each(|value| *value *= 1e38);
    let features = Table::new(305, columns).unwrap();
    let settings = Settings { training: huge, standardise: false, ..quick() };
    let error = settings.fit(&TrainingSet { features, ..set }, Seed(1)).unwrap_err();
    assert!(matches!(error, Error::NotFinite { model: "devnet", .. }), "{error}");
}

#[test]
fn a_damaged_file_is_refused() {
    let fitted = quick().fit(&world(5, 0), Seed(1)).unwrap();
    let value = serde_json::to_value(&fitted).unwrap();
    let damage = |change: fn(&mut Value)| {
        let mut value = value.clone();
        change(&mut value["devnet"]["networks"]);
        assert!(serde_json::from_value::<FittedModel>(value).is_err());
    };
    damage(|networks| drop(networks["members"][0]["weights"].as_array_mut().unwrap().pop()));
    damage(|networks| networks["members"] = serde_json::json!([]));
    damage(|networks| networks["hidden"] = serde_json::json!([usize::MAX, 2]));
    damage(|networks| networks["members"][0]["slope"] = Value::Null);
}
