//! The numbers of a network, by name.

use burn_tensor::{Device, Tensor};
use paydirt_core::seed::Seed;
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::pass::{tensor, to_numbers};
use crate::{Error, Result};

/// Most numbers of a network: 400 million take 1.6 GB, and three times that to train.
const MOST_NUMBERS: usize = 400_000_000;

/// Which parameter of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id(pub(super) usize);

/// How a parameter starts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// All of one value.
    Constant(f32),
    /// Drawn evenly from -bound to bound.
    Uniform(f32),
    /// Drawn from a normal distribution of this deviation, cut at two deviations.
    Normal(f32),
}

impl Start {
    /// Drawn evenly so that the variance of the outputs is that of the inputs (He and others 2015, doi
    /// 10.1109/ICCV.2015.123), as PyTorch starts its linear layers: bound 1 / sqrt(inputs).
    #[must_use]
    pub fn inputs(count: usize) -> Self {
        Self::Uniform(1.0 / (count.max(1) as f32).sqrt())
    }

    /// Drawn evenly with bound sqrt(6 / (inputs + outputs)) (Glorot and Bengio 2010, PMLR 9:249-256).
    #[must_use]
    pub fn between(inputs: usize, outputs: usize) -> Self {
        Self::Uniform((6.0 / (inputs + outputs).max(1) as f32).sqrt())
    }

    fn draw(self, count: usize, seed: Seed) -> Vec<f32> {
        let mut rng = seed.rng();
        let mut even = || rng.random::<f32>();
        match self {
            Self::Constant(value) => vec![value; count],
            Self::Uniform(bound) => (0..count).map(|_| bound * (2.0 * even() - 1.0)).collect(),
            Self::Normal(deviation) => {
                // Box and Muller; what lies beyond two deviations is drawn again.
                let mut normal = || loop {
                    let radius = (-2.0 * even().max(f32::MIN_POSITIVE).ln()).sqrt();
                    let found = radius * (std::f32::consts::TAU * even()).cos();
                    if found.abs() <= 2.0 {
                        return deviation * found;
                    }
                };
                (0..count).map(|_| normal()).collect()
            }
        }
    }
}

/// One parameter: its name, its shape, and whether gradients move it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// Name, unique in the network: `encoder.block.0.attention.output.weight`.
    pub name: String,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Whether gradients move it; not so the running means of batch normalisation.
    pub learned: bool,
}

impl Spec {
    /// How many numbers it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Declares the parameters of a network, under names that tell where they stand.
#[derive(Debug)]
pub struct Builder {
    seed: Seed,
    path: Vec<String>,
    list: Vec<(Spec, Start)>,
}

impl Builder {
    /// Starting values derive from `seed` and each parameter's name.
    #[must_use]
    pub const fn new(seed: Seed) -> Self {
        Self { seed, path: Vec::new(), list: Vec::new() }
    }

    /// What `make` declares stands under `name`.
    pub fn under<T>(&mut self, name: &str, make: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(name.into());
        let made = make(self);
        self.path.pop();
        made
    }

    /// The name of the place: `encoder.block.0`.
    #[must_use]
    pub fn place(&self) -> String {
        self.path.join(".")
    }

    /// Declares a parameter that gradients move.
    pub fn learned(&mut self, name: &str, shape: &[usize], start: Start) -> Id {
        self.declare(name, shape, start, true)
    }

    /// Declares one that follows the batches.
    pub fn running(&mut self, name: &str, shape: &[usize], start: Start) -> Id {
        self.declare(name, shape, start, false)
    }

    fn declare(&mut self, name: &str, shape: &[usize], start: Start, learned: bool) -> Id {
        let name = self.path.iter().map(String::as_str).chain([name]).collect::<Vec<_>>().join(".");
        self.list.push((Spec { name, shape: shape.to_vec(), learned }, start));
        Id(self.list.len() - 1)
    }

    /// Names and shapes of what was declared.
    #[must_use]
    pub fn specs(&self) -> Vec<Spec> {
        self.list.iter().map(|(spec, _)| spec.clone()).collect()
    }

    /// Draws the starting values.
    ///
    /// # Errors
    /// [`Error::Untrainable`] for a network of more than 400 million numbers.
    pub fn start(self, model: &'static str, device: &Device) -> Result<Parameters> {
        let drawn = self.draw(model)?.into_iter();
        let specs = self.list.into_iter().map(|(spec, _)| spec).collect();
        let on_device = |numbers: Vec<f32>| {
            let count = numbers.len();
            tensor(numbers, [count], device)
        };
        Ok(Parameters { device: device.clone(), specs, values: drawn.map(on_device).collect() })
    }

    /// The starting values, one list a parameter.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub(super) fn draw(&self, model: &'static str) -> Result<Vec<Vec<f32>>> {
        let each = self
            .list
            .iter()
            .map(|(spec, _)| spec.shape.iter().try_fold(1_usize, |a, b| a.checked_mul(*b)));
        let count = each.clone().try_fold(0_usize, |sum, count| sum.checked_add(count?));
        if count.is_none_or(|count| count > MOST_NUMBERS) {
            let reason =
                format!("the network would have more than {MOST_NUMBERS} numbers; make it smaller");
            return Err(Error::Untrainable { model, reason });
        }
        let draw =
            |(spec, start): &(Spec, Start)| start.draw(spec.len(), self.seed.derive(&spec.name, 0));
        Ok(self.list.iter().map(draw).collect())
    }
}

/// The parameters of one network on its device, each as a flat tensor.
#[derive(Clone, Debug)]
pub struct Parameters {
    device: Device,
    specs: Vec<Spec>,
    values: Vec<Tensor<1>>,
}

impl Parameters {
    /// Where they are.
    #[must_use]
    pub const fn device(&self) -> &Device {
        &self.device
    }

    /// Names, shapes, and which of them are learned.
    #[must_use]
    pub fn specs(&self) -> &[Spec] {
        &self.specs
    }

    /// How many numbers gradients move.
    #[must_use]
    pub fn learned(&self) -> usize {
        self.specs.iter().filter(|spec| spec.learned).map(Spec::len).sum()
    }

    /// Their values, in the order of the specs.
    pub(super) fn values(&self) -> &[Tensor<1>] {
        &self.values
    }

    /// Puts another value in the place of one.
    pub(super) fn set(&mut self, id: Id, value: Tensor<1>) {
        self.values[id.0] = value;
    }

    /// Keeps gradients from those whose name starts with `prefix`.
    pub fn freeze(&mut self, prefix: &str) {
        for spec in self.specs.iter_mut().filter(|spec| spec.name.starts_with(prefix)) {
            spec.learned = false;
        }
    }

    /// The numbers, taken from the device: one list a parameter.
    #[must_use]
    pub fn numbers(&self) -> Vec<Vec<f32>> {
        self.values.iter().cloned().map(to_numbers).collect()
    }

    /// Takes numbers for all parameters, in the order of the specs.
    ///
    /// # Errors
    /// [`Error::Weights`] where a count differs.
    pub fn load(&mut self, numbers: &[Vec<f32>]) -> Result<()> {
        let fit = numbers.len() == self.specs.len()
            && self.specs.iter().zip(numbers).all(|(spec, numbers)| spec.len() == numbers.len());
        if !fit {
            let reason = "the numbers are not those of this network".into();
            return Err(Error::Weights { what: "the network".into(), reason });
        }
        for (value, numbers) in self.values.iter_mut().zip(numbers) {
            *value = tensor(numbers.clone(), [numbers.len()], &self.device);
        }
        Ok(())
    }

    /// Takes the numbers of those parameters of `other` whose names start with `prefix`.
    ///
    /// # Errors
    /// [`Error::Weights`] where `other` lacks one, or holds it in another shape.
    pub fn take(&mut self, prefix: &str, other: &[(Spec, Vec<f32>)]) -> Result<()> {
        let wrong = |reason: String| Err(Error::Weights { what: "the backbone".into(), reason });
        for (spec, value) in self.specs.iter().zip(&mut self.values) {
            if !spec.name.starts_with(prefix) {
                continue;
            }
            let Some((found, numbers)) = other.iter().find(|(found, _)| found.name == spec.name)
            else {
                return wrong(format!("`{}` is not in it", spec.name));
            };
            if found.shape != spec.shape {
                let (name, found, expected) = (&spec.name, &found.shape, &spec.shape);
                return wrong(format!("`{name}` has shape {found:?}, expected {expected:?}"));
            }
            *value = tensor(numbers.clone(), [numbers.len()], &self.device);
        }
        Ok(())
    }
}
