//! One deposit and one other sample at a time.

use rand::RngExt;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::districts::two_at_least;
use super::held::{Bundle, Held, bundles};
use super::{Splitter, Territory, at_least, width};
use crate::error::require;
use crate::label::Sample;
use crate::seed::{Rng, Seed};
use crate::stack::Stack;
use crate::{Error, Result};

/// Spatial leave-pair-out: each fold holds out one deposit and one other sample, and what lies nearer
/// than `buffer_m` to either does not train; the ROC AUC is the share of pairs in which the deposit
/// scores higher, ties counted half. Airola and others (2018), DOI 10.1007/s10618-018-00607-x.
///
/// Of all pairs, `pairs` are drawn at random, none twice and each deposit as often as any other. Where
/// there are no more than that, all are taken. Samples of the groups of a pair do not train either.
/// Each pair costs a fit of each model in each repeat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Radius in metres of the circle around each of the pair that does not train.
    pub buffer_m: f64,
    /// Number of pairs drawn in each repeat, up to 100,000.
    pub pairs: usize,
    /// How often the judging is repeated with other pairs.
    pub repeats: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { buffer_m: 5_000.0, pairs: 200, repeats: 1 }
    }
}

impl Splitter for Settings {
    fn part(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        seed: Seed,
    ) -> Result<Box<dyn Territory>> {
        width("split.leave_pair_out.buffer_m", self.buffer_m)?;
        let pairs = (2..=100_000).contains(&self.pairs);
        require(pairs, "split.leave_pair_out.pairs", self.pairs, "2 to 100000")?;
        at_least("split.leave_pair_out.repeats", self.repeats, 1)?;
        let (deposits, others) = bundles(stack, samples)?;
        two_at_least(deposits.len(), "deposits, counting those of one sample group once")?;
        if others.len() < 2 {
            let what = "samples other than deposits to hold out".into();
            return Err(Error::TooFew { what, found: others.len(), needed: 2 });
        }
        let mut held = Held::new(stack, self.buffer_m, (&deposits, &others))?;
        let mut rng = seed.rng();
        for (deposit, other) in self.draw(&deposits, &others, &mut rng) {
            let mut one = |units: &[usize]| units[rng.random_range(0..units.len())];
            let pair = vec![one(&deposit.deposits), one(&other.units)];
            let barred = [&deposit.units[..], &other.units[..]].concat();
            held.add(&[deposit], pair, barred);
        }
        let all = deposits.len().saturating_mul(others.len());
        held.notes.push(format!("{} of {all} pairs", held.folds()));
        Ok(Box::new(held))
    }

    fn repeats(&self) -> usize {
        self.repeats
    }

    fn buffer_m(&self) -> f64 {
        self.buffer_m
    }

    fn most_folds(&self, _deposits: usize) -> usize {
        self.pairs
    }
}

impl Settings {
    fn draw<'a>(
        &self,
        deposits: &'a [Bundle],
        others: &'a [Bundle],
        rng: &mut Rng,
    ) -> Vec<(&'a Bundle, &'a Bundle)> {
        let mut order: Vec<&Bundle> = deposits.iter().collect();
        order.shuffle(rng);
        let mut pairs = Vec::new();
        for (number, deposit) in order.into_iter().enumerate() {
            let more = usize::from(number < self.pairs % deposits.len());
            let count = (self.pairs / deposits.len() + more).min(others.len());
            let drawn = rand::seq::index::sample(rng, others.len(), count);
            pairs.extend(drawn.into_iter().map(|other| (deposit, &others[other])));
        }
        pairs
    }
}
