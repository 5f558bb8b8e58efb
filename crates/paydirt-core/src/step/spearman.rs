//! Spearman pruning: of each two columns whose rank correlation rho (Spearman 1904,
//! doi:10.2307/1412159; ties share their mean rank) on the training side is over `max_correlation`
//! in size, the later one is dropped. Columns are judged in their order, against those kept so far,
//! over the rows in which both are known; with fewer than three such rows, or a constant column,
//! there is no correlation and nothing is dropped. Categorical columns pass through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, drop_columns, is_numeric};
use super::{FittedStep, Step};
use crate::Result;
use crate::table::{Column, Table};

/// Drops columns that say again what an earlier one says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Largest size of the rank correlation (0 to 1) at which both columns stay.
    pub max_correlation: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_correlation: 0.95 }
    }
}

/// A column that was dropped, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// The column.
    pub name: String,
    /// The earlier column, which stays.
    pub because_of: String,
    /// Their rank correlation on the training side, -1 to 1.
    pub rho: f64,
}

/// What was dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The dropped columns, in the table's order.
    pub dropped: Vec<Dropped>,
}

/// Mean rank of each value, counted from 1; equal values share theirs.
pub(crate) fn mean_ranks(values: &[f32]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| (values[a] + 0.0).total_cmp(&(values[b] + 0.0)));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        for &index in tied {
            ranks[index] = before as f64 + (tied.len() + 1) as f64 / 2.0;
        }
        before += tied.len();
    }
    ranks
}

/// Pearson's correlation; `None` where one side is constant or there are fewer than three rows.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let mean = |side: &[f64]| side.iter().sum::<f64>() / side.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = |left: &[f64], mean_left: f64, right: &[f64], mean_right: f64| -> f64 {
        left.iter().zip(right).map(|(l, r)| (l - mean_left) * (r - mean_right)).sum()
    };
    let spread = product(a, mean_a, a, mean_a) * product(b, mean_b, b, mean_b);
    let rho = product(a, mean_a, b, mean_b) / spread.sqrt();
    (a.len() >= 3 && spread > 0.0).then_some(rho.clamp(-1.0, 1.0))
}

/// A column with its ranks, for pairs in which nothing is missing.
#[derive(Debug)]
pub struct Ranked<'a> {
    column: &'a Column,
    ranks: Vec<f64>,
}

impl<'a> Ranked<'a> {
    /// Ranks a column.
    #[must_use]
    pub fn new(column: &'a Column) -> Self {
        let known: Vec<f32> = column.known_values().collect();
        Self { column, ranks: mean_ranks(&known) }
    }

    /// Rank correlation over the rows in which both are known, -1 to 1; `None` with fewer than three
    /// such rows or a constant column.
    #[must_use]
    pub fn rho(&self, other: &Self) -> Option<f64> {
        let rows: Vec<usize> = (0..self.column.known.len())
            .filter(|&row| self.column.known[row] && other.column.known[row])
            .collect();
        if rows.len() == self.ranks.len() && rows.len() == other.ranks.len() {
            return correlation(&self.ranks, &other.ranks);
        }
        let [a, b] = [self, other].map(|side| {
            let values: Vec<f32> = rows.iter().map(|&row| side.column.values[row]).collect();
            mean_ranks(&values)
        });
        correlation(&a, &b)
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let limit = self.max_correlation;
        if !(0.0..=1.0).contains(&limit) {
            return Err(bad_setting("spearman.max_correlation", limit, "from 0 to 1"));
        }
        let (mut kept, mut dropped) = (Vec::<Ranked<'_>>::new(), Vec::new());
        for column in training.columns().iter().filter(|column| is_numeric(column)) {
            let ranked = Ranked::new(column);
            let twin = kept.iter().find_map(|earlier| {
                let rho = earlier.rho(&ranked).filter(|rho| rho.abs() > limit)?;
                Some((earlier.column.name.clone(), rho))
            });
            match twin {
                Some((because_of, rho)) => {
                    dropped.push(Dropped { name: column.name.clone(), because_of, rho });
                }
                None => kept.push(ranked),
            }
        }
        Ok(FittedStep::Spearman(Fitted { dropped }))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let dropped: Vec<&String> = self.dropped.iter().map(|dropped| &dropped.name).collect();
        drop_columns(table, &dropped)
    }
}
