//! Windows on every so many cells, between which answers are interpolated.

use std::ops::RangeInclusive;

use crate::neural::ground::{Ground, Placed};

/// Cells from one window to the next.
pub(super) const EVERY: RangeInclusive<usize> = 1..=16;

/// The windows that tell some units: a lattice from the north-west corner of the ground, and its last row
/// and column. Which windows a unit is told by does not depend on the other units.
pub(super) struct Anchors {
    /// Their units, in order.
    units: Vec<usize>,
    /// For each unit the places of its four windows, and how much each counts.
    corners: Vec<[(usize, f32); 4]>,
}

impl Anchors {
    /// The windows around some units of a ground of `[rows, cols]`.
    pub(super) fn new(units: &[usize], [rows, cols]: [usize; 2], every: usize) -> Self {
        let of_unit = |unit: &usize| {
            let [row, col] = [axis(unit / cols, rows, every), axis(unit % cols, cols, every)];
            let corner = |number: usize| {
                let (row, col) = (row[number / 2], col[number % 2]);
                (row.0 * cols + col.0, row.1 * col.1)
            };
            std::array::from_fn::<_, 4, _>(corner)
        };
        let mut corners: Vec<[(usize, f32); 4]> = units.iter().map(of_unit).collect();
        let mut units: Vec<usize> = corners.iter().flatten().map(|(unit, _)| *unit).collect();
        units.sort_unstable();
        units.dedup();
        for (unit, _) in corners.iter_mut().flatten() {
            *unit = units.partition_point(|anchor| anchor < unit);
        }
        Self { units, corners }
    }

    /// Where they are.
    pub(super) fn placed<'a>(&'a self, ground: &'a dyn Ground) -> Placed<'a> {
        Placed { ground, units: &self.units }
    }

    /// What the units are told, from what the windows are: bilinear.
    pub(super) fn between(&self, told: &[f32]) -> Vec<f32> {
        let of_unit = |corners: &[(usize, f32); 4]| {
            corners.iter().map(|(anchor, share)| told[*anchor] * share).sum()
        };
        self.corners.iter().map(of_unit).collect()
    }
}

/// The lattice points before and after a cell along an axis, and how much each counts.
fn axis(at: usize, count: usize, every: usize) -> [(usize, f32); 2] {
    let before = at / every * every;
    let after = (before + every).min(count - 1).max(before);
    let share = if after == before { 0.0 } else { (at - before) as f32 / (after - before) as f32 };
    [(before, 1.0 - share), (after, share)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plane_is_told_exactly_up_to_the_edges() {
        let shape @ [rows, cols] = [11, 14];
        let all: Vec<usize> = (0..rows * cols).collect();
        let plane = |unit: &usize| (3 * (unit / cols)) as f32 - (unit % cols) as f32;
        for every in EVERY {
            let anchors = Anchors::new(&all, shape, every);
            let told: Vec<f32> = anchors.units.iter().map(plane).collect();
            for (unit, found) in all.iter().zip(anchors.between(&told)) {
                assert!((found - plane(unit)).abs() < 1e-4, "{every}: {unit}");
            }
            let on_axis = |count: usize| (count - 1).div_ceil(every) + 1;
            assert_eq!(anchors.units.len(), on_axis(rows) * on_axis(cols));
        }
    }

    #[test]
    fn a_unit_is_told_the_same_among_any_others() {
        let (shape, told) = ([9, 9], |unit: &usize| ((unit * 37) % 11) as f32);
        let all: Vec<usize> = (0..81).collect();
        let between = |units: &[usize]| {
            let anchors = Anchors::new(units, shape, 3);
            anchors.between(&anchors.units.iter().map(told).collect::<Vec<_>>())
        };
        let together = between(&all);
        for unit in all {
            assert_eq!(between(&[unit]), [together[unit]]);
        }
    }
}
