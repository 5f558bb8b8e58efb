//! One group of deposits at a time.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::join::joined;
use super::voronoi::Voronoi;
use super::{Part, Splitter, Territory};
use crate::error::require;
use crate::ground::{Ground, check_units};
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::{Error, Result};

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
        let Self { buffer_m, repeats } = self;
        let width = buffer_m.is_finite() && *buffer_m >= 0.0;
        require(width, "split.leave_one_group_out.buffer_m", buffer_m, "a length of 0 or more")?;
        require(*repeats >= 1, "split.leave_one_group_out.repeats", repeats, "at least 1")?;
        check_units(stack, samples)?;
        match Ground::of(stack)? {
            Some(ground) => Ok(Box::new(Districts::new(ground, samples, self.buffer_m)?)),
            None => Ok(Box::new(Rows::new(stack.units(), samples, seed)?)),
        }
    }

    fn repeats(&self) -> usize {
        self.repeats
    }
}

/// The number of each distinct root among those that count, in order: its fold.
fn fold_of_root(roots: impl Iterator<Item = usize>) -> Result<BTreeMap<usize, usize>> {
    let roots: BTreeSet<usize> = roots.collect();
    if roots.len() < 2 {
        let what = "groups of deposits, counting those in each other's ground once".into();
        return Err(Error::TooFew { what, found: roots.len(), needed: 2 });
    }
    Ok(roots.into_iter().zip(0..).collect())
}

/// The names of the groups in each fold; a deposit without a group goes by its unit.
fn names(folds: usize, samples: &[Sample], fold: impl Fn(usize) -> usize) -> Vec<String> {
    let mut names = vec![BTreeSet::new(); folds];
    for sample in samples {
        let name = sample.group.clone();
        let name = name.or_else(|| sample.is_deposit().then(|| format!("unit {}", sample.unit)));
        names[fold(sample.unit)].extend(name);
    }
    names.into_iter().map(|names| names.into_iter().collect::<Vec<_>>().join(", ")).collect()
}

/// Ground parted by nearest deposit.
#[derive(Debug)]
struct Districts {
    ground: Ground,
    buffer_m: f64,
    voronoi: Voronoi,
    fold_of_site: Vec<usize>,
    names: Vec<String>,
}

impl Districts {
    fn new(ground: Ground, samples: &[Sample], buffer_m: f64) -> Result<Self> {
        // Deposits at one place are one site. Metres from the corner are not negative, so their bits
        // have the order of the numbers.
        let deposits = samples.iter().filter(|sample| sample.is_deposit());
        let places: BTreeSet<[u64; 2]> =
            deposits.map(|sample| ground.place(sample.unit).map(f64::to_bits)).collect();
        let sites: Vec<[f64; 2]> =
            places.into_iter().map(|place| place.map(f64::from_bits)).collect();
        let voronoi = Voronoi::new(sites, ground.size_m, buffer_m);
        let nearest = |unit: usize| voronoi.nearest(ground.place(unit));
        let root = match voronoi.sites() {
            0 => Vec::new(),
            sites => joined(sites, samples, nearest),
        };
        let fold_of_root = fold_of_root(root.iter().copied())?;
        let fold_of_site: Vec<usize> = root.iter().map(|root| fold_of_root[root]).collect();
        let names = names(fold_of_root.len(), samples, |unit| fold_of_site[nearest(unit)]);
        Ok(Self { buffer_m, fold_of_site, names, voronoi, ground })
    }
}

impl Territory for Districts {
    fn folds(&self) -> usize {
        self.names.len()
    }

    fn fold(&self, unit: usize) -> usize {
        self.fold_of_site[self.voronoi.nearest(self.ground.place(unit))]
    }

    fn may_train(&self, unit: usize, fold: usize) -> bool {
        let place = self.ground.place(unit);
        let nearest = self.voronoi.nearest(place);
        let held_out = |site: &&usize| self.fold_of_site[**site] == fold;
        let clear = |site: &usize| self.voronoi.clearance(place, nearest, *site) >= self.buffer_m;
        self.fold_of_site[nearest] != fold
            && self.voronoi.near(place).iter().filter(held_out).all(clear)
    }

    fn group(&self, unit: usize) -> u64 {
        self.fold(unit) as u64
    }

    fn parts(&self) -> Vec<Part> {
        let part = |(site, &fold): (usize, &usize)| Part {
            name: self.names[fold].clone(),
            fold,
            outline: self.voronoi.outline(site).into_iter().map(|p| self.ground.point(p)).collect(),
        };
        self.fold_of_site.iter().enumerate().map(part).collect()
    }
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

    fn fold(&self, unit: usize) -> usize {
        self.fold_of[unit]
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
