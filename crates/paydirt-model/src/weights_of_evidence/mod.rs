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
//! treated class by class like a categorical one, whose unsure classes are pooled. A layer without
//! a sure cut, a missing value and a class that training never saw have weight 0. Counts of zero are
//! corrected as [`overlap::EmptyCount::HalfDeposit`] says. Sample weights are scaled to a mean of 1,
//! so that counts, and with them standard deviations, stay those of the samples.

pub mod count;
pub mod overlap;
pub mod tables;
#[cfg(test)]
mod tests;

use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::count::ClassCounter;
use self::overlap::EmptyCount;
use self::tables::{Cut, Kind, WeightsTable};
use crate::columns::{check_columns, check_training, probability};
use crate::{Attribution, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// How continuous and ordinal evidence is brought to few classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Classes {
    /// Two classes, parted at the best cut upwards or downwards.
    #[default]
    Cumulative,
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
    /// Whether continuous and ordinal evidence is brought to two classes (`cumulative`) or keeps its
    /// classes (`unique`). Categorical evidence always keeps them.
    pub kind: Classes,
    /// What the best cut of cumulative classes has most of: `studentized_contrast` or `contrast`.
    pub cut: Cut,
    /// Least studentized contrast that counts as sure: evidence without a cut that reaches it has
    /// no weight, and unique classes below it are pooled. 1.645 is 95 % confidence, one-sided.
    pub min_studentized_contrast: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            classes: 10,
            kind: Classes::default(),
            cut: Cut::default(),
            min_studentized_contrast: 1.645,
        }
    }
}

/// The weights of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnWeights {
    /// Name of the column.
    pub column: String,
    /// For continuous evidence the greatest value of each class but the last; its classes are
    /// numbered from 1. `None` for evidence that comes in classes.
    pub bounds: Option<Vec<f32>>,
    /// The weights, a row a class.
    pub table: WeightsTable,
}

/// Fitted numbers of weights of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    prior_log_odds: f64,
    tables: Vec<ColumnWeights>,
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

    fn check(&self, features: &Table) -> Result<()> {
        check_columns(self.tables.iter().map(|weights| weights.column.as_str()), features)
    }
}

impl ColumnWeights {
    /// Fits one column; `weight` holds one weight a row, with a mean of 1.
    fn fit(settings: &Settings, column: &Column, deposit: &[bool], weight: &[f64]) -> Self {
        let bounds = (column.evidence_type == EvidenceType::Continuous)
            .then(|| quantile_bounds(column, settings.classes));
        let mut counter = ClassCounter::default();
        for row in (0..deposit.len()).filter(|row| column.known[*row]) {
            counter.add(class(bounds.as_deref(), column.values[row]), deposit[row], weight[row]);
        }
        let counts = counter.finish();
        let unique = column.evidence_type == EvidenceType::Categorical;
        let table = if unique || settings.kind == Classes::Unique {
            let mut table = WeightsTable::new(&counts, Kind::Unique, EmptyCount::HalfDeposit);
            table.generalize_unique(settings.min_studentized_contrast);
            table
        } else {
            let [ascending, descending] = [Kind::Ascending, Kind::Descending]
                .map(|kind| WeightsTable::new(&counts, kind, EmptyCount::HalfDeposit));
            settings.better(ascending, descending)
        };
        Self { column: column.name.clone(), bounds, table }
    }

    /// The weight of a value.
    fn weight(&self, value: f32) -> f64 {
        let class = class(self.bounds.as_deref(), value);
        self.table.generalized(class).map_or(0.0, |generalized| generalized.weight)
    }

    /// The weight of each row of its column; 0 where the value is missing.
    fn shares<'a>(&'a self, column: &'a Column) -> impl Iterator<Item = f64> + 'a {
        column
            .values
            .iter()
            .zip(&column.known)
            .map(|(value, known)| if *known { self.weight(*value) } else { 0.0 })
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let bad = |key: &str, found: String, expected: &str| {
            let (key, expected) = (format!("model.weights_of_evidence.{key}"), expected.to_owned());
            Err(paydirt_core::Error::BadSetting { key, found, expected }.into())
        };
        if self.classes < 2 {
            return bad("classes", self.classes.to_string(), "2 or more");
        }
        let least = self.min_studentized_contrast;
        if !(least.is_finite() && least >= 0.0) {
            return bad("min_studentized_contrast", least.to_string(), "zero or more");
        }
        Ok(())
    }

    /// The table whose best cut is better, generalized at that cut; upwards where neither is.
    fn better(&self, ascending: WeightsTable, descending: WeightsTable) -> WeightsTable {
        let cut = |table: &WeightsTable| table.best_cut(self.cut, self.min_studentized_contrast);
        let strength = |table: &WeightsTable| {
            cut(table).map_or(f64::NEG_INFINITY, |row| self.cut.of(&table.rows()[row].weights))
        };
        let mut table =
            if strength(&descending) > strength(&ascending) { descending } else { ascending };
        if let Some(row) = cut(&table) {
            table.generalize_at(row);
        }
        table
    }
}

/// The greatest value of each class but the last, of classes with equal numbers of known values;
/// fewer where values are tied.
fn quantile_bounds(column: &Column, classes: usize) -> Vec<f32> {
    let mut values: Vec<f32> = column.known_values().collect();
    values.sort_by(f32::total_cmp);
    let classes = classes.min(values.len());
    let mut bounds: Vec<f32> =
        (1..classes).map(|class| values[(class * values.len()).div_ceil(classes) - 1]).collect();
    bounds.dedup();
    bounds.retain(|bound| values.last().is_some_and(|last| bound < last));
    bounds
}

/// The class of a value: its number from 1 where there are bounds, itself where there are none.
fn class(bounds: Option<&[f32]>, value: f32) -> f32 {
    bounds.map_or(value, |bounds| 1.0 + bounds.partition_point(|bound| *bound < value) as f32)
}

impl Estimator for Settings {
    fn fit(&self, set: &TrainingSet, _: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("weights_of_evidence", set)?;
        let total: f64 = set.weight.iter().copied().map(f64::from).sum();
        let scale = set.weight.len() as f64 / total;
        let weight: Vec<f64> = set.weight.iter().map(|weight| f64::from(*weight) * scale).collect();
        let sum = |class: bool| {
            let rows = weight.iter().zip(&set.deposit);
            rows.filter(|(_, deposit)| **deposit == class).map(|(weight, _)| weight).sum::<f64>()
        };
        let tables = set
            .features
            .columns()
            .iter()
            .map(|column| ColumnWeights::fit(self, column, &set.deposit, &weight))
            .collect();
        let prior_log_odds = (sum(true) / sum(false)).ln();
        Ok(FittedModel::WeightsOfEvidence(Fitted { prior_log_odds, tables }))
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
}
