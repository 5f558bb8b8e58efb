//! Isotonic calibration: the best rising curve.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Calibrated, Calibrator, FittedCalibration, rows};
use crate::Result;

/// The rising step function of least squared error (pool adjacent violators), with straight lines
/// between its steps and held constant outside the scores it was fitted on. Zadrozny and Elkan (2002),
/// DOI 10.1145/775047.775151; Best and Chakravarti (1990), DOI 10.1007/BF01580873.
///
/// As free as the data allow, so it wants some hundred deposits; with few it gives probabilities of
/// exactly 0 and 1, which the log loss punishes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

/// The fitted curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Its corners, score and probability, by rising score.
    pub knots: Vec<(f64, f64)>,
}

impl Calibrated for Fitted {
    fn apply(&self, score: f64) -> f64 {
        let above = self.knots.partition_point(|knot| knot.0 <= score);
        match (above.checked_sub(1).map(|below| self.knots[below]), self.knots.get(above)) {
            _ if score.is_nan() => f64::NAN,
            (Some((from, low)), Some((to, high))) => {
                low + (high - low) * ((score - from) / (to - from))
            }
            (Some((_, last)), None) => last,
            (None, Some((_, first))) => *first,
            (None, None) => f64::NAN,
        }
    }
}

/// Neighbouring scores that share one probability.
#[derive(Clone, Copy, Debug)]
struct Pool {
    from: f64,
    to: f64,
    deposits: f64,
    weight: f64,
}

impl Pool {
    fn share(&self) -> f64 {
        self.deposits / self.weight
    }

    fn with(self, next: Self) -> Self {
        Self {
            from: self.from,
            to: next.to,
            deposits: self.deposits + next.deposits,
            weight: self.weight + next.weight,
        }
    }
}

impl Calibrator for Settings {
    fn fit(&self, scores: &[f64], deposit: &[bool], weight: &[f64]) -> Result<FittedCalibration> {
        let mut rows = rows(scores, deposit, weight)?;
        rows.sort_by(|a, b| a.score.total_cmp(&b.score));
        let mut pools: Vec<Pool> = Vec::new();
        for tie in rows.chunk_by(|a, b| a.score == b.score) {
            let weight = tie.iter().map(|row| row.weight).sum();
            let deposits = tie.iter().filter(|row| row.deposit).map(|row| row.weight).sum();
            let mut pool = Pool { from: tie[0].score, to: tie[0].score, deposits, weight };
            while let Some(before) = pools.pop_if(|before| before.share() >= pool.share()) {
                pool = before.with(pool);
            }
            pools.push(pool);
        }
        let mut knots = Vec::new();
        for pool in pools {
            knots.push((pool.from, pool.share()));
            if pool.to > pool.from {
                knots.push((pool.to, pool.share()));
            }
        }
        Ok(FittedCalibration::Isotonic(Fitted { knots }))
    }
}
