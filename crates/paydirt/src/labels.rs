//! Labels: from rows of a file to samples that count, with the reason for each that does not.

use std::collections::BTreeMap;

use paydirt_core::grid::{Grid, Point};
use paydirt_core::label::{Role, Sample};
use paydirt_core::mask::Mask;

use crate::error::{Error, Result};
use crate::project::Labels;
use crate::receipt::{Excluded, LabelReceipt};

/// A row of a label file.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Place in the project's coordinate reference system; `None` where the file has none.
    pub place: Option<Point>,
    /// Whether the coordinates were 0, 0 in the file.
    pub at_zero: bool,
    /// Its attributes as text.
    pub attributes: BTreeMap<String, String>,
}

/// Labels on the project grid.
#[derive(Clone, Debug, Default)]
pub struct Placed {
    /// One sample a labelled cell.
    pub samples: Vec<Sample>,
    /// Names of the deposits, by unit.
    pub names: BTreeMap<usize, String>,
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
/// Roles or weights that cannot be read.
pub fn place(
    rows: &[Row],
    settings: &Labels,
    grid: &Grid,
    area: &Mask,
    eligible: &Mask,
) -> Result<Placed> {
    let mut placed = Placed::default();
    placed.receipt.rows = rows.len();
    for (number, row) in rows.iter().enumerate() {
        let name = row_name(row, settings, number);
        match reason_against(row, grid, area, eligible) {
            Err(reason) => placed.receipt.excluded.push(Excluded { row: name, reason }),
            Ok(unit) => take(&mut placed, row, settings, (unit, name))?,
        }
    }
    let count = |role| placed.samples.iter().filter(|sample| sample.role == role).count();
    placed.receipt.deposits = count(Role::Deposit);
    placed.receipt.negatives = count(Role::Negative);
    placed.receipt.unlabelled = count(Role::Unlabelled);
    Ok(placed)
}

fn row_name(row: &Row, settings: &Labels, number: usize) -> String {
    let column = settings.name.as_ref();
    let named = column.and_then(|column| row.attributes.get(column));
    named.filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| format!("row {}", number + 1))
}

fn reason_against(
    row: &Row,
    grid: &Grid,
    area: &Mask,
    eligible: &Mask,
) -> std::result::Result<usize, String> {
    if row.at_zero {
        return Err("its coordinates are 0, 0".into());
    }
    let place = row.place.ok_or("it has no coordinates")?;
    let Point { easting, northing } = place;
    let unit = grid
        .locate(place)
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
    row: &Row,
    settings: &Labels,
    (unit, name): (usize, String),
) -> Result<()> {
    let text = |column: &Option<String>| -> Result<Option<String>> {
        let Some(column) = column else { return Ok(None) };
        let value = row.attributes.get(column).ok_or_else(|| Error::Data {
            reason: format!("the labels have no column `{column}`"),
            hint: format!(
                "there are: {}",
                row.attributes.keys().cloned().collect::<Vec<_>>().join(", ")
            ),
        })?;
        Ok((!value.is_empty()).then(|| value.clone()))
    };
    let role = match (&settings.role, text(&settings.role)?) {
        (Some(column), Some(value)) => role(&value, &settings.roles, column)?,
        (Some(_), None) => Role::Unlabelled,
        (None, _) => Role::Deposit,
    };
    let weight = match text(&settings.weight)? {
        None => 1.0,
        Some(value) => weight(&value)?,
    };
    let sample = Sample { unit, role, weight, group: text(&settings.group)? };
    let held = placed.samples.iter_mut().find(|held| held.unit == unit);
    let reason = match held {
        None => {
            if sample.is_deposit() {
                placed.names.insert(unit, name);
            }
            placed.samples.push(sample);
            return Ok(());
        }
        Some(held) if sample.is_deposit() && !held.is_deposit() => {
            *held = sample;
            placed.names.insert(unit, name.clone());
            "a negative or unlabelled row of this cell gives way to the deposit".into()
        }
        Some(_) => {
            let with = placed.names.get(&unit).map_or("another row", String::as_str);
            format!("it shares its cell with {with}")
        }
    };
    placed.receipt.excluded.push(Excluded { row: name, reason });
    Ok(())
}

/// Reads a weight.
///
/// # Errors
/// [`Error::Data`] if it is no positive number.
pub fn weight(text: &str) -> Result<f32> {
    text.trim().parse().ok().filter(|weight: &f32| weight.is_finite() && *weight > 0.0).ok_or_else(
        || Error::Data {
            reason: format!("the weight `{text}` is no positive number"),
            hint: "leave the cell empty for a weight of 1".into(),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use paydirt_core::grid::{Crs, GeoTransform};

    fn row(easting: f64, northing: f64, role: &str) -> Row {
        Row {
            place: Some(Point { easting, northing }),
            at_zero: easting == 0.0 && northing == 0.0,
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
        let rows = [
            row(5.0, 95.0, "deposit"),
            row(6.0, 96.0, "deposit"),
            row(25.0, 95.0, "negative"),
            row(26.0, 95.0, "deposit"),
            row(0.0, 0.0, "deposit"),
            row(500.0, 50.0, "deposit"),
            row(5.0, 5.0, "deposit"),
            row(5.0, 15.0, "deposit"),
            row(55.0, 55.0, "negative"),
            Row { place: None, ..row(1.0, 1.0, "deposit") },
        ];
        let placed = place(&rows, &settings, &grid, &area, &eligible).unwrap();
        assert_eq!((placed.receipt.deposits, placed.receipt.negatives), (2, 1));
        let reasons: Vec<_> =
            placed.receipt.excluded.iter().map(|out| out.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "it shares its cell with row 1",
                "a negative or unlabelled row of this cell gives way to the deposit",
                "its coordinates are 0, 0",
                "it lies outside the grid (500, 50)",
                "it lies outside the study area",
                "evidence is missing in its cell",
                "it has no coordinates",
            ]
        );
        assert!(role("1", &BTreeMap::new(), "kind").is_err());
        assert!(weight("-2").is_err());
    }
}
