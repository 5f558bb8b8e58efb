//! One tree: nodes for walking, and what its leaves hold.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::bins::TrainingColumn;

/// One node, 8 bytes. A row goes to `child` if its bin is at most `bin`, to `child + 1` if it is
/// above. A leaf is its own `child`, and no bin is above its `bin`: a walk stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// The left of its two children.
    pub child: u32,
    /// The column that it asks.
    pub feature: u16,
    /// The last bin on its left.
    pub bin: u8,
}

/// What a node was fitted with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Leaf {
    /// What a row that comes here gets: the deposits' share of the weight, or a weighted mean.
    #[serde(rename = "share")]
    pub value: f32,
    /// The weight of the training samples.
    pub weight: f32,
}

impl Leaf {
    /// A leaf, its weight kept above 0.
    #[must_use]
    pub fn new(value: f64, weight: f64) -> Self {
        let weight = (weight as f32).clamp(f32::MIN_POSITIVE, f32::MAX);
        Self { value: value as f32, weight }
    }
}

/// A tree. Node 0 is the root; the two children of a node are neighbours.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree {
    /// Its nodes.
    pub nodes: Vec<Node>,
    /// One a node; zeros where a node is split.
    pub leaves: Vec<Leaf>,
}

/// A tree as it is saved: its nodes in depth-first order, left before right.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoredTree {
    /// The column of each split; -1 for a leaf.
    split: Vec<i32>,
    /// The last bin on the left of each split.
    bin: Vec<u8>,
    /// Value and weight of each leaf.
    leaves: Vec<Leaf>,
}

impl Tree {
    /// Adds a leaf and returns its number.
    pub fn push_leaf(&mut self, leaf: Leaf) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node { child: index as u32, feature: 0, bin: u8::MAX });
        self.leaves.push(leaf);
        index
    }

    /// Turns a leaf into a split; returns the left of its two new leaves.
    pub fn split(&mut self, index: usize, feature: u16, bin: u8, into: [Leaf; 2]) -> usize {
        let child = self.push_leaf(into[0]);
        self.push_leaf(into[1]);
        self.nodes[index] = Node { child: child as u32, feature, bin };
        self.leaves[index] = Leaf::default();
        child
    }

    /// Whether a node is a leaf.
    #[must_use]
    pub fn is_leaf(&self, index: usize) -> bool {
        self.nodes[index].child as usize == index
    }

    /// The same tree with its nodes in depth-first order, as a saved one has them.
    #[must_use]
    pub fn depth_first(&self) -> Self {
        let mut tree = Self::default();
        let mut pending = vec![(0, tree.push_leaf(self.leaves[0]))];
        while let Some((from, to)) = pending.pop() {
            if !self.is_leaf(from) {
                let Node { child, feature, bin } = self.nodes[from];
                let left = child as usize;
                let child =
                    tree.split(to, feature, bin, [self.leaves[left], self.leaves[left + 1]]);
                pending.extend([(left + 1, child + 1), (left, child)]);
            }
        }
        tree
    }

    /// The leaf value of a training row.
    #[must_use]
    pub fn value_of(&self, columns: &[TrainingColumn], row: usize) -> f32 {
        let mut index = 0;
        while !self.is_leaf(index) {
            let Node { child, feature, bin } = self.nodes[index];
            index = child as usize + usize::from(columns[usize::from(feature)].bin[row] > bin);
        }
        self.leaves[index].value
    }

    /// How much the splits on each column part: the sum, over them, of the weighted squares between
    /// the means of the two children, `w1 w2 / (w1 + w2) (m1 - m2)^2`. That is what the split takes
    /// from the weighted variance, and of two classes half of what it takes from the weighted Gini
    /// impurity (mean decrease in impurity, Breiman and others 1984, ISBN 978-0-412-04841-8).
    #[must_use]
    pub fn importance(&self, columns: usize) -> Vec<f64> {
        let mut importance = vec![0.0; columns];
        let leaves = self.leaves.iter();
        let mut below: Vec<[f64; 2]> =
            leaves.map(|leaf| [f64::from(leaf.value), f64::from(leaf.weight)]).collect();
        for (index, node) in self.nodes.iter().enumerate().rev() {
            let child = node.child as usize;
            if child != index {
                let [[left, left_weight], [right, right_weight]] = [below[child], below[child + 1]];
                let weight = left_weight + right_weight;
                let share = right_weight / weight;
                below[index] = [left + (right - left) * share, weight];
                importance[usize::from(node.feature)] +=
                    left_weight * share * (left - right) * (left - right);
            }
        }
        importance
    }

    /// The tree as it is saved.
    #[must_use]
    pub fn to_stored(&self) -> StoredTree {
        let mut stored = StoredTree { split: Vec::new(), bin: Vec::new(), leaves: Vec::new() };
        let mut pending = vec![0];
        while let Some(index) = pending.pop() {
            let node = self.nodes[index];
            if self.is_leaf(index) {
                stored.split.push(-1);
                stored.leaves.push(self.leaves[index]);
            } else {
                stored.split.push(i32::from(node.feature));
                stored.bin.push(node.bin);
                pending.extend([node.child as usize + 1, node.child as usize]);
            }
        }
        stored
    }

    /// The tree that was saved, on `columns` columns, with the values that its leaves may have.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_stored(
        stored: &StoredTree,
        columns: usize,
        values: RangeInclusive<f32>,
    ) -> Result<Self, String> {
        let mut tree = Self::default();
        let mut pending = vec![tree.push_leaf(Leaf::default())];
        let (mut bins, mut leaves) = (stored.bin.iter(), stored.leaves.iter());
        for &split in &stored.split {
            let index = pending.pop().ok_or("a tree with nodes left over")?;
            if split == -1 {
                let leaf = *leaves.next().ok_or("a tree that lacks a leaf")?;
                if !values.contains(&leaf.value)
                    || !(f32::MIN_POSITIVE..=f32::MAX).contains(&leaf.weight)
                {
                    return Err(format!("a leaf without a value in {values:?} or without weight"));
                }
                tree.leaves[index] = leaf;
                continue;
            }
            let feature = u16::try_from(split).map_err(|_| "a split on no column")?;
            if usize::from(feature) >= columns {
                return Err(format!("a split on column {feature} of {columns}"));
            }
            let bin = *bins.next().ok_or("a split without a bin")?;
            let child = tree.split(index, feature, bin, [Leaf::default(); 2]);
            pending.extend([child + 1, child]);
        }
        if !pending.is_empty() || bins.next().is_some() || leaves.next().is_some() {
            return Err("a tree that ends early".into());
        }
        Ok(tree)
    }
}
