//! Clusters of deposits, dealt to folds whole.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::deal::{Piece, deal, fewer};
use super::districts::{Sites, two_at_least};
use super::{Splitter, Territory, at_least, width};
use crate::error::require;
use crate::ground::{Ground, check_units, distance};
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::{Error, Result};

/// Clusters of deposits that lie together, each with the ground that is nearer to it than to any
/// other. Brenning (2012), DOI 10.1109/IGARSS.2012.6352393; Roberts and others (2017),
/// DOI 10.1111/ecog.02881.
///
/// Deposits are joined one pair of clusters at a time, the nearest first, by `linkage`, until the next
/// two are farther apart than `apart_m` or, where `clusters` says a number, so many are left. Clusters
/// that share a sample group are one. Whole clusters are dealt to folds at random: the richest first,
/// each to the fold with the fewest deposits so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Distance in metres between two clusters, as `linkage` measures it, over which they stay apart.
    pub apart_m: f64,
    /// Number of clusters to make instead of going by `apart_m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clusters: Option<usize>,
    /// How the distance between two clusters is measured.
    pub linkage: Linkage,
    /// Width in metres of the strip around held-out ground that does not train.
    pub buffer_m: f64,
    /// Number of folds. Fewer are made, with a warning, where there are fewer clusters.
    pub folds: usize,
    /// How often the judging is repeated with clusters dealt anew.
    pub repeats: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            apart_m: 10_000.0,
            clusters: None,
            linkage: Linkage::Single,
            buffer_m: 5_000.0,
            folds: 5,
            repeats: 5,
        }
    }
}

/// How the distance between two clusters is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Linkage {
    /// Between their nearest deposits: clusters follow a trend, however long.
    #[default]
    Single,
    /// The mean over all pairs of their deposits.
    Average,
    /// Between their farthest deposits: no cluster is wider than the distance.
    Complete,
}

/// Most sites that can be clustered: all pairs of them are 400 MB.
const MOST_SITES: usize = 10_000;

impl Splitter for Settings {
    fn part(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        seed: Seed,
    ) -> Result<Box<dyn Territory>> {
        self.check()?;
        check_units(stack, samples)?;
        let sites = Sites::new(ground(stack, "split.clusters")?, samples, self.buffer_m);
        two_at_least(sites.places().len(), "places with deposits")?;
        let tree = Tree::new(sites.places(), self.linkage.into())?;
        let cluster = match self.clusters {
            Some(clusters) => tree.cut(|step, _| step + clusters < sites.places().len()),
            None => tree.cut(|_, apart_m| apart_m <= self.apart_m),
        };
        let piece = sites.joined(&cluster, samples);
        let deposits = sites.deposits(&piece, samples);
        two_at_least(
            deposits.len(),
            "clusters of deposits, counting those that share a sample group once",
        )?;
        let folds = self.folds.min(deposits.len());
        let pieces: BTreeMap<usize, Piece> = deposits
            .into_iter()
            .map(|(piece, deposits)| (piece, Piece { deposits, ..Piece::default() }))
            .collect();
        let found = format!("{} clusters of deposits", pieces.len());
        let mut districts = sites.parted(samples, piece, &deal(&pieces, folds, seed));
        districts.warnings = fewer(folds, self.folds, "clusters");
        districts.notes.push(found);
        Ok(Box::new(districts))
    }

    fn repeats(&self) -> usize {
        self.repeats
    }

    fn buffer_m(&self) -> f64 {
        self.buffer_m
    }

    fn most_folds(&self, deposits: usize) -> usize {
        self.folds.min(deposits)
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        width("split.clusters.apart_m", self.apart_m)?;
        width("split.clusters.buffer_m", self.buffer_m)?;
        at_least("split.clusters.clusters", self.clusters.unwrap_or(2), 2)?;
        at_least("split.clusters.folds", self.folds, 2)?;
        at_least("split.clusters.repeats", self.repeats, 1)
    }
}

/// The ground of a stack, for a split that needs places.
pub(super) fn ground(stack: &dyn Stack, key: &str) -> Result<Ground> {
    Ground::of(stack)?.ok_or_else(|| Error::BadSetting {
        key: key.into(),
        found: "asked of a table without coordinates".into(),
        expected: "`[split.leave_one_group_out]` there, with a group column".into(),
    })
}

impl From<Linkage> for kodama::Method {
    fn from(linkage: Linkage) -> Self {
        match linkage {
            Linkage::Single => Self::Single,
            Linkage::Average => Self::Average,
            Linkage::Complete => Self::Complete,
        }
    }
}

/// Sites joined two clusters at a time, the nearest first, as `scipy.cluster.hierarchy.linkage` does.
#[derive(Debug)]
pub(super) struct Tree {
    dendrogram: kodama::Dendrogram<f64>,
    sites: usize,
}

impl Tree {
    pub(super) fn new(sites: &[[f64; 2]], method: kodama::Method) -> Result<Self> {
        let count = sites.len();
        require(count <= MOST_SITES, "labels", format!("{count} deposits"), "at most 10000")?;
        let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
        let mut apart: Vec<f64> = pairs.map(|(a, b)| distance(sites[a], sites[b])).collect();
        Ok(Self { dendrogram: kodama::linkage(&mut apart, count, method), sites: count })
    }

    /// The cluster of each site (the number of its first site), after the joins up to the first for
    /// which `joins` (its number and its distance) does not hold.
    pub(super) fn cut(&self, joins: impl Fn(usize, f64) -> bool) -> Vec<usize> {
        // Clusters are numbered: first the sites, then the joins.
        let mut upper: Vec<usize> = (0..2 * self.sites).collect();
        let steps = self.dendrogram.steps().iter().enumerate();
        for (number, step) in steps.take_while(|(number, step)| joins(*number, step.dissimilarity))
        {
            upper[step.cluster1] = self.sites + number;
            upper[step.cluster2] = self.sites + number;
        }
        for cluster in (0..upper.len()).rev() {
            upper[cluster] = upper[upper[cluster]];
        }
        let mut first = BTreeMap::new();
        (0..self.sites).map(|site| *first.entry(upper[site]).or_insert(site)).collect()
    }
}

#[cfg(test)]
mod tests {
    use kodama::Method;

    use super::*;

    #[rustfmt::skip]
    const PLACES: [[f64; 2]; 14] = [
        [12.0, 7.0], [55.0, 91.0], [14.0, 16.0], [61.0, 83.0], [88.0, 12.0], [79.0, 20.0], [33.0, 48.0],
        [41.0, 52.0], [70.0, 75.0], [5.0, 30.0], [90.0, 33.0], [47.0, 39.0], [22.0, 3.0], [66.0, 60.0],
    ];

    /// scipy 1.17.1: `fcluster(linkage(places, method), clusters, "maxclust")`, each cluster by its
    /// first site.
    #[test]
    fn clusters_are_those_of_scipy() {
        let three = [0, 1, 0, 1, 4, 4, 1, 1, 1, 0, 4, 1, 0, 1];
        let wide = [0, 1, 0, 1, 4, 4, 6, 6, 8, 0, 4, 6, 0, 8];
        for (method, five) in [
            (Method::Single, [0, 1, 0, 1, 4, 4, 6, 6, 1, 0, 10, 6, 0, 1]),
            (Method::Average, [0, 1, 0, 1, 4, 4, 6, 6, 1, 9, 4, 6, 0, 1]),
            (Method::Complete, wide),
            (Method::Ward, wide),
        ] {
            let tree = Tree::new(&PLACES, method).unwrap();
            let cut = |clusters| tree.cut(|step, _| step + clusters < PLACES.len());
            assert_eq!((cut(3), cut(5)), (three.to_vec(), five.to_vec()), "{method:?}");
            assert_eq!(cut(14), (0..14).collect::<Vec<_>>());
        }
    }
}
