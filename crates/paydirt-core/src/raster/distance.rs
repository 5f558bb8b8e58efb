//! Exact Euclidean distance between cells.
//!
//! Each column is swept down and up for the rows to its nearest feature; then each row takes, at
//! each column, the lowest of the parabolas that the columns raise (Felzenszwalb & Huttenlocher
//! 2012, doi:10.4086/toc.2012.v008a019). Linear in the cells, exact for cells of any width and
//! height; GDAL's `proximity`, which passes candidates between neighbours, is not exact. Rows run
//! in parallel and the result does not depend on the number of threads.

use std::collections::BTreeMap;

use rayon::prelude::*;

/// Feature cells in and around a grid. Around it there may be few or many, at any distance.
#[derive(Clone, Debug, PartialEq)]
pub struct Seeds {
    cols: usize,
    /// 0 in a feature cell, infinite elsewhere.
    cells: Vec<f32>,
    /// Rows from the first row to the nearest feature north of it, by column.
    north: Vec<f32>,
    /// Rows from the last row to the nearest feature south of it, by column.
    south: Vec<f32>,
    /// Rows of the features in each column west and east of the grid.
    sides: BTreeMap<i64, Vec<i64>>,
    inside: bool,
}

impl Seeds {
    /// No features yet.
    #[must_use]
    pub fn new(rows: usize, cols: usize) -> Self {
        let none = || vec![f32::INFINITY; cols];
        let cells = vec![f32::INFINITY; rows * cols];
        Self { cols, cells, north: none(), south: none(), sides: BTreeMap::new(), inside: false }
    }

    /// Marks a cell as a feature; rows and columns count from the grid's first.
    pub fn mark(&mut self, row: i64, col: i64) {
        let rows = (self.cells.len() / self.cols) as i64;
        let Some(place) = usize::try_from(col).ok().filter(|&col| col < self.cols) else {
            self.sides.entry(col).or_default().push(row);
            return;
        };
        if row < 0 {
            self.north[place] = self.north[place].min(-row as f32);
        } else if row >= rows {
            self.south[place] = self.south[place].min((row - rows + 1) as f32);
        } else {
            self.cells[row as usize * self.cols + place] = 0.0;
            self.inside = true;
        }
    }

    /// Marks cells of the grid, by their numbers, as features.
    pub fn mark_range(&mut self, units: std::ops::Range<usize>) {
        self.inside |= !units.is_empty();
        self.cells[units].fill(0.0);
    }

    /// Whether a cell of the grid is a feature.
    #[must_use]
    pub const fn any_inside(&self) -> bool {
        self.inside
    }

    /// Whether there is any feature, in the grid or around it.
    #[must_use]
    pub fn any(&self) -> bool {
        let around = self.north.iter().chain(&self.south).any(|rows| rows.is_finite());
        self.inside || around || !self.sides.is_empty()
    }

    /// The distance from each cell's centre to the nearest feature cell's centre, row by row from
    /// the north, in the unit of `cell_width` and `cell_height`, at most `max`; infinite where there
    /// is no feature at all.
    ///
    /// ```
    /// use paydirt_core::raster::distance::Seeds;
    /// let mut seeds = Seeds::new(2, 4);
    /// seeds.mark(1, 0);
    /// let distances = seeds.distances(50.0, 50.0, f64::INFINITY);
    /// assert_eq!(distances[4..], [0.0, 50.0, 100.0, 150.0]);
    /// assert_eq!(distances[1], 5000_f32.sqrt());
    /// ```
    #[must_use]
    pub fn distances(mut self, cell_width: f64, cell_height: f64, max: f64) -> Vec<f32> {
        self.sweep();
        for rows in self.sides.values_mut() {
            rows.sort_unstable();
            rows.dedup();
        }
        let sides = &self.sides;
        let scale = Scale { width: cell_width, ratio: (cell_height / cell_width).powi(2), max };
        self.cells.par_chunks_mut(self.cols).enumerate().for_each_init(
            Vec::new,
            |envelope, (row, values)| {
                envelope.clear();
                raise(envelope, values, sides, row as i64, scale.ratio);
                lower(envelope, values, scale);
            },
        );
        self.cells
    }

    /// Makes each cell the number of rows to the nearest feature of its column.
    fn sweep(&mut self) {
        let near = |values: &mut [f32], neighbours: &[f32]| {
            for (value, neighbour) in values.iter_mut().zip(neighbours) {
                let further = neighbour + 1.0;
                if further < *value {
                    *value = further;
                }
            }
        };
        let last = self.cells.len() / self.cols - 1;
        // the row beside the edge is as far as `north` says: one less than a step away from it
        near(&mut self.cells[..self.cols], &one_less(&self.north));
        for row in 1..=last {
            let (before, values) = self.cells.split_at_mut(row * self.cols);
            near(&mut values[..self.cols], &before[(row - 1) * self.cols..]);
        }
        near(&mut self.cells[last * self.cols..], &one_less(&self.south));
        for row in (0..last).rev() {
            let (values, after) = self.cells.split_at_mut((row + 1) * self.cols);
            near(&mut values[row * self.cols..], &after[..self.cols]);
        }
    }
}

fn one_less(rows: &[f32]) -> Vec<f32> {
    rows.iter().map(|rows| rows - 1.0).collect()
}

/// Width of a cell, squared ratio of its height to its width, largest distance.
#[derive(Clone, Copy)]
struct Scale {
    width: f64,
    ratio: f64,
    max: f64,
}

/// A parabola of the lower envelope: `(col - place)^2 + height`.
#[derive(Clone, Copy)]
struct Parabola {
    place: f64,
    height: f64,
}

impl Parabola {
    /// Twice the column where one farther east gets below this one, times their distance apart:
    /// with square cells all whole numbers, so that nothing is rounded.
    fn rise_to(&self, east: &Self) -> f64 {
        (east.height - self.height) + (east.place - self.place) * (east.place + self.place)
    }

    /// Whether this one is nowhere the lowest between a neighbour to its west and one to its east.
    fn is_hidden(&self, west: &Self, east: &Self) -> bool {
        west.rise_to(self) * (east.place - self.place)
            >= self.rise_to(east) * (self.place - west.place)
    }
}

/// The lower envelope over a row of the parabolas of all columns, in the unit of a cell's width.
fn raise(
    envelope: &mut Vec<Parabola>,
    values: &[f32],
    sides: &BTreeMap<i64, Vec<i64>>,
    row: i64,
    ratio: f64,
) {
    let beside = |(col, rows): (&i64, &Vec<i64>)| {
        let next = rows.partition_point(|&feature| feature < row);
        let nearest = rows[next.saturating_sub(1)..].iter().take(2);
        let distance = nearest.map(|feature| feature.abs_diff(row)).min().unwrap_or(u64::MAX);
        (*col as f64, (distance as f64).powi(2) * ratio)
    };
    for (place, height) in sides.range(..0).map(beside) {
        push(envelope, place, height);
    }
    for (col, &rows) in values.iter().enumerate() {
        if rows.is_finite() {
            push(envelope, col as f64, f64::from(rows).powi(2) * ratio);
        }
    }
    for (place, height) in sides.range(values.len() as i64..).map(beside) {
        push(envelope, place, height);
    }
}

fn push(envelope: &mut Vec<Parabola>, place: f64, height: f64) {
    let new = Parabola { place, height };
    while let [.., before, last] = envelope.as_slice() {
        if !last.is_hidden(before, &new) {
            break;
        }
        envelope.pop();
    }
    envelope.push(new);
}

/// Reads the envelope at each column.
fn lower(envelope: &[Parabola], values: &mut [f32], scale: Scale) {
    let mut start = 0;
    for (index, parabola) in envelope.iter().enumerate() {
        let end = envelope.get(index + 1).map_or(values.len(), |next| {
            let crossing = parabola.rise_to(next) / (2.0 * (next.place - parabola.place));
            ((crossing + 1.0).max(0.0) as usize).clamp(start, values.len())
        });
        for (value, col) in values[start..end].iter_mut().zip(start..) {
            let apart = col as f64 - parabola.place;
            let distance = (apart * apart + parabola.height).sqrt() * scale.width;
            *value = distance.min(scale.max) as f32;
        }
        start = end;
    }
}
