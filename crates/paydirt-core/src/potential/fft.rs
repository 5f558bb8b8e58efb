//! The real two-dimensional Fourier transform of a plane with an odd number of rows and columns.
//!
//! Rows are transformed, the half-spectrum is transposed, columns are transformed: each a line of
//! memory, in parallel. No sum crosses a line, so the bits do not depend on the number of threads.

use std::f64::consts::TAU;
use std::sync::Arc;

use rayon::prelude::*;
use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use rustfft::{Fft, FftPlanner};

use super::Wave;

/// The half-spectrum of a plane: waves to the east from 0 on, and for each all waves to the north.
pub struct Spectrum {
    /// One line of `rows` numbers a wave to the east.
    lines: Vec<Complex<f64>>,
    rows: usize,
    cols: usize,
    cell_m: [f64; 2],
}

/// The next odd number whose only factors are 3, 5 and 7.
///
/// ```
/// use paydirt_core::potential::fft::good_size;
/// assert_eq!([1, 8, 100, 300].map(good_size), [1, 9, 105, 315]);
/// ```
#[must_use]
pub fn good_size(least: usize) -> usize {
    let is_good = |size: &usize| {
        let rest = [3, 5, 7].iter().fold(*size, |mut rest, factor| {
            while rest % factor == 0 {
                rest /= factor;
            }
            rest
        });
        rest == 1
    };
    (least.max(1) | 1..).step_by(2).find(is_good).unwrap_or(least)
}

impl Spectrum {
    /// Transforms a plane, row by row from the north, of `cols` columns; cells are so many metres
    /// wide and high.
    ///
    /// # Panics
    /// Never for an odd number of rows and columns.
    #[must_use]
    pub fn of(mut plane: Vec<f64>, cols: usize, cell_m: [f64; 2]) -> Self {
        let (rows, bins) = (plane.len() / cols, cols / 2 + 1);
        let east: Arc<dyn RealToComplex<f64>> = RealFftPlanner::new().plan_fft_forward(cols);
        let mut by_row = vec![Complex::default(); rows * bins];
        by_row.par_chunks_mut(bins).zip(plane.par_chunks_mut(cols)).for_each_init(
            || east.make_scratch_vec(),
            |scratch, (bins, values)| {
                // the lengths are those of the plan, which is all that is checked
                let _ = east.process_with_scratch(values, bins, scratch);
            },
        );
        drop(plane);
        let mut lines = transposed(&by_row, bins);
        drop(by_row);
        each_line(&mut lines, rows, &FftPlanner::new().plan_fft_forward(rows));
        Self { lines, rows, cols, cell_m }
    }

    /// The plane of the spectrum times a kernel, which is asked for each wave. The kernel of the
    /// opposite wave is taken to be the conjugate: what comes back is real.
    #[must_use]
    pub fn filtered(&self, kernel: impl Fn(Wave) -> Complex<f64> + Sync) -> Vec<f64> {
        let (rows, cols, bins) = (self.rows, self.cols, self.cols / 2 + 1);
        let mut lines = self.lines.clone();
        lines.par_chunks_mut(rows).enumerate().for_each(|(bin, line)| {
            for (row, value) in line.iter_mut().enumerate() {
                *value *= kernel(self.wave(bin, row));
            }
        });
        each_line(&mut lines, rows, &FftPlanner::new().plan_fft_inverse(rows));
        let mut by_row = transposed(&lines, rows);
        drop(lines);
        let east: Arc<dyn ComplexToReal<f64>> = RealFftPlanner::new().plan_fft_inverse(cols);
        let (mut plane, share) = (vec![0.0; rows * cols], 1.0 / (rows * cols) as f64);
        plane.par_chunks_mut(cols).zip(by_row.par_chunks_mut(bins)).for_each_init(
            || east.make_scratch_vec(),
            |scratch, (values, bins)| {
                bins[0].im = 0.0;
                let _ = east.process_with_scratch(bins, values, scratch);
                values.iter_mut().for_each(|value| *value *= share);
            },
        );
        plane
    }

    /// Rows run south, so a wave that counts up along them runs south too.
    fn wave(&self, bin: usize, row: usize) -> Wave {
        let south = if row > self.rows / 2 { row as f64 - self.rows as f64 } else { row as f64 };
        Wave {
            east: TAU * bin as f64 / (self.cols as f64 * self.cell_m[0]),
            north: -TAU * south / (self.rows as f64 * self.cell_m[1]),
        }
    }
}

/// Transforms each line of `length` numbers in place.
fn each_line(lines: &mut [Complex<f64>], length: usize, plan: &Arc<dyn Fft<f64>>) {
    lines.par_chunks_mut(length).for_each_init(
        || vec![Complex::default(); plan.get_inplace_scratch_len()],
        |scratch, line| plan.process_with_scratch(line, scratch),
    );
}

/// The matrix with `cols` columns, its rows made columns; in bands that fit into the cache.
fn transposed(matrix: &[Complex<f64>], cols: usize) -> Vec<Complex<f64>> {
    const BAND: usize = 16;
    let rows = matrix.len() / cols;
    let mut out = vec![Complex::default(); matrix.len()];
    out.par_chunks_mut(BAND * rows).enumerate().for_each(|(band, out)| {
        for (row, line) in matrix.chunks(cols).enumerate() {
            for (col, value) in line[band * BAND..].iter().take(out.len() / rows).enumerate() {
                out[col * rows + row] = *value;
            }
        }
    });
    out
}
