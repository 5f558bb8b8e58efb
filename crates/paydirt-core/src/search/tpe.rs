//! A tree-structured Parzen estimator.

use ::tpe::{TpeOptimizer, TpeOptimizerBuilder, histogram_estimator, parzen_estimator};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Axis, Place, Rules, Searcher, Space, Trial, drawn};
use crate::seed::Rng;

/// Settings drawn where those that did well so far are dense and those that did not are rare: the
/// tree-structured Parzen estimator, Bergstra and others (2011), <https://papers.nips.cc/paper/4443>.
///
/// The best 15 % of the trials are the good ones; of 24 candidates from the Parzen windows about them, the
/// one is tried whose density there is highest beside that about the others, setting by setting. The
/// crate `tpe` has the windows. Trials that were given up count as worse than all that were not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Trials of each search, 2 to 10,000, the model's own settings the first of them.
    pub trials: usize,
    /// Trials before the first that learns from others: drawn at random.
    pub startup: usize,
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
            startup: 10,
            folds: 3,
            metric: "roc_auc".into(),
            patience: None,
            prune: true,
            budget_minutes: None,
            space: Space::new(),
        }
    }
}

/// Share of the trials that are the good ones (the paper's).
const GOOD: f64 = 0.15;
/// Candidates drawn of each setting.
const CANDIDATES: usize = 24;
/// Draws that hit a place that was tried already, after which the next may lie anywhere.
const AGAIN: usize = 10;

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
        let placed = tried.iter().filter(|trial| trial.place.is_some()).count();
        if tried.len() < self.startup || placed == 0 {
            return drawn(axes, tried, || axes.iter().map(|axis| axis.draw(rng)).collect());
        }
        let ranks = ranks(tried);
        let mut windows: Vec<Option<TpeOptimizer>> =
            (0..axes.len()).map(|index| window(axes, index, tried, &ranks)).collect();
        let mut draws = 0;
        drawn(axes, tried, || {
            draws += 1;
            let each = axes.iter().zip(&mut windows);
            each.map(|(axis, window)| match window {
                Some(window) if draws <= AGAIN => {
                    window.ask(rng).unwrap_or_else(|_| axis.draw(rng))
                }
                _ => axis.draw(rng),
            })
            .collect()
        })
    }
}

/// The rank of each trial, 0 the best: those that were given up behind the others, those without a
/// figure last.
fn ranks(tried: &[Trial]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..tried.len()).collect();
    let key = |trial: &Trial| (!trial.is_complete(), trial.figure.is_none());
    order.sort_by(|&a, &b| {
        let better = tried[b].height().total_cmp(&tried[a].height());
        key(&tried[a]).cmp(&key(&tried[b])).then(better)
    });
    let mut ranks = vec![0.0; tried.len()];
    order.into_iter().enumerate().for_each(|(rank, index)| ranks[index] = rank as f64);
    ranks
}

/// The windows of one setting about the trials.
fn window(axes: &[Axis], index: usize, tried: &[Trial], ranks: &[f64]) -> Option<TpeOptimizer> {
    let axis = &axes[index];
    let [low, high] = axis.bounds();
    let (estimator, range) = match axis.choices() {
        Some(choices) => (histogram_estimator(), ::tpe::categorical_range(choices)),
        // The end itself can be tried, but the crate's ranges do not hold it.
        None => (parzen_estimator(), ::tpe::range(low, high + (high - low) * 1e-9)),
    };
    let mut builder = TpeOptimizerBuilder::new();
    let built = builder.gamma(GOOD).candidates(CANDIDATES).build(estimator, range.ok()?);
    let mut window = built.ok()?;
    for (trial, rank) in tried.iter().zip(ranks) {
        if let Some(place) = &trial.place {
            window.tell(place[index], *rank).ok()?;
        }
    }
    Some(window)
}
