//! What the steps that make principal components share.

use nalgebra::{DMatrix, SymmetricEigen};
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, is_numeric, refuse, require_columns, require_numeric};
use super::log_ratio::without;
use super::standardise::Moments;
use crate::Result;
use crate::layer::EvidenceType;
use crate::table::{Column, Table};

/// Least share of the variance that a component must have.
const LEAST_SHARE: f64 = 1e-10;

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

/// How many components are kept.
pub(super) struct Keep {
    pub(super) step: &'static str,
    pub(super) components: Option<usize>,
    pub(super) explained_share: Option<f64>,
}

impl Keep {
    pub(super) fn check(&self) -> Result<()> {
        if self.components == Some(0) {
            return Err(bad_setting(&format!("{}.components", self.step), 0, "at least 1"));
        }
        let key = format!("{}.explained_share", self.step);
        match self.explained_share.filter(|share| !(*share > 0.0 && *share <= 1.0)) {
            Some(found) => Err(bad_setting(&key, found, "over 0 and up to 1")),
            None => Ok(()),
        }
    }

    /// Of the components of a covariance, those that are kept.
    pub(super) fn of(&self, covariance: DMatrix<f64>, complete: &Table) -> Result<Vec<Component>> {
        if !(covariance.trace() > 0.0 && covariance.trace().is_finite()) {
            let reason = "every column is constant on the training side";
            return Err(refuse(self.step, complete.names().join(", "), reason));
        }
        let mut explained = 0.0;
        let kept = decompose(covariance)
            .into_iter()
            .take_while(|component| component.explained_share > LEAST_SHARE)
            .take(self.components.unwrap_or(usize::MAX))
            .take_while(|component| {
                let enough = self.explained_share.is_some_and(|share| explained >= share);
                explained += component.explained_share;
                !enough
            });
        Ok(kept.collect())
    }
}

/// The numeric columns, and of them the rows in which every value is known, at least two.
pub(super) fn complete_rows(step: &str, training: &Table) -> Result<Table> {
    require_numeric(step, training)?;
    let numeric = training.columns().iter().filter(|column| is_numeric(column)).cloned();
    let table = Table::new(training.rows(), numeric.collect())?;
    let rows: Vec<usize> = (0..table.rows()).filter(|&row| table.complete(row)).collect();
    if rows.len() < 2 {
        let found = rows.len();
        let reason = format!(
            "{found} training rows have every value known, but 2 are needed (put `impute_median` \
             before it)"
        );
        return Err(refuse(step, table.names().join(", "), reason));
    }
    Ok(table.select(&rows))
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

/// One component of each row; NaN where an input is missing.
fn scores(inputs: &[Input], loadings: &[f64], columns: &[&Column], rows: usize) -> Vec<f32> {
    let mut sums = vec![0.0_f64; rows];
    for (column, (input, loading)) in columns.iter().zip(inputs.iter().zip(loadings)) {
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

/// The components, columns of the layer `name`, in place of the inputs.
pub(super) fn project(
    table: &Table,
    inputs: &[Input],
    components: &[Component],
    name: &str,
) -> Result<Table> {
    let names: Vec<String> = inputs.iter().map(|input| input.name.clone()).collect();
    require_columns(table, names.iter())?;
    let columns: Vec<&Column> = names.iter().filter_map(|input| table.column(input)).collect();
    let scores = components.iter().enumerate().map(|(index, component)| {
        let values = scores(inputs, &component.loadings, &columns, table.rows());
        Column::new(&format!("{name}_{}", index + 1), name, EvidenceType::Continuous, values)
    });
    let scores: Vec<Column> = scores.collect();
    let mut columns = without(table, &names);
    columns.extend(scores);
    Table::new(table.rows(), columns)
}
