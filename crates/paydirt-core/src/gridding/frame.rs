//! The grid in metres.

use super::Place;
use crate::grid::{GeoTransform, Grid};

/// A grid in metres about its middle. On a grid in degrees, metres are those of its middle row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    /// Width and height of a cell.
    pub(crate) cell_m: [f64; 2],
}

impl Frame {
    pub(crate) fn of(grid: &Grid) -> Self {
        Self { rows: grid.rows, cols: grid.cols, cell_m: grid.cell_size_m() }
    }

    /// Half the width and height of it all.
    pub(crate) fn half_m(&self) -> [f64; 2] {
        [self.cols as f64 * self.cell_m[0] / 2.0, self.rows as f64 * self.cell_m[1] / 2.0]
    }

    /// The centre of a cell.
    pub(crate) fn centre(&self, row: usize, col: usize) -> Place {
        let [half_width, half_height] = self.half_m();
        [
            (col as f64 + 0.5) * self.cell_m[0] - half_width,
            half_height - (row as f64 + 0.5) * self.cell_m[1],
        ]
    }

    /// Columns and rows from the centre of the first cell.
    pub(crate) fn position(&self, [east, north]: Place) -> [f64; 2] {
        let [half_width, half_height] = self.half_m();
        [(east + half_width) / self.cell_m[0] - 0.5, (half_height - north) / self.cell_m[1] - 0.5]
    }

    /// A place in metres, of easting and northing.
    pub(crate) fn place(grid: &Grid, [easting, northing]: [f64; 2]) -> Place {
        let GeoTransform { west, north, cell_width, cell_height } = grid.transform;
        let [east_m, north_m] = grid.unit_m();
        [
            (easting - west - grid.cols as f64 * cell_width / 2.0) * east_m,
            (northing - north + grid.rows as f64 * cell_height / 2.0) * north_m,
        ]
    }

    /// How far a place is outside it; 0 inside.
    pub(crate) fn distance_m(&self, [east, north]: Place) -> f64 {
        let [half_width, half_height] = self.half_m();
        (east.abs() - half_width).max(0.0).hypot((north.abs() - half_height).max(0.0))
    }

    /// The same ground in cells twice as large.
    pub(crate) fn halved(&self) -> Self {
        let (rows, cols) = (self.rows.div_ceil(2), self.cols.div_ceil(2));
        let [width, height] = self.half_m();
        Self { rows, cols, cell_m: [2.0 * width / cols as f64, 2.0 * height / rows as f64] }
    }

    /// The same ground in at most so many cells.
    pub(crate) fn at_most(mut self, cells: usize) -> Self {
        while self.rows * self.cols > cells.max(1) {
            self = self.halved();
        }
        self
    }
}
