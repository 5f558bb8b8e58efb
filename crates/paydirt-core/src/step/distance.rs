//! Distance: the exact Euclidean distance in metres from each cell's centre to the centre of the
//! nearest cell with a feature (Felzenszwalb & Huttenlocher 2012, doi:10.4086/toc.2012.v008a019). Such
//! a cell is one in which a point lies, which a line or an outline passes, or whose centre lies in a
//! polygon; it is 0 there, so a distance is that to the feature itself to within half a cell's
//! diagonal. Features around the grid count too: a fault just beyond the edge is near. Of a raster,
//! cells over zero are features.
//!
//! Metres are those of the project's map projection. A grid in degrees is refused: degrees are
//! no lengths.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, refuse};
use super::{Canvas, FittedStep, Shape, Source, Step, Surface, Whole};
use crate::grid::Grid;
use crate::raster::distance::Seeds;
use crate::raster::{Window, filled, touched};
use crate::table::Table;
use crate::{Error, Result};

/// Measures the distance to the nearest feature.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Largest distance told apart, in metres: what is farther gets this value. None by default.
    pub max_m: Option<f64>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("distance", training)
    }

    fn surface(&self) -> Option<&dyn Surface> {
        Some(self)
    }
}

/// Width and height of a cell in metres.
///
/// # Errors
/// [`Error::DegreesGrid`] on a geographic grid.
pub(super) fn cell_size_m(step: &'static str, grid: &Grid) -> Result<[f64; 2]> {
    let metres = grid.crs.metres_per_unit.ok_or(Error::DegreesGrid { step })?;
    Ok([grid.transform.cell_width * metres, grid.transform.cell_height * metres])
}

fn seeds_of_raster(values: &[f32], grid: &Grid) -> Result<Seeds> {
    let mut seeds = Seeds::new(grid.rows, grid.cols);
    for (unit, _) in values.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        seeds.mark_range(unit..unit + 1);
    }
    if !seeds.any() {
        return Err(refuse("distance", "raster", "no cell is over zero, so nothing is near"));
    }
    Ok(seeds)
}

/// Features in the grid and at most so many metres around it.
fn seeds_around(shapes: &[Shape], grid: &Grid, size_m: [f64; 2], margin_m: f64) -> Seeds {
    let [cols, rows] = size_m.map(|size_m| (margin_m / size_m).ceil() as i64);
    let window = Window::around(grid, rows, cols);
    let mut seeds = Seeds::new(grid.rows, grid.cols);
    for Shape { geometry, .. } in shapes {
        touched(geometry, grid, &window, size_m, |row, col, _| seeds.mark(row, col));
        filled(geometry, grid, |row, cols| {
            let first = row * grid.cols;
            seeds.mark_range(first + cols.start..first + cols.end);
        });
    }
    seeds
}

/// The features that can be nearest to a cell. One in the grid is at most a diagonal from every
/// cell, so none farther than that around the grid matters. Where all lie around it, within a
/// diagonal on each axis, the nearest to any cell is within three.
fn seeds_of_shapes(shapes: &[Shape], grid: &Grid, size_m: [f64; 2], max_m: f64) -> Result<Seeds> {
    let diagonal_m = (grid.cols as f64 * size_m[0]).hypot(grid.rows as f64 * size_m[1]);
    let margin_m = diagonal_m.min(max_m);
    let seeds = seeds_around(shapes, grid, size_m, margin_m);
    if !seeds.any() {
        let reason = format!(
            "no point, line or polygon lies in the grid or within {margin_m:.0} m of it (is its \
             coordinate system right?)"
        );
        return Err(refuse("distance", "shapes", reason));
    }
    if seeds.any_inside() || max_m <= diagonal_m {
        return Ok(seeds);
    }
    Ok(seeds_around(shapes, grid, size_m, max_m.min(3.0 * diagonal_m)))
}

impl Surface for Settings {
    fn prepare<'a>(&'a self, source: &Source<'a>, grid: &'a Grid) -> Result<Box<dyn Canvas + 'a>> {
        let max_m = self.max_m.unwrap_or(f64::INFINITY);
        if max_m.is_nan() || max_m <= 0.0 {
            return Err(bad_setting("distance.max_m", max_m, "over 0"));
        }
        let size_m = cell_size_m("distance", grid)?;
        let seeds = match source {
            Source::Raster(values) => seeds_of_raster(values, grid)?,
            Source::Shapes(shapes) => seeds_of_shapes(shapes, grid, size_m, max_m)?,
        };
        let values = seeds.distances(size_m[0], size_m[1], max_m);
        Ok(Box::new(Whole { values, cols: grid.cols }))
    }

    fn unit(&self, _: &str) -> String {
        "m".into()
    }
}
