//! Parquet tables.

use std::panic::{catch_unwind, set_hook, take_hook};
use std::path::Path;

use parquet::data_type::Decimal;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::{Column, Columns, Values};
use crate::{Error, Result, remote};

/// Reads all rows. Whole and decimal numbers and truth values are numbers; dates and times are text.
/// Columns of raw bytes, such as the geometry of GeoParquet, are left out with a warning.
pub(super) fn read(path: &Path) -> Result<Columns> {
    // The reader asserts what a damaged file breaks (parquet 59.3, `TripletIter::current_value`).
    let told = take_hook();
    set_hook(Box::new(|_| ()));
    let read = catch_unwind(|| read_rows(path));
    set_hook(told);
    read.unwrap_or_else(|_| {
        let reason = "its pages contradict its schema".into();
        Err(Error::Damaged { path: path.into(), doing: "reading rows", reason })
    })
}

fn read_rows(path: &Path) -> Result<Columns> {
    let file = remote::file(path)?;
    let damaged = |error: ParquetError| Error::Damaged {
        path: path.into(),
        doing: "reading rows",
        reason: error.to_string(),
    };
    let reader = SerializedFileReader::new(file.into_file()).map_err(|error| Error::NotThat {
        path: path.into(),
        expected: "Parquet file",
        reason: error.to_string(),
    })?;
    let schema = reader.metadata().file_metadata().schema();
    let mut columns: Vec<Building> = Vec::new();
    for field in schema.get_fields() {
        let name = field.name();
        if field.is_group() {
            return Err(nested(path, name));
        }
        if columns.iter().any(|column| column.name == name) {
            let reason = format!("two columns are named `{name}`");
            return Err(Error::BadTable { path: path.into(), line: 0, reason });
        }
        columns.push(Building { name: name.into(), ..Building::default() });
    }
    let mut rows = 0;
    for row in reader.get_row_iter(None).map_err(damaged)? {
        let row = row.map_err(damaged)?;
        rows += 1;
        for (column, (name, field)) in columns.iter_mut().zip(row.get_column_iter()) {
            column.push(field).map_err(|()| nested(path, name))?;
        }
    }
    let (columns, bytes): (Vec<_>, Vec<_>) = columns.into_iter().partition(|column| !column.bytes);
    let left_out = |column: Building| format!("column `{}` holds raw bytes: left out", column.name);
    Ok(Columns {
        rows,
        columns: columns.into_iter().map(Building::finish).collect(),
        warnings: bytes.into_iter().map(left_out).collect(),
    })
}

fn nested(path: &Path, name: &str) -> Error {
    Error::BadValues {
        path: path.into(),
        what: "column",
        name: name.into(),
        found: "lists or groups".into(),
        expected: "one number or text a row",
    }
}

/// A column while its rows are read.
#[derive(Default)]
struct Building {
    name: String,
    numbers: Vec<f64>,
    texts: Vec<Option<String>>,
    any_text: bool,
    bytes: bool,
}

impl Building {
    /// Adds a cell; an error if it is none.
    fn push(&mut self, field: &Field) -> std::result::Result<(), ()> {
        match (number(field), field) {
            (Some(_), Field::Null) if self.any_text => self.texts.push(None),
            (Some(number), _) => {
                self.numbers.push(if number.is_finite() { number } else { f64::NAN });
            }
            (None, Field::Bytes(_)) => self.bytes = true,
            (None, Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_)) => {
                return Err(());
            }
            (None, Field::Str(text)) => self.push_text(text),
            (None, other) => self.push_text(&other.to_string()),
        }
        Ok(())
    }

    /// Adds a text. What was read before can only have been missing.
    fn push_text(&mut self, text: &str) {
        if !self.any_text {
            self.any_text = true;
            self.texts = vec![None; self.numbers.len()];
        }
        self.texts.push((!super::text::missing(text)).then(|| text.to_owned()));
    }

    fn finish(self) -> Column {
        let values =
            if self.any_text { Values::Texts(self.texts) } else { Values::Numbers(self.numbers) };
        Column { name: self.name, values }
    }
}

/// The number in a cell; NaN where nothing is known, `None` if it is something else.
fn number(field: &Field) -> Option<f64> {
    Some(match field {
        Field::Null => f64::NAN,
        Field::Bool(value) => f64::from(u8::from(*value)),
        Field::Byte(value) => f64::from(*value),
        Field::Short(value) => f64::from(*value),
        Field::Int(value) => f64::from(*value),
        Field::Long(value) => *value as f64,
        Field::UByte(value) => f64::from(*value),
        Field::UShort(value) => f64::from(*value),
        Field::UInt(value) => f64::from(*value),
        Field::ULong(value) => *value as f64,
        Field::Float16(value) => f64::from(value.to_f32()),
        Field::Float(value) => f64::from(*value),
        Field::Double(value) => *value,
        Field::Decimal(value) => decimal(value),
        _ => return None,
    })
}

/// A decimal number: a whole number, big end first, and how many of its digits follow the point.
fn decimal(value: &Decimal) -> f64 {
    let negative = value.data().first().is_some_and(|byte| byte & 0x80 != 0);
    let start = if negative { -1.0 } else { 0.0 };
    let whole = value.data().iter().fold(start, |sum, byte| sum * 256.0 + f64::from(*byte));
    whole / 10_f64.powi(value.scale())
}
