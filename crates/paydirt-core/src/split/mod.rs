//! Splits: which ground is held out in which fold, as an artifact with a hash.
//!
//! Whole pieces of ground are held out, because neighbouring cells share evidence and so a random
//! split tells a model the answers (Roberts and others 2017, DOI 10.1111/ecog.02881).

mod deal;
mod districts;
mod held;
mod inside;
mod join;
mod layout;
mod voronoi;

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalogue::catalogue;
use crate::error::require;
use crate::grid::Point;
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::{Error, Result};

/// How ground is parted into folds: settings that make a [`Territory`].
pub trait Splitter {
    /// Parts the ground. All samples of one group come into one fold.
    ///
    /// # Errors
    /// Settings out of range, too few blocks, groups or deposits for the folds, or a table without coordinates.
    fn part(&self, stack: &dyn Stack, samples: &[Sample], seed: Seed)
    -> Result<Box<dyn Territory>>;

    /// Number of times the whole judging is repeated with other seeds.
    fn repeats(&self) -> usize;

    /// Width in metres of the strip around what is held out that does not train.
    fn buffer_m(&self) -> f64;

    /// Most folds that there can be with so many deposits.
    fn most_folds(&self, deposits: usize) -> usize;
}

/// Ground parted into folds.
pub trait Territory: Send + Sync {
    /// Number of folds.
    fn folds(&self) -> usize;
    /// Whether a fold holds a unit out. Of no meaning outside the study area.
    fn holds_out(&self, unit: usize, fold: usize) -> bool;
    /// Whether a unit may train while a fold is held out: outside the fold and its buffer.
    fn may_train(&self, unit: usize, fold: usize) -> bool;
    /// The bootstrap group of a unit (its block, district or site): what is resampled together. The
    /// same in every repeat of one splitter on one stack and one set of grouped samples.
    fn group(&self, unit: usize) -> u64;
    /// The parts of ground, for `split.gpkg`.
    fn parts(&self) -> Vec<Part>;
    /// Whether the folds part the ground, each unit held out in one of them, so that the scores of all
    /// folds may be pooled in one ranking. Where they are not, only what was held out together is
    /// compared: pooling scores of models that lack one sample each is biased (Airola and others 2018,
    /// DOI 10.1007/s10618-018-00607-x).
    fn pooled(&self) -> bool {
        true
    }
    /// What the user should know of how the ground was parted.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
    /// Figures of the split itself, for the report.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Refuses a width that is none.
fn width(key: &str, found: f64) -> Result<()> {
    require(found.is_finite() && found >= 0.0, key, found, "a length of 0 or more")
}

/// Refuses a count under a least one.
fn at_least(key: &str, found: usize, least: usize) -> Result<()> {
    require(found >= least, key, found, &format!("at least {least}"))
}

/// A part of the ground and the fold that holds it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Name of the part: a block's number, a district.
    pub name: String,
    /// Fold that holds it out.
    pub fold: usize,
    /// Outline as a closed ring of places; empty in a table without coordinates.
    pub outline: Vec<Point>,
}

catalogue! {
    /// The splits that a project file can name. There is no random one: see [`random_control`].
    Split: dyn Splitter {
        blocks => Blocks,
        provinces => Provinces,
        clusters => Clusters,
        nearest_distance => NearestDistance,
        leave_one_group_out => LeaveOneGroupOut,
        leave_one_deposit_out => LeaveOneDepositOut,
        leave_pair_out => LeavePairOut,
        discovery => Discovery,
    }
}

/// The training side of one fold: row numbers of the samples that may be seen, and of those held out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Samples that may be fitted on.
    pub training: Vec<usize>,
    /// Samples that are only scored.
    pub held_out: Vec<usize>,
}

/// Whether a figure was got on held-out ground or by the random control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SplitKind {
    /// Held-out ground.
    Spatial,
    /// Random assignment: the control that shows how optimistic it is.
    Random,
}

/// The folds of a set of samples on parted ground.
#[must_use]
pub fn folds(territory: &dyn Territory, samples: &[Sample]) -> Vec<Fold> {
    (0..territory.folds())
        .map(|fold| {
            let of = |wanted: &dyn Fn(usize) -> bool| {
                (0..samples.len()).filter(|&row| wanted(samples[row].unit)).collect()
            };
            Fold {
                training: of(&|unit| territory.may_train(unit, fold)),
                held_out: of(&|unit| territory.holds_out(unit, fold)),
            }
        })
        .collect()
}

/// The control: samples dealt to as many folds at random, deposits and others apart. Its figure is
/// printed beside the honest one and is never a choice of the project file.
#[must_use]
pub fn random_control(samples: &[Sample], folds: usize, seed: Seed) -> Vec<Fold> {
    use rand::seq::SliceRandom;
    let mut rng = seed.rng();
    let mut of_row = vec![0; samples.len()];
    for deposit in [true, false] {
        let mut rows: Vec<usize> =
            (0..samples.len()).filter(|&row| samples[row].is_deposit() == deposit).collect();
        rows.shuffle(&mut rng);
        for (position, row) in rows.into_iter().enumerate() {
            of_row[row] = position % folds.max(1);
        }
    }
    let rows = |keep: &dyn Fn(usize) -> bool| (0..samples.len()).filter(|&row| keep(row)).collect();
    (0..folds)
        .map(|fold| Fold {
            training: rows(&|row| of_row[row] != fold),
            held_out: rows(&|row| of_row[row] == fold),
        })
        .collect()
}

/// The hash of a split: which sample is held out in which fold, and which may train (SHA-256, hex).
#[must_use]
pub fn hash(samples: &[Sample], folds: &[Fold]) -> String {
    let mut sha = Sha256::new();
    for fold in folds {
        for rows in [&fold.training, &fold.held_out] {
            sha.update((rows.len() as u64).to_le_bytes());
            for &row in rows {
                sha.update((samples[row].unit as u64).to_le_bytes());
                sha.update([samples[row].role as u8]);
            }
        }
    }
    sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses folds that cannot judge: fewer than two, or one that leaves no deposits or nothing else to
/// train on.
///
/// # Errors
/// [`Error::TooFew`] with what is missing.
pub fn check(samples: &[Sample], folds: &[Fold]) -> Result<()> {
    if folds.len() < 2 {
        return Err(Error::TooFew { what: "folds".into(), found: folds.len(), needed: 2 });
    }
    for (number, fold) in folds.iter().enumerate() {
        for (what, deposit) in [("deposits", true), ("samples other than deposits", false)] {
            if !fold.training.iter().any(|&row| samples[row].is_deposit() == deposit) {
                let what = format!("{what} to train on while fold {} is held out", number + 1);
                return Err(Error::TooFew { what, found: 0, needed: 1 });
            }
        }
    }
    Ok(())
}
