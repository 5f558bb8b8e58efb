//! Weights of evidence for the report, where that is the model.

use paydirt_model::FittedModel;
use paydirt_model::weights_of_evidence::independence::Pair;
use paydirt_model::weights_of_evidence::{Fitted, Independence};

use crate::fit::Trained;

/// The first member, where it is weights of evidence: each is fitted on its own draw of the unlabelled.
fn first(trained: &Trained) -> Option<&Fitted> {
    let mut member = trained.ensemble.members.first()?;
    loop {
        member = match member {
            FittedModel::WeightsOfEvidence(fitted) => return Some(fitted),
            FittedModel::Selected(selected) => selected.model.as_deref()?,
            FittedModel::Unlabelled(unlabelled) => unlabelled.members.first()?,
            _ => return None,
        };
    }
}

/// The weights of each layer in the first member.
pub(super) fn lines(trained: &Trained) -> Vec<serde_json::Value> {
    let columns = first(trained).map(Fitted::tables).into_iter().flatten();
    columns.filter_map(|column| serde_json::to_value(column).ok()).collect()
}

/// Pairs of layers that are told of, and from which p on.
const PAIRS: usize = 5;
const DEPENDENT_P: f64 = 0.05;

/// Whether the layers are independent of each other given the deposits, as the weights take for granted,
/// in sentences.
pub(super) fn independence(trained: &Trained) -> Vec<String> {
    let Some(Independence { overall, pairs }) = first(trained).map(Fitted::independence) else {
        return Vec::new();
    };
    let of_all = overall.map(|test| {
        format!(
            "Over the training samples n / T is {:.2} (under 0.85 is a problem), and the test of Agterberg and Cheng takes \
             the layers to depend on each other with a confidence of {:.0} % (from 95 % on it is a problem).",
            test.ratio,
            100.0 * test.confidence_of_dependence
        )
    });
    let dependent = pairs.iter().filter(|pair| pair.p < DEPENDENT_P);
    let pair = |pair: &Pair| {
        let rough = if pair.least_expected < 5.0 { "; rough, with so few deposits" } else { "" };
        format!(
            "Among the deposits {} and {} depend on each other: chi-square {:.1}, {} degrees of freedom, p {:.3}{rough}.",
            pair.layers[0], pair.layers[1], pair.chi_square, pair.freedom, pair.p
        )
    };
    of_all.into_iter().chain(dependent.take(PAIRS).map(pair)).collect()
}
