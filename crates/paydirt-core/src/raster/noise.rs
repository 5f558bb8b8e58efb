//! Noise of the bands of an image, from the differences of neighbouring cells.
//!
//! Ground changes little from one cell to the next, noise anew: half the covariance of the
//! differences between cells and their eastern and southern neighbours is that of the noise (the
//! shift difference of Green and others 1988, doi:10.1109/36.3001, after Switzer & Green 1984). The
//! mean difference in each of the two directions is taken off, so that an even slope is no noise. It
//! is an upper bound: texture of the ground, and noise that neighbours share, are not told apart.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Covariance of the noise of some bands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Names of the bands.
    pub bands: Vec<String>,
    /// One row a band, in each one number a band, in the product of their units.
    pub covariance: Vec<Vec<f64>>,
}

impl Noise {
    /// The covariance of the named bands, in that order.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a band without noise, [`Error::BadSetting`] for what is no covariance.
    pub(crate) fn of_bands(&self, names: &[String]) -> Result<DMatrix<f64>> {
        let size = self.bands.len();
        let square =
            self.covariance.len() == size && self.covariance.iter().all(|row| row.len() == size);
        let same = |i: usize, j: usize| {
            let (here, there) = (self.covariance[i][j], self.covariance[j][i]);
            (here - there).abs() <= 1e-9 * here.abs().max(there.abs()) && here.is_finite()
        };
        if !square || !(0..size).all(|i| (0..=i).all(|j| same(i, j))) {
            return Err(Error::BadSetting {
                key: "noise_covariance.covariance".into(),
                found: format!("no symmetric table of {size} rows and columns"),
                expected: "one finite number for each two bands, the same both ways".into(),
            });
        }
        let place = |name: &String| {
            self.bands.iter().position(|band| band == name).ok_or_else(|| Error::Unknown {
                what: "band of `noise_covariance`",
                name: name.clone(),
                known: self.bands.join(", "),
            })
        };
        let places: Vec<usize> = names.iter().map(place).collect::<Result<_>>()?;
        Ok(DMatrix::from_fn(names.len(), names.len(), |i, j| self.covariance[places[i]][places[j]]))
    }
}

/// Sums over the differences in one direction.
#[derive(Clone, Debug, Default)]
struct Differences {
    count: usize,
    sums: Vec<f64>,
    /// Row by row, up to the diagonal.
    products: Vec<f64>,
}

impl Differences {
    fn new(bands: usize) -> Self {
        Self { count: 0, sums: vec![0.0; bands], products: vec![0.0; bands * (bands + 1) / 2] }
    }

    /// Takes cells and their neighbours, one pair of rows a band.
    fn add(&mut self, rows: &[(&[f32], &[f32])]) {
        let cells = rows.first().map_or(0, |(row, _)| row.len());
        let known =
            |cell: &usize| rows.iter().all(|(a, b)| a[*cell].is_finite() && b[*cell].is_finite());
        let known: Vec<usize> = (0..cells).filter(known).collect();
        let difference = |(here, there): &(&[f32], &[f32])| {
            known.iter().map(|&cell| f64::from(here[cell]) - f64::from(there[cell])).collect()
        };
        let differences: Vec<Vec<f64>> = rows.iter().map(difference).collect();
        self.count += known.len();
        let mut products = self.products.iter_mut();
        for (i, left) in differences.iter().enumerate() {
            self.sums[i] += left.iter().sum::<f64>();
            for (right, product) in differences[..=i].iter().zip(&mut products) {
                *product += left.iter().zip(right).map(|(a, b)| a * b).sum::<f64>();
            }
        }
    }

    /// Sum of the products of two bands' differences from their means; `j` is at most `i`.
    fn centred(&self, i: usize, j: usize) -> f64 {
        let mean = self.sums[i] * self.sums[j] / self.count.max(1) as f64;
        self.products[i * (i + 1) / 2 + j] - mean
    }
}

/// Estimates the noise of bands from their rows, a strip at a time.
///
/// ```
/// use paydirt_core::raster::noise::NoiseEstimate;
/// // A slope of 10 a cell, and a board of -1 and 1 on it: neighbours differ by 2 more or less.
/// let cell = |unit: usize| 10.0 * (unit % 4) as f32 + if (unit + unit / 4) % 2 == 0 { 1.0 } else { -1.0 };
/// let band: Vec<f32> = (0..16).map(cell).collect();
/// let mut estimate = NoiseEstimate::new(&["b1"], 4);
/// estimate.add_rows(&[&band[..8]])?;
/// estimate.add_rows(&[&band[8..]])?;
/// let noise = estimate.covariance()?.covariance[0][0];
/// assert!((noise - 2.0 * 12.0 / 11.0).abs() < 1e-12);
/// # Ok::<(), paydirt_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct NoiseEstimate {
    bands: Vec<String>,
    cols: usize,
    /// The last row of each band.
    above: Vec<Vec<f32>>,
    east: Differences,
    south: Differences,
}

impl NoiseEstimate {
    /// Before the first row; `cols` columns a row.
    #[must_use]
    pub fn new(bands: &[&str], cols: usize) -> Self {
        Self {
            bands: bands.iter().map(|&band| band.into()).collect(),
            cols: cols.max(1),
            above: Vec::new(),
            east: Differences::new(bands.len()),
            south: Differences::new(bands.len()),
        }
    }

    /// Takes the next whole rows from the north, one strip a band; what is not finite is missing, and
    /// a pair counts where every band is known in both its cells.
    ///
    /// # Errors
    /// [`Error::GridMismatch`] for another number of bands, or strips that are no whole rows.
    pub fn add_rows(&mut self, strips: &[&[f32]]) -> Result<()> {
        let cells = strips.first().map_or(0, |strip| strip.len());
        let unequal = strips.iter().any(|strip| strip.len() != cells);
        if strips.len() != self.bands.len() || unequal || !cells.is_multiple_of(self.cols) {
            return Err(Error::GridMismatch {
                layer: self.bands.join(", "),
                found: format!("{:?} cells", strips.iter().map(|s| s.len()).collect::<Vec<_>>()),
                expected: format!("{} strips of rows of {}", self.bands.len(), self.cols),
            });
        }
        for start in (0..cells).step_by(self.cols) {
            let rows: Vec<&[f32]> = strips.iter().map(|s| &s[start..start + self.cols]).collect();
            let east: Vec<_> = rows.iter().map(|row| (&row[..self.cols - 1], &row[1..])).collect();
            self.east.add(&east);
            let south: Vec<_> =
                self.above.iter().map(|row| &**row).zip(rows.iter().copied()).collect();
            self.south.add(&south);
            self.above = rows.into_iter().map(<[f32]>::to_vec).collect();
        }
        Ok(())
    }

    /// The covariance of the noise.
    ///
    /// # Errors
    /// [`Error::TooFew`] where hardly a cell has neighbours with every band known.
    pub fn covariance(&self) -> Result<Noise> {
        let size = self.bands.len();
        let freedom = self.east.count.saturating_sub(1) + self.south.count.saturating_sub(1);
        if freedom <= size {
            return Err(Error::TooFew {
                what: format!("neighbouring cells that know {}", self.bands.join(", ")),
                found: freedom,
                needed: size + 1,
            });
        }
        let entry = |i: usize, j: usize| {
            let (i, j) = (i.max(j), i.min(j));
            (self.east.centred(i, j) + self.south.centred(i, j)) / (2.0 * freedom as f64)
        };
        let covariance = (0..size).map(|i| (0..size).map(|j| entry(i, j)).collect()).collect();
        Ok(Noise { bands: self.bands.clone(), covariance })
    }
}
