//! From columns of text to analyses in ppm of an element.

use super::RawTable;
use super::receipt::{Excluded, Receipt};
use super::settings::{Settings, Unreadable, Zero};
use super::unit::{Analyte, Unit, analyte};
use super::value::Assay;
use crate::{Error, Result};

/// A column of analyses.
pub(super) struct Column<'a> {
    pub(super) header: &'a str,
    pub(super) analyte: Analyte,
    pub(super) unit: Unit,
    /// In ppm of the element, one a row.
    pub(super) cells: Vec<Assay>,
}

/// The first cell of a column that cannot be read, and how many there are.
struct Bad {
    column: String,
    row: usize,
    cell: String,
    reason: String,
    count: usize,
}

/// Reads the columns that hold analyses.
pub(super) fn read<'a>(
    raw: &'a RawTable,
    settings: &Settings,
    receipt: &mut Receipt,
) -> Result<Vec<Column<'a>>> {
    let mut columns = Vec::new();
    let mut bad = Vec::new();
    for (index, header) in raw.header.iter().enumerate() {
        match held(header, settings)? {
            Ok((analyte, unit)) => {
                let cells = raw.rows.iter().map(|row| row[index].as_str());
                let (cells, wrong) = parse(header, cells, unit, settings);
                bad.extend(wrong);
                let ppm = |cell: Assay| cell.map(|value| analyte.ppm(value, unit));
                let cells = cells.into_iter().map(ppm).collect();
                columns.push(Column { header, analyte, unit, cells });
            }
            Err(reason) => {
                receipt.ignored_columns.push(Excluded { name: header.clone(), reason });
            }
        }
    }
    report(bad, settings, receipt)?;
    if columns.is_empty() {
        return Err(Error::BadAssays {
            reason: format!("none of {} columns is an analysis", raw.header.len()),
            advice: "a header names a formula and a unit, as `Cu_ppm` or `Al2O3 (%)`; or say what \
                     columns hold in `columns` and `unit`",
        });
    }
    Ok(columns)
}

/// What a column holds, or why it is no analysis.
fn held(header: &str, settings: &Settings) -> Result<std::result::Result<(Analyte, Unit), String>> {
    if let Some(given) = settings.columns.get(header) {
        let key = format!("assays.columns.\"{header}\"");
        let found = analyte(given).and_then(|analyte| {
            let unit = analyte.unit.or(settings.unit)?;
            Some((analyte, unit))
        });
        let expected = "a formula and a unit, as `Ba_ppm`".into();
        let wrong = || Error::BadSetting { key, found: given.clone(), expected };
        return found.ok_or_else(wrong).map(Ok);
    }
    let standards = settings.standards.as_ref().map(|standards| &standards.column);
    if settings.sample.iter().chain(standards).any(|name| name == header) {
        return Ok(Err("names the rows".into()));
    }
    if settings.ignore.iter().any(|name| name == header) {
        return Ok(Err("left out by `ignore`".into()));
    }
    let Some(analyte) = analyte(header) else {
        return Ok(Err("is no analysis of an element".into()));
    };
    let unit = analyte.unit.or(settings.unit);
    Ok(unit.map(|unit| (analyte, unit)).ok_or_else(|| "names an element, but no unit".into()))
}

/// The cells of a column in its own unit; those that cannot be read are missing.
fn parse<'a>(
    header: &str,
    cells: impl Iterator<Item = &'a str>,
    unit: Unit,
    settings: &Settings,
) -> (Vec<Assay>, Option<Bad>) {
    let mut bad: Option<Bad> = None;
    let read = |(row, cell): (usize, &str)| {
        let assay = Assay::parse(cell, unit, settings).and_then(|assay| possible(assay, unit));
        assay.unwrap_or_else(|reason| {
            let first = || Bad { column: header.into(), row, cell: cell.into(), reason, count: 0 };
            bad.get_or_insert_with(first).count += 1;
            Assay::Missing
        })
    };
    let mut assays: Vec<Assay> = cells.enumerate().map(read).collect();
    let numbers = assays.iter().filter_map(|assay| assay.number());
    let lowest = numbers.filter(|number| *number > 0.0).min_by(f64::total_cmp);
    for assay in &mut assays {
        match (settings.zero, lowest) {
            _ if *assay != Assay::Known(0.0) => {}
            (Zero::Value, _) => {}
            (Zero::Censored, Some(lowest)) => *assay = Assay::Below(lowest),
            _ => *assay = Assay::Missing,
        }
    }
    (assays, bad)
}

/// Refuses more than there can be.
fn possible(assay: Assay, unit: Unit) -> std::result::Result<Assay, String> {
    let percent = assay.number().unwrap_or(0.0) * unit.ppm() / 1e4;
    if percent <= 100.0 + 1e-9 {
        return Ok(assay);
    }
    Err(format!("is over 100 % in {}: the header's unit or formula is wrong", unit.symbol()))
}

/// One error for all cells that cannot be read, or a warning for each column.
fn report(bad: Vec<Bad>, settings: &Settings, receipt: &mut Receipt) -> Result<()> {
    if settings.unreadable == Unreadable::Missing {
        receipt.warnings.extend(bad.into_iter().map(|Bad { column, row, cell, reason, count }| {
            format!(
                "column `{column}`: {count} cells cannot be read and are missing; the first, in \
                 row {}: `{cell}` {reason}",
                row + 1
            )
        }));
        return Ok(());
    }
    let cells: usize = bad.iter().map(|bad| bad.count).sum();
    let names: Vec<String> = bad.iter().map(|bad| format!("`{}`", bad.column)).collect();
    let others = match cells {
        0 | 1 => String::new(),
        cells => format!(" ({cells} such cells in {})", names.join(", ")),
    };
    match bad.into_iter().next() {
        None => Ok(()),
        Some(Bad { column, row, cell, reason, .. }) => {
            Err(Error::BadCell { column, row: row + 1, cell, reason, others })
        }
    }
}
