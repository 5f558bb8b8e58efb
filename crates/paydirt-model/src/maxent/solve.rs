//! The L1-penalised regression over many features of which few count: solved for those that do.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::{Column, Table};

use crate::columns::probability;
use crate::logistic::{Design, Problem};
use crate::{Error, Result, TrainingSet};

/// Most times that features join.
const MOST_ROUNDS: usize = 200;
/// Most iterations of Newton's method in a round.
const MOST_ITERATIONS: usize = 100;
/// Most features that join at a time.
const JOINING: usize = 20;

/// The coefficients of all features.
pub(super) struct Solution {
    pub(super) coefficients: Vec<f64>,
    pub(super) converged: bool,
}

/// The least of the sum of weight x log loss + number of deposits x the sum of penalty x size of
/// coefficient. Features join where the loss falls faster than their penalty rises, until there is
/// none (the conditions of Karush, Kuhn and Tucker hold for all).
pub(super) fn solve(
    samples: &TrainingSet,
    values: &[Vec<f32>],
    penalties: &[f64],
) -> Result<Solution> {
    let total: f64 = samples.weight.iter().map(|weight| f64::from(*weight)).sum();
    let deposits = samples.weight.iter().zip(&samples.deposit).filter(|(_, deposit)| **deposit);
    let deposits: f64 = deposits.map(|(weight, _)| f64::from(*weight)).sum();
    let tolerance = 1e-7 * deposits / total;
    let mut active: Vec<usize> = Vec::new();
    let mut start: Option<Vec<f64>> = None;
    let mut round = 0;
    loop {
        let table = table_of(&active, values, samples)?;
        let design = Design::new(&table, &samples.weight)
            .map_err(|reason| Error::Untrainable { model: "maxent", reason })?;
        let deviations: Vec<f64> = design.terms().iter().map(|terms| terms[0].deviation).collect();
        let strength = |(feature, deviation): (&usize, &f64)| match *deviation > 0.0 {
            true => deposits * penalties[*feature] / deviation,
            false => 0.0,
        };
        let l1: Vec<f64> = active.iter().zip(&deviations).map(strength).collect();
        let l2 = vec![0.0; l1.len()];
        let weight = samples.weight.iter().copied().map(f64::from).collect();
        let problem = Problem::new(&design, &samples.deposit, weight, [l1, l2]);
        let solution = match start.take() {
            Some(start) => problem.solve_from(start, MOST_ITERATIONS, tolerance),
            None => problem.solve(MOST_ITERATIONS, tolerance),
        };
        let slopes = slopes(samples, values, &problem.log_odds(&solution.coefficients), total);
        let over = |feature: usize| slopes[feature].abs() - deposits * penalties[feature] / total;
        let mut joining: Vec<usize> = (0..values.len())
            .filter(|feature| over(*feature) > tolerance && !active.contains(feature))
            .collect();
        joining.sort_by(|a, b| over(*b).total_cmp(&over(*a)));
        joining.truncate(JOINING);
        round += 1;
        if joining.is_empty() || round == MOST_ROUNDS {
            let converged = joining.is_empty() && solution.converged;
            let mut coefficients = vec![0.0; values.len()];
            let own = solution.coefficients[1..].iter().zip(&deviations);
            for (feature, (coefficient, deviation)) in active.iter().zip(own) {
                coefficients[*feature] =
                    if *deviation > 0.0 { coefficient / deviation } else { 0.0 };
            }
            return Ok(Solution { coefficients, converged });
        }
        let mut next = vec![solution.coefficients[0]];
        let found = active.iter().zip(&solution.coefficients[1..]);
        let staying: Vec<(usize, f64)> =
            found.filter(|(_, b)| **b != 0.0).map(|(feature, b)| (*feature, *b)).collect();
        next.extend(staying.iter().map(|(_, coefficient)| *coefficient));
        next.extend(joining.iter().map(|_| 0.0));
        active = staying.into_iter().map(|(feature, _)| feature).chain(joining).collect();
        start = Some(next);
    }
}

fn table_of(active: &[usize], values: &[Vec<f32>], samples: &TrainingSet) -> Result<Table> {
    let column = |feature: &usize| {
        let name = feature.to_string();
        Column::new(&name, &name, EvidenceType::Continuous, values[*feature].clone())
    };
    Ok(Table::new(samples.deposit.len(), active.iter().map(column).collect())?)
}

/// How fast the mean loss changes with each feature's coefficient.
fn slopes(samples: &TrainingSet, values: &[Vec<f32>], log_odds: &[f64], total: f64) -> Vec<f64> {
    let rows = log_odds.iter().zip(&samples.deposit).zip(&samples.weight);
    let errors: Vec<f64> = rows
        .map(|((log_odds, deposit), weight)| {
            let error = probability(*log_odds) - f64::from(u8::from(*deposit));
            f64::from(*weight) * error / total
        })
        .collect();
    let slope = |values: &Vec<f32>| {
        values.iter().zip(&errors).map(|(value, error)| f64::from(*value) * error).sum()
    };
    values.iter().map(slope).collect()
}
