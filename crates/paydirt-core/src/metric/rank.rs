//! Figures that only rank.

use super::{Sorted, defined};

/// The share of pairs (deposit, other sample) in which the deposit scores higher, ties counted half:
/// the area under the ROC curve, 0 to 1, as the Mann-Whitney statistic. Hanley and McNeil (1982),
/// DOI 10.1148/radiology.143.1.7063747. Where scores may not be pooled, pairs within one stratum
/// only: Airola and others (2018), DOI 10.1007/s10618-018-00607-x.
pub(super) fn roc_auc(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    let (mut found, mut others, mut in_order, mut pairs) = (0.0, 0.0, 0.0, 0.0);
    let mut stratum = None;
    for tie in sorted.scores(copies) {
        if stratum.replace(tie.stratum).is_some_and(|last| last != tie.stratum) {
            pairs += found * others;
            (found, others) = (0.0, 0.0);
        }
        in_order += tie.others * (found + tie.deposits / 2.0);
        found += tie.deposits;
        others += tie.others;
    }
    defined(in_order / (pairs + found * others))
}

/// Average precision, 0 to 1: the precision at each score at which deposits are found, weighed by
/// how many are; tied samples are one step, and nothing is interpolated. Not defined where scores may
/// not be pooled. Davis and Goadrich (2006), DOI 10.1145/1143844.1143874.
pub(super) fn pr_auc(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    let (mut found, mut others, mut area) = (0.0, 0.0, 0.0);
    for tie in sorted.scores(copies).filter(|tie| tie.deposits + tie.others > 0.0) {
        found += tie.deposits;
        others += tie.others;
        area += tie.deposits * found / (found + others);
    }
    defined(area / found).filter(|_| others > 0.0 && sorted.pooled())
}
