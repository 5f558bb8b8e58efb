//! Batch normalisation of what enters an activation.

use super::lanes::{Lanes, dot, sum};
use crate::encode::LANES;

/// Keeps divisions from 0, as everywhere in the neural core.
pub(crate) const EPSILON: f32 = 1e-5;

/// What a walk remembers of a layer that it normalised while it learns.
#[derive(Clone, Debug)]
pub(super) struct Norm {
    rows: usize,
    by_batch: bool,
    /// Normalised numbers, before scale and shift.
    normalised: Lanes,
    /// 1 / deviation, a number each.
    inverse: Vec<f32>,
    /// Mean and unbiased variance of the batch.
    batch: [Vec<f32>; 2],
}

impl Norm {
    /// Normalises each number over the rows, by the batch where it learns and has more than one, else by
    /// the running means: scale, shift, mean, variance.
    pub(super) fn apply(sums: &mut Lanes, rows: usize, parts: [&[f32]; 4], learns: bool) -> Self {
        let by_batch = learns && rows > 1;
        let [scale, shift, running_mean, running_variance] = parts;
        let (mut inverse, mut batch) = (Vec::new(), [Vec::new(), Vec::new()]);
        for number in 0..sums.width() {
            let (mean, variance) = if by_batch {
                moments(sums, number, rows)
            } else {
                (running_mean[number], running_variance[number])
            };
            let of_number = 1.0 / (variance + EPSILON).sqrt();
            let lanes = sums.of_mut(number).iter_mut().flatten();
            lanes.for_each(|value| *value = (*value - mean) * of_number);
            inverse.push(of_number);
            if by_batch {
                batch[0].push(mean);
                batch[1].push(variance * rows as f32 / (rows - 1) as f32);
            }
        }
        let normalised = if learns { sums.clone() } else { Lanes::default() };
        for number in 0..sums.width() {
            let lanes = sums.of_mut(number).iter_mut().flatten();
            lanes.for_each(|value| *value = *value * scale[number] + shift[number]);
        }
        Self { rows, by_batch, normalised, inverse, batch }
    }

    /// Slopes along what left become those along what entered; returns those along scale and shift.
    pub(super) fn back(&self, slopes: &mut Lanes, scale: &[f32]) -> [Vec<f32>; 2] {
        let share = if self.by_batch { 1.0 / self.rows as f32 } else { 0.0 };
        let mut found = [Vec::new(), Vec::new()];
        for (number, (scale, inverse)) in scale.iter().zip(&self.inverse).enumerate() {
            let normalised = self.normalised.of(number);
            let along_scale = dot(slopes.of(number), normalised);
            let along_shift = sum(slopes.of(number));
            let lanes = slopes.of_mut(number).iter_mut().flatten();
            for (row, (slope, normalised)) in lanes.zip(normalised.iter().flatten()).enumerate() {
                let rest = *slope - share * (along_shift + normalised * along_scale);
                *slope = if row < self.rows { scale * inverse * rest } else { 0.0 };
            }
            found[0].push(along_scale);
            found[1].push(along_shift);
        }
        found
    }

    /// As [`Norm::back`] for a network that is used: by the running means.
    pub(super) fn scale_slopes(slopes: &mut Lanes, [scale, _, _, variance]: [&[f32]; 4]) {
        for number in 0..slopes.width() {
            let factor = scale[number] / (variance[number] + EPSILON).sqrt();
            slopes.of_mut(number).iter_mut().flatten().for_each(|slope| *slope *= factor);
        }
    }

    /// Running means, then running variances, follow by a tenth.
    pub(super) fn follow(&self, running: &mut [f32]) {
        for (old, new) in running.iter_mut().zip(self.batch.iter().flatten()) {
            *old = *old * 0.9 + new * 0.1;
        }
    }
}

/// Mean and variance of one number over the rows.
fn moments(sums: &Lanes, number: usize, rows: usize) -> (f32, f32) {
    let values = || {
        let lanes = sums.of(number).iter().enumerate();
        lanes.flat_map(move |(block, lane)| lane[..LANES.min(rows - block * LANES)].iter())
    };
    let count = rows as f64;
    let mean = values().map(|value| f64::from(*value)).sum::<f64>() / count;
    let variance = values().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>() / count;
    (mean as f32, variance as f32)
}
