//! Upward continuation: the potential field as it would be measured `height_m` higher,
//! `exp(-|k| height)` in the wavenumber domain (Blakely 1995, equation 12.8,
//! doi:10.1017/CBO9780511549816), in its own unit. It keeps what is deep and broad and is the safe way to
//! smooth a field: a source at a depth counts as if it lay `height_m` deeper.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::Result;
use crate::error::require;
use crate::grid::Grid;
use crate::potential::{Field, Gaps};

/// Continues a potential field upward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How much higher, in metres.
    pub height_m: f64,
    /// What is done about cells without a value.
    pub gaps: Gaps,
}

impl Default for Settings {
    fn default() -> Self {
        Self { height_m: 1000.0, gaps: Gaps::default() }
    }
}

/// Refuses a height that is none, or larger than the grid.
pub(super) fn check_height(key: &str, height_m: f64, grid: &Grid) -> Result<()> {
    let [width_m, cell_m] = grid.cell_size_m();
    let diagonal_m = (grid.cols as f64 * width_m).hypot(grid.rows as f64 * cell_m);
    let expected = format!("over 0 and at most the grid's diagonal, {diagonal_m:.0} m");
    require(height_m > 0.0 && height_m <= diagonal_m, key, height_m, &expected)
}

impl Filter for Settings {
    const KEY: &'static str = "continue_upward";

    fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn check(&self, grid: &Grid) -> Result<()> {
        check_height("continue_upward.height_m", self.height_m, grid)
    }

    fn filter(&self, field: &Field) -> Result<Vec<f64>> {
        Ok(field.filtered_with_plane(|wave| (-wave.radial() * self.height_m).exp().into()))
    }
}
