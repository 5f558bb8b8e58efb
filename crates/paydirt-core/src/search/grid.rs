//! Every combination of some values.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Axis, Place, Rules, Searcher, Space, Trial};
use crate::seed::Rng;

/// Every combination of the values of the settings, the last setting by name changing fastest. The
/// model's own settings are tried first, whether they are of the grid or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Values taken of each range of numbers, from end to end, 2 to 100. The grid has 10,000 combinations at
    /// most.
    pub points: usize,
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
    /// chosen depends on the machine, and the run warns of it.
    pub budget_minutes: Option<f64>,
    /// The settings that are searched. Without any, the model's usual ones, which the report lists.
    pub space: Space,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            points: 3,
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

    fn trials(&self, axes: &[Axis]) -> usize {
        let sizes = axes.iter().map(|axis| axis.levels(self.points).len());
        sizes.fold(1, usize::saturating_mul).saturating_add(1)
    }

    fn propose(&self, axes: &[Axis], tried: &[Trial], _: &mut Rng) -> Option<Place> {
        let levels: Vec<Vec<f64>> = axes.iter().map(|axis| axis.levels(self.points)).collect();
        let combination = |mut number: usize| -> Place {
            let digits = levels.iter().rev().map(|levels| {
                let level = levels[number % levels.len()];
                number /= levels.len();
                level
            });
            let mut place: Place = digits.collect();
            place.reverse();
            place
        };
        // After the own settings; those are passed where they are of the grid.
        let size = self.trials(axes) - 1;
        let is_new = |place: &Place| tried.iter().all(|trial| trial.place.as_ref() != Some(place));
        (tried.len().saturating_sub(1)..size).map(combination).find(is_new)
    }
}
