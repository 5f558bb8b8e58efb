//! A stack read from its chunks.

use std::collections::BTreeMap;
use std::io::Error as IoError;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use paydirt_core::Error as Core;
use paydirt_core::grid::{Grid, Point};
use paydirt_core::layer::LayerInfo;
use paydirt_core::mask::Mask;
use paydirt_core::stack::Stack;
use paydirt_core::table::{Column, Table};
use rayon::prelude::*;
use serde_json::Value;

use super::cache::{Cache, Key};
use super::header::{AREA, Header, Named};
use super::shelf::Shelf;
use super::writer::require_complete;
use crate::store::Store;
use crate::{Error, Result};

/// What a stack keeps of decoded chunks, unless told otherwise.
const CACHE_MIB: usize = 256;

/// Chunks that are decoded at a time while scattered units are read.
const BATCH: usize = 64;

/// An evidence stack that [`super::StackWriter`] wrote: ranges and scattered units are read chunk by chunk.
///
/// Besides the study area (a bit a cell) it holds decoded chunks of up to [`ZarrStack::with_cache_mib`], and
/// while a call runs one row of chunks (2 MiB unless rows are longer than 524,288 cells). Reading strip after
/// strip decodes each chunk once where that keeps a row of chunks of every layer.
#[derive(Debug)]
pub struct ZarrStack {
    path: PathBuf,
    header: Header,
    area: Mask,
    layers: Vec<LayerInfo>,
    shelves: Vec<Shelf>,
    cache: Mutex<Cache>,
}

impl ZarrStack {
    /// Opens a stack under an address, as [`Store::open`] takes it, with all of its layers. Reads metadata and
    /// study area.
    ///
    /// # Errors
    /// [`Error::NotThat`] where there is no such stack, [`Error::OtherStack`] for one of another version,
    /// [`Error::Unfinished`] for a layer that is not complete, and where nothing can be read.
    pub fn open(address: &str) -> Result<Self> {
        Self::open_some(address, None)
    }

    /// Opens a stack with some of its layers, in the order asked for: others may be unfinished.
    ///
    /// # Errors
    /// As [`ZarrStack::open`], and [`Error::Unknown`] for a layer that it does not have.
    pub fn open_layers(address: &str, layers: &[&str]) -> Result<Self> {
        Self::open_some(address, Some(layers))
    }

    /// Opens a stack with all of its layers, if it is there and written to its end.
    ///
    /// # Errors
    /// As [`ZarrStack::open`]; [`Error::OtherStack`] for one that is, or is going to be, made from something else.
    pub fn find(address: &str, made_from: &str) -> Result<Option<Self>> {
        let Some(header) = Header::read(&Store::open(address)?, Path::new(address))? else {
            return Ok(None);
        };
        if header.made_from != made_from {
            return Err(Error::OtherStack {
                path: address.into(),
                what: "what it is made from".into(),
                found: header.made_from,
                expected: made_from.into(),
            });
        }
        match Self::open(address) {
            Err(Error::Unfinished { .. }) => Ok(None),
            opened => opened.map(Some),
        }
    }

    fn open_some(address: &str, wanted: Option<&[&str]>) -> Result<Self> {
        let store = Arc::new(Store::open(address)?);
        let path = PathBuf::from(address);
        let header = Header::read(&store, &path)?.ok_or_else(|| Error::NotThat {
            path: path.clone(),
            expected: "evidence stack (Zarr, version 3)",
            reason: format!("there is no `{}`", store.name(super::header::NODE)),
        })?;
        let named: Vec<Named> = match wanted {
            None => header.layers.clone(),
            Some(names) => names
                .iter()
                .map(|name| find(&path, &header, name).cloned())
                .collect::<Result<_>>()?,
        };
        let mut shelves = Vec::new();
        for Named { info, array } in &named {
            let found = Shelf::open(&store, array, &header, Some(info))?;
            require_complete(&store, &header, info, found.as_ref().map(|found| found.1))?;
            shelves.extend(found.map(|found| found.0));
        }
        let area = match Shelf::open(&store, AREA, &header, None)? {
            Some((shelf, progress)) if progress.complete => read_area(&shelf, &header.grid)?,
            _ => {
                let layer = AREA.into();
                let expected = header.grid.rows;
                return Err(Error::Unfinished { path, layer, found: 0, expected });
            }
        };
        let layers = named.into_iter().map(|layer| layer.info).collect();
        let cache = Mutex::new(Cache::new(CACHE_MIB << 20));
        Ok(Self { path, header, area, layers, shelves, cache })
    }

    /// The same stack, keeping decoded chunks of up to so many MiB.
    #[must_use]
    pub fn with_cache_mib(self, mib: usize) -> Self {
        Self { cache: Mutex::new(Cache::new(mib.saturating_mul(1 << 20))), ..self }
    }

    /// What the evidence was made from, in the words of who wrote it.
    #[must_use]
    pub fn made_from(&self) -> &str {
        &self.header.made_from
    }

    /// What else its writer said of it.
    #[must_use]
    pub const fn told(&self) -> &Value {
        &self.header.told
    }

    /// Chunks of a layer, by row and column of chunks.
    fn chunks(&self, layer: usize, places: &[[usize; 2]]) -> Result<Vec<Arc<Vec<f32>>>> {
        let lock = || self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let key = |[row, col]: [usize; 2]| -> Key { [layer, row, col] };
        let held: Vec<_> = {
            let mut cache = lock();
            places.iter().map(|place| cache.get(key(*place))).collect()
        };
        let missing: Vec<[usize; 2]> =
            places.iter().zip(&held).filter(|(_, held)| held.is_none()).map(|(p, _)| *p).collect();
        let shelf = &self.shelves[layer];
        if let Some([row, _]) = missing.first()
            && missing.iter().all(|place| place[0] == *row)
        {
            shelf.fetch_ahead(*row, &missing.iter().map(|place| place[1]).collect::<Vec<_>>());
        }
        let read: Vec<Arc<Vec<f32>>> = missing
            .par_iter()
            .map(|[row, col]| shelf.chunk(*row, *col).map(Arc::new))
            .collect::<Result<_>>()?;
        let mut cache = lock();
        for (place, chunk) in missing.iter().zip(&read) {
            cache.keep(key(*place), Arc::clone(chunk));
        }
        drop(cache);
        let mut read = read.into_iter();
        Ok(held.into_iter().filter_map(|held| held.or_else(|| read.next())).collect())
    }

    /// Neighbouring units of a layer, one row of chunks at a time.
    fn range(&self, layer: usize, units: Range<usize>) -> Result<Vec<f32>> {
        let cols = self.header.grid.cols;
        let [high, wide] = self.shelves[layer].layout.chunk;
        let mut values = vec![f32::NAN; units.len()];
        let mut start = units.start;
        while start < units.end {
            let chunk_row = start / cols / high;
            let end = ((chunk_row + 1) * high * cols).min(units.end);
            // Within one row of the grid some of its chunks, else all.
            let in_one_row = start / cols == (end - 1) / cols;
            let columns = if in_one_row { start % cols..(end - 1) % cols + 1 } else { 0..cols };
            let first = columns.start / wide;
            let places: Vec<_> =
                (first..columns.end.div_ceil(wide)).map(|col| [chunk_row, col]).collect();
            let chunks = self.chunks(layer, &places)?;
            let mut unit = start;
            while unit < end {
                let (row, col) = (unit / cols, unit % cols);
                let stop = ((col / wide + 1) * wide).min(cols).min(col + end - unit);
                let from = row % high * wide + col % wide;
                values[unit - units.start..][..stop - col]
                    .copy_from_slice(&chunks[col / wide - first][from..][..stop - col]);
                unit += stop - col;
            }
            start = end;
        }
        Ok(values)
    }

    /// Scattered units of a layer, some chunks at a time.
    fn scattered(&self, layer: usize, units: &[usize]) -> Result<Vec<f32>> {
        let cols = self.header.grid.cols;
        let [high, wide] = self.shelves[layer].layout.chunk;
        let mut by_chunk: BTreeMap<[usize; 2], Vec<usize>> = BTreeMap::new();
        for (index, unit) in units.iter().enumerate() {
            by_chunk.entry([unit / cols / high, unit % cols / wide]).or_default().push(index);
        }
        let mut values = vec![f32::NAN; units.len()];
        let places: Vec<[usize; 2]> = by_chunk.keys().copied().collect();
        for batch in places.chunks(BATCH) {
            for (place, chunk) in batch.iter().zip(self.chunks(layer, batch)?) {
                for &index in by_chunk.get(place).into_iter().flatten() {
                    let (row, col) = (units[index] / cols, units[index] % cols);
                    values[index] = chunk[row % high * wide + col % wide];
                }
            }
        }
        Ok(values)
    }

    fn table(
        &self,
        rows: usize,
        read: impl Fn(usize) -> Result<Vec<f32>>,
    ) -> paydirt_core::Result<Table> {
        let column = |(layer, info): (usize, &LayerInfo)| {
            let values = read(layer).map_err(|error| self.unread(&error))?;
            Ok(Column::new(&info.name, &info.name, info.evidence_type, values))
        };
        let columns: paydirt_core::Result<_> = self.layers.iter().enumerate().map(column).collect();
        Table::new(rows, columns?)
    }

    fn unread(&self, error: &Error) -> Core {
        Core::File { path: self.path.clone(), source: IoError::other(error.to_string()) }
    }

    /// Refuses units past the end.
    fn check(&self, largest: Option<usize>) -> paydirt_core::Result<()> {
        let cells = self.header.grid.cells();
        match largest.filter(|unit| *unit >= cells) {
            None => Ok(()),
            Some(unit) => Err(Core::BadSetting {
                key: "units".into(),
                found: unit.to_string(),
                expected: format!("below {cells}"),
            }),
        }
    }
}

impl Stack for ZarrStack {
    fn layers(&self) -> &[LayerInfo] {
        &self.layers
    }

    fn units(&self) -> usize {
        self.header.grid.cells()
    }

    fn grid(&self) -> Option<&Grid> {
        Some(&self.header.grid)
    }

    fn area(&self) -> &Mask {
        &self.area
    }

    fn place(&self, unit: usize) -> Option<Point> {
        (unit < self.units()).then(|| self.header.grid.centre(unit))
    }

    fn read_range(&self, units: Range<usize>) -> paydirt_core::Result<Table> {
        self.check(units.clone().next_back())?;
        let table = self.table(units.len(), |layer| self.range(layer, units.clone()))?;
        table.at(Some(units.collect()))
    }

    fn read_units(&self, units: &[usize]) -> paydirt_core::Result<Table> {
        self.check(units.iter().max().copied())?;
        let table = self.table(units.len(), |layer| self.scattered(layer, units))?;
        table.at(Some(units.to_vec()))
    }

    fn read_stored(&self, layer: &str, units: Range<usize>) -> paydirt_core::Result<Vec<f32>> {
        self.check(units.clone().next_back())?;
        let Some(place) = self.layers.iter().position(|info| info.name == layer) else {
            let known = self.layers.iter().map(|info| &*info.name).collect::<Vec<_>>().join(", ");
            return Err(Core::Unknown { what: "layer", name: layer.into(), known });
        };
        self.range(place, units).map_err(|error| self.unread(&error))
    }
}

/// A layer by its name.
fn find<'a>(path: &Path, header: &'a Header, name: &str) -> Result<&'a Named> {
    let known = || header.layers.iter().map(|layer| layer.info.name.as_str());
    header.layers.iter().find(|layer| layer.info.name == name).ok_or_else(|| Error::Unknown {
        path: path.into(),
        what: "layer",
        name: name.into(),
        known: known().collect::<Vec<_>>().join(", "),
    })
}

/// Reads the study area, one row of chunks at a time.
pub(super) fn read_area(shelf: &Shelf, grid: &Grid) -> Result<Mask> {
    let [high, wide] = shelf.layout.chunk;
    let mut area = Mask::new(grid.cells(), false);
    for chunk_row in 0..grid.rows.div_ceil(high) {
        let cols: Vec<usize> = (0..grid.cols.div_ceil(wide)).collect();
        shelf.fetch_ahead(chunk_row, &cols);
        let chunks: Vec<Vec<u8>> =
            cols.par_iter().map(|col| shelf.chunk(chunk_row, *col)).collect::<Result<_>>()?;
        let first = chunk_row * high;
        for row in first..(first + high).min(grid.rows) {
            for col in 0..grid.cols {
                if chunks[col / wide][(row - first) * wide + col % wide] == 1 {
                    area.set(row * grid.cols + col, true);
                }
            }
        }
    }
    Ok(area)
}
