//! Extremely randomised trees: a forest whose splits are drawn. Of each of a few columns one cut is
//! tried, at a place drawn evenly between the smallest and the largest value of the node, and the best
//! of these is taken (Geurts, Ernst and Wehenkel 2006, doi 10.1007/s10994-006-6226-1).
//!
//! A row's score is the mean over the trees of the deposits' share of the weight in its leaf: a
//! number in [0, 1], not calibrated. Trees see all samples unless `bootstrap` says otherwise. The
//! scores change more smoothly from place to place than a forest's, and columns of noise do more harm.
//! Everything else is as in [`crate::forest`]; cuts fall between its bins. Shares are exact
//! (path-dependent) TreeSHAP values.

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::trees::{Classes, MOST_BINS, Plan, grow_extra_trees};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::forest::Fitted;
use crate::forest::{ClassWeight, MaxFeatures, Ready, Rule};
use crate::{Estimator, FittedModel, Result, TrainingSet, forest};

/// Settings of extremely randomised trees. The defaults are scikit-learn's, but for the number of
/// trees and for leaves that are large enough for probabilities.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Number of trees; more are never worse, only slower.
    pub trees: usize,
    /// Columns drawn for each split: `"sqrt"`, `"all"`, a number of columns, or (with a decimal
    /// point) a share of them. Where none of those drawn can split, further columns are tried.
    pub max_features: MaxFeatures,
    /// Fewest distinct samples in a leaf. With 1 the map shows known deposits rather than ground like
    /// theirs.
    pub min_leaf: usize,
    /// Most splits between the root and a leaf; not limited where it is not given.
    pub max_depth: Option<usize>,
    /// Most bins that a column is cut into, 2 to 255.
    pub bins: usize,
    /// Whether each tree sees its own draw of the samples, with replacement and in proportion to
    /// their weights. Where `false`, each tree sees all samples with their weights.
    pub bootstrap: bool,
    /// Whether deposits and the other samples are made to weigh the same in sum.
    pub class_weight: ClassWeight,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trees: 500,
            max_features: MaxFeatures::Rule(Rule::Sqrt),
            min_leaf: 5,
            max_depth: None,
            bins: MOST_BINS,
            bootstrap: false,
            class_weight: ClassWeight::None,
        }
    }
}

impl From<&Settings> for forest::Settings {
    fn from(settings: &Settings) -> Self {
        let Settings { trees, max_features, min_leaf, max_depth, bins, bootstrap, class_weight } =
            *settings;
        Self { trees, max_features, min_leaf, max_depth, bins, bootstrap, class_weight }
    }
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        forest::Settings::from(self).check("extra_trees", usize::MAX).map(|_| ())
    }

    fn space(&self) -> Space {
        Space::from([
            ("min_leaf".into(), Scope::log(1, 30)),
            ("max_features".into(), Scope::of([Value::from("sqrt"), 0.5.into(), "all".into()])),
            ("class_weight".into(), Scope::of(["none", "balanced"])),
        ])
    }

    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        let Ready { bins, columns, entries, limits } =
            forest::Settings::from(self).prepare_for("extra_trees", set)?;
        let plan = Plan { trees: self.trees, limits, bootstrap: self.bootstrap };
        let trees = grow_extra_trees::<Classes>(&columns, &entries, plan, seed);
        Ok(FittedModel::ExtraTrees(Fitted { columns: set.features.names(), bins, trees }))
    }
}

#[cfg(test)]
mod tests;
