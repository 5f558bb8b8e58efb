//! Choosing columns by the labels: inside each fold, on its training side alone.
//!
//! A selection that had seen the labels of held-out ground would make their scores look better than
//! they are (Ambroise & McLachlan 2002, doi 10.1073/pnas.102102699). So it is a part of fitting:
//! [`Selected`] is an [`Estimator`] that selects and then fits its model on what was kept.

pub mod boruta;
pub mod relevance;
mod selected;
#[cfg(test)]
mod tests;

use paydirt_core::Error as CoreError;
use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use selected::{FittedSelected, Selected, Without};

use crate::{Result, TrainingSet};

/// A way to choose columns by the labels.
pub trait Selector {
    /// Chooses columns. The same set and seed give the same columns, whatever the number of threads.
    ///
    /// # Errors
    /// Settings out of range, or a training side that cannot be learned from (one class only).
    fn select(&self, set: &TrainingSet, seed: Seed) -> Result<Selection>;
}

/// Which columns are kept, in their order, and which are not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Names of the columns that are kept.
    pub kept: Vec<String>,
    /// Names of the others, each with the reason.
    pub dropped: Vec<(String, String)>,
}

/// Declares the selectors.
macro_rules! selectors {
    ($($file:ident => $variant:ident),+ $(,)?) => {
        /// A selection as the project file names it: `[select.boruta]`.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Select {
            $(#[doc = concat!("See [`", stringify!($file), "`].")] $variant($file::Settings),)+
        }

        impl Select {
            /// Every selection with its default settings.
            #[must_use]
            pub fn all() -> Vec<Self> { vec![$(Self::$variant($file::Settings::default())),+] }

            /// The keys of the catalogue, as the project file writes them.
            #[must_use]
            pub const fn keys() -> &'static [&'static str] { &[$(stringify!($file)),+] }

            /// The key of this selection.
            #[must_use]
            pub const fn key(&self) -> &'static str {
                match self { $(Self::$variant(_) => stringify!($file)),+ }
            }
        }

        impl std::ops::Deref for Select {
            type Target = dyn Selector;
            fn deref(&self) -> &(dyn Selector + 'static) {
                match self { $(Self::$variant(settings) => settings),+ }
            }
        }
    };
}

selectors! {
    boruta => Boruta,
    relevance => Relevance,
}

/// Refuses a setting for which something does not hold; `key` as in `boruta.rounds`.
fn require(holds: bool, key: &str, found: impl ToString, expected: &str) -> Result<()> {
    if holds {
        return Ok(());
    }
    let (key, found) = (format!("select.{key}"), found.to_string());
    Err(CoreError::BadSetting { key, found, expected: expected.into() }.into())
}
