//! The surface of minimum curvature through the known cells of a torus (Briggs 1974,
//! doi:10.1190/1.1440410): what gaps and padding are filled with.
//!
//! Cells without a value satisfy `lap(lap(u)) = 0` with the Laplacian in metres, so that level and slope go
//! on across the edge of a gap. Opposite edges of the plane are neighbours. Long waves are found
//! on a plane of half the rows and columns (and so on down to one cell); what is left, shorter than
//! nine cells, is smoothed away by 32 Chebyshev iterations (Golub & Varga 1961,
//! doi:10.1007/BF01386013). Linear in the cells; the same bits whatever the number of threads.

use rayon::prelude::*;

/// Iterations on each plane.
const SWEEPS: usize = 32;
/// Largest over smallest eigenvalue that they treat: squares of Laplacians 8 and 0.5, the latter
/// that of waves nine cells long.
const CONDITION: f64 = 256.0;

/// A plane on a torus.
#[derive(Clone, Copy, Debug)]
pub(super) struct Torus {
    pub(super) rows: usize,
    pub(super) cols: usize,
    /// Width over height of a cell, squared.
    pub(super) aspect: f64,
}

/// Gives each cell that is not known a value. Nothing is done where no cell is known.
pub(super) fn fill(values: &mut [f64], known: &[bool], torus: Torus) {
    if known.iter().all(|known| *known) || !known.contains(&true) {
        return;
    }
    let (mut coarse, coarse_known, half) = halved(values, known, torus);
    fill(&mut coarse, &coarse_known, half);
    let cols = torus.cols;
    values.par_chunks_mut(cols).zip(known.par_chunks(cols)).enumerate().for_each(
        |(row, (line, known))| {
            for (col, value) in line.iter_mut().enumerate().filter(|(col, _)| !known[*col]) {
                *value = between(&coarse, half, row, col);
            }
        },
    );
    drop(coarse);
    relax(values, known, torus);
}

/// Means of the known cells of each two by two.
fn halved(values: &[f64], known: &[bool], torus: Torus) -> (Vec<f64>, Vec<bool>, Torus) {
    let half = Torus { rows: torus.rows.div_ceil(2), cols: torus.cols.div_ceil(2), ..torus };
    let mean = |cell: usize| {
        let (row, col) = (cell / half.cols * 2, cell % half.cols * 2);
        let (mut sum, mut count) = (0.0, 0.0);
        for row in row..(row + 2).min(torus.rows) {
            for unit in row * torus.cols + col..row * torus.cols + (col + 2).min(torus.cols) {
                if known[unit] {
                    sum += values[unit];
                    count += 1.0;
                }
            }
        }
        if count > 0.0 { (sum / count, true) } else { (0.0, false) }
    };
    let (coarse, known) = (0..half.rows * half.cols).into_par_iter().map(mean).unzip();
    (coarse, known, half)
}

/// The value of a plane of half the rows and columns at a cell, interpolated between four.
fn between(coarse: &[f64], half: Torus, row: usize, col: usize) -> f64 {
    // an even cell lies a quarter of a coarse cell before the middle of its own, an odd one behind
    let pair = |index: usize, count: usize| {
        let own = index / 2;
        let other = if index.is_multiple_of(2) { own + count - 1 } else { own + 1 };
        [own, other % count]
    };
    let (rows, cols) = (pair(row, half.rows), pair(col, half.cols));
    let along = |row: usize| {
        0.75 * coarse[row * half.cols + cols[0]] + 0.25 * coarse[row * half.cols + cols[1]]
    };
    0.75 * along(rows[0]) + 0.25 * along(rows[1])
}

impl Torus {
    /// The Laplacian at each cell of a row, times the squared width of a cell.
    fn laplacian<'a>(&self, plane: &'a [f64], row: usize) -> impl Fn(usize) -> f64 + use<'a> {
        let Self { rows, cols, aspect } = *self;
        let line = |row: usize| &plane[row * cols..(row + 1) * cols];
        let (north, own, south) =
            (line((row + rows - 1) % rows), line(row), line((row + 1) % rows));
        move |col| {
            let west = own[if col == 0 { cols - 1 } else { col - 1 }];
            let east = own[if col + 1 == cols { 0 } else { col + 1 }];
            (west - 2.0 * own[col] + east) + aspect * (north[col] - 2.0 * own[col] + south[col])
        }
    }
}

/// Chebyshev iterations on the cells that are not known.
fn relax(values: &mut [f64], known: &[bool], torus: Torus) {
    let cols = torus.cols;
    let largest = (4.0 + 4.0 * torus.aspect).powi(2);
    let smallest = largest / CONDITION;
    let (middle, half) = (f64::midpoint(largest, smallest), (largest - smallest) / 2.0);
    let mut curvature = vec![0.0; values.len()];
    let mut change = vec![0.0; values.len()];
    let mut momentum = half / middle;
    let (mut keep, mut take) = (0.0, 1.0 / middle);
    for _ in 0..SWEEPS {
        curvature.par_chunks_mut(cols).enumerate().for_each(|(row, line)| {
            let laplacian = torus.laplacian(values, row);
            line.iter_mut().enumerate().for_each(|(col, value)| *value = laplacian(col));
        });
        let lines = values.par_chunks_mut(cols).zip(change.par_chunks_mut(cols));
        lines.zip(known.par_chunks(cols)).enumerate().for_each(|(row, ((line, change), known))| {
            let laplacian = torus.laplacian(&curvature, row);
            for col in (0..cols).filter(|col| !known[*col]) {
                change[col] = keep * change[col] - take * laplacian(col);
                line[col] += change[col];
            }
        });
        let next = 1.0 / (2.0 * middle / half - momentum);
        (keep, take) = (next * momentum, 2.0 * next / half);
        momentum = next;
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    fn wave(torus: Torus) -> Vec<f64> {
        (0..torus.rows * torus.cols)
            .map(|unit| {
                let row = (unit / torus.cols) as f64 / torus.rows as f64;
                let col = (unit % torus.cols) as f64 / torus.cols as f64;
                (TAU * row).sin() + (TAU * col).cos()
            })
            .collect()
    }

    #[test]
    fn a_hole_in_a_smooth_field_is_bridged_and_known_cells_stay() {
        for aspect in [1.0, 4.0, 0.3] {
            let torus = Torus { rows: 63, cols: 75, aspect };
            let truth = wave(torus);
            let hole = |unit: usize| {
                let (row, col) = ((unit / 75) as f64, (unit % 75) as f64);
                (row - 30.0).hypot(col - 3.0) < 6.0
            };
            let known: Vec<bool> = (0..truth.len()).map(|unit| !hole(unit)).collect();
            let mut filled: Vec<f64> =
                (0..truth.len()).map(|unit| if known[unit] { truth[unit] } else { 9.0 }).collect();
            fill(&mut filled, &known, torus);
            for (unit, (filled, truth)) in filled.iter().zip(&truth).enumerate() {
                let off = (filled - truth).abs();
                assert!(off < if known[unit] { 1e-15 } else { 0.03 }, "{aspect} {unit} {off}");
            }
        }
    }

    #[test]
    fn one_known_cell_fills_the_torus_and_none_does_nothing() {
        let torus = Torus { rows: 9, cols: 5, aspect: 1.0 };
        let mut values = vec![0.0; 45];
        let mut known = vec![false; 45];
        fill(&mut values, &known, torus);
        assert_eq!(values, [0.0; 45]);
        (values[7], known[7]) = (3.0, true);
        fill(&mut values, &known, torus);
        assert!(values.iter().all(|value| (value - 3.0).abs() < 1e-9), "{values:?}");
    }
}
