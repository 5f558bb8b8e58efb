//! A tree laid out for 256 rows at a time, which go down it as the bits of a set.
//!
//! For each cut of each column a set says which rows are above it; a node then parts the set that
//! came to it with two ANDs. Within a bunch of splits each is worked, whether a row came or not: a
//! mispredicted branch costs more than twenty of them. A bunch to which no row came is left out.
//!
//! Measured on 3.95 million cells x 100 trees of 178 leaves, in CPU ns a row and tree: rows walking
//! node by node, 16 side by side, about 10; sets of 64 rows with every empty node left out 5; as here
//! 1.2.

use std::ops::Range;

use super::tree::Tree;

/// Words of a set. Eight words of 32 bits are what the compiler turns into vector instructions on
/// every x86-64: four of 64 bits stay scalar and take 1.6 times as long.
const WORDS: usize = 8;

/// Rows of a set.
pub(super) const ROWS: usize = WORDS * 32;

/// A set of rows.
pub(super) type Set = [u32; WORDS];

/// Adds a row to a set.
pub(super) fn insert(set: &mut Set, row: usize) {
    set[row / 32] |= 1 << (row % 32);
}

/// Most splits of a bunch.
const BUNCH: usize = 255;

/// The two sets of each split of a bunch, after the set of its root.
pub(super) type Places = [[Set; 2]; BUNCH + 1];

/// One split of a bunch. The sets of its children are the pair of its number plus one.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// The place of the node's set.
    place: u32,
    /// Which of the sets `above` says who goes right.
    above: u32,
}

/// Splits that are worked together, and where they lead.
#[derive(Clone, Debug)]
struct Bunch {
    cuts: Range<usize>,
    leaves: Range<usize>,
    onward: Range<usize>,
}

/// A tree in bunches, the root's first.
#[derive(Default)]
pub(super) struct Walk {
    bunches: Vec<Bunch>,
    cuts: Vec<Cut>,
    /// Place and value of each leaf whose value is not 0.
    leaves: Vec<(u32, f32)>,
    /// Place and bunch, where a bunch goes on in another.
    onward: Vec<(u32, usize)>,
}

/// What a thread holds while it walks.
pub(super) struct Scratch {
    pub(super) sums: [f64; ROWS],
    places: Box<Places>,
    pending: Vec<(usize, Set)>,
}

impl Scratch {
    pub(super) fn new() -> Self {
        let places = Box::new([[Set::default(); 2]; BUNCH + 1]);
        Self { sums: [0.0; ROWS], places, pending: Vec::new() }
    }
}

impl Walk {
    /// Lays out a tree.
    pub(super) fn new(tree: &Tree) -> Self {
        let mut walk = Self::default();
        let mut roots = vec![0];
        while let Some(&root) = roots.get(walk.bunches.len()) {
            walk.push_bunch(tree, root, &mut roots);
        }
        walk
    }

    /// Adds the bunch of a root: its nodes level by level. What is left over are further roots.
    fn push_bunch(&mut self, tree: &Tree, root: usize, roots: &mut Vec<usize>) {
        let from = (self.cuts.len(), self.leaves.len(), self.onward.len());
        let mut nodes = vec![root, root];
        let mut place = 1;
        while let Some(&index) = nodes.get(place) {
            let (node, at) = (tree.nodes[index], place as u32);
            if tree.is_leaf(index) {
                let value = tree.leaves[index].value;
                self.leaves.extend((value != 0.0).then_some((at, value)));
            } else if self.cuts.len() - from.0 < BUNCH {
                let above = u32::from(node.feature) * 256 + u32::from(node.bin);
                self.cuts.push(Cut { place: at, above });
                nodes.extend([node.child as usize, node.child as usize + 1]);
            } else {
                self.onward.push((at, roots.len()));
                roots.push(index);
            }
            place += 1;
        }
        self.bunches.push(Bunch {
            cuts: from.0..self.cuts.len(),
            leaves: from.1..self.leaves.len(),
            onward: from.2..self.onward.len(),
        });
    }

    /// Adds the leaf value of each row of `all` to its sum. `above[column * 256 + bin]` holds the
    /// rows above a bin.
    pub(super) fn add(&self, above: &[Set], all: Set, scratch: &mut Scratch) {
        let Scratch { sums, places, pending } = scratch;
        pending.push((0, all));
        while let Some((bunch, rows)) = pending.pop() {
            let bunch = &self.bunches[bunch];
            places[0] = [rows; 2];
            part(&self.cuts[bunch.cuts.clone()], above, places);
            let places = places.as_flattened();
            for &(place, value) in &self.leaves[bunch.leaves.clone()] {
                let rows = places[place as usize];
                if rows != Set::default() {
                    add_value(rows, f64::from(value), sums);
                }
            }
            for &(place, bunch) in &self.onward[bunch.onward.clone()] {
                let rows = places[place as usize];
                if rows != Set::default() {
                    pending.push((bunch, rows));
                }
            }
        }
    }
}

fn part(cuts: &[Cut], above: &[Set], places: &mut Places) {
    for (index, cut) in cuts.iter().enumerate() {
        // The remainders are no-ops that spare the check of the index.
        let here = places.as_flattened()[cut.place as usize % (2 * (BUNCH + 1))];
        let above = above[cut.above as usize];
        places[(index + 1) % (BUNCH + 1)] = [
            std::array::from_fn(|word| here[word] & !above[word]),
            std::array::from_fn(|word| here[word] & above[word]),
        ];
    }
}

fn add_value(rows: Set, value: f64, sums: &mut [f64; ROWS]) {
    for (mut word, sums) in rows.into_iter().zip(sums.as_chunks_mut::<32>().0) {
        while word != 0 {
            sums[word.trailing_zeros() as usize] += value;
            word &= word - 1;
        }
    }
}
