//! Gabor filter: how strongly the surroundings of a cell are ridged in one direction with one
//! wavelength, whatever the phase: `|sum g k v'| / sum g`, with the wave `k = exp(2 pi i d / wavelength)`
//! of the distance `d` across the ridges, the Gaussian window `g` (cut at four standard deviations)
//! and `v'` the values less their mean under it, so that a level surface gives 0; the sums are over
//! known cells (Daugman 1985, doi:10.1364/JOSAA.2.001160). A wave of amplitude `a` with the
//! filter's own length and direction gives about `a / 2`. The window's standard deviation follows from
//! the bandwidth `b` in octaves: `wavelength / pi sqrt(ln 2 / 2) (2^b + 1) / (2^b - 1)`. Without a
//! direction, the greatest answer of several. Missing where known cells have less than
//! `min_known_percent` of the window's weight.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::circle::{known_share, require_length};
use super::columns::bad_setting;
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::gabor::Gaussian;
use crate::table::Table;

/// Measures how ridged a layer is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Distance from ridge to ridge, in metres.
    pub wavelength_m: f64,
    /// Direction of the ridges, in degrees clockwise from north. By default the greatest answer of
    /// `directions`.
    pub direction_degrees: Option<f64>,
    /// Without `direction_degrees`: how many directions, evenly over the half circle from north on.
    pub directions: usize,
    /// Width of the band of wavelengths that answer, in octaves: a narrower one needs a larger window.
    pub bandwidth_octaves: f64,
    /// Least share of the window's weight, in percent, on known cells.
    pub min_known_percent: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            wavelength_m: 1000.0,
            direction_degrees: None,
            directions: 6,
            bandwidth_octaves: 1.0,
            min_known_percent: 50.0,
        }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("gabor", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

/// Most directions at once.
const MOST_DIRECTIONS: usize = 180;

impl Settings {
    fn window(&self, grid: &Grid) -> Result<Gaussian> {
        let size_m = grid.cell_size_m();
        let shortest_m = 2.0 * size_m[0].max(size_m[1]);
        if self.wavelength_m.is_nan() || self.wavelength_m < shortest_m {
            let expected = format!("at least two cells, {shortest_m:.0} m");
            return Err(bad_setting("gabor.wavelength_m", self.wavelength_m, &expected));
        }
        if !(0.1..=4.0).contains(&self.bandwidth_octaves) {
            let key = "gabor.bandwidth_octaves";
            return Err(bad_setting(key, self.bandwidth_octaves, "0.1 to 4"));
        }
        let octaves = self.bandwidth_octaves.exp2();
        let in_waves = (std::f64::consts::LN_2 / 2.0).sqrt() * (octaves + 1.0) / (octaves - 1.0);
        let window = Gaussian::new(self.wavelength_m / std::f64::consts::PI * in_waves, size_m);
        require_length("gabor.wavelength_m", 4.0 * window.sigma_m, grid)?;
        Ok(window)
    }

    fn directions(&self) -> Result<Vec<f64>> {
        if let Some(degrees) = self.direction_degrees {
            if !degrees.is_finite() {
                return Err(bad_setting("gabor.direction_degrees", degrees, "an angle"));
            }
            return Ok(vec![degrees]);
        }
        let count = self.directions;
        if !(1..=MOST_DIRECTIONS).contains(&count) {
            let expected = format!("1 to {MOST_DIRECTIONS}");
            return Err(bad_setting("gabor.directions", count, &expected));
        }
        Ok((0..count).map(|turn| 180.0 * turn as f64 / count as f64).collect())
    }
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        self.directions()?;
        known_share("gabor", self.min_known_percent)?;
        Ok(Reach::Rows(self.window(grid)?.reach[1]))
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let (window, directions) = (self.window(grid)?, self.directions()?);
        let share = known_share("gabor", self.min_known_percent)?;
        let [margin, reach] = window.reach;
        let plane = block.around(reach, margin, grid);
        Ok(window.magnitude(&plane, grid.cols, (self.wavelength_m, &directions), share))
    }
}
