//! The ground of a search: the training side of a fold, or all ground, parted anew.

use std::collections::BTreeSet;

use paydirt_core::label::Sample;
use paydirt_core::mask::Mask;
use paydirt_core::metric::Metric;
use paydirt_core::seed::Seed;
use paydirt_core::split::{self, SplitKind};
use paydirt_core::table::Table;
use paydirt_model::Model;

use super::{Prepared, REFERENCE_CELLS, Round, coordinates};
use crate::console::Console;
use crate::error::{Error, Result};
use crate::judge::found::Pool;
use crate::judge::search::Searching;
use crate::judge::{Bench, Contestant, Standing, draw_units, fitting_units};

/// Metrics that the samples alone define; the others rank deposits among cells of the map.
const OF_SAMPLES: [&str; 6] = ["roc_auc", "fold_auc", "pr_auc", "brier", "log_loss", "ece"];
/// Those of them that need probabilities.
const OF_PROBABILITIES: [&str; 3] = ["brier", "log_loss", "ece"];

/// All that a search may see.
struct Side {
    seed: Seed,
    /// Cells of a ground that may train; all of them where it is not said.
    allowed: Option<Mask>,
    samples: Vec<Sample>,
    evidence: Table,
    fitting: (Vec<usize>, Table),
    reference: (Vec<usize>, Table),
}

impl<'a> Round<'a> {
    /// The seed of the repeat, or of the search.
    pub(in crate::judge) const fn seed(&self) -> Seed {
        self.seed
    }

    /// Number of spatial folds.
    pub(in crate::judge) fn fold_count(&self) -> usize {
        self.ground.folds.len()
    }

    /// The training side of a fold as ground of its own, parted anew. Nothing of what the fold holds out
    /// or of its buffer is in it: no sample, no cell that a pipeline is fitted on, no cell of the map.
    ///
    /// # Errors
    /// Where that side cannot be parted.
    pub(in crate::judge) fn inside(
        &self,
        number: usize,
        searching: &Searching<'_>,
    ) -> Result<Self> {
        let rows = &self.ground.folds[number].training;
        let kept = |(units, table): &(Vec<usize>, Table), wanted: bool| {
            let may_train = |&i: &usize| wanted && self.territory.may_train(units[i], number);
            let kept: Vec<usize> = (0..units.len()).filter(may_train).collect();
            (kept.iter().map(|&i| units[i]).collect(), table.select(&kept))
        };
        let side = Side {
            seed: self.seed.derive("search", number as u64),
            allowed: searching.model.sees_ground().then(|| self.may_train(number)),
            samples: rows.iter().map(|&row| self.ground.samples[row].clone()).collect(),
            evidence: self.evidence.select(rows),
            fitting: kept(&self.fitting, true),
            reference: kept(&self.reference, needs_map(searching.metric)),
        };
        Self::parted(self.bench, side, searching, self.console)
    }

    /// All ground, parted as for a search.
    ///
    /// # Errors
    /// Where it cannot be parted, or nothing can be drawn.
    pub(in crate::judge) fn of_all(
        bench: &'a Bench<'a>,
        searching: &Searching<'_>,
        console: &'a Console,
    ) -> Result<Self> {
        let (stack, seed) = (bench.stack, bench.seed.derive("search", 0));
        let samples =
            bench.sampling.draw(stack, bench.labelled, bench.eligible, seed.derive("sample", 0))?;
        let units: Vec<usize> = samples.iter().map(|sample| sample.unit).collect();
        let fitting = fitting_units(stack, &samples, seed);
        let cells = if needs_map(searching.metric) { REFERENCE_CELLS } else { 0 };
        let reference = draw_units(&bench.map_units(), cells, seed.derive("reference", 0));
        let side = Side {
            seed,
            allowed: None,
            samples,
            evidence: stack.read_units(&units)?,
            fitting: (fitting.clone(), stack.read_units(&fitting)?),
            reference: (reference.clone(), stack.read_units(&reference)?),
        };
        Self::parted(bench, side, searching, console)
    }

    fn parted(
        bench: &'a Bench<'a>,
        side: Side,
        searching: &Searching<'_>,
        console: &'a Console,
    ) -> Result<Self> {
        let Side { seed, allowed, samples, evidence, fitting, reference } = side;
        let folds = searching.search.rules().folds;
        let territory =
            bench.split.part_inside(bench.stack, &samples, folds, seed.derive("split", 0))?;
        let warnings = territory.warnings().into_iter();
        let notes = warnings.map(|warning| format!("inner folds of the search: {warning}"));
        let notes = notes.collect();
        let folds = split::folds(territory.as_ref(), &samples);
        split::check(&samples, &folds)?;
        let units: Vec<usize> = samples.iter().map(|sample| sample.unit).collect();
        Ok(Self {
            bench,
            console,
            seed,
            allowed,
            random: Vec::new(),
            deposits: deposit_units(&samples),
            places: coordinates(bench.stack, &units)?,
            ground: super::Ground {
                hash: split::hash(&samples, &folds),
                parts: Vec::new(),
                notes,
                samples,
                folds,
            },
            territory,
            evidence,
            fitting,
            reference,
        })
    }

    /// Every fold with its pipeline fitted: the same for all trials.
    ///
    /// # Errors
    /// Where a pipeline cannot be fitted.
    pub(in crate::judge) fn prepared(&self) -> Result<Vec<(usize, Prepared)>> {
        let all = (0..self.ground.folds.len())
            .map(|number| Ok((number, self.prepare(SplitKind::Spatial, number)?)));
        let some = |found: &Result<(usize, Prepared)>| {
            found.as_ref().map_or(true, |(_, prepared)| !prepared.held_out.is_empty())
        };
        all.filter(some).collect()
    }

    /// Fits a model on one fold, and adds what it scores to those before: the figure of all.
    ///
    /// # Errors
    /// As [`paydirt_model::Estimator::fit`].
    pub(in crate::judge) fn add(
        &self,
        model: &Model,
        (number, prepared): &(usize, Prepared),
        metric: &Metric,
        pool: &mut Pool,
    ) -> Result<Option<f64>> {
        let contestant = Contestant {
            name: String::new(),
            standing: Standing::Chosen,
            kind: SplitKind::Spatial,
            coordinates_only: false,
            plain: false,
            changes: None,
            model: model.clone(),
        };
        self.contest(&contestant, prepared, *number, pool)?;
        let has_probability = OF_PROBABILITIES.contains(&metric.key);
        if has_probability && pool.folds.iter().collect::<BTreeSet<_>>().len() < 2 {
            return Ok(None);
        }
        let held_out = match has_probability {
            true => self.finish(SplitKind::Spatial, pool.clone())?.0,
            false => self.held_out(SplitKind::Spatial, pool),
        };
        Ok(metric.of(&held_out))
    }
}

/// The units of the deposits, in order.
pub(super) fn deposit_units(samples: &[Sample]) -> Vec<usize> {
    let deposits = samples.iter().filter(|sample| sample.is_deposit());
    let mut units: Vec<usize> = deposits.map(|sample| sample.unit).collect();
    units.sort_unstable();
    units
}

fn needs_map(metric: &Metric) -> bool {
    !OF_SAMPLES.contains(&metric.key)
}

/// An error of parting the ground of a search, with where it was.
pub(in crate::judge) fn told(error: Error, ground: &str) -> Error {
    match error {
        Error::Core(error @ paydirt_core::Error::TooFew { .. }) => Error::Data {
            reason: format!("the search cannot part {ground} into folds of its own: {error}"),
            hint: "its folds are made like the outer ones, of what those leave to train on: use \
                   smaller blocks and buffers, more inner `folds` (each then holds out less) or more \
                   deposits, or leave out [search]"
                .into(),
        },
        other => other,
    }
}
