//! Focal percentile: the value below which `percent` of the known cells lie whose centres are within
//! `radius_m` of a cell's centre, itself included, interpolated between neighbours (type 7 of Hyndman &
//! Fan 1996, doi:10.1080/00031305.1996.10473566, numpy's default). 50 is the median, which takes
//! away spikes and keeps edges; 0 the least value and 100 the greatest. With `less_percent` that
//! percentile is subtracted: 75 less 25 is the interquartile range, 100 less 0 the range. Fewer known
//! cells than `min_known_percent` of the circle, and the cell is missing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::circle::{Circle, require_percent};
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::percentile::percentiles;
use crate::table::Table;

/// Takes a percentile of a layer over a circle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Radius of the circle, in metres.
    pub radius_m: f64,
    /// The percentile, 0 to 100: 50 is the median.
    pub percent: f64,
    /// Percentile to subtract, 0 to 100; none by default.
    pub less_percent: Option<f64>,
    /// Least share of the circle's cells, in percent, that must be known.
    pub min_known_percent: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { radius_m: 1000.0, percent: 50.0, less_percent: None, min_known_percent: 50.0 }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("focal_percentile", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl Settings {
    fn circle(&self, grid: &Grid) -> Result<Circle> {
        require_percent("focal_percentile.percent", self.percent)?;
        require_percent("focal_percentile.less_percent", self.less_percent.unwrap_or(0.0))?;
        Circle::new("focal_percentile", self.radius_m, self.min_known_percent, grid)
    }
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        Ok(self.circle(grid)?.reach())
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let circle = self.circle(grid)?;
        let plane = circle.plane(block, grid);
        Ok(percentiles(
            &circle.disc,
            &plane,
            grid.cols,
            (self.percent, self.less_percent),
            circle.least,
        ))
    }
}
