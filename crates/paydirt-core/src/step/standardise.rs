//! Not written yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FittedStep, Step};
use crate::Result;
use crate::table::Table;

/// Settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

/// Fitted numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {}

impl Step for Settings {
    fn fit(&self, _training: &Table) -> Result<FittedStep> {
        Ok(FittedStep::Standardise(Fitted {}))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        Ok(table)
    }
}
