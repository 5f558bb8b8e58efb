//! Singularity index of a concentration: `alpha = 2 + slope`, where `slope` is that of the least
//! squares line of `ln mean(e)` on `ln e`, `mean(e)` being the mean concentration of the known cells
//! in a rectangle of half-size `e` around a cell (Cheng 2007, doi:10.1016/j.oregeorev.2006.10.002:
//! `mean(e) = c e^(alpha - 2)`). Without unit: below 2 the element is enriched towards the cell, above
//! 2 depleted, at 2 even. `e` is half the square root of the area that the rectangle's cells really
//! cover. A cell is missing where in any rectangle fewer than `min_known_percent` of the cells are
//! known, or their mean is not over zero. A negative value is no concentration and is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, refuse};
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::disc::Disc;
use crate::table::Table;

/// Maps where an element is enriched at every scale, however weak the background.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Half-sizes of the windows, in metres, rising, at least two; without them 1.5, 2.5, ... 5.5
    /// times the longer side of a cell.
    pub half_sizes_m: Vec<f64>,
    /// Least share of each window's cells, in percent, that must be known.
    pub min_known_percent: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { half_sizes_m: Vec::new(), min_known_percent: 50.0 }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("singularity", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

/// Most windows: each costs a pass over the raster.
const MOST_WINDOWS: usize = 100;

impl Settings {
    /// The windows, from small to large.
    fn windows(&self, grid: &Grid) -> Result<Vec<Disc>> {
        if !(0.0..=100.0).contains(&self.min_known_percent) {
            let key = "singularity.min_known_percent";
            return Err(bad_setting(key, self.min_known_percent, "0 to 100"));
        }
        let key = "singularity.half_sizes_m";
        let [width_m, height_m] = grid.cell_size_m();
        let cell_m = width_m.max(height_m);
        let half_sizes_m = match self.half_sizes_m.as_slice() {
            [] => [1.5, 2.5, 3.5, 4.5, 5.5].map(|cells| cells * cell_m).to_vec(),
            given => given.to_vec(),
        };
        if !(2..=MOST_WINDOWS).contains(&half_sizes_m.len()) {
            let expected = format!("2 to {MOST_WINDOWS} half-sizes");
            return Err(bad_setting(key, half_sizes_m.len(), &expected));
        }
        let longest_m =
            (grid.cols as f64 * width_m).max(grid.rows as f64 * height_m).max(6.0 * cell_m);
        if let Some(half_m) = half_sizes_m.iter().find(|m| !(**m > 0.0 && **m <= longest_m)) {
            let expected = format!("over 0 and at most the grid's longer side, {longest_m:.0} m");
            return Err(bad_setting(key, half_m, &expected));
        }
        let windows: Vec<Disc> =
            half_sizes_m.iter().map(|m| Disc::rectangle(*m, width_m, height_m)).collect();
        let rising = windows.is_sorted_by(|a, b| {
            a.cells() < b.cells() && a.rows() <= b.rows() && a.cols() <= b.cols()
        });
        if !rising {
            let found = format!("{half_sizes_m:?}");
            let expected = format!("so far apart that each takes in more cells of {cell_m:.0} m");
            return Err(bad_setting(key, found, &expected));
        }
        Ok(windows)
    }
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        Ok(Reach::Rows(self.windows(grid)?.last().map_or(0, Disc::rows)))
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let windows = self.windows(grid)?;
        if let Some(negative) = block.values.iter().find(|value| **value < 0.0) {
            let reason = format!("{negative} is negative, which no concentration is");
            return Err(refuse("singularity", "its raster", reason));
        }
        let [width_m, height_m] = grid.cell_size_m();
        let half_m = |window: &Disc| (window.cells() as f64 * width_m * height_m).sqrt() / 2.0;
        let logs: Vec<f64> = windows.iter().map(|window| half_m(window).ln()).collect();
        let mean_log = logs.iter().sum::<f64>() / logs.len() as f64;
        let spread: f64 = logs.iter().map(|log| (log - mean_log).powi(2)).sum();
        let mut slopes = vec![0.0; block.wanted.len() * grid.cols];
        for (window, log) in windows.iter().zip(&logs) {
            let value = |value: f32| if value.is_nan() { 0.0 } else { value };
            let sums = window.sums(&block.padded(window, grid, value), grid.cols);
            let known = |value: f32| f32::from(u8::from(!value.is_nan()));
            let counts = window.sums(&block.padded(window, grid, known), grid.cols);
            let least = (window.cells() as f64 * self.min_known_percent / 100.0).max(1.0);
            let weight = (log - mean_log) / spread;
            for ((slope, sum), count) in slopes.iter_mut().zip(sums).zip(counts) {
                let enough = count >= least && sum > 0.0;
                *slope += if enough { weight * (sum / count).ln() } else { f64::NAN };
            }
        }
        Ok(slopes.into_iter().map(|slope| (2.0 + slope) as f32).collect())
    }

    fn unit(&self, _unit: &str) -> String {
        "1".into()
    }
}
