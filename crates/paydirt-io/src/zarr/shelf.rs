//! One array over the grid: its metadata, its bytes, its chunks.

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use paydirt_core::layer::LayerInfo;
use serde_json::Value;
use zarrs::array::codec::api::{ArrayToBytesCodecTraits, CodecOptions, CodecSpecificOptions};
use zarrs::array::codec::{ShardingCodecOptions, SubchunkWriteOrder};
use zarrs::array::{
    Array, ArrayMetadata, ArrayShardedReadableExt, ArrayShardedReadableExtCache, ElementOwned,
    IntoArrayBytes,
};
use zarrs::storage::byte_range::{ByteRange, ByteRangeIterator};
use zarrs::storage::{
    Bytes, MaybeBytes, MaybeBytesIterator, ReadableStorageTraits, StorageError, StoreKey,
};

use super::header::{self, Header, NODE, Progress};
use super::layout::Layout;
use crate::store::Store;
use crate::{Error, Result};

/// Bytes that were fetched ahead: of which object, from where on.
type Ahead = (StoreKey, u64, Bytes);

/// Where the chunks of a shard lie in its bytes.
type Places = Arc<Vec<Option<Range<u64>>>>;

/// Most bytes that are fetched ahead.
const MOST_AHEAD: u64 = 64 << 20;

/// What zarrs reads of a store.
#[derive(Debug)]
struct Bookshelf {
    store: Arc<Store>,
    ahead: Mutex<Option<Ahead>>,
}

impl Bookshelf {
    /// Bytes that were fetched ahead.
    fn held(&self, key: &StoreKey, range: &Range<u64>) -> Option<Bytes> {
        let ahead = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let (held, start, bytes) = ahead.as_ref()?;
        let first = range.start.checked_sub(*start).filter(|_| held == key)?;
        let last = range.end.checked_sub(*start)?;
        (last <= bytes.len() as u64).then(|| bytes.slice(first as usize..last as usize))
    }

    /// An object that must be there: without it, its cells would pass for missing evidence.
    fn gone(&self, key: &StoreKey) -> Error {
        Error::Damaged {
            path: self.store.name(key.as_str()).into(),
            doing: "reading a chunk",
            reason: "there is no such object".into(),
        }
    }

    fn bounds(&self, key: &StoreKey, range: ByteRange) -> Result<Range<u64>> {
        if let ByteRange::FromStart(start, Some(length)) = range {
            return Ok(start..start.saturating_add(length));
        }
        let size = self.store.describe(key.as_str())?.ok_or_else(|| self.gone(key))?.bytes;
        Ok(range.start(size)..range.end(size))
    }

    fn read(&self, key: &StoreKey, ranges: ByteRangeIterator<'_>) -> Result<Vec<Bytes>> {
        let mut found = Vec::new();
        for range in ranges {
            let range = self.bounds(key, range)?;
            if let Some(bytes) = self.held(key, &range) {
                found.push(bytes);
                continue;
            }
            let bytes = self.store.get_ranges(key.as_str(), &[range])?;
            found.extend(bytes.ok_or_else(|| self.gone(key))?.into_iter().map(Bytes::from));
        }
        Ok(found)
    }
}

impl ReadableStorageTraits for Bookshelf {
    fn get(&self, key: &StoreKey) -> std::result::Result<MaybeBytes, StorageError> {
        let found = self.store.get(key.as_str());
        found.map(|found| found.map(Bytes::from)).map_err(|e| StorageError::Other(e.to_string()))
    }

    fn get_partial_many<'a>(
        &'a self,
        key: &StoreKey,
        ranges: ByteRangeIterator<'a>,
    ) -> std::result::Result<MaybeBytesIterator<'a>, StorageError> {
        let found = self.read(key, ranges).map_err(|e| StorageError::Other(e.to_string()))?;
        Ok(Some(Box::new(found.into_iter().map(Ok))))
    }

    fn size_key(&self, key: &StoreKey) -> std::result::Result<Option<u64>, StorageError> {
        let found = self.store.describe(key.as_str());
        found
            .map(|found| found.map(|found| found.bytes))
            .map_err(|error| StorageError::Other(error.to_string()))
    }

    fn supports_get_partial(&self) -> bool {
        true
    }
}

/// One array over the grid.
pub(super) struct Shelf {
    store: Arc<Store>,
    books: Arc<Bookshelf>,
    name: String,
    array: Array<Bookshelf>,
    index: ArrayShardedReadableExtCache,
    /// Where chunks lie in the shard that was looked at last.
    places: Mutex<Option<(usize, Places)>>,
    pub(super) layout: Layout,
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Shelf {
    /// An array of a stack by its metadata.
    fn new(store: Arc<Store>, name: &str, node: Value, layout: Layout) -> Result<Self> {
        let no = |reason: String| Error::NotThat {
            path: store.name(name).into(),
            expected: "array of an evidence stack",
            reason,
        };
        let books = Arc::new(Bookshelf { store: Arc::clone(&store), ahead: Mutex::new(None) });
        let metadata: ArrayMetadata =
            serde_json::from_value(node).map_err(|error| no(error.to_string()))?;
        let array = Array::new_with_metadata(Arc::clone(&books), &format!("/{name}"), metadata)
            .map_err(|error| no(error.to_string()))?;
        // In order, so that neighbours lie together and the bytes do not depend on threads.
        let order =
            ShardingCodecOptions::default().with_subchunk_write_order(SubchunkWriteOrder::C);
        let array =
            array.with_codec_specific_options(&CodecSpecificOptions::default().with_option(order));
        let index = ArrayShardedReadableExtCache::new(&array);
        let places = Mutex::new(None);
        Ok(Self { store, books, name: name.into(), array, index, places, layout })
    }

    /// An array that is to be written.
    pub(super) fn begin(
        store: &Arc<Store>,
        name: &str,
        header: &Header,
        layer: Option<&LayerInfo>,
    ) -> Result<Self> {
        let node = header.array(layer, Progress::default());
        Self::new(Arc::clone(store), name, node, header.layout)
    }

    /// An array that is there, and how far it was written; `None` where there is none. Its shape, type and
    /// layout must be those that the grid asks for.
    pub(super) fn open(
        store: &Arc<Store>,
        name: &str,
        header: &Header,
        layer: Option<&LayerInfo>,
    ) -> Result<Option<(Self, Progress)>> {
        let Some(bytes) = store.get(&format!("{name}/{NODE}"))? else { return Ok(None) };
        let damaged = |reason: String| Error::Damaged {
            path: store.name(name).into(),
            doing: "reading the metadata of an array",
            reason,
        };
        let node: Value =
            serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        let progress: Progress = serde_json::from_value(node["attributes"]["paydirt"].clone())
            .map_err(|error| damaged(error.to_string()))?;
        let wanted = header.array(layer, progress);
        for key in ["shape", "data_type", "chunk_grid", "chunk_key_encoding", "codecs"] {
            if node[key] != wanted[key] {
                return Err(Error::OtherStack {
                    path: store.address().into(),
                    what: format!("`{key}` of `{name}`"),
                    found: node[key].to_string(),
                    expected: wanted[key].to_string(),
                });
            }
        }
        Ok(Some((Self::new(Arc::clone(store), name, node, header.layout)?, progress)))
    }

    /// Writes one shard, a row of them being one; `cells` are all of its cells.
    pub(super) fn put<'a>(&self, shard: usize, cells: impl IntoArrayBytes<'a>) -> Result<()> {
        let place = [shard as u64, 0];
        let key = self.array.chunk_key(&place);
        let unwritten = |reason: String| Error::Write {
            path: Path::new(&self.store.name(key.as_str())).into(),
            reason,
        };
        let kind = self.array.data_type();
        let cells = cells.into_array_bytes(kind).map_err(|error| unwritten(error.to_string()))?;
        let shape = self.array.chunk_shape(&place).map_err(|error| unwritten(error.to_string()))?;
        let bytes = self
            .array
            .codecs()
            .encode(cells, &shape, kind, self.array.fill_value(), &CodecOptions::default())
            .map_err(|error| unwritten(error.to_string()))?;
        self.store.put(key.as_str(), bytes.into_owned())
    }

    /// Says how far the array was written.
    pub(super) fn mark(
        &self,
        header: &Header,
        layer: Option<&LayerInfo>,
        progress: Progress,
    ) -> Result<()> {
        let key = format!("{}/{NODE}", self.name);
        // Another that writes the same layer may have come to its end.
        let there = self.store.get(&key)?.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let ended = |node: Value| node["attributes"]["paydirt"]["complete"] == true;
        if !progress.complete && there.is_some_and(ended) {
            return Ok(());
        }
        let node = header.array(layer, progress);
        self.store.put(&key, header::text(&node))
    }

    /// Fetches some chunks of one row of chunks in one request, where requests have to travel. What fails
    /// here fails again, and is told, when the chunks themselves are read.
    pub(super) fn fetch_ahead(&self, row: usize, cols: &[usize]) {
        if !self.store.is_remote() || cols.len() < 2 {
            return;
        }
        let Layout { chunk: [high, wide], shard: [rows, all_cols] } = self.layout;
        let (shard, across) = (row * high / rows, all_cols / wide);
        let Some(places) = self.places(shard) else { return };
        let place = |col: &usize| places.get(row * high % rows / high * across + col).cloned();
        let range = cols
            .iter()
            .filter_map(place)
            .flatten()
            .reduce(|one, other| one.start.min(other.start)..one.end.max(other.end));
        let Some(range) = range.filter(|range| range.end - range.start < MOST_AHEAD) else {
            return;
        };
        let key = self.array.chunk_key(&[shard as u64, 0]);
        if let Ok(Some(found)) = self.store.get_ranges(key.as_str(), std::slice::from_ref(&range)) {
            let bytes = found.into_iter().next().map(Bytes::from);
            let mut ahead = self.books.ahead.lock().unwrap_or_else(PoisonError::into_inner);
            *ahead = bytes.map(|bytes| (key, range.start, bytes));
        }
    }

    /// Where the chunks of a shard lie in its bytes, row by row; none for a chunk without any value. (zarrs
    /// 0.23 tells of those as well, and adds up two numbers that stand for none.)
    fn places(&self, shard: usize) -> Option<Places> {
        let mut held = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, places)) = held.as_ref().filter(|(held, _)| *held == shard) {
            return Some(Arc::clone(places));
        }
        let Layout { chunk, shard: [rows, cols] } = self.layout;
        let index = 0..(rows / chunk[0] * (cols / chunk[1]) * 16) as u64;
        let key = self.array.chunk_key(&[shard as u64, 0]);
        let bytes = self.store.get_ranges(key.as_str(), std::slice::from_ref(&index)).ok()??;
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).ok();
        let place = |entry: &[u8]| {
            let start = number(&entry[..8])?;
            Some(start..start.checked_add(number(&entry[8..])?)?)
        };
        let places = Arc::new(bytes.first()?.chunks_exact(16).map(place).collect::<Vec<_>>());
        *held = Some((shard, Arc::clone(&places)));
        Some(places)
    }

    /// All cells of a chunk, those past the grid's edges among them.
    pub(super) fn chunk<T: ElementOwned>(&self, row: usize, col: usize) -> Result<Vec<T>> {
        // One thread a chunk: callers read several at once.
        let options = CodecOptions::default().with_concurrent_target(1);
        self.array.retrieve_subchunk_opt(&self.index, &[row as u64, col as u64], &options).map_err(
            |error| Error::Damaged {
                path: self.store.name(&self.name).into(),
                doing: "reading a chunk",
                reason: error.to_string(),
            },
        )
    }
}
