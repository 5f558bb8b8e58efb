//! Ruggedness: how far a cell's eight neighbours lie above or below it, in the unit of the values.
//! Riley's index is the root of the sum of the squared differences (Riley, DeGloria & Elliot 1999,
//! Intermountain Journal of Sciences 5, 23-27), Wilson's the mean of their sizes (Wilson and others
//! 2007, doi:10.1080/01490410701295962); on the same ground Riley's is about 3 to 8 times as large.
//! Both go by the name of TRI: say which. Missing where one of the nine cells is, and along the
//! edge of the grid.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::relief::in_3_by_3;
use crate::table::Table;

/// Measures how rugged a surface is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Which index.
    pub index: Index,
}

/// Which index of ruggedness.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Index {
    /// Root of the sum of the squared differences.
    #[default]
    Riley,
    /// Mean of the sizes of the differences.
    Wilson,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("ruggedness", training)
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
            let differences = relief.heights.map(|height| height - relief.heights[4]);
            match self.index {
                Index::Riley => differences.iter().map(|d| d * d).sum::<f64>().sqrt(),
                Index::Wilson => differences.iter().map(|d| d.abs()).sum::<f64>() / 8.0,
            }
        }))
    }
}
