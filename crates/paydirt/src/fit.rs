//! Fitting what draws the map: an ensemble over repeated draws and seeds, calibrated on the
//! held-out scores of the judging.

use paydirt_core::calibrate::{Calibration, FittedCalibration, shift_prior};
use paydirt_core::layer::LayerInfo;
use paydirt_core::step::FittedPipeline;
use paydirt_core::table::Table;
use paydirt_model::ensemble::Ensemble;
use paydirt_model::{Attribution, TrainingSet};
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::error::{Error, Result};
use crate::judge::{Bench, Judged, fitting_units};

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
    /// The one pipeline, with its fitted numbers.
    pub pipeline: FittedPipeline,
    /// Scores to probabilities in the mixture of the samples.
    pub calibration: FittedCalibration,
    /// Share of deposits in the samples.
    pub sample_prior: f64,
    /// Share of deposits among the cells of the map: the prior probability of a unit cell.
    pub area_prior: f64,
}

/// A fitted model and its contract.
#[derive(Clone, Debug)]
pub struct Trained {
    /// What it must be given.
    pub contract: Contract,
    /// The members.
    pub ensemble: Ensemble,
}

/// What the model says of some units.
#[derive(Clone, Debug, Default)]
pub struct Estimates {
    /// Probability that the unit cell holds a deposit like those known; NaN where evidence is
    /// missing.
    pub probability: Vec<f32>,
    /// Standard deviation of the members' probabilities.
    pub spread: Vec<f32>,
    /// Rows whose evidence is complete.
    pub complete: Vec<usize>,
    /// Features of the complete rows.
    pub features: Table,
}

impl Trained {
    /// Estimates for rows of raw evidence, one column a layer.
    ///
    /// # Errors
    /// Where the evidence is not what the contract asks for.
    pub fn estimate(&self, evidence: &Table) -> Result<Estimates> {
        let features = self.contract.pipeline.apply(evidence)?;
        let complete: Vec<usize> =
            (0..features.rows()).filter(|&row| features.complete(row)).collect();
        let features = if complete.len() == features.rows() {
            features
        } else {
            features.select(&complete)
        };
        let mut probability = vec![f32::NAN; evidence.rows()];
        let mut spread = vec![f32::NAN; evidence.rows()];
        let members = self.ensemble.scores(&features)?;
        for (index, &row) in complete.iter().enumerate() {
            let (mean, deviation) =
                moments(members.iter().map(|scores| self.probability(f64::from(scores[index]))));
            probability[row] = mean as f32;
            spread[row] = deviation as f32;
        }
        Ok(Estimates { probability, spread, complete, features })
    }

    /// The probability of a unit cell for a member's score.
    #[must_use]
    pub fn probability(&self, score: f64) -> f64 {
        let Contract { calibration, sample_prior, area_prior, .. } = &self.contract;
        shift_prior(calibration.apply(score), *sample_prior, *area_prior)
    }

    /// Signed shares of the features in the members' mean score.
    ///
    /// # Errors
    /// As [`Ensemble::explain`].
    pub fn explain(&self, features: &Table) -> Result<Attribution> {
        Ok(self.ensemble.explain(features)?)
    }
}

/// Mean and standard deviation (of the values as given, not of a population).
fn moments(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean, variance.sqrt())
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
    let count = project.uncertainty.ensemble.members;
    let task = console.task("fit", count as u64, "members");
    let mut members = Vec::new();
    let mut pipeline = None;
    let mut mixture = (0.0, 0.0);
    for number in 0..count {
        let seed = bench.seed.derive("member", number as u64);
        let samples =
            bench.sampling.draw(stack, bench.labelled, bench.eligible, seed.derive("sample", 0))?;
        let pipeline = match &pipeline {
            Some(pipeline) => pipeline,
            None => {
                let units = fitting_units(stack, &samples, bench.seed);
                pipeline.insert(bench.pipeline.fit(&stack.read_units(&units)?)?)
            }
        };
        let units: Vec<usize> = samples.iter().map(|sample| sample.unit).collect();
        let features = pipeline.apply(&stack.read_units(&units)?)?;
        let rows: Vec<usize> = (0..features.rows()).filter(|&row| features.complete(row)).collect();
        let set = TrainingSet {
            features: features.select(&rows),
            deposit: rows.iter().map(|&row| samples[row].is_deposit()).collect(),
            weight: rows.iter().map(|&row| samples[row].weight).collect(),
        };
        mixture.0 += set.deposit.iter().filter(|deposit| **deposit).count() as f64;
        mixture.1 += rows.len() as f64;
        members.push(project.model.fit(&set, seed.derive("model", 0))?);
        task.advance(1)?;
    }
    let pipeline = pipeline.ok_or_else(|| Error::Data {
        reason: "the ensemble has no members".into(),
        hint: "set `uncertainty.ensemble.members` to 1 or more".into(),
    })?;
    let deposits = mixture.0 / count as f64;
    let sample_prior = mixture.0 / mixture.1;
    let area_prior = match stack.grid() {
        Some(_) => deposits / bench.eligible.count().max(1) as f64,
        None => sample_prior,
    };
    let contract = Contract {
        paydirt_version: env!("CARGO_PKG_VERSION").into(),
        project: project.name.clone(),
        model: project.model.key().into(),
        layers: stack.layers().to_vec(),
        pipeline,
        calibration: calibration(bench.calibration, judged)?,
        sample_prior,
        area_prior,
    };
    Ok(Trained { contract, ensemble: Ensemble { members } })
}

/// Fits the calibration on all held-out scores; each repeat has the same say, and together they
/// count as one.
fn calibration(settings: &Calibration, judged: &Judged) -> Result<FittedCalibration> {
    let mut pooled = (Vec::new(), Vec::new(), Vec::new());
    if let Some(chosen) = judged.chosen() {
        let share = 1.0 / chosen.repeats.len().max(1) as f64;
        for repeat in &chosen.repeats {
            pooled.0.extend(&repeat.score);
            pooled.1.extend(&repeat.deposit);
            pooled.2.extend(repeat.weight.iter().map(|weight| weight * share));
        }
    }
    Ok(settings.fit(&pooled.0, &pooled.1, &pooled.2)?)
}
