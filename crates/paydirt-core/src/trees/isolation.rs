//! Trees that part each sample from the others: isolation forests (Liu, Ting and Zhou 2008,
//! doi 10.1109/ICDM.2008.17).

use rand::RngExt;
use rayon::prelude::*;

use super::bins::TrainingColumn;
use super::grow::{Cuts, Limits, grow_with};
use super::tally::{Entry, Tally};
use super::tree::{Leaf, Tree};
use crate::seed::{Rng, Seed};

/// How many samples there are: any way to part them is as good as another.
#[derive(Clone, Copy, Default)]
struct Count(u32);

impl Tally for Count {
    type Target = ();

    fn add(&mut self, _: &Entry<()>) {
        self.0 += 1;
    }

    fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    fn minus(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }

    fn rows(self) -> u32 {
        self.0
    }

    fn impurity(self) -> f64 {
        0.0
    }

    fn is_pure(self, _: &[Entry<()>]) -> bool {
        self.0 < 2
    }

    fn leaf(self) -> Leaf {
        Leaf::new(0.0, f64::from(self.0))
    }
}

/// The mean number of splits on the way to one of `samples` in a random binary search tree,
/// `2 H(n - 1) - 2 (n - 1) / n` with `H(i) = ln i + 0.5772` and 1 for two samples.
///
/// ```
/// use paydirt_core::trees::expected_path;
/// assert_eq!([0.0, 1.0, 2.0].map(expected_path), [0.0, 0.0, 1.0]);
/// assert!((expected_path(256.0) - 10.2448).abs() < 1e-4);
/// ```
#[must_use]
pub fn expected_path(samples: f64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    match samples {
        n if n <= 1.0 => 0.0,
        n if n <= 2.0 => 1.0,
        n => 2.0 * ((n - 1.0).ln() + EULER) - 2.0 * (n - 1.0) / n,
    }
}

/// Grows trees in parallel, each on `sample` of the entries drawn without replacement and in
/// proportion to their weights. Each split draws a column and a place between the node's smallest and
/// largest value, down to `log2(sample)` splits (rounded up). A leaf's value is the splits on its path and
/// the [`expected_path`] of its samples; its weight is their number.
#[must_use]
pub fn grow_isolation(
    columns: &[TrainingColumn],
    entries: &[Entry<()>],
    (trees, sample): (usize, usize),
    seed: Seed,
) -> Vec<Tree> {
    let sample = sample.min(entries.len());
    let max_depth = sample.max(1).next_power_of_two().ilog2() as usize;
    let limits = Limits { max_features: 1, min_leaf: 1, max_depth };
    (0..trees)
        .into_par_iter()
        .map(|index| {
            let mut rng = seed.derive("tree", index as u64).rng();
            let drawn = draw(entries, sample, &mut rng);
            let mut tree =
                grow_with::<Count>(columns, drawn, (limits, Cuts::OneAtRandom), &mut rng);
            set_paths(&mut tree);
            tree
        })
        .collect()
}

/// Some of the entries, as if drawn one after the other in proportion to their weights (Efraimidis
/// and Spirakis 2006, doi 10.1016/j.ipl.2005.11.003).
fn draw(entries: &[Entry<()>], sample: usize, rng: &mut Rng) -> Vec<Entry<()>> {
    if sample >= entries.len() {
        return entries.to_vec();
    }
    let mut keys: Vec<(f64, usize)> = entries
        .iter()
        .enumerate()
        .map(|(index, entry)| (-(1.0 - rng.random::<f64>()).ln() / entry.weight, index))
        .collect();
    let order = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    keys.select_nth_unstable_by(sample, order);
    keys.truncate(sample);
    keys.sort_unstable_by_key(|key| key.1);
    keys.into_iter().map(|(_, index)| entries[index]).collect()
}

/// Sets each leaf's value to the length of its path.
fn set_paths(tree: &mut Tree) {
    let mut pending = vec![(0, 0_u32)];
    while let Some((index, depth)) = pending.pop() {
        if tree.is_leaf(index) {
            let leaf = &mut tree.leaves[index];
            leaf.value = (f64::from(depth) + expected_path(f64::from(leaf.weight))) as f32;
        } else {
            let child = tree.nodes[index].child as usize;
            pending.extend([(child, depth + 1), (child + 1, depth + 1)]);
        }
    }
}
