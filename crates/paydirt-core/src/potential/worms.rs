//! Multiscale edges, "worms": maxima of the total horizontal gradient of a field continued upward
//! to a series of heights (Hornby, Boschetti & Horowitz 1999,
//! doi:10.1046/j.1365-246x.1999.00788.x). An edge seen only near the ground is shallow or noise; one
//! that persists to a height belongs to a contact or fault of about that depth, and moves down its dip
//! as the height grows.

use rayon::prelude::*;

use super::field::Field;
use crate::grid::{Grid, Point};
use crate::raster::distance::Seeds;

/// A place where the horizontal gradient is largest across an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Easting in the coordinate reference system, found to a part of a cell.
    pub easting: f64,
    /// Northing, as easting.
    pub northing: f64,
    /// Height to which the field was continued, in metres.
    pub height_m: f64,
    /// Total horizontal gradient at that height, in units a metre.
    pub gradient: f64,
}

/// The edges at one height: known cells whose gradient is larger than that of the two neighbours up
/// and down its direction (Canny 1986, doi:10.1109/TPAMI.1986.4767851), and is over `least_percent` of
/// the gradients at that height. Ordered by row and column.
#[must_use]
pub fn edges_at(field: &Field, height_m: f64, least_percent: f64) -> Vec<Edge> {
    let [east, north] = field.slopes(height_m);
    let units: Vec<usize> = field.units().collect();
    let gradient: Vec<f64> = east.iter().zip(&north).map(|(e, n)| e.hypot(*n)).collect();
    let mut known: Vec<f64> = units
        .iter()
        .zip(&gradient)
        .filter(|(unit, _)| field.is_known(**unit))
        .map(|(_, gradient)| *gradient)
        .collect();
    let rank = (known.len() as f64 * least_percent / 100.0) as usize;
    let rank = rank.min(known.len().saturating_sub(1));
    if known.is_empty() {
        return Vec::new();
    }
    let least = *known.select_nth_unstable_by(rank, f64::total_cmp).1;
    let [rows, cols] = field.window_shape();
    let peaks = Peaks { east, north, gradient, cols, cell_m: field.grid().cell_size_m() };
    (1..rows - 1)
        .into_par_iter()
        .flat_map_iter(|row| (1..cols - 1).map(move |col| row * cols + col))
        .filter(|cell| field.is_known(units[*cell]) && peaks.gradient[*cell] >= least)
        .filter_map(|cell| Some((cell, peaks.offset(cell)?)))
        .map(|(cell, [across, down])| {
            let (grid, centre) = (field.grid(), field.grid().centre(units[cell]));
            Edge {
                easting: centre.easting + across * grid.transform.cell_width,
                northing: centre.northing - down * grid.transform.cell_height,
                height_m,
                gradient: peaks.gradient[cell],
            }
        })
        .collect()
}

/// The horizontal gradient over a window.
struct Peaks {
    east: Vec<f64>,
    north: Vec<f64>,
    gradient: Vec<f64>,
    cols: usize,
    cell_m: [f64; 2],
}

impl Peaks {
    /// How many columns east and rows south of its centre the maximum lies, if there is one in a
    /// cell that is not at the edge of the window.
    fn offset(&self, cell: usize) -> Option<[f64; 2]> {
        let across = self.east[cell] / self.cell_m[0];
        let down = -self.north[cell] / self.cell_m[1];
        let longer = across.abs().max(down.abs());
        if longer == 0.0 {
            return None;
        }
        let step = [across / longer, down / longer];
        let here = self.gradient[cell];
        let [before, after] = [-1.0, 1.0].map(|sign| self.at(cell, step.map(|part| sign * part)));
        if !(here > before && here >= after) {
            return None;
        }
        // the top of the parabola through the three
        let along = 0.5 * (before - after) / (before - 2.0 * here + after);
        Some(step.map(|part| along * part))
    }

    /// The gradient one cell away along one axis and a part of a cell along the other.
    fn at(&self, cell: usize, [across, down]: [f64; 2]) -> f64 {
        let (row, col) = ((cell / self.cols) as f64 + down, (cell % self.cols) as f64 + across);
        let value = |row: f64, col: f64| self.gradient[row as usize * self.cols + col as usize];
        let share = (row - row.floor()) + (col - col.floor());
        let near = value(row.floor(), col.floor());
        near + share * (value(row.ceil(), col.ceil()) - near)
    }
}

/// The edges at each height, which must rise.
///
/// Thousands of edges of a map are points for a GIS, or for a distance layer through
/// [`persistent`].
#[must_use]
pub fn worms(field: &Field, heights_m: &[f64], least_percent: f64) -> Vec<Vec<Edge>> {
    heights_m.iter().map(|height_m| edges_at(field, *height_m, least_percent)).collect()
}

/// The edges at the first height that can be followed from height to height up to the last. From
/// one height to the next an edge may move by half the rise and the diagonal of a cell.
#[must_use]
pub fn persistent(worms: &[Vec<Edge>], grid: &Grid) -> Vec<Edge> {
    let Some((top, lower)) = worms.split_last() else { return Vec::new() };
    lower.iter().rev().fold(top.clone(), |kept, edges| below(&kept, edges, grid))
}

/// The edges that lie near enough to one of those above.
fn below(above: &[Edge], edges: &[Edge], grid: &Grid) -> Vec<Edge> {
    let Some((high, low)) = above.first().zip(edges.first()) else { return Vec::new() };
    let [width_m, height_m] = grid.cell_size_m();
    let reach_m = (high.height_m - low.height_m) / 2.0 + width_m.hypot(height_m);
    let distances = seeds(above, grid).distances(width_m, height_m, f64::INFINITY);
    let is_near =
        |edge: &&Edge| unit(edge, grid).is_some_and(|unit| f64::from(distances[unit]) <= reach_m);
    edges.iter().filter(is_near).copied().collect()
}

fn unit(edge: &Edge, grid: &Grid) -> Option<usize> {
    grid.locate(Point { easting: edge.easting, northing: edge.northing })
}

/// The cells in which edges lie.
#[must_use]
pub fn seeds(edges: &[Edge], grid: &Grid) -> Seeds {
    let mut seeds = Seeds::new(grid.rows, grid.cols);
    for unit in edges.iter().filter_map(|edge| unit(edge, grid)) {
        seeds.mark_range(unit..unit + 1);
    }
    seeds
}
