//! Focal mean: the mean of the known cells whose centres lie within `radius_m` of a cell's centre,
//! itself included. Fewer known cells than `min_known_percent` of the circle, and the cell is missing:
//! a mean over the edge of the data is one of another place.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::circle::Circle;
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::table::Table;

/// Smooths a layer over a circle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Radius of the circle, in metres.
    pub radius_m: f64,
    /// Least share of the circle's cells, in percent, that must be known.
    pub min_known_percent: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { radius_m: 1000.0, min_known_percent: 50.0 }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("focal_mean", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl Settings {
    fn circle(&self, grid: &Grid) -> Result<Circle> {
        Circle::new("focal_mean", self.radius_m, self.min_known_percent, grid)
    }
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        Ok(self.circle(grid)?.reach())
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let means = self.circle(grid)?.means(block, grid);
        Ok(means.into_iter().map(|mean| mean as f32).collect())
    }
}
