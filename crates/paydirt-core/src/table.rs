//! Columns of evidence for a set of units: what steps transform and models read.

use serde::{Deserialize, Serialize};

use crate::layer::EvidenceType;
use crate::{Error, Result};

/// One column of evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name, unique in the table.
    pub name: String,
    /// The evidence layer it came from, to which its contribution is attributed.
    pub layer: String,
    /// What kind of number it holds.
    pub evidence_type: EvidenceType,
    /// One value a row; unspecified (never NaN) where `known` is false.
    pub values: Vec<f32>,
    /// Whether each row's value is known.
    pub known: Vec<bool>,
}

impl Column {
    /// A column from values in which anything not finite means *missing*.
    #[must_use]
    pub fn new(name: &str, layer: &str, evidence_type: EvidenceType, mut values: Vec<f32>) -> Self {
        let known: Vec<bool> = values.iter().map(|value| value.is_finite()).collect();
        for (value, known) in values.iter_mut().zip(&known) {
            if !known {
                *value = 0.0;
            }
        }
        Self { name: name.into(), layer: layer.into(), evidence_type, values, known }
    }

    /// The known values, in row order.
    pub fn known_values(&self) -> impl Iterator<Item = f32> + '_ {
        self.values.iter().zip(&self.known).filter(|(_, known)| **known).map(|(value, _)| *value)
    }

    /// The same column with each known value changed; a result that is not finite becomes missing.
    #[must_use]
    pub fn map(&self, change: impl Fn(f32) -> f32) -> Self {
        let values = self
            .values
            .iter()
            .zip(&self.known)
            .map(|(value, known)| if *known { change(*value) } else { f32::NAN })
            .collect();
        Self::new(&self.name, &self.layer, self.evidence_type, values)
    }
}

/// Columns of equal length, one row a unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    rows: usize,
    columns: Vec<Column>,
    /// The cell of each row: no evidence, but what finds the ground around it.
    #[serde(skip)]
    units: Option<Vec<usize>>,
    /// What rows belong together: no evidence, but what is held out together while a model learns.
    #[serde(skip)]
    groups: Option<Vec<u64>>,
}

impl Table {
    /// A table of `rows` rows.
    ///
    /// # Errors
    /// [`Error::DuplicateName`] for two columns of one name, [`Error::BadSetting`] for a column of
    /// another length.
    pub fn new(rows: usize, columns: Vec<Column>) -> Result<Self> {
        for (index, column) in columns.iter().enumerate() {
            if columns[..index].iter().any(|other| other.name == column.name) {
                return Err(Error::DuplicateName { name: column.name.clone() });
            }
            if column.values.len() != rows || column.known.len() != rows {
                return Err(Error::BadSetting {
                    key: column.name.clone(),
                    found: format!("{} values", column.values.len()),
                    expected: format!("{rows} values, one a row"),
                });
            }
        }
        Ok(Self { rows, columns, units: None, groups: None })
    }

    /// The same rows, which are those of some cells of a map. Nothing is learned from the numbers of the
    /// cells: they say where a model that looks at the ground around a row finds it.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for another number of cells.
    pub fn at(self, units: Option<Vec<usize>>) -> Result<Self> {
        match units.as_ref().map(Vec::len).filter(|count| *count != self.rows) {
            None => Ok(Self { units, ..self }),
            Some(count) => Err(Error::BadSetting {
                key: "units".into(),
                found: format!("{count} cells"),
                expected: format!("{} cells, one a row", self.rows),
            }),
        }
    }

    /// The cell of each row, where rows are those of cells of a map.
    #[must_use]
    pub fn units(&self) -> Option<&[usize]> {
        self.units.as_deref()
    }

    /// The same rows, those of one group of samples with one number. Nothing is learned from it.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for another number of rows.
    pub fn in_groups(self, groups: Option<Vec<u64>>) -> Result<Self> {
        match groups.as_ref().map(Vec::len).filter(|count| *count != self.rows) {
            None => Ok(Self { groups, ..self }),
            Some(count) => Err(Error::BadSetting {
                key: "groups".into(),
                found: format!("those of {count} rows"),
                expected: format!("those of {} rows", self.rows),
            }),
        }
    }

    /// What each row belongs to, where that is known.
    #[must_use]
    pub fn groups(&self) -> Option<&[u64]> {
        self.groups.as_deref()
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns, taken out.
    #[must_use]
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Names of the columns, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// Whether every column of a row is known.
    #[must_use]
    pub fn complete(&self, row: usize) -> bool {
        self.columns.iter().all(|column| column.known[row])
    }

    /// The given rows, in the given order. A row may be given more than once.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        let columns = self
            .columns
            .iter()
            .map(|column| Column {
                name: column.name.clone(),
                layer: column.layer.clone(),
                evidence_type: column.evidence_type,
                values: rows.iter().map(|&row| column.values[row]).collect(),
                known: rows.iter().map(|&row| column.known[row]).collect(),
            })
            .collect();
        let units = self.units.as_ref().map(|units| rows.iter().map(|&row| units[row]).collect());
        let groups = self.groups.as_ref().map(|of| rows.iter().map(|&row| of[row]).collect());
        Self { rows: rows.len(), columns, units, groups }
    }
}
