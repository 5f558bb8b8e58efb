//! Many trees, each on a bootstrap draw of the samples (Breiman 2001, doi 10.1023/A:1010933404324).

use rand::RngExt;
use rayon::prelude::*;

use super::bins::TrainingColumn;
use super::grow::{Cuts, Limits, grow_with};
use super::tally::{Entry, Tally};
use super::tree::Tree;
use crate::seed::{Rng, Seed};

/// How a forest is grown.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Number of trees.
    pub trees: usize,
    /// What bounds each tree.
    pub limits: Limits,
    /// Whether each tree sees its own draw of the samples, with replacement and in proportion to
    /// their weights, instead of all of them with their weights.
    pub bootstrap: bool,
}

/// Grows the trees, in parallel; the same seed gives the same trees, whatever the number of threads.
/// `entries` are the samples of a weight above 0.
#[must_use]
pub fn grow_forest<T: Tally>(
    columns: &[TrainingColumn],
    entries: &[Entry<T::Target>],
    plan: Plan,
    seed: Seed,
) -> Vec<Tree> {
    grow_trees::<T>(columns, entries, (plan, Cuts::All), seed)
}

/// As [`grow_forest`], but of each column that is drawn for a split one cut is tried, drawn evenly
/// between the node's smallest and largest value: extremely randomised trees (Geurts, Ernst and
/// Wehenkel 2006, doi 10.1007/s10994-006-6226-1).
#[must_use]
pub fn grow_extra_trees<T: Tally>(
    columns: &[TrainingColumn],
    entries: &[Entry<T::Target>],
    plan: Plan,
    seed: Seed,
) -> Vec<Tree> {
    grow_trees::<T>(columns, entries, (plan, Cuts::OneAtRandom), seed)
}

fn grow_trees<T: Tally>(
    columns: &[TrainingColumn],
    entries: &[Entry<T::Target>],
    (plan, cuts): (Plan, Cuts),
    seed: Seed,
) -> Vec<Tree> {
    let cumulative: Vec<f64> = entries
        .iter()
        .scan(0.0, |sum, entry| {
            *sum += entry.weight;
            Some(*sum)
        })
        .collect();
    (0..plan.trees)
        .into_par_iter()
        .map(|index| {
            let mut rng = seed.derive("tree", index as u64).rng();
            let sample = match plan.bootstrap {
                true => draw(entries, &cumulative, &mut rng),
                false => entries.to_vec(),
            };
            grow_with::<T>(columns, sample, (plan.limits, cuts), &mut rng)
        })
        .collect()
}

/// As many draws as there are samples, in proportion to their weights; a sample's weight becomes
/// the number of times it was drawn.
fn draw<T: Copy>(entries: &[Entry<T>], cumulative: &[f64], rng: &mut Rng) -> Vec<Entry<T>> {
    let mut times = vec![0_u32; entries.len()];
    let total = cumulative.last().copied().unwrap_or(0.0);
    for _ in 0..entries.len() {
        let at = rng.random::<f64>() * total;
        let index = cumulative.partition_point(|&sum| sum <= at).min(entries.len() - 1);
        times[index] += 1;
    }
    let drawn = entries.iter().zip(times).filter(|(_, times)| *times > 0);
    drawn.map(|(entry, times)| Entry { weight: f64::from(times), ..*entry }).collect()
}
