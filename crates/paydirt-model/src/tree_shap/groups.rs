//! Exact TreeSHAP for many rows: each tree is cut into groups of leaves, each group has a table of
//! shares ([`super::table`]), and rows only look shares up. Leaves whose path asks too many columns
//! for a table are worked out row by row ([`super::shapley`]). Rows of equal bins are done once.

use paydirt_core::table::Table;
use paydirt_core::trees::{Bins, Tree};
use rayon::prelude::*;

use super::shapley::{Absent, AbsentOfLeaf, Condition, PathLeaf};
use super::table::{Group, ShareTable};

/// Most rows of a group's table: it is to stay in the second-level cache.
const MOST_STATES: usize = 1024;

/// Most rows of the table of a single leaf.
const MOST_LEAF_STATES: usize = 8192;

/// Bytes of tables that are held at a time.
const TABLE_BYTES: usize = 16 << 20;

/// Rows of a block.
const BLOCK: usize = 4096;

/// What each column adds to the sum of the leaf values of each row: `[column][row]`, divided by
/// `divisor`.
pub(super) fn shares(
    (bins, trees): (&Bins, &[Tree]),
    absent: &Absent,
    features: &Table,
    divisor: f64,
) -> Vec<Vec<f32>> {
    let width = features.columns().len();
    let distinct = Distinct::of(bins.of_rows(features, 0..features.rows()), width);
    let mut sums = vec![0.0; distinct.rows.len()];
    let mut batch = Batch { groups: Vec::new(), bytes: 0 };
    for tree in trees {
        for group in groups(tree, &covers(tree), distinct.rows.len() / width) {
            if batch.bytes > TABLE_BYTES {
                batch.add_to(&distinct.rows, width, absent, &mut sums);
            }
            batch.bytes += group.bytes();
            batch.groups.push(group);
        }
    }
    batch.add_to(&distinct.rows, width, absent, &mut sums);
    let share = |column: usize, row: &u32| (sums[*row as usize * width + column] / divisor) as f32;
    (0..width)
        .into_par_iter()
        .map(|column| distinct.of_row.iter().map(|row| share(column, row)).collect())
        .collect()
}

/// The sum of the trees' means over what they were grown on.
pub(super) fn expectation(trees: &[Tree]) -> f64 {
    trees.iter().map(|tree| expectation_of(tree, &covers(tree))).sum()
}

/// The longest that a path can be.
pub(super) fn longest(trees: &[Tree], width: usize) -> usize {
    trees.iter().map(|tree| tree.nodes.len()).max().unwrap_or(0).min(width)
}

/// Every leaf whose value is not 0, with its path.
pub(super) fn leaves(tree: &Tree) -> Vec<PathLeaf> {
    let covers = covers(tree);
    let below = Subtree { tree, covers: &covers };
    let (mut leaves, mut pending) = (Vec::new(), vec![(0, Vec::new())]);
    while let Some((node, path)) = pending.pop() {
        if tree.is_leaf(node) {
            leaves.push(PathLeaf { value: f64::from(tree.leaves[node].value), path });
        } else {
            pending.extend(below.children(node, &path));
        }
    }
    leaves.retain(|leaf| leaf.value != 0.0 && !leaf.path.is_empty());
    leaves
}

/// Rows of bins, each once, in rising order.
pub(super) struct Distinct {
    /// `[distinct row][column]`
    pub(super) rows: Vec<u8>,
    /// The distinct row of each row.
    pub(super) of_row: Vec<u32>,
}

impl Distinct {
    pub(super) fn of(bins: Vec<u8>, width: usize) -> Self {
        let row = |index: u32| &bins[index as usize * width..][..width];
        let mut order: Vec<u32> = (0..(bins.len() / width) as u32).collect();
        order.par_sort_unstable_by(|&a, &b| row(a).cmp(row(b)));
        let mut distinct = Self { rows: Vec::new(), of_row: vec![0; order.len()] };
        for (place, &index) in order.iter().enumerate() {
            if place == 0 || row(index) != row(order[place - 1]) {
                distinct.rows.extend_from_slice(row(index));
            }
            distinct.of_row[index as usize] = (distinct.rows.len() / width - 1) as u32;
        }
        distinct
    }
}

/// The training weight that came to each node.
fn covers(tree: &Tree) -> Vec<f64> {
    let mut covers: Vec<f64> = tree.leaves.iter().map(|leaf| f64::from(leaf.weight)).collect();
    for index in (0..covers.len()).rev() {
        if !tree.is_leaf(index) {
            let child = tree.nodes[index].child as usize;
            covers[index] = covers[child] + covers[child + 1];
        }
    }
    covers
}

/// The mean score of a tree over what it was grown on.
fn expectation_of(tree: &Tree, covers: &[f64]) -> f64 {
    let leaves = tree.leaves.iter().zip(covers).enumerate();
    let sum: f64 = leaves
        .filter(|(index, _)| tree.is_leaf(*index))
        .map(|(_, (leaf, cover))| f64::from(leaf.value) * cover)
        .sum();
    sum / covers[0]
}

/// Leaves that are treated together.
enum Work {
    /// By a table.
    Table(Group),
    /// A leaf of a long path, row by row.
    Leaf(PathLeaf),
}

impl Work {
    fn bytes(&self) -> usize {
        match self {
            Self::Table(group) => ShareTable::bytes(group),
            Self::Leaf(leaf) => leaf.path.len() * size_of::<Condition>(),
        }
    }
}

/// The largest subtrees whose tables are small enough; no larger than the rows are worth.
fn groups(tree: &Tree, covers: &[f64], rows: usize) -> Vec<Work> {
    let mut work = Vec::new();
    let mut pending = vec![(0, Vec::new())];
    while let Some((node, path)) = pending.pop() {
        let below = Subtree { tree, covers };
        if tree.is_leaf(node) {
            let value = f64::from(tree.leaves[node].value);
            let leaf = PathLeaf { value, path };
            if value == 0.0 {
                continue;
            }
            let states = 1_usize.checked_shl(leaf.path.len() as u32).unwrap_or(usize::MAX);
            work.push(match states <= rows.min(MOST_LEAF_STATES) {
                true => Work::Table(Group {
                    features: leaf.path.iter().map(|c| c.feature).collect(),
                    leaves: vec![leaf],
                    states,
                }),
                false => Work::Leaf(leaf),
            });
        } else if let Some(group) = below.group(node, &path, rows.min(MOST_STATES)) {
            work.push(Work::Table(group));
        } else {
            pending.extend(below.children(node, &path));
        }
    }
    work
}

/// A tree with its covers.
struct Subtree<'a> {
    tree: &'a Tree,
    covers: &'a [f64],
}

impl Subtree<'_> {
    /// The two children of a node with their paths.
    fn children(&self, node: usize, path: &[Condition]) -> [(usize, Vec<Condition>); 2] {
        let split = self.tree.nodes[node];
        let child = split.child as usize;
        let bin = i16::from(split.bin);
        let step = |child: usize, above: i16, most: i16| {
            let ratio = self.covers[child] / self.covers[node];
            let mut path = path.to_vec();
            match path.iter_mut().find(|condition| condition.feature == split.feature) {
                Some(condition) => {
                    condition.above = condition.above.max(above);
                    condition.most = condition.most.min(most);
                    condition.ratio *= ratio;
                }
                None => path.push(Condition { feature: split.feature, above, most, ratio }),
            }
            (child, path)
        };
        [step(child, -1, bin), step(child + 1, bin, i16::from(u8::MAX))]
    }

    /// The leaves below a node as a group, if its table has at most `most` rows.
    fn group(&self, node: usize, path: &[Condition], most: usize) -> Option<Group> {
        // A column's states: the stretches between its thresholds and, where the path to the node
        // asks it too, all bins that never come to the node.
        let mut thresholds: Vec<(u16, usize, Vec<u8>)> =
            path.iter().map(|condition| (condition.feature, 2, Vec::new())).collect();
        let mut leaves = Vec::new();
        let mut states = count_states(&thresholds);
        let mut pending = vec![(node, path.to_vec())];
        while let Some((node, path)) = pending.pop() {
            if states > most {
                return None;
            }
            if self.tree.is_leaf(node) {
                let value = f64::from(self.tree.leaves[node].value);
                leaves.push(PathLeaf { value, path });
                continue;
            }
            let split = self.tree.nodes[node];
            match thresholds.iter_mut().find(|(feature, ..)| *feature == split.feature) {
                Some((.., bins)) if bins.contains(&split.bin) => {}
                Some((.., bins)) => bins.push(split.bin),
                None => thresholds.push((split.feature, 1, vec![split.bin])),
            }
            states = count_states(&thresholds);
            pending.extend(self.children(node, &path));
        }
        // Shares are linear in the leaves' values: leaves without deposits give none.
        leaves.retain(|leaf| leaf.value != 0.0);
        let mut features: Vec<u16> = thresholds.into_iter().map(|(feature, ..)| feature).collect();
        features.retain(|&feature| {
            leaves.iter().any(|leaf| leaf.path.iter().any(|c| c.feature == feature))
        });
        Some(Group { leaves, features, states })
    }
}

fn count_states(thresholds: &[(u16, usize, Vec<u8>)]) -> usize {
    thresholds
        .iter()
        .fold(1, |product, (_, least, bins)| product.saturating_mul(least + bins.len()))
}

/// Groups of leaves whose shares are added to the rows' sums together, in their order.
struct Batch {
    groups: Vec<Work>,
    bytes: usize,
}

/// What one group adds to rows.
enum Adder<'a> {
    Table(ShareTable),
    Leaf(PathLeaf, AbsentOfLeaf<'a>),
}

impl Batch {
    /// Adds the shares of the groups to the sums and empties the batch.
    fn add_to(&mut self, rows: &[u8], width: usize, absent: &Absent, sums: &mut [f64]) {
        self.bytes = 0;
        let adders: Vec<Adder<'_>> = std::mem::take(&mut self.groups)
            .into_par_iter()
            .map(|work| match work {
                Work::Table(group) => Adder::Table(ShareTable::build(&group, absent)),
                Work::Leaf(leaf) => {
                    let absent = absent.of_leaf(&leaf);
                    Adder::Leaf(leaf, absent)
                }
            })
            .collect();
        let blocks = rows.par_chunks(BLOCK * width).zip(sums.par_chunks_mut(BLOCK * width));
        blocks.for_each(|(rows, sums)| {
            for adder in &adders {
                match adder {
                    Adder::Table(table) => table.add(rows, width, sums),
                    Adder::Leaf(leaf, absent) => add_leaf(leaf, absent, (rows, sums), width),
                }
            }
        });
    }
}

/// Adds the shares of one leaf to rows; neighbours that meet the same conditions are done once.
fn add_leaf(leaf: &PathLeaf, absent: &AbsentOfLeaf<'_>, rows: (&[u8], &mut [f64]), width: usize) {
    let (mut held, mut shares): (Vec<bool>, Vec<f64>) = (Vec::new(), Vec::new());
    for (row, sums) in rows.0.chunks_exact(width).zip(rows.1.chunks_exact_mut(width)) {
        let holds = leaf.path.iter().map(|c| c.holds_in(row));
        if !holds.clone().eq(held.iter().copied()) {
            held = holds.collect();
            leaf.shares(|index| held[index], absent, &mut shares);
        }
        for (share, condition) in shares.iter().zip(&leaf.path) {
            sums[usize::from(condition.feature)] += share;
        }
    }
}
