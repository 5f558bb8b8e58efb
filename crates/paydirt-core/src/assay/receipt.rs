//! What was found in a table of assays and what was done about it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::Unit;

/// What was found in a table of assays and what was done about it; for reading by people and
/// programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// Rows of the table.
    pub rows: usize,
    /// Samples that came out.
    pub samples: usize,
    /// Elements that came out.
    pub elements: Vec<ElementReceipt>,
    /// Elements that were analysed and left out, and why.
    pub excluded_elements: Vec<Excluded>,
    /// Columns that were not read as analyses, and why.
    pub ignored_columns: Vec<Excluded>,
    /// Rows that did not count, from 1, by the reason.
    pub excluded_rows: BTreeMap<String, Vec<usize>>,
    /// Elements reported in several columns.
    pub conflicts: Vec<Conflict>,
    /// Rows that were merged into another.
    pub duplicates_merged: usize,
    /// What duplicates say of each element's precision.
    pub precision: Vec<Precision>,
    /// What reference materials say of each element's bias.
    pub bias: Vec<Bias>,
    /// What blanks held.
    pub blanks: Vec<Blank>,
    /// What the user should look at.
    pub warnings: Vec<String>,
}

/// A column of the table that an element was read from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// Its header.
    pub column: String,
    /// What it holds, such as `Al2O3`.
    pub form: String,
    /// Its unit.
    pub unit: Unit,
    /// Its numbers times this are ppm of the element.
    pub to_ppm: f64,
}

/// An element that came out; counts are over the rows that were kept, before duplicates were merged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ElementReceipt {
    /// Its symbol.
    pub element: String,
    /// Where it was read.
    pub sources: Vec<Source>,
    /// Measured.
    pub known: usize,
    /// Below a limit of detection.
    pub below: usize,
    /// The same as a share of what was analysed, in percent.
    pub below_percent: f64,
    /// Above an upper limit.
    pub above: usize,
    /// Not analysed.
    pub missing: usize,
    /// What stands for the analyses beyond a limit.
    pub rule: String,
    /// Least value that came out, in ppm.
    pub min_ppm: f64,
    /// Median of what came out, in ppm.
    pub median_ppm: f64,
    /// Largest value that came out, in ppm.
    pub max_ppm: f64,
}

/// Something left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Excluded {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// Two sources of one element in the samples that have both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conflict {
    /// The element.
    pub element: String,
    /// The column that counts.
    pub column: String,
    /// The column that fills its gaps.
    pub other: String,
    /// Samples with a number in both.
    pub compared: usize,
    /// Those of them that differ by more than `conflict_percent`.
    pub conflicts: usize,
    /// Median of the second over the first, as ppm of the element.
    pub median_ratio: f64,
}

/// How well duplicates agree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Precision {
    /// The element.
    pub element: String,
    /// Groups of two or more measured numbers.
    pub groups: usize,
    /// Median of the range over the mean of a group, in percent; of a pair this is the relative
    /// percent difference.
    pub median_difference_percent: f64,
    /// Root mean square of the groups' coefficients of variation, in percent; twice this is the
    /// precision of Thompson & Howarth (1976) at 95 % of analyses.
    pub variation_percent: f64,
}

/// A reference material beside its expected value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bias {
    /// Name of the material.
    pub standard: String,
    /// The element.
    pub element: String,
    /// Measured numbers.
    pub analyses: usize,
    /// Their mean, in ppm.
    pub mean_ppm: f64,
    /// What was expected, in ppm.
    pub expected_ppm: f64,
    /// Mean over expected, less one, in percent.
    pub bias_percent: f64,
}

/// What blanks held of an element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Blank {
    /// The element.
    pub element: String,
    /// Analyses of blanks.
    pub analyses: usize,
    /// Those in which something was measured.
    pub measured: usize,
    /// The largest of them, in ppm.
    pub max_ppm: Option<f64>,
}

impl Receipt {
    /// Notes rows (from 0) that do not count.
    pub(super) fn exclude_rows(&mut self, reason: &str, rows: impl Iterator<Item = usize>) {
        let rows: Vec<usize> = rows.map(|row| row + 1).collect();
        if !rows.is_empty() {
            self.excluded_rows.entry(reason.into()).or_default().extend(rows);
        }
    }
}
