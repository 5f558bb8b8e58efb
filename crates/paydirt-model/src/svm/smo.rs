//! Sequential minimal optimisation: the dual of a support vector machine, two samples at a time.
//!
//! The least of 1/2 b'Kb - g'b over b (one number a sample) with low <= b <= high and a given sum of
//! b. In each iteration the pair of samples is chosen by second order information (Fan, Chen & Lin
//! 2005, JMLR 6:1889-1918, WSS 2), as libsvm does. Kernel rows are kept as far as they fit.

use std::collections::VecDeque;

use crate::encode::{Encoding, LANES, Lane, Points};
use crate::kernel::Kernel;
use paydirt_core::table::Table;

/// Numbers of kernel rows that are kept: 200 MB, as in libsvm.
const KEPT_NUMBERS: usize = 50_000_000;
/// Most iterations, as in libsvm.
const MOST_ITERATIONS: usize = 10_000_000;

/// What is asked: bounds, linear terms and a start that has the right sum.
pub(crate) struct Dual {
    /// Least value of each sample.
    pub(crate) low: Vec<f64>,
    /// Greatest value of each sample.
    pub(crate) high: Vec<f64>,
    /// Linear term of each sample.
    pub(crate) gain: Vec<f64>,
    /// Where to start.
    pub(crate) start: Vec<f64>,
}

/// What was found.
pub(crate) struct Solution {
    /// The value of each sample; those that are not 0 are support vectors.
    pub(crate) values: Vec<f64>,
    /// Added to the weighted sum of kernels, it gives the decision value.
    pub(crate) bias: f64,
    /// Iterations made.
    pub(crate) iterations: usize,
    /// Whether the conditions of an optimum hold within tolerance.
    pub(crate) converged: bool,
}

/// The kernel matrix, of which rows are made when they are asked for.
pub(crate) struct Gram {
    kernel: Kernel,
    points: Points,
    blocks: Vec<Vec<Lane>>,
    diagonal: Vec<f64>,
    rows: Vec<Vec<f32>>,
    kept: VecDeque<usize>,
}

impl Gram {
    pub(crate) fn new(kernel: Kernel, encoding: &Encoding, table: &Table) -> Self {
        let points = Points::new(encoding, table);
        let diagonal = points.iter().map(|point| kernel.of_self(point)).collect();
        let rows = vec![Vec::new(); points.len()];
        let blocks = encoding.blocks(table);
        Self { kernel, points, blocks, diagonal, rows, kept: VecDeque::new() }
    }

    /// The points.
    pub(crate) const fn points(&self) -> &Points {
        &self.points
    }

    /// Makes two rows, dropping the oldest others where there is no room.
    fn make(&mut self, pair: [usize; 2]) {
        let most = (KEPT_NUMBERS / self.rows.len()).max(2);
        for index in pair {
            if !self.rows[index].is_empty() {
                continue;
            }
            let mut row = Vec::new();
            if self.kept.len() >= most {
                while self.kept.front().is_some_and(|oldest| pair.contains(oldest)) {
                    self.kept.rotate_left(1);
                }
                if let Some(oldest) = self.kept.pop_front() {
                    row = std::mem::take(&mut self.rows[oldest]);
                    row.clear();
                }
            }
            let point = self.points.point(index);
            row.extend(self.blocks.iter().flat_map(|block| self.kernel.of(block, point)));
            row.truncate(self.rows.len());
            self.rows[index] = row;
            self.kept.push_back(index);
        }
    }
}

/// The state of the search. `pull` is the derivative of the sum that is made greatest.
struct Search<'a> {
    dual: &'a Dual,
    values: Vec<f64>,
    pull: Vec<f64>,
}

/// Solves the dual until no pair of samples breaks the conditions of an optimum by more than the
/// tolerance.
pub(crate) fn solve(dual: &Dual, gram: &mut Gram, tolerance: f64) -> Solution {
    let mut search = Search::begin(dual, gram);
    let mut iterations = 0;
    let converged = loop {
        let Some((up, most)) = search.strongest_up() else { break true };
        gram.make([up, up]);
        let Some(down) = search.best_partner(up, gram, most, tolerance) else { break true };
        if iterations == MOST_ITERATIONS {
            break false;
        }
        gram.make([up, down]);
        search.step([up, down], gram);
        iterations += 1;
    };
    let bias = search.bias();
    Solution { values: search.values, bias, iterations, converged }
}

impl<'a> Search<'a> {
    fn begin(dual: &'a Dual, gram: &mut Gram) -> Self {
        let mut pull = dual.gain.clone();
        for (index, start) in dual.start.iter().enumerate().filter(|(_, start)| **start != 0.0) {
            gram.make([index, index]);
            for (pull, kernel) in pull.iter_mut().zip(&gram.rows[index]) {
                *pull -= start * f64::from(*kernel);
            }
        }
        Self { dual, values: dual.start.clone(), pull }
    }

    /// The sample that may rise and is pulled up most.
    fn strongest_up(&self) -> Option<(usize, f64)> {
        let mut best = None;
        let mut most = f64::NEG_INFINITY;
        let samples = self.values.iter().zip(&self.dual.high).zip(&self.pull);
        for (index, ((value, high), pull)) in samples.enumerate() {
            if *pull > most && value < high {
                most = *pull;
                best = Some(index);
            }
        }
        best.map(|index| (index, most))
    }

    /// The sample that may fall by which the objective gains most together with `up`; `None` where
    /// every pair is within tolerance.
    fn best_partner(&self, up: usize, gram: &Gram, most: f64, tolerance: f64) -> Option<usize> {
        let (mut best, mut gain, mut least) = (None, 0.0, f64::INFINITY);
        let own = gram.diagonal[up];
        let samples = self.values.iter().zip(&self.dual.low).zip(&self.pull);
        let kernels = gram.rows[up].iter().zip(&gram.diagonal);
        for (index, (((value, low), pull), (kernel, other))) in samples.zip(kernels).enumerate() {
            if value <= low {
                continue;
            }
            least = least.min(*pull);
            let apart = most - pull;
            if apart > 0.0 {
                let bend = (own + other - 2.0 * f64::from(*kernel)).max(1e-12);
                let this = apart * apart / bend;
                if this > gain {
                    gain = this;
                    best = Some(index);
                }
            }
        }
        best.filter(|_| most - least > tolerance)
    }

    /// Moves a pair to its optimum, or to the bound that is met first.
    fn step(&mut self, [up, down]: [usize; 2], gram: &Gram) {
        let (up_row, down_row) = (&gram.rows[up], &gram.rows[down]);
        let bend =
            (gram.diagonal[up] + gram.diagonal[down] - 2.0 * f64::from(up_row[down])).max(1e-12);
        let wanted = (self.pull[up] - self.pull[down]) / bend;
        let [to_high, to_low] =
            [self.dual.high[up] - self.values[up], self.values[down] - self.dual.low[down]];
        let step = wanted.min(to_high).min(to_low);
        // At a bound the value is the bound to the bit: the tests for bounds have no tolerance.
        self.values[up] = if step == to_high { self.dual.high[up] } else { self.values[up] + step };
        self.values[down] =
            if step == to_low { self.dual.low[down] } else { self.values[down] - step };
        for ((pull, up), down) in self.pull.iter_mut().zip(up_row).zip(down_row) {
            *pull -= step * f64::from(up - down);
        }
    }

    /// The mean pull of the samples between their bounds; without one, the middle of what the
    /// conditions of an optimum allow.
    fn bias(&self) -> f64 {
        let (mut sum, mut free) = (0.0, 0_u32);
        let (mut most, mut least) = (f64::NEG_INFINITY, f64::INFINITY);
        for (index, (value, pull)) in self.values.iter().zip(&self.pull).enumerate() {
            let (may_rise, may_fall) =
                (*value < self.dual.high[index], *value > self.dual.low[index]);
            if may_rise && may_fall {
                sum += pull;
                free += 1;
            }
            if may_rise {
                most = most.max(*pull);
            }
            if may_fall {
                least = least.min(*pull);
            }
        }
        match free {
            0 if most.is_finite() && least.is_finite() => f64::midpoint(most, least),
            0 if most.is_finite() => most,
            0 => least,
            free => sum / f64::from(free),
        }
    }
}

/// Decision values of a table's rows: the sum of coefficient x kernel over the support vectors, plus
/// the bias. Summed in parts of 32, so that 32-bit numbers lose nothing.
pub(crate) fn decide(
    machine: (&Encoding, Kernel, &Points),
    coefficients: &[f32],
    bias: f64,
    table: &Table,
) -> Vec<f64> {
    let (encoding, kernel, support) = machine;
    let vectors: Vec<(&[f32], f32)> = support.iter().zip(coefficients.iter().copied()).collect();
    encoding.map(table, |block| {
        let mut sums = [bias; LANES];
        for part in vectors.chunks(32) {
            let mut part_sums = [0.0_f32; LANES];
            for (point, coefficient) in part {
                for (sum, kernel) in part_sums.iter_mut().zip(kernel.of(block, point)) {
                    *sum += coefficient * kernel;
                }
            }
            for (sum, part) in sums.iter_mut().zip(part_sums) {
                *sum += f64::from(part);
            }
        }
        sums
    })
}
