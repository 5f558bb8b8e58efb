//! Tables of samples with their features: CSV and Parquet.

mod parquet;
pub(crate) mod text;

use std::path::Path;

use crate::Result;

/// A table as it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// Number of rows.
    pub rows: usize,
    /// The columns, in the file's order.
    pub columns: Vec<Column>,
    /// What is odd, one sentence each.
    pub warnings: Vec<String>,
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, unique in the table.
    pub name: String,
    /// Its values.
    pub values: Values,
}

/// The values of a column, one a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Numbers; NaN where missing. A column in which nothing is known is one of numbers.
    Numbers(Vec<f64>),
    /// Texts; `None` where missing.
    Texts(Vec<Option<String>>),
}

impl Columns {
    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// Reads a table: Parquet (`.parquet`, `.pq`), or text with a header line, its cells parted by
/// commas, semicolons or tabs. A column is one of numbers if all its cells are numbers or missing,
/// quoted or not; missing is what is empty, `NA`, `N/A`, `NaN` or `null`. Where semicolons or tabs part
/// the cells, a comma in a number is its decimal point.
///
/// # Errors
/// Files that cannot be read, and [`crate::Error::BadTable`] with the line for a header with a name
/// twice and for a line of another length; [`crate::Error::BadValues`] for a nested Parquet column.
pub fn read(path: &Path) -> Result<Columns> {
    let is_parquet = path.extension().is_some_and(|extension| {
        ["parquet", "pq"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    });
    if is_parquet {
        parquet::read(path)
    } else {
        text::read(path).map(text::TextTable::into_columns)
    }
}
