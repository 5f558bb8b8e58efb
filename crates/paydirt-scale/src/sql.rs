//! Tables that are chosen from and joined in SQL, in this process: nothing is started.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::prelude::{SQLOptions, SessionConfig, SessionContext};

use crate::engine::{end, runtime};
use crate::error::{Error, Result};

/// The cells of a column, one a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cells {
    /// Numbers; NaN where missing.
    Numbers(Vec<f64>),
    /// Texts; `None` where missing.
    Texts(Vec<Option<String>>),
}

/// A table by its name, of columns by theirs.
#[derive(Clone, Debug, PartialEq)]
pub struct SqlTable {
    /// What SQL calls it.
    pub name: String,
    /// Its columns; SQL calls them by their names in lower case.
    pub columns: Vec<(String, Cells)>,
}

/// What a `SELECT` gives, as text: the names of its columns, and its rows, empty where missing. A column that is
/// one of the tables' is called as it is there. Rows come in the order of the first table unless the query says
/// another: nothing is parted.
///
/// # Errors
/// [`Error::Query`] for what is no query of these tables, or is more than a query.
pub fn query(sql: &str, tables: &[SqlTable]) -> Result<(Vec<String>, Vec<Vec<String>>)> {
    let wrong = |reason: String| Error::Query { sql: sql.into(), reason };
    let one = SessionConfig::new().with_target_partitions(1);
    let context = SessionContext::new_with_config(one);
    for table in tables {
        let batch = batch(table).map_err(|error| wrong(error.to_string()))?;
        context
            .register_batch(table.name.to_lowercase(), batch)
            .map_err(|error| wrong(error.to_string()))?;
    }
    let reading =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let runtime = runtime()?;
    let asked = runtime.block_on(async {
        let frame = context.sql_with_options(sql, reading).await?;
        let names: Vec<String> =
            frame.schema().fields().iter().map(|field| field.name().clone()).collect();
        Ok((names, frame.collect().await?))
    });
    end(runtime);
    let (names, batches) =
        asked.map_err(|error: datafusion::error::DataFusionError| wrong(error.to_string()))?;
    let mut rows = Vec::new();
    for batch in &batches {
        rows.extend((0..batch.num_rows()).map(|row| {
            batch.columns().iter().map(|column| text(column, row)).collect::<Vec<String>>()
        }));
    }
    let own = own_names(tables);
    let names = names.into_iter().map(|name| own.get(&name).cloned().flatten().unwrap_or(name));
    Ok((names.collect(), rows))
}

/// The names of columns by themselves in lower case, where that is one name.
fn own_names(tables: &[SqlTable]) -> BTreeMap<String, Option<String>> {
    let mut names = BTreeMap::new();
    for (name, _) in tables.iter().flat_map(|table| &table.columns) {
        names
            .entry(name.to_lowercase())
            .and_modify(|known: &mut Option<String>| {
                if known.as_ref() != Some(name) {
                    *known = None;
                }
            })
            .or_insert_with(|| Some(name.clone()));
    }
    names
}

fn batch(
    table: &SqlTable,
) -> std::result::Result<RecordBatch, datafusion::arrow::error::ArrowError> {
    let column = |cells: &Cells| -> ArrayRef {
        match cells {
            Cells::Numbers(numbers) => {
                let known = numbers.iter().map(|number| Some(*number).filter(|n| !n.is_nan()));
                Arc::new(known.collect::<Float64Array>())
            }
            Cells::Texts(texts) => Arc::new(texts.iter().collect::<StringArray>()),
        }
    };
    let columns =
        table.columns.iter().map(|(name, cells)| (name.to_lowercase(), column(cells), true));
    RecordBatch::try_from_iter_with_nullable(columns)
}

/// A cell as text: a whole number without a point, and nothing where it is missing.
fn text(column: &ArrayRef, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    if *column.data_type() == DataType::Float64 {
        return column.as_primitive::<Float64Type>().value(row).to_string();
    }
    // What is not null, and lies in the column, can be displayed.
    array_value_to_string(column, row).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<const N: usize>(texts: [&str; N]) -> Cells {
        Cells::Texts(
            texts.iter().map(|t| Some((*t).to_owned()).filter(|t| !t.is_empty())).collect(),
        )
    }

    fn tables() -> [SqlTable; 2] {
        let sites = vec![
            ("Site_Name".into(), texts(["Kittilä", "Pahtavaara", "", "Suurikuusikko"])),
            ("dep_id".into(), Cells::Numbers(vec![10_000_001.0, 2.0, 3.0, 4.0])),
            ("longitude".into(), Cells::Numbers(vec![25.41, 26.75, f64::NAN, 25.5])),
        ];
        let minerals = vec![
            ("DEP_ID".into(), Cells::Numbers(vec![2.0, 10_000_001.0, 10_000_001.0, 4.0])),
            ("commodity".into(), texts(["Au", "Au", "As", "Cu"])),
        ];
        [
            SqlTable { name: "labels".into(), columns: sites },
            SqlTable { name: "minerals".into(), columns: minerals },
        ]
    }

    #[test]
    fn tables_are_joined_and_rows_taken_once() {
        let sql = "SELECT DISTINCT l.site_name, l.dep_id, longitude FROM labels l \
                   JOIN minerals m ON l.dep_id = m.dep_id WHERE commodity IN ('Au', 'As') ORDER BY l.dep_id";
        let (names, rows) = query(sql, &tables()).unwrap();
        // `dep_id` goes by two names.
        assert_eq!(names, ["Site_Name", "dep_id", "longitude"]);
        assert_eq!(rows, [["Pahtavaara", "2", "26.75"], ["Kittilä", "10000001", "25.41"]]);
    }

    #[test]
    fn what_is_missing_stays_missing_and_rows_keep_their_order() {
        let (_, rows) = query("select site_name, longitude from labels", &tables()).unwrap();
        assert_eq!(rows[2], ["", ""]);
        assert_eq!(rows[3], ["Suurikuusikko", "25.5"]);
        let (names, rows) = query("SELECT count(*) AS n FROM labels", &tables()).unwrap();
        assert_eq!((names, rows), (vec!["n".into()], vec![vec!["4".to_owned()]]));
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for (sql, says) in [
            ("SELECT gold FROM labels", "gold"),
            ("SELECT * FROM nowhere", "nowhere"),
            ("SELEKT 1", "SELEKT"),
            ("COPY labels TO '/tmp/paydirt-sql.csv'", "not supported"),
            ("CREATE TABLE other AS SELECT * FROM labels", "not supported"),
        ] {
            let error = query(sql, &tables()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(!std::path::Path::new("/tmp/paydirt-sql.csv").exists());
    }
}
