//! Isolation forest: how few random cuts part a row from the training rows (Liu, Ting and Zhou 2008,
//! doi 10.1109/ICDM.2008.17).
//!
//! Each tree draws some training rows and parts them by columns and places drawn at random. A row's
//! score is `2^(-h / c)`, where `h` is the mean length of its path over the trees and `c` that of a path
//! in a random tree of as many rows: an anomaly score in (0, 1], no probability. Rows that are soon
//! alone score near 1; where all rows score about 0.5 none stands out; the commonest score least. The
//! model looks at no label: **it ranks ground by how unusual its evidence is**, in whatever direction, and
//! deposits rank high only where ore is what is unusual there (Chen and Wu 2019,
//! doi 10.1007/s11053-018-9375-6, draw prospectivity so).
//!
//! A sample's weight is its chance of being drawn. Columns are cut into at most 255 bins that hold as
//! much of the samples and of the column's range together, so that far values stay apart. Shares are
//! exact (path-dependent) TreeSHAP values of `ln(score)`, which is linear in the paths.

#[cfg(test)]
mod tests;

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_core::trees::{Bins, Entry, MOST_BINS, expected_path, grow_isolation, map_sums};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::columns::{bad_setting, check_columns};
use crate::forest::{self, MOST_TREES, check_samples};
use crate::tree_shap::TreeSum;
use crate::{Attribution, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Which samples show what is usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Usual {
    /// All of them.
    #[default]
    All,
    /// Those that are not deposits.
    Unlabelled,
}

/// Settings of the isolation forest. The defaults are those of its authors, but for the number of
/// trees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Number of trees, 1 to 100,000; more are never worse, only slower.
    pub trees: usize,
    /// Samples that each tree draws, without replacement; 2 or more. All of them where there are fewer.
    /// With more, unusual samples that lie together hide each other.
    pub sample: usize,
    /// Which samples show what is usual: `all`, or only the `unlabelled`.
    pub usual: Usual,
    /// Most bins that a column is cut into, 2 to 255.
    pub bins: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { trees: 200, sample: 256, usual: Usual::All, bins: MOST_BINS }
    }
}

/// A fitted isolation forest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Fitted {
    trees: forest::Fitted,
    /// Samples that each tree drew.
    sample: u32,
}

/// An isolation forest as it is saved.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    sample: u32,
    forest: forest::Stored,
}

impl From<Fitted> for Stored {
    fn from(fitted: Fitted) -> Self {
        Self { sample: fitted.sample, forest: fitted.trees.into() }
    }
}

impl TryFrom<Stored> for Fitted {
    type Error = String;

    fn try_from(stored: Stored) -> std::result::Result<Self, String> {
        let trees = stored.forest.check(0.0..=f32::MAX)?;
        if trees.trees.is_empty() || stored.sample == 0 {
            return Err("an isolation forest without trees or without samples".into());
        }
        Ok(Self { trees, sample: stored.sample })
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        if !(1..=MOST_TREES).contains(&self.trees) {
            return Err(bad_setting("isolation_forest.trees", self.trees, "1 to 100000"));
        }
        if self.sample < 2 {
            return Err(bad_setting("isolation_forest.sample", self.sample, "2 or more"));
        }
        if !(2..=MOST_BINS).contains(&self.bins) {
            return Err(bad_setting("isolation_forest.bins", self.bins, "2 to 255"));
        }
        Ok(())
    }
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn space(&self) -> Space {
        Space::from([
            ("sample".into(), Scope::log(16, 1024)),
            ("usual".into(), Scope::of(["all", "unlabelled"])),
        ])
    }

    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        self.check()?;
        check_samples("isolation_forest", set)?;
        let is_usual = |deposit: bool| self.usual == Usual::All || !deposit;
        let weights = set.weight.iter().zip(&set.deposit);
        let weight: Vec<f64> =
            weights.map(|(&w, &d)| if is_usual(d) { f64::from(w) } else { 0.0 }).collect();
        let entries: Vec<Entry<()>> = weight
            .iter()
            .enumerate()
            .filter(|(_, weight)| **weight > 0.0)
            .map(|(row, &weight)| Entry { row: row as u32, target: (), weight })
            .collect();
        let (bins, columns) = Bins::fit_spread(&set.features, &weight, self.bins);
        let trees = grow_isolation(&columns, &entries, (self.trees, self.sample), seed);
        let trees = forest::Fitted { columns: set.features.names(), bins, trees };
        let sample = self.sample.min(entries.len()) as u32;
        Ok(FittedModel::IsolationForest(Fitted { trees, sample }))
    }
}

impl Fitted {
    /// What the sum of a row's paths is divided by to give the logarithm of its score.
    fn divisor(&self) -> f64 {
        // Trees of one sample have no path: the score is 1.
        let usual = expected_path(f64::from(self.sample)).max(f64::MIN_POSITIVE);
        -(self.trees.trees.len() as f64) * usual / std::f64::consts::LN_2
    }

    /// The forest as a sum of trees, in `ln(score)`.
    pub(crate) fn tree_sum(&self) -> TreeSum<'_> {
        TreeSum { divisor: self.divisor(), unit: "log score", ..self.trees.tree_sum() }
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        let forest::Fitted { columns, bins, trees } = &self.trees;
        check_columns(columns.iter().map(String::as_str), features)?;
        let divisor = self.divisor();
        Ok(map_sums(bins, trees, features, |sum| (sum / divisor).exp() as f32))
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.tree_sum().shares(features)
    }
}
