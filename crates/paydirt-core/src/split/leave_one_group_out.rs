//! Not written yet.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Splitter, Territory};
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::{Error, Result};

/// Settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

impl Splitter for Settings {
    fn part(&self, _: &dyn Stack, _: &[Sample], _: Seed) -> Result<Box<dyn Territory>> {
        Err(Error::TooFew { what: "not written".into(), found: 0, needed: 1 })
    }
    fn repeats(&self) -> usize {
        1
    }
}
