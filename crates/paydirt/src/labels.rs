//! Labels: from rows of a file to samples that count, with the reason for each that does not.

use std::collections::BTreeMap;

use paydirt_core::grid::Grid;
use paydirt_core::label::{Role, Sample};
use paydirt_core::mask::Mask;
use paydirt_io::vector::{PointRecord, Points, SkipReason};

use crate::error::{Error, Result};
use crate::project::Labels;
use crate::receipt::{Excluded, LabelReceipt};

/// Labels on the project grid.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    /// One sample a labelled cell.
    pub samples: Vec<Sample>,
    /// Names of the deposits, by unit.
    pub names: BTreeMap<usize, String>,
    /// Names of the rows that count, by unit.
    rows: BTreeMap<usize, String>,
    /// What was read and what does not count.
    pub receipt: LabelReceipt,
}

/// What a value of a role column means.
///
/// # Errors
/// [`Error::Data`] with the remedy for a value that is not listed.
pub fn role(value: &str, roles: &BTreeMap<String, Role>, column: &str) -> Result<Role> {
    if let Some(role) = roles.get(value) {
        return Ok(*role);
    }
    match value {
        "deposit" => Ok(Role::Deposit),
        "negative" => Ok(Role::Negative),
        "unlabelled" => Ok(Role::Unlabelled),
        _ => Err(Error::Data {
            reason: format!("the role column `{column}` holds `{value}`, which is no known role"),
            hint: format!("say what it means: `roles = {{ \"{value}\" = \"deposit\" }}`"),
        }),
    }
}

/// Puts rows on the grid.
///
/// # Errors
/// Columns that are not there, roles or weights that cannot be read.
pub fn place(
    points: &Points,
    settings: &Labels,
    grid: &Grid,
    area: &Mask,
    eligible: &Mask,
) -> Result<Placed> {
    let columns =
        [&settings.role, &settings.weight, &settings.group, &settings.year, &settings.name];
    for column in columns.into_iter().flatten().filter(|_| !points.records.is_empty()) {
        if !points.attributes.contains(column) {
            return Err(Error::Data {
                reason: format!("the labels have no column `{column}`"),
                hint: format!("there are: {}", points.attributes.join(", ")),
            });
        }
    }
    let mut placed = Placed::default();
    placed.receipt.crs = match points.crs_assumed {
        true => format!("{} (given or assumed)", points.crs),
        false => points.crs.clone(),
    };
    placed.receipt.rows = points.records.len() + points.skipped.len();
    placed.receipt.excluded = points
        .skipped
        .iter()
        .map(|skipped| Excluded {
            row: format!("row {}", skipped.record),
            reason: reason_skipped(skipped.reason).into(),
        })
        .collect();
    for record in &points.records {
        let name = settings.name.as_ref().and_then(|column| record.attributes.get(column));
        let name = name.cloned().unwrap_or_else(|| format!("row {}", record.record));
        match unit_of(record, grid, area, eligible) {
            Err(reason) => placed.receipt.excluded.push(Excluded { row: name, reason }),
            Ok(unit) => take(&mut placed, record, settings, (unit, name))?,
        }
    }
    let count = |role| placed.samples.iter().filter(|sample| sample.role == role).count();
    placed.receipt.deposits = count(Role::Deposit);
    placed.receipt.negatives = count(Role::Negative);
    placed.receipt.unlabelled = count(Role::Unlabelled);
    Ok(placed)
}

pub(crate) const fn reason_skipped(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::NoGeometry => "it has no geometry",
        SkipReason::AtZero => "its coordinates are 0, 0",
        SkipReason::NotFinite => "it has no coordinates",
        SkipReason::NoPlace => "its place does not exist in the project's coordinate system",
        SkipReason::NotAPoint => "it is a line or an area, not a point",
    }
}

fn unit_of(
    record: &PointRecord,
    grid: &Grid,
    area: &Mask,
    eligible: &Mask,
) -> std::result::Result<usize, String> {
    let (easting, northing) = (record.place.easting, record.place.northing);
    let unit = grid
        .locate(record.place)
        .ok_or_else(|| format!("it lies outside the grid ({easting:.0}, {northing:.0})"))?;
    if !area.get(unit) {
        return Err("it lies outside the study area".into());
    }
    if !eligible.get(unit) {
        return Err("evidence is missing in its cell".into());
    }
    Ok(unit)
}

fn take(
    placed: &mut Placed,
    record: &PointRecord,
    settings: &Labels,
    (unit, name): (usize, String),
) -> Result<()> {
    let text = |column: &Option<String>| {
        column.as_ref().and_then(|column| record.attributes.get(column)).filter(|t| !t.is_empty())
    };
    let role = match (&settings.role, text(&settings.role)) {
        (Some(column), Some(value)) => role(value, &settings.roles, column)?,
        (Some(_), None) => Role::Unlabelled,
        (None, _) => Role::Deposit,
    };
    let weight = text(&settings.weight).map_or(Ok(1.0), |value| weight(value, record.record))?;
    let year = text(&settings.year).map(|value| year(value, record.record)).transpose()?;
    let sample = Sample { unit, role, weight, group: text(&settings.group).cloned(), year };
    let held = placed.samples.iter_mut().find(|held| held.unit == unit);
    let outranked = held.as_ref().is_some_and(|held| sample.is_deposit() && !held.is_deposit());
    if let Some(held) = held {
        let (row, reason) = if outranked {
            *held = sample.clone();
            let row = placed.rows.insert(unit, name.clone()).unwrap_or_default();
            (row, format!("it gives way to the deposit {name} in its cell"))
        } else {
            let with = placed.rows.get(&unit).map_or("another row", String::as_str);
            (name.clone(), format!("it shares its cell with {with}"))
        };
        placed.receipt.excluded.push(Excluded { row, reason });
        if !outranked {
            return Ok(());
        }
    } else {
        placed.rows.insert(unit, name.clone());
        placed.samples.push(sample.clone());
    }
    if sample.is_deposit() {
        placed.names.insert(unit, name);
    }
    Ok(())
}

/// Weights that can be summed in float32 without loss.
const WEIGHTS: std::ops::RangeInclusive<f32> = 1e-6..=1e6;

/// Reads a weight.
///
/// # Errors
/// [`Error::Data`] if it is no number from a millionth to a million.
pub fn weight(text: &str, row: usize) -> Result<f32> {
    text.trim().parse().ok().filter(|weight| WEIGHTS.contains(weight)).ok_or_else(|| Error::Data {
        reason: format!("the weight `{text}` of row {row} is no number from 0.000001 to 1000000"),
        hint: "leave the cell empty for a weight of 1".into(),
    })
}

/// Reads a year, or the year that a date begins with (`1987-05-01`, `1987/05`).
///
/// # Errors
/// [`Error::Data`] if there is none.
pub fn year(text: &str, row: usize) -> Result<i32> {
    let text = text.trim();
    let date = text.get(..4).zip(text.get(4..)).filter(|(_, rest)| rest.starts_with(['-', '/']));
    let number = date.map_or(text, |(year, _)| year).parse::<f64>().ok();
    let whole = |year: &f64| year.fract() == 0.0 && year.abs() < 10_000.0;
    number.filter(whole).map(|year| year as i32).ok_or_else(|| Error::Data {
        reason: format!("the year `{text}` of row {row} is no year"),
        hint: "write it as 1987 or 1987-05-01, and leave the cell empty where it is not known"
            .into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use paydirt_core::grid::{Crs, GeoTransform, Point};
    use paydirt_io::vector::Skipped;

    fn record(record: usize, easting: f64, northing: f64, role: &str) -> PointRecord {
        PointRecord {
            record,
            place: Point { easting, northing },
            attributes: BTreeMap::from([("kind".into(), role.into())]),
        }
    }

    #[test]
    fn every_row_counts_or_is_named_with_its_reason() {
        let transform =
            GeoTransform { west: 0.0, north: 100.0, cell_width: 10.0, cell_height: 10.0 };
        let grid = Grid::new(Crs::local_metres(), transform, 10, 10).unwrap();
        let area = Mask::from_fn(100, |unit| unit < 90);
        let eligible = Mask::from_fn(100, |unit| unit < 80);
        let settings = Labels { role: Some("kind".into()), ..Labels::default() };
        let points = Points {
            records: vec![
                record(1, 5.0, 95.0, "deposit"),
                record(2, 6.0, 96.0, "deposit"),
                record(3, 25.0, 95.0, "negative"),
                record(4, 26.0, 95.0, "deposit"),
                record(6, 500.0, 50.0, "deposit"),
                record(7, 5.0, 5.0, "deposit"),
                record(8, 5.0, 15.0, "deposit"),
                record(9, 55.0, 55.0, "negative"),
            ],
            attributes: vec!["kind".into()],
            crs: "local".into(),
            crs_assumed: false,
            skipped: vec![Skipped { record: 5, reason: SkipReason::AtZero }],
            warnings: Vec::new(),
        };
        let placed = place(&points, &settings, &grid, &area, &eligible).unwrap();
        let receipt = &placed.receipt;
        assert_eq!((receipt.rows, receipt.deposits, receipt.negatives), (9, 2, 1));
        let reasons: Vec<_> = receipt.excluded.iter().map(|out| out.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "its coordinates are 0, 0",
                "it shares its cell with row 1",
                "it gives way to the deposit row 4 in its cell",
                "it lies outside the grid (500, 50)",
                "it lies outside the study area",
                "evidence is missing in its cell",
            ]
        );
        let unknown = Labels { group: Some("camp".into()), ..settings };
        assert!(place(&points, &unknown, &grid, &area, &eligible).is_err());
        assert!(role("1", &BTreeMap::new(), "kind").is_err());
        assert!(weight("-2", 1).is_err());
        let years = ["1987", " 1987.0 ", "1987-05-01", "1987/05"];
        assert!(years.iter().all(|text| year(text, 1).unwrap() == 1987));
        assert!(
            ["May 1987", "01-05-1987", "1987.5", "19870501", ""]
                .iter()
                .all(|t| year(t, 1).is_err())
        );
    }
}
