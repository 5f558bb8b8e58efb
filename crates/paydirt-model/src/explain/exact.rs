//! Shapley values from the worth of every coalition.

use paydirt_core::table::Table;

use super::{BATCH, Probe, World, in_runs};
use crate::Result;

/// Numbers of worth that are held at a time.
const MOST_WORTHS: usize = 1 << 23;

/// The shares of each column: `[column][row]`.
pub(super) fn shares(world: &World<'_>, features: &Table) -> Result<Vec<Vec<f32>>> {
    let count = world.background.columns().len();
    let mut shares = vec![Vec::with_capacity(features.rows()); count];
    let most_rows = (BATCH / world.background.rows()).min(MOST_WORTHS >> count);
    for (_, rows) in in_runs(features, most_rows) {
        let worth = worths(world, &rows)?;
        for (column, shares) in shares.iter_mut().enumerate() {
            shares.extend(share(column, count, &worth, rows.rows()));
        }
    }
    Ok(shares)
}

/// The worth of each coalition (bit by bit, its columns) for each row: `[coalition][row]`.
fn worths(world: &World<'_>, rows: &Table) -> Result<Vec<f64>> {
    let count = world.background.columns().len();
    let backgrounds = world.background.rows();
    let coalitions: Vec<Vec<bool>> = (0..1_usize << count)
        .map(|coalition| (0..count).map(|column| coalition >> column & 1 == 1).collect())
        .collect();
    let at_a_time = (BATCH / (backgrounds * rows.rows()).max(1)).max(1);
    let mut worths = Vec::with_capacity(coalitions.len() * rows.rows());
    for some in coalitions.chunks(at_a_time) {
        let probe = |from_row, background_row| Probe { background_row, from_row };
        let probes: Vec<Probe<'_>> = some
            .iter()
            .flat_map(|from_row| (0..backgrounds).map(move |row| probe(from_row, row)))
            .collect();
        let scores = world.evaluate(&probes, rows)?;
        for of_coalition in scores.chunks(backgrounds * rows.rows()) {
            for row in 0..rows.rows() {
                let sum: f64 = of_coalition.iter().skip(row).step_by(rows.rows()).sum();
                worths.push(sum / backgrounds as f64);
            }
        }
    }
    Ok(worths)
}

/// What a column adds, over all orders: each coalition without it of k columns out of n - 1 counts
/// k! (n - 1 - k)! / n!.
fn share(column: usize, count: usize, worth: &[f64], rows: usize) -> Vec<f32> {
    let mut weights = vec![1.0 / count as f64; count];
    for size in 1..count {
        weights[size] = weights[size - 1] * size as f64 / (count - size) as f64;
    }
    let mut sums = vec![0.0; rows];
    for without in (0..1_usize << count).filter(|coalition| coalition >> column & 1 == 0) {
        let weight = weights[without.count_ones() as usize];
        let with = without | 1 << column;
        let [without, with] = [without, with].map(|c| &worth[c * rows..(c + 1) * rows]);
        for ((sum, without), with) in sums.iter_mut().zip(without).zip(with) {
            *sum += weight * (with - without);
        }
    }
    sums.into_iter().map(|sum| sum as f32).collect()
}
