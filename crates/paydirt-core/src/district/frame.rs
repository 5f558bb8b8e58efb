//! The frame of a district: its grid, and places in it as shares of its longer side.

use std::sync::Arc;

use rayon::prelude::*;

use super::Settings;
use super::noise::Field;
use crate::Result;
use crate::grid::{Cell, Crs, GeoTransform, Grid, Point};
use crate::mask::Mask;
use crate::seed::Seed;

/// The grid, seen from inside the generator: places count from the south-western corner and the
/// longer side is 1 long, so a seed draws the same district at every size, only finer.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) grid: Grid,
    /// The study area.
    pub(super) area: Arc<Mask>,
    /// Cells in the longer side.
    side_cells: f64,
}

impl Frame {
    pub(super) fn new(settings: &Settings, seed: Seed) -> Result<Self> {
        let &Settings { rows, cols, cell_m, .. } = settings;
        let transform = GeoTransform {
            west: 400_000.0,
            north: 7_000_000.0,
            cell_width: cell_m,
            cell_height: cell_m,
        };
        let grid = Grid::new(Crs::local_metres(), transform, rows, cols)?;
        let area = Arc::new(Mask::new(0, false));
        let mut frame = Self { grid, area, side_cells: rows.max(cols) as f64 };
        frame.area = Arc::new(frame.study_area(seed));
        Ok(frame)
    }

    /// Length of the longer side.
    pub(super) fn side_m(&self) -> f64 {
        self.side_cells * self.grid.transform.cell_width
    }

    /// Width and height as shares of the longer side: one of them is 1.
    pub(super) fn size(&self) -> Point {
        Point {
            easting: self.grid.cols as f64 / self.side_cells,
            northing: self.grid.rows as f64 / self.side_cells,
        }
    }

    /// The centre of a cell.
    pub(super) fn place(&self, unit: usize) -> Point {
        let Cell { row, col } = self.grid.cell(unit);
        Point {
            easting: (col as f64 + 0.5) / self.side_cells,
            northing: ((self.grid.rows - row) as f64 - 0.5) / self.side_cells,
        }
    }

    /// The cell nearest to a place.
    pub(super) fn nearest(&self, place: Point) -> usize {
        let col = (place.easting * self.side_cells).max(0.0) as usize;
        let up = (place.northing * self.side_cells).max(0.0) as usize;
        let row = self.grid.rows - 1 - up.min(self.grid.rows - 1);
        self.grid.unit(Cell { row, col: col.min(self.grid.cols - 1) })
    }

    /// A place in the coordinate reference system.
    pub(super) fn on_map(&self, place: Point) -> Point {
        let [west, south, ..] = self.grid.region();
        Point {
            easting: west + place.easting * self.side_m(),
            northing: south + place.northing * self.side_m(),
        }
    }

    /// One value a cell, from its place and unit.
    pub(super) fn draw(&self, value: impl Fn(Point, usize) -> f64 + Sync) -> Vec<f32> {
        let mut values = vec![0.0; self.grid.cells()];
        values.par_chunks_mut(self.grid.cols).enumerate().for_each(|(row, line)| {
            for (col, cell) in line.iter_mut().enumerate() {
                let unit = self.grid.unit(Cell { row, col });
                *cell = value(self.place(unit), unit) as f32;
            }
        });
        values
    }

    /// The value below which a share of the study area's values lie.
    pub(super) fn quantile(&self, values: &[f32], share: f64) -> f32 {
        let mut inside: Vec<f32> = self.area.iter().map(|unit| values[unit]).collect();
        let index = ((share * inside.len() as f64) as usize).min(inside.len().saturating_sub(1));
        match inside.get(index) {
            Some(_) => *inside.select_nth_unstable_by(index, f32::total_cmp).1,
            None => f32::INFINITY,
        }
    }

    /// A study area with a rounded, ragged outline: never the whole grid.
    fn study_area(&self, seed: Seed) -> Mask {
        let ragged = Field::new(seed.derive("outline", 0), 2.0, 3);
        let size = self.size();
        let reach = self.draw(|place, _| {
            let share = Point {
                easting: place.easting / size.easting,
                northing: place.northing / size.northing,
            };
            let middle = [share.easting, share.northing].map(|part| (2.0 * part - 1.0).powi(4));
            (middle[0] + middle[1]).powf(0.25) + 0.06 * ragged.at(share)
        });
        Mask::from_fn(self.grid.cells(), |unit| reach[unit] < 0.94)
    }
}
