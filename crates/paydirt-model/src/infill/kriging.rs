//! Indicator kriging of each species by itself: what is recorded near by, and nothing else.
//!
//! The samples are the cells of the tile that are seen and the cells of the training side around it; the
//! indicator is 1 where the species is recorded (Journel 1983, doi 10.1007/BF01031292). Its variogram is fitted
//! to the training tiles with the most records. What [`crate::indicator_kriging`] is for samples, this is for
//! tiles.

use paydirt_core::gridding::ordinary::Ordinary;
use paydirt_core::gridding::variogram::{self, Lag, Model, Variogram};
use paydirt_core::infill::side::{Side, Sides};
use paydirt_core::infill::{Field, Hidden, State};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ask, Infiller};
use crate::Result;
use crate::columns::bad_setting;

/// Training tiles to which a variogram is fitted.
const TILES: usize = 8;

/// Lags of the experimental variogram, half a tile far.
const LAGS: usize = 12;

/// Settings of kriging.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "InfillKrigingSettings")]
pub struct Settings {
    /// Most samples that count at a cell, 1 to 1,000.
    pub neighbours: usize,
    /// How far around a tile cells of the training side are samples, in cells.
    pub reach_cells: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { neighbours: 16, reach_cells: 25 }
    }
}

/// Kriging with its variograms.
#[derive(Debug)]
pub struct Kriging<'a> {
    settings: Settings,
    field: &'a Field,
    sides: &'a Sides,
    variograms: Vec<Variogram>,
    share: Vec<f64>,
}

impl Settings {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        if !(1..=1000).contains(&self.neighbours) {
            return Err(bad_setting("kriging.neighbours", self.neighbours, "1 to 1000"));
        }
        Ok(())
    }

    /// Fits the variograms on the training side.
    ///
    /// # Errors
    /// Settings out of range.
    pub fn fit<'a>(&self, field: &'a Field, sides: &'a Sides) -> Result<Kriging<'a>> {
        self.check()?;
        let tiles = sides.tiles(field, Side::Training);
        let none = Hidden::none(field.layers.species(), field.side);
        let views: Vec<_> = tiles.iter().map(|tile| field.view(*tile, &none)).collect();
        let of = |species: usize| {
            let mut planes: Vec<(usize, Vec<f64>)> = views
                .iter()
                .map(|view| {
                    let present = |state: &State| f64::from(super::is(*state, State::Present));
                    let plane: Vec<f64> = view.of(species).iter().map(present).collect();
                    (plane.iter().sum::<f64>() as usize, plane)
                })
                .collect();
            let cells = (planes.len() * field.side * field.side).max(1) as f64;
            let share = planes.iter().map(|(count, _)| *count as f64).sum::<f64>() / cells;
            planes.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
            planes.truncate(TILES);
            (fitted(&planes, field.side), share)
        };
        let found: Vec<_> = (0..field.layers.species()).into_par_iter().map(of).collect();
        let (variograms, share) = found.into_iter().unzip();
        Ok(Kriging { settings: self.clone(), field, sides, variograms, share })
    }
}

/// The variogram of some planes, in cells: their lags pooled.
fn fitted(planes: &[(usize, Vec<f64>)], side: usize) -> Variogram {
    let places: Vec<[f64; 2]> =
        (0..side * side).map(|cell| [(cell % side) as f64, (cell / side) as f64]).collect();
    let farthest = side as f64 / 2.0;
    let mut sums = [[0.0; 3]; LAGS];
    for (_, plane) in planes {
        for lag in variogram::experimental(&places, plane, LAGS, farthest) {
            let number = ((lag.distance_m / farthest * LAGS as f64) as usize).min(LAGS - 1);
            let pairs = lag.pairs as f64;
            let add = [pairs, pairs * lag.distance_m, pairs * lag.semivariance];
            sums[number].iter_mut().zip(add).for_each(|(sum, add)| *sum += add);
        }
    }
    let lags: Vec<Lag> = sums
        .iter()
        .filter(|[pairs, ..]| *pairs > 0.0)
        .map(|[pairs, distance, semivariance]| Lag {
            distance_m: distance / pairs,
            semivariance: semivariance / pairs,
            pairs: *pairs as usize,
        })
        .collect();
    let nugget = Variogram { model: Model::Spherical, nugget: 1.0, sill: 1.0, range_m: 1.0 };
    let found = variogram::fit(&Model::ALL, &lags);
    found.filter(|found| found.sill.is_finite() && found.sill > 0.0).unwrap_or(nugget)
}

impl Kriging<'_> {
    /// The samples of one species around a tile, in cells of the grid.
    fn samples(&self, ask: &Ask, species: usize) -> (Vec<[f64; 2]>, Vec<f64>) {
        let (field, reach) = (self.field, self.settings.reach_cells);
        let grid = &field.layers.grid;
        let rows =
            ask.tile.row.saturating_sub(reach)..(ask.tile.row + field.side + reach).min(grid.rows);
        let cols =
            ask.tile.col.saturating_sub(reach)..(ask.tile.col + field.side + reach).min(grid.cols);
        let (mut places, mut values) = (Vec::new(), Vec::new());
        let states = ask.view.of(species);
        for (row, col) in rows.flat_map(|row| cols.clone().map(move |col| (row, col))) {
            let within =
                |at: usize, from: usize| at.checked_sub(from).filter(|at| *at < field.side);
            let inside = within(row, ask.tile.row).zip(within(col, ask.tile.col));
            let unit = row * grid.cols + col;
            let present = match inside {
                Some((row, col)) => match states[row * field.side + col] {
                    State::Hidden => continue,
                    state => state == State::Present,
                },
                None if self.sides.of[unit] == Side::Training => {
                    field.layers.presence[species].get(unit)
                }
                None => continue,
            };
            places.push([col as f64, row as f64]);
            values.push(f64::from(u8::from(present)));
        }
        (places, values)
    }

    /// Scores of the hidden cells of one species, in their order.
    fn scores(&self, ask: &Ask, species: usize) -> Result<Vec<f32>> {
        let side = self.field.side;
        let states = ask.view.of(species).iter().enumerate();
        let hidden = states.filter(|(_, state)| **state == State::Hidden).map(|(cell, _)| cell);
        let wanted: Vec<[f64; 2]> = hidden
            .map(|cell| [(ask.tile.col + cell % side) as f64, (ask.tile.row + cell / side) as f64])
            .collect();
        let (places, values) = self.samples(ask, species);
        let share = self.share[species];
        if wanted.is_empty() || places.is_empty() {
            return Ok(vec![share as f32; wanted.len()]);
        }
        // Of samples that are all alike the estimate is their value.
        if values.iter().all(|value| *value == values[0]) {
            return Ok(vec![values[0] as f32; wanted.len()]);
        }
        let kriging =
            Ordinary::new(&places, &values, self.variograms[species], self.settings.neighbours)?;
        let score = |found: f64| if found.is_nan() { share } else { found.clamp(0.0, 1.0) } as f32;
        Ok(kriging.estimate(&wanted).into_iter().map(score).collect())
    }
}

impl Infiller for Kriging<'_> {
    fn fill(&self, asks: &[Ask]) -> Result<Vec<Vec<f32>>> {
        let fill = |ask: &Ask| -> Result<Vec<f32>> {
            let mut out = Vec::with_capacity(ask.view.states.len());
            for species in 0..ask.view.species {
                let mut scores = self.scores(ask, species)?.into_iter();
                out.extend(ask.view.of(species).iter().map(|state| match state {
                    State::Hidden => scores.next().unwrap_or(0.0),
                    state => super::is(*state, State::Present),
                }));
            }
            Ok(out)
        };
        asks.par_iter().map(fill).collect()
    }
}
