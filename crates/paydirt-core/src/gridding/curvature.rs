//! Minimum curvature with tension: the surface that bends least and passes through the samples.
//!
//! With tension `T` it minimises `(1 - T) int(z_ee^2 + 2 z_en^2 + z_nn^2) + T int(z_e^2 + z_n^2) / L^2`
//! with `pi L` the spacing of samples, so that between them `(1 - T) del^4 z = T del^2 z / L^2` (Smith &
//! Wessel 1990, doi:10.1190/1.1442837, who take the width of a cell for `L`: their surface changes with
//! the grid); edges are free. Solved on cells of twice the size first, and so on, each surface the
//! start of the next, by successive over-relaxation.

use rayon::prelude::*;

use super::{Estimate, Frame, Interpolant, Place, Samples};

/// Relaxation: over 1 goes farther than each equation asks.
const RELAXATION: f64 = 1.4;

/// Of the value at a sample, which hangs on the slope there: less than 1, so that samples in
/// neighbouring cells do not drive each other on.
const SAMPLE_RELAXATION: f64 = 0.5;

/// A change of so many spreads of the samples in a sweep leads nowhere.
const RUN_AWAY: f64 = 100.0;

/// Numbers of the solution.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) tension: f64,
    /// The length `L` at which tension and bending are compared.
    pub(crate) length_m: f64,
    /// Largest change in a sweep, as a share of the standard deviation of the samples.
    pub(crate) tolerance: f64,
    pub(crate) most_sweeps: usize,
}

/// The least-squares plane through samples; flat where they lie on a line.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Plane {
    middle: Place,
    mean: f64,
    slope: Place,
}

impl Plane {
    fn of(samples: &Samples) -> Self {
        let n = samples.len() as f64;
        let middle = [0, 1].map(|axis| samples.places.iter().map(|p| p[axis]).sum::<f64>() / n);
        let mean = samples.mean();
        let [mut ee, mut nn, mut en, mut ez, mut nz] = [0.0; 5];
        for (place, value) in samples.places.iter().zip(&samples.values) {
            let [e, n] = [place[0] - middle[0], place[1] - middle[1]];
            let z = value - mean;
            [ee, nn, en, ez, nz] = [ee + e * e, nn + n * n, en + e * n, ez + e * z, nz + n * z];
        }
        let determinant = ee * nn - en * en;
        let slope = if samples.are_collinear() {
            [0.0; 2]
        } else {
            [(ez * nn - nz * en) / determinant, (nz * ee - ez * en) / determinant]
        };
        Self { middle, mean, slope }
    }

    fn at(&self, [east, north]: Place) -> f64 {
        let [e, n] = [east - self.middle[0], north - self.middle[1]];
        self.mean + self.slope[0] * e + self.slope[1] * n
    }
}

/// A cell with samples in it: how far they are from its centre, in cells east and south, and their
/// mean value.
#[derive(Clone, Copy, Debug)]
struct Pin {
    col: usize,
    offset: [f64; 2],
    value: f64,
}

/// A sample: row and column of its cell, how far it is from its centre, and its value.
type Placed = (usize, usize, [f64; 2], f64);

/// The surface while it is sought.
struct Level {
    rows: usize,
    cols: usize,
    /// Squared ratio of a cell's width to its height.
    squash: f64,
    /// Weights of bending and of tension.
    bend: f64,
    pull: f64,
    values: Vec<f64>,
    /// Cells with samples, by row, from the west.
    pins: Vec<Vec<Pin>>,
    /// Whether a sample counts where it lies, or at the centre of its cell.
    slopes: bool,
}

/// How the search for a surface ended.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    sweeps: usize,
    /// The last change, as a share of the samples' spread.
    change: f64,
    ran_away: bool,
}

impl Level {
    fn new(frame: &Frame, samples: &[(Place, f64)], effort: Effort) -> Self {
        let Frame { rows, cols, cell_m } = *frame;
        let mut cells: Vec<Placed> = Vec::new();
        for (place, value) in samples {
            let [col, row] = frame.position(*place);
            if row < -0.5 || col < -0.5 || row >= rows as f64 - 0.5 || col >= cols as f64 - 0.5 {
                continue;
            }
            let (near_row, near_col) = ((row + 0.5) as usize, (col + 0.5) as usize);
            let offset = [col - near_col as f64, row - near_row as f64];
            cells.push((near_row, near_col, offset, *value));
        }
        cells.sort_by_key(|cell| (cell.0, cell.1));
        let mut pins = vec![Vec::new(); rows];
        for same in cells.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let mean =
                |of: fn(&Placed) -> f64| same.iter().map(of).sum::<f64>() / same.len() as f64;
            let offset = [mean(|cell| cell.2[0]), mean(|cell| cell.2[1])];
            pins[same[0].0].push(Pin { col: same[0].1, offset, value: mean(|cell| cell.3) });
        }
        let squash = (cell_m[0] / cell_m[1]).powi(2);
        let pull = effort.tension * (cell_m[0] / effort.length_m).powi(2);
        let values = vec![0.0; rows * cols];
        Self { rows, cols, squash, bend: 1.0 - effort.tension, pull, values, pins, slopes: true }
    }

    /// Takes the start from a surface of cells twice as large.
    fn start(&mut self, frame: &Frame, coarse: &Self, coarse_frame: &Frame) {
        let cols = self.cols;
        self.values.par_chunks_mut(cols).enumerate().for_each(|(row, values)| {
            for (col, value) in values.iter_mut().enumerate() {
                *value = coarse.at(coarse_frame.position(frame.centre(row, col)));
            }
        });
    }

    /// Bilinear between centres of cells, level beyond the outermost.
    fn at(&self, [col, row]: [f64; 2]) -> f64 {
        let part = |place: f64, count: usize| {
            let place = place.clamp(0.0, (count - 1) as f64);
            let low = (place as usize).min(count.saturating_sub(2));
            (low, (low + 1).min(count - 1), place - low as f64)
        };
        let (west, east, across) = part(col, self.cols);
        let (north, south, down) = part(row, self.rows);
        let line = |row: usize| {
            let [a, b] = [west, east].map(|col| self.values[row * self.cols + col]);
            a + (b - a) * across
        };
        line(north) + (line(south) - line(north)) * down
    }

    fn value(&self, row: usize, col: usize) -> f64 {
        self.values[row * self.cols + col]
    }

    /// Sweeps until hardly anything changes. Cells between samples always settle; where samples lie in
    /// every cell their slopes may drive each other on.
    fn settle(&mut self, effort: Effort, spread: f64) -> End {
        let spread = if spread > 0.0 { spread } else { 1.0 };
        let mut end = End { change: f64::INFINITY, ..End::default() };
        while end.change > effort.tolerance && end.sweeps < effort.most_sweeps {
            end.change = self.sweep() / spread;
            end.sweeps += 1;
            if end.change.is_nan() || end.change > RUN_AWAY {
                return End { ran_away: true, ..end };
            }
        }
        end
    }

    /// One sweep; the largest change. Rows that lie three apart do not touch each other, so they go
    /// at once, and the result does not depend on the number of threads.
    fn sweep(&mut self) -> f64 {
        let mut change = 0.0_f64;
        for turn in 0..3 {
            let rows: Vec<usize> = (turn..self.rows).step_by(3).collect();
            let swept: Vec<(Vec<f64>, f64)> = rows.par_iter().map(|row| self.row(*row)).collect();
            for (row, (values, most)) in rows.into_iter().zip(swept) {
                self.values[row * self.cols..][..self.cols].copy_from_slice(&values);
                change = change.max(most);
            }
        }
        change
    }

    /// A row, relaxed from west to east.
    fn row(&self, row: usize) -> (Vec<f64>, f64) {
        let mut line = self.values[row * self.cols..][..self.cols].to_vec();
        let mut change = 0.0_f64;
        let mut pins = self.pins[row].iter().peekable();
        let inner = row >= 2 && row + 2 < self.rows;
        for col in 0..self.cols {
            let old = line[col];
            let new = if let Some(pin) = pins.next_if(|pin| pin.col == col) {
                let wanted = self.pinned(&line, row, pin);
                if self.slopes { old + SAMPLE_RELAXATION * (wanted - old) } else { pin.value }
            } else {
                let wanted = if inner && col >= 2 && col + 2 < self.cols {
                    self.inside(&line, row, col)
                } else {
                    self.at_edge(&line, row, col)
                };
                old + RELAXATION * (wanted - old)
            };
            change = change.max((new - old).abs());
            line[col] = new;
        }
        (line, change)
    }

    /// The value with which the surface passes through a sample near the centre of the cell: the
    /// sample's, less the slope times the distance.
    fn pinned(&self, line: &[f64], row: usize, pin: &Pin) -> f64 {
        let half = |low: f64, high: f64, whole: bool| (high - low) / if whole { 2.0 } else { 1.0 };
        let mut value = pin.value;
        if self.cols > 1 {
            let [west, east] = [pin.col.saturating_sub(1), (pin.col + 1).min(self.cols - 1)];
            value -= pin.offset[0] * half(line[west], line[east], east - west == 2);
        }
        if self.rows > 1 {
            let [north, south] = [row.saturating_sub(1), (row + 1).min(self.rows - 1)];
            let of = |at: usize| if at == row { line[pin.col] } else { self.value(at, pin.col) };
            value -= pin.offset[1] * half(of(north), of(south), south - north == 2);
        }
        value
    }

    /// What the thirteen-point equation asks of a cell at least two from each edge.
    fn inside(&self, line: &[f64], row: usize, col: usize) -> f64 {
        let a = self.squash;
        let at = |down: isize, right: isize| {
            self.values
                [(row as isize + down) as usize * self.cols + (col as isize + right) as usize]
        };
        let beside = line[col - 1] + line[col + 1];
        let above = at(-1, 0) + at(1, 0);
        let far = line[col - 2] + line[col + 2];
        let far_above = at(-2, 0) + at(2, 0);
        let corners = at(-1, -1) + at(-1, 1) + at(1, -1) + at(1, 1);
        let bend = (4.0 + 4.0 * a) * beside + (4.0 * a + 4.0 * a * a) * above
            - far
            - a * a * far_above
            - 2.0 * a * corners;
        let pull = beside + a * above;
        let own = self.bend * (6.0 + 8.0 * a + 6.0 * a * a) + self.pull * (2.0 + 2.0 * a);
        (self.bend * bend + self.pull * pull) / own
    }

    /// The same from the energy itself: each of its terms in which the cell stands.
    fn at_edge(&self, line: &[f64], row: usize, col: usize) -> f64 {
        let (a, b, t) = (self.squash, self.bend, self.pull);
        let (rows, cols) = (self.rows as isize, self.cols as isize);
        let (mut own, mut pull) = (0.0, 0.0);
        // a term `weight (sum of factor * value)^2`, with cells counted from this one
        let mut term = |weight: f64, cells: &[(isize, isize, f64)]| {
            let mut rest = 0.0;
            let mut factor = 0.0;
            for &(down, right, times) in cells {
                let (r, c) = (row as isize + down, col as isize + right);
                if !(0..rows).contains(&r) || !(0..cols).contains(&c) {
                    return;
                }
                match (down, right) {
                    (0, 0) => factor = times,
                    (0, _) => rest += times * line[c as usize],
                    _ => rest += times * self.values[(r * cols + c) as usize],
                }
            }
            own += weight * factor * factor;
            pull -= weight * factor * rest;
        };
        for k in -1..=1 {
            term(1.0 - t, &[(0, k - 1, 1.0), (0, k, -2.0), (0, k + 1, 1.0)]);
            term(b * a * a, &[(k - 1, 0, 1.0), (k, 0, -2.0), (k + 1, 0, 1.0)]);
        }
        for (d, r) in [(-1, -1), (-1, 0), (0, -1), (0, 0)] {
            let block = [(d, r, 1.0), (d, r + 1, -1.0), (d + 1, r, -1.0), (d + 1, r + 1, 1.0)];
            term(2.0 * b * a, &block);
        }
        for k in [-1, 0] {
            term(t, &[(0, k, -1.0), (0, k + 1, 1.0)]);
            term(t * a, &[(k, 0, -1.0), (k + 1, 0, 1.0)]);
        }
        if own > 0.0 { pull / own } else { line[col] }
    }
}

/// A solved surface.
pub(crate) struct Curvature {
    plane: Plane,
    frame: Frame,
    surface: Level,
    notes: Vec<String>,
}

impl Curvature {
    pub(crate) fn solve(samples: &Samples, frame: &Frame, effort: Effort) -> Self {
        let plane = Plane::of(samples);
        let rest: Vec<(Place, f64)> = samples
            .places
            .iter()
            .zip(&samples.values)
            .map(|(place, value)| (*place, value - plane.at(*place)))
            .collect();
        let spread = (rest.iter().map(|(_, z)| z * z).sum::<f64>() / rest.len() as f64).sqrt();
        let outside = rest.iter().filter(|(place, _)| frame.distance_m(*place) > 0.0).count();
        let mut frames = vec![*frame];
        while let Some(last) = frames.last().filter(|last| last.rows.max(last.cols) > 4) {
            frames.push(last.halved());
        }
        let levels = frames.len();
        let mut solved: Option<(Frame, Level)> = None;
        let mut end = End::default();
        for (turn, frame) in frames.into_iter().rev().enumerate() {
            let last = turn + 1 == levels;
            let mut level = Level::new(&frame, &rest, effort);
            level.slopes = last;
            let start = |level: &mut Level| match &solved {
                Some((coarse_frame, coarse)) => level.start(&frame, coarse, coarse_frame),
                None => level.values.fill(0.0),
            };
            start(&mut level);
            end = level.settle(effort, spread);
            if end.ran_away {
                level.slopes = false;
                start(&mut level);
                end = End { ran_away: true, ..level.settle(effort, spread) };
            }
            solved = Some((frame, level));
        }
        let mut notes = Vec::new();
        if outside > 0 {
            notes.push(format!("{outside} samples lie outside the grid and were left out"));
        }
        if end.ran_away {
            notes.push(
                "samples lie too dense for these cells: they count at the centres of theirs".into(),
            );
        }
        if end.change > effort.tolerance {
            notes.push(format!(
                "the surface still changed by {:.2e} of the samples' spread after {} sweeps: allow \
                 more `sweeps`",
                end.change, end.sweeps
            ));
        }
        let (frame, surface) = solved.unwrap_or_else(|| (*frame, Level::new(frame, &rest, effort)));
        Self { plane, frame, surface, notes }
    }
}

impl Interpolant for Curvature {
    fn estimate(&self, places: &[Place]) -> Vec<Estimate> {
        let at = |place: &Place| {
            if self.frame.distance_m(*place) > 0.0 {
                return Estimate::NONE;
            }
            let value = self.plane.at(*place) + self.surface.at(self.frame.position(*place));
            Estimate { value, spread: f64::NAN }
        };
        places.iter().map(at).collect()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
