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

/// Declares a fitted model that is looked over when it is read from a file: `Fitted` derives its
/// `Serialize` and `Deserialize` with `#[serde(remote = "Self")]`, and has `fn check_saved(&self)`.
macro_rules! checked_when_read {
    ($fitted:ident) => {
        impl serde::Serialize for $fitted {
            fn serialize<S: serde::Serializer>(
                &self,
                out: S,
            ) -> std::result::Result<S::Ok, S::Error> {
                Self::serialize(self, out)
            }
        }

        impl<'de> serde::Deserialize<'de> for $fitted {
            fn deserialize<D: serde::Deserializer<'de>>(
                from: D,
            ) -> std::result::Result<Self, D::Error> {
                let fitted = Self::deserialize(from)?;
                fitted.check_saved().map_err(serde::de::Error::custom)?;
                Ok(fitted)
            }
        }
    };
}

pub(crate) use checked_when_read;

/// The error of a setting outside its range; `key` as in `svm.c`.
pub(crate) fn bad_setting(key: &str, found: impl ToString, expected: &str) -> Error {
    Error::Core(paydirt_core::Error::BadSetting {
        key: format!("model.{key}"),
        found: found.to_string(),
        expected: expected.into(),
    })
}

/// Refuses a setting that is not a finite number over zero.
pub(crate) fn require_positive(key: &str, number: f64) -> Result<()> {
    if number.is_finite() && number > 0.0 {
        return Ok(());
    }
    Err(bad_setting(key, number, "over zero"))
}
