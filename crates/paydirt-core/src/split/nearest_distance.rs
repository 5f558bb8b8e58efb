//! Folds of deposits whose distances are those of the map.

use std::collections::BTreeMap;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::clusters::{Tree, ground};
use super::deal::fewer;
use super::districts::{Sites, two_at_least};
use super::{Splitter, Territory, at_least, width};
use crate::error::require;
use crate::ground::{check_units, distance};
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::{Error, Result};

/// k-fold nearest-neighbour distance matching: folds in which held-out deposits lie as far from the
/// training ones as places of the map lie from the known deposits. Linnenbrink and others (2024),
/// DOI 10.5194/gmd-17-5897-2024, after Mila and others (2022), DOI 10.1111/2041-210X.13851.
///
/// Deposits are clustered (Ward's method) into numbers of clusters between `folds` and that of the
/// deposits; clusters as large as a fold are a fold, the others are dealt to the remaining folds in
/// turn along the longest axis of the deposits. Of all these, the folds are kept whose distances from
/// each deposit to the nearest one of another fold are most like the distances from the cells of the
/// map to the nearest deposit: the area between the two distribution functions, the Wasserstein
/// distance W in metres, is least. Ground belongs to the fold of the nearest deposit, and the same
/// folds serve every repeat. W is reported.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Number of folds. Fewer are made, with a warning, where there are fewer deposits.
    pub folds: usize,
    /// Largest share of the deposits in one fold, 0 to 1.
    pub largest_fold: f64,
    /// Width in metres of the strip around held-out ground that does not train. The matching is that
    /// of the folds without it.
    pub buffer_m: f64,
    /// How often the judging is repeated with other draws and seeds; the ground is the same in each.
    pub repeats: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { folds: 5, largest_fold: 0.5, buffer_m: 0.0, repeats: 5 }
    }
}

/// Cells of the map whose distances are matched.
const CELLS: usize = 5_000;
/// Numbers of clusters that are tried.
const TRIED: usize = 100;

impl Splitter for Settings {
    fn part(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        _seed: Seed,
    ) -> Result<Box<dyn Territory>> {
        self.check()?;
        check_units(stack, samples)?;
        let sites = Sites::new(ground(stack, "split.nearest_distance")?, samples, self.buffer_m);
        two_at_least(sites.places().len(), "places with deposits")?;
        let each: Vec<usize> = (0..sites.places().len()).collect();
        let piece = sites.joined(&each, samples);
        let pieces = sites.deposits(&piece, samples).len();
        two_at_least(pieces, "groups of deposits, counting those in each other's ground once")?;
        let folds = self.folds.min(pieces);
        let wanted = sorted(cells(stack).into_iter().map(|unit| sites.distance(unit)).collect());
        let (fold_of_piece, found_m) = self.best(&sites, samples, (folds, &wanted))?;
        let mut districts = sites.parted(samples, piece, &fold_of_piece);
        districts.warnings = fewer(folds, self.folds, "groups");
        districts.notes.push(format!(
            "W = {found_m:.0} m between the distances of held-out deposits and those of the map"
        ));
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
        width("split.nearest_distance.buffer_m", self.buffer_m)?;
        at_least("split.nearest_distance.folds", self.folds, 2)?;
        at_least("split.nearest_distance.repeats", self.repeats, 1)?;
        let share = self.largest_fold > 0.0 && self.largest_fold <= 1.0;
        let key = "split.nearest_distance.largest_fold";
        require(share, key, self.largest_fold, "a share over 0 and up to 1")
    }

    /// The fold of each piece that matches best, and its W.
    fn best(
        &self,
        sites: &Sites,
        samples: &[Sample],
        (folds, wanted): (usize, &[f64]),
    ) -> Result<(BTreeMap<usize, usize>, f64)> {
        let places = sites.places();
        let tree = Tree::new(places, kodama::Method::Ward)?;
        let axis = longest_axis(places);
        let most =
            ((places.len() as f64 * self.largest_fold) as usize).max(places.len().div_ceil(folds));
        let of_count = |clusters: usize| {
            let cluster = tree.cut(|step, _| step + clusters < places.len());
            let piece = sites.joined(&cluster, samples);
            let fold_of = merged(places, &piece, folds, axis)?;
            let mut sizes = vec![0; folds];
            fold_of.iter().for_each(|fold| sizes[*fold] += 1);
            let fits = sizes.iter().all(|size| (1..=most).contains(size));
            fits.then(|| (w(&to_other_folds(places, &fold_of), wanted), fold_of))
        };
        let tried: Vec<(f64, Vec<usize>)> =
            counts(folds, places.len()).into_par_iter().filter_map(of_count).collect();
        let (found_m, fold_of) =
            tried.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).ok_or_else(|| {
                let what = "ways to part the deposits into folds no larger than `largest_fold`";
                Error::TooFew { what: what.into(), found: 0, needed: 1 }
            })?;
        let each: Vec<usize> = (0..places.len()).collect();
        let piece = sites.joined(&each, samples);
        Ok((piece.into_iter().zip(fold_of).collect(), found_m))
    }
}

/// Numbers of clusters from the folds to the sites, more of the small ones.
fn counts(folds: usize, sites: usize) -> Vec<usize> {
    let (low, high) = ((folds as f64).ln(), (sites as f64).ln());
    let step = |number: usize| low + (high - low) * number as f64 / (TRIED - 1) as f64;
    let mut counts: Vec<usize> =
        (0..TRIED).map(|number| step(number).exp().round() as usize).collect();
    counts.dedup();
    counts
}

/// The fold of each site: clusters as large as a fold are one, the others are dealt in turn along an
/// axis. `None` where there are fewer clusters than folds.
fn merged(
    places: &[[f64; 2]],
    cluster: &[usize],
    folds: usize,
    axis: [f64; 2],
) -> Option<Vec<usize>> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (site, cluster) in cluster.iter().enumerate() {
        members.entry(*cluster).or_default().push(site);
    }
    let along = |sites: &[usize]| {
        let along = |site: &usize| places[*site][0] * axis[0] + places[*site][1] * axis[1];
        sites.iter().map(along).sum::<f64>() / sites.len() as f64
    };
    let mut order: Vec<&Vec<usize>> = members.values().collect();
    order.sort_by(|a, b| along(a).total_cmp(&along(b)));
    // Stable: large clusters first, the largest first, the others along the axis.
    let large = |sites: &[usize]| sites.len() * folds >= places.len();
    order.sort_by_key(|sites| std::cmp::Reverse(if large(sites) { sites.len() } else { 0 }));
    let alone = order.iter().filter(|sites| large(sites)).count().min(folds - 1);
    let mut fold_of = vec![0; places.len()];
    for (number, sites) in order.iter().enumerate() {
        let fold = if number < alone { number } else { alone + (number - alone) % (folds - alone) };
        sites.iter().for_each(|site| fold_of[*site] = fold);
    }
    (order.len() >= folds).then_some(fold_of)
}

/// The direction in which places are spread the most: the first principal axis.
fn longest_axis(places: &[[f64; 2]]) -> [f64; 2] {
    let mean = [0, 1]
        .map(|axis| places.iter().map(|place| place[axis]).sum::<f64>() / places.len() as f64);
    let product = |a: usize, b: usize| {
        places.iter().map(|place| (place[a] - mean[a]) * (place[b] - mean[b])).sum::<f64>()
    };
    let angle = (2.0 * product(0, 1)).atan2(product(0, 0) - product(1, 1)) / 2.0;
    [angle.cos(), angle.sin()]
}

/// Metres from each site to the nearest of another fold, in order of length.
fn to_other_folds(places: &[[f64; 2]], fold_of: &[usize]) -> Vec<f64> {
    let nearest = |site: usize| {
        let others = (0..places.len()).filter(|&other| fold_of[other] != fold_of[site]);
        others.map(|other| distance(places[site], places[other])).fold(f64::INFINITY, f64::min)
    };
    sorted((0..places.len()).map(nearest).collect())
}

/// Units drawn evenly from the study area, in its order.
fn cells(stack: &dyn Stack) -> Vec<usize> {
    let step = stack.area().count().div_ceil(CELLS).max(1);
    stack.area().iter().skip(step / 2).step_by(step).collect()
}

fn sorted(mut numbers: Vec<f64>) -> Vec<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers
}

/// The Wasserstein distance between two sets of numbers, both in order: the area between their
/// distribution functions.
fn w(a: &[f64], b: &[f64]) -> f64 {
    let share = |numbers: &[f64], limit: f64| {
        numbers.partition_point(|number| *number <= limit) as f64 / numbers.len() as f64
    };
    let all = sorted(a.iter().chain(b).copied().collect());
    let strip = |pair: &[f64]| (pair[1] - pair[0]) * (share(a, pair[0]) - share(b, pair[0])).abs();
    all.windows(2).map(strip).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::RngExt;
    use rand::seq::SliceRandom;

    use super::*;

    /// scipy 1.17.1 `scipy.stats.wasserstein_distance`.
    #[test]
    fn w_is_that_of_scipy() {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(near(w(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0]), 5.0));
        assert!(near(w(&[1.0, 2.0, 4.0, 7.0], &[0.5, 3.0, 9.0]), SCIPY));
        assert_eq!(w(&[2.0, 2.0], &[2.0]), 0.0);
    }
    const SCIPY: f64 = 1.5;

    fn random_folds(sites: usize, folds: usize, seed: u64) -> Vec<usize> {
        let mut fold_of: Vec<usize> = (0..sites).map(|site| site % folds).collect();
        fold_of.shuffle(&mut Seed(seed).rng());
        fold_of
    }

    /// Sites in a square of 100 km, their folds by the method, and W of these and of random folds.
    fn matched(places: &[[f64; 2]]) -> (f64, f64) {
        let grid = (0..60).flat_map(|row| (0..60).map(move |col| [row, col]));
        let to_map = |place: [f64; 2]| {
            places.iter().map(|site| distance(*site, place)).fold(f64::INFINITY, f64::min)
        };
        let middle = |place: [i32; 2]| place.map(|at| (f64::from(at) + 0.5) * 100_000.0 / 60.0);
        let wanted = sorted(grid.map(|place| to_map(middle(place))).collect());
        let tree = Tree::new(places, kodama::Method::Ward).unwrap();
        let axis = longest_axis(places);
        let best = counts(5, places.len())
            .into_iter()
            .filter_map(|count| {
                let cluster = tree.cut(|step, _| step + count < places.len());
                merged(places, &cluster, 5, axis)
            })
            .map(|fold_of| w(&to_other_folds(places, &fold_of), &wanted))
            .fold(f64::INFINITY, f64::min);
        let random: Vec<f64> = (0..20)
            .map(|seed| w(&to_other_folds(places, &random_folds(places.len(), 5, seed)), &wanted))
            .collect();
        (best, random.iter().sum::<f64>() / 20.0)
    }

    #[test]
    fn clustered_deposits_are_matched_and_scattered_ones_hardly_differ_from_random() {
        for seed in 0..5 {
            let mut rng = Seed(seed).rng();
            let mut anywhere = || [0, 1].map(|_| rng.random_range(0.0..100_000.0));
            let scattered: Vec<[f64; 2]> = (0..200).map(|_| anywhere()).collect();
            let camps: Vec<[f64; 2]> = (0..10).map(|_| anywhere()).collect();
            let clustered: Vec<[f64; 2]> = (0..200)
                .map(|site| camps[site % 10].map(|at| at + rng.random_range(-2_000.0..2_000.0)))
                .collect();
            let (matched_m, random_m) = matched(&clustered);
            assert!(matched_m < 0.6 * random_m, "{matched_m} {random_m}");
            let (matched_m, random_m) = matched(&scattered);
            assert!(matched_m <= random_m && random_m < 2_000.0, "{matched_m} {random_m}");
        }
    }

    proptest! {
        #[test]
        fn w_is_a_distance(
            a in prop::collection::vec(0.0..100.0_f64, 1..20),
            b in prop::collection::vec(0.0..100.0_f64, 1..20),
            shift in 0.0..50.0_f64,
        ) {
            let (a, b) = (sorted(a), sorted(b));
            prop_assert!((w(&a, &b) - w(&b, &a)).abs() < 1e-9);
            let moved: Vec<f64> = a.iter().map(|number| number + shift).collect();
            prop_assert!((w(&a, &moved) - shift).abs() < 1e-9);
        }
    }
}
