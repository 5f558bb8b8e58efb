//! Tables of numbers with a header, and figures of scores.

use std::io::{Error, Result};
use std::path::Path;

use paydirt_core::layer::EvidenceType;
use paydirt_core::metric::{HeldOut, METRICS, share_of_area};
use paydirt_core::step::{AnyStep, FittedStep};
use paydirt_core::table::{Column, Table};
use paydirt_model::TrainingSet;

/// A table of numbers; columns by name, in order. `;` or `,` parts them.
///
/// # Errors
/// Where the file cannot be read or a cell is no number.
pub(crate) fn read(path: &Path) -> Result<Table> {
    let text = fs_err::read_to_string(path)?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).map(|line| {
        line.split([',', ';']).map(|cell| cell.trim().trim_matches('"')).collect::<Vec<&str>>()
    });
    let names = lines.next().ok_or_else(|| Error::other("an empty file"))?;
    let mut columns = vec![Vec::new(); names.len()];
    for cells in lines {
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell.parse::<f32>().map_err(Error::other)?);
        }
    }
    let rows = columns.first().map_or(0, Vec::len);
    let named = names.iter().zip(columns).map(|(name, values)| number(name, values));
    Table::new(rows, named.collect()).map_err(Error::other)
}

/// A column of numbers.
pub(crate) fn number(name: &str, values: Vec<f32>) -> Column {
    Column::new(name, name, EvidenceType::Continuous, values)
}

/// The columns of the given names, in their order.
///
/// # Errors
/// Where one is not there.
pub(crate) fn select<S: AsRef<str>>(table: &Table, names: &[S]) -> Result<Table> {
    let column = |name: &S| {
        let found = table.column(name.as_ref()).cloned();
        found.ok_or_else(|| Error::other(format!("no column `{}`", name.as_ref())))
    };
    Table::new(table.rows(), names.iter().map(column).collect::<Result<_>>()?).map_err(Error::other)
}

/// The columns of both, those of `left` first.
///
/// # Errors
/// Where their rows differ.
pub(crate) fn beside(left: Table, right: Table) -> Result<Table> {
    let rows = left.rows();
    let columns = left.into_columns().into_iter().chain(right.into_columns()).collect();
    Table::new(rows, columns).map_err(Error::other)
}

/// Fits a step of the catalogue, given as in a project file, on some rows.
///
/// # Errors
/// Where it is none or cannot be fitted.
pub(crate) fn fit(step: &str, rows: &Table) -> Result<FittedStep> {
    let step: AnyStep = serde_json::from_str(step)?;
    step.fit(rows).map_err(Error::other)
}

/// Applies a fitted step.
///
/// # Errors
/// Where the columns are others.
pub(crate) fn apply(step: &FittedStep, rows: &Table) -> Result<Table> {
    step.apply(rows.clone()).map_err(Error::other)
}

/// A training side of equal weights.
pub(crate) fn training(features: Table, deposit: Vec<bool>) -> TrainingSet {
    let weight = vec![1.0; deposit.len()];
    TrainingSet { features, deposit, weight }
}

/// A metric of the house by its key.
pub(crate) fn metric(key: &str, scores: &[f32], deposit: &[bool]) -> f64 {
    let held = HeldOut {
        score: scores.iter().copied().map(f64::from).collect(),
        deposit: deposit.to_vec(),
        weight: vec![1.0; deposit.len()],
        group: (0..deposit.len() as u64).collect(),
        ..HeldOut::default()
    };
    let metric = METRICS.iter().find(|metric| metric.key == key);
    metric.and_then(|metric| metric.of(&held)).unwrap_or(f64::NAN)
}

/// Share of the cells that score higher than a deposit, ties counted half.
pub(crate) fn area_fraction(deposit: f32, cells: &[f32]) -> f64 {
    share_of_area(&[deposit], cells).map_or(f64::NAN, |shares| shares[0])
}

/// `.123`, or `1.000`.
pub(crate) fn figure(number: f64) -> String {
    let text = format!("{number:.3}");
    text.strip_prefix('0').map_or_else(|| text.clone(), Into::into)
}
