//! What the steps that look around in a circle share: its radius, and how much of it must be known.

use super::columns::bad_setting;
use super::{Block, Reach};
use crate::Result;
use crate::grid::Grid;
use crate::raster::disc::Disc;
use crate::raster::moments::known;

/// Most cells that a window may reach to one side: what is held while a strip is drawn grows with it.
const MOST_CELLS: f64 = 1024.0;

/// A circle in cells. On a geographic grid it has the cell size of the middle row.
pub(super) struct Circle {
    pub(super) disc: Disc,
    /// Fewest cells that must be known.
    pub(super) least: f64,
}

impl Circle {
    /// The circle of a step's `radius_m` and `min_known_percent`.
    pub(super) fn new(
        step: &str,
        radius_m: f64,
        min_known_percent: f64,
        grid: &Grid,
    ) -> Result<Self> {
        let disc = disc(&format!("{step}.radius_m"), radius_m, grid)?;
        let share = known_share(step, min_known_percent)?;
        Ok(Self::of(disc, share))
    }

    /// A disc of which a share must be known.
    pub(super) fn of(disc: Disc, share: f64) -> Self {
        let least = (disc.cells() as f64 * share).max(1.0);
        Self { disc, least }
    }

    pub(super) const fn reach(&self) -> Reach {
        Reach::Rows(self.disc.rows())
    }

    /// The wanted rows with what the circle reaches around them.
    pub(super) fn plane(&self, block: &Block<'_>, grid: &Grid) -> Vec<f32> {
        block.around(self.disc.rows(), self.disc.cols(), grid)
    }

    /// The mean of the known cells around each; NaN where they are too few.
    pub(super) fn means(&self, block: &Block<'_>, grid: &Grid) -> Vec<f64> {
        self.disc.fold(&self.plane(block, grid), grid.cols, known, |_, _, sums| {
            let [cells, sum] = sums.plain;
            if cells >= self.least { sum / cells } else { f64::NAN }
        })
    }
}

/// The disc of a radius that is over 0 and not absurd.
pub(super) fn disc(key: &str, radius_m: f64, grid: &Grid) -> Result<Disc> {
    let [width_m, height_m] = grid.cell_size_m();
    require_length(key, radius_m, grid)?;
    Ok(Disc::new(radius_m, width_m, height_m))
}

/// Refuses a length that is not over 0, longer than the grid, or of too many cells.
pub(super) fn require_length(key: &str, length_m: f64, grid: &Grid) -> Result<()> {
    let [width_m, height_m] = grid.cell_size_m();
    let diagonal_m = (grid.cols as f64 * width_m).hypot(grid.rows as f64 * height_m);
    let cells_m = MOST_CELLS * width_m.min(height_m);
    if length_m > 0.0 && length_m <= diagonal_m.min(cells_m) {
        return Ok(());
    }
    let expected = if cells_m < diagonal_m {
        format!("over 0 and at most {MOST_CELLS} cells, {cells_m:.0} m")
    } else {
        format!("over 0 and at most the grid's diagonal, {diagonal_m:.0} m")
    };
    Err(bad_setting(key, length_m, &expected))
}

/// `min_known_percent` as a share.
pub(super) fn known_share(step: &str, min_known_percent: f64) -> Result<f64> {
    require_percent(&format!("{step}.min_known_percent"), min_known_percent)?;
    Ok(min_known_percent / 100.0)
}

/// Refuses what is no percentage.
pub(super) fn require_percent(key: &str, percent: f64) -> Result<()> {
    if (0.0..=100.0).contains(&percent) {
        return Ok(());
    }
    Err(bad_setting(key, percent, "0 to 100"))
}

/// `z_unit_m`, if it is a length.
pub(super) fn z_unit_m(step: &str, z_unit_m: f64) -> Result<f64> {
    if z_unit_m.is_finite() && z_unit_m > 0.0 {
        return Ok(z_unit_m);
    }
    Err(bad_setting(&format!("{step}.z_unit_m"), z_unit_m, "a number over 0"))
}
