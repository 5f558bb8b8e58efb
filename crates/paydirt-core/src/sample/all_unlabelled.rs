//! Everything that nobody has drilled.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Sampler, add_unlabelled, at_least_one, deposits, unlabelled};
use crate::Result;
use crate::label::Sample;
use crate::mask::Mask;
use crate::seed::Seed;
use crate::stack::Stack;

/// Every eligible unlabelled unit stands against the deposits: the whole map on a grid, as weights of
/// evidence takes it; the rows of role `unlabelled` in a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

impl Sampler for Settings {
    fn draw(
        &self,
        stack: &dyn Stack,
        labelled: &[Sample],
        eligible: &Mask,
        _: Seed,
    ) -> Result<Vec<Sample>> {
        let mut samples = deposits(labelled, eligible)?;
        let units = unlabelled(stack, labelled, eligible);
        at_least_one(units.count(), "unlabelled units")?;
        add_unlabelled(&mut samples, labelled, units.iter());
        Ok(samples)
    }

    fn varies(&self) -> bool {
        false
    }
}
