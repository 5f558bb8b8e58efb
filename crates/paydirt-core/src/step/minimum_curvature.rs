//! Minimum curvature: the surface through the samples that bends least, with tension `T` between 0
//! (a thin plate: smooth, but it swings beyond the samples) and 1 (a soap film: no swing, but peaks at
//! samples). It minimises `(1 - T) int(z_ee^2 + 2 z_en^2 + z_nn^2) + T int(z_e^2 + z_n^2) / L^2` (Briggs
//! 1974, doi:10.1190/1.1440410; Smith & Wessel 1990, doi:10.1190/1.1442837), with `pi L` the
//! spacing of samples: at `T = 1/2` both weigh the same in waves of two spacings. (GMT's `surface` takes the
//! width of a cell for `L`, here the least that it is; a surface between samples that are farther apart does
//! not change with the grid.) The plane of best fit is taken off before and put back after, so a plane is given back exactly.
//! A sample is honoured through the slope at its cell's centre; several in a cell count as their mean.
//!
//! The whole grid is solved at once, at about 12 bytes a cell. The method knows no error of its own: the
//! extra band is the `distance` to the nearest sample in metres.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::refuse;
use crate::Result;
use crate::error::require;
use crate::gridding::{
    Curvature, Effort, Frame, Interpolant, Method, Samples, gridding_step, validation,
};

/// Lays the smoothest surface through the samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Tension, 0 to less than 1. A quarter suits potential fields, a third topography.
    pub tension: f64,
    /// The surface is done when no cell changes by more than this share of the standard deviation of the
    /// samples about their plane.
    pub tolerance: f64,
    /// Most sweeps over the grid.
    pub sweeps: usize,
    /// Cells farther than this from every sample are missing. By default twice the spacing of samples,
    /// the median length of the edges of their Delaunay triangulation.
    pub max_distance_m: Option<f64>,
    /// How the step judges itself. It does so on a grid of at most 65,536 cells.
    pub validation: validation::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tension: 0.25,
            tolerance: 1e-4,
            sweeps: 500,
            max_distance_m: None,
            validation: validation::Settings::default(),
        }
    }
}

gridding_step!("minimum_curvature");

impl Method for Settings {
    fn key(&self) -> &'static str {
        "minimum_curvature"
    }

    fn max_distance_m(&self) -> Option<f64> {
        self.max_distance_m
    }

    fn validation(&self) -> &validation::Settings {
        &self.validation
    }

    fn has_spread(&self) -> bool {
        false
    }

    fn fit(&self, samples: &Samples, frame: &Frame) -> Result<Box<dyn Interpolant>> {
        let Self { tension, tolerance, sweeps, .. } = *self;
        let holds = (0.0..1.0).contains(&tension);
        require(holds, "minimum_curvature.tension", tension, "0 to less than 1")?;
        let holds = tolerance > 0.0 && tolerance < 1.0;
        require(holds, "minimum_curvature.tolerance", tolerance, "between 0 and 1")?;
        let holds = (1..=100_000).contains(&sweeps);
        require(holds, "minimum_curvature.sweeps", sweeps, "1 to 100,000")?;
        if samples.len() < 3 || samples.are_collinear() {
            let reason = "needs three places that are not on one line: across it the surface could \
                          lie at any slope";
            return Err(refuse(self.key(), "points", reason));
        }
        let spacing_m = samples.spacing_m(self.key())?;
        let length_m = (spacing_m / std::f64::consts::PI).max(frame.cell_m[0]);
        let effort = Effort { tension, length_m, tolerance, most_sweeps: sweeps };
        Ok(Box::new(Curvature::solve(samples, frame, effort)))
    }
}
