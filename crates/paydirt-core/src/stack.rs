//! The evidence stack: layers on one grid (or columns of one table), addressed by unit.

mod table;

use std::cell::LazyCell;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err::File;

use crate::grid::{Grid, Point, STRIP_CELLS};
use crate::layer::{Layer, LayerInfo};
use crate::mask::Mask;
use crate::table::{Column, Table};
use crate::{Error, Result};

pub use self::table::TableStack;

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
            Self::Disk(path) => File::open(path)
                .and_then(|mut file| read_floats(&mut file, units))
                .map_err(|source| Error::File { path: path.clone(), source }),
        }
    }
}

fn read_floats(file: &mut File, units: Range<usize>) -> std::io::Result<Vec<f32>> {
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
        let order = LazyCell::new(|| {
            let mut order: Vec<usize> = (0..units.len()).collect();
            order.sort_by_key(|&index| units[index]);
            order
        });
        let table = self.table(units.len(), |store| match store {
            Store::Memory(values) => Ok(units.iter().map(|&unit| values[unit]).collect()),
            Store::Disk(path) => read_scattered(path, units, &order)
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

/// Cells between two that are asked for, up to which both are read together: two pages of a file.
const NEAR_CELLS: usize = 2048;

/// Reads scattered values in the order of the file: those that lie near each other together.
fn read_scattered(path: &Path, units: &[usize], order: &[usize]) -> std::io::Result<Vec<f32>> {
    let mut file = File::open(path)?;
    let mut values = vec![f32::NAN; units.len()];
    let mut left = order;
    while let Some(&first) = left.first() {
        let first = units[first];
        let joins = |pair: &[usize]| {
            units[pair[1]] - units[pair[0]] <= NEAR_CELLS && units[pair[1]] - first < STRIP_CELLS
        };
        let count = 1 + left.windows(2).take_while(|pair| joins(pair)).count();
        let (near, others) = left.split_at(count);
        let read = read_floats(&mut file, first..units[near[count - 1]] + 1)?;
        for &index in near {
            values[index] = read[units[index] - first];
        }
        left = others;
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::{Crs, GeoTransform};
    use crate::layer::EvidenceType;

    /// A layer in memory, and the same on disk.
    fn stored_twice(grid: Grid, area: Mask, values: &[f32], spool: &Path) -> GridStack {
        let mut stack = GridStack::new(grid, Arc::new(area));
        for (name, folder) in [("memory", None), ("disk", Some(spool))] {
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
        stack
    }

    fn grid(rows: usize, cols: usize) -> Grid {
        let transform = GeoTransform { west: 0.0, north: 0.0, cell_width: 1.0, cell_height: 1.0 };
        Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
    }

    #[test]
    fn units_far_apart_and_near_each_other_are_read_from_disk_as_from_memory() {
        let spool = tempfile::tempdir().unwrap();
        let cells = 500 * 600;
        let values: Vec<f32> = (0..cells).map(|unit| unit as f32).collect();
        let area = Mask::new(cells, true);
        let stack = stored_twice(grid(500, 600), area, &values, spool.path());
        for step in [1, 7, NEAR_CELLS - 1, NEAR_CELLS, NEAR_CELLS + 1, cells - 1] {
            // Not in order, and some twice.
            let mut units: Vec<usize> = (0..cells).step_by(step).collect();
            let count = units.len();
            units.extend_from_within(..count / 2);
            units.rotate_left(count / 3);
            let table = stack.read_units(&units).unwrap();
            let asked: Vec<f32> = units.iter().map(|unit| *unit as f32).collect();
            assert!(table.columns().iter().all(|column| column.values == asked), "{step}");
        }
        let none = stack.read_units(&[]).unwrap();
        assert_eq!(none.rows(), 0);
    }

    #[test]
    fn a_layer_reads_the_same_from_memory_and_from_disk() {
        let spool = tempfile::tempdir().unwrap();
        let values: Vec<f32> = (0..12).map(|i| if i == 7 { f32::NAN } else { i as f32 }).collect();
        let area = Mask::from_fn(12, |unit| unit != 5);
        let mut stack = stored_twice(grid(3, 4), area, &values, spool.path());
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
