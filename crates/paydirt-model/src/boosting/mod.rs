//! Gradient-boosted trees: a sum of small trees, each a Newton step down the log loss of the sum so
//! far (Friedman 2001, doi 10.1214/aos/1013203451; second derivatives and histograms as in Chen and
//! Guestrin 2016, doi 10.1145/2939672.2939785).
//!
//! The log odds of a row are those of the training weight plus the sum over the trees of its leaf's
//! value, `-learning_rate x sum of g / (sum of h + l2)` with `g = w (p - y)` and `h = w p (1 - p)`; its
//! score is their logistic function: a number in [0, 1], not calibrated. Each tree grows by the split of the
//! largest gain first, on columns cut into at most 255 bins as in [`crate::forest`], and at the edges of
//! bins as in scikit-learn: on columns of few distinct values the trees are the same.
//!
//! With the loss `nnpu`, `f` the log odds and `s(f) = ln(1 + e^f)`, the risk is `prior x mean s(-f)` over
//! the deposits + `max(0, mean s(f) over the unlabelled - prior x mean s(f) over the deposits)`. Where the
//! second part is under 0 (trees that learn hidden deposits by heart), the next tree steps up it, as
//! published with beta 0 and gamma 1. The risk of the deposits is a straight line of `f` and has no second
//! derivative: `h` is then a quarter of the weight, the most that the second derivative of `s` can be, and
//! where there is one, `w p max(1 - p, 1/4)`: a leaf moves by 4 learning rates at most.
//!
//! Shares are exact (path-dependent) TreeSHAP values in log odds. Own code on the trees of the
//! forests: see `benches/results/boosting.json` for its time and AUC beside scikit-learn.

mod early;
mod fit;
mod loss;
mod settings;
#[cfg(test)]
mod tests;

use paydirt_core::table::Table;
use paydirt_core::trees::map_sums;
use serde::{Deserialize, Serialize};

pub use self::settings::{EarlyStopping, Loss, Settings, Trend};
use crate::columns::{check_columns, probability};
use crate::prior::ClassPrior;
use crate::tree_shap::TreeSum;
use crate::{Attribution, Predictor, Result, forest};

/// Fitted boosted trees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Fitted {
    /// Log odds before any tree.
    base: f64,
    trees: forest::Fitted,
    /// With the loss `nnpu`, the share of deposits among the unlabelled samples.
    pub(crate) prior: Option<ClassPrior>,
}

/// Boosted trees as they are saved.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    base: f64,
    forest: forest::Stored,
    #[serde(default)]
    prior: Option<ClassPrior>,
}

impl From<Fitted> for Stored {
    fn from(fitted: Fitted) -> Self {
        Self { base: fitted.base, forest: fitted.trees.into(), prior: fitted.prior }
    }
}

impl TryFrom<Stored> for Fitted {
    type Error = String;

    fn try_from(stored: Stored) -> std::result::Result<Self, String> {
        if !stored.base.is_finite() {
            return Err("boosted trees without a base".into());
        }
        let trees = stored.forest.check(f32::MIN..=f32::MAX)?;
        Ok(Self { base: stored.base, trees, prior: stored.prior })
    }
}

impl Fitted {
    /// How many trees there are: fewer than were asked for where the fit was stopped early.
    #[must_use]
    pub const fn trees(&self) -> usize {
        self.trees.trees.len()
    }

    /// The model as a sum of trees, in log odds.
    pub(crate) fn tree_sum(&self) -> TreeSum<'_> {
        TreeSum { base: self.base, divisor: 1.0, unit: "log odds", ..self.trees.tree_sum() }
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        let forest::Fitted { columns, bins, trees } = &self.trees;
        check_columns(columns.iter().map(String::as_str), features)?;
        Ok(map_sums(bins, trees, features, |sum| probability(self.base + sum) as f32))
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.tree_sum().shares(features)
    }
}
