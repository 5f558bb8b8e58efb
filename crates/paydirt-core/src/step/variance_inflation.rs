//! Variance inflation: of each column, `1 / (1 - R^2)` with the share `R^2` of its variance that a
//! linear regression on all other columns explains (Marquardt 1970, doi:10.2307/1267205): the
//! diagonal of the inverse correlation matrix, over the complete training rows. The column of the
//! highest factor over `max` is dropped, the others are judged anew, and so on: twins and sums go,
//! of equals the later. Constant and categorical columns pass through.

use nalgebra::{DMatrix, SymmetricEigen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, drop_columns, refuse};
use super::components::complete_rows;
use super::robust_pca::values;
use super::{FittedStep, Step};
use crate::Result;
use crate::robust::scatter;
use crate::seed::Seed;
use crate::table::Table;

/// The factor of a column that the others determine wholly, as far as 64-bit numbers tell.
const MOST: f64 = 1e10;

/// Drops columns that the others determine nearly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Largest variance inflation factor (1 or more) at which a column stays.
    pub max: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max: 10.0 }
    }
}

/// A column that was dropped, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// The column.
    pub name: String,
    /// Its factor among the columns that were left; at most 1e10.
    pub factor: f64,
}

/// What was dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The dropped columns, highest factor first.
    pub dropped: Vec<Dropped>,
}

/// The diagonal of the inverse of a correlation, each number at most [`MOST`].
fn factors(correlation: DMatrix<f64>) -> Vec<f64> {
    let eigen = SymmetricEigen::new(correlation);
    let of = |row: usize| {
        let parts = eigen.eigenvectors.row(row).into_iter().zip(&eigen.eigenvalues);
        parts.map(|(v, value)| v * v / value.max(0.01 / MOST)).sum::<f64>().min(MOST)
    };
    (0..eigen.eigenvalues.len()).map(of).collect()
}

/// The place of the highest factor; of those that are equal but for rounding, the last.
fn highest(factors: &[f64]) -> Option<usize> {
    let most = factors.iter().copied().fold(0.0, f64::max);
    factors.iter().rposition(|factor| *factor >= most * (1.0 - 1e-6))
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        if !(self.max >= 1.0 && self.max.is_finite()) {
            return Err(bad_setting("variance_inflation.max", self.max, "a number of 1 or more"));
        }
        let complete = complete_rows("variance_inflation", training)?;
        let names = complete.names();
        if complete.rows() < names.len() + 2 {
            let reason = format!(
                "{} training rows have every value known, but {} are needed (put `impute_median` \
                 before it)",
                complete.rows(),
                names.len() + 2
            );
            return Err(refuse("variance_inflation", names.join(", "), reason));
        }
        let Some(found) = scatter(&values(&complete), 1.0, Seed(0)) else {
            let reason = "a column has values that are not finite";
            return Err(refuse("variance_inflation", names.join(", "), reason));
        };
        let deviation = found.covariance.diagonal().map(f64::sqrt);
        let mut left: Vec<usize> = (0..names.len()).filter(|&i| deviation[i] > 0.0).collect();
        let mut dropped = Vec::new();
        loop {
            let correlation = DMatrix::from_fn(left.len(), left.len(), |i, j| {
                found.covariance[(left[i], left[j])] / deviation[left[i]] / deviation[left[j]]
            });
            let factors = factors(correlation);
            let Some(worst) = highest(&factors).filter(|worst| factors[*worst] > self.max) else {
                return Ok(FittedStep::VarianceInflation(Fitted { dropped }));
            };
            let name = names[left.remove(worst)].clone();
            dropped.push(Dropped { name, factor: factors[worst] });
        }
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let dropped: Vec<&String> = self.dropped.iter().map(|dropped| &dropped.name).collect();
        drop_columns(table, &dropped)
    }
}
