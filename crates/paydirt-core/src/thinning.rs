//! Spatial thinning: deposits of one camp are one find, seen many times.
//!
//! Deposits are taken in random order, each unless one that was taken lies nearer than `at_least_m`; of
//! [`TRIES`] such orders the one that takes most is kept (as Aiello-Lammens and others 2015, doi
//! 10.1111/ecog.01132, do for species; they draw which of two goes). It looks at the places of the
//! training side's deposits and at nothing else; deposits that are held out are never thinned.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::require;
use crate::ground::{Ground, check_units, distance};
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::{Error, Result};

/// Orders that are tried.
const TRIES: u64 = 20;
/// Least side in metres of the squares in which near deposits are looked for.
const LEAST_SIDE_M: f64 = 1.0;

/// Leaves out, on the training side, deposits that lie close to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Distance in metres, from centre to centre, that deposits of the training side keep from one
    /// another; over 0.
    pub at_least_m: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { at_least_m: 2000.0 }
    }
}

impl Settings {
    /// The rows of a training side, in their order, without the deposits that lie too close to another.
    /// Rows are numbers of `samples`.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a distance that is none, or in a table without coordinates.
    pub fn thin(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        rows: &[usize],
        seed: Seed,
    ) -> Result<Vec<usize>> {
        let key = "thinning.at_least_m";
        let length = self.at_least_m.is_finite() && self.at_least_m > 0.0;
        require(length, key, self.at_least_m, "a length over 0")?;
        check_units(stack, samples)?;
        let ground = Ground::of(stack)?.ok_or_else(|| Error::BadSetting {
            key: key.into(),
            found: self.at_least_m.to_string(),
            expected: "left out in a table without coordinates".into(),
        })?;
        let deposits = rows.iter().copied().filter(|row| samples[*row].is_deposit());
        let deposits: Vec<(usize, [f64; 2])> =
            deposits.map(|row| (row, ground.place(samples[row].unit))).collect();
        let mut kept: Vec<usize> = Vec::new();
        for number in 0..TRIES {
            let mut order = deposits.clone();
            order.shuffle(&mut seed.derive("thinning", number).rng());
            let taken = self.take(&order);
            if taken.len() > kept.len() {
                kept = taken;
            }
        }
        kept.sort_unstable();
        let stays = |row: &usize| !samples[*row].is_deposit() || kept.binary_search(row).is_ok();
        Ok(rows.iter().copied().filter(stays).collect())
    }

    /// Those that are taken in this order.
    fn take(&self, order: &[(usize, [f64; 2])]) -> Vec<usize> {
        let side_m = self.at_least_m.max(LEAST_SIDE_M);
        let mut squares: BTreeMap<[i64; 2], Vec<[f64; 2]>> = BTreeMap::new();
        let mut taken = Vec::new();
        for (row, place) in order {
            let [east, south] = place.map(|metres| (metres / side_m).floor() as i64);
            let around = (-1..=1).flat_map(|e| (-1..=1).map(move |s| [e, s]));
            let near = |[e, s]: [i64; 2]| {
                let square = [east.saturating_add(e), south.saturating_add(s)];
                squares.get(&square).is_some_and(|others| {
                    others.iter().any(|other| distance(*other, *place) < self.at_least_m)
                })
            };
            if !around.into_iter().any(near) {
                squares.entry([east, south]).or_default().push(*place);
                taken.push(*row);
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::grid::{Crs, GeoTransform, Grid};
    use crate::label::Role;
    use crate::mask::Mask;
    use crate::stack::GridStack;

    const COLS: usize = 60;

    /// Cells of 100 m by 50 m.
    fn stack() -> GridStack {
        let transform =
            GeoTransform { west: 0.0, north: 0.0, cell_width: 100.0, cell_height: 50.0 };
        let grid = Grid::new(Crs::local_metres(), transform, 40, COLS).unwrap();
        let area = Arc::new(Mask::new(grid.cells(), true));
        GridStack::new(grid, area)
    }

    fn sample(unit: usize, role: Role) -> Sample {
        Sample { unit, role, weight: 1.0, group: None, year: None }
    }

    fn thin(at_least_m: f64, samples: &[Sample], rows: &[usize], seed: u64) -> Vec<usize> {
        Settings { at_least_m }.thin(&stack(), samples, rows, Seed(seed)).unwrap()
    }

    #[test]
    fn of_a_row_of_deposits_every_other_stays() {
        // Five deposits 100 m apart: the first, the third and the fifth are the most that keep 150 m.
        let mut samples: Vec<Sample> = (0..5).map(|unit| sample(unit, Role::Deposit)).collect();
        samples.push(sample(6, Role::Unlabelled));
        let rows: Vec<usize> = (0..6).collect();
        assert_eq!(thin(150.0, &samples, &rows, 1), [0, 2, 4, 5]);
        assert_eq!(thin(100.0, &samples, &rows, 1), rows, "100 m apart is far enough");
        assert_eq!(thin(1e12, &samples, &rows, 1).len(), 2);
        // What is not on the training side crowds out nothing.
        assert_eq!(thin(150.0, &samples, &[1, 3, 5], 1), [1, 3, 5]);
    }

    #[test]
    fn no_length_and_no_places_are_refused() {
        let samples = [sample(0, Role::Deposit)];
        for at_least_m in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let found = Settings { at_least_m }.thin(&stack(), &samples, &[0], Seed(1));
            assert!(found.unwrap_err().to_string().contains("`thinning.at_least_m` is"));
        }
    }

    proptest! {
        #[test]
        fn those_kept_are_apart_and_crowd_out_all_others(
            units in prop::collection::btree_set(0..40 * COLS, 1..40),
            at_least_m in 1.0..3000.0,
            seed in any::<u64>(),
        ) {
            let samples: Vec<Sample> =
                units.iter().map(|unit| sample(*unit, Role::Deposit)).collect();
            let rows: Vec<usize> = (0..samples.len()).collect();
            let kept = thin(at_least_m, &samples, &rows, seed);
            prop_assert_eq!(&kept, &thin(at_least_m, &samples, &rows, seed));
            let apart = |a: usize, b: usize| {
                let place = |row: usize| {
                    let unit = samples[row].unit;
                    [(unit % COLS) as f64 * 100.0, (unit / COLS) as f64 * 50.0]
                };
                distance(place(a), place(b)) >= at_least_m
            };
            for row in rows {
                let others = kept.iter().filter(|other| **other != row);
                let is_free = others.clone().all(|other| apart(row, *other));
                prop_assert_eq!(is_free, kept.contains(&row), "row {}", row);
            }
        }
    }
}
