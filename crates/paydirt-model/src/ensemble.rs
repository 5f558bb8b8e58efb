//! An ensemble: members fitted on repeated draws and seeds.

use paydirt_core::table::Table;
use serde::{Deserialize, Serialize};

use crate::neural::Ground;
use crate::{FittedModel, Result};

/// Members fitted on repeated draws of the unlabelled and on other seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ensemble {
    /// The members.
    pub members: Vec<FittedModel>,
}

impl Ensemble {
    /// Each member's score for each row: `[member][row]`.
    ///
    /// # Errors
    /// As [`crate::Predictor::predict_on`].
    pub fn scores(&self, features: &Table, ground: Option<&dyn Ground>) -> Result<Vec<Vec<f32>>> {
        self.members.iter().map(|member| member.score(features, ground)).collect()
    }

    /// The mean attribution over the members; exact for their mean score.
    ///
    /// # Errors
    /// As [`crate::Predictor::explain_on`].
    pub fn explain(
        &self,
        features: &Table,
        ground: Option<&dyn Ground>,
    ) -> Result<crate::Attribution> {
        let count = self.members.len().max(1) as f64;
        let mut mean = crate::Attribution {
            base: 0.0,
            unit: "score",
            shares: vec![vec![0.0; features.rows()]; features.columns().len()],
        };
        for member in &self.members {
            let attribution = member.attribute(features, ground)?;
            mean.base += attribution.base / count;
            mean.unit = attribution.unit;
            for (sum, shares) in mean.shares.iter_mut().zip(&attribution.shares) {
                for (sum, share) in sum.iter_mut().zip(shares) {
                    *sum += share / count as f32;
                }
            }
        }
        Ok(mean)
    }
}
