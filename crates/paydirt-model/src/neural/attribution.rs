//! Which layers a network's answer comes from.

use super::classifier::{Input, Ready};
use super::pass::{Pass, tensor, to_numbers};
use crate::Result;

/// Steps of a path that are tried first, and at most.
const STEPS: [usize; 2] = [16, 512];

/// How far the shares of a row may be from adding up, as a part of the way of its log odds.
const GAP: f64 = 0.01;

/// Shares of the layers in log odds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explained {
    /// Mean log odds where the paths begin.
    pub base: f64,
    /// `[layer][row]`: base and shares add up to the row's log odds.
    pub shares: Vec<Vec<f32>>,
    /// Most steps that a path took.
    pub steps: usize,
    /// By how much the sums of a row's gradients missed, at most, as a part of the way of its log odds;
    /// the rest was spread over the layers in proportion to their shares.
    pub gap: f64,
}

impl Explained {
    /// Takes the shares of a row, spreads what they miss over the layers, and says how much that is as a
    /// part of the way.
    fn take(&mut self, row: usize, of_row: &[f64], way: f64) -> f64 {
        let rest = way - of_row.iter().sum::<f64>();
        let whole: f64 = of_row.iter().map(|share| share.abs()).sum();
        for (share, all) in of_row.iter().zip(&mut self.shares) {
            let part = if whole > 0.0 { share.abs() / whole } else { 1.0 / of_row.len() as f64 };
            all[row] = (share + rest * part) as f32;
        }
        rest.abs() / way.abs().max(0.01)
    }

    /// Parts one after the other.
    pub(super) fn joined(parts: Vec<Self>, layers: usize) -> Self {
        let mut all = Self { shares: vec![Vec::new(); layers], ..Self::default() };
        for part in parts {
            all.base = part.base;
            all.steps = all.steps.max(part.steps);
            all.gap = all.gap.max(part.gap);
            for (all, shares) in all.shares.iter_mut().zip(part.shares) {
                all.extend(shares);
            }
        }
        all
    }
}

/// Integrated gradients (Sundararajan and others 2017, PMLR 70:3319-3328), mean over paths that begin at
/// each of `starts` (expected gradients, Erion and others 2021, doi 10.1038/s42256-021-00343-w), with dropout
/// off.
///
/// The share of a number is its way times the mean slope of the log odds along the straight path; of a
/// layer, the sum over the window, what is known and what is not. Slopes are taken in the middle of as many
/// steps as bring the sum of each row to within 1 % of the way of its log odds: 16, 32, ... 512.
pub(crate) fn integrate(
    ready: &Ready,
    input: &Input,
    starts: &Input,
    (layers, rows): (&[usize], usize),
) -> Result<Explained> {
    let at = |input: &Input| to_numbers(ready.log_odds(&mut Pass::infer(&ready.parameters), input));
    let ends = at(input);
    let begins = at(starts);
    let base = begins.iter().copied().map(f64::from).sum::<f64>() / begins.len().max(1) as f64;
    let count = layers.iter().max().map_or(0, |last| last + 1);
    let mut explained =
        Explained { base, shares: vec![vec![0.0; rows]; count], ..Explained::default() };
    let mut open: Vec<usize> = (0..rows).collect();
    let mut steps = STEPS[0];
    while !open.is_empty() {
        let sums = along(ready, input, starts, (layers, steps));
        explained.steps = steps;
        // Each row is done when its own sum is right, whatever the others do.
        open.retain(|row| {
            let of_row = &sums[row * count..(row + 1) * count];
            let gap = explained.take(*row, of_row, f64::from(ends[*row]) - base);
            let is_open = gap > GAP && steps < STEPS[1];
            explained.gap = if is_open { explained.gap } else { explained.gap.max(gap) };
            is_open
        });
        steps *= 2;
    }
    Ok(explained)
}

/// Sums of way x slope over each layer: `[row][layer]` in one list.
fn along(
    ready: &Ready,
    input: &Input,
    starts: &Input,
    (layers, steps): (&[usize], usize),
) -> Vec<f64> {
    let count = layers.iter().max().map_or(0, |last| last + 1);
    let planes = ready.network.planes_of(input);
    let lists = [(&input.values, &starts.values), (&input.missing, &starts.missing)];
    let mut sums = vec![0.0; input.samples * count];
    for start in 0..starts.samples {
        for step in 0..steps {
            let part = ((step as f64 + 0.5) / steps as f64) as f32;
            let mut pass = Pass::infer(&ready.parameters);
            let ways = lists.map(|(ends, starts)| {
                let size = ends.len() / input.samples.max(1);
                let start = &starts[start * size..(start + 1) * size];
                (
                    start,
                    ends.iter()
                        .enumerate()
                        .map(move |(place, end)| end - start[place % size.max(1)]),
                )
            });
            let leaves = ways.clone().map(|(start, way)| {
                let size = start.len().max(1);
                let at: Vec<f32> =
                    way.enumerate().map(|(place, way)| start[place % size] + part * way).collect();
                let len = at.len();
                tensor(at, [len], &pass.device()).autodiff().require_grad()
            });
            let features = ready.network.features(&mut pass, input.samples, leaves.clone());
            let mut slopes = ready.network.log_odds(&mut pass, features).sum().backward();
            for ((leaf, planes), (start, way)) in leaves.iter().zip(&planes).zip(ways) {
                let size = start.len().max(1);
                let Some(slope) = leaf.grad_remove(&mut slopes) else { continue };
                for ((place, way), slope) in way.enumerate().zip(to_numbers(slope)) {
                    let layer = layers[planes[place % size]];
                    sums[place / size * count + layer] += f64::from(way * slope);
                }
            }
        }
    }
    let all = (starts.samples * steps).max(1) as f64;
    sums.iter_mut().for_each(|sum| *sum /= all);
    sums
}

/// How much the log odds fall when a layer is not known (Zeiler and Fergus 2014, doi
/// 10.1007/978-3-319-10590-1_53): `[layer][row]`.
pub(crate) fn occlude(
    ready: &Ready,
    input: &Input,
    (layers, rows): (&[usize], usize),
) -> Vec<Vec<f32>> {
    let at = |input: &Input| to_numbers(ready.log_odds(&mut Pass::infer(&ready.parameters), input));
    let whole = at(input);
    let planes = ready.network.planes_of(input);
    let count = layers.iter().max().map_or(0, |last| last + 1);
    let without = |layer: usize| {
        let mut hidden = input.clone();
        for (list, planes, value) in
            [(&mut hidden.values, &planes[0], 0.0), (&mut hidden.missing, &planes[1], 1.0)]
        {
            for (place, number) in list.iter_mut().enumerate() {
                if layers[planes[place % planes.len()]] == layer {
                    *number = value;
                }
            }
        }
        at(&hidden)
    };
    let falls = |layer: usize| {
        whole
            .iter()
            .zip(without(layer))
            .take(rows)
            .map(|(whole, without)| whole - without)
            .collect()
    };
    (0..count).map(falls).collect()
}
