//! Applicability: where the map leaves what the model was taught.
//!
//! A model answers everywhere, also where no training row is like the cell. Meyer and Pebesma (2021),
//! DOI 10.1111/2041-210X.13650, measure that unlikeness and draw a line at what cross-validation met.

mod encode;
mod near;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::require;
use crate::step::quantile;
use crate::table::Table;
use crate::{Error, Result};

use self::encode::Encoding;
use self::near::Blocks;

/// Most training rows that are compared with every cell; of more, every k-th is kept.
const MAX_ROWS: usize = 10_000;

/// Rows of a table that one thread measures at a time.
const CHUNK: usize = 1024;

/// Dissimilarity index and area of applicability of a set of training rows.
///
/// Each column is standardised (mean and standard deviation of the training rows) and multiplied by its
/// weight, so that unlikeness in evidence that the model hardly uses counts little. The *dissimilarity
/// index* of a row is its Euclidean distance to the nearest training row, divided by the mean distance
/// between two training rows: 0 is a copy of a training row, 1 is as far as training rows are from
/// each other. The *threshold* is the largest index of the training rows, each measured against the
/// other folds only, once outliers are removed: the upper quartile plus 1.5 interquartile ranges, but
/// no more than the largest. Meyer and Pebesma (2021), DOI 10.1111/2041-210X.13650, as in the R
/// package CAST from version 0.9. The *local point density* of a row is the number of training rows
/// within the threshold. Schumacher and others (2025), DOI 10.5194/gmd-18-10185-2025.
///
/// A categorical column counts as one indicator for each class, each standardised as a column (one of
/// 0 and 1 only counts as a number); a class that no training row has counts as if one row more had it.
/// A column that is constant in training has no scale and is left out ([`Applicability::constant`]).
///
/// ```
/// use paydirt_core::applicability::Applicability;
/// use paydirt_core::layer::EvidenceType;
/// use paydirt_core::table::{Column, Table};
/// let table = |values: &[f32]| {
///     let column = Column::new("as", "as", EvidenceType::Continuous, values.to_vec());
///     Table::new(values.len(), vec![column])
/// };
/// // Three training rows 1, 1 and 2 apart: 4/3 on average. Each is 1 from another fold at least.
/// let fitted = Applicability::fit(&table(&[0.0, 1.0, 2.0])?, &[1.0], &[0, 1, 0])?;
/// assert!((fitted.threshold - 0.75).abs() < 1e-6);
/// let measured = fitted.measure(&table(&[1.0, 2.5, 4.0])?)?;
/// let index: Vec<f32> = measured.iter().map(|row| row.dissimilarity).collect();
/// assert!(index.iter().zip([0.0, 0.375, 1.5]).all(|(found, by_hand)| (found - by_hand).abs() < 1e-6));
/// assert_eq!(measured.iter().map(|row| row.inside).collect::<Vec<_>>(), [true, true, false]);
/// // 0, 1 and 2 all lie within 1 of the first row; only the last within 1 of the second.
/// assert_eq!(measured.iter().map(|row| row.density).collect::<Vec<_>>(), [3, 1, 0]);
/// # Ok::<(), paydirt_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Applicability {
    /// Mean distance between two training rows, in weighted standard deviations.
    pub mean_distance: f64,
    /// Largest dissimilarity index inside the area of applicability.
    pub threshold: f64,
    /// The index of each complete training row that was kept, measured against the other folds.
    pub training: Vec<f32>,
    encodings: Vec<Encoding>,
    rows: Table,
}

/// How unlike the training rows one row is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// Dissimilarity index, 0 or more; NaN for a row with evidence missing.
    pub dissimilarity: f32,
    /// Whether the row is in the area of applicability: its index is at most the threshold.
    pub inside: bool,
    /// Local point density: training rows whose distance is at most the threshold.
    pub density: u32,
}

impl Applicability {
    /// Fits on training rows: a weight for each column (such as its permutation importance; negative
    /// ones count as 0) and the fold in which each row is held out. Rows with evidence missing are not
    /// seen.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for weights or folds of another number than columns or rows, or weights
    /// that are not finite; [`Error::TooFew`] for one fold only, or rows that are all alike.
    pub fn fit(training: &Table, weights: &[f64], folds: &[usize]) -> Result<Self> {
        let one_each = |found: usize, wanted: usize, what: &str| {
            require(found == wanted, what, found, &format!("{wanted}"))
        };
        one_each(weights.len(), training.columns().len(), "number of applicability weights")?;
        one_each(folds.len(), training.rows(), "number of applicability folds")?;
        for weight in weights {
            require(weight.is_finite(), "applicability weight", weight, "finite")?;
        }
        let complete: Vec<usize> =
            (0..training.rows()).filter(|&row| training.complete(row)).collect();
        let step = complete.len().div_ceil(MAX_ROWS).max(1);
        let kept: Vec<usize> = complete.into_iter().step_by(step).collect();
        let rows = training.select(&kept);
        let folds: Vec<usize> = kept.iter().map(|&row| folds[row]).collect();
        let columns = rows.columns().iter().zip(weights);
        let encodings = columns.map(|(column, weight)| Encoding::new(column, *weight)).collect();
        let mut fitted =
            Self { mean_distance: 0.0, threshold: 0.0, training: Vec::new(), encodings, rows };
        fitted.learn(&folds)?;
        Ok(fitted)
    }

    /// Columns that say nothing, because training rows do not differ in them or their weight is 0.
    pub fn constant(&self) -> impl Iterator<Item = &str> {
        let columns = self.rows.columns().iter().zip(&self.encodings);
        let constant = columns.filter(|(_, encoding)| matches!(encoding, Encoding::Constant));
        constant.map(|(column, _)| column.name.as_str())
    }

    /// How unlike the training rows each row of a table is. Columns are found by name.
    ///
    /// # Errors
    /// [`Error::Unknown`] if a column that counts is not there.
    pub fn measure(&self, table: &Table) -> Result<Vec<Measure>> {
        let encoder = encode::Encoder::new(&self.rows, &self.encodings, table)?;
        let blocks = self.blocks()?;
        let radius = self.threshold * self.mean_distance;
        // A hair wider than the threshold, as a distance is a 32-bit number and the two shall agree.
        let radius_squared = (radius * radius * (1.0 + 1e-6)) as f32;
        let mut measures =
            vec![Measure { dissimilarity: f32::NAN, inside: false, density: 0 }; table.rows()];
        measures.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, measures)| {
            let mut row = blocks.row();
            for (offset, measure) in measures.iter_mut().enumerate() {
                if encoder.encode(chunk * CHUNK + offset, &mut row) {
                    let (nearest, density) = blocks.nearest(&row, radius_squared);
                    let index = f64::from(nearest).sqrt() / self.mean_distance;
                    *measure = Measure {
                        dissimilarity: index.min(f64::from(f32::MAX)) as f32,
                        inside: density > 0,
                        density,
                    };
                }
            }
        });
        Ok(measures)
    }

    fn blocks(&self) -> Result<Blocks> {
        Ok(Blocks::new(
            &encode::Encoder::new(&self.rows, &self.encodings, &self.rows)?,
            self.rows.rows(),
        ))
    }

    /// Mean distance, index of each training row, threshold.
    fn learn(&mut self, folds: &[usize]) -> Result<()> {
        let too_few = |what: &str, found: usize| match found {
            0 | 1 => Err(Error::TooFew { what: what.into(), found, needed: 2 }),
            _ => Ok(()),
        };
        let distinct = folds.iter().collect::<std::collections::BTreeSet<_>>().len();
        too_few("folds with complete training rows, for the area of applicability", distinct)?;
        let encoder = encode::Encoder::new(&self.rows, &self.encodings, &self.rows)?;
        let blocks = Blocks::new(&encoder, folds.len());
        let found: Vec<(f64, f64)> = (0..folds.len())
            .into_par_iter()
            .map(|home| {
                let mut row = blocks.row();
                encoder.encode(home, &mut row);
                let (mut sum, mut nearest) = (0.0, f64::INFINITY);
                blocks.each(&row, |other, squared| {
                    let distance = f64::from(squared).sqrt();
                    sum += distance;
                    if folds[other] != folds[home] {
                        nearest = nearest.min(distance);
                    }
                });
                (sum, nearest)
            })
            .collect();
        let pairs = (folds.len() * (folds.len() - 1)) as f64;
        self.mean_distance = found.iter().map(|(sum, _)| sum).sum::<f64>() / pairs;
        let alike = self.mean_distance <= 0.0;
        too_few(
            "training rows that differ, for the area of applicability",
            if alike { 1 } else { 2 },
        )?;
        let index = |(_, nearest): &(f64, f64)| (nearest / self.mean_distance) as f32;
        self.training = found.iter().map(index).collect();
        self.threshold = whisker(&self.training);
        Ok(())
    }
}

/// The upper quartile plus 1.5 interquartile ranges, but no more than the largest.
fn whisker(values: &[f32]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f32::total_cmp);
    let [low, high, most] = [0.25, 0.75, 1.0].map(|share| quantile(&sorted, share).unwrap_or(0.0));
    (high + 1.5 * (high - low)).min(most)
}
