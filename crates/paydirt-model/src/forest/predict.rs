//! Scores: 64 rows at a time go down a tree as the bits of one word.
//!
//! For 64 rows and each cut of each column one word says which rows are above the cut. A tree then
//! parts the word that came to a node with one AND, and only nodes to which a row came are visited.
//! Neighbouring cells of a map are alike, so most nodes are not.

use paydirt_core::table::Table;
use rayon::prelude::*;

use super::bins::Bins;
use super::tree::Tree;

/// Rows of a block, the unit of parallel work.
const BLOCK: usize = 2048;

/// Rows of a word.
const WORD: usize = u64::BITS as usize;

/// For each column and bin, which rows of a word are above that bin.
type Above = [[u64; 256]];

/// The mean over the trees of each row's leaf share.
pub(super) fn predict(bins: &Bins, trees: &[Tree], features: &Table) -> Vec<f32> {
    let width = features.columns().len();
    let mut scores = vec![0.0; features.rows()];
    scores.par_chunks_mut(BLOCK).enumerate().for_each(|(index, scores)| {
        let start = index * BLOCK;
        let rows = bins.of_rows(features, start..start + scores.len());
        let mut above = vec![[0; 256]; width];
        let mut pending = Vec::new();
        for (rows, scores) in rows.chunks(WORD * width).zip(scores.chunks_mut(WORD)) {
            fill(&mut above, rows);
            let mut sums = [0.0; WORD];
            let all = u64::MAX >> (WORD - scores.len());
            for tree in trees {
                add_tree(tree, &above, all, &mut sums, &mut pending);
            }
            for (score, sum) in scores.iter_mut().zip(sums) {
                *score = (sum / trees.len() as f64) as f32;
            }
        }
    });
    scores
}

/// Finds the rows (`[row][column]`) that are above each bin.
fn fill(above: &mut Above, rows: &[u8]) {
    above.iter_mut().for_each(|above| above.fill(0));
    for (place, row) in rows.chunks_exact(above.len()).enumerate() {
        for (above, &bin) in above.iter_mut().zip(row) {
            above[usize::from(bin)] |= 1 << place;
        }
    }
    for above in above {
        let mut rows_above = 0;
        for above in above.iter_mut().rev() {
            let here = std::mem::replace(above, rows_above);
            rows_above |= here;
        }
    }
}

/// Adds the leaf share of each row of `all` to its sum.
fn add_tree(
    tree: &Tree,
    above: &Above,
    all: u64,
    sums: &mut [f64; WORD],
    pending: &mut Vec<(u32, u64)>,
) {
    pending.push((0, all));
    while let Some((mut index, mut rows)) = pending.pop() {
        loop {
            let node = tree.nodes[index as usize];
            if node.child == index {
                break;
            }
            let right = rows & above[usize::from(node.feature)][usize::from(node.bin)];
            let left = rows ^ right;
            if left == 0 {
                index = node.child + 1;
                continue;
            }
            if right != 0 {
                pending.push((node.child + 1, right));
            }
            (index, rows) = (node.child, left);
        }
        let share = f64::from(tree.leaves[index as usize].share);
        while rows != 0 && share != 0.0 {
            sums[rows.trailing_zeros() as usize] += share;
            rows &= rows - 1;
        }
    }
}
