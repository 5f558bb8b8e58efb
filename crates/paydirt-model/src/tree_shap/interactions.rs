//! Interactions of pairs of columns, leaf by leaf and row by row.

use paydirt_core::table::Table;
use paydirt_core::trees::{Bins, Tree};
use rayon::prelude::*;

use super::groups::{Distinct, leaves};
use super::shapley::PathLeaf;

/// Rows of a block, the unit of parallel work.
const BLOCK: usize = 64;

/// `[column][column][row]`, both ways round, zero where both are the same; divided by `divisor`.
/// `points` are quadrature points for paths of each length.
pub(super) fn pairs(
    (bins, trees): (&Bins, &[Tree]),
    points: &[Vec<(f64, f64)>],
    features: &Table,
    divisor: f64,
) -> Vec<Vec<Vec<f32>>> {
    let width = features.columns().len();
    let distinct = Distinct::of(bins.of_rows(features, 0..features.rows()), width);
    let mut sums = vec![0.0; distinct.rows.len() * width];
    for tree in trees {
        let leaves = leaves(tree);
        let rows = distinct.rows.par_chunks(BLOCK * width);
        rows.zip(sums.par_chunks_mut(BLOCK * width * width)).for_each(|(rows, sums)| {
            for leaf in &leaves {
                add_leaf(leaf, &points[leaf.path.len()], (rows, sums), width);
            }
        });
    }
    let value = |first: usize, second: usize, row: u32| {
        let pair = first.min(second) * width + first.max(second);
        (sums[row as usize * width * width + pair] / divisor) as f32
    };
    let of_pair = |first: usize, second: usize| {
        distinct.of_row.iter().map(|&row| value(first, second, row)).collect()
    };
    (0..width).map(|first| (0..width).map(|second| of_pair(first, second)).collect()).collect()
}

/// Adds the interactions of one leaf to rows; neighbours that meet the same conditions are done once.
fn add_leaf(leaf: &PathLeaf, points: &[(f64, f64)], rows: (&[u8], &mut [f64]), width: usize) {
    let (mut held, mut pairs): (Vec<bool>, Vec<f64>) = (Vec::new(), Vec::new());
    let count = leaf.path.len();
    for (row, sums) in rows.0.chunks_exact(width).zip(rows.1.chunks_exact_mut(width * width)) {
        let holds = leaf.path.iter().map(|c| c.holds_in(row));
        if !holds.clone().eq(held.iter().copied()) {
            held = holds.collect();
            leaf.interactions(&held, points, &mut pairs);
        }
        for first in 0..count {
            for second in first + 1..count {
                let [one, other] = [first, second].map(|at| usize::from(leaf.path[at].feature));
                sums[one.min(other) * width + one.max(other)] += pairs[first * count + second];
            }
        }
    }
}

/// Gives each column alone what is left of its share.
pub(super) fn set_alone(values: &mut [Vec<Vec<f32>>], shares: &[Vec<f32>]) {
    for (column, (values, shares)) in values.iter_mut().zip(shares).enumerate() {
        for (row, share) in shares.iter().enumerate() {
            let others: f64 = values.iter().map(|pair| f64::from(pair[row])).sum();
            values[column][row] = (f64::from(*share) - others) as f32;
        }
    }
}
