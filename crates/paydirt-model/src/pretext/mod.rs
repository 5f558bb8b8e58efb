//! Pretexts: tasks with plenty of examples, from which the first layers of a network are taken over for the
//! task with few (prior geological transfer: Mantilla-Dulcey and others 2024, doi 10.1016/j.gr.2024.09.004;
//! the idea: Pan and Yang 2010, doi 10.1109/TKDE.2009.191).
//!
//! A pretext sees evidence, and where it classifies, a map of geology; never a deposit. It is fitted on the
//! training side of a fold like every other step.

pub mod autoencoder;
pub mod geology;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::columns::bad_setting;
use crate::encode::{Encoding, Points};
use crate::neural::layers::Activation;
use crate::neural::train::{Schedule, Training};

/// The layers that a pretext learned: from the coordinates of a row to the features of the last of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Trunk {
    pub(crate) encoding: Encoding,
    pub(crate) hidden: Vec<usize>,
    pub(crate) activation: Activation,
    /// The numbers of its layers, as [`crate::mlp`] has them.
    pub(crate) numbers: Vec<f32>,
    /// How well the pretext was learned.
    pub quality: Quality,
}

/// How well a pretext was learned, on the rows that it was fitted on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Of an autoencoder: share of the variance of the coordinates that it gives back, at most 1.
    ExplainedVariance(f64),
    /// Of a classification: share of the rows whose class it tells.
    Accuracy(f64),
}

impl Quality {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::ExplainedVariance(share) => {
                format!("the autoencoder gives back {:.1} % of the variance", 100.0 * share)
            }
            Self::Accuracy(share) => {
                format!("the network tells the class of {:.1} % of the rows", 100.0 * share)
            }
        }
    }
}

impl Trunk {
    /// Units of its last layer that are 0 for all of some rows, and how many it has: these tell nothing.
    #[must_use]
    pub fn dead_units(&self, features: &paydirt_core::table::Table) -> [usize; 2] {
        let width = self.hidden.last().copied().unwrap_or(0);
        let shape =
            crate::neural::rows::shape(self.encoding.width(), &self.hidden, self.activation);
        let network = crate::neural::dense::Dense::new(&shape);
        let mut numbers = self.numbers.clone();
        numbers.resize(network.numbers(), 0.0);
        let points = Points::new(&self.encoding, features);
        let last = network.features_of(&numbers, &points.concat());
        let is_dead = |unit: usize| last.iter().skip(unit).step_by(width).all(|n| *n == 0.0);
        [(0..width).filter(|unit| is_dead(*unit)).count(), width]
    }
}

/// Settings that pretexts share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Layers {
    /// Width of each layer of the trunk, 1 to 32 layers of 1 to 16,384.
    pub hidden: Vec<usize>,
    /// What stands between the layers: `relu`, `gelu`, `tanh` or `leaky_relu`.
    pub activation: Activation,
    /// Whether columns are brought to deviation 1 on the training side.
    pub standardise: bool,
}

impl Default for Layers {
    fn default() -> Self {
        Self { hidden: vec![100, 8, 6, 4, 2], activation: Activation::Relu, standardise: true }
    }
}

impl Layers {
    fn check(&self, key: &str) -> Result<()> {
        let key = format!("{key}.layers.hidden");
        if self.hidden.is_empty() {
            return Err(bad_setting(&key, "[]", "a layer or more: they are what is taken over"));
        }
        crate::neural::rows::check_hidden(&key, &self.hidden)
    }
}

/// Rows that a pretext learns from, unless it is said.
const ROWS: usize = 5_000;

fn check_rows(key: &str, rows: usize) -> Result<()> {
    if (100..=1_000_000).contains(&rows) {
        return Ok(());
    }
    Err(bad_setting(key, rows, "100 to 1,000,000"))
}

/// Adam over so many epochs, at one rate.
fn training(epochs: usize, batch: usize) -> Training {
    Training {
        epochs,
        batch,
        weight_decay: 0.0,
        schedule: Schedule::Constant {},
        clip_norm: None,
        ..Training::default()
    }
}
