//! Samples held out one by one, each with a circle around it that does not train.

use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::TAU;

use rand::seq::SliceRandom;
use rstar::RTree;

use super::join::joined;
use super::{Part, Territory};
use crate::Result;
use crate::ground::{Ground, check_units, distance};
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;

/// Samples that are never parted: those of one group, and those of one unit.
#[derive(Debug)]
pub(super) struct Bundle {
    /// Their units, in order.
    pub(super) units: Vec<usize>,
    /// The units of its deposits, in order; none for other samples.
    pub(super) deposits: Vec<usize>,
    /// The first year in which one of its deposits was known.
    pub(super) year: Option<i32>,
    name: String,
}

/// The bundles with deposits, and the others, in the order of their units.
pub(super) fn bundles(stack: &dyn Stack, samples: &[Sample]) -> Result<(Vec<Bundle>, Vec<Bundle>)> {
    check_units(stack, samples)?;
    let units: BTreeSet<usize> = samples.iter().map(|sample| sample.unit).collect();
    let place: BTreeMap<usize, usize> = units.into_iter().zip(0..).collect();
    let root = joined(place.len(), samples, |unit| place[&unit]);
    let mut all: BTreeMap<usize, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        all.entry(root[place[&sample.unit]]).or_default().push(sample);
    }
    let bundle = |samples: Vec<&Sample>| {
        let ordered = |units: BTreeSet<usize>| units.into_iter().collect::<Vec<_>>();
        let deposits = || samples.iter().filter(|sample| sample.is_deposit());
        let group = samples.iter().find_map(|sample| sample.group.clone());
        Bundle {
            name: group.unwrap_or_else(|| format!("unit {}", samples[0].unit)),
            year: deposits().filter_map(|deposit| deposit.year).min(),
            deposits: ordered(deposits().map(|deposit| deposit.unit).collect()),
            units: ordered(samples.iter().map(|sample| sample.unit).collect()),
        }
    };
    Ok(all.into_values().map(bundle).partition(|bundle| !bundle.deposits.is_empty()))
}

/// Other samples dealt to folds at random, no more than wanted in each; where there are too few, in
/// proportion.
pub(super) fn deal_others(others: &[Bundle], wanted: &[usize], seed: Seed) -> Vec<Vec<usize>> {
    let mut order: Vec<&Bundle> = others.iter().collect();
    order.shuffle(&mut seed.rng());
    let all: u128 = wanted.iter().map(|wanted| *wanted as u128).sum();
    let dealt = all.min(order.len() as u128);
    let (mut so_far, mut from) = (0_u128, 0);
    let mut deal = |wanted: &usize| {
        so_far += *wanted as u128;
        let to = (dealt * so_far / all.max(1)) as usize;
        let units = order[from..to].iter().flat_map(|bundle| bundle.units.clone()).collect();
        from = to;
        units
    };
    wanted.iter().map(&mut deal).collect()
}

/// What one fold holds out.
#[derive(Debug)]
pub(super) struct HeldFold {
    name: String,
    /// Units held out, in order.
    units: Vec<usize>,
    /// Units that do not train although they are not held out, in order.
    barred: Vec<usize>,
    deposits: Vec<usize>,
    /// Places of the units held out.
    near: RTree<[f64; 2]>,
}

/// Units held out in folds that do not part the ground.
#[derive(Debug)]
pub(super) struct Held {
    /// None for a table without coordinates, where there is no buffer.
    ground: Option<Ground>,
    buffer_m: f64,
    folds: Vec<HeldFold>,
    /// The first unit of the bundle of each unit that has a sample.
    first: BTreeMap<usize, usize>,
    pub(super) warnings: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Held {
    /// No folds yet.
    pub(super) fn new(
        stack: &dyn Stack,
        buffer_m: f64,
        (deposits, others): (&[Bundle], &[Bundle]),
    ) -> Result<Self> {
        let bundles = deposits.iter().chain(others);
        let first =
            bundles.flat_map(|bundle| bundle.units.iter().map(|unit| (*unit, bundle.units[0])));
        Ok(Self {
            ground: Ground::of(stack)?,
            buffer_m,
            folds: Vec::new(),
            first: first.collect(),
            warnings: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// Adds a fold that holds out units, and keeps others from training.
    pub(super) fn add(
        &mut self,
        deposits: &[&Bundle],
        mut units: Vec<usize>,
        mut barred: Vec<usize>,
    ) {
        units.sort_unstable();
        barred.sort_unstable();
        let places =
            self.ground.as_ref().map(|ground| units.iter().map(|unit| ground.place(*unit)));
        let names: Vec<&str> = deposits.iter().map(|bundle| bundle.name.as_str()).collect();
        let deposits = deposits.iter().flat_map(|bundle| &bundle.deposits).copied();
        self.folds.push(HeldFold {
            name: names.join(", "),
            near: RTree::bulk_load(places.map(Iterator::collect).unwrap_or_default()),
            deposits: deposits.filter(|unit| units.binary_search(unit).is_ok()).collect(),
            units,
            barred,
        });
    }

    /// A ring around a unit, as wide as the buffer; empty where there is none.
    fn circle(&self, unit: usize) -> Vec<crate::grid::Point> {
        const CORNERS: usize = 64;
        let Some(ground) = self.ground.as_ref().filter(|_| self.buffer_m > 0.0) else {
            return Vec::new();
        };
        let [east, south] = ground.place(unit);
        let corner = |corner: usize| {
            let angle = TAU * (corner % CORNERS) as f64 / CORNERS as f64;
            ground.point([east + self.buffer_m * angle.sin(), south - self.buffer_m * angle.cos()])
        };
        (0..=CORNERS).map(corner).collect()
    }
}

impl Territory for Held {
    fn folds(&self) -> usize {
        self.folds.len()
    }

    fn holds_out(&self, unit: usize, fold: usize) -> bool {
        self.folds[fold].units.binary_search(&unit).is_ok()
    }

    fn may_train(&self, unit: usize, fold: usize) -> bool {
        let held = &self.folds[fold];
        if self.holds_out(unit, fold) || held.barred.binary_search(&unit).is_ok() {
            return false;
        }
        let Some(ground) = &self.ground else { return true };
        let place = ground.place(unit);
        held.near.nearest_neighbor(place).is_none_or(|near| distance(*near, place) >= self.buffer_m)
    }

    fn group(&self, unit: usize) -> u64 {
        self.first.get(&unit).copied().unwrap_or(unit) as u64
    }

    fn parts(&self) -> Vec<Part> {
        let part = |(fold, held): (usize, &HeldFold)| {
            let part = move |unit: &usize| Part {
                name: held.name.clone(),
                fold,
                outline: self.circle(*unit),
            };
            held.deposits.iter().map(part).collect::<Vec<_>>()
        };
        self.folds.iter().enumerate().flat_map(part).collect()
    }

    fn pooled(&self) -> bool {
        false
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
