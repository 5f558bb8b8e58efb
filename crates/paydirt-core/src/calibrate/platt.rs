//! Platt's calibration: a sigmoid of the score's log odds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Calibrated, Calibrator, FittedCalibration, Row, rows};
use crate::Result;

/// A sigmoid of the log odds of a score in [0, 1], `1 / (1 + exp(-(slope * log_odds + intercept)))`,
/// fitted by maximum likelihood to Platt's smoothed targets, `(N+ + 1) / (N+ + 2)` for deposits and
/// `1 / (N- + 2)` for others, N being sums of weights. Platt (1999), "Probabilistic outputs for
/// support vector machines and comparisons to regularized likelihood methods"; Newton's method with
/// backtracking as in Lin, Lin and Weng (2007), DOI 10.1007/s10994-007-5018-6.
///
/// Platt's scores were margins; ours are probabilities in the mixture of the samples. Drawing some of
/// the unlabelled multiplies odds, which is an intercept here and is no sigmoid of the score itself
/// (Kull and others 2017, DOI 10.1214/17-EJS1338SI).
///
/// Two numbers, so it suits a few dozen deposits. The slope is never negative: held-out scores that
/// rank backwards give every sample the same probability instead of a map turned upside down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

/// The fitted sigmoid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Log odds a unit of the score's log odds.
    pub slope: f64,
    /// Log odds at score one half.
    pub intercept: f64,
    /// Scores below and above are taken as these, whose log odds are finite.
    pub range: [f64; 2],
}

impl Calibrated for Fitted {
    fn apply(&self, score: f64) -> f64 {
        let [floor, ceiling] = self.range;
        sigmoid(self.slope.mul_add(log_odds(score.clamp(floor, ceiling)), self.intercept))
    }
}

impl Calibrator for Settings {
    fn fit(&self, scores: &[f64], deposit: &[bool], weight: &[f64]) -> Result<FittedCalibration> {
        let mut rows = rows(scores, deposit, weight)?;
        let range = range(&rows);
        for row in &mut rows {
            row.score = log_odds(row.score.clamp(range[0], range[1]));
        }
        let sum =
            |of: &dyn Fn(&Row) -> f64| rows.iter().map(|row| row.weight * of(row)).sum::<f64>();
        let total = sum(&|_| 1.0);
        let centre = sum(&|row| row.score) / total;
        let scale = (sum(&|row| (row.score - centre).powi(2)) / total).sqrt();
        let deposits = sum(&|row| f64::from(row.deposit));
        let target = |row: &Row| match row.deposit {
            true => (deposits + 1.0) / (deposits + 2.0),
            false => 1.0 / (total - deposits + 2.0),
        };
        let share = sum(&target) / total;
        let flat = [0.0, (share / (1.0 - share)).ln()];
        let scaled: Vec<(f64, f64, f64)> = rows
            .iter()
            .map(|row| ((row.score - centre) / scale, target(row), row.weight / total))
            .collect();
        // Scores that are all (nearly) one number leave nothing to fit a slope to.
        let varied = scale.is_finite() && scale > 1e-12 * centre.abs() && (1.0 / scale).is_finite();
        let [slope, level] = if varied { newton(&scaled, flat) } else { flat };
        let [slope, level] = if slope > 0.0 { [slope / scale, level] } else { flat };
        Ok(FittedCalibration::Platt(Fitted { slope, intercept: level - slope * centre, range }))
    }
}

/// Half of the least score above 0 and, as far below 1, of the least distance from it: what a count
/// of zero votes is worth beside a count of one.
fn range(rows: &[Row]) -> [f64; 2] {
    let half_of_least = |of: &dyn Fn(f64) -> f64| {
        let inside = rows.iter().map(|row| of(row.score.clamp(0.0, 1.0)));
        inside.filter(|score| *score > 0.0).fold(1.0, f64::min) / 2.0
    };
    [half_of_least(&|score| score), 1.0 - half_of_least(&|score| 1.0 - score)]
}

fn log_odds(probability: f64) -> f64 {
    (probability / (1.0 - probability)).ln()
}

fn sigmoid(log_odds: f64) -> f64 {
    if log_odds >= 0.0 {
        1.0 / (1.0 + (-log_odds).exp())
    } else {
        let odds = log_odds.exp();
        odds / (1.0 + odds)
    }
}

/// Mean cross entropy of rows of (score, target, weight), written so that it does not overflow.
fn loss(rows: &[(f64, f64, f64)], [slope, level]: [f64; 2]) -> f64 {
    rows.iter()
        .map(|(score, target, weight)| {
            let log_odds = slope * score + level;
            weight * ((-log_odds.abs()).exp().ln_1p() + log_odds.max(0.0) - target * log_odds)
        })
        .sum()
}

/// Slope and level of least loss.
fn newton(rows: &[(f64, f64, f64)], start: [f64; 2]) -> [f64; 2] {
    let mut at = start;
    for _ in 0..100 {
        let (mut gradient, mut curvature) = ([0.0; 2], [1e-12, 0.0, 1e-12]);
        for (score, target, weight) in rows {
            let probability = sigmoid(at[0] * score + at[1]);
            let miss = weight * (probability - target);
            let bend = weight * probability * (1.0 - probability);
            gradient = [gradient[0] + miss * score, gradient[1] + miss];
            curvature[0] += bend * score * score;
            curvature[1] += bend * score;
            curvature[2] += bend;
        }
        let [a, b, c] = curvature;
        let determinant = a * c - b * b;
        let step = [
            (c * gradient[0] - b * gradient[1]) / determinant,
            (a * gradient[1] - b * gradient[0]) / determinant,
        ];
        let before = loss(rows, at);
        let next = |length: f64| [at[0] - length * step[0], at[1] - length * step[1]];
        let lengths = std::iter::successors(Some(1.0), |length| Some(length / 2.0)).take(40);
        let Some(better) = lengths.map(next).find(|next| loss(rows, *next) < before) else {
            break;
        };
        at = better;
    }
    at
}
