//! Growing one tree: histograms of the bins or a cut drawn at random, least impurity, depth first.

use std::ops::Range;

use rand::RngExt;

use super::bins::TrainingColumn;
use super::tally::{Entry, Tally};
use super::tree::Tree;
use crate::seed::Rng;

/// What bounds a tree.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Columns drawn for each split, at least 1; where none of them can split, more are tried.
    pub max_features: usize,
    /// Fewest samples in a leaf, at least 1.
    pub min_leaf: usize,
    /// Most splits between the root and a leaf.
    pub max_depth: usize,
}

/// Where a column may be cut at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cuts {
    /// Between any two bins: the cut of the least impurity is taken.
    All,
    /// At one place drawn evenly between the node's smallest and largest value (Geurts and others
    /// 2006, doi 10.1007/s10994-006-6226-1).
    OneAtRandom,
}

fn tally<T: Tally>(entries: &[Entry<T::Target>]) -> T {
    let mut sum = T::default();
    entries.iter().for_each(|entry| sum.add(entry));
    sum
}

/// The tallies of a node's bins in one column, and which bins are not empty.
struct Histogram<T> {
    tallies: Box<[T; 256]>,
    occupied: [u64; 4],
}

impl<T: Tally> Histogram<T> {
    fn new() -> Self {
        Self { tallies: Box::new([T::default(); 256]), occupied: [0; 4] }
    }

    fn fill(&mut self, entries: &[Entry<T::Target>], bin: &[u8]) {
        for entry in entries {
            let bin = bin[entry.row as usize];
            self.tallies[usize::from(bin)].add(entry);
            self.occupied[usize::from(bin / 64)] |= 1 << (bin % 64);
        }
    }

    /// Takes out the lowest bin that is not empty.
    fn pop(&mut self) -> Option<(u8, T)> {
        let word = self.occupied.iter().position(|&word| word != 0)?;
        let bin = word * 64 + self.occupied[word].trailing_zeros() as usize;
        self.occupied[word] &= self.occupied[word] - 1;
        Some((bin as u8, std::mem::take(&mut self.tallies[bin])))
    }
}

/// The best way to part a node.
#[derive(Clone, Copy, Debug)]
struct Split {
    feature: usize,
    /// The last occupied bin on the left and the first on the right.
    between: [u8; 2],
    impurity: f64,
}

struct Grower<'a, T> {
    columns: &'a [TrainingColumn],
    limits: Limits,
    cuts: Cuts,
    rng: &'a mut Rng,
    order: Vec<usize>,
    histogram: Histogram<T>,
}

impl<T: Tally> Grower<'_, T> {
    /// The best split over columns drawn without replacement: at least `max_features` of them, and
    /// more until one can split. The first of equal splits wins.
    fn best_split(&mut self, entries: &[Entry<T::Target>], whole: T) -> Option<Split> {
        let mut best: Option<Split> = None;
        for drawn in 0..self.order.len() {
            if drawn >= self.limits.max_features && best.is_some() {
                break;
            }
            let last = self.order.len() as u32;
            let pick = self.rng.random_range(drawn as u32..last) as usize;
            self.order.swap(drawn, pick);
            let feature = self.order[drawn];
            let split = match self.cuts {
                Cuts::All => {
                    self.histogram.fill(entries, &self.columns[feature].bin);
                    self.split_of_histogram(feature, whole)
                }
                Cuts::OneAtRandom => self.split_at_random(entries, feature, whole),
            };
            if let Some(split) = split
                && best.is_none_or(|best| split.impurity < best.impurity)
            {
                best = Some(split);
            }
        }
        best
    }

    /// The best split of one column; leaves the histogram empty.
    fn split_of_histogram(&mut self, feature: usize, whole: T) -> Option<Split> {
        let mut best: Option<Split> = None;
        let (mut low, mut left) = self.histogram.pop()?;
        let fewest = self.limits.min_leaf as u64;
        while let Some((high, tally)) = self.histogram.pop() {
            let right = whole.minus(left);
            if u64::from(left.rows().min(right.rows())) >= fewest {
                let impurity = left.impurity() + right.impurity();
                if best.is_none_or(|best| impurity < best.impurity) {
                    best = Some(Split { feature, between: [low, high], impurity });
                }
            }
            (low, left) = (high, left.plus(tally));
        }
        best
    }

    /// One split of a column, at a place drawn at random.
    fn split_at_random(
        &mut self,
        entries: &[Entry<T::Target>],
        feature: usize,
        whole: T,
    ) -> Option<Split> {
        let column = &self.columns[feature];
        let bin = |entry: &Entry<T::Target>| column.bin[entry.row as usize];
        let (low, high) = entries
            .iter()
            .fold((u8::MAX, 0), |(low, high), entry| (low.min(bin(entry)), high.max(bin(entry))));
        if low >= high {
            return None;
        }
        let last = column.last_left_at(low, high, self.rng.random());
        let mut left = T::default();
        entries.iter().filter(|entry| bin(entry) <= last).for_each(|entry| left.add(entry));
        let right = whole.minus(left);
        let is_large = u64::from(left.rows().min(right.rows())) >= self.limits.min_leaf as u64;
        is_large.then(|| Split {
            feature,
            between: [last, last + 1],
            impurity: left.impurity() + right.impurity(),
        })
    }
}

/// A node whose samples may still be parted.
struct Pending {
    node: usize,
    entries: Range<usize>,
    depth: usize,
}

/// Grows a tree on the samples.
pub fn grow<T: Tally>(
    columns: &[TrainingColumn],
    entries: Vec<Entry<T::Target>>,
    limits: Limits,
    rng: &mut Rng,
) -> Tree {
    grow_with::<T>(columns, entries, (limits, Cuts::All), rng)
}

/// Grows a tree on the samples, cut as it is told.
pub(super) fn grow_with<T: Tally>(
    columns: &[TrainingColumn],
    mut entries: Vec<Entry<T::Target>>,
    (limits, cuts): (Limits, Cuts),
    rng: &mut Rng,
) -> Tree {
    let order = (0..columns.len()).collect();
    let mut grower = Grower { columns, limits, cuts, rng, order, histogram: Histogram::new() };
    let mut tree = Tree::default();
    let mut right = Vec::new();
    let root = tree.push_leaf(tally::<T>(&entries).leaf());
    let mut pending = vec![Pending { node: root, entries: 0..entries.len(), depth: 0 }];
    while let Some(Pending { node, entries: range, depth }) = pending.pop() {
        let here = &mut entries[range.clone()];
        let whole = tally::<T>(here);
        if whole.is_pure(here) || depth >= limits.max_depth {
            continue;
        }
        let Some(split) = grower.best_split(here, whole) else { continue };
        let column = &columns[split.feature];
        let bin = column.last_left(split.between[0], split.between[1]);
        let middle = part(here, &mut right, |entry| column.bin[entry.row as usize] <= bin);
        let leaves = [&here[..middle], &here[middle..]].map(|side| tally::<T>(side).leaf());
        let child = tree.split(node, split.feature as u16, bin, leaves);
        let middle = range.start + middle;
        let depth = depth + 1;
        pending.push(Pending { node: child + 1, entries: middle..range.end, depth });
        pending.push(Pending { node: child, entries: range.start..middle, depth });
    }
    tree
}

/// Puts those that go left before the others, each side in its order; returns how many go left.
pub(super) fn part<E: Copy>(
    entries: &mut [E],
    right: &mut Vec<E>,
    left: impl Fn(&E) -> bool,
) -> usize {
    right.clear();
    let mut kept = 0;
    for index in 0..entries.len() {
        let entry = entries[index];
        if left(&entry) {
            entries[kept] = entry;
            kept += 1;
        } else {
            right.push(entry);
        }
    }
    entries[kept..].copy_from_slice(right);
    kept
}
