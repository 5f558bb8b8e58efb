//! Aspect: the direction in which the surface falls, as the sine or cosine of its angle clockwise
//! from north: 1 where it faces east (sine) or north (cosine), -1 where west or south. An angle
//! itself would set 359 and 1 degrees far apart; take both parts, a layer each. The gradient is
//! that of [`super::slope`]. Missing where the surface is level, where one of the nine cells is
//! missing, and along the edge of the grid.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::relief::{GradientMethod, in_3_by_3};
use crate::table::Table;

/// Measures which way a surface faces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Which part of the angle.
    pub part: AspectPart,
    /// How the gradient is taken.
    pub method: GradientMethod,
}

/// A part of an angle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AspectPart {
    /// How far it faces east, -1 to 1.
    #[default]
    Sine,
    /// How far it faces north, -1 to 1.
    Cosine,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("aspect", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl RasterStep for Settings {
    fn reach(&self, _: &Grid) -> Result<Reach> {
        Ok(Reach::Rows(1))
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        Ok(in_3_by_3(block, grid, |relief| {
            let [east, north] = relief.gradient(self.method);
            let rise = match self.part {
                AspectPart::Sine => east,
                AspectPart::Cosine => north,
            };
            // 0 / 0 is NaN: a level surface faces nowhere; + 0.0 makes no -0
            -rise / east.hypot(north) + 0.0
        }))
    }

    fn unit(&self, _: &str) -> String {
        "1".into()
    }
}
