//! Fitting what says how sure the map is.

use paydirt_core::applicability::Applicability;
use paydirt_core::budget::Prior;
use paydirt_core::conformal::Conformal;
use paydirt_core::hot_deck::HotDeck;
use paydirt_core::seed::Seed;
use paydirt_core::split::SplitKind;
use paydirt_core::table::Table;
use paydirt_model::{FittedModel, TrainingSet};
use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{Alternative, Cause, Doubt};
use crate::console::Console;
use crate::error::Result;
use crate::fit::{self, Trained};
use crate::judge::{
    Bench, Beside, Contestant, Ground, Importance, Judged, Scored, Standing, fitting_units,
};
use crate::project::{Project, Uncertainty, Way};

/// Draws of the unlabelled that every way to work is fitted on.
const SHARED_DRAWS: usize = 2;
/// Cells of the map that say what is believed of ground of which nothing is known.
const PRIOR_CELLS: usize = 20_000;
/// Most training rows that cells of the map are compared with: all deposits that fit in, and others
/// evenly.
const MOST_ROWS: usize = 2_000;

/// The contestants with the other ways to work that are not among them yet: each is judged, so that
/// its scores can be calibrated and its figures are seen.
#[must_use]
pub fn with_alternatives(mut contestants: Vec<Contestant>, project: &Project) -> Vec<Contestant> {
    if project.grid.is_none() {
        return contestants;
    }
    for way in project.uncertainty.alternatives(&project.model) {
        if !contestants.iter().any(|contestant| stands_for(contestant, &way)) {
            let Way { name, model, changes } = way;
            contestants.push(Contestant {
                name,
                standing: Standing::Alternative,
                kind: SplitKind::Spatial,
                plain: false,
                changes,
                coordinates_only: false,
                model,
            });
        }
    }
    contestants
}

fn stands_for(contestant: &Contestant, way: &Way) -> bool {
    contestant.kind == SplitKind::Spatial
        && !contestant.coordinates_only
        && contestant.model == way.model
        && contestant.changes == way.changes
}

/// What is fitted to the draw of one member.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Others {
    /// The model again, with other seeds and other deposits of the same kind.
    refits: Vec<FittedModel>,
    /// Other ways to work.
    alternatives: Vec<FittedModel>,
}

/// What is fitted draw by draw, beside the members.
pub struct Fitting<'a> {
    bench: &'a Bench<'a>,
    project: &'a Project,
    refits: Vec<FittedModel>,
    alternatives: Vec<(&'a Scored, Vec<FittedModel>)>,
}

impl<'a> Fitting<'a> {
    /// Begins with the other ways to work that were judged.
    #[must_use]
    pub fn new(bench: &'a Bench<'a>, project: &'a Project, judged: &'a Judged) -> Self {
        let scored =
            |way: Way| judged.models.iter().find(|scored| stands_for(&scored.contestant, &way));
        // With a search, `project` has the settings that it chose; those judged stand beside the own ones.
        let own = bench.search.map_or(&project.model, |searching| searching.model);
        let wanted = project.uncertainty.alternatives(own).into_iter();
        let alternatives = wanted.filter_map(scored).map(|scored| (scored, Vec::new())).collect();
        Self { bench, project, refits: Vec::new(), alternatives }
    }

    /// Fits to the draw of a member, given its number and seed. For a table of samples there is
    /// nothing to fit.
    ///
    /// # Errors
    /// As [`paydirt_model::Estimator::fit`].
    pub fn draw(
        &self,
        set: &TrainingSet,
        beside: Beside<'_>,
        (number, seed): (usize, Seed),
    ) -> Result<Others> {
        let mut others = Others::default();
        if self.bench.stack.grid().is_none() {
            return Ok(others);
        }
        for refit in 0..self.project.uncertainty.model.refits {
            let seed = seed.derive("refit", refit as u64);
            let again = deposits_again(set, seed.derive("deposits", 0));
            let model = &self.project.model;
            let seed = seed.derive("model", 0);
            others.refits.push(self.bench.training.fit(model, &again, beside, seed)?);
        }
        if number < SHARED_DRAWS {
            for (place, (scored, _)) in self.alternatives.iter().enumerate() {
                let seed = seed.derive("alternative", place as u64);
                // As it was judged, so that its calibration is that of its scores.
                let training = scored.contestant.training(self.bench.training);
                let model = &scored.contestant.model;
                others.alternatives.push(training.fit(model, set, beside, seed)?);
            }
        }
        Ok(others)
    }

    /// Takes what was fitted to the draw of the next member.
    pub fn add(&mut self, others: Others) {
        self.refits.extend(others.refits);
        for ((_, members), fitted) in self.alternatives.iter_mut().zip(others.alternatives) {
            members.push(fitted);
        }
    }

    /// Ends: what the judging and the fitted members say.
    ///
    /// # Errors
    /// Where the evidence cannot be read.
    pub fn finish(self, judged: &Judged, trained: &Trained, console: &Console) -> Result<Doubt> {
        let Self { bench, project, .. } = self;
        let Some(_) = bench.stack.grid() else { return Ok(Doubt::default()) };
        let settings = &project.uncertainty;
        let mut doubt = Doubt {
            draws: if bench.sampling.varies() { trained.ensemble.members.len() } else { 1 },
            refits: self.refits,
            imputation: imputation(bench, (settings, trained.members_see_ground()), console)?,
            prior: prior(bench, trained)?,
            conformal: conformal(bench, judged, settings, console),
            dropout: if trained.members_see_ground() { settings.dropout.draws } else { 0 },
            seed: bench.seed.0,
            ..Doubt::default()
        };
        if settings.applicability.draw {
            doubt.applicability = applicability(bench, judged, trained, console)?;
        }
        for (scored, members) in self.alternatives {
            let name = scored.contestant.name.clone();
            let calibration = fit::calibration(bench, Some(scored))?;
            let level = fit::level(bench, trained, &members, &calibration)?;
            doubt.alternatives.push(Alternative { name, members, calibration, level });
        }
        doubt.causes = causes(&doubt, trained);
        Ok(doubt)
    }
}

/// What can be told apart by what was fitted.
fn causes(doubt: &Doubt, trained: &Trained) -> Vec<Cause> {
    let members = trained.ensemble.members.len();
    let refitted = !doubt.refits.is_empty();
    let measured = |cause: &Cause| match cause {
        Cause::Negatives => doubt.draws > 1,
        Cause::Model => refitted || (doubt.draws < 2 && members > 1),
        Cause::Evidence => doubt.imputation.is_some(),
        Cause::Workflow => !doubt.alternatives.is_empty(),
        Cause::Extrapolation => doubt.applicability.is_some(),
    };
    Cause::ALL.into_iter().filter(measured).collect()
}

/// The samples with as many deposits drawn from them with replacement.
fn deposits_again(set: &TrainingSet, seed: Seed) -> TrainingSet {
    let deposits: Vec<usize> = (0..set.deposit.len()).filter(|&row| set.deposit[row]).collect();
    let mut rng = seed.rng();
    let rows: Vec<usize> = (0..set.deposit.len())
        .map(|row| match set.deposit[row] {
            true => deposits[rng.random_range(0..deposits.len())],
            false => row,
        })
        .collect();
    TrainingSet {
        features: set.features.select(&rows),
        deposit: rows.iter().map(|&row| set.deposit[row]).collect(),
        weight: rows.iter().map(|&row| set.weight[row]).collect(),
    }
}

/// Complete cells of the map to draw missing evidence from.
fn imputation(
    bench: &Bench<'_>,
    (settings, sees_ground): (&Uncertainty, bool),
    console: &Console,
) -> Result<Option<(HotDeck, usize)>> {
    let settings = &settings.evidence;
    // What a network of windows is told of missing evidence is that it is missing.
    if settings.imputations == 0 || sees_ground {
        return Ok(None);
    }
    let units = fitting_units(bench.stack, &[], bench.seed);
    let evidence = bench.stack.read_units(&units)?;
    let modelled = |name: &String| bench.pipeline.layers.iter().any(|(layer, _)| layer == name);
    let rows = evidence.rows();
    let columns = evidence.into_columns().into_iter().filter(|column| modelled(&column.name));
    let evidence = Table::new(rows, columns.collect())?;
    match HotDeck::fit(&evidence, settings.neighbours, bench.seed.derive("donors", 0)) {
        Ok(deck) => Ok(Some((deck, settings.imputations))),
        Err(error) => {
            console.warn(format!("what missing evidence leaves open is not measured: {error}"));
            Ok(None)
        }
    }
}

/// Mean and variance of the probabilities over the map.
fn prior(bench: &Bench<'_>, trained: &Trained) -> Result<Prior> {
    let step = bench.eligible.count().div_ceil(PRIOR_CELLS).max(1);
    let units: Vec<usize> = bench.eligible.iter().step_by(step).collect();
    let estimates = trained.estimate(&bench.stack.read_units(&units)?, |_| true)?;
    Ok(Prior::of(&estimates.probability))
}

/// Held-out scores of the first repeat, by group of ground.
fn conformal(
    bench: &Bench<'_>,
    judged: &Judged,
    settings: &Uncertainty,
    console: &Console,
) -> Option<(Conformal, f64)> {
    let held_out = judged.chosen().and_then(|scored: &Scored| scored.repeats.first())?;
    let seed = bench.seed.derive("conformal", 0);
    match Conformal::fit(&held_out.score, &held_out.deposit, &held_out.group, seed) {
        Ok(fitted) => Some((fitted, settings.conformal.alpha)),
        Err(error) => {
            console.warn(format!("no prediction sets are drawn: {error}"));
            None
        }
    }
}

/// The samples of the first repeat, in its folds, seen as the members see them.
fn applicability(
    bench: &Bench<'_>,
    judged: &Judged,
    trained: &Trained,
    console: &Console,
) -> Result<Option<Applicability>> {
    let Some(ground) = judged.grounds.first() else { return Ok(None) };
    let rows = rows_to_compare(ground);
    let units: Vec<usize> = rows.iter().map(|&row| ground.samples[row].unit).collect();
    let features = trained.contract.pipeline.apply(&bench.stack.read_units(&units)?)?;
    let folds = folds_of_rows(ground);
    let folds: Vec<usize> = rows.iter().map(|&row| folds[row]).collect();
    let weights = weights(&features, &judged.importance);
    match Applicability::fit(&features, &weights, &folds) {
        Ok(fitted) => Ok(Some(fitted)),
        Err(error) => {
            console.warn(format!("the area of applicability is not drawn: {error}"));
            Ok(None)
        }
    }
}

/// At most [`MOST_ROWS`] samples, deposits first to be kept.
fn rows_to_compare(ground: &Ground) -> Vec<usize> {
    let (deposits, others): (Vec<usize>, Vec<usize>) =
        (0..ground.samples.len()).partition(|&row| ground.samples[row].is_deposit());
    let evenly = |rows: Vec<usize>, most: usize| {
        let step = rows.len().div_ceil(most).max(1);
        rows.into_iter().step_by(step)
    };
    let deposits: Vec<usize> = evenly(deposits, MOST_ROWS / 2).collect();
    let left = MOST_ROWS - deposits.len();
    deposits.into_iter().chain(evenly(others, left)).collect()
}

/// The first fold that holds each sample out; one more for those that none does.
fn folds_of_rows(ground: &Ground) -> Vec<usize> {
    let mut of_row = vec![ground.folds.len(); ground.samples.len()];
    for (number, fold) in ground.folds.iter().enumerate().rev() {
        fold.held_out.iter().for_each(|&row| of_row[row] = number);
    }
    of_row
}

/// The permutation importance of each column's layer. A column of several layers weighs as the mean
/// layer does; all weigh the same where no layer was found to matter.
fn weights(features: &Table, importance: &[Importance]) -> Vec<f64> {
    let falls = || importance.iter().map(|line| line.auc_fall.max(0.0));
    let mean = falls().sum::<f64>() / importance.len().max(1) as f64;
    let columns = features.columns().iter();
    if mean <= 0.0 || !mean.is_finite() {
        return columns.map(|_| 1.0).collect();
    }
    columns
        .map(|column| {
            let line = importance.iter().find(|line| line.layer == column.layer);
            line.map_or(mean, |line| line.auc_fall.max(0.0))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use paydirt_core::layer::EvidenceType;
    use paydirt_core::table::Column;

    use super::*;

    fn column(name: &str, layer: &str) -> Column {
        Column::new(name, layer, EvidenceType::Continuous, vec![0.0, 1.0])
    }

    #[test]
    fn columns_weigh_as_their_layers_matter() {
        let columns = vec![column("rock_1", "rock"), column("as", "as"), column("pc1", "pca")];
        let features = Table::new(2, columns).unwrap();
        let line =
            |layer: &str, auc_fall| Importance { layer: layer.into(), auc_fall, spread: 0.0 };
        let importance = [line("rock", 0.3), line("as", -0.1)];
        assert_eq!(weights(&features, &importance), [0.3, 0.0, 0.15]);
        assert_eq!(weights(&features, &[]), [1.0; 3]);
        assert_eq!(weights(&features, &[line("rock", -0.2)]), [1.0; 3]);
    }

    #[test]
    fn deposits_are_drawn_again_and_the_others_stay() {
        let deposit = [true, false, true, true, false];
        let values = vec![1.0, 10.0, 2.0, 3.0, 20.0];
        let column = Column::new("as", "as", EvidenceType::Continuous, values);
        let set = TrainingSet {
            features: Table::new(5, vec![column]).unwrap(),
            deposit: deposit.to_vec(),
            weight: vec![0.1, 1.0, 0.2, 0.3, 1.0],
        };
        let mut left_out = false;
        for seed in 0..20 {
            let again = deposits_again(&set, Seed(seed));
            let values = &again.features.columns()[0].values;
            assert_eq!(
                (again.deposit.as_slice(), values[1], values[4]),
                (&deposit[..], 10.0, 20.0)
            );
            for row in [0, 2, 3] {
                assert!((again.weight[row] * 10.0 - values[row]).abs() < 1e-6);
            }
            left_out |= ![0, 2, 3].iter().any(|&row| values[row] == 1.0);
        }
        assert!(left_out);
    }
}
