//! Ground parted by nearest deposit.

use std::collections::{BTreeMap, BTreeSet};

use super::join::joined;
use super::voronoi::Voronoi;
use super::{Part, Territory};
use crate::ground::Ground;
use crate::label::Sample;
use crate::{Error, Result};

/// The places of deposits, and the ground that is nearest to each.
#[derive(Debug)]
pub(super) struct Sites {
    ground: Ground,
    buffer_m: f64,
    voronoi: Voronoi,
}

impl Sites {
    /// Deposits at one place are one site.
    pub(super) fn new(ground: Ground, samples: &[Sample], buffer_m: f64) -> Self {
        // Metres from the corner are not negative, so their bits have the order of the numbers.
        let deposits = samples.iter().filter(|sample| sample.is_deposit());
        let places: BTreeSet<[u64; 2]> =
            deposits.map(|sample| ground.place(sample.unit).map(f64::to_bits)).collect();
        let sites = places.into_iter().map(|place| place.map(f64::from_bits)).collect();
        let voronoi = Voronoi::new(sites, ground.size_m, buffer_m);
        Self { ground, buffer_m, voronoi }
    }

    /// Metres east and south of the corner, a site each.
    pub(super) fn places(&self) -> &[[f64; 2]] {
        self.voronoi.sites()
    }

    fn nearest(&self, unit: usize) -> usize {
        self.voronoi.nearest(self.ground.place(unit))
    }

    /// Metres from a unit to the nearest site.
    pub(super) fn distance(&self, unit: usize) -> f64 {
        crate::ground::distance(self.places()[self.nearest(unit)], self.ground.place(unit))
    }

    /// The piece of each site: sites of one cluster, and clusters in whose ground samples of one group
    /// lie, are one piece. Pieces and clusters have the numbers of one of their sites or less.
    pub(super) fn joined(&self, cluster: &[usize], samples: &[Sample]) -> Vec<usize> {
        if cluster.is_empty() {
            return Vec::new();
        }
        let root = joined(cluster.len(), samples, |unit| cluster[self.nearest(unit)]);
        cluster.iter().map(|cluster| root[*cluster]).collect()
    }

    /// The number of deposits of each piece.
    pub(super) fn deposits(&self, piece: &[usize], samples: &[Sample]) -> BTreeMap<usize, usize> {
        let mut count = BTreeMap::new();
        for sample in samples.iter().filter(|sample| sample.is_deposit()) {
            *count.entry(piece[self.nearest(sample.unit)]).or_default() += 1;
        }
        count
    }

    /// The ground of each piece held out in its fold.
    pub(super) fn parted(
        self,
        samples: &[Sample],
        piece: Vec<usize>,
        fold_of_piece: &BTreeMap<usize, usize>,
    ) -> Districts {
        let fold_of_site = piece.iter().map(|piece| fold_of_piece[piece]).collect();
        let names = names(piece.len(), samples, |unit| piece[self.nearest(unit)]);
        let folds = fold_of_piece.values().max().map_or(0, |last| last + 1);
        let (warnings, notes) = (Vec::new(), Vec::new());
        Districts { sites: self, fold_of_site, piece, names, folds, warnings, notes }
    }
}

/// The names of the groups in each piece; a deposit without a group goes by its unit.
pub(super) fn names(
    pieces: usize,
    samples: &[Sample],
    piece: impl Fn(usize) -> usize,
) -> Vec<String> {
    let mut names = vec![BTreeSet::new(); pieces];
    for sample in samples {
        let name = sample.group.clone();
        let name = name.or_else(|| sample.is_deposit().then(|| format!("unit {}", sample.unit)));
        names[piece(sample.unit)].extend(name);
    }
    names.into_iter().map(|names| names.into_iter().collect::<Vec<_>>().join(", ")).collect()
}

/// Refuses ground whose deposits are all in one piece.
pub(super) fn two_at_least(found: usize, what: &str) -> Result<()> {
    if found >= 2 {
        return Ok(());
    }
    Err(Error::TooFew { what: what.into(), found, needed: 2 })
}

/// Ground parted by nearest deposit.
#[derive(Debug)]
pub(super) struct Districts {
    sites: Sites,
    fold_of_site: Vec<usize>,
    piece: Vec<usize>,
    /// By piece.
    names: Vec<String>,
    folds: usize,
    pub(super) warnings: Vec<String>,
    pub(super) notes: Vec<String>,
}

impl Territory for Districts {
    fn folds(&self) -> usize {
        self.folds
    }

    fn holds_out(&self, unit: usize, fold: usize) -> bool {
        self.fold_of_site[self.sites.nearest(unit)] == fold
    }

    fn may_train(&self, unit: usize, fold: usize) -> bool {
        let Sites { ground, buffer_m, voronoi } = &self.sites;
        let place = ground.place(unit);
        let nearest = voronoi.nearest(place);
        let held_out = |site: &&usize| self.fold_of_site[**site] == fold;
        let clear = |site: &usize| voronoi.clearance(place, nearest, *site) >= *buffer_m;
        self.fold_of_site[nearest] != fold && voronoi.near(place).iter().filter(held_out).all(clear)
    }

    fn group(&self, unit: usize) -> u64 {
        self.piece[self.sites.nearest(unit)] as u64
    }

    fn parts(&self) -> Vec<Part> {
        let Sites { ground, voronoi, .. } = &self.sites;
        let part = |(site, &fold): (usize, &usize)| Part {
            name: self.names[self.piece[site]].clone(),
            fold,
            outline: voronoi.outline(site).into_iter().map(|place| ground.point(place)).collect(),
        };
        self.fold_of_site.iter().enumerate().map(part).collect()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
