//! Tables that a query joins and chooses from before their rows are read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use paydirt_io::{digest, remote, table};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::scale;

/// A query of a table, and of others beside it, in SQL (that of Apache DataFusion): joins, filters, rows that
/// stand twice. Only in a program that was built with the feature `ballista`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// One `SELECT`. The table of `path` is called `own`; names of columns are in lower case. Rows come in the
    /// order of the file unless it says another.
    pub sql: String,
    /// Other tables (CSV or Parquet) by the names that `sql` has for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tables: BTreeMap<String, PathBuf>,
}

/// What the table of `path` is called in a query.
const OWN: &str = "own";

/// A table to be read: a file of the project, or what a query made.
pub(crate) struct Source<'a> {
    path: Cow<'a, Path>,
    _made: Option<TempDir>,
}

impl<'a> Source<'a> {
    /// The file itself, or what a query makes of it.
    ///
    /// # Errors
    /// Tables that cannot be read, and a query that they do not answer.
    pub(crate) fn of(path: &'a Path, query: Option<&Query>, folder: &Path) -> Result<Self> {
        let Some(query) = query else { return Ok(Self { path: path.into(), _made: None }) };
        let mut tables = vec![(OWN, table::read(path)?)];
        for (name, other) in &query.tables {
            if name == OWN {
                return Err(Error::Project {
                    reason: format!(
                        "a table of a query may not be called `{OWN}`: that is the file of `path`"
                    ),
                    hint: "give it another name".into(),
                });
            }
            tables.push((name, table::read(&remote::join(folder, other))?));
        }
        let (names, rows) = scale::query(&query.sql, tables)?;
        let made = tempfile::tempdir()?;
        // The name is what messages speak of.
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let file = made.path().join(format!("query of {name}.csv"));
        let mut writer = csv::Writer::from_path(&file).map_err(|error| unwritten(&file, &error))?;
        for row in std::iter::once(&names).chain(&rows) {
            writer.write_record(row).map_err(|error| unwritten(&file, &error))?;
        }
        writer.flush()?;
        Ok(Self { path: file.into(), _made: Some(made) })
    }

    /// Where its rows lie.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The digest of its rows.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(crate) fn sha256(&self) -> Result<String> {
        Ok(digest::sha256(&self.path)?)
    }
}

fn unwritten(path: &Path, error: &csv::Error) -> Error {
    Error::Saved { path: path.into(), reason: error.to_string() }
}
