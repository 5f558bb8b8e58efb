//! Logarithm: `log_base(value + offset)`; trace elements are near log-normal (Ahrens 1954,
//! doi:10.1016/0016-7037(54)90040-X). Where `value + offset` is not positive there is no logarithm:
//! the value becomes *missing*, not a made-up number, and the fitted numbers say how many training
//! values did. For data that may be negative, see `signed_log`. Categorical columns pass through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, apply_each, bad_setting, fit_each};
use super::{FittedStep, Step};
use crate::Result;
use crate::table::Table;

/// Takes the logarithm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Added to each value first, in the layer's unit.
    pub offset: f64,
    /// Base of the logarithm, over 1.
    pub base: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { offset: 0.0, base: 10.0 }
    }
}

/// The settings, and what they cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Added to each value first.
    pub offset: f64,
    /// Base of the logarithm.
    pub base: f64,
    /// How many known training values of each column have no logarithm and became missing.
    pub not_positive: PerColumn<usize>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let Self { offset, base } = *self;
        if !offset.is_finite() {
            return Err(bad_setting("log.offset", offset, "a finite number"));
        }
        if !base.is_finite() || base <= 1.0 {
            return Err(bad_setting("log.base", base, "a finite number over 1"));
        }
        let not_positive = fit_each("log", training, |column| {
            column.known_values().filter(|value| f64::from(*value) + offset <= 0.0).count()
        })?;
        Ok(FittedStep::Log(Fitted { offset, base, not_positive }))
    }

    fn learns(&self) -> bool {
        false
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let per_unit = self.base.ln().recip();
        apply_each(table, &self.not_positive, |_, value| {
            // not finite where there is no logarithm: the column makes that missing
            ((f64::from(value) + self.offset).ln() * per_unit) as f32
        })
    }
}
