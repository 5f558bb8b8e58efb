//! Scores: rows in blocks, each block walked through every tree while both are in the cache.

use paydirt_core::table::Table;
use rayon::prelude::*;

use super::bins::Bins;
use super::tree::{Node, Tree};

/// Rows of a block: their bins and sums stay in the first-level cache.
const BLOCK: usize = 2048;

/// Rows that walk side by side, so that one waits for memory while the others step.
const LANES: usize = 16;

/// The mean over the trees of each row's leaf share.
pub(super) fn predict(bins: &Bins, trees: &[Tree], features: &Table) -> Vec<f32> {
    let mut scores = vec![0.0; features.rows()];
    scores.par_chunks_mut(BLOCK).enumerate().for_each(|(index, scores)| {
        let start = index * BLOCK;
        let rows = bins.of_rows(features, start..start + scores.len());
        let mut sums = vec![0.0; scores.len()];
        for tree in trees {
            add_tree(tree, &rows, features.columns().len(), &mut sums);
        }
        for (score, sum) in scores.iter_mut().zip(sums) {
            *score = (sum / trees.len() as f64) as f32;
        }
    });
    scores
}

/// Adds the leaf share of each row (`[row][column]`, `width` columns) to its sum.
fn add_tree(tree: &Tree, rows: &[u8], width: usize, sums: &mut [f64]) {
    let groups = rows.chunks(LANES * width).zip(sums.chunks_mut(LANES));
    for (rows, sums) in groups {
        let mut at = [0_u32; LANES];
        let mut starts = [0_usize; LANES];
        for (lane, start) in starts.iter_mut().enumerate() {
            *start = lane.min(sums.len() - 1) * width;
        }
        while step(&tree.nodes, rows, &starts, &mut at) {}
        for (sum, node) in sums.iter_mut().zip(at) {
            *sum += f64::from(tree.leaves[node as usize].share);
        }
    }
}

/// Takes every lane one node down; whether any moved.
fn step(nodes: &[Node], rows: &[u8], starts: &[usize; LANES], at: &mut [u32; LANES]) -> bool {
    let mut moved = 0;
    for (at, start) in at.iter_mut().zip(starts) {
        let node = nodes[*at as usize];
        let above = rows[start + usize::from(node.feature)] > node.bin;
        let next = node.child + u32::from(above);
        moved |= next ^ *at;
        *at = next;
    }
    moved != 0
}
