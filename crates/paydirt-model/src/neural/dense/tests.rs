use burn_tensor::{Device, Tensor};
use rand::RngExt;

use super::*;
use crate::neural::parameters::Parameters;
use crate::neural::train::{EarlyStopping, Fit, Optimiser, Run, Task, Training};
use crate::neural::{Pass, tensor, to_numbers};

/// Squared error to a bent target, for both loops.
struct Bent {
    mlp: Mlp,
    rows: Vec<f32>,
    targets: Vec<f32>,
    held_out: usize,
}

fn shape(activation: Activation, normalise: bool) -> Shape {
    Shape { inputs: 3, hidden: vec![9, 4], outputs: 1, activation, dropout: 0.0, normalise }
}

fn bent(shape: &Shape) -> (Bent, Parameters) {
    let mut rng = Seed(4).rng();
    let rows: Vec<f32> = (0..3 * 70).map(|_| 2.0 * rng.random::<f32>() - 1.0).collect();
    let targets = rows.chunks(3).map(|row| row[0] * row[1] + (2.0 * row[2]).sin()).collect();
    let mut builder = Builder::new(Seed(2).derive("weights", 0));
    let mlp = Mlp::new(&mut builder, shape);
    let parameters = builder.start("test", &Device::flex()).unwrap();
    (Bent { mlp, rows, targets, held_out: 0 }, parameters)
}

impl Task for Bent {
    type Batch = Vec<usize>;

    fn examples(&self) -> usize {
        self.targets.len() - self.held_out
    }

    fn held_out(&self) -> usize {
        self.held_out
    }

    fn batch(&self, examples: &[usize], _: Seed) -> Result<Vec<usize>> {
        Ok(examples.to_vec())
    }

    fn loss(&self, pass: &mut Pass<'_>, examples: &Vec<usize>) -> Tensor<1> {
        let rows = examples.iter().flat_map(|e| self.input(*e)).copied().collect();
        let rows = tensor(rows, [examples.len(), 3], &pass.device());
        let targets = examples.iter().map(|e| self.targets[*e]).collect();
        let targets = tensor(targets, [examples.len()], &pass.device());
        let apart = self.mlp.forward(pass, rows).reshape([examples.len()]) - targets;
        (apart.clone() * apart).mean()
    }
}

impl Objective for Bent {
    fn examples(&self) -> usize {
        Task::examples(self)
    }

    fn held_out(&self) -> usize {
        self.held_out
    }

    fn input(&self, example: usize) -> &[f32] {
        &self.rows[3 * example..3 * example + 3]
    }

    fn loss(&self, examples: &[usize], outputs: &[f32], _: Seed) -> (f64, Vec<f32>) {
        let count = examples.len() as f32;
        let apart: Vec<f32> =
            examples.iter().zip(outputs).map(|(e, output)| output - self.targets[*e]).collect();
        let loss = apart.iter().map(|apart| f64::from(apart * apart)).sum::<f64>();
        (loss / f64::from(count), apart.iter().map(|apart| 2.0 * apart / count).collect())
    }
}

#[test]
fn a_fit_is_that_of_the_tensors_whatever_the_layers() {
    for (activation, normalise) in [
        (Activation::Relu, false),
        (Activation::Gelu, false),
        (Activation::LeakyRelu, false),
        (Activation::Tanh, true),
        (Activation::Relu, true),
    ] {
        let shape = shape(activation, normalise);
        let (mut task, mut parameters) = bent(&shape);
        task.held_out = 15;
        let mut numbers = Dense::start("test", &shape, Seed(2)).unwrap();
        assert_eq!(numbers, parameters.numbers().concat());
        let training = Training {
            epochs: 8,
            batch: 16,
            optimiser: Optimiser::Nadam,
            early_stopping: Some(EarlyStopping { patience: 50, share: 0.2 }),
            ..Training::default()
        };
        let fit = Fit { model: "test", settings: &training, seed: Seed(8) };
        let network = Dense::new(&shape);
        let found = train(&network, &mut numbers, &task, &[], fit).unwrap();
        let expected =
            crate::neural::train::train(&mut parameters, &task, fit, Run::default()).unwrap();
        assert_eq!(found.steps, expected.steps);
        assert!((found.loss - expected.loss).abs() < 1e-4, "{found:?} {expected:?}");
        // A bias before a normalisation has no slope but rounding, which the optimiser makes large.
        for (found, expected) in numbers.iter().zip(parameters.numbers().concat()) {
            let near = (found - expected).abs() < 2e-4;
            assert!(near || normalise, "{activation:?}: {found} {expected}");
        }
        let mut pass = Pass::infer(&parameters);
        let rows = tensor(task.rows.clone(), [70, 3], &pass.device());
        let expected = to_numbers(task.mlp.forward(&mut pass, rows));
        for (found, expected) in network.outputs_of(&numbers, &task.rows).iter().zip(expected) {
            let within = if normalise { 1e-2 } else { 1e-3 };
            assert!((found - expected).abs() < within, "{activation:?}: {found} {expected}");
        }
    }
}

#[test]
fn dropout_leaves_means_and_penalties_draw_to_zero() {
    let plain = Shape { dropout: 0.5, ..shape(Activation::Relu, false) };
    let (task, _) = bent(&plain);
    let training = Training { epochs: 300, weight_decay: 0.0, ..Training::default() };
    let fit = Fit { model: "test", settings: &training, seed: Seed(8) };
    let network = Dense::new(&plain);
    let weights = |rules: &Rules| {
        let mut numbers = Dense::start("test", &plain, Seed(2)).unwrap();
        train(&network, &mut numbers, &task, rules, fit).unwrap();
        let sizes = |layer| numbers[network.weight(layer)].iter().map(|w| w.abs()).sum::<f32>();
        [sizes(0), sizes(1)]
    };
    let free = weights(&[]);
    let ridge = weights(&[Rule { l2: 0.3, ..Rule::default() }]);
    let lasso = weights(&[Rule { l1: 0.3, ..Rule::default() }]);
    assert!(ridge[0] < 0.4 * free[0] && lasso[0] < 0.4 * free[0], "{free:?} {ridge:?} {lasso:?}");
    let frozen = weights(&[Rule { rate: 0.0, ..Rule::default() }]);
    let start = Dense::start("test", &plain, Seed(2)).unwrap();
    let sizes = start[network.weight(0)].iter().map(|w| w.abs()).sum::<f32>();
    assert_eq!(frozen[0], sizes);
    assert_ne!(frozen[1], free[1]);
}

#[test]
fn a_number_that_is_not_finite_stops_it_with_step_and_layer() {
    // A rectifier may take an infinite number for 0.
    let shape = shape(Activation::Gelu, false);
    let (mut task, _) = bent(&shape);
    task.rows[0] = f32::INFINITY;
    let network = Dense::new(&shape);
    let training = Training { batch: 70, ..Training::default() };
    let fit = Fit { model: "test", settings: &training, seed: Seed(8) };
    let mut numbers = Dense::start("test", &shape, Seed(2)).unwrap();
    let told = train(&network, &mut numbers, &task, &[], fit).unwrap_err().to_string();
    assert!(told.contains("step 0") && told.contains("output of `0`"), "{told}");
    task.rows[0] = 0.0;
    task.targets[3] = f32::NAN;
    let told = train(&network, &mut numbers, &task, &[], fit).unwrap_err().to_string();
    assert!(told.contains("loss of `the whole network`"), "{told}");
}

#[test]
fn a_dead_network_begins_anew_and_one_that_cannot_live_says_so() {
    let shape = shape(Activation::Relu, false);
    let (task, _) = bent(&shape);
    let training = Training { epochs: 3, ..Training::default() };
    let fit = Fit { model: "test", settings: &training, seed: Seed(8) };
    // All units of the first layer off: nothing enters the rest.
    let dead = |seed: Seed| {
        let mut numbers = Dense::start("test", &shape, seed)?;
        let network = Dense::new(&shape);
        numbers[network.layers[0].weight.clone()].fill(0.0);
        numbers[network.layers[0].bias.clone()].fill(-1.0);
        Ok(numbers)
    };
    let once = |seed: Seed| {
        if seed == Seed(8) { dead(seed) } else { Dense::start("test", &shape, seed) }
    };
    let (numbers, restarts) = train_alive(&Dense::new(&shape), once, &task, &[], fit).unwrap();
    assert!(restarts.words().unwrap().contains("died 1 times"));
    let outputs = Dense::new(&shape).outputs_of(&numbers, &task.rows);
    assert!(outputs.iter().any(|output| *output != outputs[0]));
    let (_, restarts) = train_alive(&Dense::new(&shape), dead, &task, &[], fit).unwrap();
    assert!(restarts.words().unwrap().contains("in each of 5 fits"));
    let start = |seed| Dense::start("test", &shape, seed);
    assert_eq!(train_alive(&Dense::new(&shape), start, &task, &[], fit).unwrap().1.words(), None);
}

#[test]
fn shares_add_up_and_are_exact_where_the_network_is_a_plane() {
    for (activation, normalise) in [(Activation::Relu, false), (Activation::Tanh, true)] {
        let shape = shape(activation, normalise);
        let (task, _) = bent(&shape);
        let numbers = Dense::start("test", &shape, Seed(2)).unwrap();
        let network = Dense::new(&shape);
        let (starts, rows) = task.rows.split_at(12);
        let outputs = network.outputs_of(&numbers, rows);
        for (name, found) in [
            ("gradients", expected_gradients(&network, &numbers, starts, rows)),
            ("deep_lift", deep_lift(&network, &numbers, starts, rows)),
        ] {
            assert!(found.gap < 0.02, "{name}: {}", found.gap);
            for (output, shares) in outputs.iter().zip(found.shares.chunks(3)) {
                let told = found.base + shares.iter().sum::<f64>();
                assert!((told - f64::from(*output)).abs() < 1e-5);
            }
        }
    }
    let plane = Shape { hidden: Vec::new(), ..shape(Activation::Relu, false) };
    let network = Dense::new(&plane);
    let numbers = [2.0, -1.0, 0.5, 7.0];
    let starts = [0.0, 1.0, 0.0, 2.0, 1.0, 0.0];
    for of in [expected_gradients, deep_lift] {
        let found = of(&network, &numbers, &starts, &[3.0, 3.0, 4.0]);
        assert!((found.base - 8.0).abs() < 1e-6);
        for (found, expected) in found.shares.iter().zip([4.0, -2.0, 2.0]) {
            assert!((found - expected).abs() < 1e-5, "{found} {expected}");
        }
    }
}

#[test]
fn rows_have_the_same_outputs_among_any_others() {
    let shape = shape(Activation::Gelu, true);
    let (task, _) = bent(&shape);
    let numbers = Dense::start("test", &shape, Seed(2)).unwrap();
    let network = Dense::new(&shape);
    let all = network.outputs_of(&numbers, &task.rows);
    for (row, output) in task.rows.chunks(3).zip(&all) {
        assert_eq!(network.outputs_of(&numbers, row), [*output]);
    }
    assert!(network.outputs_of(&numbers, &[]).is_empty());
}
