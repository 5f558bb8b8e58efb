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

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::surface_out_of_place("density", training)
    }
}
