//! Learning from unlabelled ground: nobody has looked there, so some of it holds deposits.
//!
//! A model that takes all of it for barren learns to score hidden deposits low. What is here fits any
//! model so that this matters less, on one training side alone: [`FromUnlabelled`] is an
//! [`Estimator`], and nothing of held-out ground can reach it. The other way, a loss that knows the
//! share of deposits among the unlabelled, is the `loss` of boosting and of logistic
//! regression; [`crate::prior`] estimates that share. Bekker & Davis 2020 survey them all,
//! doi 10.1007/s10994-020-05877-5.

pub mod bagging;
pub mod distance_rank;
mod fitted;
pub mod spy;
#[cfg(test)]
pub(crate) mod tests;

use paydirt_core::Error as CoreError;
use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use fitted::FittedUnlabelled;
pub(crate) use fitted::in_scores;

use crate::columns::check_training;
use crate::neural::{Around, OnGround};
use crate::{Estimator, FittedModel, Result, TrainingSet};

/// A way to learn from deposits and unlabelled samples with a model that tells two classes apart.
pub trait Learner {
    /// Fits the model. The same set and seed give the same, whatever the number of threads. Both
    /// classes have weight.
    ///
    /// # Errors
    /// Settings out of range, or a training side that cannot be learned from.
    fn learn(&self, model: OnGround<'_>, set: &TrainingSet, seed: Seed)
    -> Result<FittedUnlabelled>;

    /// What it does, as a sentence of the report.
    fn words(&self) -> String;
}

/// Declares the ways.
macro_rules! learners {
    ($($file:ident => $variant:ident),+ $(,)?) => {
        /// A way to learn from unlabelled ground as the project file names it: `[unlabelled.bagging]`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Unlabelled {
            $(#[doc = concat!("See [`", stringify!($file), "`].")] $variant($file::Settings),)+
        }

        impl Unlabelled {
            /// Every way with its default settings.
            #[must_use]
            pub fn all() -> Vec<Self> { vec![$(Self::$variant($file::Settings::default())),+] }

            /// The keys of the catalogue, as the project file writes them.
            #[must_use]
            pub const fn keys() -> &'static [&'static str] { &[$(stringify!($file)),+] }

            /// The key of this way.
            #[must_use]
            pub const fn key(&self) -> &'static str {
                match self { $(Self::$variant(_) => stringify!($file)),+ }
            }
        }

        impl std::ops::Deref for Unlabelled {
            type Target = dyn Learner;
            fn deref(&self) -> &(dyn Learner + 'static) {
                match self { $(Self::$variant(settings) => settings),+ }
            }
        }
    };
}

learners! {
    bagging => Bagging,
    distance_rank => DistanceRank,
    spy => Spy,
}

/// A model that is fitted in one of these ways.
#[derive(Clone, Copy)]
pub struct FromUnlabelled<'a> {
    /// The way.
    pub unlabelled: &'a Unlabelled,
    /// The model.
    pub model: &'a dyn Estimator,
}

impl FromUnlabelled<'_> {
    fn learn(
        &self,
        set: &TrainingSet,
        around: Option<Around<'_>>,
        seed: Seed,
    ) -> Result<FittedModel> {
        check_training(self.unlabelled.key(), set)?;
        let model = OnGround { model: self.model, around };
        Ok(FittedModel::Unlabelled(self.unlabelled.learn(model, set, seed)?))
    }
}

impl Estimator for FromUnlabelled<'_> {
    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        self.learn(set, None, seed)
    }

    fn fit_on(&self, set: &TrainingSet, around: Around<'_>, seed: Seed) -> Result<FittedModel> {
        self.learn(set, Some(around), seed)
    }
}

/// The rows that have weight, in order: deposits, and unlabelled samples.
fn sides(set: &TrainingSet) -> (Vec<usize>, Vec<usize>) {
    (0..set.deposit.len()).filter(|row| set.weight[*row] > 0.0).partition(|row| set.deposit[*row])
}

/// So many of the rows, or all where there are fewer, drawn without replacement, in order.
fn draw(rows: &[usize], count: usize, seed: Seed) -> Vec<usize> {
    let count = count.min(rows.len());
    let mut drawn = rand::seq::index::sample(&mut seed.rng(), rows.len(), count).into_vec();
    drawn.sort_unstable();
    drawn.into_iter().map(|place| rows[place]).collect()
}

/// Refuses a setting for which something does not hold; `key` as in `spy.spy_share`.
fn require(holds: bool, key: &str, found: impl ToString, expected: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    let (key, found) = (format!("unlabelled.{key}"), found.to_string());
    Err(CoreError::BadSetting { key, found, expected: expected.into() }.into())
}
