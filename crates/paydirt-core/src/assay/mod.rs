//! Assays: from a laboratory's table of text to clean analyses in ppm at places.
//!
//! In this order: headers are read ([`mod@unit`]), cells are read ([`value`]), the columns of one element
//! are merged, reference materials and blanks are judged and taken out, rows without a usable place
//! are taken out, elements and then samples of which too little was analysed are left out, limits of
//! detection are replaced ([`censor`]), duplicates are merged. Nothing looks at a label. The receipt
//! says what was found and done. An element that was measured in no sample is left out: a column of
//! limits of detection is a map of laboratories.

pub mod censor;
pub mod formula;
pub mod fractal;
mod merge;
mod normal;
mod quality;
mod read;
mod receipt;
mod settings;
pub mod unit;
pub mod value;

use serde::{Deserialize, Serialize};

use crate::grid::Point;
use crate::layer::EvidenceType;
use crate::table::{Column, Table};
use crate::{Error, Result};
use merge::Merged;
use value::Assay;

pub use quality::check_places;
pub use receipt::{Bias, Blank, Conflict, ElementReceipt, Excluded, Precision, Receipt, Source};
pub use settings::{
    Censoring, DuplicateKey, Duplicates, Em, Fraction, Keep, Negative, Ros, Settings, Standards,
    Unreadable, Zero,
};

/// A laboratory's table as text, and where its samples lie.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawTable {
    /// Names of the columns.
    pub header: Vec<String>,
    /// Cells, one a column in each row.
    pub rows: Vec<Vec<String>>,
    /// Place of each row, where it has one.
    pub places: Vec<Option<Point>>,
    /// Whether places are longitude and latitude in degrees.
    pub degrees: bool,
    /// West, south, east and north of the ground that is mapped, in the system of the places.
    pub region: Option<[f64; 4]>,
}

/// Clean analyses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assays {
    /// The samples.
    pub samples: Vec<Sample>,
    /// The elements, in the order of the table.
    pub elements: Vec<Element>,
    /// What was found and done.
    pub receipt: Receipt,
}

/// A sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Its name, or the number of its row where no column names it.
    pub name: String,
    /// Where it was taken.
    pub place: Point,
    /// Rows of the table, from 1, that it was made of.
    pub rows: Vec<usize>,
}

/// An element in all samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// Its symbol.
    pub name: String,
    /// One value a sample, in ppm; unspecified (never NaN) where not known.
    pub values: Vec<f64>,
    /// Whether each sample was analysed for it.
    pub known: Vec<bool>,
    /// Whether a value stands for an analysis beyond a limit of detection, in whole or in part.
    pub censored: Vec<bool>,
}

impl RawTable {
    /// The number of a column.
    fn column(&self, name: &str) -> Result<usize> {
        self.header.iter().position(|known| known == name).ok_or_else(|| Error::Unknown {
            what: "column of the assays",
            name: name.into(),
            known: self.header.join(", "),
        })
    }

    fn check(&self, settings: &Settings) -> Result<()> {
        let ragged = self.rows.iter().position(|row| row.len() != self.header.len());
        if let Some(row) = ragged {
            let (found, expected) = (self.rows[row].len(), self.header.len());
            let reason = format!("row {} has {found} cells, the header {expected}", row + 1);
            return Err(Error::BadAssays { reason, advice: "mend the table" });
        }
        if self.places.len() != self.rows.len() {
            let reason = format!("{} places for {} rows", self.places.len(), self.rows.len());
            return Err(Error::BadAssays { reason, advice: "give each row a place" });
        }
        let standards = settings.standards.as_ref().map(|standards| &standards.column);
        let named = settings.columns.keys().chain(&settings.ignore);
        named.chain(&settings.sample).chain(standards).try_for_each(|name| {
            self.column(name)?;
            Ok(())
        })
    }
}

impl Assays {
    /// The analyses as columns named by the element, one row a sample.
    ///
    /// # Errors
    /// None for what [`clean`] made.
    pub fn table(&self) -> Result<Table> {
        let columns = self.elements.iter().map(|element| {
            let cells = element.values.iter().zip(&element.known);
            let values = cells.map(|(value, known)| if *known { *value as f32 } else { f32::NAN });
            Column::new(&element.name, &element.name, EvidenceType::Continuous, values.collect())
        });
        Table::new(self.samples.len(), columns.collect())
    }
}

/// Cleans a laboratory's table; the order of work is that of the module's text.
///
/// # Errors
/// Settings out of range or naming no column, a cell that cannot be read (unless told to let it be
/// missing), exchanged coordinates, or nothing left.
///
/// ```
/// use paydirt_core::assay::{RawTable, Settings, clean};
/// use paydirt_core::grid::Point;
/// let cells = [["1.5", "10"], ["<0.4", "20"]];
/// let raw = RawTable {
///     header: vec!["Cu_pct".into(), "Ni_ppm".into()],
///     rows: cells.map(|row| row.map(String::from).to_vec()).to_vec(),
///     places: (1..3).map(|n| Some(Point { easting: n as f64, northing: 5.0 })).collect(),
///     ..RawTable::default()
/// };
/// let copper = &clean(&raw, &Settings::default()).unwrap().elements[0];
/// assert_eq!(copper.values, [15_000.0, 3_000.0]); // 0.75 of a limit of 0.4 %
/// assert_eq!(copper.censored, [false, true]);
/// ```
pub fn clean(raw: &RawTable, settings: &Settings) -> Result<Assays> {
    settings.check()?;
    raw.check(settings)?;
    let mut receipt = Receipt { rows: raw.rows.len(), ..Receipt::default() };
    let columns = read::read(raw, settings, &mut receipt)?;
    let elements = merge::merge(columns, settings, &mut receipt);
    merge::check_total(&elements, &mut receipt);
    let mut kept = vec![true; raw.rows.len()];
    quality::standards(raw, &elements, settings, &mut receipt, &mut kept)?;
    // A standard lies nowhere: only rows that are samples are asked for their place.
    let rows: Vec<usize> = (0..kept.len()).filter(|row| kept[*row]).collect();
    let rows = placed(raw, rows, &mut receipt)?;
    let (elements, rows) = select(elements, rows, settings, &mut receipt)?;
    let groups = quality::groups(raw, &rows, settings)?;
    receipt.precision =
        elements.iter().filter_map(|element| quality::precision(element, &groups)).collect();
    let samples = samples(raw, &groups, settings, &mut receipt)?;
    let elements: Vec<Element> = elements
        .iter()
        .map(|merged| finish(merged, &rows, &groups, settings, &mut receipt))
        .collect();
    receipt.samples = samples.len();
    receipt.duplicates_merged = rows.len() - samples.len();
    Ok(Assays { samples, elements, receipt })
}

/// Those of the rows that lie somewhere.
fn placed(raw: &RawTable, rows: Vec<usize>, receipt: &mut Receipt) -> Result<Vec<usize>> {
    let places: Vec<Option<Point>> = rows.iter().map(|row| raw.places[*row]).collect();
    let mut found = Receipt::default();
    let usable = check_places(&places, raw.degrees, raw.region, &mut found)?;
    receipt.warnings.append(&mut found.warnings);
    for (reason, numbers) in found.excluded_rows {
        receipt.exclude_rows(&reason, numbers.into_iter().map(|number| rows[number - 1]));
    }
    Ok(rows.into_iter().zip(usable).filter(|(_, usable)| *usable).map(|(row, _)| row).collect())
}

/// Elements of which enough samples were analysed, then samples in which enough of those were.
fn select(
    elements: Vec<Merged>,
    rows: Vec<usize>,
    settings: &Settings,
    receipt: &mut Receipt,
) -> Result<(Vec<Merged>, Vec<usize>)> {
    let mut left = Vec::new();
    for element in elements {
        let count =
            |is: fn(&Assay) -> bool| rows.iter().filter(|r| is(&element.cells[**r])).count();
        let analysed = count(|cell| cell.analysed());
        let known = count(|cell| matches!(cell, Assay::Known(_)));
        let enough = analysed as f64 * 100.0 >= settings.min_known_percent * rows.len() as f64;
        let reason = match (analysed, known) {
            (0, _) => "was analysed in no sample".into(),
            (_, 0) => format!("all {analysed} analyses are beyond a limit of detection"),
            _ if enough => {
                left.push(element);
                continue;
            }
            _ => format!("was analysed in {analysed} of {} samples", rows.len()),
        };
        if analysed > 0 && known == 0 {
            receipt.warnings.push(format!("{}: {reason}; it is left out", element.name));
        }
        receipt.excluded_elements.push(Excluded { name: element.name.into(), reason });
    }
    let analysed = |row: &usize| left.iter().filter(|e| e.cells[*row].analysed()).count();
    let least = settings.min_known_percent_of_elements * left.len() as f64;
    let (rows, poor): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(|row| {
        let count = analysed(row);
        count > 0 && count as f64 * 100.0 >= least
    });
    receipt.exclude_rows("was analysed for too few elements", poor.into_iter());
    let known = |element: &mut Merged| {
        rows.iter().any(|row| matches!(element.cells[*row], Assay::Known(_)))
    };
    let measured: Vec<Merged> = left.extract_if(.., known).collect();
    receipt.excluded_elements.extend(left.iter().map(|element| Excluded {
        name: element.name.into(),
        reason: "was measured in none of the samples that are left".into(),
    }));
    let left = measured;
    if left.is_empty() || rows.is_empty() {
        let found = receipt.excluded_elements.iter().take(3);
        let found: Vec<String> =
            found.map(|Excluded { name, reason }| format!("{name} {reason}")).collect();
        return Err(Error::BadAssays {
            reason: format!("no element and no sample is left ({})", found.join("; ")),
            advice: "lower `min_known_percent` and `min_known_percent_of_elements`, or look at \
                     what `zero` and `missing_values` take for missing",
        });
    }
    Ok((left, rows))
}

fn samples(
    raw: &RawTable,
    groups: &[Vec<usize>],
    settings: &Settings,
    receipt: &mut Receipt,
) -> Result<Vec<Sample>> {
    let names = settings.sample.as_ref().map(|name| raw.column(name)).transpose()?;
    let elsewhere =
        |group: &&Vec<usize>| group.iter().any(|r| raw.places[*r] != raw.places[group[0]]);
    let apart = groups.iter().filter(elsewhere).count();
    if apart > 0 {
        let text =
            format!("{apart} samples have duplicates elsewhere: the first one's place counts");
        receipt.warnings.push(text);
    }
    let samples = groups.iter().filter_map(|group| {
        let first = *group.first()?;
        let name = names.map(|column| raw.rows[first][column].trim().to_owned());
        Some(Sample {
            name: name.unwrap_or_else(|| (first + 1).to_string()),
            place: raw.places[first]?,
            rows: group.iter().map(|row| row + 1).collect(),
        })
    });
    Ok(samples.collect())
}

/// Replaces the limits of an element and merges its duplicates.
fn finish(
    merged: &Merged,
    rows: &[usize],
    groups: &[Vec<usize>],
    settings: &Settings,
    receipt: &mut Receipt,
) -> Element {
    let cells: Vec<Assay> = rows.iter().map(|row| merged.cells[*row]).collect();
    let filled = censor::fill(&cells, &settings.censoring);
    receipt.warnings.extend(filled.warning.map(|warning| format!("{}: {warning}", merged.name)));
    let mut values = vec![None; merged.cells.len()];
    for (row, value) in rows.iter().zip(filled.values) {
        values[*row] = value;
    }
    let cell = |group: &Vec<usize>| {
        let members = if settings.duplicates.keep == Keep::First { &group[..1] } else { group };
        let known: Vec<f64> = members.iter().filter_map(|row| values[*row]).collect();
        let limit = |row: &usize| matches!(merged.cells[*row], Assay::Below(_) | Assay::Above(_));
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        (mean, !known.is_empty(), members.iter().any(limit))
    };
    let mut element = Element {
        name: merged.name.into(),
        values: Vec::new(),
        known: Vec::new(),
        censored: Vec::new(),
    };
    for (value, known, censored) in groups.iter().map(cell) {
        element.values.push(value);
        element.known.push(known);
        element.censored.push(censored);
    }
    receipt.elements.push(summary(merged, &cells, &element, filled.rule));
    element
}

fn summary(merged: &Merged, cells: &[Assay], element: &Element, rule: String) -> ElementReceipt {
    let count = |is: fn(&&Assay) -> bool| cells.iter().filter(is).count();
    let below = count(|cell| matches!(cell, Assay::Below(_)));
    let missing = count(|cell| !cell.analysed());
    let known = element.values.iter().zip(&element.known).filter(|(_, known)| **known);
    let values: Vec<f64> = known.map(|(value, _)| *value).collect();
    let end = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick).unwrap_or(0.0);
    ElementReceipt {
        element: merged.name.into(),
        sources: merged.sources.clone(),
        known: count(|cell| matches!(cell, Assay::Known(_))),
        below,
        below_percent: below as f64 * 100.0 / (cells.len() - missing).max(1) as f64,
        above: count(|cell| matches!(cell, Assay::Above(_))),
        missing,
        rule,
        min_ppm: end(f64::min),
        median_ppm: median(values.iter().copied()).unwrap_or(0.0),
        max_ppm: end(f64::max),
    }
}

/// The middle of the numbers, or the mean of the two in the middle.
fn median(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    let (low, high) = (numbers.len().checked_sub(1)? / 2, numbers.len() / 2);
    Some(f64::midpoint(numbers[low], numbers[high]))
}
