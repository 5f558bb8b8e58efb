//! Search for the settings of a model: which are tried next, which trial is given up, when it is over.
//!
//! Knows settings and figures alone. Who calls it fits the models, inside the training side of a fold.

mod course;
mod space;
#[cfg(test)]
mod tests;

pub use course::{Course, Ending, Trial};
pub use space::{Axis, Scope, Space, Span, flat};

use crate::catalogue::catalogue;
use crate::error::require;
use crate::formula::nearest;
use crate::metric::{METRICS, Metric};
use crate::seed::Rng;
use crate::{Error, Result};

/// A coordinate on each axis.
pub type Place = Vec<f64>;

/// What all searches have.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Inner folds.
    pub folds: usize,
    /// Key of the metric.
    pub metric: &'a str,
    /// Trials in a row without a better one after which a search ends.
    pub patience: Option<usize>,
    /// Whether hopeless trials are given up.
    pub prune: bool,
    /// Minutes for all searches together.
    pub budget_minutes: Option<f64>,
    /// What the project says is searched.
    pub space: &'a Space,
}

/// A way to choose what is tried next.
pub trait Searcher {
    /// What all searches have.
    fn rules(&self) -> Rules<'_>;

    /// Most trials of one search over some axes, the model's own settings among them.
    fn trials(&self, axes: &[Axis]) -> usize;

    /// The next place, after the trials so far; `None` where there is no other.
    fn propose(&self, axes: &[Axis], tried: &[Trial], rng: &mut Rng) -> Option<Place>;
}

catalogue! {
    /// The searches that a project file can name.
    Search: dyn Searcher {
        random => Random,
        grid => Grid,
        tpe => Tpe,
    }
}

/// Most trials of one search.
const MOST_TRIALS: usize = 10_000;

impl Search {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::BadSetting`], or [`Error::Unknown`] for a metric that there is not.
    pub fn check(&self) -> Result<()> {
        let rules = self.rules();
        let key = |name: &str| format!("search.{}.{name}", self.key());
        let count = |name: &str, found: usize, least: usize, most: usize| {
            let within = (least..=most).contains(&found);
            require(within, &key(name), found, &format!("{least} to {most}"))
        };
        count("folds", rules.folds, 2, 100)?;
        match self {
            Self::Grid(grid) => count("points", grid.points, 2, 100)?,
            Self::Random(random) => count("trials", random.trials, 2, MOST_TRIALS)?,
            Self::Tpe(tpe) => {
                count("trials", tpe.trials, 2, MOST_TRIALS)?;
                count("startup", tpe.startup, 1, MOST_TRIALS)?;
            }
        }
        count("patience", rules.patience.unwrap_or(1), 1, MOST_TRIALS)?;
        if let Some(minutes) = rules.budget_minutes {
            require(
                minutes.is_finite() && minutes > 0.0,
                &key("budget_minutes"),
                minutes,
                "over 0",
            )?;
        }
        self.metric().map(|_| ())
    }

    /// The metric that is brought to its best.
    ///
    /// # Errors
    /// [`Error::BadSetting`] where there is none of the name.
    pub fn metric(&self) -> Result<&'static Metric> {
        let wanted = self.rules().metric;
        METRICS.iter().find(|metric| metric.key == wanted).ok_or_else(|| {
            let known: Vec<&str> = METRICS.iter().map(|metric| metric.key).collect();
            Error::BadSetting {
                key: format!("search.{}.metric", self.key()),
                found: format!("`{wanted}`"),
                expected: format!("a metric ({})", nearest(wanted, &known)),
            }
        })
    }

    /// Refuses axes with nothing to search, and a grid that nobody could get through.
    ///
    /// # Errors
    /// [`Error::BadSetting`].
    pub fn check_axes(&self, axes: &[Axis]) -> Result<()> {
        let key = format!("search.{}.space", self.key());
        let all_fixed = axes.iter().all(Axis::is_fixed);
        let expected = "at least one setting with two values or a range";
        require(!all_fixed, &key, "a single choice of settings", expected)?;
        let trials = self.trials(axes);
        let found = format!("a grid of {} combinations", trials - 1);
        require(trials - 1 <= MOST_TRIALS, &key, found, "10000 or fewer: give fewer values")
    }
}

/// A place that a draw gives, brought to values that can be tried; `None` where a hundred draws find
/// none that was not.
fn drawn(axes: &[Axis], tried: &[Trial], mut draw: impl FnMut() -> Place) -> Option<Place> {
    let settle = |place: Place| -> Place {
        let each = axes.iter().zip(place);
        each.map(|(axis, at)| axis.coordinate(&axis.value(at)).unwrap_or(at)).collect()
    };
    let is_new = |place: &Place| tried.iter().all(|trial| trial.place.as_ref() != Some(place));
    (0..100).map(|_| settle(draw())).find(is_new)
}
