//! Min-max: `(value - min) / (max - min)`, with the smallest and largest known training value, so
//! that the training side spans 0 to 1. A value outside the training range lies outside 0 to 1
//! unless `clip` is set: by default extrapolation stays visible. A column that is constant on the
//! training side taught nothing and becomes 0 everywhere; categorical columns pass through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, apply_each, fit_each};
use super::{FittedStep, Step};
use crate::Result;
use crate::table::Table;

/// Brings values to the range from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether values outside the training range become 0 or 1.
    pub clip: bool,
}

/// Range of each column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Whether values outside the range become 0 or 1.
    pub clip: bool,
    /// Smallest and largest known training value by the column's name; none where none is known.
    pub columns: PerColumn<Option<[f32; 2]>>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let columns = fit_each("min_max", training, |column| {
            let min = column.known_values().reduce(f32::min)?;
            Some([min, column.known_values().reduce(f32::max)?])
        })?;
        Ok(FittedStep::MinMax(Fitted { clip: self.clip, columns }))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        apply_each(table, &self.columns, |range, value| {
            let [min, max] = range.unwrap_or_default().map(f64::from);
            let share = if max > min { (f64::from(value) - min) / (max - min) } else { 0.0 };
            (if self.clip { share.clamp(0.0, 1.0) } else { share }) as f32
        })
    }
}
