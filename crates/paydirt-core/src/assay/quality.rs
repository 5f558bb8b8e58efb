//! Whether analyses can be trusted: reference materials, blanks, duplicates and places.

use std::collections::BTreeMap;

use super::RawTable;
use super::merge::Merged;
use super::receipt::{Bias, Blank, Precision, Receipt};
use super::settings::{DuplicateKey, Settings, Standards};
use super::value::Assay;
use crate::grid::Point;
use crate::{Error, Result};

/// Bias of a reference material from which a warning is made, where none is given: one of routine
/// analyses.
const MAX_BIAS_PERCENT: f64 = 10.0;

/// Takes reference materials and blanks out of `kept` and reports what they say. Bias is the mean of
/// the measured numbers over the expected one, less one.
pub(super) fn standards(
    raw: &RawTable,
    elements: &[Merged],
    settings: &Settings,
    receipt: &mut Receipt,
    kept: &mut [bool],
) -> Result<()> {
    let Some(standards) = &settings.standards else { return Ok(()) };
    let column = raw.column(&standards.column)?;
    let rows_of = |name: &str| -> Vec<usize> {
        (0..raw.rows.len()).filter(|row| raw.rows[*row][column].trim() == name).collect()
    };
    for (name, expected) in &standards.expected {
        let rows = rows_of(name);
        if rows.is_empty() {
            receipt.warnings.push(format!("no row is the reference material `{name}`"));
        }
        for (element, expected) in expected {
            let Some(found) = elements.iter().find(|known| known.name == element) else { continue };
            receipt.bias.extend(bias(name, found, &rows, *expected));
        }
        take_out(&format!("is the reference material `{name}`"), &rows, receipt, kept);
    }
    let rows: Vec<usize> = standards.blanks.iter().flat_map(|name| rows_of(name)).collect();
    receipt.blanks = elements.iter().filter_map(|element| blank(element, &rows)).collect();
    take_out("is a blank", &rows, receipt, kept);
    warn_of_bias(standards, receipt);
    Ok(())
}

fn take_out(reason: &str, rows: &[usize], receipt: &mut Receipt, kept: &mut [bool]) {
    receipt.exclude_rows(reason, rows.iter().copied());
    for row in rows {
        kept[*row] = false;
    }
}

fn known_of<'a>(element: &'a Merged, rows: &'a [usize]) -> impl Iterator<Item = f64> + 'a {
    rows.iter().filter_map(|row| match element.cells[*row] {
        Assay::Known(value) => Some(value),
        _ => None,
    })
}

fn bias(standard: &str, element: &Merged, rows: &[usize], expected_ppm: f64) -> Option<Bias> {
    let analyses = known_of(element, rows).count();
    let mean_ppm = known_of(element, rows).sum::<f64>() / analyses as f64;
    (analyses > 0 && expected_ppm > 0.0).then(|| Bias {
        standard: standard.into(),
        element: element.name.into(),
        analyses,
        mean_ppm,
        expected_ppm,
        bias_percent: (mean_ppm / expected_ppm - 1.0) * 100.0,
    })
}

fn blank(element: &Merged, rows: &[usize]) -> Option<Blank> {
    let analyses = rows.iter().filter(|row| element.cells[**row].analysed()).count();
    (analyses > 0).then(|| Blank {
        element: element.name.into(),
        analyses,
        measured: known_of(element, rows).count(),
        max_ppm: known_of(element, rows).max_by(f64::total_cmp),
    })
}

fn warn_of_bias(standards: &Standards, receipt: &mut Receipt) {
    let most = standards.max_bias_percent.unwrap_or(MAX_BIAS_PERCENT);
    let biased = receipt.bias.iter().filter(|bias| bias.bias_percent.abs() > most);
    let warnings = biased.map(|Bias { standard, element, analyses, bias_percent, .. }| {
        format!(
            "{element}: the mean of {analyses} analyses of `{standard}` is {bias_percent:+.1} % off"
        )
    });
    receipt.warnings.extend(warnings);
}

/// Which places can be used; the others are noted in the receipt. `region` is west, south, east and
/// north of the ground that is mapped, in the system of the places, `degrees` whether that is
/// geographic.
///
/// # Errors
/// [`Error::BadAssays`] where latitude and longitude are exchanged (most northings are beyond 90
/// degrees while the eastings are not, or no place lies in the region and most would once
/// exchanged), where no place lies in the region, or where there is none at all.
pub fn check_places(
    places: &[Option<Point>],
    degrees: bool,
    region: Option<[f64; 4]>,
    receipt: &mut Receipt,
) -> Result<Vec<bool>> {
    let beyond =
        |place: &Point| degrees && (place.northing.abs() > 90.0 || place.easting.abs() > 360.0);
    let fault = |place: &Option<Point>| match place {
        Some(place) if !(place.easting + place.northing).is_finite() => Some("has no place"),
        Some(Point { easting: 0.0, northing: 0.0 }) => Some("lies at 0, 0"),
        Some(place) if beyond(place) => Some("lies beyond the poles"),
        Some(_) => None,
        None => Some("has no place"),
    };
    let faults: Vec<Option<&str>> = places.iter().map(fault).collect();
    let turned = |place: &&Point| beyond(place) && place.easting.abs() <= 90.0;
    let given = places.iter().flatten();
    let exchanged = given.clone().filter(turned).count() * 2 > given.count();
    let inside = |easting: f64, northing: f64| {
        region.is_none_or(|[west, south, east, north]| {
            (west..=east).contains(&easting) && (south..=north).contains(&northing)
        })
    };
    let usable = places.iter().zip(&faults).filter(|(_, fault)| fault.is_none());
    let usable: Vec<Point> = usable.filter_map(|(place, _)| *place).collect();
    let within = usable.iter().filter(|place| inside(place.easting, place.northing)).count();
    let once_turned = usable.iter().filter(|place| inside(place.northing, place.easting)).count();
    refuse_places(exchanged, usable.len(), within, once_turned)?;
    for reason in ["has no place", "lies at 0, 0", "lies beyond the poles"] {
        let rows = (0..places.len()).filter(|row| faults[*row] == Some(reason));
        receipt.exclude_rows(reason, rows);
    }
    if within < usable.len() {
        let outside = usable.len() - within;
        receipt
            .warnings
            .push(format!("{outside} of {} samples lie outside the grid", usable.len()));
    }
    Ok(faults.into_iter().map(|fault| fault.is_none()).collect())
}

fn refuse_places(exchanged: bool, usable: usize, within: usize, once_turned: usize) -> Result<()> {
    let refuse = |reason: String, advice| Err(Error::BadAssays { reason, advice });
    if exchanged || (within == 0 && once_turned * 2 > usable) {
        let reason = "latitude and longitude (or easting and northing) are exchanged";
        return refuse(reason.into(), "name the two columns the other way round");
    }
    if usable == 0 {
        let advice = "look at the columns of the coordinates";
        return refuse("no sample has a place that can be used".into(), advice);
    }
    if within == 0 {
        let advice = "look at the sign of the coordinates, their `crs`, and the grid";
        return refuse(format!("none of {usable} samples lies in the grid"), advice);
    }
    Ok(())
}

/// Rows of each thing that was analysed, in the order of their first; `rows` are those that count.
pub(super) fn groups(
    raw: &RawTable,
    rows: &[usize],
    settings: &Settings,
) -> Result<Vec<Vec<usize>>> {
    let names = match (&settings.sample, settings.duplicates.by) {
        (Some(name), DuplicateKey::Sample) => Some(raw.column(name)?),
        _ => None,
    };
    let mut order: BTreeMap<(String, u64, u64), usize> = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &row in rows {
        let place = raw.places[row].map(|place| [place.easting, place.northing]);
        let [easting, northing] = place.unwrap_or_default().map(|number| (number + 0.0).to_bits());
        let name = names.map_or("", |column| raw.rows[row][column].trim());
        let key = match settings.duplicates.by {
            DuplicateKey::Place => (String::new(), easting, northing),
            DuplicateKey::Sample if !name.is_empty() => (name.into(), 0, 0),
            _ => (String::new(), row as u64, u64::MAX),
        };
        let group = *order.entry(key).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(row);
    }
    Ok(groups)
}

/// How well the measured numbers of duplicates agree: the median over the groups of range over mean,
/// which for a pair is the relative percent difference, and the root mean square of the groups'
/// coefficients of variation (the precision of Thompson & Howarth 1976, doi:10.1039/AN9760100690,
/// at one deviation and taken as proportional to the concentration; a pair's deviation is its
/// difference over the square root of two). Duplicates of one place also hold what the ground
/// varies there.
pub(super) fn precision(element: &Merged, groups: &[Vec<usize>]) -> Option<Precision> {
    let mut differences = Vec::new();
    let mut squares = 0.0;
    for group in groups {
        let known: Vec<f64> = known_of(element, group).collect();
        let count = known.len() as f64;
        let mean = known.iter().sum::<f64>() / count;
        if known.len() < 2 || mean <= 0.0 {
            continue;
        }
        let least = known.iter().copied().fold(f64::INFINITY, f64::min);
        let most = known.iter().copied().fold(0.0, f64::max);
        differences.push((most - least) / mean * 100.0);
        let spread: f64 = known.iter().map(|value| (value - mean).powi(2)).sum();
        squares += spread / (count - 1.0) / (mean * mean);
    }
    let groups = differences.len();
    Some(Precision {
        element: element.name.into(),
        groups,
        median_difference_percent: super::median(differences.into_iter())?,
        variation_percent: (squares / groups as f64).sqrt() * 100.0,
    })
}
