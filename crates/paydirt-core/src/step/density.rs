//! Density: how much of the features lies within `radius_m` of each cell's centre, divided by the
//! area of that circle: for lines their length in km per km2, for points their number per km2, for
//! polygons the share of the area that they cover. With `weight`, each feature's part counts so many
//! times: the whole length in km of the line that it is part of, as mapped, or the value of the
//! attribute that the layer names, such as the order of a fault; features without a value do not count.
//!
//! Discretisation: the length of a line, clipped exactly to each cell, its points and (by the
//! centre rule) its covered area count where the cell's centre lies in the circle, and the area is
//! that of these cells, so an even spread gives its own density at every radius. Features around
//! the grid count too, so there is no edge effect. Of a raster, cells over zero are points, and
//! only known cells count as area: a circle without one is missing. A grid in degrees is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, refuse};
use super::distance::cell_size_m;
use super::{Block, Canvas, FittedStep, Geometry, Shape, Source, Step, Surface, Whole};
use crate::Result;
use crate::grid::{GeoTransform, Grid};
use crate::raster::disc::Disc;
use crate::raster::{Window, filled, touched};
use crate::table::Table;

/// Measures how dense features are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Radius of the circle, in metres, at most the diagonal of the grid.
    pub radius_m: f64,
    /// How many times each feature counts.
    pub weight: Weight,
}

/// How many times a feature counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Once.
    #[default]
    None,
    /// As many times as the line is km long, all its parts together.
    Length,
    /// As many times as the value of the layer's `attribute` says.
    Attribute,
}

impl Default for Settings {
    fn default() -> Self {
        Self { radius_m: 5000.0, weight: Weight::None }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("density", training)
    }

    fn surface(&self) -> Option<&dyn Surface> {
        Some(self)
    }
}

/// The grid with so many rows and columns added on each side.
pub(super) fn widened(grid: &Grid, rows: usize, cols: usize) -> Result<Grid> {
    let GeoTransform { west, north, cell_width, cell_height } = grid.transform;
    let transform = GeoTransform {
        west: west - cols as f64 * cell_width,
        north: north + rows as f64 * cell_height,
        ..grid.transform
    };
    Grid::new(grid.crs.clone(), transform, grid.rows + 2 * rows, grid.cols + 2 * cols)
}

impl Weight {
    /// The weight of a shape; `None` where it does not count.
    fn of(self, shape: &Shape, grid: &Grid) -> Result<Option<f64>> {
        let weight = match self {
            Self::None => Some(1.0),
            Self::Length => Some(shape.geometry.length_m(grid.unit_m()) / 1000.0),
            Self::Attribute => shape.value.map(f64::from),
        };
        match weight {
            Some(weight) if !(weight.is_finite() && weight >= 0.0) => {
                let reason = format!("the weight of a feature is {weight}, but none is under 0");
                Err(refuse("density", "shapes", reason))
            }
            weight => Ok(weight),
        }
    }

    /// Refuses shapes that have no such weight.
    fn check(self, source: &Source<'_>) -> Result<()> {
        let lines = |shape: &Shape| matches!(shape.geometry, Geometry::Lines(_));
        let reason = match (self, source) {
            (Self::None, _) => return Ok(()),
            (_, Source::Raster(_)) => "the cells of a raster have no weight: leave `weight` out",
            (Self::Length, Source::Shapes(shapes)) if !shapes.iter().all(lines) => {
                "only lines have a length: leave `weight` out"
            }
            (Self::Attribute, Source::Shapes(shapes))
                if shapes.iter().all(|shape| shape.value.is_none()) =>
            {
                "no feature has a value to weigh by: name an `attribute` of the layer"
            }
            _ => return Ok(()),
        };
        Err(refuse("density", "source", reason))
    }
}

/// How much of the shapes lies in each cell: km, number, or km2, times their weight.
fn amounts(shapes: &[Shape], grid: &Grid, size_m: [f64; 2], weight: Weight) -> Result<Vec<f32>> {
    let mut amounts = vec![0.0; grid.cells()];
    let window = Window::around(grid, 0, 0);
    let kind = |shape: &Shape| std::mem::discriminant(&shape.geometry);
    if shapes.iter().any(|shape| kind(shape) != kind(&shapes[0])) {
        let reason = "points, lines and polygons have different units: give each its own layer";
        return Err(refuse("density", "shapes", reason));
    }
    let cell_area_km2 = size_m[0] * size_m[1] / 1e6;
    for shape in shapes {
        let Some(weight) = weight.of(shape, grid)? else { continue };
        let (geometry, covered) = (&shape.geometry, (cell_area_km2 * weight) as f32);
        filled(geometry, grid, |row, cols| amounts[row * grid.cols..][cols].fill(covered));
        if matches!(geometry, Geometry::Polygons(_)) {
            continue;
        }
        let is_point = matches!(geometry, Geometry::Points(_));
        touched(geometry, grid, &window, size_m, |row, col, length_m| {
            let amount = if is_point { 1.0 } else { length_m / 1000.0 };
            amounts[row as usize * grid.cols + col as usize] += (amount * weight) as f32;
        });
    }
    Ok(amounts)
}

impl Surface for Settings {
    fn prepare<'a>(&'a self, source: &Source<'a>, grid: &'a Grid) -> Result<Box<dyn Canvas + 'a>> {
        let size_m = cell_size_m("density", grid)?;
        let diagonal_m = (grid.cols as f64 * size_m[0]).hypot(grid.rows as f64 * size_m[1]);
        if !(self.radius_m > 0.0 && self.radius_m <= diagonal_m) {
            let expected = format!("over 0 and at most the grid's diagonal, {diagonal_m:.0} m");
            return Err(bad_setting("density.radius_m", self.radius_m, &expected));
        }
        self.weight.check(source)?;
        let disc = Disc::new(self.radius_m, size_m[0], size_m[1]);
        let cell_area_km2 = size_m[0] * size_m[1] / 1e6;
        let values: Vec<f32> = match source {
            Source::Shapes(shapes) => {
                let wide = widened(grid, disc.rows(), disc.cols())?;
                let plane = amounts(shapes, &wide, size_m, self.weight)?;
                let area_km2 = disc.cells() as f64 * cell_area_km2;
                let sums = disc.sums(&plane, grid.cols).into_iter();
                sums.map(|sum| (sum / area_km2) as f32).collect()
            }
            Source::Raster(values) => {
                let block = Block { values, held: 0..grid.rows, wanted: 0..grid.rows };
                let sums = |of: fn(f32) -> bool| {
                    let plane = block.padded(&disc, grid, |value| f32::from(u8::from(of(value))));
                    disc.sums(&plane, grid.cols)
                };
                let features = sums(|value| value > 0.0).into_iter();
                let cells = sums(f32::is_finite);
                let density = |(count, cells): (f64, f64)| count / (cells * cell_area_km2);
                features.zip(cells).map(density).map(|density| density as f32).collect()
            }
        };
        Ok(Box::new(Whole { values, cols: grid.cols }))
    }
}
