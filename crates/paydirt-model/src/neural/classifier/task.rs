//! Telling deposits from other samples by their windows.

use burn_tensor::Tensor;
use paydirt_core::seed::{Rng, Seed};
use rand::RngExt;

use super::body::{Input, Network};
use crate::Result;
use crate::neural::loss::ClassLoss;
use crate::neural::pass::{Pass, tensor};
use crate::neural::train::{Task, digest};
use crate::neural::window::{TURNS, Windows};

/// Samples with their labels, those held out last.
pub(super) struct Labelled<'a> {
    pub(super) network: &'a Network,
    pub(super) windows: Windows<'a>,
    pub(super) units: Vec<usize>,
    pub(super) label: Vec<f32>,
    pub(super) weight: Vec<f32>,
    pub(super) held_out: usize,
    pub(super) loss: ClassLoss,
    pub(super) augment: bool,
    pub(super) hidden_layers: f64,
    /// What tells the settings of the network and of its windows from others.
    pub(super) settings: u64,
    /// Features of each sample, where they never change.
    pub(super) features: Option<Vec<f32>>,
}

/// Windows or their features, labels and weights.
pub(super) struct Batch {
    input: Input,
    features: Option<Vec<f32>>,
    label: Vec<f32>,
    weight: Vec<f32>,
}

impl Labelled<'_> {
    /// Hides layers at random, in each window others.
    fn hide(&self, numbers: &mut [f32], rng: &mut Rng) {
        if self.hidden_layers == 0.0 {
            return;
        }
        let layers = self.windows.shape.layers(self.windows.channels);
        let count = self.windows.channels.layers().len();
        let cells = self.windows.shape.side * self.windows.shape.side;
        for window in numbers.chunks_exact_mut(self.windows.numbers()) {
            let hidden: Vec<bool> =
                (0..count).map(|_| rng.random::<f64>() < self.hidden_layers).collect();
            for (plane, layer) in window.chunks_exact_mut(cells).zip(&layers) {
                if hidden[*layer] {
                    plane.fill(f32::NAN);
                }
            }
        }
    }
}

impl Task for Labelled<'_> {
    type Batch = Batch;

    fn examples(&self) -> usize {
        self.units.len() - self.held_out
    }

    fn held_out(&self) -> usize {
        self.held_out
    }

    fn fingerprint(&self) -> u64 {
        digest(&(self.settings, &self.units, &self.label, &self.weight, self.windows.channels))
    }

    fn batch(&self, examples: &[usize], seed: Seed) -> Result<Batch> {
        let of = |list: &[f32]| examples.iter().map(|example| list[*example]).collect();
        let (label, weight) = (of(&self.label), of(&self.weight));
        if let Some(features) = &self.features {
            let width = self.network.features_of();
            let row = |example: &usize| &features[example * width..(example + 1) * width];
            let features = examples.iter().flat_map(row).copied().collect();
            return Ok(Batch { input: Input::default(), features: Some(features), label, weight });
        }
        let checks = examples.first().is_some_and(|first| *first >= self.examples());
        let mut rng = seed.rng();
        let mut turn = || if self.augment && !checks { rng.random_range(0..TURNS) } else { 0 };
        let turns: Vec<usize> = examples.iter().map(|_| turn()).collect();
        let units: Vec<usize> = examples.iter().map(|example| self.units[*example]).collect();
        let mut numbers = self.windows.read(&units, &turns)?;
        if !checks {
            self.hide(&mut numbers, &mut rng);
        }
        let input = self.network.input(&numbers);
        Ok(Batch { input, features: None, label, weight })
    }

    fn loss(&self, pass: &mut Pass<'_>, batch: &Batch) -> Tensor<1> {
        let (count, device) = (batch.label.len(), pass.device());
        let features = match &batch.features {
            Some(features) => {
                tensor(features.clone(), [count, self.network.features_of()], &device)
            }
            None => self.network.features_of_input(pass, &batch.input),
        };
        let log_odds = self.network.log_odds(pass, features);
        let label = tensor(batch.label.clone(), [count], &device);
        self.loss.mean(log_odds, label, tensor(batch.weight.clone(), [count], &device))
    }
}
