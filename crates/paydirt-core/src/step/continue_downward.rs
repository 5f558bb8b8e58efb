//! Downward continuation: the potential field as it would be measured `height_m` lower, in its own unit.
//! The exact `exp(|k| height)` raises the noise of short waves without bound, so it is
//! regularised after Tikhonov (Pašteka et al. 2012, doi:10.1016/j.jappgeo.2012.06.001): with
//! `A = exp(-|k| height)` each wave is multiplied by `A / (A^2 + a)`, and `a = 1 / (2 max_gain)^2`, so that
//! none grows by more than `max_gain`. Where `A` is under `1 / (2 max_gain)` waves are taken away, not
//! restored. At most five cells: what is lower is not in the data. Sources must lie lower still.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::Result;
use crate::error::require;
use crate::grid::Grid;
use crate::potential::{Field, Gaps};

/// Most cells, of their longer side, that a field is continued downward.
const MAX_CELLS: f64 = 5.0;

/// Continues a potential field downward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How much lower, in metres; at most five times the longer side of a cell, which it is by
    /// default.
    pub height_m: Option<f64>,
    /// Most that a wave, and its noise, is raised.
    pub max_gain: f64,
    /// What is done about cells without a value.
    pub gaps: Gaps,
}

impl Default for Settings {
    fn default() -> Self {
        Self { height_m: None, max_gain: 20.0, gaps: Gaps::default() }
    }
}

impl Settings {
    fn height_m(&self, grid: &Grid) -> f64 {
        let [width_m, height_m] = grid.cell_size_m();
        self.height_m.unwrap_or(width_m.max(height_m))
    }
}

impl Filter for Settings {
    const KEY: &'static str = "continue_downward";

    fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn check(&self, grid: &Grid) -> Result<()> {
        let (height_m, [width_m, cell_m]) = (self.height_m(grid), grid.cell_size_m());
        let most_m = MAX_CELLS * width_m.max(cell_m);
        let expected = format!("over 0 and at most {MAX_CELLS} cells, {most_m:.0} m");
        let in_range = height_m > 0.0 && height_m <= most_m;
        require(in_range, "continue_downward.height_m", height_m, &expected)?;
        let in_range = (1.0..=1e6).contains(&self.max_gain);
        require(in_range, "continue_downward.max_gain", self.max_gain, "1 to 1000000")
    }

    fn filter(&self, field: &Field) -> Result<Vec<f64>> {
        let (height_m, alpha) = (self.height_m(field.grid()), (2.0 * self.max_gain).powi(-2));
        Ok(field.filtered_with_plane(|wave| {
            let upward = (-wave.radial() * height_m).exp();
            (upward / (upward * upward + alpha)).into()
        }))
    }
}
