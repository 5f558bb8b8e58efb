//! Surfaces and raster steps, drawn row by row from the north in strips.

use std::ops::Range;

use super::{Block, Canvas, RasterStep, Reach};
use crate::Result;
use crate::grid::Grid;
use crate::potential::worms::Edge;
use crate::raster::disc::Disc;

impl Block<'_> {
    /// The wanted rows of a raster of the whole grid.
    pub(super) fn wanted_of(&self, mut raster: Vec<f32>, grid: &Grid) -> Vec<f32> {
        raster.truncate(self.wanted.end * grid.cols);
        raster.split_off(self.wanted.start * grid.cols)
    }

    /// The wanted rows with so many rows and columns around them on each side, NaN around the grid.
    #[must_use]
    pub fn around(&self, rows: usize, cols: usize, grid: &Grid) -> Vec<f32> {
        let width = grid.cols + 2 * cols;
        let mut plane = vec![f32::NAN; width * (self.wanted.len() + 2 * rows)];
        for (row, values) in self.held.clone().zip(self.values.chunks(grid.cols)) {
            // Rows farther than the step reaches are held by no one who asks for it.
            let Some(down) = (row + rows).checked_sub(self.wanted.start) else { continue };
            let Some(line) = plane.chunks_mut(width).nth(down) else { break };
            line[cols..cols + grid.cols].copy_from_slice(values);
        }
        plane
    }

    /// The wanted rows with what the disc reaches around them on each side, as
    /// [`Disc::sums`] takes them: `value` of each cell that is held, and of NaN around the grid.
    #[must_use]
    pub fn padded(&self, disc: &Disc, grid: &Grid, value: impl Fn(f32) -> f32) -> Vec<f32> {
        self.around(disc.rows(), disc.cols(), grid).into_iter().map(value).collect()
    }
}

/// Hands the bands of a canvas to `sink`, whole rows from the north: those of the layer, then those
/// of the extra bands.
///
/// # Errors
/// What the canvas or the sink returns.
pub fn draw_surface(
    canvas: &dyn Canvas,
    grid: &Grid,
    mut sink: impl FnMut(Vec<Vec<f32>>) -> Result<()>,
) -> Result<()> {
    grid.strips(1).try_for_each(|rows| sink(canvas.draw(rows)?))
}

/// What a raster step found on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Sentences for the receipt.
    pub notes: Vec<String>,
    /// Points on edges of a field.
    pub edges: Vec<Edge>,
}

/// Hands what a raster step makes to `sink`, whole rows from the north. `read` gives the values of
/// units of its source. Returns what the step found on the way.
///
/// # Errors
/// What the step, `read` or `sink` returns.
pub fn draw_raster(
    step: &dyn RasterStep,
    grid: &Grid,
    mut read: impl FnMut(Range<usize>) -> Result<Vec<f32>>,
    mut sink: impl FnMut(&[f32]) -> Result<()>,
) -> Result<Found> {
    // Strips as high as the reach: a row is then read three times at most.
    let (fewest, reach) = match step.reach(grid)? {
        Reach::Rows(reach) => (reach, reach),
        Reach::Whole => (grid.rows, 0),
    };
    let settled = step.settle(grid, &mut read)?;
    let step = settled.as_deref().unwrap_or(step);
    let mut found = Found::default();
    for wanted in grid.strips(fewest) {
        let held = wanted.start.saturating_sub(reach)..(wanted.end + reach).min(grid.rows);
        let values = read(held.start * grid.cols..held.end * grid.cols)?;
        let block = Block { values: &values, held, wanted };
        sink(&step.draw(&block, grid)?)?;
        if block.held.len() == grid.rows {
            found = Found { notes: step.notes(&block, grid), edges: step.edges(&block, grid)? };
        }
    }
    Ok(found)
}
