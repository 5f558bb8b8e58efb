//! Tiles that were drawn, kept to be sent again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use axum::body::Bytes;

use crate::tile::Address;

/// Most bytes of tiles that are kept.
const MOST_BYTES: usize = 48 << 20;
/// What keeping a tile takes beside its bytes, about.
const BESIDE_BYTES: usize = 256;

/// A layer's number, and zoom, column and row of a tile.
type Key = (usize, [usize; 3]);

/// The tiles that were drawn last: the oldest makes way.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    tiles: BTreeMap<Key, Bytes>,
    order: VecDeque<Key>,
    bytes: usize,
}

const fn key(layer: usize, Address { zoom, col, row }: Address) -> Key {
    (layer, [zoom, col, row])
}

impl Cache {
    pub(super) fn get(&self, layer: usize, address: Address) -> Option<Bytes> {
        self.0.lock().ok()?.tiles.get(&key(layer, address)).cloned()
    }

    pub(super) fn keep(&self, layer: usize, address: Address, tile: Bytes) {
        let Ok(mut held) = self.0.lock() else { return };
        let key = key(layer, address);
        held.bytes += tile.len() + BESIDE_BYTES;
        // Drawn twice at a time, it is kept once.
        match held.tiles.insert(key, tile) {
            Some(before) => held.bytes -= before.len() + BESIDE_BYTES,
            None => held.order.push_back(key),
        }
        while held.bytes > MOST_BYTES {
            let Some(oldest) = held.order.pop_front() else { break };
            let gone = held.tiles.remove(&oldest).map_or(0, |tile| tile.len() + BESIDE_BYTES);
            held.bytes -= gone;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_tiles_make_way() {
        let cache = Cache::default();
        let at = |col: usize| Address { zoom: 9, col, row: 0 };
        let tile = || Bytes::from(vec![0; MOST_BYTES / 4]);
        for col in [0, 1, 1, 2, 3] {
            cache.keep(0, at(col), tile());
        }
        let held: Vec<bool> = (0..4).map(|col| cache.get(0, at(col)).is_some()).collect();
        assert_eq!(held, [false, true, true, true]);
        assert!(cache.get(1, at(1)).is_none());
        assert_eq!(cache.0.lock().unwrap().bytes, 3 * (MOST_BYTES / 4 + BESIDE_BYTES));
    }
}
