//! Weights of evidence: the log odds of a deposit are those of the prior plus one weight for each
//! evidence layer.
//!
//! logit P(deposit | evidence) = logit P(deposit) + sum of W over the layers, exact where the layers
//! are conditionally independent given the deposits (natural logarithms, no unit). The prior is the
//! share of deposits by weight among the training samples, so the posterior is one of the sample,
//! not of the ground, until it is calibrated. Bonham-Carter, Agterberg & Wright 1989,
//! <https://doi.org/10.4095/128059>.
//!
//! A continuous layer is cut into classes that hold equal numbers of training samples. A continuous
//! or ordinal layer is then generalized to two classes at the best cut (upwards or downwards), or
//! treated class by class like a categorical one, whose unsure classes are pooled; cuts, bounds and
//! groups of classes can also be given ([`Manual`]). A layer without a sure cut, a missing value and a
//! class that training never saw have weight 0. Counts of zero are corrected as
//! [`overlap::EmptyCount::HalfDeposit`] says. Sample weights are scaled to a mean of 1, so that
//! counts, and with them standard deviations, stay those of the samples.
//!
//! With the fit go the standard deviation of each posterior ([`posterior`]) and the tests of
//! independence ([`independence`]) over the training samples.

mod column;
pub mod count;
pub mod independence;
pub mod overlap;
pub mod posterior;
pub mod tables;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod whole_tests;

use std::collections::BTreeMap;

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::column::{ColumnWeights, Manual};
use self::independence::{Overall, Pair};
use self::posterior::{Combination, Posterior};
use self::tables::Cut;
use crate::columns::{bad_setting, check_columns, check_training, probability};
use crate::weight::ClassWeight;
use crate::{Attribution, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Most pairs of layers whose test is kept.
const MOST_PAIRS: usize = 100;

/// How continuous and ordinal evidence is brought to few classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Classes {
    /// Two classes, parted at the best cut upwards or downwards.
    #[default]
    Cumulative,
    /// Two classes, parted at the best cut upwards: low values are the pattern.
    Ascending,
    /// Two classes, parted at the best cut downwards: high values are the pattern.
    Descending,
    /// Each class by itself, as categorical evidence always is.
    Unique,
}

/// Settings of weights of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Number of classes into which continuous evidence is cut, with equal numbers of training
    /// samples; 2 or more.
    pub classes: usize,
    /// Whether continuous and ordinal evidence is brought to two classes (`cumulative`, or one way only:
    /// `ascending`, `descending`) or keeps its classes (`unique`). Categorical evidence always keeps them.
    pub kind: Classes,
    /// What the best cut of cumulative classes has most of: `studentized_contrast` or `contrast`.
    pub cut: Cut,
    /// Least studentized contrast that counts as sure: evidence without a cut that reaches it has
    /// no weight, and unique classes below it are pooled. 1.645 is 95 % confidence, one-sided.
    pub min_studentized_contrast: f64,
    /// Classes, cuts and groups of single layers, by name: `layers.antimony = { kind = "descending",
    /// cut_at = 12 }`.
    pub layers: BTreeMap<String, Manual>,
    /// Whether the prior is the share of deposits among the samples (`none`) or one half (`balanced`).
    /// Weights do not depend on it.
    pub class_weight: ClassWeight,
    /// Area in km2 that one deposit is taken to fill: the maps of the posterior are then of unit cells of this
    /// area. A cell of the grid where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_cell_km2: Option<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            classes: 10,
            kind: Classes::default(),
            cut: Cut::default(),
            min_studentized_contrast: 1.645,
            layers: BTreeMap::new(),
            class_weight: ClassWeight::default(),
            unit_cell_km2: None,
        }
    }
}

/// Whether layers are independent given the deposits, over the training samples.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Independence {
    /// The overall test; `None` where nothing is predicted.
    pub overall: Option<Overall>,
    /// The tests of pairs, the most dependent first, 100 at most.
    pub pairs: Vec<Pair>,
}

/// Fitted numbers of weights of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    prior_log_odds: f64,
    deposits: f64,
    tables: Vec<ColumnWeights>,
    independence: Independence,
}

impl Fitted {
    /// The table of weights of each column, with standard deviations.
    #[must_use]
    pub fn tables(&self) -> &[ColumnWeights] {
        &self.tables
    }

    /// Log odds of a deposit among the training samples, before any evidence.
    #[must_use]
    pub const fn prior_log_odds(&self) -> f64 {
        self.prior_log_odds
    }

    /// The tests of independence over the training samples.
    #[must_use]
    pub const fn independence(&self) -> &Independence {
        &self.independence
    }

    /// The posterior of each row with its standard deviations. It is one of the samples: its prior is
    /// their share of deposits.
    ///
    /// # Errors
    /// [`crate::Error::OtherColumns`].
    pub fn posterior(&self, features: &Table) -> Result<Vec<Posterior>> {
        self.posterior_from(probability(self.prior_log_odds), features)
    }

    fn posterior_from(&self, prior: f64, features: &Table) -> Result<Vec<Posterior>> {
        self.check(features)?;
        let combination = self.combination(prior)?;
        let rows = (0..features.rows()).into_par_iter();
        Ok(rows.map(|row| combination.posterior(&self.values(features, row))).collect())
    }

    fn combination(&self, prior: f64) -> Result<Combination<'_>> {
        let tables: Vec<_> = self.tables.iter().map(|column| &column.table).collect();
        Combination::new(prior, self.deposits, &tables)
    }

    /// The classes of a row; `None` where they are missing.
    fn values(&self, features: &Table, row: usize) -> Vec<Option<f32>> {
        let columns = self.tables.iter().zip(features.columns());
        columns.map(|(table, at)| table.class_of(at.values[row], at.known[row])).collect()
    }

    fn check(&self, features: &Table) -> Result<()> {
        check_columns(self.tables.iter().map(|weights| weights.column.as_str()), features)
    }

    /// Tests the independence over the training samples, with a prior that is their share of deposits.
    fn test(&self, set: &TrainingSet, weight: &[f64]) -> Result<Independence> {
        let combination = self.combination(self.deposits / weight.iter().sum::<f64>())?;
        let rows = 0..weight.len();
        let values = |row: usize| self.values(&set.features, row);
        let conditions = combination.conditions(rows.clone().map(|row| (values(row), weight[row])));
        let deposits: Vec<(Vec<Option<usize>>, f64)> = rows
            .filter(|row| set.deposit[*row])
            .map(|row| (combination.classes(&values(row)), weight[row]))
            .collect();
        let names = set.features.names();
        Ok(Independence {
            overall: Overall::of(&conditions, self.deposits),
            pairs: independence::pairs(&names, &deposits, MOST_PAIRS),
        })
    }
}

impl Settings {
    fn check_numbers(&self) -> Result<()> {
        if self.classes < 2 {
            return Err(bad_setting("weights_of_evidence.classes", self.classes, "2 or more"));
        }
        let least = self.min_studentized_contrast;
        if !(least.is_finite() && least >= 0.0) {
            let key = "weights_of_evidence.min_studentized_contrast";
            return Err(bad_setting(key, least, "zero or more"));
        }
        if let Some(area) = self.unit_cell_km2.filter(|area| !(area.is_finite() && *area > 0.0)) {
            return Err(bad_setting("weights_of_evidence.unit_cell_km2", area, "over zero"));
        }
        Ok(())
    }

    fn check(&self, features: &Table) -> Result<()> {
        self.check_numbers()?;
        match self.layers.keys().find(|name| features.column(name).is_none()) {
            Some(name) => {
                let expected = format!("one of `{}`", features.names().join("`, `"));
                Err(bad_setting("weights_of_evidence.layers", format!("`{name}`"), &expected))
            }
            None => Ok(()),
        }
    }
}

/// The samples that count.
fn counting(set: &TrainingSet) -> TrainingSet {
    let rows: Vec<usize> = (0..set.weight.len()).filter(|row| set.weight[*row] > 0.0).collect();
    TrainingSet {
        features: set.features.select(&rows),
        deposit: rows.iter().map(|row| set.deposit[*row]).collect(),
        weight: rows.iter().map(|row| set.weight[*row]).collect(),
    }
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check_numbers()
    }

    fn space(&self) -> Space {
        Space::from([
            ("classes".into(), Scope::log(4, 30)),
            ("min_studentized_contrast".into(), Scope::even(0.5, 3.0)),
            ("kind".into(), Scope::of(["cumulative", "unique"])),
        ])
    }

    fn fit(&self, set: &TrainingSet, _: Seed) -> Result<FittedModel> {
        check_training("weights_of_evidence", set)?;
        self.check(&set.features)?;
        let set = counting(set);
        let total: f64 = set.weight.iter().copied().map(f64::from).sum();
        let scale = set.weight.len() as f64 / total;
        let weight: Vec<f64> = set.weight.iter().map(|weight| f64::from(*weight) * scale).collect();
        let rows = weight.iter().zip(&set.deposit);
        let deposits: f64 = rows.filter(|(_, deposit)| **deposit).map(|(weight, _)| weight).sum();
        let columns = set.features.columns().iter();
        let fit = |column| ColumnWeights::fit(self, column, &set.deposit, &weight);
        let tables = columns.map(fit).collect::<Result<_>>()?;
        let prior_log_odds = match self.class_weight {
            ClassWeight::None => (deposits / (weight.iter().sum::<f64>() - deposits)).ln(),
            ClassWeight::Balanced => 0.0,
        };
        let independence = Independence::default();
        let mut fitted = Fitted { prior_log_odds, deposits, tables, independence };
        fitted.independence = fitted.test(&set, &weight)?;
        Ok(FittedModel::WeightsOfEvidence(fitted))
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        self.check(features)?;
        let mut log_odds = vec![self.prior_log_odds; features.rows()];
        for (weights, column) in self.tables.iter().zip(features.columns()) {
            for (sum, share) in log_odds.iter_mut().zip(weights.shares(column)) {
                *sum += share;
            }
        }
        Ok(log_odds.into_iter().map(|log_odds| probability(log_odds) as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.check(features)?;
        let columns = self.tables.iter().zip(features.columns());
        let shares = columns
            .map(|(weights, column)| weights.shares(column).map(|share| share as f32).collect())
            .collect();
        Ok(Attribution { base: self.prior_log_odds, unit: "log odds", shares })
    }

    fn posterior(&self, features: &Table, prior: f64) -> Result<Option<Vec<Posterior>>> {
        self.posterior_from(prior, features).map(Some)
    }
}
