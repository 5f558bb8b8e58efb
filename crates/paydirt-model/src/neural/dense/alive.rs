//! Networks that died while they learned are fitted again.

use super::{Dense, Objective, Rules, train};
use crate::Result;
use crate::neural::train::Fit;

/// Most fits of one network.
const MOST: u64 = 5;

/// How often a network died: it then gives one number whatever enters, as when every unit of a narrow layer
/// of rectifiers is off for every row (Lu and others 2020, doi 10.4208/cicp.OA-2020-0165).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Restarts {
    /// Fits that died.
    died: u64,
    /// Whether the last one did, too.
    is_dead: bool,
}

impl Restarts {
    /// In words, where there is something to tell.
    pub(crate) fn words(&self) -> Option<String> {
        match (self.died, self.is_dead) {
            (0, _) => None,
            (died, true) => Some(format!(
                "the network died in each of {died} fits: it gives one score to all rows, which tells \
                 nothing; make it wider, or lower the learning rate"
            )),
            (died, false) => Some(format!(
                "the network died {died} times while it learned (one score for all rows) and was \
                 fitted anew from other weights"
            )),
        }
    }
}

/// Trains a network from weights that `start` draws or brings; one that comes out dead begins
/// anew with another seed.
///
/// # Errors
/// As [`train`].
pub(crate) fn train_alive<O: Objective>(
    network: &Dense,
    start: impl Fn(paydirt_core::seed::Seed) -> Result<Vec<f32>>,
    objective: &O,
    rules: &Rules,
    fit: Fit<'_>,
) -> Result<(Vec<f32>, Restarts)> {
    let mut restarts = Restarts::default();
    let mut seed = fit.seed;
    loop {
        let mut numbers = start(seed)?;
        train(network, &mut numbers, objective, rules, Fit { seed, ..fit })?;
        restarts.is_dead = is_dead(network, &numbers, objective);
        restarts.died += u64::from(restarts.is_dead);
        if !restarts.is_dead || restarts.died == MOST {
            return Ok((numbers, restarts));
        }
        seed = fit.seed.derive("restart", restarts.died);
    }
}

/// Whether one number comes out whatever of the examples enters, although they differ.
fn is_dead(network: &Dense, numbers: &[f32], objective: &impl Objective) -> bool {
    let examples = 0..objective.examples();
    let first = objective.input(0);
    if examples.clone().all(|example| objective.input(example) == first) {
        return false;
    }
    let rows: Vec<f32> = examples.flat_map(|example| objective.input(example)).copied().collect();
    let outputs = network.outputs_of(numbers, &rows);
    let width = network.outputs().max(1);
    outputs.iter().enumerate().all(|(place, output)| *output == outputs[place % width])
}
