//! Exact TreeSHAP for many rows: each tree is cut into groups of leaves, each group has a table of
//! shares ([`super::table`]), and rows only look shares up. Leaves whose path asks too many columns
//! for a table are worked out row by row ([`super::shapley`]). Rows of equal bins are done once.

use paydirt_core::table::Table;
use paydirt_core::trees::{Bins, Tree};
use rayon::prelude::*;

use super::shapley::{Condition, PathLeaf, gauss_legendre};
use super::table::{Group, ShareTable};
use crate::Attribution;

/// Most rows of a group's table: it is to stay in the second-level cache.
const MOST_STATES: usize = 1024;

/// Most rows of the table of a single leaf.
const MOST_LEAF_STATES: usize = 8192;

/// Bytes of tables that are held at a time.
const TABLE_BYTES: usize = 16 << 20;

/// Rows of a block.
const BLOCK: usize = 4096;

/// Quadrature points for paths of each length.
type Points = [Vec<(f64, f64)>];

/// The shares of every column in every row's score.
pub(super) fn explain(bins: &Bins, trees: &[Tree], features: &Table) -> Attribution {
    let width = features.columns().len();
    let covers: Vec<Vec<f64>> = trees.iter().map(covers).collect();
    let distinct = Distinct::of(bins.of_rows(features, 0..features.rows()), width);
    let mut sums = vec![0.0; distinct.rows.len()];
    let longest = trees.iter().map(|tree| tree.nodes.len()).max().unwrap_or(0).min(width);
    let points: Vec<_> = (0..=longest).map(|d: usize| gauss_legendre(d.div_ceil(2))).collect();
    let mut batch = Batch { groups: Vec::new(), bytes: 0 };
    for (tree, cover) in trees.iter().zip(&covers) {
        for group in groups(tree, cover, distinct.rows.len() / width) {
            if batch.bytes > TABLE_BYTES {
                batch.add_to(&distinct.rows, width, &points, &mut sums);
            }
            batch.bytes += group.bytes();
            batch.groups.push(group);
        }
    }
    batch.add_to(&distinct.rows, width, &points, &mut sums);
    let count = trees.len() as f64;
    let base = trees.iter().zip(&covers).map(|(tree, cover)| expectation(tree, cover)).sum::<f64>();
    let share = |column: usize, row: &u32| (sums[*row as usize * width + column] / count) as f32;
    let shares = (0..width)
        .into_par_iter()
        .map(|column| distinct.of_row.iter().map(|row| share(column, row)).collect())
        .collect();
    Attribution { base: base / count, unit: "score", shares }
}

/// Rows of bins, each once, in rising order.
struct Distinct {
    /// `[distinct row][column]`
    rows: Vec<u8>,
    /// The distinct row of each row.
    of_row: Vec<u32>,
}

impl Distinct {
    fn of(bins: Vec<u8>, width: usize) -> Self {
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
fn expectation(tree: &Tree, covers: &[f64]) -> f64 {
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
enum Adder {
    Table(ShareTable),
    Leaf(PathLeaf),
}

impl Batch {
    /// Adds the shares of the groups to the sums and empties the batch.
    fn add_to(&mut self, rows: &[u8], width: usize, points: &Points, sums: &mut [f64]) {
        self.bytes = 0;
        let adders: Vec<Adder> = std::mem::take(&mut self.groups)
            .into_par_iter()
            .map(|work| match work {
                Work::Table(group) => Adder::Table(ShareTable::build(&group, points)),
                Work::Leaf(leaf) => Adder::Leaf(leaf),
            })
            .collect();
        let blocks = rows.par_chunks(BLOCK * width).zip(sums.par_chunks_mut(BLOCK * width));
        blocks.for_each(|(rows, sums)| {
            for adder in &adders {
                match adder {
                    Adder::Table(table) => table.add(rows, width, sums),
                    Adder::Leaf(leaf) => {
                        add_leaf(leaf, &points[leaf.path.len()], (rows, sums), width);
                    }
                }
            }
        });
    }
}

/// Adds the shares of one leaf to rows; neighbours that meet the same conditions are done once.
fn add_leaf(leaf: &PathLeaf, points: &[(f64, f64)], rows: (&[u8], &mut [f64]), width: usize) {
    let (mut held, mut shares): (Vec<bool>, Vec<f64>) = (Vec::new(), Vec::new());
    for (row, sums) in rows.0.chunks_exact(width).zip(rows.1.chunks_exact_mut(width)) {
        let holds = leaf.path.iter().map(|c| c.holds(row[usize::from(c.feature)]));
        if !holds.clone().eq(held.iter().copied()) {
            held = holds.collect();
            leaf.shares(|index| held[index], points, &mut shares);
        }
        for (share, condition) in shares.iter().zip(&leaf.path) {
            sums[usize::from(condition.feature)] += share;
        }
    }
}
