//! What a model does as layers of evidence move: partial dependence with its single curves, accumulated
//! local effects, the smallest change across a threshold, what goes together with what, and whether models
//! fitted again say the same.
//!
//! Nothing is asked of a model but scores of rows. A row may be raw evidence with the pipeline inside the
//! score: effects are then in the units of the layers. A score that is not a number says that a row has
//! none; such rows are left out.

mod accumulated;
pub mod counterfactual;
mod dependence;
mod interaction;
mod points;
pub mod stability;
#[cfg(test)]
mod tests;

use paydirt_core::Error as CoreError;
use paydirt_core::table::{Column, Table};

pub use accumulated::{Accumulated, accumulated_local_effect};
pub use dependence::{Dependence, partial_dependence};
pub use interaction::{Companion, strongest_companion};
pub use points::points;

use crate::Result;
use crate::explain::Score;

/// Rows of evidence that are scored at a time, about.
const BATCH: usize = 1 << 15;

/// A row with one of its columns set.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Moved {
    row: usize,
    column: usize,
    value: f32,
}

/// The place of a column.
fn place(evidence: &Table, name: &str) -> Result<usize> {
    evidence.columns().iter().position(|column| column.name == name).ok_or_else(|| {
        let known = evidence.names().join(", ");
        CoreError::Unknown { what: "column", name: name.into(), known }.into()
    })
}

/// Scores of rows that each have one column set.
fn score_moved(score: &Score<'_>, evidence: &Table, moved: &[Moved]) -> Result<Vec<f32>> {
    let mut scores = Vec::with_capacity(moved.len());
    for some in moved.chunks(BATCH) {
        let rows: Vec<usize> = some.iter().map(|moved| moved.row).collect();
        let mut columns: Vec<Column> = evidence.select(&rows).into_columns();
        for (row, moved) in some.iter().enumerate() {
            let column = &mut columns[moved.column];
            column.values[row] = moved.value;
            column.known[row] = true;
        }
        scores.extend(score(&Table::new(some.len(), columns)?)?);
    }
    Ok(scores)
}
