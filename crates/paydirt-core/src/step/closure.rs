//! Closure: the parts of each row brought to one total, `x_i * total / sum(x)` (Aitchison 1986,
//! doi:10.1007/978-94-009-4109-0), in the unit of the total. The parts are all continuous and
//! ordinal columns of the `[[group]]`, in one unit; categorical columns pass through. A row in which
//! a part is missing or not over 0 is no whole: it becomes missing in all parts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, bad_setting};
use super::{FittedStep, Step, log_ratio};
use crate::table::{Column, Table};
use crate::{Result, composition};

/// Brings the parts of each row to one total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What the parts of a row sum to, over 0: 1,000,000 for ppm, 100 for percent.
    pub total: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { total: 1e6 }
    }
}

/// The parts and their total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The parts.
    pub parts: Vec<String>,
    /// What they sum to.
    pub total: f64,
    /// How many known training values of each part are not over 0: those rows became missing.
    pub not_positive: PerColumn<usize>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let total = self.total;
        if !(total > 0.0 && total <= f64::from(f32::MAX)) {
            return Err(bad_setting("closure.total", total, "a finite number over 0"));
        }
        let parts = log_ratio::parts("closure", training)?;
        let not_positive = log_ratio::not_positive(&parts, training);
        Ok(FittedStep::Closure(Fitted { parts, total, not_positive }))
    }

    fn learns(&self) -> bool {
        false
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let closed: Vec<Option<Vec<f64>>> = log_ratio::rows(&table, &self.parts)?
            .map(|parts| composition::closure(&parts?, self.total))
            .collect();
        let rows = table.rows();
        let close = |column: Column| {
            let Some(place) = self.parts.iter().position(|part| *part == column.name) else {
                return column;
            };
            let value = |parts: &Option<Vec<f64>>| parts.as_ref().map_or(f64::NAN, |p| p[place]);
            let values = closed.iter().map(|parts| value(parts) as f32).collect();
            Column::new(&column.name, &column.layer, column.evidence_type, values)
        };
        Table::new(rows, table.into_columns().into_iter().map(close).collect())
    }
}
