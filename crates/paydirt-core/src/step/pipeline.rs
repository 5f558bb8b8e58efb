//! The one pipeline: fitted once on a training side, applied to training samples and to the map.

use serde::{Deserialize, Serialize};

use super::{AnyStep, FittedStep};
use crate::Result;
use crate::table::Table;

/// The steps of a project: each layer's own, then those over all columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    /// Each layer's name and its column steps, in the stack's order.
    pub layers: Vec<(String, Vec<AnyStep>)>,
    /// Steps over all columns.
    pub features: Vec<AnyStep>,
}

/// A pipeline with its fitted numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedPipeline {
    layers: Vec<(String, Vec<FittedStep>)>,
    features: Vec<FittedStep>,
    /// Names of the columns that come out.
    pub names: Vec<String>,
}

fn of_layer(table: &Table, layer: &str) -> Result<Table> {
    let columns = table.columns().iter().filter(|column| column.layer == layer).cloned().collect();
    Table::new(table.rows(), columns)
}

impl Pipeline {
    /// Fits every step, in order, on the training side of a fold: `training` holds one row a unit
    /// and one column a layer.
    ///
    /// # Errors
    /// Where a step cannot be fitted.
    pub fn fit(&self, training: &Table) -> Result<FittedPipeline> {
        let mut columns = Vec::new();
        let mut layers = Vec::new();
        for (layer, steps) in &self.layers {
            let (fitted, table) = fit_all(steps, of_layer(training, layer)?)?;
            layers.push((layer.clone(), fitted));
            columns.extend(table.into_columns());
        }
        let (features, table) = fit_all(&self.features, Table::new(training.rows(), columns)?)?;
        Ok(FittedPipeline { layers, features, names: table.names() })
    }
}

fn fit_all(steps: &[AnyStep], mut table: Table) -> Result<(Vec<FittedStep>, Table)> {
    let mut fitted = Vec::new();
    for step in steps {
        let step = step.fit(&table)?;
        table = step.apply(table)?;
        fitted.push(step);
    }
    Ok((fitted, table))
}

fn apply_all(steps: &[FittedStep], table: Table) -> Result<Table> {
    steps.iter().try_fold(table, |table, step| step.apply(table))
}

impl FittedPipeline {
    /// Transforms raw evidence, one column a layer, into what the model was trained on.
    ///
    /// # Errors
    /// Where a layer that it was fitted on is not there.
    pub fn apply(&self, evidence: &Table) -> Result<Table> {
        let mut columns = Vec::new();
        for (layer, steps) in &self.layers {
            columns.extend(apply_all(steps, of_layer(evidence, layer)?)?.into_columns());
        }
        apply_all(&self.features, Table::new(evidence.rows(), columns)?)
    }

    /// The fitted steps of each layer.
    #[must_use]
    pub fn layers(&self) -> &[(String, Vec<FittedStep>)] {
        &self.layers
    }

    /// The fitted steps over all columns.
    #[must_use]
    pub fn features(&self) -> &[FittedStep] {
        &self.features
    }
}
