//! The rows against which a fitted model explains others.

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use serde::{Deserialize, Serialize};

use super::{Score, Settings, kernel_shap};
use crate::{Attribution, Result, TrainingSet};

/// Rows kept with a model.
const ROWS: usize = 8;

/// Scores that a model may spend on one row of a map: exact shares up to 5 columns, beyond that
/// one pair of orders or more for each of the 8 rows.
const MAP_EVALUATIONS: usize = 256;

/// Training rows that a model without a closed form of its shares keeps to explain others. With 5000
/// samples and 10 columns a row of a map then takes 0.8 ms of CPU with a support vector machine and 1.2 ms
/// with nearest neighbours, 150 and 120 times what its score takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Table", into = "Table")]
pub struct Background(Table);

impl Background {
    /// Rows at even steps of the summed weight of the training side, in the order of their score: so
    /// their mean score is close to that of the training side, whatever the share of deposits.
    ///
    /// # Errors
    /// Whatever `score` cannot do.
    pub fn new(score: &Score<'_>, set: &TrainingSet) -> Result<Self> {
        let scores = score(&set.features)?;
        let mut rows: Vec<usize> = (0..scores.len()).filter(|row| set.weight[*row] > 0.0).collect();
        rows.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
        let total: f64 = rows.iter().map(|row| f64::from(set.weight[*row])).sum();
        let count = ROWS.min(rows.len());
        let mut chosen = Vec::with_capacity(count);
        let mut below = 0.0;
        for row in rows {
            below += f64::from(set.weight[row]);
            while chosen.len() < count
                && below >= (chosen.len() as f64 + 0.5) * total / count as f64
            {
                chosen.push(row);
            }
        }
        // Evidence alone: where the rows lie is no part of what is saved.
        Ok(Self(set.features.select(&chosen).at(None)?.in_groups(None)?))
    }

    /// The rows.
    pub(crate) const fn rows(&self) -> &Table {
        &self.0
    }

    /// Shapley values against the rows, at a cost that a map can bear: at most 256 scores a row, or
    /// 16 x (columns - 1) where that is more. `unit` is that of the scores.
    ///
    /// # Errors
    /// As [`kernel_shap`].
    pub fn explain(
        &self,
        score: &Score<'_>,
        unit: &'static str,
        features: &Table,
    ) -> Result<Attribution> {
        let settings = Settings { most_evaluations: MAP_EVALUATIONS, seed: Seed(0) };
        Ok(Attribution { unit, ..kernel_shap(score, &self.0, features, &settings)? })
    }
}

impl From<Background> for Table {
    fn from(background: Background) -> Self {
        background.0
    }
}

impl TryFrom<Table> for Background {
    type Error = paydirt_core::Error;

    /// A table that was read from a file may have columns of unequal length.
    fn try_from(table: Table) -> paydirt_core::Result<Self> {
        Ok(Self(Table::new(table.rows(), table.into_columns())?))
    }
}
