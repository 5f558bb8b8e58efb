//! Venn-Abers calibration: two probabilities, between which the true one lies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Calibrated, Calibrator, FittedCalibration, rows};
use crate::Result;

/// Isotonic calibration twice: with the row asked added as no deposit, and with it added as a deposit.
/// One of the two labels is the right one, so one of the two probabilities comes from a curve that was
/// fitted on all the truth there is: as a pair they are valid whatever the scores, as long as the rows
/// could have come in any order. The probability is `high / (1 - low + high)`, which loses least
/// against either in log loss. Vovk and Petej (2014), arXiv:1211.0025; inductive, as in Vovk and others
/// (2015), arXiv:1511.00213.
///
/// The row asked weighs as much as the mean row of the label that it is given. The two probabilities
/// are far apart where few deposits have scores like it: the width is what is not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

/// The fitted pair of curves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Distinct scores it was fitted on, ascending.
    pub scores: Vec<f64>,
    /// Probability with the row asked as no deposit, by how many of the scores are at most its own.
    pub low: Vec<f64>,
    /// Probability with the row asked as a deposit, by how many of the scores are below its own.
    pub high: Vec<f64>,
}

impl Fitted {
    /// The two probabilities of a score, the lower one first; NaN for a score that is not a number.
    ///
    /// ```
    /// use paydirt_core::calibrate::{Calibrator, FittedCalibration, venn_abers};
    /// let scores = [0.1, 0.2, 0.3, 0.4];
    /// let deposit = [false, true, false, true];
    /// let fitted = venn_abers::Settings::default().fit(&scores, &deposit, &[1.0; 4])?;
    /// let FittedCalibration::VennAbers(fitted) = fitted else { unreachable!() };
    /// // At 0.25, labels by score are 0 1 [0] 0 1: the middle three share 1/3. With a deposit they are
    /// // 0 1 [1] 0 1: the middle three share 2/3.
    /// assert_eq!(fitted.interval(0.25), [1.0 / 3.0, 2.0 / 3.0]);
    /// // Over all scores: nothing is known of a deposit, and half of the last two are no deposits.
    /// assert_eq!(fitted.interval(0.9), [0.5, 1.0]);
    /// # Ok::<(), paydirt_core::Error>(())
    /// ```
    #[must_use]
    pub fn interval(&self, score: f64) -> [f64; 2] {
        let below = self.scores.partition_point(|other| *other < score);
        let at_most = self.scores.partition_point(|other| *other <= score);
        let [low, high] = [self.low.get(at_most), self.high.get(below)];
        match (low, high) {
            (Some(low), Some(high)) if !score.is_nan() => [*low, *high],
            _ => [f64::NAN; 2],
        }
    }
}

impl Calibrated for Fitted {
    fn apply(&self, score: f64) -> f64 {
        let [low, high] = self.interval(score);
        high / (1.0 - low + high)
    }
}

/// Neighbouring scores that share one probability.
#[derive(Clone, Copy, Debug)]
struct Pool {
    deposits: f64,
    weight: f64,
}

impl Pool {
    fn share(self) -> f64 {
        self.deposits / self.weight
    }

    fn with(self, other: Self) -> Self {
        Self { deposits: self.deposits + other.deposits, weight: self.weight + other.weight }
    }
}

/// The isotonic fits of every beginning and of every end of the scores: the pool at its open side, and
/// where that pool's other side is.
struct Curves {
    /// The last pool of the first `i` scores, and the number of scores before it.
    first: Vec<(Pool, usize)>,
    /// The first pool of the scores from `i` on, and the number of scores up to its end.
    last: Vec<(Pool, usize)>,
}

impl Curves {
    fn new(ties: &[Pool]) -> Self {
        let none = (Pool { deposits: 0.0, weight: 0.0 }, 0);
        let mut curves =
            Self { first: vec![none; ties.len() + 1], last: vec![none; ties.len() + 1] };
        for (number, tie) in ties.iter().enumerate() {
            curves.first[number + 1] = curves.pooled_down(*tie, number);
        }
        for (number, tie) in ties.iter().enumerate().rev() {
            curves.last[number] = curves.pooled_up(*tie, number + 1);
        }
        curves
    }

    /// A pool over scores from number `from` on, with the pools below it that do not lie lower.
    fn pooled_down(&self, mut pool: Pool, mut from: usize) -> (Pool, usize) {
        while from > 0 && self.first[from].0.share() >= pool.share() {
            let (below, before) = self.first[from];
            (pool, from) = (pool.with(below), before);
        }
        (pool, from)
    }

    /// A pool over scores up to number `to`, with the pools above it that do not lie higher.
    fn pooled_up(&self, mut pool: Pool, mut to: usize) -> (Pool, usize) {
        while to + 1 < self.last.len() && self.last[to].0.share() <= pool.share() {
            let (above, after) = self.last[to];
            (pool, to) = (pool.with(above), after);
        }
        (pool, to)
    }

    /// The share of a row that is added after the first `place` scores.
    fn added(&self, row: Pool, place: usize) -> f64 {
        let (mut pool, mut from, mut to) = (row, place, place);
        loop {
            let (below, before) = self.pooled_down(pool, from);
            let (both, after) = self.pooled_up(below, to);
            if (before, after) == (from, to) {
                return pool.share();
            }
            (pool, from, to) = (both, before, after);
        }
    }
}

impl Calibrator for Settings {
    fn fit(&self, scores: &[f64], deposit: &[bool], weight: &[f64]) -> Result<FittedCalibration> {
        let mut rows = rows(scores, deposit, weight)?;
        rows.sort_by(|a, b| a.score.total_cmp(&b.score));
        let mean_weight = |deposit: bool| {
            let of_label = rows.iter().filter(|row| row.deposit == deposit);
            of_label.clone().map(|row| row.weight).sum::<f64>() / of_label.count() as f64
        };
        let [other, found] = [mean_weight(false), mean_weight(true)];
        let mut distinct = Vec::new();
        let mut ties = Vec::new();
        for tie in rows.chunk_by(|a, b| a.score == b.score) {
            let weight = tie.iter().map(|row| row.weight).sum();
            let deposits = tie.iter().filter(|row| row.deposit).map(|row| row.weight).sum();
            distinct.push(tie[0].score);
            ties.push(Pool { deposits, weight });
        }
        let curves = Curves::new(&ties);
        // A row with the score of a tie pools with it, as its label is the last, or first, of all. Both
        // curves rise; the running maximum takes out what rounding adds.
        let added = |row: Pool| -> Vec<f64> {
            let shares = (0..=ties.len()).map(|place| curves.added(row, place));
            let rising = |most: &mut f64, share: f64| {
                *most = most.max(share);
                Some(*most)
            };
            shares.scan(0.0, rising).collect()
        };
        let low = added(Pool { deposits: 0.0, weight: other });
        let high = added(Pool { deposits: found, weight: found });
        Ok(FittedCalibration::VennAbers(Fitted { scores: distinct, low, high }))
    }
}
