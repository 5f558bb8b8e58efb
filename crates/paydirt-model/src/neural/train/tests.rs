use std::cell::Cell;

use burn_tensor::{Device, Tensor};
use rand::RngExt;

use super::*;
use crate::neural::layers::Linear;
use crate::neural::parameters::{Builder, Start};
use crate::neural::pass::to_numbers;
use crate::neural::tensor;

/// A plane through noisy points: `loss` is the mean squared error.
struct Plane {
    layer: Linear,
    inputs: Vec<[f32; 2]>,
    targets: Vec<f32>,
    held_out: usize,
    dropout: f64,
    /// Examples for which there is memory.
    memory: usize,
}

impl Plane {
    fn new(points: usize) -> (Self, Parameters) {
        let mut rng = Seed(5).rng();
        let inputs: Vec<[f32; 2]> =
            (0..points).map(|_| [rng.random::<f32>() - 0.5, 2.0 * rng.random::<f32>()]).collect();
        let targets =
            inputs.iter().map(|[a, b]| 3.0 * a - 2.0 * b + 0.5 + 0.3 * (rng.random::<f32>() - 0.5));
        let targets = targets.collect();
        let mut builder = Builder::new(Seed(1));
        let layer = Linear::new(&mut builder, "plane", 2, 1);
        let parameters = builder.start("test", &Device::flex()).unwrap();
        (Self { layer, inputs, targets, held_out: 0, dropout: 0.0, memory: usize::MAX }, parameters)
    }

    /// The least-squares solution: slopes and intercept, by the normal equations.
    fn solution(&self) -> [f64; 3] {
        let row = |i: &[f32; 2]| nalgebra::Vector3::new(f64::from(i[0]), f64::from(i[1]), 1.0);
        let mut squares = nalgebra::Matrix3::zeros();
        let mut sums = nalgebra::Vector3::zeros();
        for (input, target) in self.inputs.iter().zip(&self.targets) {
            squares += row(input) * row(input).transpose();
            sums += row(input) * f64::from(*target);
        }
        let found = squares.lu().solve(&sums).unwrap();
        [found[0], found[1], found[2]]
    }
}

impl Task for Plane {
    type Batch = (Vec<f32>, Vec<f32>);

    fn examples(&self) -> usize {
        self.inputs.len() - self.held_out
    }

    fn held_out(&self) -> usize {
        self.held_out
    }

    fn batch(&self, examples: &[usize], _: Seed) -> Result<Self::Batch> {
        let inputs = examples.iter().flat_map(|example| self.inputs[*example]).collect();
        Ok((inputs, examples.iter().map(|example| self.targets[*example]).collect()))
    }

    fn loss(&self, pass: &mut Pass<'_>, (inputs, targets): &Self::Batch) -> Tensor<1> {
        let count = targets.len();
        assert!(count <= self.memory, "out of device memory allocating 8 bytes");
        let inputs = tensor(inputs.clone(), [count, 2], &pass.device());
        let inputs = pass.dropout(inputs, self.dropout);
        let found = self.layer.forward(pass, inputs).reshape([count]);
        let apart = found - tensor(targets.clone(), [count], &pass.device());
        (apart.clone() * apart).mean()
    }
}

fn settings() -> Training {
    Training {
        epochs: 12,
        batch: 16,
        learning_rate: 0.05,
        weight_decay: 0.0,
        ..Training::default()
    }
}

fn run(
    settings: &Training,
    change: impl FnOnce(&mut Plane),
    run: Run<'_>,
) -> Result<(Vec<Vec<f32>>, Outcome)> {
    let (mut task, mut parameters) = Plane::new(100);
    change(&mut task);
    let outcome =
        train(&mut parameters, &task, Fit { model: "test", settings, seed: Seed(8) }, run)?;
    Ok((parameters.numbers(), outcome))
}

#[test]
fn every_optimiser_finds_the_least_squares_plane() {
    for optimiser in [Optimiser::Adamw, Optimiser::Nadam, Optimiser::Rmsprop] {
        let (task, mut parameters) = Plane::new(60);
        let settings =
            Training { epochs: 1500, batch: 60, optimiser, clip_norm: None, ..settings() };
        train(
            &mut parameters,
            &task,
            Fit { model: "test", settings: &settings, seed: Seed(8) },
            Run::default(),
        )
        .unwrap();
        let found = parameters.numbers().concat();
        for (found, expected) in found.iter().zip(task.solution()) {
            assert!(
                (f64::from(*found) - expected).abs() < 2e-3,
                "{optimiser:?}: {found} {expected}"
            );
        }
    }
}

#[test]
fn parts_of_a_step_add_up_to_the_step() {
    let whole = run(&settings(), |_| (), Run::default()).unwrap().0.concat();
    let parts = Training { accumulate: 3, ..settings() };
    let parts = run(&parts, |_| (), Run::default()).unwrap().0.concat();
    for (whole, parts) in whole.iter().zip(&parts) {
        assert!((whole - parts).abs() < 1e-5, "{whole} {parts}");
    }
}

/// The course of a fit that is killed after each of its steps and goes on from its checkpoint.
#[test]
fn a_fit_that_is_killed_anywhere_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    for (name, optimiser, schedule) in [
        ("adamw", Optimiser::Adamw, Schedule::Cosine {}),
        ("nadam", Optimiser::Nadam, Schedule::Plateau(Plateau { patience: 1, factor: 0.5 })),
    ] {
        let settings = Training {
            epochs: 3,
            optimiser,
            schedule,
            warmup_steps: 4,
            early_stopping: Some(EarlyStopping { patience: 2, share: 0.2 }),
            ..settings()
        };
        let change = |task: &mut Plane| (task.held_out, task.dropout) = (20, 0.3);
        let (path, log) = (folder.path().join(name), folder.path().join("log"));
        let logged = || fs_err::read(log.with_extension("csv")).unwrap();
        let straight = Run { log: Some(log.clone()), ..Run::default() };
        let straight = run(&settings, change, straight).unwrap();
        let all = logged();
        let events = fs_err::read(log.with_extension("tfevents")).unwrap();
        let kills = Cell::new(0);
        let resumed = loop {
            let plan = Checkpoints { path: path.clone(), every_steps: None, every: None };
            let progress: Watcher<'_> = Box::new(|row, _| {
                kills.set(kills.get() + 1);
                row.step.is_multiple_of(2)
            });
            let next =
                Run { checkpoints: Some(plan), log: Some(log.clone()), progress: Some(progress) };
            match run(&settings, change, next) {
                Err(Error::Interrupted { .. }) => {}
                other => break other.unwrap(),
            }
        };
        assert!(kills.get() > 10);
        assert!(resumed == straight, "{name}");
        assert_eq!(logged(), all);
        assert_eq!(fs_err::read(log.with_extension("tfevents")).unwrap(), events);
        // Another seed, other settings or a damaged file are no beginning of this fit.
        let plan = || Checkpoints { path: path.clone(), every_steps: None, every: None };
        let other = Training { learning_rate: 0.04, ..settings.clone() };
        let found = run(&other, change, Run { checkpoints: Some(plan()), ..Run::default() });
        assert!(matches!(found, Err(Error::Weights { .. })));
        let bytes = fs_err::read(&path).unwrap();
        for length in [0, 7, 100, bytes.len() / 2, bytes.len() - 1] {
            fs_err::write(&path, &bytes[..length]).unwrap();
            let found = run(&settings, change, Run { checkpoints: Some(plan()), ..Run::default() });
            assert!(matches!(found, Err(Error::Weights { .. })), "{length}");
        }
    }
}

#[test]
fn a_fit_has_the_same_bits_on_any_number_of_threads() {
    let [one, four] = [1, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&settings(), |task| task.dropout = 0.2, Run::default()).unwrap())
    });
    assert!(one == four);
}

#[test]
fn patience_ends_a_fit_at_its_best_weights() {
    let stopping = EarlyStopping { patience: 2, share: 0.2 };
    let settings = Training {
        epochs: 200,
        learning_rate: 0.3,
        schedule: Schedule::Constant {},
        early_stopping: Some(stopping),
        ..settings()
    };
    let mut losses = Vec::new();
    let progress: Watcher<'_> = Box::new(|row, _| {
        losses.extend(row.held_out_loss);
        true
    });
    let found = run(
        &settings,
        |task| task.held_out = 20,
        Run { progress: Some(progress), ..Run::default() },
    );
    let outcome = found.unwrap().1;
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(losses.len() < 200);
    assert_eq!(losses.iter().position(|loss| *loss == least).unwrap() + 3, losses.len());
    assert_eq!(outcome.held_out_loss, Some(least));
}

#[test]
fn a_number_that_is_not_finite_stops_with_step_and_layer() {
    for (value, layer, what) in [
        (f32::INFINITY, "plane", "output"),
        (f32::MAX, "the whole network", "loss"),
        (1e15, "plane.weight", "gradient"),
    ] {
        let huge = |task: &mut Plane| task.inputs[17] = [value, 0.0];
        let small = Training { batch: 4, ..settings() };
        let found = run(&small, huge, Run::default());
        let Err(Error::NotFinite { model: "test", layer: in_layer, what: found, step }) = found
        else {
            panic!("{found:?}")
        };
        assert_eq!((in_layer.as_str(), found), (layer, what));
        assert!(step < 25);
    }
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let wrong = [
        (Training { batch: 0, ..settings() }, "batch"),
        (Training { learning_rate: f64::NAN, ..settings() }, "learning_rate"),
        (Training { clip_norm: Some(0.0), ..settings() }, "clip_norm"),
        (Training { weight_decay: -1.0, ..settings() }, "weight_decay"),
        (
            Training {
                schedule: Schedule::Step(Step { every_epochs: 0, factor: 0.1 }),
                ..settings()
            },
            "every_epochs",
        ),
    ];
    for (settings, key) in wrong {
        let error = settings.check("mlp.training").unwrap_err().to_string();
        assert!(error.contains("model.mlp.training.") && error.contains(key), "{error}");
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    let (task, mut parameters) = Plane::new(20);
    let batch = task.batch(&(0..20).collect::<Vec<_>>(), Seed(0)).unwrap();
    let pass = &mut Pass::learn(&parameters, Seed(0));
    let mut found = task.loss(pass, &batch).backward();
    let gradients: Vec<f32> = pass
        .leaves()
        .iter()
        .flat_map(|leaf| to_numbers(leaf.grad_remove(&mut found).unwrap()))
        .collect();
    let numbers = parameters.numbers();
    for (place, gradient) in gradients.iter().enumerate() {
        let mut at = |shift: f32| {
            let mut moved = numbers.clone();
            *moved.iter_mut().flatten().nth(place).unwrap() += shift;
            parameters.load(&moved).unwrap();
            to_numbers(task.loss(&mut Pass::infer(&parameters), &batch))[0]
        };
        let slope = (at(0.01) - at(-0.01)) / 0.02;
        assert!((slope - gradient).abs() < 1e-3, "{slope} {gradient}");
    }
}

#[test]
fn a_network_that_no_machine_holds_is_refused() {
    let mut builder = Builder::new(Seed(0));
    builder.learned("huge", &[usize::MAX, 3], Start::Constant(0.0));
    assert!(matches!(builder.start("test", &Device::flex()), Err(Error::Untrainable { .. })));
}

/// sum of k (x - k)^2 / 2 for k = 1, 2, 3.
struct Bowl(crate::neural::parameters::Id);

impl Task for Bowl {
    type Batch = ();

    fn examples(&self) -> usize {
        1
    }

    fn batch(&self, _: &[usize], _: Seed) -> Result<()> {
        Ok(())
    }

    fn loss(&self, pass: &mut Pass<'_>, (): &()) -> Tensor<1> {
        let k = tensor(vec![1.0, 2.0, 3.0], [3], &pass.device());
        let apart = pass.get::<1>(self.0) - k.clone();
        (apart.clone() * apart * k * 0.5).sum()
    }
}

#[test]
fn ten_steps_are_those_of_pytorch() {
    let answers: serde_json::Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/neural.json")).unwrap();
    for (name, optimiser, weight_decay) in [
        ("adamw", Optimiser::Adamw, 0.05),
        ("nadam", Optimiser::Nadam, 0.05),
        ("rmsprop", Optimiser::Rmsprop, 0.0),
    ] {
        let mut builder = Builder::new(Seed(0));
        let id = builder.learned("x", &[3], Start::Constant(0.0));
        let mut parameters = builder.start("test", &Device::flex()).unwrap();
        parameters.load(&[vec![2.0, -1.0, 0.5]]).unwrap();
        let settings = Training {
            epochs: 10,
            optimiser,
            learning_rate: 0.1,
            weight_decay,
            schedule: Schedule::Constant {},
            clip_norm: None,
            ..Training::default()
        };
        train(
            &mut parameters,
            &Bowl(id),
            Fit { model: "test", settings: &settings, seed: Seed(0) },
            Run::default(),
        )
        .unwrap();
        let expected: Vec<f32> =
            serde_json::from_value(answers["optimisers"][name].clone()).unwrap();
        for (found, expected) in parameters.numbers()[0].iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{name}: {found} {expected}");
        }
    }
}

#[test]
fn a_device_without_memory_computes_fewer_examples_together() {
    let of = |memory: usize, settings: &Training| {
        run(settings, |task| task.memory = memory, Run::default()).map(|(numbers, _)| numbers)
    };
    let in_parts = Training { accumulate: 4, ..settings() };
    assert_eq!(of(4, &settings()).unwrap(), of(64, &in_parts).unwrap());
    assert!(matches!(of(0, &settings()), Err(Error::NoMemory { examples: 1, .. })));
    let other = || run(&settings(), |task| task.targets.clear(), Run::default());
    assert!(std::panic::catch_unwind(other).is_err(), "taken for a lack of memory");
}

#[test]
fn mixed_precision_learns_the_same_to_its_few_digits() {
    let of = |precision: Precision| {
        let settings = Training { precision, epochs: 100, ..settings() };
        run(&settings, |_| (), Run::default()).unwrap().0.concat()
    };
    let (full, mixed) = (of(Precision::Full), of(Precision::Mixed));
    assert_ne!(full, mixed);
    for (full, mixed) in full.iter().zip(&mixed) {
        assert!((full - mixed).abs() < 0.05, "{full} {mixed}");
    }
}
