//! A polynomial surface through the known cells of a raster.

use nalgebra::{DMatrix, DVector};
use rayon::prelude::*;

/// Largest degree of a [`Trend`].
pub const MAX_DEGREE: usize = 3;

/// A polynomial of easting and northing up to a degree, fitted by least squares to the known cells.
/// Its coordinates run from -1 to 1 over the raster, so that the equations are well conditioned.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    degree: usize,
    coefficients: Vec<f64>,
    /// Rows and columns of the raster.
    shape: [usize; 2],
}

/// Products of powers of the two coordinates, up to a degree in all.
fn terms(degree: usize, [east, south]: [f64; 2]) -> impl Iterator<Item = f64> {
    (0..=degree).flat_map(move |total| {
        (0..=total).map(move |power| east.powi((total - power) as i32) * south.powi(power as i32))
    })
}

fn place([rows, cols]: [usize; 2], row: usize, col: usize) -> [f64; 2] {
    let along = |index: usize, count: usize| (2 * index + 1) as f64 / count as f64 - 1.0;
    [along(col, cols), along(row, rows)]
}

impl Trend {
    /// Fits the surface to the known values of a raster of `cols` columns. Of several that fit
    /// equally well (too few cells, cells on a line) the one with the smallest coefficients is taken.
    ///
    /// ```
    /// use paydirt_core::potential::trend::Trend;
    /// let plane = Trend::fit(&[1.0, 3.0, 5.0, f64::NAN], 2, 1);
    /// assert!((plane.at(1, 1) - 7.0).abs() < 1e-9);
    /// ```
    #[must_use]
    pub fn fit(values: &[f64], cols: usize, degree: usize) -> Self {
        let degree = degree.min(MAX_DEGREE);
        let shape = [values.len() / cols, cols];
        let size = (degree + 1) * (degree + 2) / 2;
        let none = || (DMatrix::zeros(size, size), DVector::zeros(size));
        let of_row = |(row, line): (usize, &[f64])| {
            let mut sums = none();
            for (col, value) in line.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                let terms = DVector::from_iterator(size, terms(degree, place(shape, row, col)));
                sums.0.ger(1.0, &terms, &terms, 1.0);
                sums.1.axpy(*value, &terms, 1.0);
            }
            sums
        };
        // rows are summed in their order, whatever thread summed each
        let rows: Vec<(DMatrix<f64>, DVector<f64>)> =
            values.par_chunks(cols).enumerate().map(of_row).collect();
        let (normal, right) =
            rows.into_iter().fold(none(), |(normal, right), row| (normal + row.0, right + row.1));
        let small = normal.amax() * 1e-12;
        let solved = normal.svd(true, true).solve(&right, small);
        let coefficients = solved.map_or_else(|_| vec![0.0; size], |c| c.as_slice().to_vec());
        Self { degree, coefficients, shape }
    }

    /// Its value at the centre of a cell.
    #[must_use]
    pub fn at(&self, row: usize, col: usize) -> f64 {
        terms(self.degree, place(self.shape, row, col))
            .zip(&self.coefficients)
            .map(|(term, coefficient)| term * coefficient)
            .sum()
    }

    /// How much the linear terms rise to the east and to the north, in units a metre.
    #[must_use]
    pub fn slope(&self, cell_m: [f64; 2]) -> [f64; 2] {
        let [rows, cols] = self.shape;
        let [east, south] = [1, 2].map(|term| self.coefficients.get(term).copied().unwrap_or(0.0));
        [2.0 * east / (cols as f64 * cell_m[0]), -2.0 * south / (rows as f64 * cell_m[1])]
    }
}
