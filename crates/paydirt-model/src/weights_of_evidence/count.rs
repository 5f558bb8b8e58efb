//! Counts of the classes of an evidence layer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How many cells a class of an evidence layer has, and how many of them hold a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassCount {
    /// The value of the class.
    pub class: f32,
    /// Cells of the class with or without a deposit (a sum of weights where samples have them).
    pub cells: f64,
    /// Cells of the class with a deposit.
    pub deposits: f64,
}

/// Counts the classes of one evidence layer in one pass.
///
/// ```
/// use paydirt_model::weights_of_evidence::count::ClassCounter;
/// let mut counter = ClassCounter::default();
/// for (value, deposit) in [(2.0, true), (0.5, false), (2.0, false)] {
///     counter.add(value, deposit, 1.0);
/// }
/// let counts = counter.finish();
/// assert_eq!((counts[0].class, counts[0].cells, counts[0].deposits), (0.5, 1.0, 0.0));
/// assert_eq!((counts[1].class, counts[1].cells, counts[1].deposits), (2.0, 2.0, 1.0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ClassCounter {
    /// Cells and deposits of classes that are whole numbers below 65,536, at their own place: an
    /// ordered map takes ten to twenty times as long over a classified raster.
    whole: Vec<[f64; 2]>,
    /// Cells and deposits of all other classes, by the bits of their value.
    other: BTreeMap<u32, [f64; 2]>,
}

impl ClassCounter {
    /// Counts one known cell with its weight; a value that is not finite is not counted.
    pub fn add(&mut self, value: f32, deposit: bool, weight: f64) {
        let place = value as u16;
        let count = if f32::from(place) == value {
            let place = usize::from(place);
            if place >= self.whole.len() {
                self.whole.resize(place + 1, [0.0; 2]);
            }
            &mut self.whole[place]
        } else if value.is_finite() {
            self.other.entry(value.to_bits()).or_default()
        } else {
            return;
        };
        count[0] += weight;
        count[1] += if deposit { weight } else { 0.0 };
    }

    /// The classes that have cells, in ascending order.
    #[must_use]
    pub fn finish(self) -> Vec<ClassCount> {
        let whole = self.whole.into_iter().enumerate().map(|(class, count)| (class as f32, count));
        let other = self.other.into_iter().map(|(bits, count)| (f32::from_bits(bits), count));
        let mut counts: Vec<ClassCount> = whole
            .chain(other)
            .filter(|(_, [cells, _])| *cells > 0.0)
            .map(|(class, [cells, deposits])| ClassCount { class, cells, deposits })
            .collect();
        counts.sort_by(|a, b| a.class.total_cmp(&b.class));
        counts
    }
}
