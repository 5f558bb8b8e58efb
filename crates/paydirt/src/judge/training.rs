//! What a project does to the training side before its model is fitted on it, in the one order in which
//! it happens.

use std::sync::Arc;

use paydirt_core::label::Sample;
use paydirt_core::sample::Sampling;
use paydirt_core::seed::Seed;
use paydirt_core::stack::Stack;
use paydirt_core::thinning;
use paydirt_model::balance::{Balance, Balanced};
use paydirt_model::neural::{Around, OnGround};
use paydirt_model::pretext::Trunk;
use paydirt_model::select::{Select, Selected, Without};
use paydirt_model::unlabelled::{FromUnlabelled, Unlabelled};
use paydirt_model::{Estimator, FittedModel, Model, TrainingSet};
use rand::seq::SliceRandom;

use crate::error::{Error, Result};
use crate::project::Project;
use crate::read::matches;
use crate::report::number;

/// What a model is given beside its rows.
#[derive(Clone, Copy, Default)]
pub struct Beside<'a> {
    /// The ground around them.
    pub around: Option<Around<'a>>,
    /// What a pretext learned.
    pub trunk: Option<&'a Arc<Trunk>>,
}

/// How a training side is prepared: deposits are thinned, columns are chosen, the unlabelled are chosen
/// or bagged, classes are evened out, and the model is fitted. All of it inside each fold, and again for
/// the model that draws the map.
#[derive(Clone, Copy, Debug, Default)]
pub struct Training<'a> {
    /// Leaves out deposits that lie close together; for every contestant alike.
    pub thinning: Option<&'a thinning::Settings>,
    /// Deposits that train, at most, drawn at random: for a curve over their number. Fewer are always some of
    /// more.
    pub most_deposits: Option<usize>,
    /// Layers, or groups, that are not seen, as patterns: none but in another way to work.
    pub without: &'a [String],
    /// Chooses columns by the labels.
    pub select: Option<&'a Select>,
    /// Learns from unlabelled samples as such.
    pub unlabelled: Option<&'a Unlabelled>,
    /// Evens out the classes: in each bag, where there are bags.
    pub balance: Option<&'a Balance>,
}

impl Training<'_> {
    /// The rows of a training side that a model is fitted on.
    ///
    /// # Errors
    /// As [`thinning::Settings::thin`].
    pub fn rows(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        rows: Vec<usize>,
        seed: Seed,
    ) -> Result<Vec<usize>> {
        let rows = match self.thinning {
            None => rows,
            Some(thinning) => thinning.thin(stack, samples, &rows, seed)?,
        };
        Ok(match self.most_deposits {
            None => rows,
            Some(most) => fewer(rows, samples, most, seed.derive("fewer deposits", 0)),
        })
    }

    /// Fits a model to evidence, on its ground where it sees any.
    ///
    /// # Errors
    /// As [`Estimator::fit_on`].
    pub fn fit(
        &self,
        model: &Model,
        set: &TrainingSet,
        beside: Beside<'_>,
        seed: Seed,
    ) -> paydirt_model::Result<FittedModel> {
        // What was learned of all columns cannot be taken over by a model that sees fewer.
        let trunk = beside.trunk.filter(|_| self.without.is_empty());
        let taught = trunk.map(|trunk| model.on_trunk(trunk));
        let mut fit: &dyn Estimator = &**taught.as_ref().unwrap_or(model);
        let balanced = self.balance.map(|balance| Balanced { balance, model: fit });
        fit = balanced.as_ref().map_or(fit, |balanced| balanced);
        let from = self.unlabelled.map(|unlabelled| FromUnlabelled { unlabelled, model: fit });
        fit = from.as_ref().map_or(fit, |from| from);
        let selected = self.select.map(|select| Selected { select, model: fit });
        fit = selected.as_ref().map_or(fit, |selected| selected);
        if self.without.is_empty() {
            return OnGround { model: fit, around: beside.around }.fit(set, seed);
        }
        let hidden = |layer: &str| self.without.iter().any(|pattern| matches(pattern, layer));
        Without { hidden: &hidden, model: fit }.fit(set, seed)
    }

    /// The same for a model that takes unlabelled samples for barren and classes as they are.
    #[must_use]
    pub const fn plain(self) -> Self {
        Self { unlabelled: None, balance: None, ..self }
    }

    /// Whether it differs from [`Self::plain`].
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.unlabelled.is_none() && self.balance.is_none()
    }

    /// Whether it draws anything at random that changes what is fitted.
    #[must_use]
    pub const fn varies(&self) -> bool {
        self.thinning.is_some() || !self.is_plain()
    }

    /// What it does, in sentences, in the order in which it happens.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let thinned = self.thinning.map(|thinning| {
            format!(
                "Deposits of the training side keep {} from one another: of those that lie closer, some \
                 are left out.",
                number::length(thinning.at_least_m)
            )
        });
        let selected = self.select.map(|select| {
            format!("Columns are chosen by the labels of the training side ({}).", select.key())
        });
        let from = self.unlabelled.map(|unlabelled| unlabelled.words());
        let balanced = self.balance.map(|balance| balance.words());
        [thinned, selected, from, balanced].into_iter().flatten().collect()
    }
}

/// The rows with so many deposits at most: a shuffled list, cut.
fn fewer(rows: Vec<usize>, samples: &[Sample], most: usize, seed: Seed) -> Vec<usize> {
    let mut deposits: Vec<usize> =
        rows.iter().copied().filter(|row| samples[*row].is_deposit()).collect();
    deposits.shuffle(&mut seed.rng());
    deposits.truncate(most);
    rows.into_iter().filter(|row| !samples[*row].is_deposit() || deposits.contains(row)).collect()
}

impl Project {
    /// What it does to the training side.
    #[must_use]
    pub const fn training(&self) -> Training<'_> {
        Training {
            thinning: self.thinning.as_ref(),
            most_deposits: None,
            without: &[],
            select: self.select.as_ref(),
            unlabelled: self.unlabelled.as_ref(),
            balance: self.balance.as_ref(),
        }
    }

    /// Refuses what is said of unlabelled samples where it contradicts itself.
    pub(crate) fn validate_training(&self) -> Result<()> {
        let wrong = |reason: String, hint: &str| Err(Error::Project { reason, hint: hint.into() });
        let loss = self.model.without_unlabelled_loss().map(|_| self.model.key());
        let way = self.unlabelled.as_ref().map(|way| format!("[unlabelled.{}]", way.key()));
        if let (Some(key), Some(other)) = (
            loss,
            way.clone().or_else(|| self.balance.as_ref().map(|b| format!("[balance.{}]", b.key()))),
        ) {
            return wrong(
                format!(
                    "the loss of [model.{key}] is one for unlabelled samples as they are, but there is {other}"
                ),
                "keep one of them",
            );
        }
        let learns = way.or_else(|| loss.map(|key| format!("the loss of [model.{key}]")));
        match (&self.sample, learns) {
            (Sampling::GivenNegatives(_), Some(learns)) => wrong(
                format!(
                    "{learns} learns from unlabelled samples, but [sample.given_negatives] has none"
                ),
                "take [sample.distant_unlabelled], or leave it out: verified negatives need no such thing",
            ),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use paydirt_core::label::Role;

    use super::*;

    #[test]
    fn fewer_deposits_are_some_of_more_and_all_others_stay() {
        let role =
            |row: usize| if row.is_multiple_of(3) { Role::Deposit } else { Role::Unlabelled };
        let sample = |unit| Sample { unit, role: role(unit), weight: 1.0, group: None, year: None };
        let samples: Vec<Sample> = (0..60).map(sample).collect();
        let of = |most: usize| fewer((0..60).collect(), &samples, most, Seed(1));
        let deposits = |rows: &[usize]| rows.iter().filter(|row| row.is_multiple_of(3)).count();
        for (more, less) in [(20, 12), (12, 5), (5, 1), (1, 0)] {
            let [more, less] = [of(more), of(less)].map(|rows| {
                assert_eq!(rows.len() - deposits(&rows), 40);
                rows
            });
            assert!(less.iter().all(|row| more.contains(row)) && less.is_sorted());
        }
        assert_eq!((deposits(&of(12)), deposits(&of(99))), (12, 20));
        assert_ne!(of(5), fewer((0..60).collect(), &samples, 5, Seed(2)));
    }
}
