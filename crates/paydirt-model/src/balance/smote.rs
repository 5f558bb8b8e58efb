//! SMOTE: samples of the rarer class made between its own and their neighbours (Chawla, Bowyer, Hall &
//! Kegelmeyer 2002, doi 10.1613/jair.953).
//!
//! A sample of the rarer class and one of its `neighbours` nearest of that class are drawn; the new one
//! lies at a random point of the line between them, value + gap x (neighbour's value - value), its
//! weight likewise. Distances are in deviations of the training side; a category that differs is sqrt 2
//! away. A new sample has the category that most of the neighbours have (SMOTE-NC, section 6.1 there; of
//! equally many its own, else the least), and on an ordinal column the value of the nearer end.

use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::{Rng, Seed};
use paydirt_core::table::{Column, Table};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::neighbours::nearest;
use super::{Balancer, require};
use crate::encode::{Encoding, Points};
use crate::{Error, Result, TrainingSet};

/// Most neighbours.
const MOST_NEIGHBOURS: usize = 1000;
/// Most samples whose neighbours are looked for: every pair is compared.
const MOST_SAMPLES: usize = 100_000;

/// Makes samples of the rarer class between those that there are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Neighbours of which one is drawn, 1 to 1000; all others of the class where there are fewer.
    pub neighbours: usize,
    /// Samples of the rarer class for each of the other, over 0 to 1: as many are made as are missing.
    pub ratio: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { neighbours: 5, ratio: 1.0 }
    }
}

/// Where a new sample lies.
struct Place {
    own: usize,
    neighbour: usize,
    gap: f32,
}

/// The rarer class of a training side, and how its samples are neighbours.
struct Rarer<'a> {
    set: &'a TrainingSet,
    /// Rows of the class.
    rows: Vec<usize>,
    /// Neighbours of each of them, as places among `rows`.
    near: Vec<Vec<usize>>,
}

impl Rarer<'_> {
    fn place(&self, rng: &mut Rng) -> Place {
        let own = rng.random_range(0..self.rows.len());
        let near = &self.near[own];
        let neighbour = near[rng.random_range(0..near.len())];
        Place { own, neighbour, gap: rng.random() }
    }

    fn between(&self, place: &Place, values: &[f32]) -> f32 {
        let [own, other] = [place.own, place.neighbour].map(|index| values[self.rows[index]]);
        own + place.gap * (other - own)
    }

    /// The category that most neighbours have.
    fn category(&self, own: usize, values: &[f32]) -> f32 {
        let of = |index: &usize| values[self.rows[*index]];
        let mut found: Vec<f32> = self.near[own].iter().map(of).collect();
        found.sort_by(f32::total_cmp);
        let of_own = of(&own);
        let mut most = (0, of_own);
        for same in found.chunk_by(|a, b| a == b) {
            let more = same.len() > most.0 || (same.len() == most.0 && same[0] == of_own);
            if more {
                most = (same.len(), same[0]);
            }
        }
        most.1
    }

    fn value(&self, place: &Place, column: &Column) -> f32 {
        match column.evidence_type {
            EvidenceType::Continuous => self.between(place, &column.values),
            EvidenceType::Ordinal => {
                let nearer = if place.gap < 0.5 { place.own } else { place.neighbour };
                column.values[self.rows[nearer]]
            }
            EvidenceType::Categorical => self.category(place.own, &column.values),
        }
    }

    /// The training side with samples at these places behind the others.
    fn with(&self, places: &[Place], is_deposit: bool) -> Result<TrainingSet> {
        let columns = self.set.features.columns().iter().map(|column| {
            let mut column = column.clone();
            let made: Vec<f32> = places.iter().map(|place| self.value(place, &column)).collect();
            column.known.resize(column.known.len() + made.len(), true);
            column.values.extend(made);
            column
        });
        let (mut deposit, mut weight) = (self.set.deposit.clone(), self.set.weight.clone());
        deposit.resize(deposit.len() + places.len(), is_deposit);
        weight.extend(places.iter().map(|place| self.between(place, &self.set.weight)));
        let features = Table::new(deposit.len(), columns.collect())?;
        Ok(TrainingSet { features, deposit, weight })
    }
}

impl Settings {
    fn check(&self, key: &str) -> Result<()> {
        let Self { neighbours, ratio } = *self;
        let some = (1..=MOST_NEIGHBOURS).contains(&neighbours);
        require(some, &format!("{key}.neighbours"), neighbours, "1 to 1000")?;
        let share = ratio > 0.0 && ratio <= 1.0;
        require(share, &format!("{key}.ratio"), ratio, "over 0, up to 1")
    }

    /// The rows that have weight, then those made, and the space in which neighbours were looked for.
    pub(super) fn made(
        &self,
        key: &'static str,
        set: &TrainingSet,
        seed: Seed,
    ) -> Result<(TrainingSet, Encoding)> {
        self.check(key)?;
        let untrainable = |reason: String| Err(Error::Untrainable { model: key, reason });
        let counted: Vec<usize> =
            (0..set.weight.len()).filter(|row| set.weight[*row] > 0.0).collect();
        let set = set.select(&counted);
        let encoding = Encoding::fit(key, &set.features, &set.weight, true)?;
        let deposits = set.deposit.iter().filter(|deposit| **deposit).count();
        let others = set.deposit.len() - deposits;
        let is_deposit = deposits <= others;
        let rows: Vec<usize> =
            (0..set.deposit.len()).filter(|row| set.deposit[*row] == is_deposit).collect();
        let wanted = (self.ratio * deposits.max(others) as f64).round() as usize;
        let missing = wanted.saturating_sub(rows.len());
        if missing == 0 {
            return Ok((set, encoding));
        }
        let class = if is_deposit { "deposits" } else { "other samples" };
        match rows.len() {
            1 => return untrainable(format!("samples are made between {class}, and there is one")),
            many if many > MOST_SAMPLES => {
                return untrainable(format!("{many} {class}: at most {MOST_SAMPLES} are compared"));
            }
            _ => {}
        }
        let points = Points::new(&encoding, &set.features).select(&rows);
        let rarer = Rarer { near: nearest(&points, self.neighbours), rows, set: &set };
        let mut rng = seed.rng();
        let places: Vec<Place> = (0..missing).map(|_| rarer.place(&mut rng)).collect();
        Ok((rarer.with(&places, is_deposit)?, encoding))
    }
}

impl Balancer for Settings {
    fn balance(&self, set: &TrainingSet, seed: Seed) -> Result<TrainingSet> {
        Ok(self.made("smote", set, seed)?.0)
    }

    fn words(&self) -> String {
        let to = match self.ratio < 1.0 {
            true => format!("until there are {} for each of the other", self.ratio),
            false => "until both are as many".into(),
        };
        format!(
            "Samples of the rarer class are made on the training side between those that there are and \
             one of {} neighbours (SMOTE, Chawla and others 2002), {to}.",
            self.neighbours
        )
    }
}
