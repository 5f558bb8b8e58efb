//! Sums over a disc around each cell.

use std::ops::{AddAssign, Sub};

use rayon::prelude::*;

/// The cells whose centre lies within a radius of a cell's centre: for each row away from it, 0 to
/// the last, how many columns to each side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disc {
    half_widths: Vec<usize>,
}

impl Disc {
    /// The disc of a radius, in the unit of the cells' width and height.
    #[must_use]
    pub fn new(radius: f64, cell_width: f64, cell_height: f64) -> Self {
        // a centre at the radius itself is within it, whatever the rounding
        let whole = |cells: f64| (cells + 1e-9).floor().max(0.0) as usize;
        let half_widths = (0..=whole(radius / cell_height))
            .map(|rows| {
                let height = rows as f64 * cell_height;
                whole((radius * radius - height * height).max(0.0).sqrt() / cell_width)
            })
            .collect();
        Self { half_widths }
    }

    /// The cells that lie wholly within so far east, west, north and south of a cell's centre, which
    /// is a rectangle: the cell alone at least.
    ///
    /// ```
    /// use paydirt_core::raster::disc::Disc;
    /// let window = Disc::rectangle(75.0, 50.0, 30.0);
    /// assert_eq!((window.cols(), window.rows(), window.cells()), (1, 2, 15));
    /// ```
    #[must_use]
    pub fn rectangle(half_size: f64, cell_width: f64, cell_height: f64) -> Self {
        let whole = |cells: f64| (cells - 0.5 + 1e-9).floor().max(0.0) as usize;
        let half_width = whole(half_size / cell_width);
        Self { half_widths: vec![half_width; whole(half_size / cell_height) + 1] }
    }

    /// How many rows it reaches to the north and to the south.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.half_widths.len() - 1
    }

    /// How many columns it reaches to the west and to the east.
    #[must_use]
    pub fn cols(&self) -> usize {
        self.half_widths[0]
    }

    /// How many cells it has.
    #[must_use]
    pub fn cells(&self) -> usize {
        let in_row = |half_width: &usize| 2 * half_width + 1;
        2 * self.half_widths.iter().map(in_row).sum::<usize>() - in_row(&self.half_widths[0])
    }

    /// How many columns it reaches to each side in a row so far from its centre.
    #[must_use]
    pub fn half_width(&self, rows_away: usize) -> Option<usize> {
        self.half_widths.get(rows_away).copied()
    }

    /// The sum of `plane` over the disc around each cell of a grid of `cols` columns, as
    /// [`Disc::fold`]. Exactly 0 where the plane is 0 all over the disc.
    ///
    /// ```
    /// use paydirt_core::raster::disc::Disc;
    /// let disc = Disc::new(50.0, 50.0, 50.0);
    /// assert_eq!(disc.cells(), 5);
    /// // one cell, and the eight around it: its own and the four that share an edge count
    /// assert_eq!(disc.sums(&[1., 2., 4., 8., 16., 32., 64., 128., 256.], 1), [186.0]);
    /// ```
    #[must_use]
    pub fn sums(&self, plane: &[f32], cols: usize) -> Vec<f64> {
        self.fold(plane, cols, |_, _, value| f64::from(value), |_, _, sum| sum)
    }

    /// What `finish` makes of the sum of `term` over the disc around each cell of a grid of `cols`
    /// columns; the plane is the grid with [`Disc::rows`] rows and [`Disc::cols`] columns added on
    /// each side. `term` is given a row and column of the plane and the value there, `finish` a row
    /// and column of the grid and the sum. One running sum a row of the disc makes it independent
    /// of the disc's width.
    #[must_use]
    pub fn fold<T: Sum, U: Copy + Default + Send>(
        &self,
        plane: &[f32],
        cols: usize,
        term: impl Fn(usize, usize, f32) -> T + Sync,
        finish: impl Fn(usize, usize, T) -> U + Sync,
    ) -> Vec<U> {
        let (reach, margin) = (self.rows(), self.cols());
        let width = cols + 2 * margin;
        let rows = (plane.len() / width).saturating_sub(2 * reach);
        let (band, tile) = ((2 * reach).clamp(16, 256), (2 * margin).max(256));
        let mut folded = vec![U::default(); rows * cols];
        folded.par_chunks_mut(band * cols).enumerate().for_each(|(index, folded)| {
            let first = index * band;
            let last = first + folded.len() / cols + 2 * reach;
            for west in (0..cols).step_by(tile) {
                let east = (west + tile).min(cols);
                let line = |row: usize| {
                    let values = &plane[row * width..][west..east + 2 * margin];
                    let terms = values.iter().zip(west..);
                    running_sum(terms.map(move |(value, col)| (row, col, *value)), &term)
                };
                let running: Vec<T> = (first..last).flat_map(line).collect();
                let mut sums = vec![T::default(); east - west];
                for (row, folded) in folded.chunks_mut(cols).enumerate() {
                    sums.fill(T::default());
                    self.add_row(&running, row + reach, &mut sums);
                    let cells = folded[west..east].iter_mut().zip(&sums).zip(west..);
                    cells.for_each(|((cell, sum), col)| *cell = finish(first + row, col, *sum));
                }
            }
        });
        folded
    }

    /// Adds the disc around each cell of one row, `centre` in the rows of the running sums.
    fn add_row<T: Sum>(&self, running: &[T], centre: usize, sums: &mut [T]) {
        let (reach, margin, cols) = (self.rows(), self.cols(), sums.len());
        let width = cols + 2 * margin + 1;
        for row in centre - reach..=centre + reach {
            let half_width = self.half_widths[row.abs_diff(centre)];
            let line = &running[row * width..(row + 1) * width];
            let west = &line[margin - half_width..][..cols];
            let east = &line[margin + half_width + 1..][..cols];
            for ((sum, west), east) in sums.iter_mut().zip(west).zip(east) {
                *sum += *east - *west;
            }
        }
    }
}

/// What can be summed over a disc.
pub trait Sum: Copy + Default + AddAssign + Sub<Output = Self> + Send + Sync {}

impl<T: Copy + Default + AddAssign + Sub<Output = Self> + Send + Sync> Sum for T {}

/// Sums of the first 0, 1, 2, ... terms.
fn running_sum<T: Sum>(
    values: impl Iterator<Item = (usize, usize, f32)>,
    term: impl Fn(usize, usize, f32) -> T,
) -> impl Iterator<Item = T> {
    let sums = values.scan(T::default(), move |sum, (row, col, value)| {
        *sum += term(row, col, value);
        Some(*sum)
    });
    std::iter::once(T::default()).chain(sums)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_are_those_of_every_cell_within_the_radius(
            cols in 1_usize..12,
            rows in 1_usize..40,
            radius in 0.0..90.0_f64,
            cell_height in 10.0..40.0_f64,
            seed in 1_u32..1000,
        ) {
            let disc = Disc::new(radius, 20.0, cell_height);
            let (reach, margin) = (disc.rows(), disc.cols());
            let width = cols + 2 * margin;
            let plane: Vec<f32> = (0..(rows + 2 * reach) * width)
                .map(|cell| ((cell as u32).wrapping_mul(seed) % 7) as f32)
                .collect();
            let sums = disc.sums(&plane, cols);
            for row in 0..rows {
                for col in 0..cols {
                    let mut expected = 0.0;
                    for (cell, value) in plane.iter().enumerate() {
                        let down = ((cell / width).abs_diff(row + reach)) as f64 * cell_height;
                        let across = ((cell % width).abs_diff(col + margin)) as f64 * 20.0;
                        if down.hypot(across) <= radius {
                            expected += f64::from(*value);
                        }
                    }
                    prop_assert_eq!(sums[row * cols + col], expected);
                }
            }
        }
    }
}
