//! Curves that only rank.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{HeldOut, Sorted, bootstrap};

/// A point of the ROC curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RocPoint {
    /// Share of the other samples that score at least this high.
    pub false_positive_rate: f64,
    /// Share of the deposits that score at least this high.
    pub true_positive_rate: f64,
}

/// A point of the precision-recall curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrecisionRecallPoint {
    /// Share of the deposits that score at least this high.
    pub recall: f64,
    /// Share of deposits among the samples that score at least this high.
    pub precision: f64,
}

/// Deposits and others found so far, after each distinct score from the highest down; nothing where
/// scores may not be pooled.
fn found(held: &HeldOut) -> Vec<(f64, f64)> {
    let groups = bootstrap::groups(std::slice::from_ref(held));
    let copies = vec![1.0; groups.len()];
    let mut sum = (0.0, 0.0);
    let sorted = Sorted::new(held, &groups);
    if !sorted.pooled() {
        return Vec::new();
    }
    sorted
        .scores(&copies)
        .map(|tie| {
            sum = (sum.0 + tie.deposits, sum.1 + tie.others);
            sum
        })
        .collect()
}

/// The ROC curve of one repeat, from (0, 0) to (1, 1); its area under straight lines is the ROC AUC.
/// Points within a straight run are left out. Empty where a class is missing. Hanley and McNeil
/// (1982), DOI 10.1148/radiology.143.1.7063747.
#[must_use]
pub fn roc(held: &HeldOut) -> Vec<RocPoint> {
    let found = found(held);
    let Some(&(deposits, others)) = found.last().filter(|(d, o)| *d > 0.0 && *o > 0.0) else {
        return Vec::new();
    };
    let mut corners = vec![(0.0, 0.0)];
    for point in found {
        if let [.., before, last] = corners[..] {
            let (rise, run) = (last.0 - before.0, last.1 - before.1);
            if (point.0 - last.0) * run == (point.1 - last.1) * rise {
                corners.pop();
            }
        }
        corners.push(point);
    }
    let share = |(found, false_alarms): (f64, f64)| RocPoint {
        false_positive_rate: false_alarms / others,
        true_positive_rate: found / deposits,
    };
    corners.into_iter().map(share).collect()
}

/// The precision-recall curve of one repeat: a point for each score at which deposits are found, the
/// steps of average precision. Empty where a class is missing. Davis and Goadrich (2006),
/// DOI 10.1145/1143844.1143874.
#[must_use]
pub fn precision_recall(held: &HeldOut) -> Vec<PrecisionRecallPoint> {
    let found = found(held);
    let Some(&(deposits, _)) = found.last().filter(|(d, o)| *d > 0.0 && *o > 0.0) else {
        return Vec::new();
    };
    let mut before = 0.0;
    found
        .into_iter()
        .filter(|(found, _)| *found > std::mem::replace(&mut before, *found))
        .map(|(found, others)| PrecisionRecallPoint {
            recall: found / deposits,
            precision: found / (found + others),
        })
        .collect()
}
