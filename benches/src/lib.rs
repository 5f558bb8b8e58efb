//! What the benches share: raw files of numbers, as `benches/*.py` writes them.

use std::io::{Error, Read, Result, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use fs_err::File;
use paydirt_core::layer::EvidenceType;
use paydirt_core::table::{Column, Table};

/// The little-endian 32-bit floats of a part of a file.
///
/// # Errors
/// Where the file cannot be read, or is too short.
pub fn read_f32(path: &Path, numbers: Range<usize>) -> Result<Vec<f32>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(numbers.start as u64 * 4))?;
    let mut bytes = vec![0; numbers.len() * 4];
    file.read_exact(&mut bytes)?;
    Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

/// Writes numbers as little-endian 32-bit floats.
///
/// # Errors
/// Where the file cannot be written.
pub fn write_f32(file: &mut impl Write, numbers: &[f32]) -> Result<()> {
    let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    file.write_all(&bytes)
}

/// A table of continuous columns, each a layer of its own.
///
/// # Errors
/// Columns of unequal length.
pub fn table(columns: Vec<Vec<f32>>) -> Result<Table> {
    let rows = columns.first().map_or(0, Vec::len);
    let columns = columns.into_iter().enumerate().map(|(index, values)| {
        let name = format!("layer-{index}");
        Column::new(&name, &name, EvidenceType::Continuous, values)
    });
    Table::new(rows, columns.collect()).map_err(Error::other)
}
