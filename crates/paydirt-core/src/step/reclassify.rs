//! Reclassify: each value becomes the class of the interval in which it lies, either by a `table`
//! of rows `[from, to, class]` or by `breaks` and one `values` more than breaks (below the first
//! break, between neighbours, above the last). `closed` says which end belongs to an interval; the
//! ends are compared as 32-bit numbers, as the values are. A value in no interval of the table gets
//! `otherwise`, or becomes missing without it. A continuous column becomes ordinal unless `type`
//! says otherwise; nothing is fitted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::bad_setting;
use super::{FittedStep, Step};
use crate::Result;
use crate::layer::EvidenceType;
use crate::table::Table;

/// Replaces values by classes. Either `table`, or `breaks` and `values`, must be given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Rows `[from, to, class]`; the first that holds a value gives its class. A row whose `from`
    /// equals its `to` holds that one value.
    pub table: Vec<[f64; 3]>,
    /// Limits between classes, rising.
    pub breaks: Vec<f64>,
    /// Class below the first break, between each two, and above the last.
    pub values: Vec<f64>,
    /// Which end belongs to an interval.
    pub closed: Closed,
    /// Class of values in no row of the table; without it they become missing.
    pub otherwise: Option<f64>,
    /// Type of the classes; by default a continuous column becomes ordinal, another keeps its type.
    #[serde(rename = "type")]
    pub evidence_type: Option<EvidenceType>,
}

/// Which end belongs to an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closed {
    /// `from <= value < to`.
    #[default]
    Lower,
    /// `from < value <= to`.
    Upper,
}

/// One interval and its class. An end that is none is open to infinity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub from: Option<f32>,
    /// Upper end.
    pub to: Option<f32>,
    /// Its class.
    pub class: f32,
}

/// The intervals, in the order in which they are tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Intervals and their classes.
    pub intervals: Vec<Interval>,
    /// Which end belongs to an interval.
    pub closed: Closed,
    /// Class of values in no interval.
    pub otherwise: Option<f32>,
    /// Type of the classes.
    #[serde(rename = "type")]
    pub evidence_type: Option<EvidenceType>,
}

fn finite(limit: f64) -> Option<f32> {
    Some(limit as f32).filter(|limit| limit.is_finite())
}

impl Settings {
    fn check(&self) -> Result<()> {
        if self.table.is_empty() == self.breaks.is_empty() {
            let expected = "given either `table`, or `breaks` and `values`";
            return Err(bad_setting("reclassify", "neither or both", expected));
        }
        if !self.breaks.is_empty() && self.values.len() != self.breaks.len() + 1 {
            let expected = format!("one more than `breaks` ({})", self.breaks.len() + 1);
            let found = format!("{} numbers", self.values.len());
            return Err(bad_setting("reclassify.values", found, &expected));
        }
        let rising = self.breaks.iter().all(|limit| limit.is_finite())
            && self.breaks.is_sorted_by(|a, b| a < b);
        if !rising {
            let found = format!("{:?}", self.breaks);
            return Err(bad_setting("reclassify.breaks", found, "finite and rising"));
        }
        for row in &self.table {
            if row[0].is_nan() || row[1].is_nan() || row[0] > row[1] || !row[2].is_finite() {
                let expected = "`[from, to, class]` with `from` at most `to`";
                return Err(bad_setting("reclassify.table", format!("{row:?}"), expected));
            }
        }
        match self.values.iter().chain(&self.otherwise).find(|class| !class.is_finite()) {
            Some(class) => Err(bad_setting("reclassify.values", class, "a finite number")),
            None => Ok(()),
        }
    }

    fn intervals(&self) -> Vec<Interval> {
        let rows = self.table.iter().map(|&[from, to, class]| (finite(from), finite(to), class));
        let ends: Vec<_> = self.breaks.iter().map(|limit| Some(*limit as f32)).collect();
        let classes = self.values.iter().enumerate().map(|(index, &class)| {
            let from = index.checked_sub(1).and_then(|below| ends[below]);
            (from, ends.get(index).copied().flatten(), class)
        });
        rows.chain(classes)
            .map(|(from, to, class)| Interval { from, to, class: class as f32 })
            .collect()
    }
}

impl Step for Settings {
    fn fit(&self, _training: &Table) -> Result<FittedStep> {
        self.check()?;
        Ok(FittedStep::Reclassify(Fitted {
            intervals: self.intervals(),
            closed: self.closed,
            otherwise: self.otherwise.map(|class| class as f32),
            evidence_type: self.evidence_type,
        }))
    }

    fn learns(&self) -> bool {
        false
    }
}

impl Interval {
    fn holds(&self, value: f32, closed: Closed) -> bool {
        let inside =
            self.from.is_none_or(|from| value > from) && self.to.is_none_or(|to| value < to);
        let end = match closed {
            Closed::Lower => self.from,
            Closed::Upper => self.to,
        };
        inside || end == Some(value)
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let rows = table.rows();
        let class = |value| {
            let interval =
                self.intervals.iter().find(|interval| interval.holds(value, self.closed));
            interval.map(|interval| interval.class).or(self.otherwise).unwrap_or(f32::NAN)
        };
        let columns = table.columns().iter().map(|column| {
            let mut classes = column.map(class);
            classes.evidence_type = match (self.evidence_type, column.evidence_type) {
                (Some(given), _) => given,
                (None, EvidenceType::Continuous) => EvidenceType::Ordinal,
                (None, kept) => kept,
            };
            classes
        });
        Table::new(rows, columns.collect())
    }
}
