//! Principal components: the continuous and ordinal columns, centred (and divided by their standard
//! deviation with `standardise`) on the training side, are projected on the eigenvectors of their
//! covariance, those of largest variance first (Hotelling 1933, doi:10.1037/h0071325; Jolliffe &
//! Cadima 2016, doi:10.1098/rsta.2015.0202). The components `pca_1`, `pca_2`, ... are columns of the
//! layer `pca`, without unit; they replace those columns, and categorical columns pass through
//! before them. Rows with a missing value are not fitted on and have missing components.
//!
//! Signs are settled: the largest loading of each component is positive (scikit-learn's rule).
//! A component without variance (a share below 1e-10) has no direction and is never kept.

use nalgebra::{DMatrix, SymmetricEigen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, is_numeric, refuse, require_columns, require_numeric};
use super::standardise::Moments;
use super::{FittedStep, Step};
use crate::Result;
use crate::layer::EvidenceType;
use crate::table::{Column, Table};

/// Least share of the variance that a component must have.
const LEAST_SHARE: f64 = 1e-10;

/// Replaces columns by fewer that hold most of their variance. Without `components` and
/// `explained_share`, all components with variance are kept; with both, the fewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Most components kept.
    pub components: Option<usize>,
    /// Share of the variance (over 0, up to 1) at which no further component is kept.
    pub explained_share: Option<f64>,
    /// Whether each column is divided by its standard deviation first, so that units do not matter.
    pub standardise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { components: None, explained_share: None, standardise: true }
    }
}

/// A column that goes in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its moments over the complete training rows; a deviation of 1 where it is not divided by.
    pub moments: Moments,
}

/// A component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Share of the training side's variance, 0 to 1.
    pub explained_share: f64,
    /// One loading an input; together of length 1.
    pub loadings: Vec<f64>,
}

/// Inputs and components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The columns that go in.
    pub inputs: Vec<Input>,
    /// The components, largest variance first.
    pub components: Vec<Component>,
}

impl Settings {
    fn check(&self) -> Result<()> {
        if self.components == Some(0) {
            return Err(bad_setting("pca.components", 0, "at least 1"));
        }
        match self.explained_share.filter(|share| !(*share > 0.0 && *share <= 1.0)) {
            Some(found) => Err(bad_setting("pca.explained_share", found, "over 0 and up to 1")),
            None => Ok(()),
        }
    }

    fn inputs(&self, complete: &Table) -> Vec<Input> {
        let columns = complete.columns().iter().map(|column| {
            let mut moments = Moments::of(column);
            if !self.standardise {
                moments.deviation = 1.0;
            }
            Input { name: column.name.clone(), moments }
        });
        columns.collect()
    }

    fn keep(&self, all: Vec<Component>) -> Vec<Component> {
        let mut explained = 0.0;
        all.into_iter()
            .take_while(|component| component.explained_share > LEAST_SHARE)
            .take(self.components.unwrap_or(usize::MAX))
            .take_while(|component| {
                let enough = self.explained_share.is_some_and(|share| explained >= share);
                explained += component.explained_share;
                !enough
            })
            .collect()
    }
}

/// The numeric columns, and of them the rows in which every value is known.
fn complete_rows(training: &Table) -> Result<Table> {
    let numeric = training.columns().iter().filter(|column| is_numeric(column)).cloned();
    let table = Table::new(training.rows(), numeric.collect())?;
    let rows: Vec<usize> = (0..table.rows()).filter(|&row| table.complete(row)).collect();
    if rows.len() < 2 {
        let found = rows.len();
        let reason = format!(
            "{found} training rows have every value known, but 2 are needed (put `impute_median` \
             before it)"
        );
        return Err(refuse("pca", table.names().join(", "), reason));
    }
    Ok(table.select(&rows))
}

fn covariance(inputs: &[Input], complete: &Table) -> DMatrix<f64> {
    let scaled: Vec<Vec<f64>> = inputs
        .iter()
        .zip(complete.columns())
        .map(|(input, column)| {
            column.values.iter().map(|&value| input.moments.standardise(value.into())).collect()
        })
        .collect();
    let mut matrix = DMatrix::zeros(inputs.len(), inputs.len());
    for (i, left) in scaled.iter().enumerate() {
        for (j, right) in scaled.iter().enumerate().take(i + 1) {
            let sum: f64 = left.iter().zip(right).map(|(a, b)| a * b).sum();
            matrix[(i, j)] = sum / complete.rows() as f64;
            matrix[(j, i)] = matrix[(i, j)];
        }
    }
    matrix
}

/// All components of a covariance, largest variance first, each with its largest loading positive.
fn decompose(covariance: DMatrix<f64>) -> Vec<Component> {
    let total = covariance.trace();
    let eigen = SymmetricEigen::new(covariance);
    let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let components = order.into_iter().map(|index| {
        let mut loadings: Vec<f64> = eigen.eigenvectors.column(index).iter().copied().collect();
        let largest =
            loadings.iter().fold(0.0_f64, |kept, &l| if l.abs() > kept.abs() { l } else { kept });
        for loading in &mut loadings {
            *loading *= largest.signum();
        }
        Component { explained_share: eigen.eigenvalues[index] / total, loadings }
    });
    components.collect()
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        self.check()?;
        require_numeric("pca", training)?;
        let complete = complete_rows(training)?;
        let inputs = self.inputs(&complete);
        let covariance = covariance(&inputs, &complete);
        if !(covariance.trace() > 0.0 && covariance.trace().is_finite()) {
            let reason = "every column is constant on the training side";
            return Err(refuse("pca", complete.names().join(", "), reason));
        }
        Ok(FittedStep::Pca(Fitted { inputs, components: self.keep(decompose(covariance)) }))
    }
}

impl Fitted {
    /// One component of each row; NaN where an input is missing.
    fn project(&self, component: &Component, inputs: &[&Column], rows: usize) -> Vec<f32> {
        let mut sums = vec![0.0_f64; rows];
        let numbers = self.inputs.iter().zip(&component.loadings);
        for (column, (input, loading)) in inputs.iter().zip(numbers) {
            for (row, sum) in sums.iter_mut().enumerate() {
                *sum += if column.known[row] {
                    loading * input.moments.standardise(column.values[row].into())
                } else {
                    f64::NAN
                };
            }
        }
        sums.into_iter().map(|sum| sum as f32).collect()
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        require_columns(&table, self.inputs.iter().map(|input| &input.name))?;
        let inputs: Vec<&Column> =
            self.inputs.iter().filter_map(|input| table.column(&input.name)).collect();
        let components = self.components.iter().enumerate().map(|(index, component)| {
            let values = self.project(component, &inputs, table.rows());
            let name = format!("pca_{}", index + 1);
            Column::new(&name, "pca", EvidenceType::Continuous, values)
        });
        let components: Vec<Column> = components.collect();
        let names: Vec<&String> = self.inputs.iter().map(|input| &input.name).collect();
        let mut columns: Vec<Column> = table
            .columns()
            .iter()
            .filter(|column| !names.contains(&&column.name))
            .cloned()
            .collect();
        columns.extend(components);
        Table::new(table.rows(), columns)
    }
}
