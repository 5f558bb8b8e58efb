//! Some unlabelled units, away from deposits.

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Sampler, add_unlabelled, at_least_one, deposits, unlabelled};
use crate::error::require;
use crate::ground::{Ground, check_units, distance};
use crate::label::Sample;
use crate::mask::Mask;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::{Error, Result};

/// Unlabelled units drawn at random, each as likely as any other and none twice, among those that lie
/// at least `at_least_m` from every deposit.
///
/// The distance is a choice of design made before any split: it looks at where deposits are (all of
/// them, held out or not), and at nothing else. In a table the rows of role `unlabelled` are drawn
/// from. Barbet-Massin and others (2012), DOI 10.1111/j.2041-210X.2011.00172.x, compare such choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Units to draw for each deposit. Where there are fewer, all are taken.
    pub per_deposit: usize,
    /// Distance in metres, from centre to centre, that a unit keeps from every deposit. Must be 0 in
    /// a table without coordinates.
    pub at_least_m: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { per_deposit: 20, at_least_m: 5000.0 }
    }
}

impl Sampler for Settings {
    fn draw(
        &self,
        stack: &dyn Stack,
        labelled: &[Sample],
        eligible: &Mask,
        seed: Seed,
    ) -> Result<Vec<Sample>> {
        let Self { per_deposit, at_least_m } = *self;
        let length = at_least_m.is_finite() && at_least_m >= 0.0;
        let key = "sample.distant_unlabelled.at_least_m";
        require(length, key, at_least_m, "a length of 0 or more")?;
        require(
            per_deposit >= 1,
            "sample.distant_unlabelled.per_deposit",
            per_deposit,
            "at least 1",
        )?;
        check_units(stack, labelled)?;
        let mut samples = deposits(labelled, eligible)?;
        let mut units = unlabelled(stack, labelled, eligible);
        if at_least_m > 0.0 {
            let ground = Ground::of(stack)?.ok_or_else(|| Error::BadSetting {
                key: key.into(),
                found: at_least_m.to_string(),
                expected: "0 in a table without coordinates".into(),
            })?;
            for deposit in labelled.iter().filter(|sample| sample.is_deposit()) {
                clear(&mut units, &ground, ground.place(deposit.unit), at_least_m);
            }
        }
        let mut left = units.count();
        at_least_one(left, &format!("unlabelled units {at_least_m} m from every deposit"))?;
        // Selection sampling: each unit is taken with the chance that is left to it.
        let mut needed = per_deposit.saturating_mul(samples.len()).min(left);
        let mut rng = seed.rng();
        let drawn = units.iter().filter(|_| {
            let taken = rng.random_range(0..left) < needed;
            left -= 1;
            needed -= usize::from(taken);
            taken
        });
        add_unlabelled(&mut samples, labelled, drawn);
        Ok(samples)
    }

    fn varies(&self) -> bool {
        true
    }

    fn wanted(&self, deposits: usize) -> Option<usize> {
        Some(self.per_deposit.saturating_mul(deposits))
    }
}

/// Takes out of a set the units nearer than a distance to a place.
fn clear(units: &mut Mask, ground: &Ground, place: [f64; 2], at_least_m: f64) {
    let all = units.len();
    let mut clear_unit = |unit: usize| {
        if distance(ground.place(unit), place) < at_least_m {
            units.set(unit, false);
        }
    };
    let Some((cells, cell_m)) = ground.cells() else {
        (0..all).for_each(clear_unit);
        return;
    };
    // A cell more than the reach on either side, against rounding; the distance itself decides.
    let reach = |axis: usize, half: f64| {
        let first = ((place[axis] - half) / cell_m[axis] - 1.5).floor().max(0.0) as usize;
        let last = ((place[axis] + half) / cell_m[axis] + 0.5).ceil() as usize;
        first..cells[axis].min(last.saturating_add(1))
    };
    for row in reach(1, at_least_m) {
        let down = (row as f64 + 0.5) * cell_m[1] - place[1];
        let half = (at_least_m.powi(2) - down.powi(2)).max(0.0).sqrt();
        for col in reach(0, half) {
            clear_unit(row * cells[0] + col);
        }
    }
}
