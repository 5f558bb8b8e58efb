//! Samplers: which units stand against the deposits in training and judging.

use std::collections::BTreeSet;

use crate::Result;
use crate::catalogue::catalogue;
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;

/// Chooses what stands against the deposits.
pub trait Sampler {
    /// The samples: all deposits of `labelled`, then the units chosen to stand against them.
    /// `eligible` says whether a unit could be used at all (in the area, with the evidence known).
    ///
    /// # Errors
    /// Where there are too few units to choose from.
    fn draw(
        &self,
        stack: &dyn Stack,
        labelled: &[Sample],
        eligible: &crate::mask::Mask,
        seed: Seed,
    ) -> Result<Vec<Sample>>;

    /// Whether another seed draws other samples.
    fn varies(&self) -> bool;
}

catalogue! {
    /// The samplers that a project file can name.
    Sampling: dyn Sampler {
        distant_unlabelled => DistantUnlabelled,
        all_unlabelled => AllUnlabelled,
        given_negatives => GivenNegatives,
    }
}

/// The units that carry a label of any role.
#[must_use]
pub fn labelled_units(labelled: &[Sample]) -> BTreeSet<usize> {
    labelled.iter().map(|sample| sample.unit).collect()
}
