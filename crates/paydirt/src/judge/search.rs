//! Search for the settings of the chosen model, inside the training side of each outer fold.
//!
//! Settings that were chosen on held-out ground would make its figures look better than they are
//! (Varma and Simon 2006, DOI 10.1186/1471-2105-7-91). So each outer fold has a search of its own, on
//! folds of its training side, parted by the same split; and the map has one over all ground, whose
//! figures are no held-out figures.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use paydirt_core::metric::Metric;
use paydirt_core::search::{Axis, Course, Ending, Search, Trial};
use paydirt_core::split::SplitKind;
use paydirt_model::Model;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::round::Round;
use super::round::inside::told;
use super::{Bench, Contestant, Standing, usual_contestants};
use crate::console::{Console, Task};
use crate::error::{Error, Result};
use crate::project::Project;

/// What is searched, and until when.
pub struct Searching<'a> {
    /// How.
    pub search: &'a Search,
    /// The model with its own settings.
    pub model: &'a Model,
    /// What is tried.
    pub axes: Vec<Axis>,
    /// What is brought to its best.
    pub metric: &'static Metric,
    /// When the budget is spent.
    ends: Option<Instant>,
    /// Searches that have not begun.
    left: AtomicUsize,
}

impl<'a> Searching<'a> {
    /// What a project searches; `None` where it does not. `deposits` are those that count.
    ///
    /// # Errors
    /// Settings that cannot be searched.
    pub fn new(project: &'a Project, deposits: usize) -> Result<Option<Self>> {
        let Some(search) = &project.search else { return Ok(None) };
        let minutes = search.rules().budget_minutes;
        let time = minutes.and_then(|minutes| Duration::try_from_secs_f64(minutes * 60.0).ok());
        Ok(Some(Self {
            search,
            model: &project.model,
            axes: project.model.axes(search)?,
            metric: search.metric()?,
            ends: time.and_then(|time| Instant::now().checked_add(time)),
            left: AtomicUsize::new(searches(project, deposits)),
        }))
    }

    /// When the search that now begins must end: each has an equal share of the time that is left.
    fn deadline(&self) -> Option<Instant> {
        let left = self.left.load(Ordering::Relaxed).max(1);
        self.left.store(left - 1, Ordering::Relaxed);
        let (now, count) = (Instant::now(), u32::try_from(left).unwrap_or(u32::MAX));
        self.ends.map(|ends| now + ends.saturating_duration_since(now) / count)
    }

    /// Searches on some ground. The first trial is made in any case.
    fn run(&self, round: &Round<'_>, task: &Task<'_>, console: &Console) -> Result<Searched> {
        let deadline = self.deadline();
        let folds = round.prepared()?;
        let seed = round.seed();
        let own = self.model.own(&self.axes);
        let mut course = Course::new(self.search, &self.axes, own, (self.metric.direction, seed));
        let (mut fits, mut made, mut out_of_time) = (0, 0, false);
        while let Some(settings) = course.ask() {
            if made > 0 && deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                out_of_time = true;
                break;
            }
            let model = self.model.with(&settings)?;
            let (mut by_folds, mut ending) = (Vec::new(), Ending::Complete);
            let mut pool = Default::default();
            for fold in &folds {
                console.go_on()?;
                fits += 1;
                match round.add(&model, fold, self.metric, &mut pool) {
                    Ok(figure) => by_folds.push(figure),
                    Err(Error::Model(paydirt_model::Error::Untrainable { reason, .. })) => {
                        ending = Ending::Failed(reason);
                        break;
                    }
                    Err(other) => return Err(other),
                }
                if by_folds.len() < folds.len() && course.is_hopeless(&by_folds) {
                    ending = Ending::Pruned;
                    break;
                }
            }
            course.tell(settings, by_folds, ending);
            made += 1;
            task.advance(1)?;
        }
        task.advance((self.search.trials(&self.axes) - made) as u64)?;
        let (trials, best) = course.finish();
        let found = self.chosen(trials, best, fits, out_of_time)?;
        Ok(Searched { warnings: round.notes().to_vec(), ..found })
    }

    fn chosen(
        &self,
        trials: Vec<Trial>,
        best: Option<usize>,
        fits: usize,
        out_of_time: bool,
    ) -> Result<Searched> {
        let Some(chosen) = best else {
            let failed = trials.iter().find_map(|trial| match &trial.ending {
                Ending::Failed(reason) => Some(reason.clone()),
                _ => None,
            });
            return Err(Error::Data {
                reason: format!(
                    "no trial of the search has a figure of `{}`: {}",
                    self.metric.key,
                    failed.unwrap_or_else(|| "it is not defined on the inner folds".into())
                ),
                hint: "search by another `metric`, such as `roc_auc`, or with fewer inner `folds`"
                    .into(),
            });
        };
        let settings = trials[chosen].settings.clone();
        let model = self.model.with(&settings)?;
        let (repeat, fold) = (None, None);
        let warnings = Vec::new();
        Ok(Searched { repeat, fold, settings, chosen, trials, fits, out_of_time, model, warnings })
    }
}

/// One search that was made.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Searched {
    /// The repeat of the outer fold, from 1; none for the search over all ground.
    pub repeat: Option<usize>,
    /// The outer fold, from 1; none for the search over all ground.
    pub fold: Option<usize>,
    /// The settings that were chosen.
    pub settings: BTreeMap<String, Value>,
    /// The trial that they are of, from 0: the model's own settings.
    pub chosen: usize,
    /// Every trial, in order.
    pub trials: Vec<Trial>,
    /// Models that were fitted.
    pub fits: usize,
    /// Whether the budget of time ended it.
    pub out_of_time: bool,
    /// The model with the chosen settings.
    pub model: Model,
    /// What is odd about the inner folds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// Searches of a run, at most: one in each fold of each repeat, and one over all ground.
#[must_use]
pub fn searches(project: &Project, deposits: usize) -> usize {
    let folds = project.split.most_folds(deposits);
    project.split.repeats().saturating_mul(folds).saturating_add(1)
}

/// Models that the searches of a project fit, at most.
#[must_use]
pub fn most_fits(project: &Project, deposits: usize) -> usize {
    let Some((search, axes)) =
        project.search.as_ref().and_then(|search| Some((search, project.model.axes(search).ok()?)))
    else {
        return 0;
    };
    let each = search.trials(&axes).saturating_mul(search.rules().folds);
    searches(project, deposits).saturating_mul(each)
}

/// Searches inside each fold of a repeat, of which `first` is the number of the first piece; nothing where the
/// project does not search. A fold that is another share's has none until that is made.
pub(super) fn inside_folds(
    bench: &Bench<'_>,
    round: &Round<'_>,
    (repeat, first): (usize, usize),
    console: &Console,
) -> Result<Vec<Option<Searched>>> {
    let Some(searching) = bench.search else { return Ok(Vec::new()) };
    let folds = round.fold_count();
    let trials = searching.search.trials(&searching.axes);
    let task = console.task("search", folds.saturating_mul(trials) as u64, "trials");
    let make = |fold: usize| {
        let side = format!("the training side of fold {} of repeat {}", fold + 1, repeat + 1);
        let inner = round.inside(fold, searching).map_err(|error| told(error, &side))?;
        let found = searching.run(&inner, &task, console)?;
        Ok(Searched { repeat: Some(repeat + 1), fold: Some(fold + 1), ..found })
    };
    let one = |fold: usize| bench.pieces.piece("search", first + fold, || make(fold));
    // A budget of time is shared out one search after the other.
    let found: Vec<Option<Searched>> = if searching.ends.is_some() {
        (0..folds).map(one).collect::<Result<_>>()?
    } else {
        let found: Vec<Result<Option<Searched>>> = (0..folds).into_par_iter().map(one).collect();
        found.into_iter().collect::<Result<_>>()?
    };
    warn(found.iter().flatten(), console);
    Ok(found)
}

/// The contestants of a run, and what was searched over all ground for the map. With a search, the
/// chosen model is judged beside itself with its own settings; under the random control it has the
/// map's, as one who tunes first and splits at random afterwards would have it.
///
/// # Errors
/// Ground that cannot be parted, models that cannot learn, or an interrupt.
pub fn line_up(
    bench: &Bench<'_>,
    project: &Project,
    has_places: bool,
    console: &Console,
) -> Result<(Vec<Contestant>, Option<Searched>)> {
    let Some(searching) = bench.search else {
        return Ok((usual_contestants(project, &project.model, has_places), None));
    };
    let trials = searching.search.trials(&searching.axes);
    let task = console.task("search over all ground", trials as u64, "trials");
    let settled = bench.pieces.whole("settle", 0, || {
        let round =
            Round::of_all(bench, searching, console).map_err(|error| told(error, "all ground"))?;
        searching.run(&round, &task, console)
    })?;
    drop(task);
    warn([&settled], console);
    let mut lines = usual_contestants(project, &settled.model, has_places);
    let own = Contestant {
        name: unsearched(&project.model),
        standing: Standing::Baseline,
        kind: SplitKind::Spatial,
        coordinates_only: false,
        plain: false,
        changes: None,
        model: project.model.clone(),
    };
    lines.insert(1, own);
    Ok((lines, Some(settled)))
}

/// Name in the model table of the chosen model with its own settings.
#[must_use]
pub fn unsearched(model: &Model) -> String {
    format!("{}, not searched", model.key())
}

fn warn<'a>(searched: impl IntoIterator<Item = &'a Searched>, console: &Console) {
    let mut out_of_time = false;
    for searched in searched {
        out_of_time |= searched.out_of_time;
        searched.warnings.iter().for_each(|warning| console.warn(warning));
    }
    if out_of_time {
        console.warn(
            "budget_minutes ended searches early: another machine may choose other settings; \
             `trials` and `patience` give the same everywhere",
        );
    }
}
