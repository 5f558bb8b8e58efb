//! Rows that stand for the map: evenly drawn cells, or the rows of a table.

use std::collections::{BTreeMap, BTreeSet};

use super::{Scene, touching};
use crate::label::Sample;
use crate::mask::Mask;
use crate::seed::Seed;

/// Units drawn evenly without replacement from a set, in order.
pub(super) fn drawn(from: &Mask, count: usize, seed: Seed) -> Vec<usize> {
    let all = from.count();
    if all <= count {
        return from.iter().collect();
    }
    let mut rng = seed.rng();
    let places: BTreeSet<usize> =
        rand::seq::index::sample(&mut rng, all, count).into_iter().collect();
    from.iter()
        .enumerate()
        .filter(|(place, _)| places.contains(place))
        .map(|(_, unit)| unit)
        .collect()
}

/// The units among which a layer is looked at: evenly drawn cells of the study area, or the labelled
/// rows of a table; not those of deposits. Samples are not asked on a grid, as a sampler that keeps away
/// from deposits makes every smooth layer tell them.
pub(super) fn background(scene: &Scene<'_>, count: usize, seed: Seed) -> Vec<usize> {
    let mut from = match scene.stack.grid() {
        Some(_) => scene.stack.area().clone(),
        None => Mask::new(scene.stack.units(), false),
    };
    for sample in scene.labelled {
        let row = scene.stack.grid().is_none();
        if row || sample.is_deposit() {
            from.set(sample.unit, row && !sample.is_deposit());
        }
    }
    drawn(&from, count, seed)
}

/// The deposits' units, each with the number of its site: deposits of one group, or in cells that
/// touch, are one site.
pub(super) fn sites(scene: &Scene<'_>) -> BTreeMap<usize, usize> {
    let deposits: Vec<&Sample> =
        scene.labelled.iter().filter(|sample| sample.is_deposit()).collect();
    let units: Vec<usize> = deposits.iter().map(|sample| sample.unit).collect();
    let clusters = match scene.stack.grid() {
        Some(grid) => touching(grid, &units),
        None => units.clone(),
    };
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut of_deposit = Vec::with_capacity(units.len());
    for (sample, cluster) in deposits.into_iter().zip(clusters) {
        of_deposit.push(match sample.group.as_deref() {
            Some(group) => *first.entry(group).or_insert(cluster),
            None => cluster,
        });
    }
    units.into_iter().zip(of_deposit).collect()
}
