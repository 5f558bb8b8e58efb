//! Worms: the distance in metres to the nearest edge that persists. Edges are maxima of the total
//! horizontal gradient of the field continued upward to a series of heights (Hornby, Boschetti & Horowitz
//! 1999, doi:10.1046/j.1365-246x.1999.00788.x; [`crate::potential::worms`]); one persists if it can be
//! followed up to `min_height_m`. Such edges are contacts and faults that reach to depth, which small
//! shallow bodies and noise do not. Gravity, or pseudo-gravity made of magnetic data: an edge of
//! gravity lies over its contact, one of raw magnetics does not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::refuse;
use super::continue_upward::check_height;
use super::filter::Filter;
use crate::Result;
use crate::error::require;
use crate::grid::Grid;
use crate::potential::worms::{Edge, persistent, seeds, worms};
use crate::potential::{Field, Gaps};

/// Heights of the series by default, in cells.
const HEIGHTS_CELLS: [f64; 7] = [1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0];
/// Most heights of a series.
const MAX_HEIGHTS: usize = 64;

/// Measures the distance to edges that reach to depth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Heights in metres to which the field is continued, rising, 64 at most. By default 1, 1.5, 2,
    /// 3, 4, 6 and 8 times the longer side of a cell.
    pub heights_m: Vec<f64>,
    /// Height in metres up to which an edge must be seen. By default the last of the series.
    pub min_height_m: Option<f64>,
    /// Share in percent of the known cells whose gradient is too low for an edge, at each height.
    pub flat_percent: f64,
    /// What is done about cells without a value.
    pub gaps: Gaps,
}

impl Default for Settings {
    fn default() -> Self {
        let (heights_m, min_height_m) = (Vec::new(), None);
        Self { heights_m, min_height_m, flat_percent: 50.0, gaps: Gaps::default() }
    }
}

impl Settings {
    /// The series up to the height that an edge must reach.
    fn heights_m(&self, grid: &Grid) -> Result<Vec<f64>> {
        let [width_m, height_m] = grid.cell_size_m();
        let mut heights_m = self.heights_m.clone();
        if heights_m.is_empty() {
            heights_m.extend(HEIGHTS_CELLS.map(|cells| cells * width_m.max(height_m)));
        }
        let rising = heights_m.windows(2).all(|pair| pair[0] < pair[1]);
        let (key, found) = ("worms.heights_m", format!("{heights_m:?}"));
        require(rising && heights_m.len() <= MAX_HEIGHTS, key, found, "rising, at most 64")?;
        if let Some(least_m) = self.min_height_m {
            let last = heights_m.iter().position(|height_m| *height_m >= least_m);
            let expected = "at most the last of `heights_m`";
            require(last.is_some(), "worms.min_height_m", least_m, expected)?;
            heights_m.truncate(last.map_or(1, |last| last + 1));
        }
        heights_m.iter().try_for_each(|height_m| check_height(key, *height_m, grid))?;
        Ok(heights_m)
    }
}

impl Filter for Settings {
    const KEY: &'static str = "worms";

    fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn check(&self, grid: &Grid) -> Result<()> {
        let flat = self.flat_percent;
        require((0.0..100.0).contains(&flat), "worms.flat_percent", flat, "at least 0, under 100")?;
        self.heights_m(grid).map(drop)
    }

    fn filter(&self, field: &Field) -> Result<Vec<f64>> {
        let heights_m = self.heights_m(field.grid())?;
        let edges = persistent(&worms(field, &heights_m, self.flat_percent), field.grid());
        if edges.is_empty() {
            let reason = format!("no edge of the field can be followed through {heights_m:.0?} m");
            return Err(refuse("worms", "raster", reason));
        }
        let [width_m, height_m] = field.grid().cell_size_m();
        let distances = seeds(&edges, field.grid()).distances(width_m, height_m, f64::INFINITY);
        Ok(field.units().map(|unit| f64::from(distances[unit])).collect())
    }

    const HAS_EDGES: bool = true;

    fn edges(&self, field: &Field) -> Result<Vec<Edge>> {
        let heights_m = self.heights_m(field.grid())?;
        Ok(worms(field, &heights_m, self.flat_percent).into_iter().flatten().collect())
    }

    fn unit(&self, _: &str) -> String {
        "m".into()
    }
}
