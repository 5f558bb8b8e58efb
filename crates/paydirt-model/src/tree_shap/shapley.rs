//! The Shapley values of one leaf.
//!
//! A leaf of value `v` is reached through conditions on `d` columns. Path-dependent TreeSHAP
//! (Lundberg et al. 2020, doi 10.1038/s42256-019-0138-9) lets a column that is not asked pass with
//! the share `r` of the training weight that its condition let pass, and a column that is asked
//! with `o`, 1 where the row meets the condition and 0 where it does not. Column `i` then has
//!
//! ```text
//! v (o_i - r_i)  sum over S without i of  |S|! (d - |S| - 1)! / d!  prod_{S} o  prod_{not S} r
//! ```
//!
//! The weight is the Beta integral of `t^|S| (1 - t)^(d - |S| - 1)` over `t` in [0, 1], so that the sum
//! is the integral of `prod_{j not i} (o_j t + r_j (1 - t))`: a polynomial of degree `d - 1`, which
//! Gauss-Legendre quadrature with `d / 2` points (rounded up) integrates exactly. All terms are
//! positive: nothing cancels, however long the path.

/// What a path asks of one column: a bin above `above` and at most `most`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) feature: u16,
    pub(super) above: i16,
    pub(super) most: i16,
    /// The share of the training weight that passes, among what comes to the column's splits.
    pub(super) ratio: f64,
}

impl Condition {
    /// Whether a bin meets the condition.
    pub(super) fn holds(&self, bin: u8) -> bool {
        self.above < i16::from(bin) && i16::from(bin) <= self.most
    }
}

/// A leaf with the conditions of its path, one a column.
#[derive(Clone, Debug)]
pub(super) struct PathLeaf {
    pub(super) value: f64,
    pub(super) path: Vec<Condition>,
}

impl PathLeaf {
    /// The share of each column of the path for a row of which `holds(j)` says whether it meets
    /// condition `j`.
    pub(super) fn shares(
        &self,
        holds: impl Fn(usize) -> bool,
        points: &[(f64, f64)],
        shares: &mut Vec<f64>,
    ) {
        shares.clear();
        shares.resize(self.path.len(), 0.0);
        for &(at, weight) in points {
            let factor = |index: usize| {
                let open = self.path[index].ratio * (1.0 - at);
                if holds(index) { open + at } else { open }
            };
            let product: f64 = (0..self.path.len()).map(factor).product();
            for (index, share) in shares.iter_mut().enumerate() {
                *share += weight * product / factor(index);
            }
        }
        for (index, share) in shares.iter_mut().enumerate() {
            let met = f64::from(u8::from(holds(index)));
            *share *= self.value * (met - self.path[index].ratio);
        }
    }
}

/// Points and weights of Gauss-Legendre quadrature on [0, 1]: exact for polynomials of a degree
/// below `2 count`.
pub(super) fn gauss_legendre(count: usize) -> Vec<(f64, f64)> {
    let n = count as f64;
    let point = |index: usize| {
        let mut root = (std::f64::consts::PI * (index as f64 + 0.75) / (n + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..100 {
            let (mut previous, mut value) = (1.0, root);
            for degree in 1..count {
                let k = degree as f64;
                let next = ((2.0 * k + 1.0) * root * value - k * previous) / (k + 1.0);
                (previous, value) = (value, next);
            }
            slope = n * (root * value - previous) / (root * root - 1.0);
            let step = value / slope;
            root -= step;
            if step.abs() < 1e-16 {
                break;
            }
        }
        ((1.0 + root) / 2.0, 1.0 / ((1.0 - root * root) * slope * slope))
    };
    (0..count).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quadrature_is_exact_for_polynomials() {
        for count in 1..40 {
            let points = gauss_legendre(count);
            for degree in 0..2 * count as i32 {
                let sum: f64 = points.iter().map(|(at, weight)| weight * at.powi(degree)).sum();
                assert!((sum - 1.0 / f64::from(degree + 1)).abs() < 1e-14, "{count} {degree}");
            }
        }
    }

    /// The definition: every subset, with its factorials.
    fn by_definition(leaf: &PathLeaf, holds: &[bool], column: usize) -> f64 {
        let d = leaf.path.len();
        let factorial = |n: usize| (1..=n).map(|k| k as f64).product::<f64>();
        let value = |subset: usize| {
            let factor = |j: usize| match subset >> j & 1 {
                1 => f64::from(u8::from(holds[j])),
                _ => leaf.path[j].ratio,
            };
            leaf.value * (0..d).map(factor).product::<f64>()
        };
        (0..1 << d)
            .filter(|subset: &usize| subset >> column & 1 == 0)
            .map(|subset| {
                let size = subset.count_ones() as usize;
                let weight = factorial(size) * factorial(d - size - 1) / factorial(d);
                weight * (value(subset | 1 << column) - value(subset))
            })
            .sum()
    }

    #[test]
    fn a_leaf_has_the_shares_of_the_definition() {
        for d in 1..=9_usize {
            let condition = |j: usize| Condition {
                feature: j as u16,
                above: -1,
                most: 3,
                ratio: [0.5, 0.9, 1e-3, 0.25, 0.7][j % 5],
            };
            let leaf = PathLeaf { value: 0.8, path: (0..d).map(condition).collect() };
            for pattern in 0..1_usize << d {
                let holds: Vec<bool> = (0..d).map(|j| pattern >> j & 1 == 1).collect();
                let mut shares = Vec::new();
                leaf.shares(|j| holds[j], &gauss_legendre(d.div_ceil(2)), &mut shares);
                for (column, share) in shares.iter().enumerate() {
                    assert!((share - by_definition(&leaf, &holds, column)).abs() < 1e-14);
                }
            }
        }
    }
}
