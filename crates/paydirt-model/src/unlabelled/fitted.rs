//! One or more models fitted on parts of the unlabelled ground.

use paydirt_core::table::Table;
use serde::{Deserialize, Serialize};

use crate::columns::{checked_when_read, probability};
use crate::neural::Ground;
use crate::weights_of_evidence::posterior::{Posterior, mean_of};
use crate::{Attribution, FittedModel, Predictor, Result};

/// Members whose mean score is the score. One member alone is explained in its own unit. The shares
/// of several are means of theirs in scores: those of a member in another unit, such as log odds, are
/// multiplied by the one factor that makes them sum to its score less its base (the rescale rule of
/// Shrikumar and others 2017, arXiv 1704.02685).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct FittedUnlabelled {
    /// The members, at least one.
    pub members: Vec<FittedModel>,
    /// What the fit did with the unlabelled samples, as a sentence of the report.
    pub note: String,
}

checked_when_read!(FittedUnlabelled);

impl FittedUnlabelled {
    fn check_saved(&self) -> std::result::Result<(), String> {
        if self.members.is_empty() {
            return Err("a model from unlabelled ground without members".into());
        }
        Ok(())
    }
}

/// The score that a sum of base and shares stands for.
pub(super) fn score(unit: &str, told: f64) -> f64 {
    match unit {
        "log odds" => probability(told),
        "log score" => told.exp(),
        "complementary log-log" => 1.0 - (-told.exp()).exp(),
        _ => told,
    }
}

/// How much the score rises for each unit of the sum, on the way from one sum to another.
fn slope(unit: &str, from: f64, to: f64) -> f64 {
    let to = if (to - from).abs() < 1e-6 { from + 1e-6 } else { to };
    (score(unit, to) - score(unit, from)) / (to - from)
}

/// The same shares in scores: those of a row in another unit are multiplied by the one factor that makes
/// them sum to its score less the base.
pub(crate) fn in_scores(mut told: Attribution, rows: usize) -> Attribution {
    if told.unit == "score" {
        return told;
    }
    for row in 0..rows {
        let sum: f64 = told.shares.iter().map(|shares| f64::from(shares[row])).sum();
        let slope = slope(told.unit, told.base, told.base + sum);
        for shares in &mut told.shares {
            shares[row] = (f64::from(shares[row]) * slope) as f32;
        }
    }
    Attribution { base: score(told.unit, told.base), unit: "score", shares: told.shares }
}

impl FittedUnlabelled {
    fn mean_score(&self, features: &Table, ground: Option<&dyn Ground>) -> Result<Vec<f32>> {
        if let [only] = self.members.as_slice() {
            return only.score(features, ground);
        }
        let mut sums = vec![0.0_f64; features.rows()];
        for member in &self.members {
            let scores = member.score(features, ground)?;
            sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += f64::from(score));
        }
        let count = self.members.len() as f64;
        Ok(sums.into_iter().map(|sum| (sum / count) as f32).collect())
    }

    fn mean_shares(&self, features: &Table, ground: Option<&dyn Ground>) -> Result<Attribution> {
        if let [only] = self.members.as_slice() {
            return only.attribute(features, ground);
        }
        let rows = features.rows();
        let share = 1.0 / self.members.len() as f64;
        let mut base = 0.0;
        let mut sums = vec![vec![0.0_f64; rows]; features.columns().len()];
        for member in &self.members {
            let told = in_scores(member.attribute(features, ground)?, rows);
            base += told.base * share;
            for (sums, shares) in sums.iter_mut().zip(&told.shares) {
                sums.iter_mut().zip(shares).for_each(|(sum, one)| *sum += f64::from(*one) * share);
            }
        }
        let shares = sums.into_iter().map(|sums| sums.into_iter().map(|sum| sum as f32).collect());
        Ok(Attribution { base, unit: "score", shares: shares.collect() })
    }
}

impl Predictor for FittedUnlabelled {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        self.mean_score(features, None)
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.mean_shares(features, None)
    }

    fn posterior(&self, features: &Table, prior: f64) -> Result<Option<Vec<Posterior>>> {
        mean_of(&self.members, features, prior)
    }

    fn predict_on(&self, features: &Table, ground: &dyn Ground) -> Result<Vec<f32>> {
        self.mean_score(features, Some(ground))
    }

    fn explain_on(&self, features: &Table, ground: &dyn Ground) -> Result<Attribution> {
        self.mean_shares(features, Some(ground))
    }
}
