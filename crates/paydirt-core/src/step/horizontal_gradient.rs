//! Horizontal gradient: the length of the gradient in the plane, `sqrt((df/de)^2 + (df/dn)^2)` (Cordell &
//! Grauch 1985, doi:10.1190/1.0931830346.ch16), in units of the layer a metre, from central differences
//! of the cells to the west and east, north and south. Beside a gap or the edge the difference to the
//! cell itself is taken; a cell that is alone along an axis is missing. Highest over steep contacts of
//! gravity and pseudo-gravity.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::table::Table;

/// Measures how steeply a layer rises.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("horizontal_gradient", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

/// The rise a metre through three cells in a line, by those of them that are known; the middle one is.
fn rise([before, here, after]: [f64; 3], cell_m: f64) -> f64 {
    match (before.is_finite(), after.is_finite()) {
        (true, true) => (after - before) / (2.0 * cell_m),
        (false, true) => (after - here) / cell_m,
        (true, false) => (here - before) / cell_m,
        (false, false) => f64::NAN,
    }
}

impl RasterStep for Settings {
    fn reach(&self, _: &Grid) -> Result<Reach> {
        Ok(Reach::Rows(1))
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let ([width_m, height_m], cols) = (grid.cell_size_m(), grid.cols);
        let row_of = |row: Option<usize>| {
            row.and_then(|row| block.values.get(row * cols..(row + 1) * cols)).unwrap_or(&[])
        };
        let at = |line: &[f32], col: Option<usize>| {
            col.and_then(|col| line.get(col)).map_or(f64::NAN, |value| f64::from(*value))
        };
        let mut drawn = vec![f32::NAN; block.wanted.len() * cols];
        drawn.par_chunks_mut(cols).enumerate().for_each(|(index, line)| {
            let row = block.wanted.start + index - block.held.start;
            let [north, own, south] = [row.checked_sub(1), Some(row), Some(row + 1)].map(row_of);
            for (col, value) in line.iter_mut().enumerate().filter(|(col, _)| own[*col].is_finite())
            {
                let here = f64::from(own[col]);
                let across = [at(own, col.checked_sub(1)), here, at(own, Some(col + 1))];
                let down = [at(north, Some(col)), here, at(south, Some(col))];
                *value = rise(across, width_m).hypot(rise(down, height_m)) as f32;
            }
        });
        Ok(drawn)
    }

    fn unit(&self, unit: &str) -> String {
        format!("{unit}/m")
    }
}
