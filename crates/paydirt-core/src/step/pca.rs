//! Principal components: the continuous and ordinal columns, centred (and divided by their standard
//! deviation with `standardise`) on the training side, are projected on the eigenvectors of their
//! covariance, those of largest variance first (Hotelling 1933, doi:10.1037/h0071325; Jolliffe &
//! Cadima 2016, doi:10.1098/rsta.2015.0202). The components `pca_1`, `pca_2`, ... are columns of the
//! layer `pca`, without unit; they replace those columns, and categorical columns pass through
//! before them. Rows with a missing value are not fitted on and have missing components.
//!
//! Signs are settled: the largest loading of each component is positive (scikit-learn's rule).
//! A component without variance (a share below 1e-10) has no direction and is never kept.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::principal::{Component, Input};
use super::principal::{Keep, complete_rows, project};
use super::standardise::Moments;
use super::{FittedStep, Step};
use crate::Result;
use crate::table::Table;

/// Replaces columns by fewer that hold most of their variance. Without `components` and
/// `explained_share`, all components with variance are kept; with both, the fewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Most components kept.
    pub components: Option<usize>,
    /// Share of the variance (over 0, up to 1) at which no further component is kept.
    pub explained_share: Option<f64>,
    /// Whether each column is divided by its standard deviation first, so that units do not matter.
    pub standardise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { components: None, explained_share: None, standardise: true }
    }
}

/// Inputs and components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The columns that go in.
    pub inputs: Vec<Input>,
    /// The components, largest variance first.
    pub components: Vec<Component>,
}

impl Settings {
    fn inputs(&self, complete: &Table) -> Vec<Input> {
        let columns = complete.columns().iter().map(|column| {
            let mut moments = Moments::of(column);
            if !self.standardise {
                moments.deviation = 1.0;
            }
            Input { name: column.name.clone(), moments }
        });
        columns.collect()
    }
}

fn covariance(inputs: &[Input], complete: &Table) -> DMatrix<f64> {
    let scaled: Vec<Vec<f64>> = inputs
        .iter()
        .zip(complete.columns())
        .map(|(input, column)| {
            column.values.iter().map(|&value| input.moments.standardise(value.into())).collect()
        })
        .collect();
    let mut matrix = DMatrix::zeros(inputs.len(), inputs.len());
    for (i, left) in scaled.iter().enumerate() {
        for (j, right) in scaled.iter().enumerate().take(i + 1) {
            let sum: f64 = left.iter().zip(right).map(|(a, b)| a * b).sum();
            matrix[(i, j)] = sum / complete.rows() as f64;
            matrix[(j, i)] = matrix[(i, j)];
        }
    }
    matrix
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let Self { components, explained_share, .. } = *self;
        let keep = Keep { step: "pca", components, explained_share };
        keep.check()?;
        let complete = complete_rows("pca", training)?;
        let inputs = self.inputs(&complete);
        let components = keep.of(covariance(&inputs, &complete), &complete)?;
        Ok(FittedStep::Pca(Fitted { inputs, components }))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        project(&table, &self.inputs, &self.components, "pca")
    }
}
