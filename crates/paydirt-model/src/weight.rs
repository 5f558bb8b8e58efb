//! How much each sample counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TrainingSet;

/// Whether the two classes count alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeight {
    /// Each sample counts by its own weight.
    #[default]
    None,
    /// Deposits and other samples count half each, whatever their number.
    Balanced,
}

/// Weights with which sums over all samples are those of class means: `prior` x the mean over the
/// deposits, and the mean over the others, times the sum of all weights. Both classes must have weight.
pub(crate) fn class_means(set: &TrainingSet, prior: f64) -> Vec<f64> {
    let weights = || set.weight.iter().copied().map(f64::from);
    let sums = weights().zip(&set.deposit).fold([0.0; 2], |mut sums, (weight, deposit)| {
        sums[usize::from(*deposit)] += weight;
        sums
    });
    let all = sums[0] + sums[1];
    let scale = [all / sums[0], prior * all / sums[1]];
    weights().zip(&set.deposit).map(|(w, d)| w * scale[usize::from(*d)]).collect()
}

impl ClassWeight {
    /// Each sample's weight times that of its class; the sum stays what it is. Both classes must have
    /// weight.
    pub(crate) fn apply(self, set: &TrainingSet) -> Vec<f64> {
        let weights = || set.weight.iter().copied().map(f64::from);
        let sum = |class: bool| -> f64 {
            weights().zip(&set.deposit).filter(|(_, d)| **d == class).map(|(w, _)| w).sum()
        };
        let (deposits, others) = (sum(true), sum(false));
        let half = (deposits + others) / 2.0;
        let scale = match self {
            Self::None => [1.0, 1.0],
            Self::Balanced => [half / others, half / deposits],
        };
        weights().zip(&set.deposit).map(|(w, d)| w * scale[usize::from(*d)]).collect()
    }
}
