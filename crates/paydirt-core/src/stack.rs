//! The evidence stack: layers on one grid (or columns of one table), addressed by unit.

use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err::File;

use crate::grid::{Grid, Point};
use crate::layer::{Layer, LayerInfo};
use crate::mask::Mask;
use crate::table::{Column, Table};
use crate::{Error, Result};

/// Evidence addressed by unit: a cell of the grid, or a row of a table of samples.
pub trait Stack: Send + Sync {
    /// The layers, in the project's order.
    fn layers(&self) -> &[LayerInfo];
    /// Number of units, in the study area or not.
    fn units(&self) -> usize;
    /// The grid, where there is one: a table of samples has none.
    fn grid(&self) -> Option<&Grid>;
    /// The study area.
    fn area(&self) -> &Mask;
    /// Whether units stand for the map: the cells of a grid, or rows of a table that were given as such.
    fn has_map(&self) -> bool {
        self.grid().is_some()
    }
    /// Where a unit lies; `None` in a table without coordinates.
    fn place(&self, unit: usize) -> Option<Point>;
    /// The evidence of neighbouring units, a row each.
    ///
    /// # Errors
    /// Where a file cannot be read.
    fn read_range(&self, units: Range<usize>) -> Result<Table>;
    /// The evidence of chosen units, a row each in the given order.
    ///
    /// # Errors
    /// Where a file cannot be read.
    fn read_units(&self, units: &[usize]) -> Result<Table>;
    /// The values of some units of one layer; NaN where not known. For storing and drawing only.
    ///
    /// # Errors
    /// [`Error::Unknown`], or where a file cannot be read.
    fn read_stored(&self, layer: &str, units: Range<usize>) -> Result<Vec<f32>>;
    /// The values of all units of one layer, for a caller that keeps them: a layer in memory is handed over
    /// as it lies there, and is no part of the stack any more.
    ///
    /// # Errors
    /// As [`Stack::read_stored`].
    fn take_stored(&mut self, layer: &str) -> Result<Vec<f32>> {
        self.read_stored(layer, 0..self.units())
    }
}

/// The place of a layer among others.
fn find(layers: &[LayerInfo], layer: &str) -> Result<usize> {
    layers.iter().position(|info| info.name == layer).ok_or_else(|| Error::Unknown {
        what: "layer",
        name: layer.into(),
        known: layers.iter().map(|info| &*info.name).collect::<Vec<_>>().join(", "),
    })
}

/// Where the values of one layer are kept: 4 bytes a cell, NaN where not known.
#[derive(Debug)]
enum Store {
    Memory(Vec<f32>),
    Disk(PathBuf),
}

impl Store {
    fn read(&self, units: Range<usize>) -> Result<Vec<f32>> {
        match self {
            Self::Memory(values) => Ok(values[units].to_vec()),
            Self::Disk(path) => read_floats(path, units)
                .map_err(|source| Error::File { path: path.clone(), source }),
        }
    }
}

fn read_floats(path: &Path, units: Range<usize>) -> std::io::Result<Vec<f32>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(units.start as u64 * 4))?;
    let mut bytes = vec![0; units.len() * 4];
    file.read_exact(&mut bytes)?;
    Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

/// Layers on the project grid, each in memory or in a spool file (raw little-endian 32-bit floats).
#[derive(Debug)]
pub struct GridStack {
    grid: Grid,
    area: Arc<Mask>,
    layers: Vec<LayerInfo>,
    stores: Vec<Store>,
}

/// Takes one layer's values row by row from the north and keeps them in memory or on disk.
#[derive(Debug)]
pub struct LayerWriter {
    info: LayerInfo,
    area: Arc<Mask>,
    next: usize,
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    Memory(Vec<f32>),
    Disk(std::io::BufWriter<File>, PathBuf),
}

impl LayerWriter {
    /// Takes the next values. What is not finite, or outside the study area, becomes *not known*.
    ///
    /// # Errors
    /// Where the spool file cannot be written (a full disk).
    pub fn write(&mut self, values: &[f32]) -> Result<()> {
        for &value in values {
            let known = value.is_finite() && self.area.get(self.next);
            let value = if known { value } else { f32::NAN };
            match &mut self.sink {
                Sink::Memory(kept) => kept.push(value),
                Sink::Disk(file, path) => file
                    .write_all(&value.to_le_bytes())
                    .map_err(|source| Error::File { path: path.clone(), source })?,
            }
            self.next += 1;
        }
        Ok(())
    }
}

impl GridStack {
    /// An empty stack.
    #[must_use]
    pub const fn new(grid: Grid, area: Arc<Mask>) -> Self {
        Self { grid, area, layers: Vec::new(), stores: Vec::new() }
    }

    /// Begins a layer: in memory, or in a file of the `spool` folder, named as the layer.
    ///
    /// # Errors
    /// [`Error::DuplicateName`], or where the spool file cannot be made.
    pub fn begin(&self, info: LayerInfo, spool: Option<&Path>) -> Result<LayerWriter> {
        if self.layers.iter().any(|other| other.name == info.name) {
            return Err(Error::DuplicateName { name: info.name });
        }
        let sink = match spool {
            None => Sink::Memory(Vec::with_capacity(self.grid.cells())),
            Some(folder) => {
                let path = folder.join(format!("{}.f32", info.name));
                let file = File::create(&path)
                    .map_err(|source| Error::File { path: path.clone(), source })?;
                Sink::Disk(std::io::BufWriter::with_capacity(1 << 20, file), path)
            }
        };
        Ok(LayerWriter { info, area: Arc::clone(&self.area), next: 0, sink })
    }

    /// Ends a layer: it is part of the stack from now on.
    ///
    /// # Errors
    /// [`Error::GridMismatch`] if it has not one value a cell, or where the file cannot be written.
    pub fn finish(&mut self, writer: LayerWriter) -> Result<()> {
        if writer.next != self.grid.cells() {
            return Err(Error::GridMismatch {
                layer: writer.info.name,
                found: format!("{} cells", writer.next),
                expected: self.grid.to_string(),
            });
        }
        self.stores.push(match writer.sink {
            Sink::Memory(values) => Store::Memory(values),
            Sink::Disk(mut file, path) => {
                file.flush().map_err(|source| Error::File { path: path.clone(), source })?;
                Store::Disk(path)
            }
        });
        self.layers.push(writer.info);
        Ok(())
    }

    /// Adds a whole layer.
    ///
    /// # Errors
    /// As [`GridStack::begin`] and [`GridStack::finish`].
    pub fn push(&mut self, layer: &Layer, spool: Option<&Path>) -> Result<()> {
        let mut writer = self.begin(layer.info.clone(), spool)?;
        writer.write(layer.stored())?;
        self.finish(writer)
    }

    fn table(&self, rows: usize, read: impl Fn(&Store) -> Result<Vec<f32>>) -> Result<Table> {
        let columns = self
            .layers
            .iter()
            .zip(&self.stores)
            .map(|(info, store)| {
                Ok(Column::new(&info.name, &info.name, info.evidence_type, read(store)?))
            })
            .collect::<Result<_>>()?;
        Table::new(rows, columns)
    }
}

impl Stack for GridStack {
    fn layers(&self) -> &[LayerInfo] {
        &self.layers
    }

    fn units(&self) -> usize {
        self.grid.cells()
    }

    fn grid(&self) -> Option<&Grid> {
        Some(&self.grid)
    }

    fn area(&self) -> &Mask {
        &self.area
    }

    fn place(&self, unit: usize) -> Option<Point> {
        (unit < self.grid.cells()).then(|| self.grid.centre(unit))
    }

    fn read_range(&self, units: Range<usize>) -> Result<Table> {
        let table = self.table(units.len(), |store| store.read(units.clone()))?;
        table.at(Some(units.collect()))
    }

    fn read_units(&self, units: &[usize]) -> Result<Table> {
        let table = self.table(units.len(), |store| match store {
            Store::Memory(values) => Ok(units.iter().map(|&unit| values[unit]).collect()),
            Store::Disk(path) => read_scattered(path, units, self.grid.cols)
                .map_err(|source| Error::File { path: path.clone(), source }),
        })?;
        table.at(Some(units.to_vec()))
    }

    fn read_stored(&self, layer: &str, units: Range<usize>) -> Result<Vec<f32>> {
        self.stores[find(&self.layers, layer)?].read(units)
    }

    fn take_stored(&mut self, layer: &str) -> Result<Vec<f32>> {
        let place = find(&self.layers, layer)?;
        self.layers.remove(place);
        match self.stores.remove(place) {
            Store::Memory(values) => Ok(values),
            store @ Store::Disk(_) => store.read(0..self.units()),
        }
    }
}

/// Reads scattered values in the order of the file, one row of the grid at a time.
fn read_scattered(path: &Path, units: &[usize], cols: usize) -> std::io::Result<Vec<f32>> {
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|&index| units[index]);
    let mut values = vec![f32::NAN; units.len()];
    let mut held: (usize, Vec<f32>) = (usize::MAX, Vec::new());
    for index in order {
        let row = units[index] / cols;
        if held.0 != row {
            held = (row, read_floats(path, row * cols..(row + 1) * cols)?);
        }
        values[index] = held.1[units[index] % cols];
    }
    Ok(values)
}

/// A table of samples with their evidence, with or without coordinates.
#[derive(Debug)]
pub struct TableStack {
    layers: Vec<LayerInfo>,
    table: Table,
    places: Option<Vec<Point>>,
    area: Mask,
    has_map: bool,
}

impl TableStack {
    /// A stack of the rows of a table. `places` holds one place a row.
    ///
    /// # Errors
    /// [`Error::GridMismatch`] if there is not one place a row.
    pub fn new(layers: Vec<LayerInfo>, table: Table, places: Option<Vec<Point>>) -> Result<Self> {
        if let Some(found) = places.as_ref().map(Vec::len).filter(|&len| len != table.rows()) {
            return Err(Error::GridMismatch {
                layer: "coordinates".into(),
                found: format!("{found} rows"),
                expected: format!("{} rows", table.rows()),
            });
        }
        let area = Mask::new(table.rows(), true);
        Ok(Self { layers, table, places, area, has_map: false })
    }

    /// The same rows, of which those of `area` stand for the map.
    #[must_use]
    pub fn with_map(self, area: Mask) -> Self {
        Self { area, has_map: true, ..self }
    }
}

impl Stack for TableStack {
    fn layers(&self) -> &[LayerInfo] {
        &self.layers
    }

    fn units(&self) -> usize {
        self.table.rows()
    }

    fn grid(&self) -> Option<&Grid> {
        None
    }

    fn area(&self) -> &Mask {
        &self.area
    }

    fn has_map(&self) -> bool {
        self.has_map
    }

    fn place(&self, unit: usize) -> Option<Point> {
        self.places.as_ref().and_then(|places| places.get(unit).copied())
    }

    fn read_range(&self, units: Range<usize>) -> Result<Table> {
        self.read_units(&units.collect::<Vec<_>>())
    }

    fn read_units(&self, units: &[usize]) -> Result<Table> {
        Ok(self.table.select(units))
    }

    fn read_stored(&self, layer: &str, units: Range<usize>) -> Result<Vec<f32>> {
        let column = &self.table.columns()[find(&self.layers, layer)?];
        let stored = |row| if column.known[row] { column.values[row] } else { f32::NAN };
        Ok(units.map(stored).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{Crs, GeoTransform};
    use crate::layer::EvidenceType;

    #[test]
    fn a_layer_reads_the_same_from_memory_and_from_disk() {
        let transform = GeoTransform { west: 0.0, north: 0.0, cell_width: 1.0, cell_height: 1.0 };
        let grid = Grid::new(Crs::local_metres(), transform, 3, 4).unwrap();
        let area = Arc::new(Mask::from_fn(12, |unit| unit != 5));
        let spool = tempfile::tempdir().unwrap();
        let values: Vec<f32> = (0..12).map(|i| if i == 7 { f32::NAN } else { i as f32 }).collect();
        let mut stack = GridStack::new(grid, area);
        for (name, folder) in [("memory", None), ("disk", Some(spool.path()))] {
            let info = LayerInfo {
                name: name.into(),
                evidence_type: EvidenceType::Continuous,
                unit: "m".into(),
            };
            let mut writer = stack.begin(info, folder).unwrap();
            writer.write(&values[..5]).unwrap();
            writer.write(&values[5..]).unwrap();
            stack.finish(writer).unwrap();
        }
        for table in
            [stack.read_range(2..9).unwrap(), stack.read_units(&[11, 5, 0, 7, 11]).unwrap()]
        {
            let [memory, disk] = table.columns() else { panic!("two columns") };
            assert_eq!((&memory.values, &memory.known), (&disk.values, &disk.known));
        }
        let scattered = stack.read_units(&[11, 5, 0, 7]).unwrap();
        assert_eq!(scattered.columns()[1].known, [true, false, true, false]);
        assert_eq!(scattered.columns()[1].values, [11.0, 0.0, 0.0, 0.0]);
        let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        let disk = bits(stack.take_stored("disk").unwrap());
        assert_eq!(bits(stack.take_stored("memory").unwrap()), disk);
        assert!(stack.take_stored("memory").is_err());
    }
}
