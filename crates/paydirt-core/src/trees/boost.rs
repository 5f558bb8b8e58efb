//! One tree of gradient boosting: the split of the largest gain first (Friedman 2001,
//! doi 10.1214/aos/1013203451; Newton's step as leaf value and histograms as in Chen and Guestrin
//! 2016, doi 10.1145/2939672.2939785).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use rand::RngExt;

use super::bins::TrainingColumn;
use super::grow::part;
use super::tally::Entry;
use super::tree::{Leaf, Tree};
use crate::seed::Rng;

/// Least curvature on either side of a split, as in scikit-learn: a Newton step needs some.
const LEAST_CURVATURE: f64 = 1e-3;

/// Samples of a node from which on its histograms are kept, so that the larger of its children has
/// them by subtraction. In smaller nodes there is little to save, and much to hold.
const LARGE: usize = 512;

/// Which way the score may go where a column rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Any.
    #[default]
    Any,
    /// Up only.
    Rising,
    /// Down only.
    Falling,
}

/// What bounds a boosted tree.
#[derive(Clone, Debug)]
pub struct BoostLimits {
    /// Most leaves, at least 1.
    pub max_leaves: usize,
    /// Most splits between the root and a leaf.
    pub max_depth: usize,
    /// Fewest samples in a leaf, at least 1.
    pub min_leaf: usize,
    /// What is added to the curvature of each leaf: L2 penalty of its value.
    pub l2: f64,
    /// By what each leaf's Newton step is multiplied.
    pub learning_rate: f64,
    /// Columns drawn for each split; all of them are asked where it is not below their number.
    pub max_features: usize,
    /// One a column.
    pub directions: Vec<Direction>,
}

/// A boosted tree, and where its samples ended.
pub struct Boosted {
    /// The tree; a leaf's value is its Newton step times the learning rate.
    pub tree: Tree,
    /// The samples, those of a leaf together.
    pub entries: Vec<Entry<[f64; 2]>>,
    /// Each leaf's number in the tree and its samples.
    pub leaves: Vec<(usize, Range<usize>)>,
}

/// What samples add up to.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    gradient: f64,
    curvature: f64,
    rows: u32,
}

impl Sum {
    fn add(&mut self, entry: &Entry<[f64; 2]>) {
        self.gradient += entry.target[0];
        self.curvature += entry.target[1];
        self.rows += 1;
    }

    fn plus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient + other.gradient,
            curvature: self.curvature + other.curvature,
            rows: self.rows + other.rows,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            curvature: self.curvature - other.curvature,
            rows: self.rows - other.rows,
        }
    }
}

/// The sums of a column's bins.
type Histogram = [Sum; 256];

/// The best way to part a node.
#[derive(Clone, Copy)]
struct Split {
    feature: usize,
    bin: u8,
    gain: f64,
    /// Sums and Newton steps of the two sides.
    sides: [(Sum, f64); 2],
}

/// A leaf so far.
struct Open {
    node: usize,
    entries: Range<usize>,
    depth: usize,
    whole: Sum,
    /// Its Newton step, and between which its children's may be.
    step: f64,
    bounds: [f64; 2],
    histograms: Vec<Histogram>,
    split: Option<Split>,
}

struct Grower<'a> {
    columns: &'a [TrainingColumn],
    limits: &'a BoostLimits,
    rng: &'a mut Rng,
    order: Vec<usize>,
}

/// Grows a tree on samples whose targets are the first and second derivative of their loss, times
/// their weight; `weight` itself is what nodes are weighed with where the tree is explained.
pub fn grow_boosted(
    columns: &[TrainingColumn],
    mut entries: Vec<Entry<[f64; 2]>>,
    limits: &BoostLimits,
    rng: &mut Rng,
) -> Boosted {
    let mut grower = Grower { columns, limits, rng, order: (0..columns.len()).collect() };
    let mut whole = Sum::default();
    entries.iter().for_each(|entry| whole.add(entry));
    let bounds = [f64::NEG_INFINITY, f64::INFINITY];
    let step = grower.step(whole, bounds);
    let mut tree = Tree::default();
    let node = tree.push_leaf(grower.leaf(step, &entries));
    let root = Open {
        node,
        entries: 0..entries.len(),
        depth: 0,
        whole,
        step,
        bounds,
        histograms: Vec::new(),
        split: None,
    };
    let histograms = grower.fill(&entries);
    let mut open = vec![grower.ready(root, histograms)];
    let mut queue = BinaryHeap::new();
    enqueue(&mut queue, &open[0], 0);
    let mut right = Vec::new();
    while open.len() < limits.max_leaves
        && let Some((_, Reverse(index))) = queue.pop()
    {
        let parent = &mut open[index];
        let Some(split) = parent.split.take() else { continue };
        let range = parent.entries.clone();
        let bin = &columns[split.feature].bin;
        let go_left = |entry: &Entry<_>| bin[entry.row as usize] <= split.bin;
        let middle = range.start + part(&mut entries[range.clone()], &mut right, go_left);
        let ranges = [range.start..middle, middle..range.end];
        let leaves =
            [0, 1].map(|side| grower.leaf(split.sides[side].1, &entries[ranges[side].clone()]));
        let child = tree.split(parent.node, split.feature as u16, split.bin, leaves);
        let [left, right] = grower.children(parent, split, (child, ranges), &entries);
        enqueue(&mut queue, &left, index);
        enqueue(&mut queue, &right, open.len());
        open[index] = left;
        open.push(right);
    }
    let leaves = open.into_iter().map(|leaf| (leaf.node, leaf.entries)).collect();
    Boosted { tree, entries, leaves }
}

/// Queues a leaf that can be split; the first of equal gains comes first.
fn enqueue(queue: &mut BinaryHeap<(u64, Reverse<usize>)>, leaf: &Open, index: usize) {
    if let Some(split) = leaf.split {
        // The bits of numbers over zero rise with them.
        queue.push((split.gain.to_bits(), Reverse(index)));
    }
}

impl Grower<'_> {
    /// Newton's step of a node, within bounds.
    fn step(&self, sum: Sum, [least, most]: [f64; 2]) -> f64 {
        (-sum.gradient / (sum.curvature + self.limits.l2 + 1e-15)).max(least).min(most)
    }

    fn leaf(&self, step: f64, entries: &[Entry<[f64; 2]>]) -> Leaf {
        let weight = entries.iter().map(|entry| entry.weight).sum();
        let most = f64::from(f32::MAX);
        Leaf::new((self.limits.learning_rate * step).clamp(-most, most), weight)
    }

    fn fill(&self, entries: &[Entry<[f64; 2]>]) -> Vec<Histogram> {
        let mut histograms = vec![[Sum::default(); 256]; self.columns.len()];
        for (column, histogram) in self.columns.iter().zip(&mut histograms) {
            for entry in entries {
                histogram[usize::from(column.bin[entry.row as usize])].add(entry);
            }
        }
        histograms
    }

    /// Finds the split of a leaf, and keeps its histograms where it is large.
    fn ready(&mut self, mut leaf: Open, histograms: Vec<Histogram>) -> Open {
        leaf.split = self.best_split(&leaf, &histograms);
        if leaf.split.is_some() && leaf.entries.len() >= LARGE {
            leaf.histograms = histograms;
        }
        leaf
    }

    /// The two leaves that a split makes.
    fn children(
        &mut self,
        parent: &mut Open,
        split: Split,
        (child, ranges): (usize, [Range<usize>; 2]),
        entries: &[Entry<[f64; 2]>],
    ) -> [Open; 2] {
        let kept = std::mem::take(&mut parent.histograms);
        let smaller = usize::from(ranges[1].len() < ranges[0].len());
        let of_smaller = self.fill(&entries[ranges[smaller].clone()]);
        let of_larger = if kept.is_empty() {
            self.fill(&entries[ranges[1 - smaller].clone()])
        } else {
            less(kept, &of_smaller)
        };
        let mut histograms = [of_smaller, of_larger];
        if smaller == 1 {
            histograms.swap(0, 1);
        }
        let bounds = self.bounds(parent.bounds, split);
        let [left, right] = [0, 1].map(|side| Open {
            node: child + side,
            entries: ranges[side].clone(),
            depth: parent.depth + 1,
            whole: split.sides[side].0,
            step: split.sides[side].1,
            bounds: bounds[side],
            histograms: Vec::new(),
            split: None,
        });
        let [of_left, of_right] = histograms;
        [self.ready(left, of_left), self.ready(right, of_right)]
    }

    /// Between what the steps of the two sides' own children may be: where the column has a
    /// direction, on either side of the mean of both steps.
    fn bounds(&self, [least, most]: [f64; 2], split: Split) -> [[f64; 2]; 2] {
        let middle = split.sides[0].1 / 2.0 + split.sides[1].1 / 2.0;
        match self.limits.directions[split.feature] {
            Direction::Any => [[least, most]; 2],
            Direction::Rising => [[least, middle], [middle, most]],
            Direction::Falling => [[middle, most], [least, middle]],
        }
    }

    /// The split of the largest gain, if there is one above 0; the first of equal ones.
    fn best_split(&mut self, leaf: &Open, histograms: &[Histogram]) -> Option<Split> {
        let few = leaf.entries.len() < 2 * self.limits.min_leaf;
        if few || leaf.depth >= self.limits.max_depth {
            return None;
        }
        let count = self.order.len();
        let drawn = self.limits.max_features.min(count);
        if drawn < count {
            for index in 0..drawn {
                let pick = self.rng.random_range(index as u32..count as u32) as usize;
                self.order.swap(index, pick);
            }
        }
        let mut best: Option<Split> = None;
        for &feature in &self.order[..drawn] {
            self.split_of_column(leaf, feature, &histograms[feature], &mut best);
        }
        best
    }

    /// Puts the best split of one column in the place of `best`, if it gains more.
    fn split_of_column(
        &self,
        leaf: &Open,
        feature: usize,
        histogram: &Histogram,
        best: &mut Option<Split>,
    ) {
        let direction = self.limits.directions[feature];
        let most = self.columns[feature].bins();
        let mut left = Sum::default();
        for (bin, sum) in histogram.iter().enumerate().take(most.saturating_sub(1)) {
            if sum.rows == 0 {
                continue;
            }
            left = left.plus(*sum);
            let right = leaf.whole.minus(left);
            if right.rows == 0 || (right.rows as usize) < self.limits.min_leaf {
                break;
            }
            let curvature = left.curvature.min(right.curvature);
            if (left.rows as usize) < self.limits.min_leaf || curvature < LEAST_CURVATURE {
                continue;
            }
            let steps = [left, right].map(|side| self.step(side, leaf.bounds));
            let is_allowed = match direction {
                Direction::Any => true,
                Direction::Rising => steps[0] <= steps[1],
                Direction::Falling => steps[0] >= steps[1],
            };
            let gain = leaf.step * leaf.whole.gradient
                - steps[0] * left.gradient
                - steps[1] * right.gradient;
            if is_allowed && gain > best.map_or(0.0, |best| best.gain) {
                let sides = [(left, steps[0]), (right, steps[1])];
                *best = Some(Split { feature, bin: bin as u8, gain, sides });
            }
        }
    }
}

/// The histograms of what is left of a node without some of its samples.
fn less(mut whole: Vec<Histogram>, part: &[Histogram]) -> Vec<Histogram> {
    for (whole, part) in whole.as_flattened_mut().iter_mut().zip(part.as_flattened()) {
        *whole = whole.minus(*part);
    }
    whole
}
