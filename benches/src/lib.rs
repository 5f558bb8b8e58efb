//! What the benches share: raw files of numbers, as `benches/*.py` writes them.

pub mod networks;
pub mod world;

use std::io::{Error, Read, Result, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use fs_err::File;
use paydirt_core::layer::EvidenceType;
use paydirt_core::table::{Column, Table};
use paydirt_model::Predictor;

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

/// Cells of the district that `benches/forest.py` makes.
pub const CELLS: usize = 2000 * 2000;
/// Its layers.
const LAYERS: usize = 10;

/// The samples of the district and whether each is a deposit.
///
/// # Errors
/// Where a file cannot be read.
pub fn read_samples(folder: &Path) -> Result<(Table, Vec<bool>)> {
    let cells = fs_err::read(folder.join("cells.i32"))?;
    let cells: Vec<usize> = cells
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
        .collect();
    let mut columns = Vec::new();
    for layer in 0..LAYERS {
        let values = read_f32(&folder.join(format!("layer-{layer}.f32")), 0..CELLS)?;
        columns.push(cells.iter().map(|&cell| values[cell]).collect());
    }
    let deposit = fs_err::read(folder.join("deposit.u8"))?;
    Ok((table(columns)?, deposit.into_iter().map(|byte| byte == 1).collect()))
}

/// Some cells of the district.
///
/// # Errors
/// Where a file cannot be read.
pub fn read_window(folder: &Path, cells: Range<usize>) -> Result<Table> {
    let layers = 0..LAYERS;
    let columns =
        layers.map(|layer| read_f32(&folder.join(format!("layer-{layer}.f32")), cells.clone()));
    table(columns.collect::<Result<_>>()?)
}

/// Each sample's score from the model that did not see its fold. `judge` fits on features and labels,
/// and scores other features.
///
/// # Errors
/// Where `judge` fails.
pub fn out_of_fold(
    samples: &Table,
    deposit: &[bool],
    fold: &[u8],
    judge: impl Fn(&Table, Vec<bool>, &Table) -> Result<Vec<f32>>,
) -> Result<Vec<f32>> {
    let mut held_out = vec![0.0; deposit.len()];
    for part in 0..5 {
        let (test, train): (Vec<usize>, Vec<usize>) =
            (0..deposit.len()).partition(|&row| fold[row] == part);
        let labels = train.iter().map(|&row| deposit[row]).collect();
        let scores = judge(&samples.select(&train), labels, &samples.select(&test))?;
        for (row, score) in test.into_iter().zip(scores) {
            held_out[row] = score;
        }
    }
    Ok(held_out)
}

/// Cells that are read and scored at a time.
const WINDOW: usize = 200_000;

/// Writes the scores of all cells of the district, NaN where a cell has no data.
///
/// # Errors
/// Where a file cannot be read or written.
pub fn draw(map: &Path, folder: &Path, model: &dyn Predictor) -> Result<()> {
    let mut map = File::create(map)?;
    for first in (0..CELLS).step_by(WINDOW) {
        let range = first..(first + WINDOW).min(CELLS);
        let window = read_window(folder, range)?;
        let complete: Vec<usize> = (0..window.rows()).filter(|&row| window.complete(row)).collect();
        let scores = model.predict(&window.select(&complete)).map_err(Error::other)?;
        let mut drawn = vec![f32::NAN; window.rows()];
        for (row, score) in complete.into_iter().zip(scores) {
            drawn[row] = score;
        }
        write_f32(&mut map, &drawn)?;
    }
    Ok(())
}

/// CPU seconds of this process so far.
#[must_use]
pub fn cpu_s() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
