//! Temperature scaling with a prior correction: one number by which all log odds are divided, and the share
//! of deposits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Calibrated, Calibrator, FittedCalibration, rows, shift_prior};
use crate::Result;

/// Divides the log odds of all scores by one temperature (Guo and others 2017, PMLR 70:1321-1330), and moves
/// the odds from even classes to the share of deposits (Elkan 2001): for networks that were trained with
/// evened-out classes. The temperature is that of least log loss on held-out scores, each class weighing one
/// half; the loss is convex in its inverse, so it is found whatever the start. It changes no rank.
///
/// Where the network's own log odds are not those of even classes, `platt`, which fits the level too, is the
/// better choice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

/// The fitted temperature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// By what log odds are divided.
    pub temperature: f64,
    /// Share of deposits, by weight.
    pub share: f64,
}

/// Scores nearer to 0 and 1 than this have no logarithm that 32 bits could tell.
const NEAREST: f64 = 1e-7;

fn log_odds(score: f64) -> f64 {
    let inside = score.clamp(NEAREST, 1.0 - NEAREST);
    (inside / (1.0 - inside)).ln()
}

fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

impl Calibrated for Fitted {
    fn apply(&self, score: f64) -> f64 {
        shift_prior(probability(log_odds(score) / self.temperature), 0.5, self.share)
    }
}

impl Calibrator for Settings {
    fn fit(&self, scores: &[f64], deposit: &[bool], weight: &[f64]) -> Result<FittedCalibration> {
        let rows = rows(scores, deposit, weight)?;
        let total = |wanted: bool| -> f64 {
            rows.iter().filter(|row| row.deposit == wanted).map(|row| row.weight).sum()
        };
        let (deposits, others) = (total(true), total(false));
        let odds: Vec<f64> = rows.iter().map(|row| log_odds(row.score)).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.deposit).collect();
        let each = |row: &super::Row| row.weight / if row.deposit { deposits } else { others };
        let weights: Vec<f64> = rows.iter().map(each).collect();
        // Scores of one half everywhere tell nothing at any temperature.
        let temperature = temperature(&odds, &labels, &weights).unwrap_or(1.0);
        let share = deposits / (deposits + others);
        Ok(FittedCalibration::Temperature(Fitted { temperature, share }))
    }
}

/// Least and greatest inverse temperature.
const INVERSE: [f64; 2] = [1e-4, 1e4];

/// The temperature that makes the weighted log loss of held-out samples least.
///
/// In the inverse of the temperature the loss is convex: its slope, the sum of weight x (p - y) x log odds,
/// rises, and is brought to 0 by halving. Log odds that part the classes have no best temperature: one is
/// taken at which all probabilities are 0 or 1; of log odds that rank them the wrong way, it is 10,000. `None` without a sample
/// that has weight and log odds other than 0.
///
/// ```
/// use paydirt_core::calibrate::temperature::temperature;
/// // Log odds of 4 and -4 that are right three times in four: ln 3 is what they should be.
/// let (log_odds, deposit) = ([4.0, 4.0, 4.0, 4.0, -4.0, -4.0, -4.0, -4.0], [true, true, true, false]);
/// let deposit = [deposit, deposit.map(|one| !one)].concat();
/// let found = temperature(&log_odds, &deposit, &[1.0; 8]).unwrap_or(f64::NAN);
/// assert!((found - 4.0 / 3.0_f64.ln()).abs() < 1e-9);
/// ```
#[must_use]
pub fn temperature(log_odds: &[f64], deposit: &[bool], weight: &[f64]) -> Option<f64> {
    let samples = log_odds.iter().zip(deposit).zip(weight);
    let samples: Vec<(f64, f64, f64)> = samples
        .filter(|((odds, _), weight)| odds.is_finite() && **odds != 0.0 && **weight > 0.0)
        .map(|((odds, deposit), weight)| (*odds, f64::from(u8::from(*deposit)), *weight))
        .collect();
    if samples.is_empty() {
        return None;
    }
    let slope = |inverse: f64| -> f64 {
        let each = samples.iter();
        each.map(|(odds, label, weight)| weight * (probability(inverse * odds) - label) * odds)
            .sum()
    };
    let [mut low, mut high] = INVERSE.map(f64::ln);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if slope(middle.exp()) < 0.0 { low = middle } else { high = middle }
    }
    Some((-0.5 * (low + high)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_temperature_is_best_one_near_an_end_of_the_range_is_taken() {
        let (odds, weight) = ([2.0, -1.0], [1.0; 2]);
        let right = temperature(&odds, &[true, false], &weight).unwrap();
        let wrong = temperature(&odds, &[false, true], &weight).unwrap();
        assert!(right < 0.01 && (wrong - 1e4).abs() < 1e-3, "{right} {wrong}");
        assert_eq!(temperature(&odds, &[true, false], &[0.0; 2]), None);
        assert_eq!(temperature(&[0.0], &[true], &[1.0]), None);
    }

    #[test]
    fn scores_of_even_classes_get_the_share_of_the_mixture() {
        // Half of the deposits at 0.8 and half at 0.2 leave nothing but the share: 1 in 5.
        let scores = [0.8, 0.2, 0.8, 0.2];
        let deposit = [true, true, false, false];
        let fitted = Settings {}.fit(&scores, &deposit, &[1.0, 1.0, 4.0, 4.0]).unwrap();
        assert!((fitted.apply(0.8) - 0.2).abs() < 1e-3 && (fitted.apply(0.2) - 0.2).abs() < 1e-3);
        // Right 9 times in 10 of each class: log odds of ln 9, and odds of 1 to 4 on top.
        let scores: Vec<f64> =
            (0..20).map(|row| if (row % 10 < 9) == (row < 10) { 0.99 } else { 0.01 }).collect();
        let deposit: Vec<bool> = (0..20).map(|row| row < 10).collect();
        let weight: Vec<f64> =
            deposit.iter().map(|deposit| if *deposit { 1.0 } else { 4.0 }).collect();
        let fitted = Settings {}.fit(&scores, &deposit, &weight).unwrap();
        assert!((fitted.apply(0.99) - 9.0 / 13.0).abs() < 1e-6, "{}", fitted.apply(0.99));
    }

    #[test]
    fn a_weight_of_two_is_the_sample_twice() {
        let (odds, deposit) = ([3.0, 1.0, -0.5, 2.0], [true, false, true, true]);
        let weighted = temperature(&odds, &deposit, &[1.0, 2.0, 1.0, 1.0]);
        let twice =
            temperature(&[3.0, 1.0, 1.0, -0.5, 2.0], &[true, false, false, true, true], &[1.0; 5]);
        assert!((weighted.unwrap() - twice.unwrap()).abs() < 1e-9);
    }
}
