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
//!
//! Interventional TreeSHAP lets a column that is not asked pass where a row of a background meets the
//! condition, and takes the mean over the background. A column that only the row meets (one of `n`) has
//! `v (n - 1)! m! / (n + m)!`, one that only the background's row meets (one of `m`) has
//! `-v n! (m - 1)! / (n + m)!`; the others have none, nor has any where neither meets a condition.

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

    /// Whether a row of bins meets the condition.
    pub(super) fn holds_in(&self, row: &[u8]) -> bool {
        self.holds(row[usize::from(self.feature)])
    }
}

/// A leaf with the conditions of its path, one a column.
#[derive(Clone, Debug)]
pub(super) struct PathLeaf {
    pub(super) value: f64,
    pub(super) path: Vec<Condition>,
}

/// Quadrature points for paths of each length up to the longest.
pub(super) fn quadratures(longest: usize) -> Vec<Vec<(f64, f64)>> {
    (0..=longest).map(|columns: usize| gauss_legendre(columns.div_ceil(2))).collect()
}

/// How columns that are not asked pass the conditions of all leaves.
pub(super) enum Absent {
    /// As the training weight does: quadrature points for paths of each length.
    Training(Vec<Vec<(f64, f64)>>),
    /// As the rows of a background do: `[row][column]` in bins, and the number of columns.
    Background(Vec<u8>, usize),
}

/// How columns that are not asked pass the conditions of one leaf.
pub(super) enum AbsentOfLeaf<'a> {
    Training(&'a [(f64, f64)]),
    /// Which conditions rows of the background meet, and the share of the rows that meet those.
    Background(Vec<(Conditions, f64)>),
}

/// A set of conditions, in words of 64.
pub(super) type Conditions = Vec<u64>;

fn conditions(count: usize, holds: impl Fn(usize) -> bool) -> Conditions {
    let mut set = vec![0; count.div_ceil(64)];
    (0..count).filter(|&index| holds(index)).for_each(|index| set[index / 64] |= 1 << (index % 64));
    set
}

impl Absent {
    pub(super) fn of_leaf(&self, leaf: &PathLeaf) -> AbsentOfLeaf<'_> {
        match self {
            Self::Training(points) => AbsentOfLeaf::Training(&points[leaf.path.len()]),
            Self::Background(bins, width) => {
                let part = *width as f64 / bins.len() as f64;
                let mut rows: Vec<(Conditions, f64)> = bins
                    .chunks_exact(*width)
                    .map(|row| {
                        let holds = |index: usize| leaf.path[index].holds_in(row);
                        (conditions(leaf.path.len(), holds), part)
                    })
                    .collect();
                rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
                rows.dedup_by(|next, kept| {
                    let same = next.0 == kept.0;
                    kept.1 += if same { part } else { 0.0 };
                    same
                });
                AbsentOfLeaf::Background(rows)
            }
        }
    }
}

/// `(n - 1)! m! / (n + m)!`
fn weight(n: u32, m: u32) -> f64 {
    let choices: f64 = (1..=n).map(|k| f64::from(m + k) / f64::from(k)).product();
    1.0 / (f64::from(n) * choices)
}

impl PathLeaf {
    /// The share of each column of the path for a row of which `holds(j)` says whether it meets
    /// condition `j`.
    pub(super) fn shares(
        &self,
        holds: impl Fn(usize) -> bool,
        absent: &AbsentOfLeaf<'_>,
        shares: &mut Vec<f64>,
    ) {
        shares.clear();
        shares.resize(self.path.len(), 0.0);
        match absent {
            AbsentOfLeaf::Training(points) => self.training_shares(holds, points, shares),
            AbsentOfLeaf::Background(rows) => self.background_shares(holds, rows, shares),
        }
    }

    fn background_shares(
        &self,
        holds: impl Fn(usize) -> bool,
        rows: &[(Conditions, f64)],
        shares: &mut [f64],
    ) {
        let count = self.path.len();
        let every = conditions(count, |_| true);
        let own = conditions(count, holds);
        for (theirs, part) in rows {
            let words = || own.iter().zip(theirs);
            if words().zip(&every).any(|((own, theirs), every)| own | theirs != *every) {
                continue;
            }
            let n = words().map(|(own, theirs)| (own & !theirs).count_ones()).sum();
            let m = words().map(|(own, theirs)| (theirs & !own).count_ones()).sum();
            let value = self.value * part;
            let [only_own, only_theirs] = [value * weight(n, m), value * weight(m, n)];
            for (index, share) in shares.iter_mut().enumerate() {
                let [own, theirs] = [&own, theirs].map(|set| set[index / 64] >> (index % 64) & 1);
                match (own, theirs) {
                    (1, 0) => *share += only_own,
                    (0, 1) => *share -= only_theirs,
                    _ => {}
                }
            }
        }
    }

    fn training_shares(
        &self,
        holds: impl Fn(usize) -> bool,
        points: &[(f64, f64)],
        shares: &mut [f64],
    ) {
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

    /// The interaction of each pair of columns of the path, `[first][second]` with the first before
    /// the second: `v (o_i - r_i) (o_j - r_j) / 2` times the integral of the product over all others
    /// (Lundberg et al. 2020). `points` are those of paths as long.
    pub(super) fn interactions(&self, holds: &[bool], points: &[(f64, f64)], pairs: &mut Vec<f64>) {
        let count = self.path.len();
        pairs.clear();
        pairs.resize(count * count, 0.0);
        let mut factors = vec![0.0; count];
        for &(at, weight) in points {
            for ((factor, condition), holds) in factors.iter_mut().zip(&self.path).zip(holds) {
                *factor = condition.ratio * (1.0 - at) + if *holds { at } else { 0.0 };
            }
            let product = weight * factors.iter().product::<f64>();
            for (first, pairs) in pairs.chunks_exact_mut(count).enumerate() {
                let product = product / factors[first];
                for second in first + 1..count {
                    pairs[second] += product / factors[second];
                }
            }
        }
        let moved = |index: usize| f64::from(u8::from(holds[index])) - self.path[index].ratio;
        for (first, pairs) in pairs.chunks_exact_mut(count).enumerate() {
            for (second, pair) in pairs.iter_mut().enumerate().skip(first + 1) {
                *pair *= self.value / 2.0 * moved(first) * moved(second);
            }
        }
    }
}

/// Points and weights of Gauss-Legendre quadrature on [0, 1]: exact for polynomials of a degree
/// below `2 count`.
fn gauss_legendre(count: usize) -> Vec<(f64, f64)> {
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

    /// The definition: every subset, with its factorials. A column that is not asked passes with
    /// `ratio`.
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
                let absent = Absent::Training(quadratures(d));
                leaf.shares(|j| holds[j], &absent.of_leaf(&leaf), &mut shares);
                for (column, share) in shares.iter().enumerate() {
                    assert!((share - by_definition(&leaf, &holds, column)).abs() < 1e-14);
                }
            }
        }
    }

    #[test]
    fn against_a_background_a_leaf_has_the_mean_share_of_the_definition() {
        let path = |d: usize| -> Vec<Condition> {
            let of = |j: usize| Condition { feature: j as u16, above: -1, most: 3, ratio: 0.5 };
            (0..d).map(of).collect()
        };
        for d in [1, 2, 5, 7_usize] {
            let leaf = PathLeaf { value: -1.7, path: path(d) };
            // Bin 9 fails a condition; three rows, two of them alike.
            let rows: Vec<u8> = [5, 0, 5]
                .iter()
                .flat_map(|seed| {
                    (0..d).map(move |j| if (seed * j + j / 3) % 2 == 0 { 0 } else { 9 })
                })
                .collect();
            let absent = Absent::Background(rows.clone(), d);
            for pattern in 0..1_usize << d {
                let holds: Vec<bool> = (0..d).map(|j| pattern >> j & 1 == 1).collect();
                let mut shares = Vec::new();
                leaf.shares(|j| holds[j], &absent.of_leaf(&leaf), &mut shares);
                for (column, share) in shares.iter().enumerate() {
                    let of_row = |row: &[u8]| {
                        let mut leaf = leaf.clone();
                        for (condition, bin) in leaf.path.iter_mut().zip(row) {
                            condition.ratio = f64::from(u8::from(condition.holds(*bin)));
                        }
                        by_definition(&leaf, &holds, column)
                    };
                    let mean = rows.chunks(d).map(of_row).sum::<f64>() / 3.0;
                    assert!((share - mean).abs() < 1e-14, "{share} {mean}");
                }
            }
        }
    }
}
