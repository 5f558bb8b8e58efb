//! Weights of evidence for the report, where that is the model.

use paydirt_model::FittedModel;

use crate::fit::Trained;

/// The weights of each layer in the first member: each is fitted on its own draw of the unlabelled.
#[must_use]
pub(super) fn lines(trained: &Trained) -> Vec<serde_json::Value> {
    let first = trained.ensemble.members.first().map(|member| match member {
        FittedModel::Selected(selected) => selected.model.as_deref().unwrap_or(member),
        _ => member,
    });
    let first = first.map(|member| match member {
        FittedModel::Unlabelled(unlabelled) => unlabelled.members.first().unwrap_or(member),
        _ => member,
    });
    match first {
        Some(FittedModel::WeightsOfEvidence(fitted)) => {
            fitted.tables().iter().filter_map(|column| serde_json::to_value(column).ok()).collect()
        }
        _ => Vec::new(),
    }
}
