//! Decoded chunks, so that reading strip after strip decodes each once.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Layer, row and column of a chunk.
pub(super) type Key = [usize; 3];

/// Chunks by the time when they were last asked for.
#[derive(Debug)]
pub(super) struct Cache {
    most_bytes: usize,
    bytes: usize,
    now: u64,
    chunks: BTreeMap<Key, (u64, Arc<Vec<f32>>)>,
    by_time: BTreeMap<u64, Key>,
}

impl Cache {
    pub(super) const fn new(most_bytes: usize) -> Self {
        let chunks = BTreeMap::new();
        Self { most_bytes, bytes: 0, now: 0, chunks, by_time: BTreeMap::new() }
    }

    pub(super) fn get(&mut self, key: Key) -> Option<Arc<Vec<f32>>> {
        self.now += 1;
        let (time, chunk) = self.chunks.get_mut(&key)?;
        self.by_time.remove(time);
        self.by_time.insert(self.now, key);
        *time = self.now;
        Some(Arc::clone(chunk))
    }

    /// Keeps a chunk, and forgets those that nobody asked for the longest.
    pub(super) fn keep(&mut self, key: Key, chunk: Arc<Vec<f32>>) {
        self.now += 1;
        self.bytes += chunk.len() * 4;
        if let Some((time, old)) = self.chunks.insert(key, (self.now, chunk)) {
            self.bytes -= old.len() * 4;
            self.by_time.remove(&time);
        }
        self.by_time.insert(self.now, key);
        while self.bytes > self.most_bytes {
            let Some((_, oldest)) = self.by_time.pop_first() else { return };
            if let Some((_, chunk)) = self.chunks.remove(&oldest) {
                self.bytes -= chunk.len() * 4;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_last_stays() {
        let mut cache = Cache::new(3 * 40);
        let chunk = || Arc::new(vec![0.0; 10]);
        for col in 0..3 {
            cache.keep([0, 0, col], chunk());
        }
        assert!(cache.get([0, 0, 0]).is_some());
        cache.keep([0, 0, 3], chunk());
        cache.keep([0, 0, 3], chunk());
        let held = (0..4).map(|col| cache.get([0, 0, col]).is_some());
        assert_eq!(held.collect::<Vec<_>>(), [true, false, true, true]);
        assert_eq!(cache.bytes, 120);
    }
}
