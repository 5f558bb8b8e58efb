//! Residual: a potential field less its regional part, in its own unit. The regional is a polynomial
//! surface of easting and northing fitted to the known cells by least squares, or, where
//! `continuation_height_m` is given, the field continued upward to that height (Jacobsen 1987,
//! doi:10.1190/1.1442378): what is left then comes from sources at about half that height and shallower.
//! The residual over 1000 m is what surveys publish as *UC1000 residual*.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::bad_setting;
use super::continue_upward::check_height;
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::potential::field::Cover;
use crate::potential::trend::{MAX_DEGREE, Trend};
use crate::potential::{Field, Gaps};
use crate::table::Table;

/// Removes the regional part of a potential field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Degree of the polynomial surface, 0 (a level) to 3. 1, a plane, where neither is given.
    pub degree: Option<usize>,
    /// Height in metres of the continuation that is taken for the regional field.
    pub continuation_height_m: Option<f64>,
    /// What is done about cells without a value in a continuation.
    pub gaps: Gaps,
}

/// What is taken away.
enum Regional {
    Polynomial(usize),
    Continuation(f64),
}

impl Settings {
    fn regional(&self, grid: &Grid) -> Result<Regional> {
        match (self.degree, self.continuation_height_m) {
            (Some(degree), None) if degree > MAX_DEGREE => {
                Err(bad_setting("residual.degree", degree, "0 to 3"))
            }
            (degree, None) => Ok(Regional::Polynomial(degree.unwrap_or(1))),
            (None, Some(height_m)) => {
                check_height("residual.continuation_height_m", height_m, grid)?;
                Ok(Regional::Continuation(height_m))
            }
            (Some(degree), Some(_)) => {
                let expected = "left out where `continuation_height_m` is given";
                Err(bad_setting("residual.degree", degree, expected))
            }
        }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("residual", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

fn without_trend(values: &[f32], cols: usize, degree: usize) -> Vec<f32> {
    let values: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
    let trend = Trend::fit(&values, cols, degree);
    let mut raster = vec![f32::NAN; values.len()];
    raster.par_chunks_mut(cols).zip(values.par_chunks(cols)).enumerate().for_each(
        |(row, (line, values))| {
            for (col, value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                let left = (value - trend.at(row, col)) as f32;
                line[col] = if left.is_finite() { left } else { f32::NAN };
            }
        },
    );
    raster
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        self.regional(grid)?;
        Ok(Reach::Whole)
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let raster = match self.regional(grid)? {
            Regional::Polynomial(degree) => without_trend(block.values, grid.cols, degree),
            Regional::Continuation(height_m) => {
                let field = Field::new("residual", block.values, grid, &self.gaps)?;
                let kernel = |radial: f64| 1.0 - (-radial * height_m).exp();
                field.raster(&field.filtered(|wave| kernel(wave.radial()).into()))
            }
        };
        Ok(block.wanted_of(raster, grid))
    }

    fn notes(&self, block: &Block<'_>, grid: &Grid) -> Vec<String> {
        let continued = self.continuation_height_m.and_then(|_| Cover::of(block.values, grid));
        continued.map(|cover| cover.note()).into_iter().collect()
    }
}
