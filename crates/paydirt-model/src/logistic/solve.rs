//! Newton's method for a convex loss with penalties.
//!
//! Each iteration solves the quadratic model of the loss at hand: by Cholesky factors where the
//! penalty is smooth, by coordinate descent where it has corners (proximal Newton: Lee, Sun &
//! Saunders 2014, <https://doi.org/10.1137/130921428>), then walks towards the solution as far as
//! the loss falls. Sums run over fixed ranges of rows and are added in order: the same bits on any
//! number of threads.

use rayon::prelude::*;

use super::curvature::{Curvature, add_times, dot};
use super::curve::Curve;
use super::design::Design;

/// Ranges into which the rows are cut.
const RANGES: usize = 16;

/// Mean log loss by weight plus penalties, over the standardised terms.
pub(crate) struct Problem<'a> {
    design: &'a Design<'a>,
    deposit: &'a [bool],
    /// One weight a row; they sum to 1.
    weight: Vec<f64>,
    /// Penalties on absolute values, one a coefficient; the intercept's is 0.
    l1: Vec<f64>,
    /// Penalties on half squares, one a coefficient; the intercept's is 0.
    l2: Vec<f64>,
    /// The loss of one sample.
    pub(super) curve: Curve,
}

/// The coefficients of the standardised terms, the intercept first.
pub(crate) struct Solution {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) iterations: usize,
    pub(crate) converged: bool,
}

/// Coefficients and the log odds that they give each row.
struct State {
    coefficients: Vec<f64>,
    log_odds: Vec<f64>,
}

impl<'a> Problem<'a> {
    /// The problem of samples with one weight a row; `penalties` are L1 and L2, one a term.
    pub(crate) fn new(
        design: &'a Design<'a>,
        deposit: &'a [bool],
        mut weight: Vec<f64>,
        penalties: [Vec<f64>; 2],
    ) -> Self {
        let total: f64 = weight.iter().sum();
        weight.iter_mut().for_each(|weight| *weight /= total);
        let [l1, l2] = penalties.map(|mut strengths| {
            strengths.insert(0, 0.0);
            strengths.iter_mut().for_each(|strength| *strength /= total);
            strengths
        });
        Self { design, deposit, weight, l1, l2, curve: Curve::default() }
    }

    /// The coefficients of least loss.
    pub(crate) fn solve(&self, max_iterations: usize, tolerance: f64) -> Solution {
        let rows = self.weight.iter().zip(self.deposit);
        let share: f64 = rows.filter(|(_, deposit)| **deposit).map(|(weight, _)| weight).sum();
        let mut coefficients = vec![0.0; self.design.width()];
        coefficients[0] = (share / (1.0 - share)).ln();
        self.solve_from(coefficients, max_iterations, tolerance)
    }

    /// The coefficients of least loss, looked for from others that may be near.
    pub(crate) fn solve_from(
        &self,
        coefficients: Vec<f64>,
        max_iterations: usize,
        tolerance: f64,
    ) -> Solution {
        let log_odds = self.log_odds(&coefficients);
        let mut state = State { coefficients, log_odds };
        let mut iterations = 0;
        loop {
            let curvature = self.curvature(&state);
            let converged = self.violation(&state, &curvature.gradient) <= tolerance;
            let stop = converged || iterations == max_iterations;
            if stop || !self.advance(&mut state, &curvature, tolerance) {
                return Solution { coefficients: state.coefficients, iterations, converged };
            }
            iterations += 1;
        }
    }

    /// What `of` makes of each range of rows, in order.
    fn by_range<T: Send>(&self, of: impl Fn(std::ops::Range<usize>) -> T + Sync) -> Vec<T> {
        let rows = self.design.rows();
        let size = rows.div_ceil(RANGES).max(1);
        let starts: Vec<usize> = (0..rows).step_by(size).collect();
        starts.into_par_iter().map(|start| of(start..rows.min(start + size))).collect()
    }

    /// The log odds that coefficients give each row.
    pub(crate) fn log_odds(&self, coefficients: &[f64]) -> Vec<f64> {
        let of_rows = |rows: std::ops::Range<usize>| {
            let mut numbers = vec![0.0; coefficients.len()];
            let sums = rows.map(|row| {
                self.design.write_row(row, &mut numbers);
                dot(&numbers, coefficients)
            });
            sums.collect::<Vec<f64>>()
        };
        self.by_range(of_rows).concat()
    }

    fn curvature(&self, state: &State) -> Curvature {
        let width = self.design.width();
        let zero = || Curvature { gradient: vec![0.0; width], hessian: vec![0.0; width * width] };
        let parts = self.by_range(|rows| {
            let mut part = zero();
            let mut numbers = vec![0.0; width];
            for row in rows {
                self.design.write_row(row, &mut numbers);
                let (error, spread) =
                    self.curve.derivatives(state.log_odds[row], self.deposit[row]);
                part.add(&numbers, self.weight[row] * error, self.weight[row] * spread);
            }
            part
        });
        let mut sum = zero();
        for part in parts {
            add_times(&mut sum.gradient, 1.0, &part.gradient);
            add_times(&mut sum.hessian, 1.0, &part.hessian);
        }
        for (term, strength) in self.l2.iter().enumerate() {
            sum.gradient[term] += strength * state.coefficients[term];
            sum.hessian[term * width + term] += strength;
        }
        sum
    }

    /// The largest breach of the conditions of an optimum (Karush, Kuhn and Tucker's).
    fn violation(&self, state: &State, gradient: &[f64]) -> f64 {
        let terms = state.coefficients.iter().zip(gradient).zip(&self.l1);
        let breach = |((coefficient, derivative), l1): ((&f64, &f64), &f64)| {
            if *coefficient == 0.0 {
                (derivative.abs() - l1).max(0.0)
            } else {
                (derivative + l1 * coefficient.signum()).abs()
            }
        };
        terms.map(breach).fold(0.0, f64::max)
    }

    /// Moves towards the least of the quadratic model, as far as the loss falls; `false` where it
    /// does not fall any more.
    fn advance(&self, state: &mut State, curvature: &Curvature, tolerance: f64) -> bool {
        let corners = self.l1.iter().any(|strength| *strength > 0.0);
        let step = if corners {
            self.step_by_coordinates(state, curvature, tolerance)
        } else {
            curvature.newton_step()
        };
        let slope = dot(&curvature.gradient, &step)
            + self.corners(&moved(&state.coefficients, 1.0, &step))
            - self.corners(&state.coefficients);
        if slope.is_nan() || slope >= 0.0 {
            return false;
        }
        let change = self.log_odds(&step);
        let loss = self.loss(state);
        // the least of a straight line may lie under 0
        let slack = 1e-14 * loss.abs();
        for halvings in 0..50 {
            let length = 0.5_f64.powi(halvings);
            let next = State {
                coefficients: moved(&state.coefficients, length, &step),
                log_odds: moved(&state.log_odds, length, &change),
            };
            if self.loss(&next) <= loss + 1e-4 * length * slope + slack {
                *state = next;
                return true;
            }
        }
        false
    }

    /// The penalty that has corners.
    fn corners(&self, coefficients: &[f64]) -> f64 {
        coefficients.iter().zip(&self.l1).map(|(coefficient, l1)| l1 * coefficient.abs()).sum()
    }

    fn loss(&self, state: &State) -> f64 {
        let losses = self.by_range(|rows| {
            let loss = |row: usize| {
                self.weight[row] * self.curve.loss(state.log_odds[row], self.deposit[row])
            };
            rows.map(loss).sum::<f64>()
        });
        let squares = state.coefficients.iter().zip(&self.l2).map(|(b, l2)| 0.5 * l2 * b * b);
        losses.into_iter().sum::<f64>() + squares.sum::<f64>() + self.corners(&state.coefficients)
    }

    /// The step to the least of the quadratic model with corners, one coefficient at a time.
    fn step_by_coordinates(
        &self,
        state: &State,
        curvature: &Curvature,
        tolerance: f64,
    ) -> Vec<f64> {
        let width = state.coefficients.len();
        let hessian = curvature.square();
        let mut step = vec![0.0; width];
        let mut slope = curvature.gradient.clone();
        for _ in 0..1000 {
            let mut moved = 0.0_f64;
            for term in 0..width {
                let row = &hessian[term * width..(term + 1) * width];
                if row[term] <= 0.0 {
                    continue;
                }
                let at = state.coefficients[term] + step[term];
                let target = at - slope[term] / row[term];
                let shrunk = (target.abs() - self.l1[term] / row[term]).max(0.0);
                let change = shrunk.copysign(target) - at;
                if change != 0.0 {
                    step[term] += change;
                    add_times(&mut slope, change, row);
                    moved = moved.max(change.abs() * row[term]);
                }
            }
            if moved <= 0.1 * tolerance {
                break;
            }
        }
        step
    }
}

fn moved(from: &[f64], length: f64, step: &[f64]) -> Vec<f64> {
    from.iter().zip(step).map(|(from, step)| from + length * step).collect()
}
