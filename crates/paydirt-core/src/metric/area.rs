//! Figures and curves of area: how much of the map must be searched to find how many deposits.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sorted::Tie;
use super::{Sorted, defined};

/// Capture efficiency: the share of held-out deposits within the best `PERCENT` % of area, 0 to 1.
/// Agterberg and Bonham-Carter (2005), DOI 10.1007/s11053-005-4674-0. A deposit whose share of area
/// (ties already half) is exactly the limit counts half.
pub(super) fn capture<const PERCENT: usize>(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    let limit = PERCENT as f64 / 100.0;
    let (mut found, mut all) = (0.0, 0.0);
    for tie in sorted.shares(copies) {
        all += tie.deposits;
        if tie.value < limit {
            found += tie.deposits;
        } else if tie.value == limit {
            found += tie.deposits / 2.0;
        }
    }
    defined(found / all)
}

/// The area under the prediction-rate curve, 0 to 1: 1 minus the mean share of area ranked above a
/// held-out deposit, ties counted half; 0.5 for a map that knows nothing. Chung and Fabbri (2003),
/// DOI 10.1023/B:NHAZ.0000007172.62651.2b.
pub(super) fn rate_auc(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    let (mut above, mut all) = (0.0, 0.0);
    for tie in sorted.shares(copies) {
        above += tie.deposits * tie.value;
        all += tie.deposits;
    }
    defined(1.0 - above / all)
}

/// The share of deposits at the intersection of the P-A plot: where the prediction-rate curve meets
/// the descending curve of area, so that the share of deposits found and the share of area searched
/// add up to 1; 0.5 for a map that knows nothing. Yousefi and Carranza (2015),
/// DOI 10.1016/j.cageo.2015.03.007.
pub(super) fn prediction_area(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    crossing(sorted.shares(copies)).map(|area| 1.0 - area)
}

/// Normalised density: the share of deposits over the share of area at the intersection of the P-A
/// plot; 1 for a map that knows nothing. Yousefi and Carranza (2015),
/// DOI 10.1016/j.cageo.2015.03.007.
pub(super) fn normalised_density(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    crossing(sorted.shares(copies)).and_then(|area| defined((1.0 - area) / area))
}

/// The least share of area at which the share of deposits found, a step curve, reaches 1 minus it.
fn crossing(ties: impl Iterator<Item = Tie>) -> Option<f64> {
    let steps: Vec<Tie> = ties.filter(|tie| tie.deposits > 0.0).collect();
    let all: f64 = steps.iter().map(|tie| tie.deposits).sum();
    let mut found = 0.0;
    for step in &steps {
        let flat = 1.0 - found / all;
        if flat <= step.value {
            return Some(flat);
        }
        found += step.deposits;
        if found / all >= 1.0 - step.value {
            return Some(step.value);
        }
    }
    None
}

/// A point of the rate curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RatePoint {
    /// Share of area searched, best first.
    pub area: f64,
    /// Share of the deposits found in it.
    pub captured: f64,
}

/// The share of deposits found against the share of area searched, from (0, 0) to (1, 1): one point
/// a step, each holding until the next. Of training deposits it is the *success rate*, of held-out
/// ones the *prediction rate*. Chung and Fabbri (2003), DOI 10.1023/B:NHAZ.0000007172.62651.2b.
///
/// ```
/// use paydirt_core::metric::{RatePoint, rate_curve};
/// let curve = rate_curve(&[0.3, 0.1]);
/// assert_eq!(curve[1], RatePoint { area: 0.1, captured: 0.5 });
/// assert_eq!(curve[2], RatePoint { area: 0.3, captured: 1.0 });
/// ```
#[must_use]
pub fn rate_curve(shares: &[f64]) -> Vec<RatePoint> {
    let mut sorted = finite(shares);
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        return Vec::new();
    }
    let all = sorted.len() as f64;
    let mut curve = vec![RatePoint { area: 0.0, captured: 0.0 }];
    let mut found = 0;
    for step in sorted.chunk_by(|a, b| a == b) {
        found += step.len();
        curve.push(RatePoint { area: step[0], captured: found as f64 / all });
    }
    curve.push(RatePoint { area: 1.0, captured: 1.0 });
    curve
}

fn finite(shares: &[f64]) -> Vec<f64> {
    shares.iter().copied().filter(|share| share.is_finite()).collect()
}

/// The share of area of each deposit: the part of the reference cells that score higher, cells that
/// score the same counted half. 0 is the best of the map, 1 its worst; cells count equally. `None`
/// without reference cells.
///
/// ```
/// use paydirt_core::metric::share_of_area;
/// // Of four cells one scores higher than 0.5 and one the same: 1.5 of 4.
/// assert_eq!(share_of_area(&[0.5, 0.0], &[0.9, 0.5, 0.2, 0.1]), Some(vec![0.375, 1.0]));
/// ```
#[must_use]
pub fn share_of_area(deposits: &[f32], reference: &[f32]) -> Option<Vec<f64>> {
    let mut share = AreaShare::new(deposits);
    share.add(reference);
    share.finish()
}

/// Counts [`share_of_area`] while the map is drawn in windows. A deposit whose score is not a number
/// ranks last; reference cells without a score are not counted.
#[derive(Clone, Debug)]
pub struct AreaShare {
    /// Deposits in the order of their score, lowest first.
    order: Vec<usize>,
    scores: Vec<f32>,
    /// `halves[k]` counts the cells that are over (twice: over and not below) the k lowest deposits.
    halves: Vec<u64>,
    cells: u64,
}

impl AreaShare {
    /// Begins to count for deposits of these scores.
    #[must_use]
    pub fn new(deposits: &[f32]) -> Self {
        let score = |row: usize| Some(deposits[row]).filter(|score| !score.is_nan());
        let score = |row: usize| score(row).unwrap_or(f32::NEG_INFINITY);
        let mut order: Vec<usize> = (0..deposits.len()).collect();
        order.sort_by(|&a, &b| score(a).total_cmp(&score(b)));
        let scores = order.iter().map(|&row| score(row)).collect();
        Self { order, scores, halves: vec![0; deposits.len() + 1], cells: 0 }
    }

    /// Counts more reference cells.
    pub fn add(&mut self, reference: &[f32]) {
        let empty = || (vec![0_u64; self.halves.len()], 0_u64);
        let (halves, cells) = reference
            .par_chunks(1 << 14)
            .fold(empty, |(mut halves, mut cells), chunk| {
                for &cell in chunk.iter().filter(|cell| !cell.is_nan()) {
                    halves[self.scores.partition_point(|score| *score < cell)] += 1;
                    halves[self.scores.partition_point(|score| *score <= cell)] += 1;
                    cells += 1;
                }
                (halves, cells)
            })
            .reduce(empty, |(mut halves, cells), (others, more)| {
                halves.iter_mut().zip(others).for_each(|(half, other)| *half += other);
                (halves, cells + more)
            });
        self.halves.iter_mut().zip(halves).for_each(|(half, more)| *half += more);
        self.cells += cells;
    }

    /// The share of area of each deposit, in the order given; `None` if no cell was counted.
    #[must_use]
    pub fn finish(self) -> Option<Vec<f64>> {
        let mut shares = vec![0.0; self.order.len()];
        let mut over = 0;
        for (position, &row) in self.order.iter().enumerate().rev() {
            over += self.halves[position + 1];
            shares[row] = over as f64 / 2.0 / self.cells as f64;
        }
        (self.cells > 0).then_some(shares)
    }
}
