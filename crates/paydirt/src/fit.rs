//! Fitting what draws the map: an ensemble over repeated draws and seeds, calibrated on the
//! held-out scores of the judging.

mod member;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use paydirt_core::calibrate::FittedCalibration;
use paydirt_core::grid::Grid;
use paydirt_core::label::Sample;
use paydirt_core::layer::LayerInfo;
use paydirt_core::stack::Stack;
use paydirt_core::step::FittedPipeline;
use paydirt_core::table::{Column, Table};
use paydirt_model::ensemble::Ensemble;
use paydirt_model::neural::{Ground, Mapped};
use paydirt_model::weights_of_evidence::count::in_unit_cells;
use paydirt_model::{Attribution, FittedModel, Model};
use serde::{Deserialize, Serialize};

use self::member::{Drawn, member_set, members_of};
use crate::console::Console;
use crate::doubt::Doubt;
use crate::doubt::fit::Fitting;
use crate::error::{Error, Result};
use crate::ground::{FeatureGround, Surroundings};
use crate::judge::{Bench, Beside, Judged, Scored, fitting_units, pretext};

/// Cells of the map over which probabilities are brought to the number of known deposits.
const LEVEL_CELLS: usize = 100_000;

/// What a saved model must be given, by name and in this order, and what it does with it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    /// Version of Paydirt that fitted the model.
    pub paydirt_version: String,
    /// Name of the project.
    pub project: String,
    /// Key of the model.
    pub model: String,
    /// The evidence layers: names, types and units.
    pub layers: Vec<LayerInfo>,
    /// Codes of classes by their text, of each layer that was made of texts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<String, BTreeMap<String, u32>>,
    /// The one pipeline, with its fitted numbers.
    pub pipeline: FittedPipeline,
    /// Scores to probabilities of a unit cell.
    pub calibration: FittedCalibration,
    /// Multiplies the odds of calibrated probabilities. The model that draws the map was fitted on
    /// the known deposits and scores their ground higher than held-out ground was scored; with the
    /// level, probabilities over the cells of the map sum to the number of known deposits
    /// (calibration in the large, Van Calster and others 2019, DOI 10.1186/s12916-019-1466-7). 1 for
    /// a table.
    pub level: f64,
    /// Prior probability of a unit cell: the share of cells with a known deposit (of a table: of
    /// rows).
    pub prior: f64,
    /// That of the unit cells that weights of evidence were asked for, where it is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_cell_prior: Option<f64>,
}

impl Contract {
    /// Names of the columns that the pipeline makes of the layers, in order.
    ///
    /// # Errors
    /// Where the pipeline is not one of these layers.
    pub fn columns(&self) -> Result<Vec<String>> {
        let of =
            |info: &LayerInfo| Column::new(&info.name, &info.name, info.evidence_type, Vec::new());
        let nothing = Table::new(0, self.layers.iter().map(of).collect())?;
        Ok(self.pipeline.apply(&nothing)?.names())
    }
}

/// A fitted model and its contract.
#[derive(Clone, Debug)]
pub struct Trained {
    /// What it must be given.
    pub contract: Contract,
    /// The members.
    pub ensemble: Ensemble,
    /// What says how sure the map is.
    pub doubt: Doubt,
    /// The ground that it is asked on, for models that see it. Not saved: it is that of the evidence.
    pub around: Option<Arc<Surroundings>>,
}

/// What the model says of some units.
#[derive(Clone, Debug, Default)]
pub struct Estimates {
    /// Probability that the unit cell holds a deposit like those known; NaN where evidence is
    /// missing.
    pub probability: Vec<f32>,
    /// Rows that have one.
    pub complete: Vec<usize>,
    /// Mean score of the members for each of these.
    pub score: Vec<f32>,
    /// Probability of each member for each of these.
    pub members: Vec<Vec<f32>>,
    /// Features of the complete rows.
    pub features: Table,
}

impl Trained {
    /// Whether it asks any model that sees the ground around cells.
    #[must_use]
    pub fn sees_ground(&self) -> bool {
        let others = self.doubt.alternatives.iter().flat_map(|other| &other.members);
        self.members_see_ground()
            || self.doubt.refits.iter().chain(others).any(FittedModel::sees_ground)
    }

    /// Whether the model that draws the map sees the ground around cells.
    #[must_use]
    pub fn members_see_ground(&self) -> bool {
        self.ensemble.members.iter().any(FittedModel::sees_ground)
    }

    /// The ground that models are asked on.
    #[must_use]
    pub fn ground(&self) -> Option<&dyn Ground> {
        self.around.as_ref().map(|around| &around.ground as &dyn Ground)
    }

    /// The same model on other evidence.
    ///
    /// # Errors
    /// As [`FeatureGround::new`].
    pub fn stand_on(&mut self, stack: &dyn Stack, spool: Option<&Path>) -> Result<()> {
        if self.sees_ground() {
            let training = stack.area().clone();
            let ground = FeatureGround::new(stack, &self.contract.pipeline, training, spool)?;
            self.around = Some(Arc::new(Surroundings { ground, backbone: None }));
        }
        Ok(())
    }

    /// Estimates for those rows of raw evidence, one column a layer, that are `wanted`.
    ///
    /// # Errors
    /// Where the evidence is not what the contract asks for.
    pub fn estimate(&self, evidence: &Table, wanted: impl Fn(usize) -> bool) -> Result<Estimates> {
        let features = self.contract.pipeline.apply(evidence)?;
        let complete: Vec<usize> =
            (0..features.rows()).filter(|&row| wanted(row) && features.complete(row)).collect();
        let features =
            if complete.len() == features.rows() { features } else { features.select(&complete) };
        let mut probability = vec![f32::NAN; evidence.rows()];
        let mut members = self.scores_on_map(&self.ensemble.members, &features)?;
        let mut score = Vec::with_capacity(complete.len());
        for (index, &row) in complete.iter().enumerate() {
            let count = members.len() as f64;
            let (mut scores, mut sum) = (0.0, 0.0);
            for member in &mut members {
                let of_member = f64::from(member[index]);
                let told = self.probability(of_member);
                (scores, sum) = (scores + of_member, sum + told);
                member[index] = told as f32;
            }
            score.push((scores / count) as f32);
            probability[row] = (sum / count) as f32;
        }
        Ok(Estimates { probability, complete, score, members, features })
    }

    /// The score of each model for each row, as a map tells it.
    pub(crate) fn scores_on_map(
        &self,
        models: &[FittedModel],
        features: &Table,
    ) -> Result<Vec<Vec<f32>>> {
        let mapped = self.ground().map(Mapped);
        let mapped = mapped.as_ref().map(|ground| ground as &dyn Ground);
        models.iter().map(|model| Ok(model.score(features, mapped)?)).collect()
    }

    /// The probability of a unit cell for a member's score.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        with_level(self.contract.calibration.apply(score), self.contract.level)
    }

    /// Signed shares of the features in the members' mean score.
    ///
    /// # Errors
    /// As [`Ensemble::explain`].
    pub fn explain(&self, features: &Table) -> Result<Attribution> {
        Ok(self.ensemble.explain(features, self.ground())?)
    }
}

/// The probability with its odds multiplied.
pub(crate) fn with_level(probability: f64, level: f64) -> f64 {
    let odds = level * probability;
    odds / (odds + (1.0 - probability))
}

/// Fits the ensemble on all ground and calibrates it on the chosen model's held-out scores.
///
/// # Errors
/// Where the model cannot learn, or on an interrupt.
pub fn fit(
    bench: &Bench<'_>,
    project: &crate::project::Project,
    judged: &Judged,
    console: &Console,
) -> Result<Trained> {
    let stack = bench.stack;
    let count = members_of(bench, project, console);
    let task = console.task("fit", count as u64, "members");
    let (mut members, mut missing) = (Vec::new(), 0);
    let mut doubt = Fitting::new(bench, project, judged);
    let (mut pipeline, mut around, mut trunk) = (None, None, None);
    for number in 0..count {
        let seed = bench.seed.derive("member", number as u64);
        let samples =
            bench.sampling.draw(stack, bench.labelled, bench.eligible, seed.derive("sample", 0))?;
        let pipeline = match &pipeline {
            Some(pipeline) => pipeline,
            None => {
                let units = fitting_units(stack, &samples, bench.seed);
                let evidence = stack.read_units(&units)?;
                let fitted = bench.pipeline.fit(&evidence)?;
                around = surroundings(bench, project, &fitted)?;
                if project.takes_trunk() {
                    trunk = pretext::learned(bench, &fitted, &evidence, (bench.seed, &|_| true))?;
                }
                pipeline.insert(fitted)
            }
        };
        let around = around.as_ref().map(|around: &Arc<Surroundings>| around.around());
        let seen = Beside { around, trunk: trunk.as_ref() };
        let drawn = bench.pieces.piece("fit", number, || {
            let set = member_set(bench, &samples, pipeline, seed)?;
            let seed_of_model = seed.derive("model", 0);
            let member = bench.training.fit(&project.model, &set, seen, seed_of_model)?;
            doubt.draw(&set, seen, (number, seed)).map(|others| Drawn { member, others })
        })?;
        match drawn {
            Some(Drawn { member, others }) => {
                members.push(member);
                doubt.add(others);
            }
            None => missing += 1,
        }
        task.advance(1)?;
    }
    bench.pieces.wait("fit", missing)?;
    let pipeline = pipeline.ok_or_else(|| Error::Data {
        reason: "the ensemble has no members".into(),
        hint: "set `uncertainty.ensemble.members` to 1 or more".into(),
    })?;
    let contract = contract(bench, project, judged, pipeline)?;
    let (ensemble, doubt_of_none) = (Ensemble { members }, Doubt::default());
    let mut trained = Trained { contract, ensemble, doubt: doubt_of_none, around };
    if stack.grid().is_some() {
        let members = &trained.ensemble.members;
        trained.contract.level = level(bench, &trained, members, &trained.contract.calibration)?;
    }
    trained.doubt = doubt.finish(judged, &trained, console)?;
    Ok(trained)
}

/// The contract of a model, before its level is found.
fn contract(
    bench: &Bench<'_>,
    project: &crate::project::Project,
    judged: &Judged,
    pipeline: FittedPipeline,
) -> Result<Contract> {
    let prior = known_deposits(bench) as f64 / bench.map_units().count().max(1) as f64;
    Ok(Contract {
        paydirt_version: env!("CARGO_PKG_VERSION").into(),
        project: project.name.clone(),
        model: project.model.key().into(),
        layers: bench.stack.layers().to_vec(),
        codes: BTreeMap::new(),
        pipeline,
        calibration: calibration(bench, judged.chosen())?,
        level: 1.0,
        prior,
        unit_cell_prior: unit_cell_prior(&project.model, bench.stack.grid(), prior)?,
    })
}

fn unit_cell_prior(model: &Model, grid: Option<&Grid>, prior: f64) -> Result<Option<f64>> {
    let Model::WeightsOfEvidence(settings) = model else { return Ok(None) };
    let areas = grid.map(Grid::cell_area_km2).zip(settings.unit_cell_km2);
    Ok(areas.map(|(cell, unit)| in_unit_cells(prior, cell, unit)).transpose()?)
}

/// All ground, and what is pretrained on it, where a model that the map asks sees it.
fn surroundings(
    bench: &Bench<'_>,
    project: &crate::project::Project,
    pipeline: &FittedPipeline,
) -> Result<Option<Arc<Surroundings>>> {
    let ways = project.uncertainty.alternatives(&project.model);
    let asked = project.model.sees_ground() || ways.iter().any(|way| way.model.sees_ground());
    if bench.stack.grid().is_none() || !asked {
        return Ok(None);
    }
    let training = bench.stack.area().clone();
    let ground = FeatureGround::new(bench.stack, pipeline, training, bench.spool)?;
    let seed = bench.seed.derive("surroundings", 0);
    Ok(Some(Arc::new(Surroundings::new(ground, bench.pretrain, seed)?)))
}

fn known_deposits(bench: &Bench<'_>) -> usize {
    let known = |sample: &&Sample| sample.is_deposit() && bench.eligible.get(sample.unit);
    bench.labelled.iter().filter(known).count()
}

/// The level at which the probabilities of cells spread evenly over the map have the prior as their
/// mean.
pub(crate) fn level(
    bench: &Bench<'_>,
    trained: &Trained,
    members: &[FittedModel],
    calibration: &FittedCalibration,
) -> Result<f64> {
    let contract = &trained.contract;
    let step = bench.eligible.count().div_ceil(LEVEL_CELLS).max(1);
    let units: Vec<usize> = bench.eligible.iter().step_by(step).collect();
    let features = contract.pipeline.apply(&bench.stack.read_units(&units)?)?;
    let mut probabilities = Vec::new();
    for scores in trained.scores_on_map(members, &features)? {
        probabilities.extend(scores.iter().map(|score| calibration.apply(f64::from(*score))));
    }
    let wanted = contract.prior * probabilities.len() as f64;
    let sum = |level: f64| probabilities.iter().map(|p| with_level(*p, level)).sum::<f64>();
    // Halving the logarithm; calibrations that say 0 or 1 everywhere have no level.
    let (mut low, mut high) = (1e-6_f64, 1e6_f64);
    if !(sum(low) < wanted && wanted < sum(high)) {
        return Ok(1.0);
    }
    for _ in 0..50 {
        let middle = (low * high).sqrt();
        if sum(middle) < wanted { low = middle } else { high = middle }
    }
    Ok(low)
}

/// Fits the calibration on a model's held-out scores, all repeats together counting as one.
///
/// On a map, held-out deposits stand against cells drawn evenly from held-out ground without a known
/// deposit, weighted to the number of such cells, so that probabilities are those of a unit cell. In
/// a table of samples they stand against the other rows, and probabilities are those of the table's
/// mixture.
pub(crate) fn calibration(bench: &Bench<'_>, scored: Option<&Scored>) -> Result<FittedCalibration> {
    let Some(chosen) = scored else {
        return Ok(bench.calibration.fit(&[], &[], &[])?);
    };
    let (mut scores, mut deposit, mut weight) = (Vec::new(), Vec::new(), Vec::new());
    let on_map = bench.stack.has_map();
    let share = 1.0 / chosen.repeats.len().max(1) as f64;
    for repeat in &chosen.repeats {
        for row in (0..repeat.score.len()).filter(|&row| repeat.deposit[row] || !on_map) {
            scores.push(repeat.score[row]);
            deposit.push(repeat.deposit[row]);
            weight.push(repeat.weight[row] * share);
        }
    }
    if on_map {
        let mut others = bench.map_units();
        for sample in bench.labelled.iter().filter(|sample| sample.is_deposit()) {
            others.set(sample.unit, false);
        }
        let cells = others.count() as f64 / chosen.map_scores.len().max(1) as f64;
        scores.extend(chosen.map_scores.iter().map(|score| f64::from(*score)));
        deposit.resize(scores.len(), false);
        weight.resize(scores.len(), cells);
    }
    Ok(bench.calibration.fit(&scores, &deposit, &weight)?)
}
