//! Impute by the median: a missing value becomes the median of the known training values, in the
//! layer's unit: of a continuous column the mean of the two middle values where their number is
//! even (numpy's), of an ordinal one the lower of the two, since a mean of two classes is no class,
//! and of a categorical one the commonest category (the smaller of two equally common). Where the
//! training side knows nothing it is 0. Unless switched off, each column gets a companion
//! `<column>_missing` of the same layer, 1 where the value was missing and 0 where it was known, so
//! that a model can tell made-up values from measured ones (Rubin 1976,
//! doi:10.1093/biomet/63.3.581). It is always there, also where nothing is missing, so that the
//! columns of two folds never differ by chance; it is categorical, so scaling steps leave it alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, counts, quantile, require_columns, sorted, unknown};
use super::{FittedStep, Step};
use crate::Result;
use crate::layer::EvidenceType;
use crate::table::{Column, Table};

/// Fills in what is missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Whether each column gets a companion that says where it was missing.
    pub indicator: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { indicator: true }
    }
}

/// What is filled in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Whether each column gets a companion that says where it was missing.
    pub indicator: bool,
    /// The value filled in, by the column's name.
    pub columns: PerColumn<f32>,
}

/// The middle of a column's known values; 0 where there are none.
pub(super) fn filling(column: &Column) -> f32 {
    let values = sorted(column);
    let middle = match column.evidence_type {
        EvidenceType::Continuous => quantile(&values, 0.5).map(|median| median as f32),
        EvidenceType::Ordinal => values.get(values.len().saturating_sub(1) / 2).copied(),
        EvidenceType::Categorical => counts(&values)
            .into_iter()
            .rev()
            .max_by_key(|(_, count)| *count)
            .map(|(category, _)| category),
    };
    middle.unwrap_or(0.0)
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let columns = training.columns().iter();
        let columns = columns.map(|column| (column.name.clone(), filling(column))).collect();
        Ok(FittedStep::ImputeMedian(Fitted { indicator: self.indicator, columns }))
    }
}

fn missing(column: &Column) -> Column {
    let values = column.known.iter().map(|known| f32::from(u8::from(!known))).collect();
    let name = format!("{}_missing", column.name);
    Column::new(&name, &column.layer, EvidenceType::Categorical, values)
}

/// The table with each missing value filled in by `value(column, row)`, and each column followed by
/// its indicator.
pub(super) fn filled(
    table: Table,
    indicator: bool,
    value: impl Fn(usize, usize) -> f32,
) -> Result<Table> {
    let rows = table.rows();
    let mut columns = Vec::new();
    for (index, mut column) in table.into_columns().into_iter().enumerate() {
        let indicator = indicator.then(|| missing(&column));
        for row in 0..rows {
            if !column.known[row] {
                (column.values[row], column.known[row]) = (value(index, row), true);
            }
        }
        columns.push(column);
        columns.extend(indicator);
    }
    Table::new(rows, columns)
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        require_columns(&table, self.columns.keys())?;
        let filling = table.columns().iter().map(|column| {
            let filling = self.columns.get(&column.name);
            filling.copied().ok_or_else(|| unknown(&column.name, self.columns.keys()))
        });
        let filling: Vec<f32> = filling.collect::<Result<_>>()?;
        filled(table, self.indicator, |column, _| filling[column])
    }
}
