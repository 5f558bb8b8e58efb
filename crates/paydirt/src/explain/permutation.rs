//! Permutation importance on held-out folds (Breiman 2001, doi:10.1023/A:1010933404324), by layer and by
//! group of layers: the fall of the pooled held-out ROC AUC when a layer's values, or those of all layers of a
//! group in one and the same order, are shuffled among the held-out rows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Subject;
use super::groups::LayerGroup;
use crate::error::Result;

/// Permutation importance on held-out folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Permutation")]
pub struct Settings {
    /// Times each layer, and each group of layers, is shuffled in each fold; 0 for none.
    pub shuffles: usize,
    /// Groups of layers that are shuffled together, by name: `groups = { magnetics = ["tmi", "rtp_*"] }`;
    /// `*` stands for any letters. Each `[[group]]` is one besides.
    pub groups: BTreeMap<String, Vec<String>>,
    /// Of the other layers, those are a group that are linked by rank correlations of this size and more,
    /// 0.5 to 1: while one of two twins is shuffled, the model still hears the other.
    pub correlation: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { shuffles: 3, groups: BTreeMap::new(), correlation: 0.7 }
    }
}

impl Settings {
    pub(super) fn validate(&self) -> Result<()> {
        super::require("permutation.shuffles", self.shuffles, 0..=1_000)?;
        if (0.5..=1.0).contains(&self.correlation) {
            return Ok(());
        }
        Err(paydirt_core::Error::BadSetting {
            key: "explain.permutation.correlation".into(),
            found: self.correlation.to_string(),
            expected: "0.5 to 1".into(),
        }
        .into())
    }
}

/// What shuffling found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FoundPermutation")]
pub struct Found {
    /// Groups of two layers and more, greatest fall first. The layers one by one are in `importance`.
    pub groups: Vec<GroupImportance>,
}

/// How much the held-out ROC AUC of the chosen model falls when a group of layers is shuffled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupImportance {
    /// The group.
    #[serde(flatten)]
    pub group: LayerGroup,
    /// Mean fall of the pooled held-out AUC when all of its layers are shuffled in one order.
    pub auc_fall: f64,
    /// Standard deviation of the fall over repeats and shuffles.
    pub spread: f64,
    /// Mean fall when each layer is shuffled alone, in the order of the layers. Where the group falls by much
    /// more than all of them together, its layers say the same and stand in for each other.
    pub alone: Vec<Option<f64>>,
}

/// What judging found by shuffling, told by group.
///
/// # Errors
/// None.
pub fn explain(_: &Settings, subject: &Subject<'_>) -> Result<Option<Found>> {
    let judged = subject.judged;
    let alone = |layer: &String| {
        let line = judged.importance.iter().find(|line| line.layer == *layer);
        line.map(|line| line.auc_fall)
    };
    let mut groups: Vec<GroupImportance> = judged
        .group_importance
        .iter()
        .map(|(group, auc_fall, spread)| GroupImportance {
            alone: group.layers.iter().map(alone).collect(),
            group: group.clone(),
            auc_fall: *auc_fall,
            spread: *spread,
        })
        .collect();
    groups.sort_by(|a, b| b.auc_fall.total_cmp(&a.auc_fall));
    Ok((!groups.is_empty()).then_some(Found { groups }))
}
