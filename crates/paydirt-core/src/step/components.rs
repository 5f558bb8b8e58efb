//! What the steps share that turn columns into components: complete rows, covariance,
//! eigenvectors, projection.

use nalgebra::{DMatrix, SymmetricEigen};
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, is_numeric, refuse, require_columns, require_numeric};
use super::standardise::Moments;
use crate::Result;
use crate::layer::EvidenceType;
use crate::table::{Column, Table};

/// Least share of the variance that a component must have.
pub(super) const LEAST_SHARE: f64 = 1e-10;

/// A column that goes in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its moments over the complete training rows; a deviation of 1 where it is not divided by.
    pub moments: Moments,
}

impl Input {
    /// The columns of a table of complete rows.
    pub(super) fn all(complete: &Table, standardise: bool) -> Vec<Self> {
        let columns = complete.columns().iter().map(|column| {
            let mut moments = Moments::of(column);
            if !standardise {
                moments.deviation = 1.0;
            }
            Self { name: column.name.clone(), moments }
        });
        columns.collect()
    }
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
        let mut explained = 0.0;
        let kept = decompose(varying(self.step, covariance, complete)?)
            .into_iter()
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

/// The covariance of complete rows, divided by their number.
pub(super) fn covariance(inputs: &[Input], complete: &Table) -> DMatrix<f64> {
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

/// Refuses the covariance of rows in which nothing varies.
pub(super) fn varying(
    step: &str,
    covariance: DMatrix<f64>,
    complete: &Table,
) -> Result<DMatrix<f64>> {
    if covariance.trace() > 0.0 && covariance.trace().is_finite() {
        return Ok(covariance);
    }
    let reason = "every column is constant on the training side";
    Err(refuse(step, complete.names().join(", "), reason))
}

/// Eigenvalues, largest first, and their vectors.
pub(super) fn eigen(matrix: DMatrix<f64>) -> Vec<(f64, Vec<f64>)> {
    let eigen = SymmetricEigen::new(matrix);
    let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let vector = |index: usize| eigen.eigenvectors.column(index).iter().copied().collect();
    order.into_iter().map(|index| (eigen.eigenvalues[index], vector(index))).collect()
}

/// The sign (1 or -1) of the number of largest size.
pub(super) fn sign_of_largest(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.fold(0.0_f64, |kept, next| if next.abs() > kept.abs() { next } else { kept }).signum()
}

/// Components of a covariance, largest variance first, each with its largest loading positive; one
/// without variance has no direction and is left out.
pub(super) fn decompose(covariance: DMatrix<f64>) -> Vec<Component> {
    let total = covariance.trace();
    let components = eigen(covariance).into_iter().map(|(variance, mut loadings)| {
        let sign = sign_of_largest(loadings.iter().copied());
        loadings.iter_mut().for_each(|loading| *loading *= sign);
        Component { explained_share: variance / total, loadings }
    });
    components.take_while(|component| component.explained_share > LEAST_SHARE).collect()
}

/// One component of each row, as a column of the layer `layer`; missing where an input is.
pub(super) fn project(
    table: &Table,
    inputs: &[Input],
    loadings: &[f64],
    [name, layer]: [&str; 2],
) -> Result<Column> {
    require_columns(table, inputs.iter().map(|input| &input.name))?;
    let mut sums = vec![0.0_f64; table.rows()];
    for (input, loading) in inputs.iter().zip(loadings) {
        let Some(column) = table.column(&input.name) else { continue };
        for (row, sum) in sums.iter_mut().enumerate() {
            *sum += if column.known[row] {
                loading * input.moments.standardise(column.values[row].into())
            } else {
                f64::NAN
            };
        }
    }
    let values = sums.into_iter().map(|sum| sum as f32).collect();
    Ok(Column::new(name, layer, EvidenceType::Continuous, values))
}

/// Components `layer_1`, `layer_2`, ... in place of the inputs.
pub(super) fn replace(
    table: &Table,
    inputs: &[Input],
    components: &[Component],
    layer: &str,
) -> Result<Table> {
    let mut columns = without(table, inputs);
    for (index, component) in components.iter().enumerate() {
        let name = format!("{layer}_{}", index + 1);
        columns.push(project(table, inputs, &component.loadings, [&name, layer])?);
    }
    Table::new(table.rows(), columns)
}

/// The columns that are no input.
pub(super) fn without(table: &Table, inputs: &[Input]) -> Vec<Column> {
    let is_input = |column: &&Column| inputs.iter().any(|input| input.name == column.name);
    table.columns().iter().filter(|column| !is_input(column)).cloned().collect()
}
