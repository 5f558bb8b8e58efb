//! Ground that somebody has verified to be barren.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Sampler, deposits, given};
use crate::Result;
use crate::label::{Role, Sample};
use crate::mask::Mask;
use crate::seed::Seed;
use crate::stack::Stack;

/// The labels of role `negative`, and nothing else, stand against the deposits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

impl Sampler for Settings {
    fn draw(
        &self,
        _: &dyn Stack,
        labelled: &[Sample],
        eligible: &Mask,
        _: Seed,
    ) -> Result<Vec<Sample>> {
        let mut samples = deposits(labelled, eligible)?;
        samples.extend(given(labelled, eligible, Role::Negative, "labels of role `negative`")?);
        Ok(samples)
    }

    fn varies(&self) -> bool {
        false
    }
}
