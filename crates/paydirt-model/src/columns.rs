//! What every model asks of its columns and of its training side.

use paydirt_core::table::Table;

use crate::{Error, Result, TrainingSet};

/// Refuses evidence whose columns are not those of the fit, in their order.
pub(crate) fn check_columns<'a>(
    fitted: impl Iterator<Item = &'a str>,
    features: &Table,
) -> Result<()> {
    let expected: Vec<&str> = fitted.collect();
    let found: Vec<&str> = features.columns().iter().map(|column| column.name.as_str()).collect();
    if expected == found {
        return Ok(());
    }
    Err(Error::OtherColumns { expected: expected.join("`, `"), found: found.join("`, `") })
}

/// Refuses a training side whose labels or weights are not one a row, whose weights make no sense,
/// or in which one of the two classes has no weight.
pub(crate) fn check_training(model: &'static str, set: &TrainingSet) -> Result<()> {
    let untrainable = |reason: String| Err(Error::Untrainable { model, reason });
    let rows = set.features.rows();
    if set.deposit.len() != rows || set.weight.len() != rows {
        let (labels, weights) = (set.deposit.len(), set.weight.len());
        return untrainable(format!("{rows} rows with {labels} labels and {weights} weights"));
    }
    if let Some(weight) = set.weight.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0))
    {
        return untrainable(format!("a sample has weight {weight}, expected zero or more"));
    }
    for (class, name) in [(true, "deposits"), (false, "other samples")] {
        if !set.deposit.iter().zip(&set.weight).any(|(d, weight)| *d == class && *weight > 0.0) {
            return untrainable(format!("the training side has no {name}"));
        }
    }
    Ok(())
}

/// The logistic function: log odds to probability.
pub(crate) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}
