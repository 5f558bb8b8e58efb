//! One search: asked what to try, told what came of it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Axis, Place, Search};
use crate::metric::Direction;
use crate::seed::Seed;

/// Trials that must have come as far before one is given up.
const FEWEST: usize = 5;

/// Settings that were tried, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// The settings, by name.
    pub settings: BTreeMap<String, Value>,
    /// The figure over the inner folds that were made. Not a held-out figure: settings were chosen by it.
    pub figure: Option<f64>,
    /// The figure over the first inner fold, the first two, and so on.
    pub by_folds: Vec<Option<f64>>,
    /// How it ended.
    pub ending: Ending,
    /// Where it lies; `None` for own settings outside the space.
    #[serde(skip)]
    pub(super) place: Option<Place>,
    /// The figure, turned so that higher is better.
    #[serde(skip)]
    height: Option<f64>,
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// All inner folds were made.
    Complete,
    /// Given up after the first inner folds.
    Pruned,
    /// The model could not be fitted.
    Failed(String),
}

impl Trial {
    /// Whether all its inner folds were made.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ending == Ending::Complete
    }

    /// The figure, turned so that higher is better.
    pub(super) fn height(&self) -> f64 {
        self.height.unwrap_or(f64::NEG_INFINITY)
    }
}

/// One search under way.
///
/// ```
/// use paydirt_core::metric::Direction;
/// use paydirt_core::search::{Axis, Course, Ending, Scope, Search};
/// use paydirt_core::seed::Seed;
///
/// let axis = Axis::new("c", "space.c", &Scope::log(0.01, 100.0), &1.0.into()).unwrap();
/// let (search, axes) = (Search::Tpe(Default::default()), [axis]);
/// let own = [("c".to_string(), 1.0.into())].into();
/// let mut course = Course::new(&search, &axes, own, (Direction::Lower, Seed(1)));
/// while let Some(settings) = course.ask() {
///     let c = settings["c"].as_f64().unwrap();
///     course.tell(settings, vec![Some((c / 7.0).ln().powi(2))], Ending::Complete);
/// }
/// let best = course.best().unwrap().settings["c"].as_f64().unwrap();
/// assert!((6.0..8.0).contains(&best), "{best}");
/// ```
pub struct Course<'a> {
    search: &'a Search,
    axes: &'a [Axis],
    own: BTreeMap<String, Value>,
    direction: Direction,
    seed: Seed,
    trials: Vec<Trial>,
    best: Option<usize>,
}

impl<'a> Course<'a> {
    /// A search that begins with the model's own settings.
    #[must_use]
    pub fn new(
        search: &'a Search,
        axes: &'a [Axis],
        own: BTreeMap<String, Value>,
        (direction, seed): (Direction, Seed),
    ) -> Self {
        Self { search, axes, own, direction, seed, trials: Vec::new(), best: None }
    }

    /// The settings to try next; `None` when the search is over.
    pub fn ask(&mut self) -> Option<BTreeMap<String, Value>> {
        let number = self.trials.len();
        if number == 0 {
            return Some(self.own.clone());
        }
        let since = number - 1 - self.best.unwrap_or(0);
        let tired = self.search.rules().patience.is_some_and(|patience| since >= patience);
        if tired || number >= self.search.trials(self.axes) {
            return None;
        }
        let mut rng = self.seed.derive("trial", number as u64).rng();
        let place = self.search.propose(self.axes, &self.trials, &mut rng)?;
        let each = self.axes.iter().zip(place);
        Some(each.map(|(axis, at)| (axis.setting.clone(), axis.value(at))).collect())
    }

    /// Whether a trial with these figures so far is to be given up: the latest is worse than the median
    /// of the trials that have come as far.
    #[must_use]
    pub fn is_hopeless(&self, by_folds: &[Option<f64>]) -> bool {
        let Some(Some(now)) = by_folds.last().copied().filter(|_| self.search.rules().prune) else {
            return false;
        };
        let step = by_folds.len() - 1;
        let as_far = self.trials.iter().filter_map(|trial| trial.by_folds.get(step).copied()?);
        let mut as_far: Vec<f64> = as_far.map(|figure| self.height(figure)).collect();
        as_far.sort_by(f64::total_cmp);
        as_far.len() >= FEWEST && self.height(now) < as_far[(as_far.len() - 1) / 2]
    }

    /// What came of a trial.
    pub fn tell(
        &mut self,
        settings: BTreeMap<String, Value>,
        by_folds: Vec<Option<f64>>,
        ending: Ending,
    ) {
        let coordinate = |axis: &Axis| axis.coordinate(settings.get(&axis.setting)?);
        let place = self.axes.iter().map(coordinate).collect();
        let figure = by_folds.last().copied().flatten().filter(|figure| figure.is_finite());
        let height = figure.map(|figure| self.height(figure));
        let trial = Trial { settings, figure, by_folds, ending, place, height };
        let best = self.best().map_or(f64::NEG_INFINITY, Trial::height);
        if trial.is_complete() && trial.height() > best {
            self.best = Some(self.trials.len());
        }
        self.trials.push(trial);
    }

    /// The best of the trials that were completed; of equal ones the first.
    #[must_use]
    pub fn best(&self) -> Option<&Trial> {
        self.best.map(|best| &self.trials[best])
    }

    /// The trials in their order, and the number of the best.
    #[must_use]
    pub fn finish(self) -> (Vec<Trial>, Option<usize>) {
        (self.trials, self.best)
    }

    const fn height(&self, figure: f64) -> f64 {
        match self.direction {
            Direction::Higher => figure,
            Direction::Lower => -figure,
        }
    }
}
