//! Gridding: from measurements at points to a layer on the project grid.
//!
//! A method is fitted on samples and then estimates at any place: inverse distance, kriging and
//! Gaussian process, radial basis, natural neighbour, minimum curvature. Cells farther from every
//! sample than a stated distance are not estimated at all: *nobody sampled here* is a state. Every
//! method is judged by leaving out whole blocks of samples.
//!
//! Places are metres east and north of the middle of the grid (`Frame`); numbers are 64-bit.

mod canvas;
mod curvature;
mod frame;
mod kernel;
mod likelihood;
mod metric;
mod natural;
mod neighbours;
pub mod ordinary;
mod samples;
mod search;
mod system;
#[cfg(test)]
mod tests;
pub mod validation;
pub mod variogram;

use crate::Result;

pub(crate) use canvas::{best_of, canvas};
pub(crate) use curvature::{Curvature, Effort};
pub(crate) use frame::Frame;
pub(crate) use kernel::Kernel;
pub(crate) use likelihood::{MOST_SAMPLES, fit as most_likely};
pub(crate) use metric::Metric;
pub(crate) use natural::Natural;
pub(crate) use neighbours::{Neighbours, Search};
pub(crate) use samples::Samples;
pub(crate) use system::{Local, Spec, residuals};

/// Metres east and north of the middle of the grid.
pub(crate) type Place = [f64; 2];

/// What a method says of a place; NaN where it says nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    pub(crate) value: f64,
    /// Standard deviation, or what the method has in its stead.
    pub(crate) spread: f64,
}

impl Estimate {
    pub(crate) const NONE: Self = Self { value: f64::NAN, spread: f64::NAN };
}

/// A method of interpolation: settings that can be fitted on samples.
pub(crate) trait Method: Sync {
    /// Its key in the project file.
    fn key(&self) -> &'static str;

    /// The farthest that a cell may be from the nearest sample, where the user says so.
    fn max_distance_m(&self) -> Option<f64>;

    /// How it is judged.
    fn validation(&self) -> &validation::Settings;

    /// Whether its estimates have a spread.
    fn has_spread(&self) -> bool;

    /// Fits it on samples. `frame` is the grid on which a method that solves for a whole surface does
    /// so.
    ///
    /// # Errors
    /// Settings out of range, or samples that it cannot treat.
    fn fit(&self, samples: &Samples, frame: &Frame) -> Result<Box<dyn Interpolant>>;
}

/// A fitted method.
pub(crate) trait Interpolant: Send + Sync {
    /// Estimates at places. What places near each other share is computed once; what is said of a
    /// place does not depend on the others.
    fn estimate(&self, places: &[Place]) -> Vec<Estimate>;

    /// Fitted numbers and warnings, for the receipt.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Makes a step of a method: a surface that draws it.
macro_rules! gridding_step {
    ($key:literal) => {
        impl crate::step::Step for Settings {
            fn fit(
                &self,
                training: &crate::table::Table,
            ) -> crate::Result<crate::step::FittedStep> {
                crate::step::out_of_place($key, training)
            }

            fn surface(&self) -> Option<&dyn crate::step::Surface> {
                Some(self)
            }
        }

        impl crate::step::Surface for Settings {
            fn prepare<'a>(
                &'a self,
                source: &crate::step::Source<'a>,
                grid: &'a crate::grid::Grid,
            ) -> crate::Result<Box<dyn crate::step::Canvas + 'a>> {
                crate::gridding::canvas(self, source, grid)
            }
        }
    };
}
pub(crate) use gridding_step;

/// The weighted mean, and the weighted standard deviation about it. Nothing without weights.
pub(crate) fn weighted(samples: impl Iterator<Item = (f64, f64)> + Clone) -> Estimate {
    let (mut weights, mut sum) = (0.0, 0.0);
    for (weight, value) in samples.clone() {
        weights += weight;
        sum += weight * value;
    }
    let value = sum / weights;
    if !value.is_finite() {
        return Estimate::NONE;
    }
    let squares: f64 = samples.map(|(weight, at)| weight * (at - value).powi(2)).sum();
    Estimate { value, spread: (squares / weights).max(0.0).sqrt() }
}

/// A number with four figures.
pub(crate) fn figures(number: f64) -> String {
    let size = if number == 0.0 { 1.0 } else { number.abs() };
    let digits = 3.0 - size.log10().floor().clamp(-9.0, 3.0);
    format!("{number:.*}", digits as usize)
}

/// The dot product, in four sums.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (left, right) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    let mut sums = [0.0; 4];
    for (a, b) in left.zip(right) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + rest
}
