//! What the steps for compositions share: the parts, and log ratios that replace them.

use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, is_numeric, refuse, require_columns, require_numeric};
use crate::composition::Contrasts;
use crate::layer::EvidenceType;
use crate::table::{Column, Table};
use crate::{Error, Result};

/// The parts of a composition: the names of the columns that are not categorical.
pub(super) fn parts(step: &str, training: &Table) -> Result<Vec<String>> {
    require_numeric(step, training)?;
    let numeric = training.columns().iter().filter(|column| is_numeric(column));
    let parts: Vec<String> = numeric.map(|column| column.name.clone()).collect();
    if parts.len() < 2 {
        let reason = "one part has no ratio to another (let it stand in a `[[group]]` of layers)";
        return Err(refuse(step, parts.join(", "), reason));
    }
    Ok(parts)
}

/// The place of a part.
pub(super) fn place(parts: &[String], name: &str) -> Result<usize> {
    parts.iter().position(|part| part == name).ok_or_else(|| Error::Unknown {
        what: "part",
        name: name.into(),
        known: parts.join(", "),
    })
}

/// How many known training values of each part are not over 0.
pub(super) fn not_positive(parts: &[String], training: &Table) -> PerColumn<usize> {
    let parts = parts.iter().filter_map(|part| training.column(part));
    parts
        .map(|column| {
            let count = column.known_values().filter(|value| *value <= 0.0).count();
            (column.name.clone(), count)
        })
        .collect()
}

/// The parts of each row; `None` where one is missing.
pub(super) fn rows<'a>(
    table: &'a Table,
    parts: &[String],
) -> Result<impl Iterator<Item = Option<Vec<f64>>> + 'a> {
    require_columns(table, parts.iter())?;
    let columns: Vec<&Column> = parts.iter().filter_map(|part| table.column(part)).collect();
    Ok((0..table.rows()).map(move |row| {
        let known = columns.iter().all(|column| column.known[row]);
        known.then(|| columns.iter().map(|column| f64::from(column.values[row])).collect())
    }))
}

/// A column that comes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// The layer that it belongs to.
    pub layer: String,
}

impl Output {
    /// One output for each chosen part, named after it and of its layer.
    pub(super) fn of_parts(prefix: &str, training: &Table, chosen: &[&String]) -> Vec<Self> {
        let columns = chosen.iter().filter_map(|part| training.column(part));
        columns
            .map(|column| Self {
                name: format!("{prefix}_{}", column.name),
                layer: column.layer.clone(),
            })
            .collect()
    }
}

/// Log ratios that replace the parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The parts, in the order of the contrasts.
    pub parts: Vec<String>,
    /// The columns that come out, in the order of the contrasts.
    pub outputs: Vec<Output>,
    /// One row an output, one number a part: what the part's logarithm is multiplied by.
    pub contrasts: Contrasts,
    /// How many known training values of each part are not over 0: those rows became missing.
    pub not_positive: PerColumn<usize>,
}

/// The table without the parts.
pub(super) fn without(table: &Table, parts: &[String]) -> Vec<Column> {
    let columns = table.columns().iter();
    columns.filter(|column| !parts.contains(&column.name)).cloned().collect()
}

impl Fitted {
    /// Centred log ratios of all parts.
    pub(super) fn clr(step: &str, training: &Table) -> Result<Self> {
        let parts = parts(step, training)?;
        Ok(Self {
            outputs: Output::of_parts("clr", training, &parts.iter().collect::<Vec<_>>()),
            contrasts: Contrasts::clr(parts.len()),
            not_positive: not_positive(&parts, training),
            parts,
        })
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let mut values = vec![Vec::with_capacity(table.rows()); self.outputs.len()];
        for parts in rows(&table, &self.parts)? {
            let ratios = parts.and_then(|parts| self.contrasts.forward(&parts));
            for (index, values) in values.iter_mut().enumerate() {
                let ratio = ratios.as_ref().and_then(|ratios| ratios.get(index));
                values.push(ratio.map_or(f32::NAN, |ratio| *ratio as f32));
            }
        }
        let mut columns = without(&table, &self.parts);
        columns.extend(self.outputs.iter().zip(values).map(|(output, values)| {
            Column::new(&output.name, &output.layer, EvidenceType::Continuous, values)
        }));
        Table::new(table.rows(), columns)
    }
}
