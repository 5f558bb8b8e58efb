//! Signed logarithm: `sign(value) * ln(1 + |value|)`, which draws in both tails of data with both
//! signs, such as magnetic anomalies, and keeps 0 (John & Draper 1980, doi:10.2307/2986305, with
//! lambda 0). Without unit. Nothing is fitted; categorical columns pass through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{map_numeric, require_numeric};
use super::{FittedStep, Step};
use crate::Result;
use crate::table::Table;

/// Takes the logarithm of the size and keeps the sign.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

/// Nothing is fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        require_numeric("signed_log", training)?;
        Ok(FittedStep::SignedLog(Fitted {}))
    }

    fn learns(&self) -> bool {
        false
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        map_numeric(table, |value| {
            let value = f64::from(value);
            value.abs().ln_1p().copysign(value) as f32
        })
    }
}
