//! One deposit at a time, with a circle around it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::districts::two_at_least;
use super::held::{Held, bundles, deal_others};
use super::{Splitter, Territory, at_least, width};
use crate::Result;
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;

/// Buffered leave-one-out: one fold for each deposit (for each of the labels' groups where there are
/// any), with a circle of `buffer_m` around it that does not train. Roberts and others (2017),
/// DOI 10.1111/ecog.02881.
///
/// The held-out deposit is ranked against the cells of the map that were not used in training. For
/// figures that need other samples, as many as `others_per_deposit` are held out with each deposit,
/// drawn at random, none twice, each with a circle of its own, so that nothing but the evidence tells
/// a held-out deposit from them. Scores of different folds are not compared: the ROC AUC is the share
/// of pairs held out together that are in order. In a table without coordinates there are no circles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Radius in metres of the circle around each held-out sample that does not train.
    pub buffer_m: f64,
    /// Other samples held out with each deposit. Where there are fewer, all are dealt.
    pub others_per_deposit: usize,
    /// How often the judging is repeated with other draws and seeds.
    pub repeats: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { buffer_m: 5_000.0, others_per_deposit: 20, repeats: 5 }
    }
}

impl Splitter for Settings {
    fn part(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        seed: Seed,
    ) -> Result<Box<dyn Territory>> {
        width("split.leave_one_deposit_out.buffer_m", self.buffer_m)?;
        at_least("split.leave_one_deposit_out.others_per_deposit", self.others_per_deposit, 1)?;
        at_least("split.leave_one_deposit_out.repeats", self.repeats, 1)?;
        let (deposits, others) = bundles(stack, samples)?;
        two_at_least(deposits.len(), "deposits, counting those of one sample group once")?;
        let wanted: Vec<usize> = deposits
            .iter()
            .map(|bundle| self.others_per_deposit.saturating_mul(bundle.deposits.len()))
            .collect();
        let dealt = deal_others(&others, &wanted, seed);
        let mut held = Held::new(stack, self.buffer_m, (&deposits, &others))?;
        for (deposit, others) in deposits.iter().zip(dealt) {
            held.add(&[deposit], [deposit.units.clone(), others].concat(), Vec::new());
        }
        Ok(Box::new(held))
    }

    fn repeats(&self) -> usize {
        self.repeats
    }

    fn buffer_m(&self) -> f64 {
        self.buffer_m
    }

    fn most_folds(&self, deposits: usize) -> usize {
        deposits
    }
}
