//! How alike the process is at two points.

use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};

use crate::encode::{LANES, Lane, Points};
use crate::kernel::{exp_of_scaled, squared_distances};

/// Covariance by distance: amplitude squared x a function of distance / length.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Covariance {
    pub(super) shape: Shape,
    /// Standard deviation of the log odds.
    pub(super) amplitude: f64,
    /// Distance over which the log odds change.
    pub(super) length: f64,
}

/// The function of distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Shape {
    /// exp(-d^2 / 2).
    Rbf,
    /// exp(-d).
    MaternHalf,
    /// (1 + s) exp(-s), s = sqrt(3) d.
    MaternThreeHalves,
    /// (1 + s + s^2 / 3) exp(-s), s = sqrt(5) d.
    MaternFiveHalves,
}

impl Shape {
    /// The function of a squared distance, in lengths.
    fn at(self, square: f64) -> f64 {
        let scaled = |factor: f64| (factor * square).sqrt();
        match self {
            Self::Rbf => (-0.5 * square).exp(),
            Self::MaternHalf => (-scaled(1.0)).exp(),
            Self::MaternThreeHalves => {
                let s = scaled(3.0);
                (1.0 + s) * (-s).exp()
            }
            Self::MaternFiveHalves => {
                let s = scaled(5.0);
                (1.0 + s + s * s / 3.0) * (-s).exp()
            }
        }
    }

    /// The function for many squared distances at a time, in 32 bits.
    fn of(self, mut squares: Lane) -> Lane {
        let factor = match self {
            Self::Rbf => return exp_of_scaled(squares, -0.5),
            Self::MaternHalf => 1.0,
            Self::MaternThreeHalves => 3.0,
            Self::MaternFiveHalves => 5.0,
        };
        squares.iter_mut().for_each(|square| *square = (factor * *square).sqrt());
        let mut found = exp_of_scaled(squares, -1.0);
        for (found, s) in found.iter_mut().zip(squares) {
            *found *= match self {
                Self::MaternThreeHalves => 1.0 + s,
                Self::MaternFiveHalves => 1.0 + s + s * s / 3.0,
                Self::Rbf | Self::MaternHalf => 1.0,
            };
        }
        found
    }
}

impl Covariance {
    pub(super) fn variance(&self) -> f64 {
        self.amplitude * self.amplitude
    }

    /// The matrix of points whose squared distances are given.
    pub(super) fn matrix(&self, squares: &DMatrix<f64>) -> DMatrix<f64> {
        let scale = self.length.powi(-2);
        squares.map(|square| self.variance() * self.shape.at(square * scale))
    }

    /// Covariances of one point with each of a block.
    pub(super) fn of(&self, block: &[Lane], point: &[f32]) -> Lane {
        let scale = self.length.powi(-2) as f32;
        let mut squares = squared_distances(block, point);
        squares.iter_mut().for_each(|square| *square *= scale);
        let variance = self.variance() as f32;
        let mut found = self.shape.of(squares);
        found.iter_mut().for_each(|covariance| *covariance *= variance);
        found
    }
}

/// Squared distances of all pairs of points.
pub(super) fn squares(points: &Points) -> DMatrix<f64> {
    let count = points.len();
    let mut squares = DMatrix::zeros(count, count);
    for (a, left) in points.iter().enumerate() {
        for (b, right) in points.iter().enumerate().take(a) {
            let pairs = left.iter().zip(right);
            let square = pairs.map(|(l, r)| (f64::from(*l) - f64::from(*r)).powi(2)).sum();
            squares[(a, b)] = square;
            squares[(b, a)] = square;
        }
    }
    squares
}

/// The lanes' covariances with all points, in order.
pub(super) fn with_all(
    covariance: &Covariance,
    block: &[Lane],
    points: &Points,
) -> Vec<[f32; LANES]> {
    points.iter().map(|point| covariance.of(block, point)).collect()
}
