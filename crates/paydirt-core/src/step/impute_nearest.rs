//! Impute by nearest rows: a missing value becomes what the `neighbours` training rows nearest in
//! all that is known of both have there (Troyanskaya and others 2001,
//! doi:10.1093/bioinformatics/17.6.520): of a continuous column their mean, of an ordinal one their
//! (lower) median, of a categorical one the commonest category. The distance is Euclidean, each
//! column divided by its standard deviation on the training side, two categories 0 apart if equal
//! and 1 if not, scaled up for what is not known: `sqrt(columns / known of both * sum of squares)`,
//! as scikit-learn's `KNNImputer`. Of equally near rows the earlier ones count.
//!
//! Where no training row with a value shares a known column, the value is that of `impute_median`.
//! Unless switched off, each column gets a companion `<column>_missing`, as there.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, bad_setting, is_numeric, require_columns, unknown};
use super::impute_median::{filled, filling};
use super::standardise::Moments;
use super::{FittedStep, Step};
use crate::Result;
use crate::layer::EvidenceType;
use crate::table::{Column, Table};

/// Fills in what is missing from rows that are alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How many rows give a value, at least 1.
    pub neighbours: usize,
    /// Most training rows that are kept to choose from, evenly taken, at least 1: the time for each
    /// row with something missing is in proportion to them.
    pub max_rows: usize,
    /// Whether each column gets a companion that says where it was missing.
    pub indicator: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { neighbours: 5, max_rows: 2000, indicator: true }
    }
}

/// What is known of a column.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// Moments of the training values.
    pub moments: Moments,
    /// The value filled in where no row is near.
    pub filling: f32,
}

/// The rows to choose from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// How many rows give a value.
    pub neighbours: usize,
    /// Whether each column gets a companion that says where it was missing.
    pub indicator: bool,
    /// What is known of each column, by its name.
    pub columns: PerColumn<Known>,
    /// The rows to choose from.
    pub donors: Table,
}

/// At most `most` rows, evenly taken.
pub(super) fn evenly(training: &Table, most: usize) -> Table {
    let (rows, taken) = (training.rows(), training.rows().min(most));
    let chosen: Vec<usize> =
        (0..taken).map(|index| (index as u128 * rows as u128 / taken as u128) as usize).collect();
    training.select(&chosen)
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        for (key, found) in [("neighbours", self.neighbours), ("max_rows", self.max_rows)] {
            if found == 0 {
                return Err(bad_setting(&format!("impute_nearest.{key}"), 0, "at least 1"));
            }
        }
        let columns = training.columns().iter().map(|column| {
            let known = Known { moments: Moments::of(column), filling: filling(column) };
            (column.name.clone(), known)
        });
        Ok(FittedStep::ImputeNearest(Fitted {
            neighbours: self.neighbours,
            indicator: self.indicator,
            columns: columns.collect(),
            donors: evenly(training, self.max_rows),
        }))
    }
}

/// A column of the table with the same column of the donors.
struct Pair<'a> {
    column: &'a Column,
    donors: &'a Column,
    known: Known,
}

impl Pair<'_> {
    /// Adds the squared difference of a row to each donor, where both are known.
    fn add(&self, row: usize, sums: &mut [(f64, usize)]) {
        if !self.column.known[row] {
            return;
        }
        let (value, spread) = (self.column.values[row], self.known.moments.deviation);
        for (donor, sum) in sums.iter_mut().enumerate().filter(|(d, _)| self.donors.known[*d]) {
            let other = self.donors.values[donor];
            let apart = if !is_numeric(self.column) {
                f64::from(u8::from(value != other))
            } else if spread > 0.0 {
                (f64::from(value) - f64::from(other)) / spread
            } else {
                0.0
            };
            *sum = (sum.0 + apart * apart, sum.1 + 1);
        }
    }

    /// What the nearest of the donors have here.
    fn value(&self, near: &mut Vec<(f64, usize)>, neighbours: usize) -> f32 {
        near.retain(|(_, donor)| self.donors.known[*donor]);
        if neighbours < near.len() {
            near.select_nth_unstable_by(neighbours, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            near.truncate(neighbours);
        }
        near.sort_unstable_by_key(|(_, donor)| *donor);
        let values: Vec<f32> = near.iter().map(|(_, donor)| self.donors.values[*donor]).collect();
        match self.column.evidence_type {
            _ if values.is_empty() => self.known.filling,
            EvidenceType::Continuous => {
                (values.iter().map(|&v| f64::from(v)).sum::<f64>() / values.len() as f64) as f32
            }
            other => filling(&Column::new("", "", other, values)),
        }
    }
}

/// The values of each column that is missing in a row; nothing of use where it is known.
fn row_values(pairs: &[Pair<'_>], row: usize, donors: usize, neighbours: usize) -> Vec<f32> {
    let mut sums = vec![(0.0, 0); donors];
    pairs.iter().for_each(|pair| pair.add(row, &mut sums));
    // what all columns have in common, their number, changes no order
    let near = sums.iter().enumerate().filter(|(_, sum)| sum.1 > 0);
    let near: Vec<(f64, usize)> = near.map(|(donor, sum)| (sum.0 / sum.1 as f64, donor)).collect();
    let value = |pair: &Pair<'_>| match pair.column.known[row] {
        true => 0.0,
        false => pair.value(&mut near.clone(), neighbours),
    };
    pairs.iter().map(value).collect()
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        require_columns(&table, self.columns.keys())?;
        let pairs = table.columns().iter().map(|column| {
            let known = self.columns.get(&column.name).zip(self.donors.column(&column.name));
            let (known, donors) =
                known.ok_or_else(|| unknown(&column.name, self.columns.keys()))?;
            Ok(Pair { column, donors, known: *known })
        });
        let pairs: Vec<Pair<'_>> = pairs.collect::<Result<_>>()?;
        let donors = self.donors.rows();
        let values: Vec<Vec<f32>> = (0..table.rows())
            .into_par_iter()
            .map(|row| match table.complete(row) {
                true => Vec::new(),
                false => row_values(&pairs, row, donors, self.neighbours),
            })
            .collect();
        filled(table.clone(), self.indicator, |column, row| values[row][column])
    }
}
