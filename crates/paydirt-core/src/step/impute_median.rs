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

fn filling(column: &Column) -> f32 {
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

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        require_columns(&table, self.columns.keys())?;
        let rows = table.rows();
        let mut columns = Vec::new();
        for mut column in table.into_columns() {
            let filling = self.columns.get(&column.name);
            let filling = *filling.ok_or_else(|| unknown(&column.name, self.columns.keys()))?;
            let indicator = self.indicator.then(|| missing(&column));
            for (value, known) in column.values.iter_mut().zip(&mut column.known) {
                if !*known {
                    (*value, *known) = (filling, true);
                }
            }
            columns.push(column);
            columns.extend(indicator);
        }
        Table::new(rows, columns)
    }
}
