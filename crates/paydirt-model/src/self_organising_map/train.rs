//! Batch training of a map of units.

use nalgebra::{DMatrix, SymmetricEigen};
use rayon::prelude::*;

use crate::encode::{LANES, Lane, Points};
use crate::kernel::squared_distances;

/// What the map is fitted to.
pub(super) struct Samples<'a> {
    /// The points, in blocks and one by one.
    pub(super) blocks: &'a [Vec<Lane>],
    pub(super) points: &'a Points,
    /// How much each counts.
    pub(super) weight: &'a [f64],
}

/// Rows and columns of units.
pub(super) type Size = [usize; 2];

/// The two directions in which the samples spread most, as long as their deviation there.
pub(super) struct Axes([Vec<f64>; 2]);

impl Axes {
    pub(super) fn of(samples: &Samples<'_>, width: usize) -> Self {
        let total: f64 = samples.weight.iter().sum();
        let mut covariance = DMatrix::<f64>::zeros(width, width);
        for (point, weight) in samples.points.iter().zip(samples.weight) {
            for (a, first) in point.iter().enumerate() {
                for (b, second) in point.iter().enumerate().take(a + 1) {
                    covariance[(a, b)] += weight * f64::from(*first) * f64::from(*second) / total;
                }
            }
        }
        covariance.fill_upper_triangle_with_lower_triangle();
        let eigen = SymmetricEigen::new(covariance);
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|a, b| eigen.eigenvalues[*b].total_cmp(&eigen.eigenvalues[*a]));
        Self([0, 1].map(|axis| {
            let Some(&index) = order.get(axis) else { return vec![0.0; width] };
            let vector = eigen.eigenvectors.column(index);
            let largest = vector
                .iter()
                .fold(0.0_f64, |most, n| if n.abs() > most.abs() + 1e-9 { *n } else { most });
            let length = eigen.eigenvalues[index].max(0.0).sqrt() * largest.signum();
            vector.iter().map(|number| number * length).collect()
        }))
    }

    /// A map of so many units, about, as long and wide as the samples spread (up to 4 to 1).
    pub(super) fn size(&self, units: f64) -> Size {
        let [long, wide] =
            [0, 1].map(|axis| self.0[axis].iter().map(|n| n * n).sum::<f64>().sqrt());
        let ratio = if wide > 0.0 { (long / wide).min(4.0) } else { 4.0 };
        let cols = (units / ratio).sqrt().round().max(1.0);
        [(units / cols).round().max(1.0) as usize, cols as usize]
    }

    /// Units laid out over the plane of the two axes, two deviations wide to either side.
    fn plane(&self, [rows, cols]: Size) -> Vec<Vec<f64>> {
        let step = |index: usize, count: usize| match count {
            0 | 1 => 0.0,
            _ => 4.0 * index as f64 / (count - 1) as f64 - 2.0,
        };
        let [long, wide] = &self.0;
        let units = (0..rows * cols).map(|unit| [step(unit / cols, rows), step(unit % cols, cols)]);
        units
            .map(|[a, b]| long.iter().zip(wide).map(|(long, wide)| a * long + b * wide).collect())
            .collect()
    }
}

/// How the map is trained.
pub(super) struct Schedule {
    pub(super) epochs: usize,
    /// Radius in the last epoch, in units.
    pub(super) end_radius: f64,
}

impl Schedule {
    /// The radius of an epoch: from half the map's longer side, in even ratios.
    fn radius(&self, epoch: usize, [rows, cols]: Size) -> f64 {
        let start = (rows.max(cols) as f64 / 2.0).max(self.end_radius);
        let done = if self.epochs > 1 { epoch as f64 / (self.epochs - 1) as f64 } else { 1.0 };
        start * (self.end_radius / start).powf(done)
    }
}

/// The trained units.
pub(super) fn train(samples: &Samples<'_>, axes: &Axes, size: Size, schedule: &Schedule) -> Points {
    let mut units = axes.plane(size);
    for epoch in 0..schedule.epochs {
        let book = rounded(&units);
        let best = samples.blocks.par_iter().map(|block| nearest(block, &book).0);
        let best: Vec<[u32; LANES]> = best.collect();
        let (mut sums, mut counts) = totals(samples, best.as_flattened(), &units);
        let shares = shares(schedule.radius(epoch, size), size[0].max(size[1]));
        smooth(&mut sums, &mut counts, size, &shares);
        for ((unit, sum), count) in units.iter_mut().zip(sums).zip(counts) {
            if count > 0.0 {
                *unit = sum.into_iter().map(|number| number / count).collect();
            }
        }
    }
    rounded(&units)
}

fn rounded(units: &[Vec<f64>]) -> Points {
    let unit = |unit: &Vec<f64>| unit.iter().map(|number| *number as f32).collect();
    Points::of(&units.iter().map(unit).collect::<Vec<Vec<f32>>>())
}

/// The nearest unit of each point of a block and its squared distance; the first of those that tie.
pub(super) fn nearest(block: &[Lane], units: &Points) -> ([u32; LANES], Lane) {
    let (mut best, mut least) = ([0; LANES], [f32::INFINITY; LANES]);
    for (index, unit) in units.iter().enumerate() {
        let squares = squared_distances(block, unit);
        for lane in 0..LANES {
            let is_nearer = squares[lane] < least[lane];
            best[lane] = if is_nearer { index as u32 } else { best[lane] };
            least[lane] = if is_nearer { squares[lane] } else { least[lane] };
        }
    }
    (best, least)
}

/// The weighted sum of the points of each unit, and their weight.
fn totals(samples: &Samples<'_>, best: &[u32], units: &[Vec<f64>]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let width = units.first().map_or(0, Vec::len);
    let mut sums = vec![vec![0.0; width]; units.len()];
    let mut counts = vec![0.0; units.len()];
    for ((point, weight), unit) in samples.points.iter().zip(samples.weight).zip(best) {
        let unit = *unit as usize;
        counts[unit] += weight;
        for (sum, number) in sums[unit].iter_mut().zip(point) {
            *sum += weight * f64::from(*number);
        }
    }
    (sums, counts)
}

/// How much a unit takes part at each distance along one side: exp(-distance^2 / (2 radius^2)).
fn shares(radius: f64, side: usize) -> Vec<f64> {
    (0..side).map(|apart| (-0.5 * (apart as f64 / radius).powi(2)).exp()).collect()
}

/// Lets every unit take part in what all others have: along columns, then along rows.
fn smooth(sums: &mut Vec<Vec<f64>>, counts: &mut Vec<f64>, [rows, cols]: Size, shares: &[f64]) {
    for along_rows in [false, true] {
        let take = |unit: usize| {
            let (row, col) = (unit / cols, unit % cols);
            let mut sum = vec![0.0; sums[unit].len()];
            let mut count = 0.0;
            for other in 0..if along_rows { cols } else { rows } {
                let (from, apart) = match along_rows {
                    true => (row * cols + other, col.abs_diff(other)),
                    false => (other * cols + col, row.abs_diff(other)),
                };
                let share = shares[apart];
                if share > 0.0 {
                    count += share * counts[from];
                    sum.iter_mut().zip(&sums[from]).for_each(|(sum, own)| *sum += share * own);
                }
            }
            (sum, count)
        };
        (*sums, *counts) = (0..rows * cols).map(take).unzip();
    }
}
