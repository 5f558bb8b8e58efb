//! What the column steps share: which columns they treat, sorted values and quantiles.

use std::collections::BTreeMap;

use crate::layer::EvidenceType;
use crate::table::{Column, Table};
use crate::{Error, Result};

/// Numbers fitted for each column, by its name.
pub(super) type PerColumn<T> = BTreeMap<String, T>;

/// Whether values of the column have a size: those of a category are names.
pub(super) fn is_numeric(column: &Column) -> bool {
    column.evidence_type != EvidenceType::Categorical
}

/// The error of a step that met data it cannot treat.
pub(super) fn refuse(step: &str, layer: impl Into<String>, reason: impl Into<String>) -> Error {
    Error::Step { step: step.into(), layer: layer.into(), reason: reason.into() }
}

/// The error of a setting outside its range; `key` as in `clip.min`.
pub(super) fn bad_setting(key: &str, found: impl ToString, expected: &str) -> Error {
    Error::BadSetting { key: key.into(), found: found.to_string(), expected: expected.into() }
}

/// Refuses a table in which no column has a size.
pub(super) fn require_numeric(step: &str, training: &Table) -> Result<()> {
    if training.columns().iter().any(is_numeric) {
        return Ok(());
    }
    let reason = "works on sizes, but there are only categories, which are names (use `one_hot`)";
    Err(refuse(step, training.names().join(", "), reason))
}

/// Fits numbers for each column that is not categorical.
pub(super) fn fit_each<T>(
    step: &str,
    training: &Table,
    fit: impl Fn(&Column) -> T,
) -> Result<PerColumn<T>> {
    require_numeric(step, training)?;
    let numeric = training.columns().iter().filter(|column| is_numeric(column));
    Ok(numeric.map(|column| (column.name.clone(), fit(column))).collect())
}

/// Changes the known values of each fitted column; categorical columns pass through.
pub(super) fn apply_each<T>(
    table: Table,
    fitted: &PerColumn<T>,
    change: impl Fn(&T, f32) -> f32,
) -> Result<Table> {
    require_columns(&table, fitted.keys())?;
    let rows = table.rows();
    let columns = table
        .into_columns()
        .into_iter()
        .map(|column| match fitted.get(&column.name) {
            Some(numbers) => Ok(column.map(|value| change(numbers, value))),
            None if is_numeric(&column) => Err(unknown(&column.name, fitted.keys())),
            None => Ok(column),
        })
        .collect::<Result<_>>()?;
    Table::new(rows, columns)
}

/// Changes the known values of every column that is not categorical.
pub(super) fn map_numeric(table: Table, change: impl Fn(f32) -> f32) -> Result<Table> {
    let rows = table.rows();
    let columns = table.into_columns().into_iter();
    let changed = columns.map(|c| if is_numeric(&c) { c.map(&change) } else { c });
    Table::new(rows, changed.collect())
}

/// Refuses a table without the columns that a step was fitted on.
pub(super) fn require_columns<'a>(
    table: &Table,
    names: impl Iterator<Item = &'a String>,
) -> Result<()> {
    for name in names {
        if table.column(name).is_none() {
            return Err(unknown(name, table.names().iter()));
        }
    }
    Ok(())
}

/// The table without some of its columns.
pub(super) fn drop_columns(table: Table, dropped: &[&String]) -> Result<Table> {
    require_columns(&table, dropped.iter().copied())?;
    let rows = table.rows();
    let mut columns = table.into_columns();
    columns.retain(|column| dropped.iter().all(|name| **name != column.name));
    Table::new(rows, columns)
}

/// The error of a column that is not there.
pub(super) fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Error {
    let known = known.map(String::as_str).collect::<Vec<_>>().join(", ");
    Error::Unknown { what: "column", name: name.into(), known }
}

/// The known values from small to large.
pub(crate) fn sorted(column: &Column) -> Vec<f32> {
    let mut values: Vec<f32> = column.known_values().map(|value| value + 0.0).collect();
    values.sort_by(f32::total_cmp);
    values
}

/// Distinct values of a sorted list and how often each stands there.
pub(super) fn counts(sorted: &[f32]) -> Vec<(f32, usize)> {
    sorted.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect()
}

/// The value below which a share of the sorted values lies, interpolated between neighbours
/// (type 7 of Hyndman & Fan 1996, doi:10.1080/00031305.1996.10473566, numpy's default); `None`
/// without values.
pub(crate) fn quantile(sorted: &[f32], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * last as f64;
    let below = (place.floor() as usize).min(last);
    let [low, high] = [sorted[below], sorted[(below + 1).min(last)]].map(f64::from);
    Some(low + (high - low) * (place - below as f64))
}
