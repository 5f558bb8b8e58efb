//! Boruta: columns that tell a forest more than noise can (Kursa & Rudnicki 2010, doi
//! 10.18637/jss.v036.i11).
//!
//! In each round every column gets a shadow, its values in the order of other rows (at least five
//! shadows in all), and a random forest is grown on columns and shadows. A column scores a hit
//! where its importance, the sum over all splits on it of the decrease in weighted Gini impurity,
//! is over that of *every* shadow. A column without worth would hit half the time at most: by the
//! binomial test, each column is confirmed when its hits are too many for that, and rejected (and
//! left out from then on) when they are too few, at a level divided by the number of columns and of
//! rounds (Bonferroni). What is undecided after the last round is *tentative*. Deposits and the
//! others weigh the same in sum.

use paydirt_core::seed::Seed;
use paydirt_core::trees::{Classes, Plan, TrainingColumn, grow_forest};
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Selection, Selector, require};
use crate::columns::check_training;
use crate::forest::{self, ClassWeight, Ready};
use crate::{Result, TrainingSet};

/// Fewest shadows in a round.
const FEWEST_SHADOWS: usize = 5;

/// Keeps columns that tell a forest more than noise can.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Most rounds, 1 to 1000. With fewer than about 20 nothing can be decided.
    pub rounds: usize,
    /// Trees of the forest of each round, 1 to 10,000.
    pub trees: usize,
    /// Fewest distinct samples in a leaf, at least 1.
    pub min_leaf: usize,
    /// How often, over 0 and below 1, a column may be confirmed or rejected by chance among all columns
    /// and rounds.
    pub significance: f64,
    /// Whether columns that are undecided after the last round are kept.
    pub keep_tentative: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rounds: 100, trees: 100, min_leaf: 5, significance: 0.01, keep_tentative: true }
    }
}

/// What is known of a column so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Tentative,
    Confirmed,
    /// After so many rounds.
    Rejected(usize),
}

/// The chance of `hits` or more among `rounds` tosses of a coin.
fn chance_of_more(hits: usize, rounds: usize) -> f64 {
    let mut term = 0.5_f64.powi(rounds as i32);
    let mut sum = 0.0;
    for count in 0..=rounds {
        if count >= hits {
            sum += term;
        }
        term *= (rounds - count) as f64 / (count + 1) as f64;
    }
    sum
}

/// A training side in bins, and the rounds so far.
struct Rounds<'a> {
    settings: &'a Settings,
    ready: Ready,
    rows: usize,
    states: Vec<State>,
    hits: Vec<usize>,
}

impl Rounds<'_> {
    /// Grows a forest on columns and shadows and counts the hits.
    fn play(&mut self, seed: Seed) {
        let active: Vec<usize> = (0..self.states.len())
            .filter(|&column| !matches!(self.states[column], State::Rejected(_)))
            .collect();
        let mut rng = seed.derive("shadow", 0).rng();
        let mut order: Vec<usize> = (0..self.rows).collect();
        let shadows = active.len().max(FEWEST_SHADOWS);
        let real = active.iter().map(|&column| self.ready.columns[column].clone());
        let mut columns: Vec<TrainingColumn> = real.collect();
        for index in 0..shadows {
            order.shuffle(&mut rng);
            columns.push(columns[index % active.len()].reordered(&order));
        }
        let mut limits = self.ready.limits;
        limits.max_features = columns.len().isqrt().max(1);
        let plan = Plan { trees: self.settings.trees, limits, bootstrap: true };
        let trees = grow_forest::<Classes>(&columns, &self.ready.entries, plan, seed);
        let mut importance = vec![0.0; columns.len()];
        for tree in &trees {
            for (sum, part) in importance.iter_mut().zip(tree.importance(columns.len())) {
                *sum += part;
            }
        }
        let best = importance[active.len()..].iter().copied().fold(0.0, f64::max);
        for (&column, importance) in active.iter().zip(importance) {
            self.hits[column] += usize::from(importance > best);
        }
    }

    /// Decides what can be decided after so many rounds.
    fn decide(&mut self, played: usize) {
        let Settings { rounds, significance, .. } = *self.settings;
        let level = significance / (self.states.len() * rounds) as f64;
        for (state, &hits) in self.states.iter_mut().zip(&self.hits) {
            if *state != State::Tentative {
                continue;
            }
            if chance_of_more(hits, played) < level {
                *state = State::Confirmed;
            } else if chance_of_more(played - hits, played) < level {
                *state = State::Rejected(played);
            }
        }
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let significance = self.significance;
        require((1..=1000).contains(&self.rounds), "boruta.rounds", self.rounds, "1 to 1000")?;
        require((1..=10_000).contains(&self.trees), "boruta.trees", self.trees, "1 to 10000")?;
        require(self.min_leaf > 0, "boruta.min_leaf", 0, "at least 1")?;
        let holds = significance > 0.0 && significance < 1.0;
        require(holds, "boruta.significance", significance, "over 0 and below 1")
    }
}

impl Selector for Settings {
    fn select(&self, set: &TrainingSet, seed: Seed) -> Result<Selection> {
        self.check()?;
        check_training("boruta", set)?;
        let names = set.features.names();
        if names.is_empty() {
            return Ok(Selection::default());
        }
        let forest = forest::Settings {
            min_leaf: self.min_leaf,
            class_weight: ClassWeight::Balanced,
            ..forest::Settings::default()
        };
        let mut rounds = Rounds {
            settings: self,
            ready: forest.prepare(set)?,
            rows: set.features.rows(),
            states: vec![State::Tentative; names.len()],
            hits: vec![0; names.len()],
        };
        let mut played = 0;
        while played < self.rounds && rounds.states.contains(&State::Tentative) {
            rounds.play(seed.derive("round", played as u64));
            played += 1;
            rounds.decide(played);
        }
        let mut selection = Selection::default();
        for ((name, state), hits) in names.into_iter().zip(rounds.states).zip(rounds.hits) {
            let reason = match state {
                State::Confirmed => None,
                State::Tentative if self.keep_tentative => None,
                State::Tentative => Some(("undecided", played)),
                State::Rejected(after) => Some(("no better than noise", after)),
            };
            match reason {
                None => selection.kept.push(name),
                Some((what, after)) => {
                    let reason = format!("{what}: {hits} hits in {after} rounds");
                    selection.dropped.push((name, reason));
                }
            }
        }
        Ok(selection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.binom.sf(k - 1, n, 0.5)`, SciPy 1.17.1
    #[test]
    fn tails_of_a_coin_are_scipys() {
        assert_eq!(chance_of_more(0, 7), 1.0);
        for (hits, rounds, answer) in
            [(7, 7, 0.0078125), (60, 100, 0.028443966820490444), (560, 1000, 8.252493527522643e-05)]
        {
            let found = chance_of_more(hits, rounds);
            assert!((found / answer - 1.0).abs() < 1e-9, "{found} {answer}");
        }
    }
}
