//! Topographic position: a cell's value less the mean of the known cells around it whose centres lie
//! farther than `inner_radius_m` and at most `radius_m` away (Weiss 2001, ESRI User Conference
//! poster): positive on ridges, negative in valleys, about 0 on plains and even slopes. The
//! circle decides how large a landform answers. Missing where the cell is, or where fewer of the ring
//! than `min_known_percent` are known.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::circle::{self, Circle};
use super::columns::bad_setting;
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::disc::Disc;
use crate::raster::moments::known;
use crate::table::Table;

/// Compares a cell with the ring around it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Outer radius of the ring, in metres.
    pub radius_m: f64,
    /// Inner radius of the ring, in metres; 0 leaves out the cell alone.
    pub inner_radius_m: f64,
    /// Least share of the ring's cells, in percent, that must be known.
    pub min_known_percent: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { radius_m: 1000.0, inner_radius_m: 0.0, min_known_percent: 50.0 }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("topographic_position", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl Settings {
    /// The outer circle, the inner one, and how many cells of the ring must be known.
    fn ring(&self, grid: &Grid) -> Result<(Circle, Circle, f64)> {
        let percent = self.min_known_percent;
        let outer = Circle::new("topographic_position", self.radius_m, percent, grid)?;
        let key = "topographic_position.inner_radius_m";
        if !(self.inner_radius_m >= 0.0 && self.inner_radius_m < self.radius_m) {
            return Err(bad_setting(key, self.inner_radius_m, "0 or more, and under `radius_m`"));
        }
        let [width_m, height_m] = grid.cell_size_m();
        let inner = Circle { disc: Disc::new(self.inner_radius_m, width_m, height_m), least: 0.0 };
        let cells = outer.disc.cells() - inner.disc.cells();
        if cells == 0 {
            let found =
                format!("{} with an inner radius of {}", self.radius_m, self.inner_radius_m);
            let expected =
                format!("so large that the ring has cells of {width_m:.0} x {height_m:.0} m");
            return Err(bad_setting("topographic_position.radius_m", found, &expected));
        }
        let share = circle::known_share("topographic_position", percent)?;
        Ok((outer, inner, (cells as f64 * share).max(1.0)))
    }
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        Ok(self.ring(grid)?.0.reach())
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let (outer, inner, least) = self.ring(grid)?;
        let sums = |circle: &Circle| {
            circle.disc.fold(&circle.plane(block, grid), grid.cols, known, |_, _, sums| sums.plain)
        };
        let rings = sums(&outer).into_iter().zip(sums(&inner));
        let values = &block.values[(block.wanted.start - block.held.start) * grid.cols..];
        let position = |(value, (outer, inner)): (&f32, ([f64; 2], [f64; 2]))| {
            let [cells, sum] = [outer[0] - inner[0], outer[1] - inner[1]];
            if cells >= least { (f64::from(*value) - sum / cells) as f32 } else { f32::NAN }
        };
        Ok(values.iter().zip(rings).map(position).collect())
    }
}
