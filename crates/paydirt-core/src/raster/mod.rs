//! From geometry to cells: which cells a point, a line or a polygon covers, and exact distances
//! between cells. Kernels work in *cell coordinates*: `[col, row]` from the north-west corner of the
//! grid, one a cell, rows to the south; a place on an edge belongs to the cell east or south of it.

pub mod disc;
pub mod distance;
pub mod gabor;
pub mod moments;
pub mod noise;
pub mod percentile;
pub mod quantiles;
pub mod relief;
pub mod scanline;
pub mod texture;
pub mod trace;

use std::ops::Range;

use crate::grid::{GeoTransform, Grid};
use crate::step::Geometry;

/// A rectangle of cells, which may reach beyond the grid: rows and columns counted from the grid's
/// first, negative to the north and west.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Rows.
    pub rows: Range<i64>,
    /// Columns.
    pub cols: Range<i64>,
}

impl Window {
    /// The grid and so many rows and columns around it.
    #[must_use]
    pub const fn around(grid: &Grid, rows: i64, cols: i64) -> Self {
        Self { rows: -rows..grid.rows as i64 + rows, cols: -cols..grid.cols as i64 + cols }
    }
}

fn cell_coordinates(grid: &Grid, line: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let GeoTransform { west, north, cell_width, cell_height } = grid.transform;
    line.iter()
        .map(|[easting, northing]| {
            [(easting - west) / cell_width, (north - northing) / cell_height]
        })
        .filter(|place| place.iter().all(|number| number.is_finite()))
        .collect()
}

fn closed(mut ring: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    if ring.first() != ring.last() {
        ring.extend(ring.first().copied());
    }
    ring
}

/// A straight part of a line or an outline, in cell coordinates; of a point, its place twice.
pub type Segment = [[f64; 2]; 2];

/// Visits the cells of a window in which points lie, or which lines or the outlines of polygons
/// pass: row, column, the segment that passes and the share of its length that lies there. A cell may
/// be visited more than once. Places that are not finite are skipped.
pub fn passed(
    geometry: &Geometry,
    grid: &Grid,
    window: &Window,
    mut visit: impl FnMut(i64, i64, Segment, f64),
) {
    let lines: Vec<Vec<[f64; 2]>> = match geometry {
        Geometry::Points(places) => {
            places.iter().map(|place| cell_coordinates(grid, &[*place, *place])).collect()
        }
        Geometry::Lines(lines) => lines.iter().map(|line| cell_coordinates(grid, line)).collect(),
        Geometry::Polygons(polygons) => {
            polygons.iter().flatten().map(|ring| closed(cell_coordinates(grid, ring))).collect()
        }
    };
    for ends in lines.iter().flat_map(|line| line.windows(2)) {
        let segment = [ends[0], ends[1]];
        trace::trace(ends[0], ends[1], window, |row, col, share| visit(row, col, segment, share));
    }
}

/// Visits cells as [`passed`] does: row, column and the length of the line there (0 for a point),
/// measured with `cell_size` (width, height).
pub fn touched(
    geometry: &Geometry,
    grid: &Grid,
    window: &Window,
    cell_size: [f64; 2],
    mut visit: impl FnMut(i64, i64, f64),
) {
    passed(geometry, grid, window, |row, col, [from, to], share| {
        let [width, height] = [0, 1].map(|axis| (to[axis] - from[axis]) * cell_size[axis]);
        visit(row, col, share * width.hypot(height));
    });
}

/// Visits the cells of the grid whose centre lies in a polygon: row and a range of columns. Nothing
/// for points and lines.
pub fn filled(geometry: &Geometry, grid: &Grid, mut visit: impl FnMut(usize, Range<usize>)) {
    if let Geometry::Polygons(polygons) = geometry {
        for polygon in polygons {
            let rings: Vec<_> =
                polygon.iter().map(|ring| closed(cell_coordinates(grid, ring))).collect();
            scanline::fill(&rings, grid.rows, grid.cols, &mut visit);
        }
    }
}
