//! Outlines of cells as polygons that follow the cells' edges.

use std::collections::BTreeMap;

use super::runs::{Run, groups};
use crate::grid::Grid;
use crate::mask::Mask;

/// A polygon: its outer ring anticlockwise, then its holes clockwise, each ring closed (its first
/// place is its last, too); places as `[easting, northing]`.
pub type Polygon = Vec<Vec<[f64; 2]>>;

/// A corner of cells: the north-western corner of the cell of this row and column.
type Corner = (usize, usize);

/// The outlines of a set of cells: one polygon for each part whose cells share edges. Cells that
/// touch at a corner only are polygons that touch at a point, so every polygon and all of them
/// together are valid simple features (OGC 06-103r4, 6.1.11 and 6.1.14). `cells` holds the runs and
/// no other cell that shares an edge with them.
pub(crate) fn polygons(runs: &[Run], cells: &Mask, grid: &Grid) -> Vec<Polygon> {
    let on_map = |&(row, col): &Corner| {
        let origin = &grid.transform;
        [
            origin.west + col as f64 * origin.cell_width,
            origin.north - row as f64 * origin.cell_height,
        ]
    };
    let polygon = |part: &Vec<Run>| {
        let mut rings = rings(edges(part, cells, grid));
        rings.sort_by_key(|ring| doubled_area(ring) < 0);
        rings.iter().map(|ring| ring.iter().map(on_map).collect()).collect()
    };
    groups(runs, &[0, 0]).iter().map(polygon).collect()
}

/// The edges between the cells and what lies around them, each with the cells on its left: from each
/// corner to one or two others.
fn edges(runs: &[Run], cells: &Mask, grid: &Grid) -> BTreeMap<Corner, Vec<Corner>> {
    let inside = |row: Option<usize>, col: Option<usize>| match (row, col) {
        (Some(row), Some(col)) if row < grid.rows && col < grid.cols => {
            cells.get(row * grid.cols + col)
        }
        _ => false,
    };
    let mut edges: BTreeMap<Corner, Vec<Corner>> = BTreeMap::new();
    for (row, col) in runs.iter().flat_map(|run| (run.first..=run.last).map(|col| (run.row, col))) {
        let [north_west, north_east] = [(row, col), (row, col + 1)];
        let [south_west, south_east] = [(row + 1, col), (row + 1, col + 1)];
        let sides = [
            (Some(row + 1), Some(col), south_west, south_east),
            (Some(row), Some(col + 1), south_east, north_east),
            (row.checked_sub(1), Some(col), north_east, north_west),
            (Some(row), col.checked_sub(1), north_west, south_west),
        ];
        for (beside_row, beside_col, from, to) in sides {
            if !inside(beside_row, beside_col) {
                edges.entry(from).or_default().push(to);
            }
        }
    }
    edges
}

/// Walks the edges and cuts a ring off wherever the walk meets its own track, so no ring touches
/// itself. As the cells share edges with one another, two rings meet at one corner at most and the
/// rings are the same whichever way the walk takes.
fn rings(mut edges: BTreeMap<Corner, Vec<Corner>>) -> Vec<Vec<Corner>> {
    let mut rings = Vec::new();
    while let Some((&start, _)) = edges.first_key_value() {
        let mut track = vec![start];
        let mut passed = BTreeMap::from([(start, 0)]);
        let mut here = start;
        while let Some(next) = take(&mut edges, here) {
            if let Some(&met) = passed.get(&next) {
                let ring = track.split_off(met + 1);
                for corner in &ring {
                    passed.remove(corner);
                }
                rings.push(closed(next, ring));
            } else {
                passed.insert(next, track.len());
                track.push(next);
            }
            here = next;
        }
    }
    rings
}

/// Takes one of the edges that leave a corner.
fn take(edges: &mut BTreeMap<Corner, Vec<Corner>>, from: Corner) -> Option<Corner> {
    let leaving = edges.get_mut(&from)?;
    let next = leaving.pop();
    if leaving.is_empty() {
        edges.remove(&from);
    }
    next
}

/// A ring through a first corner and the others, without those where it runs straight on, closed.
fn closed(first: Corner, others: Vec<Corner>) -> Vec<Corner> {
    let mut ring = vec![first];
    ring.extend(others);
    let count = ring.len();
    let turns = |&index: &usize| {
        let (before, after) = (ring[(index + count - 1) % count], ring[(index + 1) % count]);
        before.0 != after.0 && before.1 != after.1
    };
    let mut corners: Vec<Corner> = (0..count).filter(turns).map(|index| ring[index]).collect();
    corners.extend(corners.first().copied());
    corners
}

/// Twice the area of a ring in cells: positive anticlockwise, negative clockwise.
fn doubled_area(ring: &[Corner]) -> i64 {
    let cross = |pair: &[Corner]| {
        let [(row, col), (next_row, next_col)] =
            [pair[0], pair[1]].map(|(row, col)| (row as i64, col as i64));
        next_col * row - col * next_row
    };
    ring.windows(2).map(cross).sum()
}
