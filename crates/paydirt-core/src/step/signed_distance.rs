//! Signed distance: how far a cell's centre is from the edge of the ground that polygons cover, in
//! metres; negative inside, positive outside. The edge is that of all polygons together: a boundary
//! between two of them that touch or overlap is none, and a gap between them narrower than half a
//! cell's diagonal is none. The distance is that between centres of cells, as
//! [`super::distance`] measures it, to the nearest cell that the edge passes; such a cell is 0, so
//! a distance is true to within half a cell's diagonal (a whole one where a boundary between two
//! polygons meets the edge). A cell that is not 0 has the sign of `rasterise`.
//!
//! Edges around the grid count up to half its height and width beyond it. Of a raster, cells over
//! zero are inside, those that are not known have no distance, and the cells to both sides of an edge
//! are 0. A grid in degrees is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::classes::{Class, Classes, require_polygons};
use super::columns::{bad_setting, refuse};
use super::distance::cell_size_m;
use super::{Canvas, FittedStep, Source, Step, Surface, Whole};
use crate::Result;
use crate::grid::Grid;
use crate::table::Table;

/// Measures the distance to the edge of polygons, negative inside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Largest distance told apart, in metres, on both sides: what is farther gets this value. None by
    /// default.
    pub max_m: Option<f64>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("signed_distance", training)
    }

    fn surface(&self) -> Option<&dyn Surface> {
        Some(self)
    }
}

const OUTSIDE: Class = 0;
const INSIDE: Class = 1;
const UNKNOWN: Class = 2;

impl Surface for Settings {
    fn prepare<'a>(&'a self, source: &Source<'a>, grid: &'a Grid) -> Result<Box<dyn Canvas + 'a>> {
        let size_m = cell_size_m("signed_distance", grid)?;
        let max_m = self.max_m.unwrap_or(f64::INFINITY);
        if max_m.is_nan() || max_m <= 0.0 {
            return Err(bad_setting("signed_distance.max_m", max_m, "over 0"));
        }
        require_polygons("signed_distance", source)?;
        let of_raster = matches!(source, Source::Raster(_));
        let ground = Classes::of(source, grid, max_m, |value| match value {
            Some(value) if of_raster && value.is_nan() => UNKNOWN,
            Some(value) if of_raster && value <= 0.0 => OUTSIDE,
            _ => INSIDE,
        })?;
        // what outlines narrower than a cell enclose is inside nowhere, but they are an edge
        let edge = ground.meetings(|classes| match of_raster {
            true => classes.contains(&INSIDE) && classes.contains(&OUTSIDE),
            false => classes.contains(&OUTSIDE),
        });
        if !edge.any() {
            let reason = "no edge lies in the grid or within half its size around it: the features \
                          cover all of it, or none (is their coordinate system right?)";
            return Err(refuse("signed_distance", "source", reason));
        }
        let mut values = edge.distances(size_m[0], size_m[1], max_m);
        for (unit, value) in values.iter_mut().enumerate() {
            let (row, col) = (unit / grid.cols, unit % grid.cols);
            match ground.get(row as i64, col as i64) {
                Some(INSIDE) if *value > 0.0 => *value = -*value,
                Some(UNKNOWN) => *value = f32::NAN,
                _ => {}
            }
        }
        Ok(Box::new(Whole { values, cols: grid.cols }))
    }

    fn unit(&self, _: &str) -> String {
        "m".into()
    }
}
