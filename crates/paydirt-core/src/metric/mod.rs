//! Metrics: a list of plain functions with direction, unit and citation; the report is the list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Held-out scores of one repeat, pooled over its folds: a score never meets a label that it was
/// fitted on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Raw scores, for everything that only ranks.
    pub score: Vec<f64>,
    /// Probabilities calibrated on other folds, in the mixture of the samples.
    pub probability: Vec<f64>,
    /// Whether each sample is a deposit.
    pub deposit: Vec<bool>,
    /// How much each sample counts.
    pub weight: Vec<f64>,
    /// What is resampled together: blocks, districts.
    pub group: Vec<u64>,
    /// For each held-out deposit: its share of area, the part of the map (0 to 1, cells not used in
    /// training) that the same model scores higher, ties counted half.
    pub share_of_area: Vec<f64>,
    /// The bootstrap group of each held-out deposit in `share_of_area`.
    pub share_group: Vec<u64>,
}

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// Mean over the repeats.
    pub value: f64,
    /// Lower end of the 95 % interval, by bootstrap over groups.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// Standard deviation over the repeats (draws and seeds).
    pub spread: f64,
}
