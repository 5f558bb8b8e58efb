//! One walk of some rows through a network, and the way back.

use paydirt_core::seed::Seed;
use rand::Rng;
use statrs::function::erf::erf;

use super::lanes::{Lanes, back, dot, sum, sums};
use super::norm::Norm;
use super::{Dense, Layer};
use crate::encode::{LANES, Lane};
use crate::neural::layers::{Activation, LEAK};

/// What a walk keeps of a layer.
#[derive(Clone, Debug)]
struct Step {
    /// What enters the activation.
    sums: Lanes,
    /// What leaves the layer.
    output: Lanes,
    /// What dropout multiplies by, where it does.
    mask: Option<Lanes>,
    /// What batch normalisation remembers.
    norm: Option<Norm>,
    /// Slopes along what enters the activation.
    slopes: Lanes,
}

/// Rows on their way; its lists are used again by the next walk.
#[derive(Clone, Debug)]
pub(crate) struct Walk<'a> {
    network: &'a Dense,
    rows: usize,
    input: Lanes,
    steps: Vec<Step>,
}

impl<'a> Walk<'a> {
    /// Room for so many rows.
    pub(crate) fn new(network: &'a Dense, rows: usize) -> Self {
        let step = |layer: &Layer| {
            let lanes = || Lanes::new(layer.outputs, rows);
            Step { sums: lanes(), output: lanes(), mask: None, norm: None, slopes: lanes() }
        };
        let input = Lanes::new(network.layers.first().map_or(0, |layer| layer.inputs), rows);
        Self { network, rows, input, steps: network.layers.iter().map(step).collect() }
    }

    /// How many rows there is room for.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Takes the rows.
    pub(crate) fn enter<'b>(&mut self, rows: impl Iterator<Item = &'b [f32]>) {
        self.input.take(rows);
    }

    /// Takes one block of rows as it is.
    pub(super) fn enter_block(&mut self, block: &[Lane]) {
        self.input.list.copy_from_slice(block);
    }

    /// What left the output layer for one block of rows.
    pub(super) fn leave_block(&self) -> Lane {
        self.steps.last().map_or([0.0; LANES], |step| step.sums.list[0])
    }

    /// What left the output layer, row by row.
    pub(crate) fn leave(&self) -> Vec<f32> {
        self.steps.last().map_or_else(Vec::new, |step| step.sums.rows(self.rows))
    }

    /// What left the last hidden layer, row by row.
    pub(super) fn features(&self) -> Vec<f32> {
        let hidden = self.steps.len().checked_sub(2).map(|last| &self.steps[last].output);
        hidden.unwrap_or(&self.input).rows(self.rows)
    }

    /// Forwards, as the network is used.
    pub(crate) fn infer(&mut self, numbers: &[f32]) {
        self.forward(numbers, None);
    }

    /// Forwards, as it learns: with dropout, normalised by the batch.
    pub(crate) fn learn(&mut self, numbers: &[f32], seed: Seed) {
        self.forward(numbers, Some(seed));
    }

    fn forward(&mut self, numbers: &[f32], seed: Option<Seed>) {
        let last = self.network.layers.len() - 1;
        let rate = self.network.dropout;
        for (index, layer) in self.network.layers.iter().enumerate() {
            let (before, rest) = self.steps.split_at_mut(index);
            let step = &mut rest[0];
            let input = before.last().map_or(&self.input, |step| &step.output);
            let (weight, bias) = (&numbers[layer.weight.clone()], &numbers[layer.bias.clone()]);
            sums(weight, bias, input, &mut step.sums);
            if index == last {
                continue;
            }
            if let Some(ranges) = &layer.norm {
                let parts = ranges.clone().map(|range| &numbers[range]);
                step.norm = Some(Norm::apply(&mut step.sums, self.rows, parts, seed.is_some()));
            }
            bend(self.network.activations[index], &step.sums, &mut step.output);
            step.mask = seed.filter(|_| rate > 0.0).map(|seed| {
                mask(&mut step.output, rate, self.rows, seed.derive("dropout", index as u64))
            });
        }
    }

    /// The first layer with a number that is not finite.
    pub(crate) fn broken(&self) -> Option<String> {
        let place = self.steps.iter().position(|step| !step.sums.is_finite(self.rows))?;
        Some(self.network.name(place))
    }

    /// Backwards: slopes along the outputs, row by row, become those along all numbers.
    pub(crate) fn back(&mut self, numbers: &[f32], slopes: &[f32], gradient: &mut [f32]) {
        let width = self.network.outputs().max(1);
        let last = self.network.layers.len() - 1;
        self.steps[last].slopes.take(slopes.chunks_exact(width));
        for (index, layer) in self.network.layers.iter().enumerate().rev() {
            let (before, rest) = self.steps.split_at_mut(index);
            let step = &mut rest[0];
            if let (Some(norm), Some(ranges)) = (&step.norm, &layer.norm) {
                let scale = &numbers[ranges[0].clone()];
                let of_norm = norm.back(&mut step.slopes, scale);
                gradient[ranges[0].clone()].copy_from_slice(&of_norm[0]);
                gradient[ranges[1].clone()].copy_from_slice(&of_norm[1]);
            }
            let input = before.last().map_or(&self.input, |step| &step.output);
            let of_weight = gradient[layer.weight.clone()].chunks_exact_mut(layer.outputs);
            for (number, of_weight) in of_weight.enumerate() {
                for (output, slope) in of_weight.iter_mut().enumerate() {
                    *slope = dot(input.of(number), step.slopes.of(output));
                }
            }
            for (output, slope) in gradient[layer.bias.clone()].iter_mut().enumerate() {
                *slope = sum(step.slopes.of(output));
            }
            let Some(previous) = before.last_mut() else { continue };
            back(&numbers[layer.weight.clone()], &step.slopes, &mut previous.slopes);
            unbend(self.network.activations[index - 1], previous);
        }
    }

    /// Slopes of the sum of the outputs along the inputs, row by row. `multiplier` says for each hidden
    /// layer what a slope is multiplied by on its way back through the activation.
    pub(super) fn slopes_along_inputs(
        &mut self,
        numbers: &[f32],
        multiplier: impl Fn(usize, &Lanes, &mut Lanes),
    ) -> Vec<f32> {
        let last = self.network.layers.len() - 1;
        self.steps[last].slopes.list.fill([1.0; LANES]);
        let mut along = Lanes::new(self.input.width(), self.rows);
        for (index, layer) in self.network.layers.iter().enumerate().rev() {
            let (before, rest) = self.steps.split_at_mut(index);
            let weight = &numbers[layer.weight.clone()];
            if index < last
                && let Some(ranges) = &layer.norm
            {
                let parts = ranges.clone().map(|range| &numbers[range]);
                Norm::scale_slopes(&mut rest[0].slopes, parts);
            }
            match before.last_mut() {
                None => back(weight, &rest[0].slopes, &mut along),
                Some(previous) => {
                    back(weight, &rest[0].slopes, &mut previous.slopes);
                    multiplier(index - 1, &previous.sums, &mut previous.slopes);
                }
            }
        }
        along.rows(self.rows)
    }

    /// What entered the activation of each hidden layer, and what left it.
    pub(super) fn bends(&self) -> Vec<[Lanes; 2]> {
        let hidden = self.steps.len().saturating_sub(1);
        self.steps[..hidden].iter().map(|s| [s.sums.clone(), s.output.clone()]).collect()
    }

    /// The running means and variances follow those of the last batch by a tenth.
    pub(crate) fn follow(&self, numbers: &mut [f32]) {
        for (layer, step) in self.network.layers.iter().zip(&self.steps) {
            if let (Some(norm), Some(ranges)) = (&step.norm, &layer.norm) {
                norm.follow(&mut numbers[ranges[2].start..ranges[3].end]);
            }
        }
    }
}

fn bend(activation: Activation, sums: &Lanes, output: &mut Lanes) {
    let each = output.list.iter_mut().zip(&sums.list);
    match activation {
        Activation::Relu => each.for_each(|(output, sums)| *output = sums.map(|sum| sum.max(0.0))),
        Activation::Tanh => each.for_each(|(output, sums)| *output = sums.map(f32::tanh)),
        Activation::LeakyRelu => {
            each.for_each(|(output, sums)| *output = sums.map(|sum| sum.max(LEAK * sum)));
        }
        Activation::Gelu => {
            each.for_each(|(output, sums)| *output = sums.map(|sum| sum * normal(sum)));
        }
    }
}

/// The normal distribution function.
fn normal(number: f32) -> f32 {
    (0.5 * (1.0 + erf(f64::from(number) * std::f64::consts::FRAC_1_SQRT_2))) as f32
}

/// The slope of the activation where `sum` enters it.
pub(super) fn slope(activation: Activation, sum: f32) -> f32 {
    match activation {
        Activation::Relu => f32::from(u8::from(sum > 0.0)),
        Activation::Tanh => 1.0 - sum.tanh().powi(2),
        Activation::LeakyRelu => {
            if sum > 0.0 {
                1.0
            } else {
                LEAK
            }
        }
        Activation::Gelu => {
            let density = (-0.5 * sum * sum).exp() / std::f32::consts::TAU.sqrt();
            normal(sum) + sum * density
        }
    }
}

/// Slopes along what left a layer become those along what entered its activation.
fn unbend(activation: Activation, step: &mut Step) {
    if let Some(mask) = &step.mask {
        for (slopes, mask) in step.slopes.list.iter_mut().zip(&mask.list) {
            for (slope, mask) in slopes.iter_mut().zip(mask) {
                *slope *= mask;
            }
        }
    }
    for (slopes, sums) in step.slopes.list.iter_mut().zip(&step.sums.list) {
        match activation {
            Activation::Relu => {
                for (along, sum) in slopes.iter_mut().zip(sums) {
                    *along = if *sum > 0.0 { *along } else { 0.0 };
                }
            }
            _ => slopes
                .iter_mut()
                .zip(sums)
                .for_each(|(along, sum)| *along *= slope(activation, *sum)),
        }
    }
}

/// Drops numbers, and says what each was multiplied by.
fn mask(output: &mut Lanes, rate: f64, rows: usize, seed: Seed) -> Lanes {
    let kept = (1.0 / (1.0 - rate)) as f32;
    let limit = (rate * 4_294_967_296.0) as u32;
    let mut mask = Lanes::new(output.width(), rows);
    let mut rng = seed.rng();
    for (lane, output) in mask.list.iter_mut().zip(&mut output.list) {
        let drawn: Lane = std::array::from_fn(|_| if rng.next_u32() < limit { 0.0 } else { kept });
        output.iter_mut().zip(drawn).for_each(|(number, kept)| *number *= kept);
        *lane = drawn;
    }
    mask
}
