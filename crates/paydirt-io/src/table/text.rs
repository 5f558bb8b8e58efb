//! Tables of text.

use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::path::{Path, PathBuf};

use csv::{ByteRecord, ReaderBuilder};

use super::{Column, Columns, Values};
use crate::engine::plain;
use crate::{Error, Result, remote};

/// Bytes from which it is told what parts the cells.
const START: u64 = 1 << 16;

/// A table whose cells are still text.
pub(crate) struct TextTable {
    pub(crate) header: Vec<String>,
    /// Cells, as many in each row as the header has.
    pub(crate) rows: Vec<Vec<String>>,
    /// Whether a comma in a number is a decimal point: it parts no cells.
    decimal_comma: bool,
    pub(crate) warnings: Vec<String>,
}

/// The names of a table's columns. A table is read whole: its encoding and form are looked over as well.
pub(crate) fn header(path: &Path) -> Result<Vec<String>> {
    read(path).map(|table| table.header)
}

/// Reads a table with a header.
pub(crate) fn read(path: &Path) -> Result<TextTable> {
    let mut bytes = Vec::new();
    remote::file(path)?
        .read_to_end(&mut bytes)
        .map_err(|error| Error::Read { path: path.into(), source: plain(&error) })?;
    let bad = |line: u64, reason: String| Error::BadTable { path: path.into(), line, reason };
    refuse_binary(path, &bytes)?;
    let delimiter = delimiter(&bytes);
    let mut reader = rows(bytes.as_slice(), delimiter);
    let mut latin = false;
    let mut record = ByteRecord::new();
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    while reader.read_byte_record(&mut record).map_err(|error| bad(0, error.to_string()))? {
        let line = record.position().map_or(0, |position| line(position, &bytes));
        let cells: Vec<String> = record.iter().map(|cell| decode(cell, &mut latin)).collect();
        match &header {
            None => header = Some(check_header(cells).map_err(|reason| bad(line, reason))?),
            Some(header) if header.len() != cells.len() => {
                let (found, expected) = (cells.len(), header.len());
                let reason = format!("{found} cells, but the header has {expected}");
                return Err(bad(line, reason));
            }
            Some(_) => rows.push(cells),
        }
    }
    let header = header.ok_or_else(|| bad(1, "the file is empty, without a header".into()))?;
    let warnings = latin.then(|| "is not UTF-8: read as Latin-1".into()).into_iter().collect();
    Ok(TextTable { header, rows, decimal_comma: delimiter != b',', warnings })
}

/// The rows of a table, the header among them.
fn rows<R: Read>(from: R, delimiter: u8) -> csv::Reader<R> {
    ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(from)
}

/// Refuses bytes that are no text.
fn refuse_binary(path: &Path, bytes: &[u8]) -> Result<()> {
    if !bytes.contains(&0) {
        return Ok(());
    }
    Err(Error::NotThat {
        path: path.into(),
        expected: "table of text in UTF-8 or Latin-1",
        reason: "it holds zero bytes, as UTF-16 and binary files do".into(),
    })
}

/// A table whose rows are read one after the other: for those too wide to be held.
pub(crate) struct Stream {
    path: PathBuf,
    reader: csv::Reader<fs_err::File>,
    decimal_comma: bool,
    record: ByteRecord,
    pub(crate) header: Vec<String>,
}

impl Stream {
    /// Reads the header.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let unread =
            |error: &std::io::Error| Error::Read { path: path.into(), source: plain(error) };
        let bad = |reason: String| Error::BadTable { path: path.into(), line: 1, reason };
        let mut file = remote::file(path)?;
        let mut start = Vec::new();
        (&mut file).take(START).read_to_end(&mut start).map_err(|error| unread(&error))?;
        file.rewind().map_err(|error| unread(&error))?;
        refuse_binary(path, &start)?;
        let delimiter = delimiter(&start);
        let mut reader = rows(file, delimiter);
        let mut record = ByteRecord::new();
        reader.read_byte_record(&mut record).map_err(|error| bad(error.to_string()))?;
        let cells = record.iter().map(|cell| decode(cell, &mut false)).collect();
        let header = check_header(cells).map_err(bad)?;
        Ok(Self { path: path.into(), reader, decimal_comma: delimiter != b',', record, header })
    }

    /// The numbers of some columns in the next row, NaN where nothing is known; none after the last row.
    pub(crate) fn numbers(&mut self, columns: &[usize]) -> Result<Option<Vec<f64>>> {
        let path = &self.path;
        let bad = |line: u64, reason: String| Error::BadTable { path: path.clone(), line, reason };
        let more = self.reader.read_byte_record(&mut self.record);
        if !more.map_err(|error| bad(0, error.to_string()))? {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let (found, expected) = (self.record.len(), self.header.len());
        if found != expected {
            return Err(bad(line, format!("{found} cells, but the header has {expected}")));
        }
        let number = |column: &usize| {
            let cell = decode(&self.record[*column], &mut false);
            let odd = || bad(line, format!("`{cell}` in `{}` is no number", self.header[*column]));
            number(&cell, self.decimal_comma).ok_or_else(odd)
        };
        columns.iter().map(number).collect::<Result<_>>().map(Some)
    }
}

/// The line on which a record starts: the reader counts from the blank lines before it.
fn line(position: &csv::Position, bytes: &[u8]) -> u64 {
    let rest = bytes.get(position.byte() as usize..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + blank.filter(|byte| **byte == b'\n').count() as u64
}

/// What parts the cells: of comma, semicolon and tab the most frequent in the first line, quoted
/// parts aside.
fn delimiter(bytes: &[u8]) -> u8 {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in line {
        quoted ^= *byte == b'"';
        for (delimiter, count) in &mut counts {
            *count += usize::from(byte == delimiter && !quoted);
        }
    }
    // The first of equals: a comma.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

/// A cell as text: UTF-8, else Latin-1, in which every byte is a character.
fn decode(cell: &[u8], latin: &mut bool) -> String {
    match std::str::from_utf8(cell) {
        Ok(text) => text.trim().into(),
        Err(_) => {
            *latin = true;
            cell.iter().map(|byte| char::from(*byte)).collect::<String>().trim().into()
        }
    }
}

/// Names of columns: unique, and made up where there is none.
fn check_header(cells: Vec<String>) -> std::result::Result<Vec<String>, String> {
    let mut seen = BTreeMap::new();
    let names = cells.into_iter().enumerate().map(|(index, cell)| {
        let name = cell.trim_start_matches('\u{feff}').to_owned();
        let name = if name.is_empty() { format!("column_{}", index + 1) } else { name };
        match seen.insert(name.clone(), index + 1) {
            Some(first) => {
                Err(format!("columns {first} and {} are both named `{name}`", index + 1))
            }
            None => Ok(name),
        }
    });
    names.collect()
}

/// Whether a cell says that nothing is known.
pub(crate) fn missing(cell: &str) -> bool {
    ["", "na", "n/a", "nan", "null"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// The number in a cell; NaN where nothing is known.
fn number(cell: &str, decimal_comma: bool) -> Option<f64> {
    if missing(cell) {
        return Some(f64::NAN);
    }
    match cell.split_once(',') {
        Some((whole, part)) if decimal_comma => format!("{whole}.{part}").parse().ok(),
        _ => cell.parse().ok(),
    }
}

impl TextTable {
    /// The number in a cell; NaN where nothing is known.
    pub(crate) fn number(&self, cell: &str) -> Option<f64> {
        number(cell, self.decimal_comma)
    }

    /// Columns of numbers and of text.
    pub(super) fn into_columns(self) -> Columns {
        let columns = self.header.iter().enumerate().map(|(index, name)| {
            let cells = || self.rows.iter().map(|row| row[index].as_str());
            let finite = |value: f64| if value.is_finite() { value } else { f64::NAN };
            let numbers: Option<Vec<f64>> = cells().map(|cell| self.number(cell)).collect();
            let values = match numbers {
                Some(numbers) => Values::Numbers(numbers.into_iter().map(finite).collect()),
                None => {
                    let text = |cell: &str| (!missing(cell)).then(|| cell.to_owned());
                    Values::Texts(cells().map(text).collect())
                }
            };
            Column { name: name.clone(), values }
        });
        Columns {
            rows: self.rows.len(),
            columns: columns.collect(),
            warnings: self.warnings.clone(),
        }
    }
}
