//! Rasterise: the value of a feature in each cell that it covers. A polygon covers the cells whose
//! centre lies in it (even-odd rule; a centre on a shared edge belongs to one of the two), a line
//! every cell that it passes, a point the cell in which it lies. Where features overlap the later one
//! wins. The value is that of the attribute that the layer names; features without one are not
//! drawn. Where no attribute is named every feature is worth 1.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, refuse};
use super::{Canvas, FittedStep, Source, Step, Surface, Whole};
use crate::Result;
use crate::grid::Grid;
use crate::raster::{Window, filled, touched};
use crate::table::Table;

/// Draws features on the grid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether a polygon covers every cell that its outline passes, too. Lines always do.
    pub all_touched: bool,
    /// Value of cells that nothing covers. By default 0 where features are worth 1; where an
    /// attribute is named, such cells are missing.
    pub background: Option<f64>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("rasterise", training)
    }

    fn surface(&self) -> Option<&dyn Surface> {
        Some(self)
    }
}

impl Surface for Settings {
    fn prepare<'a>(&'a self, source: &Source<'a>, grid: &'a Grid) -> Result<Box<dyn Canvas + 'a>> {
        let Source::Shapes(shapes) = source else {
            return Err(refuse("rasterise", "raster", "is a raster already: leave the step out"));
        };
        if let Some(found) = self.background.filter(|value| !value.is_finite()) {
            return Err(bad_setting("rasterise.background", found, "a finite number"));
        }
        let named = shapes.iter().any(|shape| shape.value.is_some());
        let background = self.background.unwrap_or(if named { f64::NAN } else { 0.0 });
        let mut values = vec![background as f32; grid.cells()];
        let window = Window::around(grid, 0, 0);
        for shape in *shapes {
            let value = if named { shape.value } else { Some(1.0) };
            let Some(value) = value.filter(|value| value.is_finite()) else { continue };
            filled(&shape.geometry, grid, |row, cols| {
                values[row * grid.cols..][cols].fill(value);
            });
            if self.all_touched || !matches!(shape.geometry, super::Geometry::Polygons(_)) {
                touched(&shape.geometry, grid, &window, [1.0, 1.0], |row, col, _| {
                    values[row as usize * grid.cols + col as usize] = value;
                });
            }
        }
        Ok(Box::new(Whole { values, cols: grid.cols }))
    }
}
