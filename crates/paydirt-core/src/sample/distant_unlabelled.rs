//! Not written yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sampler;
use crate::label::Sample;
use crate::mask::Mask;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::{Error, Result};

/// Settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

impl Sampler for Settings {
    fn draw(&self, _: &dyn Stack, _: &[Sample], _: &Mask, _: Seed) -> Result<Vec<Sample>> {
        Err(Error::TooFew { what: "not written".into(), found: 0, needed: 1 })
    }
    fn varies(&self) -> bool {
        false
    }
}
