//! Sums over a disc around each cell.

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

    /// The sum of `plane` over the disc around each cell of a grid of `cols` columns; the plane is
    /// the grid with [`Disc::rows`] rows and [`Disc::cols`] columns added on each side. One
    /// running sum a row of the disc makes it independent of the disc's width. Exactly 0 where the
    /// plane is 0 all over the disc.
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
        let (reach, margin) = (self.rows(), self.cols());
        let width = cols + 2 * margin;
        let rows = (plane.len() / width).saturating_sub(2 * reach);
        let band = (2 * reach).clamp(16, 256);
        let mut sums = vec![0.0; rows * cols];
        sums.par_chunks_mut(band * cols).enumerate().for_each(|(index, sums)| {
            let first = index * band;
            let last = first + sums.len() / cols + 2 * reach;
            let running: Vec<f64> =
                plane[first * width..last * width].chunks(width).flat_map(running_sum).collect();
            for (row, sums) in sums.chunks_mut(cols).enumerate() {
                self.add_row(&running, row + reach, width + 1, sums);
            }
        });
        sums
    }

    /// Adds the disc around each cell of one row, `centre` in the rows of the running sums.
    fn add_row(&self, running: &[f64], centre: usize, width: usize, sums: &mut [f64]) {
        let (reach, margin, cols) = (self.rows(), self.cols(), sums.len());
        for row in centre - reach..=centre + reach {
            let half_width = self.half_widths[row.abs_diff(centre)];
            let line = &running[row * width..(row + 1) * width];
            let west = &line[margin - half_width..][..cols];
            let east = &line[margin + half_width + 1..][..cols];
            for ((sum, west), east) in sums.iter_mut().zip(west).zip(east) {
                *sum += east - west;
            }
        }
    }
}

/// Sums of the first 0, 1, 2, ... values.
fn running_sum(values: &[f32]) -> Vec<f64> {
    let sums = values.iter().scan(0.0, |sum, value| {
        *sum += f64::from(*value);
        Some(*sum)
    });
    std::iter::once(0.0).chain(sums).collect()
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
