//! Settings of `[[assays]]`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unit::Unit;
use crate::Result;
use crate::error::require;

/// How a laboratory's table becomes clean analyses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Columns that are not read as analyses.
    pub ignore: Vec<String>,
    /// What a column holds where its header does not say so or is wrong, by its header:
    /// `"BaO__" = "Ba_ppm"`.
    pub columns: BTreeMap<String, String>,
    /// Unit of the columns whose header names none; without it they are not read.
    pub unit: Option<Unit>,
    /// Words that mean *missing*, besides `NA`, `n.d.`, `LNR`, `IS`, `NSS` and the like.
    pub missing: Vec<String>,
    /// Numbers that mean *missing*.
    pub missing_values: Vec<f64>,
    /// What another negative number means.
    pub negative: Negative,
    /// What zero means.
    pub zero: Zero,
    /// Whether a comma in a number is a decimal point; by default it is, unless it may part
    /// thousands (`1,250`), which is refused.
    pub decimal_comma: Option<bool>,
    /// What happens to a cell that is no number, in another unit, or over 100 percent.
    pub unreadable: Unreadable,
    /// What stands for an analysis beyond a limit of detection.
    pub censoring: Censoring,
    /// Two analyses of one element in one sample that differ by more than this share of their mean,
    /// in percent, are reported as a conflict.
    pub conflict_percent: f64,
    /// Least share of the samples, in percent, that must have been analysed for an element
    /// (limits of detection count as analysed), else the element is left out.
    pub min_known_percent: f64,
    /// Least share of the elements that are left, in percent, for which a sample must have been
    /// analysed, else the sample is left out.
    pub min_known_percent_of_elements: f64,
    /// Column of the samples' names.
    pub sample: Option<String>,
    /// What happens to analyses of one place or one sample.
    pub duplicates: Duplicates,
    /// Reference materials and blanks among the rows; they are judged and taken out.
    pub standards: Option<Standards>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ignore: Vec::new(),
            columns: BTreeMap::new(),
            unit: None,
            missing: Vec::new(),
            missing_values: vec![-99.0, -999.0, -9999.0, -99_999.0],
            negative: Negative::default(),
            zero: Zero::default(),
            decimal_comma: None,
            unreadable: Unreadable::default(),
            censoring: Censoring::default(),
            conflict_percent: 20.0,
            min_known_percent: 40.0,
            min_known_percent_of_elements: 40.0,
            sample: None,
            duplicates: Duplicates::default(),
            standards: None,
        }
    }
}

/// What a negative number means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Negative {
    /// `-0.5` is `<0.5`.
    #[default]
    Censored,
    /// It is missing.
    Missing,
    /// It is an error.
    Refuse,
}

/// What zero means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Zero {
    /// Nobody analysed it.
    #[default]
    Missing,
    /// Below the column's lowest positive number.
    Censored,
    /// Zero.
    Value,
}

/// What happens to a cell that cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unreadable {
    /// It is an error that names its row and column.
    #[default]
    Refuse,
    /// It is missing, and counted in a warning.
    Missing,
}

/// What stands for an analysis beyond a limit of detection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Censoring {
    /// A fraction of the limit.
    Fraction(Fraction),
    /// Regression on order statistics, for limits below (Helsel & Cohn 1988).
    Ros(Ros),
    /// Lognormal maximum likelihood by expectation and maximisation.
    Em(Em),
}

impl Default for Censoring {
    fn default() -> Self {
        Self::Fraction(Fraction::default())
    }
}

/// A fraction of the limit of detection, whatever the other samples say.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fraction {
    /// Times a lower limit, over 0 and up to 1.
    pub below: f64,
    /// Times an upper limit, at least 1.
    pub above: f64,
}

impl Default for Fraction {
    fn default() -> Self {
        Self { below: 0.75, above: 4.0 / 3.0 }
    }
}

/// Regression on order statistics.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Ros {
    /// Times an upper limit, at least 1: the method knows lower limits only.
    pub above: f64,
}

impl Default for Ros {
    fn default() -> Self {
        Self { above: Fraction::default().above }
    }
}

/// Expectation and maximisation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Em {
    /// Most rounds; an element that needs more is named in a warning.
    pub max_rounds: u32,
}

impl Default for Em {
    fn default() -> Self {
        Self { max_rounds: 10_000 }
    }
}

/// Which rows are analyses of one thing, and what becomes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Duplicates {
    /// What they share.
    pub by: DuplicateKey,
    /// What is kept of them.
    pub keep: Keep,
}

/// What duplicates share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DuplicateKey {
    /// Their place.
    #[default]
    Place,
    /// The name in the column `sample`.
    Sample,
    /// Nothing: every row stays.
    None,
}

/// What is kept of duplicates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// The mean of those that were analysed, element by element, at the first one's place.
    #[default]
    Mean,
    /// The first row.
    First,
}

/// Reference materials and blanks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Standards {
    /// Column that names them; any other value of it is a sample.
    pub column: String,
    /// Expected values in ppm of the element, by the material's name and the element's symbol.
    pub expected: BTreeMap<String, BTreeMap<String, f64>>,
    /// Names of blanks, which hold next to nothing.
    pub blanks: Vec<String>,
    /// A material whose mean differs from what is expected by more than this, in percent, makes a
    /// warning.
    pub max_bias_percent: Option<f64>,
}

impl Settings {
    /// Refuses settings out of their range.
    pub(super) fn check(&self) -> Result<()> {
        let percents = [
            ("assays.min_known_percent", self.min_known_percent),
            ("assays.min_known_percent_of_elements", self.min_known_percent_of_elements),
        ];
        for (key, percent) in percents {
            require((0.0..=100.0).contains(&percent), key, percent, "0 to 100")?;
        }
        let conflict = self.conflict_percent;
        require(conflict >= 0.0, "assays.conflict_percent", conflict, "at least 0")?;
        let factor = |key: &str, above: f64| {
            require(above.is_finite() && above >= 1.0, key, above, "a finite number, at least 1")
        };
        let logarithms = match self.censoring {
            Censoring::Fraction(Fraction { below, above }) => {
                let key = "assays.censoring.fraction.below";
                require(below > 0.0 && below <= 1.0, key, below, "over 0 and up to 1")?;
                factor("assays.censoring.fraction.above", above)?;
                false
            }
            Censoring::Ros(Ros { above }) => {
                factor("assays.censoring.ros.above", above)?;
                true
            }
            Censoring::Em(Em { max_rounds }) => {
                let key = "assays.censoring.em.max_rounds";
                require((1..=1_000_000).contains(&max_rounds), key, max_rounds, "1 to 1000000")?;
                true
            }
        };
        let zero = !(logarithms && self.zero == Zero::Value);
        let expected = "`missing` or `censored` with `ros` and `em`: zero has no logarithm";
        require(zero, "assays.zero", "value", expected)?;
        let named = self.duplicates.by != DuplicateKey::Sample || self.sample.is_some();
        require(named, "assays.duplicates.by", "sample", "given with the column `sample`")
    }
}
