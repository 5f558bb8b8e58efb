//! Small networks of fully connected layers without a tape: the same network as [`super::mlp::Mlp`], with
//! the same numbers in the same order, walked forwards and backwards on plain lists.
//!
//! A network of a few thousand weights takes less time than the bookkeeping of its tensors. Rows lie side
//! by side in lanes, so that each weight meets 32 rows in vector instructions however narrow its layer; a
//! row's numbers never meet those of another, so its score is the same among any others. Everything is in
//! one order on one thread: the same bits everywhere.

mod alive;
mod attribution;
mod lanes;
mod norm;
#[cfg(test)]
mod tests;
mod train;
mod walk;

use std::ops::Range;

use paydirt_core::seed::Seed;
use rayon::prelude::*;

pub(crate) use self::alive::{Restarts, train_alive};
pub(crate) use self::attribution::{Shares, deep_lift, expected_gradients};
pub(crate) use self::norm::EPSILON;
pub(crate) use self::train::{Objective, Rule, Rules, train};
pub(crate) use self::walk::Walk;
use super::layers::Activation;
use super::mlp::{Mlp, Shape};
use super::parameters::Builder;
use crate::Result;
use crate::encode::{LANES, Lane};

/// Rows that are walked at a time where a network is used.
const ROWS: usize = 256;

/// One layer: where its numbers are.
#[derive(Clone, Debug, PartialEq)]
struct Layer {
    inputs: usize,
    outputs: usize,
    weight: Range<usize>,
    bias: Range<usize>,
    /// Scale, shift, running mean and running variance.
    norm: Option<[Range<usize>; 4]>,
}

/// One layer with its numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LayerNumbers<'a> {
    /// Numbers that come in, and that go out.
    pub(crate) shape: [usize; 2],
    /// `[inputs, outputs]`.
    pub(crate) weight: &'a [f32],
    pub(crate) bias: &'a [f32],
    /// Scale, shift, running mean and running variance.
    pub(crate) norm: Option<[&'a [f32]; 4]>,
}

/// A network of fully connected layers; its numbers are one list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dense {
    layers: Vec<Layer>,
    /// What stands behind each hidden layer.
    activations: Vec<Activation>,
    dropout: f64,
    numbers: usize,
}

impl Dense {
    /// The network of a shape: hidden layers in order, then the output.
    pub(crate) fn new(shape: &Shape) -> Self {
        let mut numbers = 0_usize;
        let mut take = |count: usize| {
            let start = numbers;
            numbers = numbers.saturating_add(count);
            start..numbers
        };
        let mut inputs = shape.inputs;
        let mut layers = Vec::new();
        let last = shape.hidden.len();
        for (number, outputs) in shape.hidden.iter().copied().chain([shape.outputs]).enumerate() {
            let (weight, bias) = (take(inputs.saturating_mul(outputs)), take(outputs));
            let norm = (shape.normalise && number < last).then(|| [(); 4].map(|()| take(outputs)));
            layers.push(Layer { inputs, outputs, weight, bias, norm });
            inputs = outputs;
        }
        let activations = vec![shape.activation; last];
        Self { layers, activations, dropout: shape.dropout, numbers }
    }

    /// The same with another activation behind the hidden layers from one on.
    pub(crate) fn then(mut self, from: usize, activation: Activation) -> Self {
        self.activations[from..].fill(activation);
        self
    }

    /// How many numbers stand before those of a layer.
    pub(crate) fn before(&self, layer: usize) -> usize {
        self.layers.get(layer).map_or(self.numbers, |layer| layer.weight.start)
    }

    /// Numbers to begin with.
    ///
    /// # Errors
    /// [`crate::Error::Untrainable`] for a network that is too large.
    pub(crate) fn start(model: &'static str, shape: &Shape, seed: Seed) -> Result<Vec<f32>> {
        let mut builder = Builder::new(seed.derive("weights", 0));
        let _ = Mlp::new(&mut builder, shape);
        Ok(builder.draw(model)?.concat())
    }

    /// How many numbers it has.
    pub(crate) const fn numbers(&self) -> usize {
        self.numbers
    }

    /// How many layers it has, the output among them.
    pub(crate) const fn depth(&self) -> usize {
        self.layers.len()
    }

    /// Numbers that go out a row.
    pub(crate) fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.outputs)
    }

    /// The name of a layer, as its parameters have it.
    fn name(&self, layer: usize) -> String {
        if layer + 1 == self.layers.len() { "output".into() } else { layer.to_string() }
    }

    /// The layer and parameter that a number belongs to.
    fn place(&self, number: usize) -> String {
        let at = self.layers.iter().position(|layer| {
            let last = layer.norm.as_ref().map_or(&layer.bias, |norm| &norm[3]);
            number < last.end
        });
        let Some(at) = at else { return "all parameters".into() };
        let layer = &self.layers[at];
        let part = match (layer.weight.contains(&number), layer.bias.contains(&number)) {
            (true, _) => "weight",
            (_, true) => "bias",
            _ => "norm",
        };
        format!("{}.{part}", self.name(at))
    }

    /// The layers with their numbers, the output last.
    pub(crate) fn layers<'a>(&'a self, numbers: &'a [f32]) -> Vec<LayerNumbers<'a>> {
        let of = |layer: &Layer| LayerNumbers {
            shape: [layer.inputs, layer.outputs],
            weight: &numbers[layer.weight.clone()],
            bias: &numbers[layer.bias.clone()],
            norm: layer
                .norm
                .as_ref()
                .map(|norm| norm.each_ref().map(|part| &numbers[part.clone()])),
        };
        self.layers.iter().map(of).collect()
    }

    /// The numbers of one layer's weighted sums.
    #[cfg(test)]
    pub(crate) fn weight(&self, layer: usize) -> Range<usize> {
        self.layers[layer].weight.clone()
    }

    /// What goes out of a network of one output for a block of rows, given as `[number][row]`.
    pub(crate) fn outputs_of_block(&self, numbers: &[f32], block: &[Lane]) -> Lane {
        let mut walk = Walk::new(self, LANES);
        walk.enter_block(block);
        walk.infer(numbers);
        walk.leave_block()
    }

    /// What goes out, row by row: `rows` follow one another, each of the numbers that come in.
    pub(crate) fn outputs_of(&self, numbers: &[f32], rows: &[f32]) -> Vec<f32> {
        let width = self.layers[0].inputs.max(1);
        let runs = rows.par_chunks(ROWS * width).map(|rows| {
            let mut walk = Walk::new(self, rows.len() / width);
            walk.enter(rows.chunks_exact(width));
            walk.infer(numbers);
            walk.leave()
        });
        runs.collect::<Vec<_>>().concat()
    }

    /// What leaves the last hidden layer, row by row.
    pub(crate) fn features_of(&self, numbers: &[f32], rows: &[f32]) -> Vec<f32> {
        let width = self.layers[0].inputs.max(1);
        let mut walk = Walk::new(self, rows.len() / width);
        walk.enter(rows.chunks_exact(width));
        walk.infer(numbers);
        walk.features()
    }
}
