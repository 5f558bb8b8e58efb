//! Not written yet.

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Attribution, Error, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

/// Fitted numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {}

impl Estimator for Settings {
    fn fit(&self, _: &TrainingSet, _: Seed) -> Result<FittedModel> {
        Err(Error::Untrainable { model: "logistic", reason: "not written".into() })
    }
}

impl Predictor for Fitted {
    fn predict(&self, _: &Table) -> Result<Vec<f32>> {
        Err(Error::Untrainable { model: "logistic", reason: "not written".into() })
    }
    fn explain(&self, _: &Table) -> Result<Attribution> {
        Err(Error::Untrainable { model: "logistic", reason: "not written".into() })
    }
}
