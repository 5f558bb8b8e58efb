//! Normalisation over the last axis.

use burn_tensor::{Tensor, module};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::bridge::{Made, Numbers, apply, input, is_ours};
use super::linear::fold;
use super::vector::{fma, run, sum, sum_pairs};

/// Rows that are worked on together.
const ROWS: usize = 256;

/// Each row less its mean, over its standard deviation, times `scale`, plus `shift`.
pub(crate) fn layer_norm<const D: usize>(
    numbers: Tensor<D>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f32,
) -> Tensor<D> {
    let inputs = [numbers.clone(), numbers.clone()];
    own(inputs, [scale.clone(), shift.clone()], epsilon)
        .unwrap_or_else(|| module::layer_norm(numbers, scale, Some(shift), f64::from(epsilon)))
}

fn own<const D: usize>(
    [numbers, _]: [Tensor<D>; 2],
    [scale, shift]: [Tensor<1>; 2],
    epsilon: f32,
) -> Option<Tensor<D>> {
    let width = scale.dims()[0];
    if !is_ours(&numbers) || width == 0 || numbers.dims().last() != Some(&width) {
        return None;
    }
    apply(vec![input(numbers), input(scale), input(shift)], |values, learns| {
        let chunk = ROWS * width;
        let mut output = vec![0.0; values[0].len()];
        let mut moments = vec![[0.0; 2]; values[0].len() / width];
        let rows = output.par_chunks_mut(chunk).zip(values[0].par_chunks(chunk));
        rows.zip(moments.par_chunks_mut(ROWS)).for_each(|((output, input), moments)| {
            let factors = [&*values[1], &*values[2]];
            run(Forward { output, input, moments, factors, epsilon });
        });
        let output = Numbers::new(output, values[0].shape());
        if !learns {
            moments.clear();
        }
        Made::new(output, move |gradient, wanted| back(&values, &moments, gradient, wanted))
    })
}

fn back(
    values: &[Numbers],
    moments: &[[f32; 2]],
    mut gradient: Numbers,
    wanted: &[bool],
) -> Vec<Option<Numbers>> {
    let width = values[1].len();
    let chunk = ROWS * width;
    let blocks = gradient.len().div_ceil(chunk);
    let mut partial = vec![0.0; 2 * blocks * width];
    let rows = gradient.change().par_chunks_mut(chunk).zip(values[0].par_chunks(chunk));
    let rows = rows.zip(moments.par_chunks(ROWS)).zip(partial.par_chunks_mut(2 * width));
    rows.for_each(|(((gradient, input), moments), columns)| {
        run(Back { gradient, input, moments, scale: &values[1], columns });
    });
    let both = fold(&partial, 2 * width);
    let [scale, shift] = [&both[..width], &both[width..]];
    let column =
        |numbers: &[f32], wanted: bool| wanted.then(|| Numbers::new(numbers.to_vec(), &[width]));
    vec![wanted[0].then_some(gradient), column(scale, wanted[1]), column(shift, wanted[2])]
}

/// Normalises rows; notes the mean of each and one over its deviation.
struct Forward<'a> {
    output: &'a mut [f32],
    input: &'a [f32],
    moments: &'a mut [[f32; 2]],
    factors: [&'a [f32]; 2],
    epsilon: f32,
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let [scale, shift] = self.factors;
        let width = scale.len();
        let rows = self.output.chunks_exact_mut(width).zip(self.input.chunks_exact(width));
        for ((output, input), moments) in rows.zip(self.moments) {
            let mean = sum(input, |number| number) / width as f32;
            let spread = sum(input, |number| (number - mean) * (number - mean)) / width as f32;
            let inverse = 1.0 / (spread + self.epsilon).sqrt();
            *moments = [mean, inverse];
            let factors = scale.iter().zip(shift);
            for ((output, input), (scale, shift)) in output.iter_mut().zip(input).zip(factors) {
                *output = fma::<S>((*input - mean) * inverse, *scale, *shift);
            }
        }
    }
}

/// Makes the gradient of the input of that of the output; adds up those of scale and shift.
struct Back<'a> {
    gradient: &'a mut [f32],
    input: &'a [f32],
    moments: &'a [[f32; 2]],
    scale: &'a [f32],
    columns: &'a mut [f32],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.scale.len();
        let (scales, shifts) = self.columns.split_at_mut(width);
        let rows = self.gradient.chunks_exact_mut(width).zip(self.input.chunks_exact(width));
        for ((gradient, input), [mean, inverse]) in rows.zip(self.moments) {
            let (mean, inverse) = (*mean, *inverse);
            let columns = scales.iter_mut().zip(shifts.iter_mut()).zip(self.scale);
            // From here on `gradient` is that of the normalised numbers.
            for ((gradient, input), ((scales, shifts), scale)) in
                gradient.iter_mut().zip(input).zip(columns)
            {
                *scales = fma::<S>(*gradient, (*input - mean) * inverse, *scales);
                *shifts += *gradient;
                *gradient *= *scale;
            }
            let level = sum(gradient, |number| number) / width as f32;
            let tilt =
                sum_pairs(gradient, input, |gradient, input| gradient * (input - mean) * inverse)
                    / width as f32;
            for (gradient, input) in gradient.iter_mut().zip(input) {
                let normal = (*input - mean) * inverse;
                *gradient = (*gradient - level - normal * tilt) * inverse;
            }
        }
    }
}
