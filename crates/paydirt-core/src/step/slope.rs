//! Slope: how steep the surface is, `atan sqrt(p^2 + q^2)` in degrees or `100 sqrt(p^2 + q^2)` in
//! percent, with `p` and `q` the rise to the east and to the north in metres a metre, from 3 x 3
//! cells (Horn 1981, doi:10.1109/PROC.1981.11918, or Zevenbergen & Thorne 1987,
//! doi:10.1002/esp.3290120107). On a geographic grid a cell is as wide as it is at its own latitude.
//! Missing where one of the nine cells is, and along the edge of the grid.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Block, FittedStep, RasterStep, Reach, Step, circle};
use crate::Result;
use crate::grid::Grid;
use crate::raster::relief::{GradientMethod, in_3_by_3};
use crate::table::Table;

/// Measures how steep a surface is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Unit of the slope.
    pub unit: SlopeUnit,
    /// How the gradient is taken.
    pub method: GradientMethod,
    /// Metres in one unit of the values: 0.3048 for feet. More exaggerates the relief.
    pub z_unit_m: f64,
}

/// Unit of a slope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlopeUnit {
    /// Angle from the level, 0 to 90.
    #[default]
    Degrees,
    /// Rise over run times 100.
    Percent,
}

impl Default for Settings {
    fn default() -> Self {
        Self { unit: SlopeUnit::Degrees, method: GradientMethod::Horn, z_unit_m: 1.0 }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("slope", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl RasterStep for Settings {
    fn reach(&self, _: &Grid) -> Result<Reach> {
        circle::z_unit_m("slope", self.z_unit_m)?;
        Ok(Reach::Rows(1))
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let z_unit_m = circle::z_unit_m("slope", self.z_unit_m)?;
        Ok(in_3_by_3(block, grid, |relief| {
            let [east, north] = relief.gradient(self.method);
            let rise = east.hypot(north) * z_unit_m;
            match self.unit {
                SlopeUnit::Degrees => rise.atan().to_degrees(),
                SlopeUnit::Percent => rise * 100.0,
            }
        }))
    }

    fn unit(&self, _: &str) -> String {
        match self.unit {
            SlopeUnit::Degrees => "degrees".into(),
            SlopeUnit::Percent => "percent".into(),
        }
    }
}
