//! Memberships from the training samples, for layers of which the expert says nothing.

use std::collections::BTreeMap;

use paydirt_core::table::Column;
use serde::{Deserialize, Serialize};

use crate::TrainingSet;

/// Known values of a column with their weight and label, of samples that count.
fn known<'a>(column: &'a Column, set: &'a TrainingSet) -> impl Iterator<Item = (f32, f64, bool)> {
    (0..set.weight.len())
        .filter(|row| column.known[*row] && set.weight[*row] > 0.0)
        .map(|row| (column.values[row], f64::from(set.weight[row]), set.deposit[row]))
}

/// The rank of a value among the training samples, turned so that deposits rank high.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ByRank {
    /// Distinct values, ascending.
    values: Vec<f32>,
    /// Share of the weight below each value, half of its own included; one more than values: the whole.
    below: Vec<f64>,
    /// Share of the weight up to each value, itself included.
    up_to: Vec<f64>,
    /// Whether deposits have smaller values.
    falls: bool,
}

impl ByRank {
    pub(super) fn fit(column: &Column, set: &TrainingSet) -> Self {
        let mut samples: Vec<(f32, f64, bool)> = known(column, set)
            .map(|(value, weight, deposit)| (value + 0.0, weight, deposit))
            .collect();
        samples.sort_by(|a, b| a.0.total_cmp(&b.0));
        let total: f64 = samples.iter().map(|sample| sample.1).sum();
        let (mut values, mut below, mut up_to) = (Vec::new(), Vec::new(), Vec::new());
        let (mut sum, mut of_deposits, mut deposits) = (0.0, 0.0, 0.0);
        for tied in samples.chunk_by(|a, b| a.0 == b.0) {
            let weight: f64 = tied.iter().map(|sample| sample.1).sum();
            let own: f64 = tied.iter().filter(|sample| sample.2).map(|sample| sample.1).sum();
            let middle = (sum + weight / 2.0) / total;
            sum += weight;
            of_deposits += own * middle;
            deposits += own;
            values.push(tied[0].0);
            below.push(middle);
            up_to.push(sum / total);
        }
        Self { values, below, up_to, falls: of_deposits < deposits / 2.0 }
    }

    pub(super) fn of(&self, value: f32) -> f64 {
        let place = self.values.partition_point(|other| *other < value);
        let is_seen = self.values.get(place) == Some(&value);
        let rank = match (is_seen, place) {
            (true, _) => self.below[place],
            (false, 0) => 0.0,
            (false, _) => self.up_to[place - 1],
        };
        0.05 + 0.9 * if self.falls { 1.0 - rank } else { rank }
    }

    /// Refuses lists of unequal length.
    pub(super) fn check(&self) -> Result<(), String> {
        let (values, below, up_to) = (self.values.len(), self.below.len(), self.up_to.len());
        if below == values && up_to == values {
            return Ok(());
        }
        Err(format!("{values} values with {below} and {up_to} ranks"))
    }
}

/// How much likelier a class is among deposits than among the other samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ByClass {
    /// Classes, ascending, with their memberships.
    classes: Vec<(f32, f64)>,
}

impl ByClass {
    /// The share of deposits in a class is drawn towards that of all samples as if there were one
    /// more deposit, spread over the classes like the samples.
    pub(super) fn fit(column: &Column, set: &TrainingSet) -> Self {
        let mut sums: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
        let mut total = [0.0; 2];
        for (value, weight, deposit) in known(column, set) {
            let side = usize::from(deposit);
            sums.entry((value + 0.0).to_bits()).or_default()[side] += weight;
            total[side] += weight;
        }
        let membership = |[others, deposits]: [f64; 2]| {
            let like_all = (others + deposits) / (total[0] + total[1]);
            let of_deposits = (deposits + like_all) / (total[1] + 1.0);
            let of_others = (others + like_all) / (total[0] + 1.0);
            of_deposits / (of_deposits + of_others)
        };
        let sums = sums.into_iter();
        let mut classes: Vec<(f32, f64)> =
            sums.map(|(bits, sums)| (f32::from_bits(bits), membership(sums))).collect();
        classes.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { classes }
    }

    /// 0.5 for a class that training did not see.
    pub(super) fn of(&self, value: f32) -> f64 {
        let place = self.classes.partition_point(|(class, _)| *class < value);
        self.classes.get(place).filter(|(class, _)| *class == value).map_or(0.5, |(_, m)| *m)
    }
}
