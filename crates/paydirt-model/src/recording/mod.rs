//! What is recorded is what is there and what was found: two models, of the resource and of its being recorded,
//! that are fitted together (SAR-EM: Bekker, Robberechts and Davis 2019, doi 10.1007/978-3-030-46147-8_5).
//!
//! In a cell with the evidence `x` and the access `a` the resource is there with probability `r(x)`, and where
//! it is there it is recorded with probability `e(a)`: a record stands there with probability `r e`, and what
//! is not recorded is there all the same with probability `r (1 - e) / (1 - r e)`. Both are logistic
//! regressions. They are fitted in turns: each unrecorded cell counts as holding the resource by that
//! probability, until the likelihood of the records no longer rises.
//!
//! Records alone tell the product. The parts are told apart where
//!
//! 1. some ground is *anchored*: surveyed so densely that the share of what is recorded there is known;
//! 2. what decides the resource and what decides the recording are not the same columns;
//! 3. nothing that is left out drives both.
//!
//! The first two can be looked at, and [`Fitted::doubts`] does; the third cannot.

#[cfg(test)]
mod tests;

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::columns::bad_setting;
use crate::{Error, Estimator, FittedModel, Result, TrainingSet, logistic};

/// Key of messages.
const KEY: &str = "recording";

/// Probabilities are kept this far from 0 and 1.
const EDGE: f64 = 1e-6;

/// How resource and recording are fitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "RecordingModels")]
pub struct Settings {
    /// Share of the resources on anchored ground that is recorded, over 0 up to 1.
    pub anchor_recorded: f64,
    /// Inverse strength of the penalty on the coefficients of both models, as of `logistic.c`.
    pub c: f64,
    /// Most turns, 1 to 10000.
    pub iterations: usize,
    /// The fit has converged when the mean log likelihood rises by less in a turn; over 0.
    pub tolerance: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { anchor_recorded: 1.0, c: 1.0, iterations: 200, tolerance: 1e-7 }
    }
}

/// Cells to learn from; all columns known.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a> {
    /// What tells the resource.
    pub evidence: &'a Table,
    /// What tells who looked where.
    pub access: &'a Table,
    /// Whether each cell has a record.
    pub recorded: &'a [bool],
    /// Whether each cell is anchored.
    pub anchored: &'a [bool],
    /// How much each cell counts.
    pub weight: &'a [f32],
}

/// Both models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    resource: FittedModel,
    recording: FittedModel,
    /// Mean log likelihood of the records after each turn.
    pub log_likelihood: Vec<f64>,
    /// Whether it no longer rose.
    pub converged: bool,
    /// Anchored cells, and those of them with a record.
    pub anchored: [usize; 2],
    /// Columns that tell both.
    pub shared: Vec<String>,
}

impl Settings {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        let key = |name: &str| format!("{KEY}.models.{name}");
        if !(self.anchor_recorded > 0.0 && self.anchor_recorded <= 1.0) {
            let key = key("anchor_recorded");
            return Err(bad_setting(&key, self.anchor_recorded, "over 0, up to 1"));
        }
        if !(1..=10_000).contains(&self.iterations) {
            return Err(bad_setting(&key("iterations"), self.iterations, "1 to 10000"));
        }
        match (self.c > 0.0, self.tolerance > 0.0) {
            (true, true) => Ok(()),
            (false, _) => Err(bad_setting(&key("c"), self.c, "over 0")),
            _ => Err(bad_setting(&key("tolerance"), self.tolerance, "over 0")),
        }
    }

    /// Fits both models.
    ///
    /// # Errors
    /// Settings out of range, and samples of which none or all are recorded, or all anchored.
    pub fn fit(&self, on: Samples<'_>, seed: Seed) -> Result<Fitted> {
        self.check()?;
        check(&on)?;
        let mut turn = Turn { on, settings: self, rates: vec![0.5; on.recorded.len()], seed };
        turn.anchor();
        let start = on.recorded.iter().map(|r| if *r { 1.0 } else { EDGE }).collect::<Vec<_>>();
        let mut resource = turn.resource(&start)?;
        let mut log_likelihood: Vec<f64> = Vec::new();
        let (recording, converged) = loop {
            let there = turn.there(&resource.predict(on.evidence)?);
            resource = turn.resource(&there)?;
            let recording = turn.recording(&there)?;
            turn.rates = recording.predict(on.access)?.iter().map(|p| f64::from(*p)).collect();
            turn.anchor();
            let now = turn.log_likelihood(&resource.predict(on.evidence)?);
            let before = log_likelihood.last().copied();
            log_likelihood.push(now);
            let converged = before.is_some_and(|before| (now - before).abs() < self.tolerance);
            if converged || log_likelihood.len() == self.iterations {
                break (recording, converged);
            }
        };
        let of = |wanted: bool| {
            let pairs = on.anchored.iter().zip(on.recorded);
            pairs.filter(|(anchored, recorded)| **anchored && (!wanted || **recorded)).count()
        };
        let names = on.access.names();
        let shared = on.evidence.names().into_iter().filter(|name| names.contains(name)).collect();
        let anchored = [of(false), of(true)];
        Ok(Fitted { resource, recording, log_likelihood, converged, anchored, shared })
    }
}

fn check(on: &Samples<'_>) -> Result<()> {
    let refuse = |reason: &str| Err(Error::Untrainable { model: KEY, reason: reason.into() });
    let rows = on.recorded.len();
    let lengths = [on.evidence.rows(), on.access.rows(), on.anchored.len(), on.weight.len()];
    if lengths.iter().any(|length| *length != rows) {
        return refuse("evidence, access, records and anchors are of different lengths");
    }
    if on.recorded.iter().all(|recorded| *recorded) || !on.recorded.contains(&true) {
        return refuse("there are no cells with a record, or none without");
    }
    let loose = || on.anchored.iter().zip(on.recorded).filter(|(anchored, _)| !**anchored);
    if !loose().any(|(_, recorded)| *recorded) || loose().all(|(_, recorded)| *recorded) {
        return refuse("off the anchored ground there are no cells with a record, or none without");
    }
    Ok(())
}

/// One turn of the fit.
struct Turn<'a> {
    on: Samples<'a>,
    settings: &'a Settings,
    /// The rate of recording in each cell.
    rates: Vec<f64>,
    seed: Seed,
}

impl Turn<'_> {
    fn logistic(&self) -> logistic::Settings {
        logistic::Settings { c: self.settings.c, ..logistic::Settings::default() }
    }

    /// On anchored ground the rate is known.
    fn anchor(&mut self) {
        for (rate, anchored) in self.rates.iter_mut().zip(self.on.anchored) {
            if *anchored {
                *rate = self.settings.anchor_recorded;
            }
        }
    }

    /// The probability that each cell holds the resource, its record known.
    fn there(&self, resource: &[f32]) -> Vec<f64> {
        let each = self.on.recorded.iter().zip(resource).zip(&self.rates);
        each.map(|((recorded, resource), rate)| match recorded {
            true => 1.0,
            false => unrecorded(f64::from(*resource), *rate),
        })
        .collect()
    }

    /// The model of the resource, for cells that hold it by a probability.
    fn resource(&self, there: &[f64]) -> Result<FittedModel> {
        let rows = 0..there.len();
        let both = rows.flat_map(|row| [(row, true, there[row]), (row, false, 1.0 - there[row])]);
        let both: Vec<(usize, bool, f64)> = both.filter(|(_, _, share)| *share > 0.0).collect();
        self.model(self.on.evidence, &both)
    }

    /// The model of the recording: cells that hold the resource, off the anchored ground.
    fn recording(&self, there: &[f64]) -> Result<FittedModel> {
        let loose = (0..there.len()).filter(|row| !self.on.anchored[*row] && there[*row] > 0.0);
        let rows: Vec<(usize, bool, f64)> =
            loose.map(|row| (row, self.on.recorded[row], there[row])).collect();
        self.model(self.on.access, &rows)
    }

    fn model(&self, table: &Table, rows: &[(usize, bool, f64)]) -> Result<FittedModel> {
        let places: Vec<usize> = rows.iter().map(|(row, _, _)| *row).collect();
        let set = TrainingSet {
            features: table.select(&places),
            deposit: rows.iter().map(|(_, deposit, _)| *deposit).collect(),
            weight: rows
                .iter()
                .map(|(row, _, share)| (f64::from(self.on.weight[*row]) * share) as f32)
                .collect(),
        };
        self.logistic().fit(&set, self.seed)
    }

    /// Mean log likelihood of the records.
    fn log_likelihood(&self, resource: &[f32]) -> f64 {
        let each = self.on.recorded.iter().zip(resource).zip(&self.rates).zip(self.on.weight);
        let terms = each.map(|(((recorded, resource), rate), weight)| {
            let told = (f64::from(*resource) * rate).clamp(EDGE, 1.0 - EDGE);
            f64::from(*weight) * if *recorded { told.ln() } else { (1.0 - told).ln() }
        });
        let weights: f64 = self.on.weight.iter().copied().map(f64::from).sum();
        terms.sum::<f64>() / weights
    }
}

/// The probability that a resource is there which nobody recorded: `r (1 - e) / (1 - r e)`.
///
/// ```
/// use paydirt_model::recording::unrecorded;
/// // Half the cells hold it, half of those are recorded: of the others a third hold it.
/// assert!((unrecorded(0.5, 0.5) - 1.0 / 3.0).abs() < 1e-12);
/// assert_eq!(unrecorded(0.5, 1.0), 0.0);
/// ```
#[must_use]
pub fn unrecorded(resource: f64, rate: f64) -> f64 {
    let neither = 1.0 - resource * rate;
    if neither > 0.0 { resource * (1.0 - rate) / neither } else { 0.0 }
}

impl Fitted {
    /// The probability that the resource is there, recorded or not.
    ///
    /// # Errors
    /// Other columns than those of the fit.
    pub fn resource(&self, evidence: &Table) -> Result<Vec<f32>> {
        self.resource.predict(evidence)
    }

    /// The probability that it is recorded where it is there, off the anchored ground.
    ///
    /// # Errors
    /// Other columns than those of the fit.
    pub fn recording(&self, access: &Table) -> Result<Vec<f32>> {
        self.recording.predict(access)
    }

    /// Why the two parts may not be told apart, one sentence each; nothing where nothing speaks against it.
    #[must_use]
    pub fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        let [cells, records] = self.anchored;
        if cells == 0 {
            doubts.push(
                "none of the ground learned from is anchored: how much of the resource is \
                 unrecorded rests on the form of the models alone, and only its course over the map \
                 can be read"
                    .into(),
            );
        } else if records == 0 {
            doubts.push(format!(
                "none of the {cells} anchored cells has a record: they say that the resource is \
                 rare there, and little of how much is recorded elsewhere"
            ));
        }
        if !self.shared.is_empty() {
            doubts.push(format!(
                "`{}` tells both the resource and its recording: what it does to the one may be \
                 told of the other",
                self.shared.join("`, `")
            ));
        }
        if !self.converged {
            doubts.push("the likelihood still rose when the fit was stopped".into());
        }
        doubts
    }
}
