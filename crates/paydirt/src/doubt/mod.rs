//! Doubt: how sure the map is of a cell, by cause, and whether the model may speak there at all.
//!
//! Each cause is varied in an experiment of its own about the same map, and its share is a variance of
//! the probability: see [`paydirt_core::budget`]. What two causes do together beyond what each does
//! alone is not counted, and the total is the sum of the parts.

pub mod files;
pub mod fit;
pub mod maps;
pub mod summary;

use paydirt_core::applicability::{Applicability, Measure};
use paydirt_core::budget::{self, Prior};
use paydirt_core::calibrate::FittedCalibration;
use paydirt_core::conformal::Conformal;
use paydirt_core::hot_deck::HotDeck;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use paydirt_model::FittedModel;
use paydirt_model::neural::{Mapped, Placed};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::fit::{Estimates, Trained, with_level};

/// Why the probability of a cell might be another.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Other unlabelled ground could have been drawn to stand against the deposits.
    Negatives,
    /// The model could have been fitted with another seed, and to other deposits of the same kind.
    Model,
    /// Evidence is missing and was filled.
    Evidence,
    /// Another model could have been chosen.
    Workflow,
    /// The cell is unlike all that the model was fitted on.
    Extrapolation,
}

impl Cause {
    /// Every cause, in the order of the bands.
    pub const ALL: [Self; 5] =
        [Self::Negatives, Self::Model, Self::Evidence, Self::Workflow, Self::Extrapolation];

    /// Its key, in bands and in `report.json`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Negatives => "negatives",
            Self::Model => "model",
            Self::Evidence => "evidence",
            Self::Workflow => "workflow",
            Self::Extrapolation => "extrapolation",
        }
    }

    /// Its place in [`Cause::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// Another way to work, fitted to the first draws and calibrated on its own held-out scores.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Alternative {
    /// Its name.
    pub name: String,
    /// One fit a draw, on the draws of the first members.
    pub members: Vec<FittedModel>,
    /// Its scores to probabilities.
    pub calibration: FittedCalibration,
    /// Multiplies the odds of its probabilities: see [`crate::fit::Contract::level`].
    pub level: f64,
}

/// All that is fitted to say how sure the map is. Empty for a table of samples.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Doubt {
    /// What is measured, in the order of the bands.
    pub causes: Vec<Cause>,
    /// Draws of the unlabelled that differ.
    pub draws: usize,
    /// Refits of the model, as many for each member, one member after the other.
    pub refits: Vec<FittedModel>,
    /// Other ways to work.
    pub alternatives: Vec<Alternative>,
    /// Where missing evidence is drawn from, and how often.
    pub imputation: Option<(HotDeck, usize)>,
    /// What the model was taught.
    pub applicability: Option<Applicability>,
    /// What is believed of ground of which nothing is known.
    pub prior: Prior,
    /// What held-out deposits and other ground score, and the chance of error.
    pub conformal: Option<(Conformal, f64)>,
    /// Networks drawn through dropout of each member; 0 for models of rows.
    #[serde(default)]
    pub dropout: usize,
    /// Seed of what is drawn for a cell.
    pub seed: u64,
}

/// What is found of some units; NaN where they have no probability.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Standard deviation of the probability by cause: one list of units a cause.
    pub parts: Vec<Vec<f32>>,
    /// Standard deviation of the probability, by all causes.
    pub spread: Vec<f32>,
    /// Dissimilarity index and local point density, where they are drawn.
    pub applicability: Option<[Vec<f32>; 2]>,
    /// Prediction set, as its number, where it is drawn.
    pub set: Option<Vec<f32>>,
    /// Standard deviation of the score over networks drawn through dropout, where it is drawn.
    pub dropout: Option<Vec<f32>>,
}

impl Doubt {
    /// Models that it asks for each cell, beside the members.
    #[must_use]
    pub fn fits(&self) -> usize {
        self.refits.len() + self.alternatives.iter().map(|other| other.members.len()).sum::<usize>()
    }

    /// Measures units of which the model has said its `estimates`; the first of them has the number
    /// `first`.
    ///
    /// # Errors
    /// Where the evidence is not what was fitted on.
    pub fn measure(
        &self,
        trained: &Trained,
        evidence: &Table,
        estimates: &Estimates,
        first: usize,
    ) -> Result<Measured> {
        let rows = estimates.complete.len();
        let told = match &self.applicability {
            Some(fitted) => fitted.measure(&estimates.features)?,
            None => Vec::new(),
        };
        let [negatives, model] = self.draws_and_refits(trained, estimates)?;
        let mut variances: Vec<Vec<f64>> = Vec::new();
        for cause in &self.causes {
            variances.push(match cause {
                Cause::Negatives => negatives.clone(),
                Cause::Model => model.clone(),
                Cause::Evidence => self.evidence(trained, evidence, estimates, first)?,
                Cause::Workflow => self.workflow(trained, estimates)?,
                Cause::Extrapolation => self.extrapolation(estimates, &told),
            });
        }
        for variance in variances.iter_mut().flatten() {
            // By chance an unbiased estimate of a small variance falls under 0.
            *variance = variance.max(0.0);
        }
        let total = |row: usize| variances.iter().map(|of_cause| of_cause[row]).sum::<f64>().sqrt();
        let spread: Vec<f64> = (0..rows).map(total).collect();
        let units = |values: &mut dyn Iterator<Item = f32>| {
            let mut all = vec![f32::NAN; evidence.rows()];
            estimates.complete.iter().zip(values).for_each(|(&unit, value)| all[unit] = value);
            all
        };
        let deviations = |of_cause: &Vec<f64>| units(&mut of_cause.iter().map(|v| v.sqrt() as f32));
        let dropout = self.dropout(trained, estimates)?;
        Ok(Measured {
            dropout: dropout.map(|spread| units(&mut spread.into_iter())),
            parts: variances.iter().map(deviations).collect(),
            spread: units(&mut spread.iter().map(|spread| *spread as f32)),
            applicability: self.applicability.as_ref().map(|_| {
                [
                    units(&mut told.iter().map(|row| row.dissimilarity)),
                    units(&mut told.iter().map(|row| row.density as f32)),
                ]
            }),
            set: self.conformal.as_ref().map(|(fitted, alpha)| {
                let scores = estimates.score.iter();
                units(
                    &mut scores.map(|score| f32::from(fitted.set(f64::from(*score), *alpha) as u8)),
                )
            }),
        })
    }

    /// Variances between draws of the unlabelled, and within a draw.
    fn draws_and_refits(&self, trained: &Trained, estimates: &Estimates) -> Result<[Vec<f64>; 2]> {
        let draws = self.draws.max(1);
        let of_members = self.refits.is_empty();
        let scores = trained.scores_on_map(&self.refits, &estimates.features)?;
        let fits = if of_members { estimates.members.len() } else { scores.len() };
        // Without refits each draw was seen by one member; where draws do not differ, all are of one.
        let repetitions = fits / draws;
        let found: Vec<budget::Nested> = (0..estimates.complete.len())
            .into_par_iter()
            .map_init(Vec::new, |values, row| {
                values.clear();
                if of_members {
                    values.extend(estimates.members.iter().map(|member| f64::from(member[row])));
                } else {
                    let refits = scores.iter().map(|of| trained.probability(f64::from(of[row])));
                    values.extend(refits);
                }
                budget::nested(values, repetitions)
            })
            .collect();
        Ok([
            found.iter().map(|found| found.between).collect(),
            found.iter().map(|found| found.within).collect(),
        ])
    }

    /// Variance between ways to work, the chosen one among them, on draws that they share.
    fn workflow(&self, trained: &Trained, estimates: &Estimates) -> Result<Vec<f64>> {
        let draws = self.alternatives.first().map_or(0, |other| other.members.len());
        let mut others = Vec::new();
        for other in &self.alternatives {
            others.push(trained.scores_on_map(&other.members, &estimates.features)?);
        }
        let rows = (0..estimates.complete.len()).into_par_iter();
        Ok(rows
            .map_init(Vec::new, |values: &mut Vec<f64>, row| {
                values.clear();
                values.extend(estimates.members[..draws].iter().map(|of| f64::from(of[row])));
                for (other, scores) in self.alternatives.iter().zip(&others) {
                    values.extend(scores.iter().map(|of| other.probability(f64::from(of[row]))));
                }
                budget::crossed(values, draws)
            })
            .collect())
    }

    /// Variance over plausible values of what is missing; 0 where nothing is.
    fn evidence(
        &self,
        trained: &Trained,
        evidence: &Table,
        estimates: &Estimates,
        first: usize,
    ) -> Result<Vec<f64>> {
        let mut variances = vec![0.0; estimates.complete.len()];
        let Some((deck, draws)) = &self.imputation else { return Ok(variances) };
        let names = deck.names();
        let columns: Vec<&Column> = names.iter().filter_map(|name| evidence.column(name)).collect();
        let gaps = |place: &usize| columns.iter().any(|c| !c.known[estimates.complete[*place]]);
        let places: Vec<usize> = (0..estimates.complete.len()).filter(gaps).collect();
        if places.is_empty() {
            return Ok(variances);
        }
        let rows: Vec<usize> = places.iter().map(|&place| estimates.complete[place]).collect();
        let seed = Seed(self.seed).derive("imputation", 0);
        let of_row = |row: usize| seed.derive("cell", (first + row) as u64);
        let mut drawn = Vec::new();
        for filled in deck.fill(evidence, &rows, *draws, of_row)? {
            drawn.push(trained.estimate(&filled, |_| true)?.probability);
        }
        for (index, &place) in places.iter().enumerate() {
            let values: Vec<f64> = drawn.iter().map(|of_draw| f64::from(of_draw[index])).collect();
            let variance = budget::variance(&values);
            variances[place] = if variance.is_nan() { 0.0 } else { variance };
        }
        Ok(variances)
    }

    /// Root mean square over the members of the deviation of their networks drawn through dropout.
    fn dropout(&self, trained: &Trained, estimates: &Estimates) -> Result<Option<Vec<f32>>> {
        let (Some(ground), Some(units)) = (trained.ground(), estimates.features.units()) else {
            return Ok(None);
        };
        let networks: Vec<_> =
            trained.ensemble.members.iter().filter_map(FittedModel::window).collect();
        if self.dropout == 0 || networks.is_empty() {
            return Ok(None);
        }
        let mut squares = vec![0.0_f64; units.len()];
        for (number, network) in networks.iter().enumerate() {
            let seed = Seed(self.seed).derive("dropout", number as u64);
            let placed = Placed { ground: &Mapped(ground), units };
            let drawn = network.drawn(&placed, self.dropout, seed)?;
            for (sum, deviation) in squares.iter_mut().zip(drawn.deviation) {
                *sum += f64::from(deviation).powi(2) / networks.len() as f64;
            }
        }
        Ok(Some(squares.into_iter().map(|sum| sum.sqrt() as f32).collect()))
    }

    /// Variance for being unlike the training rows.
    fn extrapolation(&self, estimates: &Estimates, told: &[Measure]) -> Vec<f64> {
        let threshold =
            self.applicability.as_ref().map_or(f64::INFINITY, |fitted| fitted.threshold);
        let rows = told.iter().zip(&estimates.complete);
        rows.map(|(told, &unit)| {
            let probability = f64::from(estimates.probability[unit]);
            match told.inside {
                true => 0.0,
                false => self.prior.beyond(probability, f64::from(told.dissimilarity), threshold),
            }
        })
        .collect()
    }
}

impl Alternative {
    /// The probability of a unit cell for a score.
    fn probability(&self, score: f64) -> f64 {
        with_level(self.calibration.apply(score), self.level)
    }
}
