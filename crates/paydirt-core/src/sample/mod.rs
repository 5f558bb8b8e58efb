//! Samplers: which units stand against the deposits in training and judging.
//!
//! They look at where deposits are and at whether evidence is known, never at the evidence itself. On
//! a grid, *unlabelled* units are the cells that carry no label; in a table, the rows whose role says
//! so.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::catalogue;
use crate::label::{Role, Sample};
use crate::mask::Mask;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::{Error, Result};

/// Chooses what stands against the deposits.
pub trait Sampler {
    /// The samples: all eligible deposits of `labelled`, then the units chosen to stand against them,
    /// in order. `eligible` says whether a unit could be used at all (in the area, with the evidence
    /// known).
    ///
    /// # Errors
    /// Settings out of range, or no deposit or nothing to choose from.
    fn draw(
        &self,
        stack: &dyn Stack,
        labelled: &[Sample],
        eligible: &Mask,
        seed: Seed,
    ) -> Result<Vec<Sample>>;

    /// Whether another seed draws other samples.
    fn varies(&self) -> bool;

    /// How many units are to stand against so many deposits, where the settings say it. Fewer are
    /// drawn where the ground has no more: the caller compares, and warns.
    fn wanted(&self, _deposits: usize) -> Option<usize> {
        None
    }
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

/// The eligible samples of a role.
fn given(labelled: &[Sample], eligible: &Mask, role: Role, what: &str) -> Result<Vec<Sample>> {
    let usable = |sample: &&Sample| sample.role == role && eligible.get(sample.unit);
    let given: Vec<Sample> = labelled.iter().filter(usable).cloned().collect();
    at_least_one(given.len(), what)?;
    Ok(given)
}

fn at_least_one(found: usize, what: &str) -> Result<()> {
    if found > 0 {
        return Ok(());
    }
    let what = format!("{what} inside the study area with evidence known");
    Err(Error::TooFew { what, found, needed: 1 })
}

/// The eligible deposits.
fn deposits(labelled: &[Sample], eligible: &Mask) -> Result<Vec<Sample>> {
    given(labelled, eligible, Role::Deposit, "deposits")
}

/// The eligible unlabelled units.
fn unlabelled(stack: &dyn Stack, labelled: &[Sample], eligible: &Mask) -> Mask {
    let mut units = match stack.grid() {
        Some(_) => eligible.clone(),
        None => Mask::new(eligible.len(), false),
    };
    for sample in labelled {
        let wanted = stack.grid().is_none() && sample.role == Role::Unlabelled;
        units.set(sample.unit, wanted && eligible.get(sample.unit));
    }
    units
}

/// Adds unlabelled units to the samples: with the weight and group of their row in a table, with
/// weight 1 and no group on a grid.
fn add_unlabelled(
    samples: &mut Vec<Sample>,
    labelled: &[Sample],
    units: impl Iterator<Item = usize>,
) {
    let rows = labelled.iter().filter(|sample| sample.role == Role::Unlabelled);
    let rows: BTreeMap<usize, &Sample> = rows.map(|sample| (sample.unit, sample)).collect();
    samples.extend(units.map(|unit| match rows.get(&unit) {
        Some(row) => (*row).clone(),
        None => Sample { unit, role: Role::Unlabelled, weight: 1.0, group: None, year: None },
    }));
}
