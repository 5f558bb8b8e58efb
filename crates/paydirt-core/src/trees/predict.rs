//! Scores, block by block in parallel: a row's sum takes the trees in their order, so that its bits
//! do not depend on the number of threads.

use rayon::prelude::*;

use super::bins::Bins;
use super::tree::Tree;
use super::walk::{ROWS, Scratch, Set, Walk, insert};
use crate::table::Table;

/// Rows of a block, the unit of parallel work.
const BLOCK: usize = 8 * ROWS;

/// The mean over the trees of each row's leaf value, for columns in the order of the fit.
#[must_use]
pub fn mean(bins: &Bins, trees: &[Tree], features: &Table) -> Vec<f32> {
    map_sums(bins, trees, features, |sum| (sum / trees.len() as f64) as f32)
}

/// What `map` makes of the sum over the trees of each row's leaf value.
#[must_use]
pub fn map_sums(
    bins: &Bins,
    trees: &[Tree],
    features: &Table,
    map: impl Fn(f64) -> f32 + Sync,
) -> Vec<f32> {
    let width = features.columns().len();
    let walks: Vec<Walk> = trees.par_iter().map(Walk::new).collect();
    let mut scores = vec![0.0; features.rows()];
    scores.par_chunks_mut(BLOCK).enumerate().for_each(|(index, scores)| {
        let start = index * BLOCK;
        let rows = bins.of_rows(features, start..start + scores.len());
        let mut above = vec![Set::default(); width * 256];
        let mut scratch = Scratch::new();
        for (rows, scores) in rows.chunks(ROWS * width).zip(scores.chunks_mut(ROWS)) {
            fill(&mut above, rows, width);
            let mut all = Set::default();
            (0..scores.len()).for_each(|row| insert(&mut all, row));
            scratch.sums.fill(0.0);
            for walk in &walks {
                walk.add(&above, all, &mut scratch);
            }
            for (score, sum) in scores.iter_mut().zip(scratch.sums) {
                *score = map(sum);
            }
        }
    });
    scores
}

/// Finds the rows (`[row][column]`) above each bin of each column.
fn fill(above: &mut [Set], rows: &[u8], width: usize) {
    above.fill(Set::default());
    for (place, row) in rows.chunks_exact(width).enumerate() {
        for (above, &bin) in above.chunks_exact_mut(256).zip(row) {
            insert(&mut above[usize::from(bin)], place);
        }
    }
    for above in above.chunks_exact_mut(256) {
        let mut higher = Set::default();
        for above in above.iter_mut().rev() {
            let here = std::mem::replace(above, higher);
            higher = std::array::from_fn(|word| higher[word] | here[word]);
        }
    }
}
