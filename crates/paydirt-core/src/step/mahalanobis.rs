//! Mahalanobis distance: how far a row lies from the middle of the training side, measured in its
//! scatter, `sqrt((x - m)' S^-1 (x - m))` (Mahalanobis 1936), without unit. Location `m` and scatter
//! `S` of the complete training rows are the reweighted minimum covariance determinant (Rousseeuw &
//! Van Driessen 1999, doi:10.1080/00401706.1999.10485670), which outliers cannot move, or with
//! `support_share = 1` mean and covariance (dividing by the number of rows). Of normal data the
//! squared distances are chi-square distributed with as many degrees of freedom as columns.
//!
//! The column `mahalanobis` of the layer `mahalanobis` is added, or with `keep = false` replaces
//! the continuous and ordinal columns, of which the constant ones count nothing. A row with a
//! missing value has no distance. For compositions put `ilr` before it (Filzmoser & Hron 2008,
//! doi:10.1007/s11004-007-9141-5).

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, refuse, require_columns};
pub use super::components::Input;
use super::components::complete_rows;
use super::log_ratio::without;
use super::robust_pca::{robust_scatter, values};
use super::standardise::Moments;
use super::{FittedStep, Step};
use crate::Result;
use crate::layer::EvidenceType::{Categorical, Continuous};
use crate::robust::chi_square_quantile;
use crate::table::{Column, Table};

/// Adds how unusual a row is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Share of the training rows that are trusted, 0.5 to 1: up to the others may be outliers.
    /// With 1 location and scatter are the plain mean and covariance.
    pub support_share: f64,
    /// Seed of the search for the trusted rows.
    pub seed: u64,
    /// Share of normal rows, over 0 and below 1, that count as outliers: adds the categorical column
    /// `mahalanobis_outlier`, 1 where the squared distance is over that chi-square quantile. No such
    /// column where it is not given.
    pub outlier_share: Option<f64>,
    /// Whether the columns that it is made of stay.
    pub keep: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { support_share: 0.75, seed: 0, outlier_share: None, keep: true }
    }
}

/// Location and scatter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The columns that go in, with their location and standard deviation.
    pub inputs: Vec<Input>,
    /// The inverse of the correlation: `[input][input]`, zeros for a constant input.
    pub precision: Vec<Vec<f64>>,
    /// The distance over which a row is an outlier.
    pub outlier_over: Option<f64>,
    /// Whether the columns that it is made of stay.
    pub keep: bool,
    /// How many training rows location and scatter are of.
    pub support: usize,
}

/// The inverse of a correlation among the columns that vary; `None` where it is singular.
fn precision(covariance: &DMatrix<f64>, varying: &[usize]) -> Option<Vec<Vec<f64>>> {
    let deviation = |index: usize| covariance[(index, index)].sqrt();
    let correlation = DMatrix::from_fn(varying.len(), varying.len(), |i, j| {
        let (i, j) = (varying[i], varying[j]);
        covariance[(i, j)] / deviation(i) / deviation(j)
    });
    let root = correlation.cholesky()?;
    if root.l_dirty().diagonal().iter().any(|pivot| *pivot < 1e-5) {
        return None;
    }
    let inverse = root.inverse();
    let mut precision = vec![vec![0.0; covariance.ncols()]; covariance.nrows()];
    for (i, &row) in varying.iter().enumerate() {
        for (j, &column) in varying.iter().enumerate() {
            precision[row][column] = inverse[(i, j)];
        }
    }
    Some(precision)
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let outlier = self.outlier_share;
        if let Some(found) = outlier.filter(|share| !(*share > 0.0 && *share < 1.0)) {
            return Err(bad_setting("mahalanobis.outlier_share", found, "over 0 and below 1"));
        }
        let complete = complete_rows("mahalanobis", training)?;
        let columns = values(&complete);
        let (share, seed) = (self.support_share, self.seed);
        let found = robust_scatter("mahalanobis", &complete, &columns, share, seed)?;
        let variance = found.covariance.diagonal();
        let varying: Vec<usize> = (0..columns.len()).filter(|&i| variance[i] > 0.0).collect();
        let precision = precision(&found.covariance, &varying)
            .filter(|_| !varying.is_empty())
            .ok_or_else(|| {
                let reason = "the columns are constant or say each other (drop some with \
                              `variance_inflation`): distances in their scatter are not determined";
                refuse("mahalanobis", complete.names().join(", "), reason)
            })?;
        let inputs = complete.names().into_iter().zip(found.location).zip(&variance);
        let inputs = inputs.map(|((name, mean), variance)| Input {
            name,
            moments: Moments { mean, deviation: variance.sqrt() },
        });
        Ok(FittedStep::Mahalanobis(Fitted {
            inputs: inputs.collect(),
            precision,
            outlier_over: outlier
                .map(|share| chi_square_quantile(1.0 - share, varying.len()).sqrt()),
            keep: self.keep,
            support: found.support,
        }))
    }
}

impl Fitted {
    /// The distance of a row; NaN where an input is missing.
    fn distance(&self, columns: &[&Column], row: usize) -> f64 {
        let apart: Vec<f64> = self
            .inputs
            .iter()
            .zip(columns)
            .map(|(input, column)| match column.known[row] {
                true => input.moments.standardise(column.values[row].into()),
                false => f64::NAN,
            })
            .collect();
        let dot = |weights: &[f64]| weights.iter().zip(&apart).map(|(w, a)| w * a).sum::<f64>();
        let square: f64 = apart.iter().zip(&self.precision).map(|(a, row)| a * dot(row)).sum();
        if square < 0.0 { 0.0 } else { square.sqrt() }
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let names: Vec<String> = self.inputs.iter().map(|input| input.name.clone()).collect();
        require_columns(&table, names.iter())?;
        let columns: Vec<&Column> = names.iter().filter_map(|name| table.column(name)).collect();
        let distances = (0..table.rows()).map(|row| self.distance(&columns, row) as f32).collect();
        let distance = Column::new("mahalanobis", "mahalanobis", Continuous, distances);
        let outlier = self.outlier_over.map(|limit| {
            let mut flag = distance.map(|value| f32::from(u8::from(f64::from(value) > limit)));
            (flag.name, flag.evidence_type) = ("mahalanobis_outlier".into(), Categorical);
            flag
        });
        let mut columns =
            if self.keep { table.columns().to_vec() } else { without(&table, &names) };
        columns.push(distance);
        columns.extend(outlier);
        Table::new(table.rows(), columns)
    }
}
