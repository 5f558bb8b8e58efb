//! Blocks of one shape that cover the ground.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ground::{Ground, distance};

/// Shape of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Squares, row by row from the north-west corner.
    #[default]
    Square,
    /// Hexagons with corners in the north and south, as large as the squares would be; one is centred
    /// on the north-west corner. All neighbours of a hexagon share an edge with it.
    Hexagon,
}

/// Which block a place is in: blocks are numbered row by row from the north.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) ground: Ground,
    pub(super) shape: Shape,
    pub(super) block_m: f64,
    pub(super) rows: usize,
    pub(super) cols: usize,
}

impl Layout {
    /// Blocks that cover the ground; `None` where there would be more than `most`.
    pub(super) fn new(ground: Ground, shape: Shape, block_m: f64, most: f64) -> Option<Self> {
        let mut layout = Self { ground, shape, block_m, rows: 0, cols: 0 };
        let [width, height] = layout.ground.size_m;
        let [across, down] = layout.pitch();
        let more = if shape == Shape::Square { 1.0 } else { 2.0 };
        let [cols, rows] = [(width / across).floor() + more, (height / down).floor() + more];
        (layout.rows, layout.cols) = (rows as usize, cols as usize);
        (rows * cols <= most).then_some(layout)
    }

    /// Length of the side of a hexagon.
    fn side(&self) -> f64 {
        self.block_m * (2.0 / (3.0 * 3.0_f64.sqrt())).sqrt()
    }

    /// Metres from one block to the next in its row, and from row to row.
    fn pitch(&self) -> [f64; 2] {
        match self.shape {
            Shape::Square => [self.block_m; 2],
            Shape::Hexagon => [3.0_f64.sqrt() * self.side(), 1.5 * self.side()],
        }
    }

    /// The middle of a hexagon.
    fn middle(&self, row: usize, col: usize) -> [f64; 2] {
        let [across, down] = self.pitch();
        [(col as f64 + (row % 2) as f64 / 2.0) * across, row as f64 * down]
    }

    /// The block of a unit.
    pub(super) fn block(&self, unit: usize) -> usize {
        self.block_at(self.ground.place(unit))
    }

    fn block_at(&self, [east, south]: [f64; 2]) -> usize {
        let [across, down] = self.pitch();
        let row = (south / down) as usize;
        if self.shape == Shape::Square {
            return row * self.cols + (east / across) as usize;
        }
        // The nearest middle is in one of the two rows of middles around the place.
        let in_row = |row: usize| {
            let col = (east / across - (row % 2) as f64 / 2.0).round().max(0.0) as usize;
            (row, col.min(self.cols - 1))
        };
        let [north, south_row] = [row, row + 1].map(|row| in_row(row.min(self.rows - 1)));
        let away = |(row, col): (usize, usize)| distance(self.middle(row, col), [east, south]);
        let (row, col) = if away(south_row) < away(north) { south_row } else { north };
        row * self.cols + col
    }

    /// The corners of a block, clockwise from the north-west or north, in metres.
    pub(super) fn corners(&self, block: usize) -> Vec<[f64; 2]> {
        let (row, col) = (block / self.cols, block % self.cols);
        match self.shape {
            Shape::Square => {
                let [west, east, north, south] = self.edges(block);
                vec![[west, north], [east, north], [east, south], [west, south]]
            }
            Shape::Hexagon => {
                let ([east, south], side) = (self.middle(row, col), self.side());
                let half = self.pitch()[0] / 2.0;
                [[0.0, -1.0], [1.0, -0.5], [1.0, 0.5], [0.0, 1.0], [-1.0, 0.5], [-1.0, -0.5]]
                    .map(|[across, down]| [east + across * half, south + down * side])
                    .to_vec()
            }
        }
    }

    /// West, east, north and south edge of a square, in metres.
    fn edges(&self, block: usize) -> [f64; 4] {
        let [row, col] = [(block / self.cols) as f64, (block % self.cols) as f64];
        [col, col + 1.0, row, row + 1.0].map(|edge| edge * self.block_m)
    }

    /// Metres from a place to a block; 0 within it.
    pub(super) fn distance(&self, place: [f64; 2], block: usize) -> f64 {
        if self.shape == Shape::Square {
            let [west, east, north, south] = self.edges(block);
            let nearest = [place[0].clamp(west, east), place[1].clamp(north, south)];
            return distance(place, nearest);
        }
        if self.block_at(place) == block {
            return 0.0;
        }
        let corners = self.corners(block);
        (0..corners.len())
            .map(|side| to_segment(place, corners[side], corners[(side + 1) % corners.len()]))
            .fold(f64::INFINITY, f64::min)
    }

    /// Steps (rows, columns) to the blocks that a buffer can reach, the nearest first.
    pub(super) fn near(&self, buffer_m: f64) -> Vec<[isize; 2]> {
        let [across, down] = self.pitch();
        // What a step between middles can be longer than the gap between the blocks.
        let slack = if self.shape == Shape::Square { 0.0 } else { 2.0 * self.side() };
        let reach = |pitch: f64, most: usize| {
            ((buffer_m + slack) / pitch + 0.5).ceil().min(most as f64) as isize
        };
        let (rows, cols) = (reach(down, self.rows), reach(across, self.cols));
        let gap = |[row, col]: &[isize; 2]| match self.shape {
            Shape::Square => {
                let gap = |step: &isize| step.unsigned_abs().saturating_sub(1) as f64;
                gap(row).hypot(gap(col)) * self.block_m
            }
            Shape::Hexagon => {
                let shift = (row.unsigned_abs() % 2) as f64 / 2.0;
                let aside = (col.unsigned_abs() as f64 - shift).max(0.0) * across;
                aside.hypot(row.unsigned_abs() as f64 * down) - slack
            }
        };
        let mut near: Vec<[isize; 2]> = (-rows..=rows)
            .flat_map(|row| (-cols..=cols).map(move |col| [row, col]))
            .filter(|step| *step != [0, 0] && buffer_m > 0.0 && gap(step) < buffer_m)
            .collect();
        near.sort_by(|a, b| gap(a).total_cmp(&gap(b)));
        near
    }
}

/// Metres from a place to the segment between two others.
fn to_segment(place: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let [along, aside] = [to[0] - from[0], to[1] - from[1]];
    let part = ((place[0] - from[0]) * along + (place[1] - from[1]) * aside)
        / along.mul_add(along, aside * aside);
    let part = part.clamp(0.0, 1.0);
    distance(place, [from[0] + part * along, from[1] + part * aside])
}
