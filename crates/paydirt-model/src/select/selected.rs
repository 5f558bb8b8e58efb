//! A model on selected columns: selection and model are fitted together, on one training side.

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use serde::{Deserialize, Serialize};

use super::{Select, Selection};
use crate::columns::check_columns;
use crate::weights_of_evidence::posterior::Posterior;
use crate::{Attribution, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// A selection of columns and the model that is fitted on them.
#[derive(Clone, Copy)]
pub struct Selected<'a> {
    /// How columns are chosen.
    pub select: &'a Select,
    /// The model, with what else is done to the training side.
    pub model: &'a dyn Estimator,
}

/// What was chosen, and the model that was fitted on it. Takes the same columns as any other model;
/// those that were dropped change no score and have no share in it. Where nothing was kept, every row
/// scores the deposits' share of the training side's weight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedSelected {
    /// The columns that it takes.
    pub columns: Vec<String>,
    /// Which of them are kept.
    pub selection: Selection,
    /// The deposits' share of the training side's weight.
    pub share: f64,
    /// The model on the kept columns, if there are any.
    pub model: Option<Box<FittedModel>>,
}

/// The columns of the given names, in the table's order.
fn only(features: &Table, kept: &[String]) -> Result<Table> {
    let columns = features.columns().iter().filter(|column| kept.contains(&column.name));
    Ok(Table::new(features.rows(), columns.cloned().collect())?)
}

/// A model that does not see some layers.
#[derive(Clone, Copy)]
pub struct Without<'a> {
    /// Whether a layer is not seen.
    pub hidden: &'a (dyn Fn(&str) -> bool + Sync),
    /// The model, with what else is done to the training side.
    pub model: &'a dyn Estimator,
}

impl Estimator for Without<'_> {
    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        let mut selection = Selection::default();
        for column in set.features.columns() {
            match (self.hidden)(&column.layer) {
                true => selection.dropped.push((column.name.clone(), "hidden".into())),
                false => selection.kept.push(column.name.clone()),
            }
        }
        on_kept(self.model, selection, set, seed)
    }
}

impl Estimator for Selected<'_> {
    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        let selection = self.select.select(set, seed.derive("select", 0))?;
        on_kept(self.model, selection, set, seed)
    }
}

/// Fits a model on the columns that are kept.
fn on_kept(
    model: &dyn Estimator,
    selection: Selection,
    set: &TrainingSet,
    seed: Seed,
) -> Result<FittedModel> {
    let features = only(&set.features, &selection.kept)?;
    let weights = set.weight.iter().zip(&set.deposit);
    let deposits: f64 = weights.filter(|(_, d)| **d).map(|(w, _)| f64::from(*w)).sum();
    let share = deposits / set.weight.iter().map(|&weight| f64::from(weight)).sum::<f64>();
    let model = match selection.kept.is_empty() {
        true => None,
        false => Some(Box::new(model.fit(&TrainingSet { features, ..set.clone() }, seed)?)),
    };
    let columns = set.features.names();
    Ok(FittedModel::Selected(FittedSelected { columns, selection, share, model }))
}

impl Predictor for FittedSelected {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        check_columns(self.columns.iter().map(String::as_str), features)?;
        match &self.model {
            Some(model) => model.predict(&only(features, &self.selection.kept)?),
            None => Ok(vec![self.share as f32; features.rows()]),
        }
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        check_columns(self.columns.iter().map(String::as_str), features)?;
        let mut found = match &self.model {
            Some(model) => model.explain(&only(features, &self.selection.kept)?)?,
            None => Attribution {
                base: f64::from(self.share as f32),
                unit: "score",
                shares: Vec::new(),
            },
        };
        let mut kept = found.shares.into_iter();
        let shares = self.columns.iter().map(|name| {
            let is_kept = self.selection.kept.contains(name);
            let shares = if is_kept { kept.next() } else { None };
            shares.unwrap_or_else(|| vec![0.0; features.rows()])
        });
        found.shares = shares.collect();
        Ok(found)
    }

    fn posterior(&self, features: &Table, prior: f64) -> Result<Option<Vec<Posterior>>> {
        check_columns(self.columns.iter().map(String::as_str), features)?;
        match &self.model {
            Some(model) => model.posterior(&only(features, &self.selection.kept)?, prior),
            None => Ok(None),
        }
    }
}
