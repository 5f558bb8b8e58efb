//! One-hot: each categorical column becomes one column of 0 and 1 for each category that the
//! training side has at least `min_count` times, named `<column>_<category>`, and one column
//! `<column>_other` for all else: rare categories and those that only the map has. So each known row
//! has exactly one 1, and a missing one stays missing in all of them. The new columns belong to the
//! same layer and are categorical themselves (0 and 1 are names of *no* and *yes*), so that scaling
//! steps leave them alone. Columns of another type pass through; where no column is categorical
//! the step is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, bad_setting, counts, is_numeric, refuse, require_columns, sorted};
use super::{FittedStep, Step};
use crate::Result;
use crate::layer::EvidenceType;
use crate::table::{Column, Table};

/// Turns categories into columns of 0 and 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Fewest training rows that a category needs for a column of its own.
    pub min_count: usize,
    /// Most columns that one column may become; more are an error.
    pub max_categories: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_count: 1, max_categories: 64 }
    }
}

/// Categories of each column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Categories with a column of their own, from small to large, by the column's name.
    pub columns: PerColumn<Vec<f32>>,
}

impl Settings {
    fn categories(&self, column: &Column) -> Result<Vec<f32>> {
        let frequent = counts(&sorted(column)).into_iter();
        let categories: Vec<f32> = frequent
            .filter(|(_, count)| *count >= self.min_count)
            .map(|(category, _)| category)
            .collect();
        if categories.len() > self.max_categories {
            let (found, most) = (categories.len(), self.max_categories);
            let reason = format!(
                "has {found} categories, more than `max_categories` = {most} \
                 (join some with `reclassify`, or raise `min_count`)"
            );
            return Err(refuse("one_hot", &column.name, reason));
        }
        Ok(categories)
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        if self.min_count == 0 {
            return Err(bad_setting("one_hot.min_count", 0, "at least 1"));
        }
        let categorical = training.columns().iter().filter(|column| !is_numeric(column));
        let columns: PerColumn<Vec<f32>> = categorical
            .map(|column| Ok((column.name.clone(), self.categories(column)?)))
            .collect::<Result<_>>()?;
        if columns.is_empty() {
            let reason = "there are no categories (declare `type = \"categorical\"`)";
            return Err(refuse("one_hot", training.names().join(", "), reason));
        }
        Ok(FittedStep::OneHot(Fitted { columns }))
    }
}

fn indicate(column: &Column, suffix: &str, holds: impl Fn(f32) -> bool) -> Column {
    let mut indicator = column.map(|value| f32::from(u8::from(holds(value))));
    indicator.name = format!("{}_{suffix}", column.name);
    indicator.evidence_type = EvidenceType::Categorical;
    indicator
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        require_columns(&table, self.columns.keys())?;
        let rows = table.rows();
        let mut columns = Vec::new();
        for column in table.into_columns() {
            let Some(categories) = self.columns.get(&column.name) else {
                columns.push(column);
                continue;
            };
            columns.extend(categories.iter().map(|category| {
                indicate(&column, &category.to_string(), |value| value == *category)
            }));
            columns.push(indicate(&column, "other", |value| !categories.contains(&value)));
        }
        Table::new(rows, columns)
    }
}
