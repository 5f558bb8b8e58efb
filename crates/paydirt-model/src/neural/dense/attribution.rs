//! Shares of the inputs in what leaves a network of one output.

use rayon::prelude::*;

use super::walk::slope;
use super::{Dense, ROWS, Walk};

/// Steps of a path that are tried first, and at most.
const STEPS: [usize; 2] = [16, 512];

/// How far the shares of a row may be from adding up, as a part of its way.
const GAP: f64 = 0.01;

/// Shares against some rows to start from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shares {
    /// Mean output of the rows to start from.
    pub(crate) base: f64,
    /// `[row][input]`: base and shares of a row add up to its output.
    pub(crate) shares: Vec<f64>,
    /// By how much the sums of a row missed, at most, as a part of its way; the rest was spread over the
    /// inputs in proportion to their shares.
    pub(crate) gap: f64,
}

/// Rows to explain and rows to start from, each of as many numbers as come in.
#[derive(Clone, Copy, Debug)]
struct World<'a> {
    network: &'a Dense,
    numbers: &'a [f32],
    starts: &'a [f32],
}

/// Mean over the starts of the integrated gradients from a start to the row: way x mean slope along the
/// straight path (expected gradients: Erion and others 2021, doi 10.1038/s42256-021-00343-w). Slopes are
/// taken in the middle of as many steps as bring a row's sum to within 1 % of its way: 16, 32, ... 512.
pub(crate) fn expected_gradients(
    network: &Dense,
    numbers: &[f32],
    starts: &[f32],
    rows: &[f32],
) -> Shares {
    World { network, numbers, starts }.explain(rows, World::integrate)
}

/// Mean over the starts of the `DeepLIFT` contributions, rescale rule: on the way back a slope is multiplied
/// by the quotient of the differences of what leaves and what enters each activation (Shrikumar and others
/// 2017, PMLR 70:3145-3153). They add up in one step.
pub(crate) fn deep_lift(network: &Dense, numbers: &[f32], starts: &[f32], rows: &[f32]) -> Shares {
    World { network, numbers, starts }.explain(rows, World::rescale)
}

impl World<'_> {
    fn width(&self) -> usize {
        self.network.layers[0].inputs.max(1)
    }

    fn explain(
        &self,
        rows: &[f32],
        of_rows: impl Fn(&Self, &[f32], f64) -> Shares + Sync,
    ) -> Shares {
        let starts = self.network.outputs_of(self.numbers, self.starts);
        let base = starts.iter().copied().map(f64::from).sum::<f64>() / starts.len().max(1) as f64;
        let runs = rows.par_chunks(ROWS * self.width()).map(|rows| of_rows(self, rows, base));
        let runs: Vec<Shares> = runs.collect();
        Shares {
            base,
            gap: runs.iter().map(|run| run.gap).fold(0.0, f64::max),
            shares: runs.into_iter().flat_map(|run| run.shares).collect(),
        }
    }

    /// Spreads what the sum of each row misses, and notes which rows miss more than they may.
    fn close(&self, rows: &[f32], base: f64, sums: &mut [f64]) -> Vec<f64> {
        let outputs = self.network.outputs_of(self.numbers, rows);
        let each = outputs.iter().zip(sums.chunks_exact_mut(self.width()));
        each.map(|(output, shares)| {
            let way = f64::from(*output) - base;
            let rest = way - shares.iter().sum::<f64>();
            let whole: f64 = shares.iter().map(|share| share.abs()).sum();
            let count = shares.len() as f64;
            for share in shares.iter_mut() {
                let part = if whole > 0.0 { share.abs() / whole } else { 1.0 / count };
                *share += rest * part;
            }
            rest.abs() / way.abs().max(0.01)
        })
        .collect()
    }

    fn integrate(&self, rows: &[f32], base: f64) -> Shares {
        let width = self.width();
        let mut found = Shares { shares: vec![0.0; rows.len()], ..Shares::default() };
        let mut open: Vec<usize> = (0..rows.len() / width).collect();
        let mut steps = STEPS[0];
        while !open.is_empty() {
            let of = |row: &usize| rows[row * width..(row + 1) * width].iter().copied();
            let some: Vec<f32> = open.iter().flat_map(of).collect();
            let mut sums = self.along(&some, steps);
            let gaps = self.close(&some, base, &mut sums);
            let mut left = Vec::new();
            for ((row, gap), sums) in open.iter().zip(gaps).zip(sums.chunks_exact(width)) {
                if gap > GAP && steps < STEPS[1] {
                    left.push(*row);
                    continue;
                }
                found.gap = found.gap.max(gap);
                found.shares[row * width..(row + 1) * width].copy_from_slice(sums);
            }
            open = left;
            steps *= 2;
        }
        found
    }

    /// Way x mean slope along the paths from all starts.
    fn along(&self, rows: &[f32], steps: usize) -> Vec<f64> {
        let width = self.width();
        let mut sums = vec![0.0; rows.len()];
        let mut walk = Walk::new(self.network, rows.len() / width);
        let count = (self.starts.len() / width * steps).max(1) as f64;
        for start in self.starts.chunks_exact(width) {
            let way = |place: usize| rows[place] - start[place % width];
            for step in 0..steps {
                let part = ((step as f64 + 0.5) / steps as f64) as f32;
                let at: Vec<f32> =
                    (0..rows.len()).map(|p| start[p % width] + part * way(p)).collect();
                walk.enter(at.chunks_exact(width));
                walk.infer(self.numbers);
                let slopes = walk.slopes_along_inputs(self.numbers, |layer, sums, slopes| {
                    let activation = self.network.activations[layer];
                    for (slopes, sums) in slopes.list.iter_mut().zip(&sums.list) {
                        for (along, sum) in slopes.iter_mut().zip(sums) {
                            *along *= slope(activation, *sum);
                        }
                    }
                });
                for (place, slope) in slopes.into_iter().enumerate() {
                    sums[place] += f64::from(way(place) * slope) / count;
                }
            }
        }
        sums
    }

    fn rescale(&self, rows: &[f32], base: f64) -> Shares {
        let width = self.width();
        let mut shares = vec![0.0; rows.len()];
        let count = (self.starts.len() / width).max(1) as f64;
        let mut walk = Walk::new(self.network, rows.len() / width);
        walk.enter(rows.chunks_exact(width));
        walk.infer(self.numbers);
        let of_rows = walk.bends();
        for start in self.starts.chunks_exact(width) {
            let mut from = Walk::new(self.network, 1);
            from.enter(std::iter::once(start));
            from.infer(self.numbers);
            let of_start = from.bends();
            let slopes = walk.slopes_along_inputs(self.numbers, |layer, _, slopes| {
                let activation = self.network.activations[layer];
                let ([sums, outputs], [sum, output]) = (&of_rows[layer], &of_start[layer]);
                for number in 0..slopes.width() {
                    let start = [sum.of(number)[0][0], output.of(number)[0][0]];
                    let ends =
                        sums.of(number).iter().flatten().zip(outputs.of(number).iter().flatten());
                    let each = slopes.of_mut(number).iter_mut().flatten().zip(ends);
                    each.for_each(|(along, (sum, output))| {
                        *along *= quotient(activation, start, [*sum, *output]);
                    });
                }
            });
            for (place, slope) in slopes.into_iter().enumerate() {
                shares[place] += f64::from((rows[place] - start[place % width]) * slope) / count;
            }
        }
        let gaps = self.close(rows, base, &mut shares);
        Shares { base, shares, gap: gaps.into_iter().fold(0.0, f64::max) }
    }
}

/// Difference of what leaves an activation over the difference of what enters it; its slope where they are
/// as good as equal.
fn quotient(
    activation: crate::neural::layers::Activation,
    [start_in, start_out]: [f32; 2],
    [end_in, end_out]: [f32; 2],
) -> f32 {
    let way = end_in - start_in;
    if way.abs() < 1e-5 {
        return slope(activation, f32::midpoint(start_in, end_in));
    }
    (end_out - start_out) / way
}
