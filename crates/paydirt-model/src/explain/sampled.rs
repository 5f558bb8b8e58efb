//! Shapley values from orders of the columns drawn at random.

use paydirt_core::table::Table;
use rand::seq::SliceRandom;

use super::{BATCH, Probe, Settings, World, in_runs};
use crate::Result;

/// The shares of each column: `[column][row]`. Each walk through an order starts at one row of the
/// background and ends at the row at hand; as many start at each row of the background.
pub(super) fn shares(
    world: &World<'_>,
    at_background: &[f64],
    features: &Table,
    settings: &Settings,
) -> Result<Vec<Vec<f32>>> {
    let count = world.background.columns().len();
    let walks = walks(count, at_background.len(), settings);
    let share_of_walk = 1.0 / walks.len() as f64;
    let mut shares = vec![Vec::with_capacity(features.rows()); count];
    for (_, rows) in in_runs(features, BATCH / count) {
        let at_rows = world.score_exactly(&rows)?;
        let mut sums = vec![vec![0.0; rows.rows()]; count];
        for (background_row, order) in &walks {
            let first = vec![at_background[*background_row]; rows.rows()];
            let between = along(world, *background_row, order, &rows)?;
            let steps = [first, between, at_rows.clone()].concat();
            let pairs = steps.chunks(rows.rows()).zip(steps[rows.rows()..].chunks(rows.rows()));
            for (column, (before, after)) in order.iter().zip(pairs) {
                for ((sum, before), after) in sums[*column].iter_mut().zip(before).zip(after) {
                    *sum += share_of_walk * (after - before);
                }
            }
        }
        for (shares, sums) in shares.iter_mut().zip(sums) {
            shares.extend(sums.into_iter().map(|sum| sum as f32));
        }
    }
    Ok(shares)
}

/// Rows of the background with orders to walk from them, each order followed by its reverse.
fn walks(count: usize, backgrounds: usize, settings: &Settings) -> Vec<(usize, Vec<usize>)> {
    let of_a_pair = 2 * (count - 1).max(1) * backgrounds;
    let pairs = (settings.most_evaluations / of_a_pair).max(1);
    let mut rng = settings.seed.derive("permutations", 0).rng();
    let mut order: Vec<usize> = (0..count).collect();
    let mut walks = Vec::new();
    for _ in 0..pairs {
        for row in 0..backgrounds {
            order.shuffle(&mut rng);
            walks.push((row, order.clone()));
            walks.push((row, order.iter().rev().copied().collect()));
        }
    }
    walks
}

/// The scores after each column but the last has joined: `[step][row]` in one list.
fn along(world: &World<'_>, from: usize, order: &[usize], rows: &Table) -> Result<Vec<f64>> {
    let mut joined = vec![false; order.len()];
    let mut coalitions = Vec::new();
    for column in &order[..order.len() - 1] {
        joined[*column] = true;
        coalitions.push(joined.clone());
    }
    let probe = |from_row| Probe { background_row: from, from_row };
    let probes: Vec<Probe<'_>> = coalitions.iter().map(|coalition| probe(coalition)).collect();
    world.evaluate(&probes, rows)
}
