//! Counts of what lies together: the plainest baseline.
//!
//! The log odds of a species in a cell are those of its share of the training cells plus, for every other
//! species that is seen in the cell and every species that is seen in the eight cells around it, the log ratio
//! of how often that is so with the species and without it (a naive Bayes model; Duda and Hart 1973). Counts
//! start at one half. What is hidden says nothing.

use paydirt_core::infill::side::{Side, Sides};
use paydirt_core::infill::{Field, State, View};
use rayon::prelude::*;

use super::{Ask, Infiller};
use crate::Result;
use crate::columns::probability;

/// Log ratios of the evidence for one species.
#[derive(Clone, Debug, PartialEq)]
struct Ratios {
    prior: f64,
    /// For each species, seen absent and seen present in the cell.
    here: Vec<[f64; 2]>,
    /// The same of the cells around it.
    around: Vec<[f64; 2]>,
}

/// Fitted counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts {
    ratios: Vec<Ratios>,
}

/// What is seen around a cell: nothing, no record, or one at least.
fn around(states: &[State], side: usize, cell: usize) -> Option<bool> {
    let (row, col) = (cell / side, cell % side);
    let mut seen = None;
    for near_row in row.saturating_sub(1)..(row + 2).min(side) {
        for near_col in col.saturating_sub(1)..(col + 2).min(side) {
            let near = near_row * side + near_col;
            match states[near] {
                _ if near == cell => {}
                State::Hidden => {}
                State::Absent => seen = seen.or(Some(false)),
                State::Present => return Some(true),
            }
        }
    }
    seen
}

/// How often evidence was seen without and with a species: `[without, with][absent, present]`.
type Counted = [[f64; 2]; 2];

fn ratios(counted: &[Counted]) -> Vec<[f64; 2]> {
    let ratio = |[without, with]: &Counted| {
        [0, 1].map(|seen| {
            let share = |of: &[f64; 2]| (of[seen] + 0.5) / (of[0] + of[1] + 1.0);
            (share(with) / share(without)).ln()
        })
    };
    counted.iter().map(ratio).collect()
}

impl Counts {
    /// Counts on the tiles of the training side.
    #[must_use]
    pub fn fit(field: &Field, sides: &Sides) -> Self {
        let species = field.layers.species();
        let tiles = sides.tiles(field, Side::Training);
        let hidden = paydirt_core::infill::Hidden::none(species, field.side);
        let views: Vec<View> = tiles.iter().map(|tile| field.view(*tile, &hidden)).collect();
        let ratios = (0..species).into_par_iter().map(|of| Self::of(of, &views, species)).collect();
        Self { ratios }
    }

    fn of(of: usize, views: &[View], species: usize) -> Ratios {
        let mut share = [0.5_f64; 2];
        let mut here = vec![[[0.0_f64; 2]; 2]; species];
        let mut near = vec![[[0.0_f64; 2]; 2]; species];
        for view in views {
            for cell in 0..view.cells() {
                let with = usize::from(view.of(of)[cell] == State::Present);
                share[with] += 1.0;
                for other in 0..species {
                    let states = view.of(other);
                    here[other][with][usize::from(states[cell] == State::Present)] += 1.0;
                    if let Some(seen) = around(states, view.side, cell) {
                        near[other][with][usize::from(seen)] += 1.0;
                    }
                }
            }
        }
        Ratios { prior: (share[1] / share[0]).ln(), here: ratios(&here), around: ratios(&near) }
    }

    fn score(&self, view: &View, species: usize, cell: usize) -> f32 {
        let ratios = &self.ratios[species];
        let mut odds = ratios.prior;
        for other in 0..view.species {
            let states = view.of(other);
            if other != species && states[cell] != State::Hidden {
                odds += ratios.here[other][usize::from(states[cell] == State::Present)];
            }
            if let Some(seen) = around(states, view.side, cell) {
                odds += ratios.around[other][usize::from(seen)];
            }
        }
        probability(odds) as f32
    }
}

impl Infiller for Counts {
    fn fill(&self, asks: &[Ask]) -> Result<Vec<Vec<f32>>> {
        let fill = |ask: &Ask| {
            let cells = ask.view.cells();
            let score = |index: usize| match ask.view.states[index] {
                State::Hidden => self.score(&ask.view, index / cells, index % cells),
                state => super::is(state, State::Present),
            };
            (0..ask.view.states.len()).map(score).collect()
        };
        Ok(asks.par_iter().map(fill).collect())
    }
}
