//! Counts of the classes of an evidence layer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::columns::bad_setting;

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

/// The share of cells that hold a deposit: the prior probability of one cell; 0 without cells.
#[must_use]
pub fn prior(counts: &[ClassCount]) -> f64 {
    let sum = |pick: fn(&ClassCount) -> f64| counts.iter().map(pick).sum::<f64>();
    let cells = sum(|count| count.cells);
    if cells > 0.0 { sum(|count| count.deposits) / cells } else { 0.0 }
}

/// The prior of a unit cell: the small area, in km2, that one deposit is taken to fill, whatever the cells of
/// the raster are. It is proportional to that area, while weights hardly depend on it (Bonham-Carter 1994,
/// chapter 9), so they stay those of cells.
///
/// # Errors
/// An area that is not over zero, and a prior that would be 1 or more.
///
/// ```
/// use paydirt_model::weights_of_evidence::count::in_unit_cells;
/// // 10 deposits in 4000 cells of 0.25 km2 are 10 in 1000 unit cells of 1 km2.
/// assert_eq!(in_unit_cells(10.0 / 4000.0, 0.25, 1.0)?, 0.01);
/// # Ok::<(), paydirt_model::Error>(())
/// ```
pub fn in_unit_cells(prior: f64, cell_km2: f64, unit_cell_km2: f64) -> Result<f64> {
    let key = "weights_of_evidence.unit_cell_km2";
    for area in [cell_km2, unit_cell_km2] {
        if !(area.is_finite() && area > 0.0) {
            return Err(bad_setting(key, area, "over zero"));
        }
    }
    let of_unit = prior * unit_cell_km2 / cell_km2;
    if of_unit >= 1.0 {
        let room = format!("under {} km2, or deposits fill the ground", cell_km2 / prior);
        return Err(bad_setting(key, unit_cell_km2, &room));
    }
    Ok(of_unit)
}
