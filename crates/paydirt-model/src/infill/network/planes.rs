//! What a network sees of tiles, as planes of numbers.

use paydirt_core::infill::density::densities;
use paydirt_core::infill::tile::turned;
use paydirt_core::infill::{Field, Spectra, State, View};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::neural::spectral::Scans;

/// Shape of the tiles that a network knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Cells along a side.
    pub side: usize,
    /// Number of species.
    pub species: usize,
    /// Number of auxiliary layers.
    pub auxiliary: usize,
    /// Numbers of a scan of soil; 0 where there are none.
    #[serde(default)]
    pub bands: usize,
}

impl Shape {
    pub(super) fn of(field: &Field) -> Self {
        Self {
            side: field.side,
            species: field.layers.species(),
            auxiliary: field.auxiliary.len(),
            bands: field.spectra.as_ref().map_or(0, Spectra::bands),
        }
    }

    /// Planes that scans of soil become.
    fn spectral(self, settings: &Settings) -> usize {
        if self.bands == 0 { 0 } else { settings.spectral.width }
    }

    /// Planes in: those of [`of_views`], and those of scans.
    pub(super) fn inputs(self, settings: &Settings) -> usize {
        self.planes(settings) + self.spectral(settings)
    }

    /// Planes of a view: presence of each species, what is hidden of it, its densities, each auxiliary layer and
    /// where it is known, and where the tile is.
    pub(super) fn planes(self, settings: &Settings) -> usize {
        let each = 1 + usize::from(settings.mask_channel) + settings.density_cells.len();
        each * self.species + 2 * self.auxiliary + 1
    }
}

/// Planes of one view, not turned and not filled up.
fn of_view(view: &View, settings: &Settings) -> Vec<f32> {
    let value = |state: &State| match state {
        State::Present => 1.0,
        State::Hidden if !settings.mask_channel => -1.0,
        State::Absent | State::Hidden => 0.0,
    };
    let mut planes: Vec<f32> = view.states.iter().map(value).collect();
    if settings.mask_channel {
        planes.extend(view.states.iter().map(|state| crate::infill::is(*state, State::Hidden)));
    }
    // Roots: densities are small numbers of which ratios matter.
    planes.extend(densities(view, &settings.density_cells).into_iter().map(f32::sqrt));
    planes.extend(view.auxiliary.iter().map(|value| if value.is_nan() { 0.0 } else { *value }));
    planes.extend(view.auxiliary.iter().map(|value| f32::from(u8::from(value.is_nan()))));
    planes.extend(std::iter::repeat_n(1.0, view.cells()));
    planes
}

/// Lays planes of a tile into planes of the filled side, turned; what is beyond the tile is 0.
pub(super) fn laid(planes: &[f32], side: usize, filled: usize, turn: usize) -> Vec<f32> {
    let cells = side * side;
    let mut out = vec![0.0; planes.len() / cells * filled * filled];
    let places: Vec<usize> = (0..cells)
        .map(|cell| turned(cell, side, turn))
        .map(|to| to / side * filled + to % side)
        .collect();
    for (number, plane) in planes.chunks_exact(cells).enumerate() {
        let target = &mut out[number * filled * filled..(number + 1) * filled * filled];
        plane.iter().zip(&places).for_each(|(value, place)| target[*place] = *value);
    }
    out
}

/// Planes of some views, each turned its way: `[tile][plane][row][col]`.
pub(super) fn of_views(
    views: &[&View],
    settings: &Settings,
    filled: usize,
    turns: &[usize],
) -> Vec<f32> {
    let each: Vec<Vec<f32>> = views
        .par_iter()
        .zip(turns)
        .map(|(view, turn)| laid(&of_view(view, settings), view.side, filled, *turn))
        .collect();
    each.concat()
}

/// Scans of some views, each turned its way.
pub(super) fn scans(views: &[&View], filled: usize, turns: &[usize]) -> Scans {
    let mut scans = Scans::default();
    for (tile, (view, turn)) in views.iter().zip(turns).enumerate() {
        // Scans stand by cell.
        for of_cell in view.scans.chunk_by(|one, other| one.cell == other.cell) {
            let to = turned(of_cell[0].cell, view.side, *turn);
            let cell = (tile * filled + to / view.side) * filled + to % view.side;
            for scan in of_cell {
                scans.values.extend(&scan.values);
                scans.cells.push(cell as i64);
                scans.shares.push(1.0 / of_cell.len() as f32);
            }
        }
    }
    scans
}
