//! Distance rank: likely negatives are unlabelled samples neither very near to the deposits nor very
//! far from them in the space of the evidence, as in GFM4MPM (Daruna and others 2024, arXiv 2406.12756;
//! released code sri-ta3, `pu_downsample`).
//!
//! D(u) = sum over the deposits of the distance from u, columns in deviations of the training side (a
//! category that differs is sqrt 2 away). With the unlabelled samples in rising order of D, those of
//! rank `n x low` to `n x high`, both cut to whole numbers, are candidates; `multiplier` for each
//! deposit are drawn from them. All others are ambiguous, or too unlike, and train nothing. The
//! published code ranks before it splits; here each training side is ranked by its own deposits.

use paydirt_core::seed::Seed;
use rand::RngExt;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FittedUnlabelled, Learner, draw, require, sides};
use crate::encode::{Encoding, Points};
use crate::neural::OnGround;
use crate::{Error, Result, TrainingSet};

/// Deposits against unlabelled samples of a range of distances from them. The keys are the published
/// ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The lowest and highest rank of a likely negative as shares of the unlabelled samples, 0 the
    /// nearest to the deposits and 1 the farthest. Published ones: [0.25, 0.75] by default, [0.3, 0.6]
    /// for zinc, [0.4, 0.7] for nickel, [0.3, 0.5] for porphyry copper; the authors' last release
    /// searches 0 to 0.1 and 0.9 to 1.
    pub likely_neg_range: [f64; 2],
    /// Likely negatives drawn for each deposit, 1 or more; all of the range where there are fewer. With
    /// [0.25, 0.75], a sampler that draws 40 or more for each deposit leaves a choice of 20.
    pub multiplier: usize,
    /// Whether deposits are repeated at random until there are as many as likely negatives. A model's
    /// `class_weight = "balanced"` does the same without chance.
    pub oversample: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { likely_neg_range: [0.25, 0.75], multiplier: 20, oversample: false }
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let [low, high] = self.likely_neg_range;
        let rises = (0.0..=1.0).contains(&low) && low < high && high <= 1.0;
        let found = format!("[{low}, {high}]");
        let expected = "two rising shares from 0 to 1";
        require(rises, "distance_rank.likely_neg_range", found, expected)?;
        let some = self.multiplier >= 1;
        require(some, "distance_rank.multiplier", self.multiplier, "1 or more")
    }

    /// The candidates among unlabelled rows, nearest first.
    fn candidates(
        &self,
        set: &TrainingSet,
        deposits: &[usize],
        unlabelled: &[usize],
    ) -> Result<Vec<usize>> {
        let encoding = Encoding::fit("distance_rank", &set.features, &set.weight, true)?;
        let points = Points::new(&encoding, &set.features);
        let from = |row: usize| -> f64 {
            let own = points.point(row);
            let weighted = |deposit: &usize| {
                f64::from(set.weight[*deposit]) * distance(own, points.point(*deposit))
            };
            deposits.iter().map(weighted).sum()
        };
        let mut ranked: Vec<(f64, usize)> =
            unlabelled.par_iter().map(|row| (from(*row), *row)).collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let [low, high] = self.likely_neg_range.map(|share| (share * ranked.len() as f64) as usize);
        Ok(ranked[low..high.max(low)].iter().map(|(_, row)| *row).collect())
    }
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    squares.sum::<f64>().sqrt()
}

impl Learner for Settings {
    fn learn(
        &self,
        model: OnGround<'_>,
        set: &TrainingSet,
        seed: Seed,
    ) -> Result<FittedUnlabelled> {
        self.check()?;
        let (deposits, unlabelled) = sides(set);
        let candidates = self.candidates(set, &deposits, &unlabelled)?;
        let wanted = self.multiplier.saturating_mul(deposits.len());
        let likely = draw(&candidates, wanted, seed.derive("likely negatives", 0));
        if likely.is_empty() {
            let count = unlabelled.len();
            let reason = format!("`likely_neg_range` holds none of {count} unlabelled samples");
            return Err(Error::Untrainable { model: "distance_rank", reason });
        }
        let note = format!(
            "{} of {} likely negatives were drawn from {} unlabelled samples",
            likely.len(),
            candidates.len(),
            unlabelled.len()
        );
        let mut rng = seed.derive("oversample", 0).rng();
        let missing = likely.len().saturating_sub(deposits.len());
        let mut rows = [deposits.clone(), likely].concat();
        if self.oversample {
            rows.extend((0..missing).map(|_| deposits[rng.random_range(0..deposits.len())]));
        }
        rows.sort_unstable();
        Ok(FittedUnlabelled { members: vec![model.fit(&set.select(&rows), seed)?], note })
    }

    fn words(&self) -> String {
        let [low, high] = self.likely_neg_range.map(|share| 100.0 * share);
        let repeated = match self.oversample {
            true => " Deposits are repeated at random to as many.",
            false => "",
        };
        format!(
            "Likely negatives are unlabelled samples of the training side whose distance from its \
             deposits, in the space of the evidence, ranks from {low:.0}\u{a0}% to {high:.0}\u{a0}%, up \
             to {} for each deposit (GFM4MPM, Daruna and others 2024); the others train nothing.{repeated}",
            self.multiplier
        )
    }
}

#[cfg(test)]
impl Settings {
    /// The candidates of a set, for tests.
    pub(super) fn candidates_of(&self, set: &TrainingSet) -> Vec<usize> {
        let (deposits, unlabelled) = sides(set);
        self.candidates(set, &deposits, &unlabelled).unwrap_or_default()
    }
}
