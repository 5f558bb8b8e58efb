//! Balance: few deposits against many other samples, evened out on one training side by samples made
//! between deposits.
//!
//! What a model counts for each class can be evened out without making anything: `class_weight =
//! "balanced"` of the models. [`Balanced`] is an [`Estimator`] and sees one training side alone;
//! samples made before a split would put mixtures of held-out deposits into training.

mod neighbours;
pub mod smote;
pub mod smote_tomek;
#[cfg(test)]
mod tests;

use paydirt_core::Error as CoreError;
use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::columns::check_training;
use crate::{Estimator, FittedModel, Result, TrainingSet};

/// A way to even out the classes.
pub trait Balancer {
    /// The training side evened out. The same set and seed give the same, whatever the number of
    /// threads. Both classes have weight.
    ///
    /// # Errors
    /// Settings out of range, or a training side that has too few samples.
    fn balance(&self, set: &TrainingSet, seed: Seed) -> Result<TrainingSet>;

    /// What it does, as a sentence of the report.
    fn words(&self) -> String;
}

/// Declares the ways.
macro_rules! balancers {
    ($($file:ident => $variant:ident),+ $(,)?) => {
        /// A way to even out the classes as the project file names it: `[balance.smote]`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Balance {
            $(#[doc = concat!("See [`", stringify!($file), "`].")] $variant($file::Settings),)+
        }

        impl Balance {
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

        impl std::ops::Deref for Balance {
            type Target = dyn Balancer;
            fn deref(&self) -> &(dyn Balancer + 'static) {
                match self { $(Self::$variant(settings) => settings),+ }
            }
        }
    };
}

balancers! {
    smote => Smote,
    smote_tomek => SmoteTomek,
}

/// A model that is fitted on an evened-out training side.
#[derive(Clone, Copy)]
pub struct Balanced<'a> {
    /// How it is evened out.
    pub balance: &'a Balance,
    /// The model.
    pub model: &'a dyn Estimator,
}

impl Estimator for Balanced<'_> {
    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        check_training(self.balance.key(), set)?;
        self.model.fit(&self.balance.balance(set, seed.derive("balance", 0))?, seed)
    }
}

/// Refuses a setting for which something does not hold; `key` as in `smote.ratio`.
fn require(holds: bool, key: &str, found: impl ToString, expected: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    let (key, found) = (format!("balance.{key}"), found.to_string());
    Err(CoreError::BadSetting { key, found, expected: expected.into() }.into())
}
