//! Difference of means: the mean of the known cells within `radius_m` of a cell's centre less that
//! within `outer_radius_m`: what is larger than the one circle and smaller than the other stays, noise
//! and the regional trend go (a band pass). Several of them are a layer's scales. Missing
//! where in one of the circles fewer cells than `min_known_percent` are known.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::circle::{self, Circle};
use super::columns::bad_setting;
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::table::Table;

/// Keeps what is of one scale.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Radius of the smaller circle, in metres.
    pub radius_m: f64,
    /// Radius of the larger circle, in metres.
    pub outer_radius_m: f64,
    /// Least share of each circle's cells, in percent, that must be known.
    pub min_known_percent: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { radius_m: 1000.0, outer_radius_m: 4000.0, min_known_percent: 50.0 }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("difference_of_means", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl Settings {
    fn circles(&self, grid: &Grid) -> Result<[Circle; 2]> {
        let percent = self.min_known_percent;
        let inner = Circle::new("difference_of_means", self.radius_m, percent, grid)?;
        let key = "difference_of_means.outer_radius_m";
        if self.outer_radius_m <= self.radius_m {
            return Err(bad_setting(key, self.outer_radius_m, "over `radius_m`"));
        }
        let disc = circle::disc(key, self.outer_radius_m, grid)?;
        let share = circle::known_share("difference_of_means", percent)?;
        Ok([inner, Circle::of(disc, share)])
    }
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        let [_, outer] = self.circles(grid)?;
        Ok(outer.reach())
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let [inner, outer] = self.circles(grid)?.map(|circle| circle.means(block, grid));
        Ok(inner.into_iter().zip(outer).map(|(inner, outer)| (inner - outer) as f32).collect())
    }
}
