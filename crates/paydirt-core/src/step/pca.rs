//! Principal components: the continuous and ordinal columns, centred (and divided by their standard
//! deviation with `standardise`) on the training side, are projected on the eigenvectors of their
//! covariance, those of largest variance first (Hotelling 1933, doi:10.1037/h0071325; Jolliffe &
//! Cadima 2016, doi:10.1098/rsta.2015.0202). The components `pca_1`, `pca_2`, ... are columns of the
//! layer `pca`, without unit; they replace those columns, and categorical columns pass through
//! before them. Rows with a missing value are not fitted on and have missing components.
//!
//! Signs are settled: the largest loading of each component is positive (scikit-learn's rule).
//! A component without variance (a share below 1e-10) has no direction and is never kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::components::{Component, Input};
use super::components::{Keep, complete_rows, covariance, replace};
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

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let Self { components, explained_share, .. } = *self;
        let keep = Keep { step: "pca", components, explained_share };
        keep.check()?;
        let complete = complete_rows("pca", training)?;
        let inputs = Input::all(&complete, self.standardise);
        let components = keep.of(covariance(&inputs, &complete), &complete)?;
        Ok(FittedStep::Pca(Fitted { inputs, components }))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        replace(&table, &self.inputs, &self.components, "pca")
    }
}
