//! One tree: nodes for walking, and what its leaves hold.

use serde::{Deserialize, Serialize};

/// One node, 8 bytes. A row goes to `child` if its bin is at most `bin`, to `child + 1` if it is
/// above. A leaf is its own `child`, and no bin is above its `bin`: a walk stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) child: u32,
    pub(super) feature: u16,
    pub(super) bin: u8,
}

/// What a node was fitted with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Leaf {
    /// The deposits' share of the weight.
    pub(super) share: f32,
    /// The weight of the training samples.
    pub(super) weight: f32,
}

/// A tree. Node 0 is the root; the two children of a node are neighbours.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// One a node; zeros where a node is split.
    pub(super) leaves: Vec<Leaf>,
}

/// A tree as it is saved: its nodes in depth-first order, left before right.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct StoredTree {
    /// The column of each split; -1 for a leaf.
    split: Vec<i32>,
    /// The last bin on the left of each split.
    bin: Vec<u8>,
    /// Share and weight of each leaf.
    leaves: Vec<Leaf>,
}

impl Tree {
    /// Adds a leaf and returns its number.
    pub(super) fn push_leaf(&mut self, leaf: Leaf) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node { child: index as u32, feature: 0, bin: u8::MAX });
        self.leaves.push(leaf);
        index
    }

    /// Turns a leaf into a split; returns the left of its two new leaves.
    pub(super) fn split(&mut self, index: usize, feature: u16, bin: u8, into: [Leaf; 2]) -> usize {
        let child = self.push_leaf(into[0]);
        self.push_leaf(into[1]);
        self.nodes[index] = Node { child: child as u32, feature, bin };
        self.leaves[index] = Leaf::default();
        child
    }

    /// Whether a node is a leaf.
    pub(super) fn is_leaf(&self, index: usize) -> bool {
        self.nodes[index].child as usize == index
    }

    /// The tree as it is saved.
    pub(super) fn to_stored(&self) -> StoredTree {
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

    /// The tree that was saved, on `columns` columns.
    pub(super) fn from_stored(stored: &StoredTree, columns: usize) -> Result<Self, String> {
        let mut tree = Self::default();
        let mut pending = vec![tree.push_leaf(Leaf::default())];
        let (mut bins, mut leaves) = (stored.bin.iter(), stored.leaves.iter());
        for &split in &stored.split {
            let index = pending.pop().ok_or("a tree with nodes left over")?;
            if split == -1 {
                let leaf = *leaves.next().ok_or("a tree that lacks a leaf")?;
                if !(0.0..=1.0).contains(&leaf.share)
                    || !(f32::MIN_POSITIVE..=f32::MAX).contains(&leaf.weight)
                {
                    return Err("a leaf without a share in [0, 1] or without weight".into());
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
