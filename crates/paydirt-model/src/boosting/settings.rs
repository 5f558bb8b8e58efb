//! Settings of boosting, and their checks.

use std::collections::BTreeMap;

use paydirt_core::trees::{BoostLimits, Direction, MOST_BINS};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::columns::{bad_setting, require_positive};
use crate::forest::MOST_TREES;
use crate::{ClassWeight, Result};

/// Most leaves of a tree.
const MOST_LEAVES: usize = 1 << 16;

/// Settings of gradient-boosted trees. The defaults are for tens to hundreds of deposits: on six synthetic
/// districts with 30, 100 and 300 of them and 20 other samples each, the AUC of the map was 0.835, 0.874 and
/// 0.891, with scikit-learn's defaults (rate 0.1, 31 leaves of 20 or more) 0.807, 0.838 and 0.868 (both as
/// scikit-learn fits them).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What each tree is a step down of: `log_loss`, or `nnpu` where the other samples are unlabelled and
    /// some of them are deposits.
    pub loss: Loss,
    /// With `nnpu`, the share of deposits among the unlabelled samples, below 1; 0 estimates it from
    /// scores of held-out parts of the training side.
    pub prior: f64,
    /// Number of trees, 1 to 100,000. Unlike a forest's, too many fit the noise.
    pub trees: usize,
    /// By what each tree's step is multiplied, over 0 to 1: smaller is smoother and needs more trees.
    pub learning_rate: f64,
    /// Most leaves of a tree, 2 to 65,536.
    pub max_leaves: usize,
    /// Most splits between the root and a leaf; not limited where it is not given.
    pub max_depth: Option<usize>,
    /// Fewest distinct samples in a leaf.
    pub min_leaf: usize,
    /// L2 penalty of the leaves' values, zero or more: what is added to the sum of second derivatives,
    /// which is a quarter of a sample's weight or less.
    pub l2: f64,
    /// Share of the columns that is drawn for each split, rounded up.
    pub feature_share: f64,
    /// Share of the samples that is drawn for each tree, without replacement and of deposits and others
    /// alike, rounded up (stochastic gradient boosting, Friedman 2002, doi
    /// 10.1016/S0167-9473(01)00065-2).
    pub row_share: f64,
    /// Most bins that a column is cut into, 2 to 255.
    pub bins: usize,
    /// Which way the score may go where a column rises, by the column's name: `rising` or `falling`. Other
    /// columns may do both.
    pub monotone: BTreeMap<String, Trend>,
    /// Stops when samples kept aside on the training side are predicted no better; where it is not
    /// given, all trees are grown.
    pub early_stopping: Option<EarlyStopping>,
    /// Whether deposits and the other samples are made to weigh the same in sum.
    pub class_weight: ClassWeight,
}

/// What a boosted model is fitted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// The log loss of deposits against the other samples.
    #[default]
    LogLoss,
    /// The risk of a classifier that the other samples, taken for a mixture with the share `prior` of
    /// deposits, let one estimate, where the part of the barren ground may not fall under 0 (non-negative
    /// risk, Kiryo, Niu, du Plessis & Sugiyama 2017, arXiv 1703.00593), with the log loss.
    Nnpu,
}

/// Which way the score goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Up, where the column rises.
    Rising,
    /// Down, where the column rises.
    Falling,
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EarlyStopping {
    /// Trees in a row after which no gain is taken for the end; 1 or more. The trees after the best are
    /// dropped.
    pub patience: usize,
    /// Share of the deposits, and of the others, that is kept aside, over 0 to 0.5; one at least. They are
    /// drawn row by row: near neighbours on both sides make it stop late.
    pub share: f64,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { patience: 10, share: 0.2 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            loss: Loss::LogLoss,
            prior: 0.0,
            trees: 100,
            learning_rate: 0.05,
            max_leaves: 4,
            max_depth: None,
            min_leaf: 10,
            l2: 0.0,
            feature_share: 1.0,
            row_share: 1.0,
            bins: MOST_BINS,
            monotone: BTreeMap::new(),
            early_stopping: None,
            class_weight: ClassWeight::None,
        }
    }
}

impl Settings {
    /// Whether another seed fits other trees.
    pub(crate) const fn varies(&self) -> bool {
        let estimates = matches!(self.loss, Loss::Nnpu) && self.prior == 0.0;
        let draws = self.row_share < 1.0 || self.feature_share < 1.0;
        self.early_stopping.is_some() || draws || estimates
    }

    pub(super) fn check(&self) -> Result<()> {
        let within = |key: &str, found: usize, least: usize, most: usize| {
            let is_within = (least..=most).contains(&found);
            let error = || bad_setting(&key_of(key), found, &format!("{least} to {most}"));
            is_within.then_some(()).ok_or_else(error)
        };
        within("trees", self.trees, 1, MOST_TREES)?;
        within("max_leaves", self.max_leaves, 2, MOST_LEAVES)?;
        within("bins", self.bins, 2, MOST_BINS)?;
        within("min_leaf", self.min_leaf, 1, usize::MAX)?;
        let up_to = |key: &str, found: f64, most: f64| {
            let error = || bad_setting(&key_of(key), found, &format!("over 0, up to {most}"));
            (found > 0.0 && found <= most).then_some(()).ok_or_else(error)
        };
        up_to("learning_rate", self.learning_rate, 1.0)?;
        up_to("feature_share", self.feature_share, 1.0)?;
        up_to("row_share", self.row_share, 1.0)?;
        if let Some(EarlyStopping { patience, share }) = self.early_stopping {
            within("early_stopping.patience", patience, 1, usize::MAX)?;
            up_to("early_stopping.share", share, 0.5)?;
        }
        if self.l2 != 0.0 {
            require_positive(&key_of("l2"), self.l2)?;
        }
        self.check_loss()
    }

    /// The same with the log loss; `None` where that is its loss.
    pub(crate) fn plain(&self) -> Option<Self> {
        let plain = Self { loss: Loss::LogLoss, prior: 0.0, ..self.clone() };
        (self.loss == Loss::Nnpu).then_some(plain)
    }

    /// Refuses what goes with the other loss only.
    fn check_loss(&self) -> Result<()> {
        let bad = |key: &str, found: &str, expected: &str| {
            Err(bad_setting(&key_of(key), found, expected))
        };
        let prior = self.prior.to_string();
        match self.loss {
            _ if !(0.0..1.0).contains(&self.prior) => bad("prior", &prior, "0 or more and below 1"),
            Loss::LogLoss if self.prior > 0.0 => {
                bad("prior", &prior, "0 without `loss = \"nnpu\"`")
            }
            Loss::Nnpu if self.class_weight != ClassWeight::None => {
                let expected = "none with `loss = \"nnpu\"`, whose prior weighs";
                bad("class_weight", "balanced", expected)
            }
            _ => Ok(()),
        }
    }

    /// What bounds each tree.
    pub(super) fn limits(&self, columns: &[String]) -> Result<BoostLimits> {
        if let Some(name) = self.monotone.keys().find(|name| !columns.contains(name)) {
            let expected = format!("one of the columns `{}`", columns.join("`, `"));
            return Err(bad_setting(&key_of("monotone"), name, &expected));
        }
        let direction = |name: &String| match self.monotone.get(name) {
            None => Direction::Any,
            Some(Trend::Rising) => Direction::Rising,
            Some(Trend::Falling) => Direction::Falling,
        };
        Ok(BoostLimits {
            max_leaves: self.max_leaves,
            max_depth: self.max_depth.unwrap_or(usize::MAX),
            min_leaf: self.min_leaf,
            l2: self.l2,
            learning_rate: self.learning_rate,
            max_features: (self.feature_share * columns.len() as f64).ceil() as usize,
            directions: columns.iter().map(direction).collect(),
        })
    }
}

fn key_of(key: &str) -> String {
    format!("boosting.{key}")
}
