//! An ensemble: members fitted on repeated draws and seeds.

use paydirt_core::table::Table;
use serde::{Deserialize, Serialize};

use crate::neural::Ground;
use crate::unlabelled::in_scores;
use crate::weights_of_evidence::posterior::{self, Posterior};
use crate::{Attribution, FittedModel, Result};

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

    /// Gives each member's attribution to `take`, in order, all in one unit. Where members differ in it (as
    /// where selection left one of them no column), that is `score`, as [`in_scores`] brings it there.
    ///
    /// # Errors
    /// As [`crate::Predictor::explain_on`].
    pub fn explain_each(
        &self,
        features: &Table,
        ground: Option<&dyn Ground>,
        mut take: impl FnMut(Attribution),
    ) -> Result<()> {
        let none = features.select(&[]);
        let units = self.members.iter().map(|member| Ok(member.attribute(&none, ground)?.unit));
        let units: Vec<&str> = units.collect::<Result<_>>()?;
        let differ = units.windows(2).any(|pair| pair[0] != pair[1]);
        for member in &self.members {
            let told = member.attribute(features, ground)?;
            take(if differ { in_scores(told, features.rows()) } else { told });
        }
        Ok(())
    }

    /// The mean attribution over the members; exact for their mean score.
    ///
    /// # Errors
    /// As [`crate::Predictor::explain_on`].
    pub fn explain(&self, features: &Table, ground: Option<&dyn Ground>) -> Result<Attribution> {
        let count = self.members.len().max(1) as f64;
        let mut mean = Attribution {
            base: 0.0,
            unit: "score",
            shares: vec![vec![0.0; features.rows()]; features.columns().len()],
        };
        self.explain_each(features, ground, |told| {
            mean.base += told.base / count;
            mean.unit = told.unit;
            for (sum, shares) in mean.shares.iter_mut().zip(&told.shares) {
                for (sum, share) in sum.iter_mut().zip(shares) {
                    *sum += share / count as f32;
                }
            }
        })?;
        Ok(mean)
    }

    /// The posterior of weights of evidence: see [`posterior::mean_of`].
    ///
    /// # Errors
    /// As [`crate::Predictor::posterior`].
    pub fn posterior(&self, features: &Table, prior: f64) -> Result<Option<Vec<Posterior>>> {
        posterior::mean_of(&self.members, features, prior)
    }
}

#[cfg(test)]
mod tests {
    use paydirt_core::layer::EvidenceType;
    use paydirt_core::seed::Seed;
    use paydirt_core::table::Column;

    use super::*;
    use crate::select::{FittedSelected, Selection};
    use crate::{Estimator, TrainingSet};

    /// One member speaks in log odds; selection left the other no column, so it has a score alone.
    #[test]
    fn shares_add_to_the_mean_score_where_members_speak_in_other_units() {
        let values: Vec<f32> = (0..40).map(|row| row as f32 / 10.0).collect();
        let column = Column::new("as", "as", EvidenceType::Continuous, values);
        let features = Table::new(40, vec![column]).unwrap();
        let deposit = (0..40).map(|row| row % 3 == 0 || row > 30).collect();
        let set = TrainingSet { features: features.clone(), deposit, weight: vec![1.0; 40] };
        let logistic = crate::logistic::Settings::default().fit(&set, Seed(1)).unwrap();
        let nothing = FittedModel::Selected(FittedSelected {
            columns: features.names(),
            selection: Selection::default(),
            share: 0.25,
            model: None,
        });
        let ensemble = Ensemble { members: vec![logistic, nothing] };
        let told = ensemble.explain(&features, None).unwrap();
        assert_eq!(told.unit, "score");
        let scores = ensemble.scores(&features, None).unwrap();
        for ((share, one), other) in told.shares[0].iter().zip(&scores[0]).zip(&scores[1]) {
            let sum = told.base + f64::from(*share);
            let mean = f64::midpoint(f64::from(*one), f64::from(*other));
            assert!((sum - mean).abs() < 1e-6, "{sum} {mean}");
        }
    }
}
