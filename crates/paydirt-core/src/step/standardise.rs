//! Standardise: `(value - mean) / standard deviation`, both of the known training values (the
//! deviation divides by their number, as scikit-learn's `StandardScaler`). Without unit. A column
//! that is constant on the training side taught nothing and becomes 0 everywhere; categorical
//! columns pass through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, apply_each, fit_each};
use super::{FittedStep, Step};
use crate::Result;
use crate::table::{Column, Table};

/// Brings values to mean 0 and standard deviation 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

/// Mean and standard deviation of one column's known training values, in the layer's unit; both 0
/// where none is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub deviation: f64,
}

impl Moments {
    /// The moments of a column's known values.
    pub(super) fn of(column: &Column) -> Self {
        let known = || column.known_values().map(f64::from);
        let count = known().count().max(1) as f64;
        let mean = known().sum::<f64>() / count;
        let variance = known().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        Self { mean, deviation: variance.sqrt() }
    }

    /// How many deviations a value lies over the mean; 0 where the deviation is 0.
    pub(super) fn standardise(self, value: f64) -> f64 {
        if self.deviation > 0.0 { (value - self.mean) / self.deviation } else { 0.0 }
    }
}

/// Moments of each column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Moments by the column's name.
    pub columns: PerColumn<Moments>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let columns = fit_each("standardise", training, Moments::of)?;
        Ok(FittedStep::Standardise(Fitted { columns }))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        apply_each(table, &self.columns, |moments, value| moments.standardise(value.into()) as f32)
    }
}
