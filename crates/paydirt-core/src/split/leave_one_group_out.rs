//! One group of deposits at a time.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::districts::{Sites, names, two_at_least};
use super::join::joined;
use super::{Part, Splitter, Territory, at_least, width};
use crate::Result;
use crate::ground::{Ground, check_units};
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;

/// One fold for each group of deposits (the labels' `group`; a deposit without one is its own
/// group): a model meets the group's ground as if nobody had found it. Roberts and others (2017),
/// DOI 10.1111/ecog.02881.
///
/// Ground belongs to the group of the nearest deposit. Groups whose samples lie in each other's
/// ground are held out together. In a table without coordinates the group column alone parts the
/// rows; rows whose group has no deposit, or that have no group, are dealt to folds at random.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Width in metres of the strip around held-out ground that does not train. Of no effect in a
    /// table without coordinates.
    pub buffer_m: f64,
    /// How often the judging is repeated with other draws and seeds; the ground is the same in each.
    pub repeats: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { buffer_m: 0.0, repeats: 5 }
    }
}

impl Splitter for Settings {
    fn part(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        seed: Seed,
    ) -> Result<Box<dyn Territory>> {
        width("split.leave_one_group_out.buffer_m", self.buffer_m)?;
        at_least("split.leave_one_group_out.repeats", self.repeats, 1)?;
        check_units(stack, samples)?;
        match Ground::of(stack)? {
            Some(ground) => {
                let sites = Sites::new(ground, samples, self.buffer_m);
                let each: Vec<usize> = (0..sites.places().len()).collect();
                let root = sites.joined(&each, samples);
                let fold_of_root = fold_of_root(root.iter().copied())?;
                Ok(Box::new(sites.parted(samples, root, &fold_of_root)))
            }
            None => Ok(Box::new(Rows::new(stack.units(), samples, seed)?)),
        }
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

/// The number of each distinct root among those that count, in order: its fold.
fn fold_of_root(roots: impl Iterator<Item = usize>) -> Result<BTreeMap<usize, usize>> {
    let roots: BTreeSet<usize> = roots.collect();
    two_at_least(roots.len(), "groups of deposits, counting those in each other's ground once")?;
    Ok(roots.into_iter().zip(0..).collect())
}

/// Rows of a table, parted by their group.
#[derive(Debug)]
struct Rows {
    fold_of: Vec<usize>,
    /// The first row of each row's group.
    first_of: Vec<usize>,
    names: Vec<String>,
}

impl Rows {
    fn new(rows: usize, samples: &[Sample], seed: Seed) -> Result<Self> {
        let first_of = joined(rows, samples, |row| row);
        let deposits = samples.iter().filter(|sample| sample.is_deposit());
        let mut fold_of_first = fold_of_root(deposits.map(|sample| first_of[sample.unit]))?;
        let folds = fold_of_first.len();
        let mut others: Vec<usize> = (0..rows)
            .filter(|&row| first_of[row] == row && !fold_of_first.contains_key(&row))
            .collect();
        others.shuffle(&mut seed.rng());
        fold_of_first.extend(others.into_iter().zip((0..folds).cycle()));
        let fold_of: Vec<usize> = first_of.iter().map(|first| fold_of_first[first]).collect();
        let names = names(folds, samples, |row| fold_of[row]);
        Ok(Self { fold_of, first_of, names })
    }
}

impl Territory for Rows {
    fn folds(&self) -> usize {
        self.names.len()
    }

    fn holds_out(&self, unit: usize, fold: usize) -> bool {
        self.fold_of[unit] == fold
    }

    fn may_train(&self, unit: usize, fold: usize) -> bool {
        self.fold_of[unit] != fold
    }

    fn group(&self, unit: usize) -> u64 {
        self.first_of[unit] as u64
    }

    fn parts(&self) -> Vec<Part> {
        let part =
            |(fold, name): (usize, &String)| Part { name: name.clone(), fold, outline: Vec::new() };
        self.names.iter().enumerate().map(part).collect()
    }
}
