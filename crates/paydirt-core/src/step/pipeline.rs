//! The one pipeline: fitted once on a training side, applied to training samples and to the map.

use serde::{Deserialize, Serialize};

use super::{AnyStep, FittedStep};
use crate::Result;
use crate::table::{Column, Table};

/// Steps over the columns of some layers together: bands of one image, elements of one assay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// Name of the group.
    pub name: String,
    /// Names of its layers, of which none is in another group.
    pub layers: Vec<String>,
    /// Its steps, in order.
    pub steps: Vec<AnyStep>,
}

/// The steps of a project: each layer's own, then those of the groups, then those over all columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pipeline {
    /// Each layer's name and its column steps, in the stack's order.
    pub layers: Vec<(String, Vec<AnyStep>)>,
    /// Groups of layers, in order.
    pub groups: Vec<Group>,
    /// Steps over all columns.
    pub features: Vec<AnyStep>,
}

/// A pipeline with its fitted numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedPipeline {
    layers: Vec<(String, Vec<FittedStep>)>,
    #[serde(default)]
    groups: Vec<FittedGroup>,
    features: Vec<FittedStep>,
    /// Names of the columns that come out.
    pub names: Vec<String>,
}

/// A group with its fitted numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct FittedGroup {
    name: String,
    layers: Vec<String>,
    steps: Vec<FittedStep>,
}

/// Takes the columns of some layers out of `columns`.
fn take(columns: &mut Vec<Column>, layers: &[String]) -> Vec<Column> {
    columns.extract_if(.., |column| layers.contains(&column.layer)).collect()
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
        let mut groups = Vec::new();
        for Group { name, layers, steps } in &self.groups {
            let members = Table::new(training.rows(), take(&mut columns, layers))?;
            let (steps, table) = fit_all(steps, members)?;
            groups.push(FittedGroup { name: name.clone(), layers: layers.clone(), steps });
            columns.extend(table.into_columns());
        }
        let (features, table) = fit_all(&self.features, Table::new(training.rows(), columns)?)?;
        Ok(FittedPipeline { layers, groups, features, names: table.names() })
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
        for FittedGroup { layers, steps, .. } in &self.groups {
            let members = Table::new(evidence.rows(), take(&mut columns, layers))?;
            columns.extend(apply_all(steps, members)?.into_columns());
        }
        let features = apply_all(&self.features, Table::new(evidence.rows(), columns)?)?;
        features.at(evidence.units().map(<[usize]>::to_vec))
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
