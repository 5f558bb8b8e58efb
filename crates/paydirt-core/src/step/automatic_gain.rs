//! Automatic gain: what a layer departs from its mean in a circle, over the root mean square of such
//! departures in the circle (automatic gain control; Rajagopalan 1987, doi:10.1071/EG987215), without a
//! unit. Weak anomalies over quiet ground are drawn as strong as those over noisy ground; how strong
//! they were is lost. Both means are over known cells; 0 where all in the circle are equal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::bad_setting;
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::disc::Disc;
use crate::table::Table;

/// Evens out the strength of anomalies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Diameter of the circle in metres: as wide as the widest anomaly that should be seen.
    pub window_m: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { window_m: 5000.0 }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("automatic_gain", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl Settings {
    fn disc(&self, grid: &Grid) -> Result<Disc> {
        let [width_m, height_m] = grid.cell_size_m();
        let diagonal_m = (grid.cols as f64 * width_m).hypot(grid.rows as f64 * height_m);
        if !(self.window_m > 0.0 && self.window_m <= diagonal_m) {
            let expected = format!("over 0 and at most the grid's diagonal, {diagonal_m:.0} m");
            return Err(bad_setting("automatic_gain.window_m", self.window_m, &expected));
        }
        Ok(Disc::new(self.window_m / 2.0, width_m, height_m))
    }
}

/// The mean over a disc of what `value` makes of each known cell, for the wanted rows.
fn means(block: &Block<'_>, disc: &Disc, grid: &Grid, value: impl Fn(f32) -> f32) -> Vec<f64> {
    let of_known = |cell: f32| if cell.is_finite() { value(cell) } else { 0.0 };
    let sums = disc.sums(&block.padded(disc, grid, of_known), grid.cols);
    let known = |cell: f32| f32::from(u8::from(cell.is_finite()));
    let counts = disc.sums(&block.padded(disc, grid, known), grid.cols);
    sums.into_iter().zip(counts).map(|(sum, count)| sum / count).collect()
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        // the circle, and the circle around each of its cells
        Ok(Reach::Rows(2 * self.disc(grid)?.rows()))
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let (disc, cols) = (self.disc(grid)?, grid.cols);
        let (wanted, reach) = (&block.wanted, disc.rows());
        let around = wanted.start.saturating_sub(reach)..(wanted.end + reach).min(grid.rows);
        let wider = Block { wanted: around.clone(), ..block.clone() };
        let own = &block.values[(around.start - block.held.start) * cols..];
        let departures: Vec<f32> = means(&wider, &disc, grid, |value| value)
            .into_iter()
            .zip(own)
            .map(|(mean, value)| (f64::from(*value) - mean) as f32)
            .collect();
        let inner = Block { values: &departures, held: around.clone(), wanted: wanted.clone() };
        let squares = means(&inner, &disc, grid, |departure| departure * departure);
        let middle = &departures[(wanted.start - around.start) * cols..];
        let gained = |(square, departure): (f64, &f32)| match (square, departure.is_finite()) {
            (_, false) => f32::NAN,
            (0.0, true) => 0.0,
            _ => (f64::from(*departure) / square.sqrt()) as f32,
        };
        Ok(squares.into_iter().zip(middle).map(gained).collect())
    }

    fn unit(&self, _: &str) -> String {
        "1".into()
    }
}
