//! Normalisation of channels, with what follows it in a network of convolutions.

use burn_tensor::Tensor;
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::bridge::{Made, Numbers, apply, input, is_ours};
use super::vector::{fma, run, sum, sum_pairs};
use crate::neural::to_numbers;

/// Numbers of a channel of a sample below which burn's operations are as good.
const LEAST: usize = 16;
/// Channels of samples that are worked on together.
const TOGETHER: usize = 8;

/// What follows the normalisation.
#[derive(Clone, Debug)]
pub(crate) struct Then<const D: usize> {
    /// Is added.
    pub(crate) beside: Option<Tensor<D>>,
    /// Whether max(0, x) is taken.
    pub(crate) relu: bool,
}

impl<const D: usize> Then<D> {
    /// Nothing.
    pub(crate) const NOTHING: Self = Self { beside: None, relu: false };

    /// The same by burn's operations.
    pub(crate) fn apply(self, numbers: Tensor<D>) -> Tensor<D> {
        let numbers = match self.beside {
            Some(beside) => numbers + beside,
            None => numbers,
        };
        if self.relu { burn_tensor::activation::relu(numbers) } else { numbers }
    }
}

/// Mean and variance of each channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Spread {
    pub(crate) mean: Vec<f32>,
    pub(crate) variance: Vec<f32>,
}

impl Spread {
    /// Those that stand in tensors.
    pub(crate) fn of(mean: Tensor<1>, variance: Tensor<1>) -> Self {
        let numbers = |tensor: Tensor<1>| to_numbers(tensor.inner());
        Self { mean: numbers(mean), variance: numbers(variance) }
    }
}

/// Each channel of `[sample, channel, ...]` less its mean, over its standard deviation, times `scale`, plus
/// `shift`, and what follows. Means and variances are those of the batch, or those `given`. None where burn's
/// operations are to be used.
pub(crate) fn batch_norm<const D: usize>(
    numbers: &Tensor<D>,
    [scale, shift]: [Tensor<1>; 2],
    given: Option<Spread>,
    then: &Then<D>,
    epsilon: f32,
) -> Option<(Tensor<D>, Spread)> {
    let dims = numbers.dims();
    let count: usize = dims.iter().product();
    if D < 3 || count == 0 || count / dims[0] / dims[1] < LEAST || !is_ours(numbers) {
        return None;
    }
    let [channels, plane] = [dims[1], count / dims[0] / dims[1]];
    let of_batch = given.is_none();
    let mut told = given.unwrap_or_default();
    let mut inputs = vec![input(numbers.clone()), input(scale), input(shift)];
    inputs.extend(then.beside.clone().map(input));
    let output = apply(inputs, |values, _| {
        if of_batch {
            told = spread(&values[0], channels, plane);
        }
        let lines: Vec<Line> = (0..channels)
            .map(|channel| {
                let (mean, scale) = (told.mean[channel], values[1][channel]);
                let inverse = 1.0 / (told.variance[channel] + epsilon).sqrt();
                let factor = scale * inverse;
                Line { mean, inverse, factor, rest: values[2][channel] - mean * factor }
            })
            .collect();
        let job = Job { plane, relu: then.relu, of_batch, lines };
        let mut output = vec![0.0; count];
        let planes = output.par_chunks_mut(plane).enumerate().with_min_len(TOGETHER);
        planes.for_each(|(number, output)| {
            let line = job.lines[number % channels];
            run(Forward { output, input: job.of(&values[0], number), line });
            if let Some(beside) = values.get(3) {
                run(Add { output, beside: job.of(beside, number) });
            }
            if job.relu {
                run(Relu(output));
            }
        });
        Made::new(Numbers::new(output, &dims), move |gradient, wanted| {
            job.back(&values, gradient, wanted)
        })
    });
    output.map(|output| (output, told))
}

/// Mean and variance of each channel: of each channel of a sample, then of all in their order.
fn spread(numbers: &[f32], channels: usize, plane: usize) -> Spread {
    let planes = numbers.par_chunks(plane).with_min_len(TOGETHER);
    let parts: Vec<[f32; 2]> = planes.map(|plane| run(Moments(plane))).collect();
    let samples = (parts.len() / channels) as f64;
    let of = |channel: usize| parts.iter().skip(channel).step_by(channels);
    let mean = |channel: usize| of(channel).map(|part| f64::from(part[0])).sum::<f64>() / samples;
    let variance = |channel: usize| {
        let mean = mean(channel);
        let apart = |part: &[f32; 2]| (f64::from(part[0]) - mean).powi(2);
        let within = |part: &[f32; 2]| f64::from(part[1]) / plane as f64;
        of(channel).map(|part| within(part) + apart(part)).sum::<f64>() / samples
    };
    Spread {
        mean: (0..channels).map(|channel| mean(channel) as f32).collect(),
        variance: (0..channels).map(|channel| variance(channel) as f32).collect(),
    }
}

/// How a channel's numbers become output: `number * factor + rest`.
#[derive(Clone, Copy, Debug)]
struct Line {
    mean: f32,
    inverse: f32,
    factor: f32,
    rest: f32,
}

/// One call, as the way back needs it.
struct Job {
    plane: usize,
    relu: bool,
    of_batch: bool,
    lines: Vec<Line>,
}

impl Job {
    fn of<'a>(&self, numbers: &'a [f32], number: usize) -> &'a [f32] {
        &numbers[number * self.plane..][..self.plane]
    }

    fn back(
        &self,
        values: &[Numbers],
        mut gradient: Numbers,
        wanted: &[bool],
    ) -> Vec<Option<Numbers>> {
        let channels = self.lines.len();
        let beside = values.get(3);
        let changed = gradient.change().par_chunks_mut(self.plane).enumerate();
        let parts: Vec<[f32; 2]> = changed
            .with_min_len(TOGETHER)
            .map(|(number, gradient)| {
                let (input, line) = (self.of(&values[0], number), self.lines[number % channels]);
                match (self.relu, beside) {
                    (true, Some(beside)) => {
                        let beside = self.of(beside, number);
                        run(Stop { gradient, input, line, beside });
                    }
                    (true, None) => run(Stop { gradient, input, line, beside: &[] }),
                    (false, _) => (),
                }
                run(Sums { gradient, input, line })
            })
            .collect();
        // Of shift and scale.
        let total = |which: usize| -> Vec<f32> {
            let of = |channel: usize| parts.iter().skip(channel).step_by(channels);
            let sum = |channel: usize| of(channel).map(|part| f64::from(part[which])).sum::<f64>();
            (0..channels).map(|channel| sum(channel) as f32).collect()
        };
        let totals = [total(0), total(1)];
        let of_beside = wanted.get(3).is_some_and(|wanted| *wanted).then(|| gradient.clone());
        let of_input = wanted[0].then(|| {
            let mut found = gradient;
            let count = (found.len() / channels) as f32;
            let planes = found.change().par_chunks_mut(self.plane).enumerate();
            planes.with_min_len(TOGETHER).for_each(|(number, gradient)| {
                let channel = number % channels;
                let means = match self.of_batch {
                    true => [0, 1].map(|which| totals[which][channel] / count),
                    false => [0.0; 2],
                };
                let (input, line) = (self.of(&values[0], number), self.lines[channel]);
                run(Back { gradient, input, line, means });
            });
            found
        });
        let [shift, scale] = totals.map(|numbers| Numbers::new(numbers, &[channels]));
        vec![of_input, wanted[1].then_some(scale), wanted[2].then_some(shift), of_beside]
    }
}

/// Mean, and sum of squares around it.
struct Moments<'a>(&'a [f32]);

impl WithSimd for Moments<'_> {
    type Output = [f32; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [f32; 2] {
        let mean = sum(self.0, |number| number) / self.0.len() as f32;
        [mean, sum(self.0, |number| (number - mean) * (number - mean))]
    }
}

struct Forward<'a> {
    output: &'a mut [f32],
    input: &'a [f32],
    line: Line,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (output, input) in self.output.iter_mut().zip(self.input) {
            *output = fma::<S>(*input, self.line.factor, self.line.rest);
        }
    }
}

struct Add<'a> {
    output: &'a mut [f32],
    beside: &'a [f32],
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (output, beside) in self.output.iter_mut().zip(self.beside) {
            *output += *beside;
        }
    }
}

struct Relu<'a>(&'a mut [f32]);

impl WithSimd for Relu<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for number in self.0 {
            // NaN passes.
            *number = if *number < 0.0 { 0.0 } else { *number };
        }
    }
}

/// Lets no gradient through where max(0, x) was 0.
struct Stop<'a> {
    gradient: &'a mut [f32],
    input: &'a [f32],
    line: Line,
    beside: &'a [f32],
}

impl WithSimd for Stop<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { gradient, input, line, beside } = self;
        if beside.is_empty() {
            for (gradient, input) in gradient.iter_mut().zip(input) {
                let output = fma::<S>(*input, line.factor, line.rest);
                *gradient = if output > 0.0 { *gradient } else { 0.0 };
            }
        } else {
            for ((gradient, input), beside) in gradient.iter_mut().zip(input).zip(beside) {
                let output = fma::<S>(*input, line.factor, line.rest) + *beside;
                *gradient = if output > 0.0 { *gradient } else { 0.0 };
            }
        }
    }
}

/// The sum of a gradient, and of its products with the normalised numbers.
struct Sums<'a> {
    gradient: &'a [f32],
    input: &'a [f32],
    line: Line,
}

impl WithSimd for Sums<'_> {
    type Output = [f32; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [f32; 2] {
        let Line { mean, inverse, .. } = self.line;
        let product = |gradient: f32, input: f32| gradient * ((input - mean) * inverse);
        [sum(self.gradient, |number| number), sum_pairs(self.gradient, self.input, product)]
    }
}

/// Makes the gradient of the input of that of the normalised and scaled numbers.
struct Back<'a> {
    gradient: &'a mut [f32],
    input: &'a [f32],
    line: Line,
    means: [f32; 2],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Line { mean, inverse, factor, .. } = self.line;
        let [level, tilt] = self.means;
        for (gradient, input) in self.gradient.iter_mut().zip(self.input) {
            let normal = (*input - mean) * inverse;
            *gradient = (*gradient - level - normal * tilt) * factor;
        }
    }
}
