//! Block cross-validation: what a method says of samples that it has not seen, with whole blocks of
//! neighbours left out together (Roberts and others 2017, doi:10.1111/ecog.02881). Leaving out samples
//! one by one would ask only how alike the nearest neighbours are.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::neighbours::squared;
use super::{Frame, Method, Metric, Neighbours, Place, Samples, Search, figures};
use crate::Result;
use crate::error::require;
use crate::seed::Seed;

/// How a gridding step judges itself.
///
/// Square blocks of samples are dealt to folds; each fold is estimated from the others, its variogram
/// and other numbers fitted without it. Held-out samples that lie farther than `max_distance_m` from
/// all others are not estimated, as on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Number of folds; 0 does without.
    pub folds: usize,
    /// Side of a block in metres. By default three times the spacing of samples, the median length
    /// of the edges of their Delaunay triangulation.
    pub block_m: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { folds: 10, block_m: None }
    }
}

/// Cells of the grid on which a method that solves for a whole surface is judged, at most.
const JUDGED_CELLS: usize = 1 << 16;

/// Which samples are held out together.
pub(crate) struct Folds {
    pub(crate) held_out: Vec<Vec<usize>>,
    pub(crate) block_m: f64,
    /// Farther than this from all training samples nothing is said.
    pub(crate) max_distance_m: f64,
}

impl Settings {
    /// # Errors
    /// Settings out of range.
    pub(crate) fn check(&self, step: &str) -> Result<()> {
        let key = |name: &str| format!("{step}.validation.{name}");
        let holds = self.folds != 1 && self.folds <= 100;
        require(holds, &key("folds"), self.folds, "0, or 2 to 100")?;
        let block = self.block_m.unwrap_or(1.0);
        require(block.is_finite() && block > 0.0, &key("block_m"), block, "a length over 0")
    }

    /// Deals blocks of samples to folds, each to the fold with the fewest samples; `None` where that
    /// was switched off, or where there are fewer than two blocks.
    pub(crate) fn deal(
        &self,
        samples: &Samples,
        spacing_m: f64,
        max_distance_m: f64,
    ) -> Option<Folds> {
        let block_m = self.block_m.unwrap_or(3.0 * spacing_m);
        let mut blocks: BTreeMap<[i64; 2], Vec<usize>> = BTreeMap::new();
        for (index, place) in samples.places.iter().enumerate() {
            let block = place.map(|metres| (metres / block_m).floor() as i64);
            blocks.entry(block).or_default().push(index);
        }
        if self.folds == 0 || blocks.len() < 2 {
            return None;
        }
        let mut held_out = vec![Vec::new(); self.folds.min(blocks.len())];
        let mut blocks: Vec<Vec<usize>> = blocks.into_values().collect();
        blocks.shuffle(&mut Seed(0).derive("gridding blocks", 0).rng());
        for block in blocks {
            if let Some(least) = held_out.iter_mut().min_by_key(|fold| fold.len()) {
                least.extend(block);
            }
        }
        held_out.iter_mut().for_each(|fold| fold.sort_unstable());
        Some(Folds { held_out, block_m, max_distance_m })
    }
}

/// What a method says of each sample that it has not seen; `None` where it says nothing.
pub(crate) fn estimates(
    method: &dyn Method,
    samples: &Samples,
    frame: &Frame,
    folds: &Folds,
) -> Vec<Option<f64>> {
    let frame = frame.at_most(JUDGED_CELLS);
    let judged: Vec<Vec<Option<f64>>> =
        folds.held_out.par_iter().map(|held| fold(method, samples, &frame, folds, held)).collect();
    let mut all = vec![None; samples.len()];
    for (held, found) in folds.held_out.iter().zip(judged) {
        for (index, value) in held.iter().zip(found) {
            all[*index] = value;
        }
    }
    all
}

fn fold(
    method: &dyn Method,
    samples: &Samples,
    frame: &Frame,
    folds: &Folds,
    held: &[usize],
) -> Vec<Option<f64>> {
    let rest: Vec<usize> =
        (0..samples.len()).filter(|index| held.binary_search(index).is_err()).collect();
    let training = samples.select(&rest);
    let places: Vec<Place> = held.iter().map(|&index| samples.places[index]).collect();
    let Ok(fitted) = method.fit(&training, frame) else { return vec![None; held.len()] };
    let near = nearest_m(&Neighbours::new(&training.places, Search::NEAREST), &places);
    let known = fitted.estimate(&places).into_iter().zip(near);
    known
        .map(|(found, near)| {
            Some(found.value).filter(|v| v.is_finite() && near <= folds.max_distance_m)
        })
        .collect()
}

/// The distance from each place to the nearest sample.
pub(crate) fn nearest_m(samples: &Neighbours, places: &[Place]) -> Vec<f64> {
    let mut near = vec![f64::INFINITY; places.len()];
    samples.visit(places, |index, place, set| {
        let nearest = set.iter().map(|&sample| squared(samples.places[sample as usize], place));
        near[index] = nearest.fold(f64::INFINITY, f64::min).sqrt();
    });
    near
}

impl Search {
    /// The nearest sample alone.
    pub(crate) const NEAREST: Self = Self { most: 1, octants: false, metric: Metric::PLAIN };
}

/// How far estimates are from samples that they have not seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Score {
    /// Root mean squared error.
    pub(crate) rmse: f64,
    /// Mean absolute error.
    mae: f64,
    /// Mean of estimate less measurement.
    bias: f64,
    /// Share of the variance of the samples that is explained: `1 - sum(error^2) / sum((z - mean)^2)`.
    r2: f64,
    /// Samples that were estimated.
    pub(crate) count: usize,
}

impl Score {
    /// The score over the samples of `which` that have an estimate.
    pub(crate) fn of(estimates: &[Option<f64>], samples: &Samples, which: &[bool]) -> Option<Self> {
        let pairs: Vec<(f64, f64)> = (0..samples.len())
            .filter(|&index| which[index])
            .filter_map(|index| Some((estimates[index]?, samples.values[index])))
            .collect();
        if pairs.is_empty() {
            return None;
        }
        let n = pairs.len() as f64;
        let mean = |of: &dyn Fn(f64, f64) -> f64| {
            pairs.iter().map(|(found, truth)| of(*found, *truth)).sum::<f64>() / n
        };
        let centre = mean(&|_, truth| truth);
        let squares = mean(&|found, truth| (found - truth).powi(2));
        Some(Self {
            rmse: squares.sqrt(),
            mae: mean(&|found, truth| (found - truth).abs()),
            bias: mean(&|found, truth| found - truth),
            r2: 1.0 - squares / mean(&|_, truth| (truth - centre).powi(2)),
            count: pairs.len(),
        })
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [rmse, mae, bias] = [self.rmse, self.mae, self.bias].map(figures);
        write!(f, "RMSE {rmse}, MAE {mae}, bias {bias}")?;
        if self.r2.is_finite() { write!(f, ", R2 {:.3}", self.r2) } else { Ok(()) }
    }
}
