//! Settings drawn at random.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Axis, Place, Rules, Searcher, Space, Trial, drawn};
use crate::seed::Rng;

/// Settings drawn evenly from the space. Where few settings matter it finds better ones than a grid of
/// as many trials: Bergstra and Bengio (2012), <https://jmlr.org/papers/v13/bergstra12a.html>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Trials of each search, 2 to 10,000, the model's own settings the first of them.
    pub trials: usize,
    /// Inner folds, 2 to 100: the training side parted anew by the same split, with the same buffer. Splits
    /// that hold samples out one by one are brought to this number.
    pub folds: usize,
    /// Key of the metric that is brought to its best, as in the report.
    pub metric: String,
    /// Trials in a row without a better one after which a search ends; all are made where it is not
    /// given.
    pub patience: Option<usize>,
    /// Whether a trial that is worse than the median of the others after its first inner folds is given
    /// up: Golovin and others (2017), DOI 10.1145/3097983.3098043.
    pub prune: bool,
    /// Minutes for all searches together. Looked at between trials; where it ends a search early, what is
    /// chosen depends on the machine, and the run warns of it. `trials` and `patience` do not.
    pub budget_minutes: Option<f64>,
    /// The settings that are searched. Without any, the model's usual ones, which the report lists.
    pub space: Space,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trials: 30,
            folds: 3,
            metric: "roc_auc".into(),
            patience: None,
            prune: true,
            budget_minutes: None,
            space: Space::new(),
        }
    }
}

impl Searcher for Settings {
    fn rules(&self) -> Rules<'_> {
        Rules {
            folds: self.folds,
            metric: &self.metric,
            patience: self.patience,
            prune: self.prune,
            budget_minutes: self.budget_minutes,
            space: &self.space,
        }
    }

    fn trials(&self, _: &[Axis]) -> usize {
        self.trials
    }

    fn propose(&self, axes: &[Axis], tried: &[Trial], rng: &mut Rng) -> Option<Place> {
        drawn(axes, tried, || axes.iter().map(|axis| axis.draw(rng)).collect())
    }
}
