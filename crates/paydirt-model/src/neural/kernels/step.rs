//! One step of an optimiser in one pass over its numbers.

use burn_tensor::{Device, Tensor};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::bridge::{Numbers, is_ours};
use super::vector::run;

/// Numbers that are worked on together.
const CHUNK: usize = 1 << 15;

/// What a step does to each number, given its gradient `g`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Factors {
    /// Decay of the mean gradient, and of the mean squared gradient.
    pub(crate) decay: [f32; 2],
    /// What the mean gradient and the gradient count in the direction.
    pub(crate) direction: [f32; 2],
    /// What the mean squared gradient is divided by.
    pub(crate) correction: f32,
    /// What the number itself is multiplied by.
    pub(crate) keep: f32,
    pub(crate) rate: f32,
    /// Keeps the division from 0.
    pub(crate) epsilon: f32,
}

/// The moved numbers: `keep value - rate direction / (sqrt(second / correction) + epsilon)`; the means
/// follow. None, and nothing changed, where burn's operations are to be used.
pub(crate) fn step(
    [value, gradient]: [&Tensor<1>; 2],
    means: [&mut Tensor<1>; 2],
    factors: Factors,
) -> Option<Tensor<1>> {
    let plain = |tensor: &Tensor<1>| is_ours(tensor) && !tensor.is_autodiff();
    if !plain(value) || !plain(gradient) || !means.iter().all(|mean| plain(mean)) {
        return None;
    }
    let gradient = Numbers::take(gradient.clone())?;
    let mut value = Numbers::take(value.clone())?;
    let [of_first, of_second] = means;
    // Taken out of their place, so that they are changed where they lie.
    let nothing = || Tensor::empty([0], &Device::flex());
    let mut first = Numbers::take(std::mem::replace(of_first, nothing()))?;
    let mut second = Numbers::take(std::mem::replace(of_second, nothing()))?;
    let chunks = value.change().par_chunks_mut(CHUNK).zip(gradient.par_chunks(CHUNK));
    let means = first.change().par_chunks_mut(CHUNK).zip(second.change().par_chunks_mut(CHUNK));
    chunks.zip(means).for_each(|((value, gradient), (first, second))| {
        run(Move { value, gradient, means: [first, second], factors });
    });
    (*of_first, *of_second) = (first.into_tensor(), second.into_tensor());
    Some(value.into_tensor())
}

struct Move<'a> {
    value: &'a mut [f32],
    gradient: &'a [f32],
    means: [&'a mut [f32]; 2],
    factors: Factors,
}

impl WithSimd for Move<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { value, gradient, means: [first, second], factors } = self;
        let [decay, decay_second] = factors.decay;
        let [of_mean, of_gradient] = factors.direction;
        let inverse = 1.0 / factors.correction;
        let means = first.iter_mut().zip(second);
        for ((value, gradient), (first, second)) in value.iter_mut().zip(gradient).zip(means) {
            let gradient = *gradient;
            *first = *first * decay + gradient * (1.0 - decay);
            *second = *second * decay_second + gradient * gradient * (1.0 - decay_second);
            let direction = *first * of_mean + gradient * of_gradient;
            let size = (*second * inverse).sqrt() + factors.epsilon;
            *value = *value * factors.keep - factors.rate * direction / size;
        }
    }
}
