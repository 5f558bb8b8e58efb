//! Focal deviation: the standard deviation of the known cells whose centres lie within `radius_m` of
//! a cell's centre, itself included, `sqrt(mean (v - mean v)^2)` (that of the population: divided by
//! the number of cells). Sums are kept to 32 digits, so that 0.1 nT beside 50,000 nT is not lost.
//! Fewer known cells than `min_known_percent` of the circle, and the cell is missing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::circle::Circle;
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::moments::{Moments, Pair};
use crate::table::Table;

/// Measures how much a layer varies in a circle.
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
        super::out_of_place("focal_deviation", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl Settings {
    fn circle(&self, grid: &Grid) -> Result<Circle> {
        Circle::new("focal_deviation", self.radius_m, self.min_known_percent, grid)
    }
}

/// The cell's 1, value and square, if it is known.
fn term(_: usize, _: usize, value: f32) -> Moments<1, 2> {
    if value.is_nan() {
        return Moments::default();
    }
    let value = f64::from(value);
    Moments { plain: [1.0], pairs: [value.into(), Pair::product(value, value)] }
}

fn deviation(sums: &Moments<1, 2>) -> f64 {
    let ([cells], [sum, squares]) = (sums.plain, sums.pairs);
    let mean = sum.value() / cells;
    let rounding = sum - Pair::product(cells, mean);
    // sum^2 / cells = mean (sum + rounding), but for the square of the rounding
    let spread = squares - sum.times(mean) - rounding.times(mean);
    (spread.value() / cells).max(0.0).sqrt()
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        Ok(self.circle(grid)?.reach())
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let circle = self.circle(grid)?;
        Ok(circle.disc.fold(&circle.plane(block, grid), grid.cols, term, |_, _, sums| {
            let enough = sums.plain[0] >= circle.least;
            if enough { deviation(&sums) as f32 } else { f32::NAN }
        }))
    }
}
