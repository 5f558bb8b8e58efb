//! Information that two lists of classes share (Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x).

use crate::layer::EvidenceType;
use crate::step::{quantile, sorted};
use crate::table::Column;

/// Most classes that a column of sizes may be cut into.
pub const MOST_CLASSES: usize = 1000;

/// The class of each row of a column: a category, or which of at most `count` parts of about equal
/// number its value falls into. Class `c` holds the values `v` with `q_c < v <= q_(c+1)`, where
/// `q_i` is the `i / count` quantile of the known values. `None` where the value is missing.
#[must_use]
pub fn classes(column: &Column, count: usize) -> Vec<Option<usize>> {
    let mut sorted = sorted(column);
    let edges: Vec<f64> = if column.evidence_type == EvidenceType::Categorical {
        sorted.dedup();
        sorted.into_iter().map(f64::from).collect()
    } else {
        let count = count.clamp(1, MOST_CLASSES);
        let shares = (1..count).map(|index| index as f64 / count as f64);
        shares.filter_map(|share| quantile(&sorted, share)).collect()
    };
    let class = |value: f32| edges.partition_point(|edge| *edge < f64::from(value));
    let values = column.values.iter().zip(&column.known);
    values.map(|(value, known)| known.then(|| class(*value))).collect()
}

/// What two lists of classes say of each other, in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Information {
    /// Their mutual information, `sum p_ab ln(p_ab / (p_a p_b))`, never below 0.
    pub mutual: f64,
    /// The entropy of each, `-sum p ln p`.
    pub entropy: [f64; 2],
}

impl Information {
    /// The mutual information over the mean of the entropies, 0 to 1 (the `arithmetic` mean of
    /// scikit-learn's `normalized_mutual_info_score`); `None` where both are of one class.
    #[must_use]
    pub fn normalised(&self) -> Option<f64> {
        let mean = f64::midpoint(self.entropy[0], self.entropy[1]);
        (mean > 0.0).then(|| (self.mutual / mean).clamp(0.0, 1.0))
    }
}

/// The information in pairs of classes, each with its weight.
#[must_use]
pub fn information(pairs: &[(usize, usize, f64)]) -> Information {
    let sizes = pairs.iter().fold([0, 0], |sizes: [usize; 2], pair| {
        [sizes[0].max(pair.0 + 1), sizes[1].max(pair.1 + 1)]
    });
    let mut joint = std::collections::BTreeMap::new();
    let mut single = sizes.map(|size| vec![0.0; size]);
    let mut dense = vec![0.0; if sizes[0] * sizes[1] <= DENSE { sizes[0] * sizes[1] } else { 0 }];
    for &(a, b, weight) in pairs {
        match dense.get_mut(a * sizes[1] + b) {
            Some(sum) => *sum += weight,
            None => *joint.entry((a, b)).or_insert(0.0) += weight,
        }
        single[0][a] += weight;
        single[1][b] += weight;
    }
    let total: f64 = single[0].iter().sum();
    let entropy = |sums: &mut dyn Iterator<Item = f64>| -> f64 {
        let shares = sums.filter(|sum| *sum > 0.0).map(|sum| sum / total);
        -shares.map(|share| share * share.ln()).sum::<f64>() + 0.0
    };
    let [first, second] = &single;
    let entropies = [entropy(&mut first.iter().copied()), entropy(&mut second.iter().copied())];
    let both = entropy(&mut dense.into_iter().chain(joint.into_values()));
    Information { mutual: (entropies[0] + entropies[1] - both).max(0.0), entropy: entropies }
}

/// Most pairs of classes that are counted in a table.
const DENSE: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_share_all_and_strangers_nothing() {
        let pairs = |other: fn(usize) -> usize| -> Vec<(usize, usize, f64)> {
            (0..12).map(|row| (row % 4, other(row), 0.5)).collect()
        };
        let twins = information(&pairs(|row| 3 - row % 4));
        assert!((twins.mutual - 4.0_f64.ln()).abs() < 1e-12);
        assert!((twins.normalised().unwrap() - 1.0).abs() < 1e-12);
        assert!(information(&pairs(|row| row / 4)).mutual < 1e-12);
        assert_eq!(information(&[(0, 0, 1.0), (0, 0, 2.0)]).normalised(), None);
        assert_eq!(information(&[]).normalised(), None);
        let wide = information(&[(0, 2_000_000, 1.0), (1, 0, 1.0)]);
        assert!((wide.mutual - 2.0_f64.ln()).abs() < 1e-12);
    }
}
