//! Calibration: scores to probabilities, fitted on held-out folds only.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::catalogue::catalogue;
use crate::{Error, Result};

/// Settings that can be fitted to held-out scores.
pub trait Calibrator {
    /// Fits on held-out scores: one score, label and weight a row. Rows of weight 0 are not seen.
    ///
    /// # Errors
    /// [`Error::TooFew`] without deposits or without other samples; [`Error::BadSetting`] for
    /// columns of unequal length or numbers that are not finite.
    fn fit(&self, scores: &[f64], deposit: &[bool], weight: &[f64]) -> Result<FittedCalibration>;
}

/// A fitted calibration.
pub trait Calibrated {
    /// The probability of a score: in [0, 1], and never less for a higher score. A score that is not
    /// a number gives one that is not a number.
    fn apply(&self, score: f64) -> f64;
}

catalogue! {
    /// The calibrations that a project file can name.
    Calibration: dyn Calibrator {
        platt => Platt,
        isotonic => Isotonic,
        temperature => Temperature,
        venn_abers => VennAbers,
    }
}

/// A fitted calibration: the numbers that a run keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FittedCalibration {
    /// See [`platt`].
    Platt(platt::Fitted),
    /// See [`isotonic`].
    Isotonic(isotonic::Fitted),
    /// See [`temperature`].
    Temperature(temperature::Fitted),
    /// See [`venn_abers`].
    VennAbers(venn_abers::Fitted),
}

impl std::ops::Deref for FittedCalibration {
    type Target = dyn Calibrated;
    fn deref(&self) -> &(dyn Calibrated + 'static) {
        match self {
            Self::Platt(fitted) => fitted,
            Self::Isotonic(fitted) => fitted,
            Self::Temperature(fitted) => fitted,
            Self::VennAbers(fitted) => fitted,
        }
    }
}

/// A held-out score that counts.
#[derive(Clone, Copy, Debug)]
struct Row {
    score: f64,
    deposit: bool,
    weight: f64,
}

/// The rows that count, checked.
fn rows(scores: &[f64], deposit: &[bool], weight: &[f64]) -> Result<Vec<Row>> {
    same_length(scores.len(), deposit.len())?;
    same_length(scores.len(), weight.len())?;
    let rows: Vec<Row> = (0..scores.len())
        .map(|row| Row { score: scores[row], deposit: deposit[row], weight: weight[row] })
        .filter(|row| row.weight != 0.0)
        .collect();
    for row in &rows {
        if !row.score.is_finite() || !row.weight.is_finite() || row.weight < 0.0 {
            return Err(Error::BadSetting {
                key: "held-out scores".into(),
                found: format!("score {} of weight {}", row.score, row.weight),
                expected: "finite, of a weight not under 0".into(),
            });
        }
    }
    for (what, wanted) in [("deposits", true), ("samples other than deposits", false)] {
        if !rows.iter().any(|row| row.deposit == wanted) {
            let what = format!("held-out {what} to calibrate on");
            return Err(Error::TooFew { what, found: 0, needed: 1 });
        }
    }
    Ok(rows)
}

fn same_length(expected: usize, found: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::BadSetting {
        key: "held-out scores".into(),
        found: format!("a column of {found} rows"),
        expected: format!("{expected} rows, one a score"),
    })
}

/// Probabilities for judging: those of each fold's rows come from a calibrator fitted on the held-out
/// scores of all other folds, so that no probability saw its own label.
///
/// # Errors
/// As [`Calibrator::fit`], where the other folds of a fold hold one class only.
pub fn cross_fitted(
    calibration: &Calibration,
    scores: &[f64],
    deposit: &[bool],
    weight: &[f64],
    fold_of_row: &[usize],
) -> Result<Vec<f64>> {
    for found in [deposit.len(), weight.len(), fold_of_row.len()] {
        same_length(scores.len(), found)?;
    }
    let mut probabilities = vec![0.0; scores.len()];
    let folds: std::collections::BTreeSet<usize> = fold_of_row.iter().copied().collect();
    for fold in folds {
        let seen: Vec<f64> = (0..scores.len())
            .map(|row| if fold_of_row[row] == fold { 0.0 } else { weight[row] })
            .collect();
        let fitted = calibration.fit(scores, deposit, &seen)?;
        for row in (0..scores.len()).filter(|&row| fold_of_row[row] == fold) {
            probabilities[row] = fitted.apply(scores[row]);
        }
    }
    Ok(probabilities)
}

/// The probability under another share of deposits: the odds are multiplied by the ratio of the
/// prior odds, which is exact where only the mixture differs. Elkan (2001), "The foundations of
/// cost-sensitive learning"; Saerens and others (2002), DOI 10.1162/089976602753284446.
///
/// A prior that is not between 0 and 1, both excluded, has no odds: the probability comes back as it
/// was.
///
/// ```
/// use paydirt_core::calibrate::shift_prior;
/// // Even odds among half deposits are odds of 1 to 99 where one in a hundred is a deposit.
/// assert!((shift_prior(0.5, 0.5, 0.01) - 0.01).abs() < 1e-15);
/// // Odds of 4 (0.8), prior odds from 1 to 1/4: odds of 1.
/// assert!((shift_prior(0.8, 0.5, 0.2) - 0.5).abs() < 1e-15);
/// ```
#[must_use]
pub fn shift_prior(probability: f64, prior_from: f64, prior_to: f64) -> f64 {
    if [prior_from, prior_to].iter().any(|prior| !(*prior > 0.0 && *prior < 1.0)) {
        return probability;
    }
    let deposit = probability * (prior_to / prior_from);
    let other = (1.0 - probability) * ((1.0 - prior_to) / (1.0 - prior_from));
    deposit / (deposit + other)
}
