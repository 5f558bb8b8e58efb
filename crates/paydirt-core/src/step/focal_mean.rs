//! Focal mean: the mean of the known cells whose centres lie within `radius_m` of a cell's centre,
//! itself included. Fewer known cells than `min_known_percent` of the circle, and the cell is missing:
//! a mean over the edge of the data is one of another place.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::bad_setting;
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::disc::Disc;
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
    fn disc(&self, grid: &Grid) -> Result<Disc> {
        let [width_m, height_m] = grid.cell_size_m();
        let diagonal_m = (grid.cols as f64 * width_m).hypot(grid.rows as f64 * height_m);
        if !(self.radius_m > 0.0 && self.radius_m <= diagonal_m) {
            let expected = format!("over 0 and at most the grid's diagonal, {diagonal_m:.0} m");
            return Err(bad_setting("focal_mean.radius_m", self.radius_m, &expected));
        }
        if !(0.0..=100.0).contains(&self.min_known_percent) {
            let key = "focal_mean.min_known_percent";
            return Err(bad_setting(key, self.min_known_percent, "0 to 100"));
        }
        Ok(Disc::new(self.radius_m, width_m, height_m))
    }
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        Ok(Reach::Rows(self.disc(grid)?.rows()))
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let disc = self.disc(grid)?;
        let value = |value: f32| if value.is_nan() { 0.0 } else { value };
        let sums = disc.sums(&block.padded(&disc, grid, value), grid.cols);
        let known = |value: f32| f32::from(u8::from(!value.is_nan()));
        let counts = disc.sums(&block.padded(&disc, grid, known), grid.cols);
        let least = (disc.cells() as f64 * self.min_known_percent / 100.0).max(1.0);
        let mean = |(sum, count): (f64, f64)| if count >= least { sum / count } else { f64::NAN };
        Ok(sums.into_iter().zip(counts).map(mean).map(|mean| mean as f32).collect())
    }
}
