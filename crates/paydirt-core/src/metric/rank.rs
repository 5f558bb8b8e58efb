//! Figures that only rank.

use super::sorted::Tie;
use super::{Sorted, defined};

/// The share of pairs (deposit, other sample) in which the deposit scores higher, ties counted half:
/// the area under the ROC curve, 0 to 1, as the Mann-Whitney statistic. Hanley and McNeil (1982),
/// DOI 10.1148/radiology.143.1.7063747. Where scores may not be pooled, pairs within one stratum
/// only: Airola and others (2018), DOI 10.1007/s10618-018-00607-x.
pub(super) fn roc_auc(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    let pairs = pairs(sorted.scores(copies));
    let sum = |of: fn(&Pairs) -> f64| pairs.iter().map(of).sum::<f64>();
    defined(sum(|stratum| stratum.in_order) / sum(|stratum| stratum.all))
}

/// The ROC AUC of each fold, averaged over the folds that hold both classes. What cross-validation in
/// the literature mostly reports; each fold counts the same, however few deposits it holds. Forman and
/// Scholz (2010), DOI 10.1145/1882471.1882479.
pub(super) fn fold_auc(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    let of_folds = pairs(sorted.folds(copies)).into_iter().filter(|fold| fold.all > 0.0);
    let aucs: Vec<f64> = of_folds.map(|fold| fold.in_order / fold.all).collect();
    defined(aucs.iter().sum::<f64>() / aucs.len() as f64)
}

/// Weight of the pairs of one stratum.
#[derive(Clone, Copy, Default)]
struct Pairs {
    in_order: f64,
    all: f64,
}

/// The pairs of each stratum, from its ties, the highest score first.
fn pairs(ties: impl Iterator<Item = Tie>) -> Vec<Pairs> {
    let mut strata: Vec<(u64, Pairs)> = Vec::new();
    let (mut found, mut others) = (0.0, 0.0);
    for tie in ties {
        if strata.last().is_none_or(|(last, _)| *last != tie.stratum) {
            (found, others) = (0.0, 0.0);
            strata.push((tie.stratum, Pairs::default()));
        }
        let Some((_, pairs)) = strata.last_mut() else { continue };
        pairs.in_order += tie.others * (found + tie.deposits / 2.0);
        found += tie.deposits;
        others += tie.others;
        pairs.all = found * others;
    }
    strata.into_iter().map(|(_, pairs)| pairs).collect()
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
