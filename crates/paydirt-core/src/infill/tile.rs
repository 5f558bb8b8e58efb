//! Square tiles of the grid, and what a model sees of them.

use serde::{Deserialize, Serialize};

use super::mask::Hidden;
use super::{Scan, SpeciesLayers, Spectra};
use crate::Result;
use crate::error::require;
use crate::grid::Grid;

/// A square of cells by its north-western cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tile {
    /// Row of its northern cells.
    pub row: usize,
    /// Column of its western cells.
    pub col: usize,
}

/// What a model sees of a cell of one species.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It may not know.
    Hidden,
    /// Nothing is recorded.
    Absent,
    /// Something is recorded.
    Present,
}

/// What a model sees of a tile.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// Cells along a side.
    pub side: usize,
    /// Number of species.
    pub species: usize,
    /// State of each cell: `[species][row][col]`.
    pub states: Vec<State>,
    /// Values of the auxiliary layers, standardised, NaN where they are not known: `[layer][row][col]`.
    pub auxiliary: Vec<f32>,
    /// Scans of soil, by cell.
    pub scans: Vec<Scan>,
}

impl View {
    /// Cells of the tile.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.side * self.side
    }

    /// Makes some auxiliary planes unknown.
    pub fn forget(&mut self, planes: impl IntoIterator<Item = usize>) {
        let cells = self.cells();
        for plane in planes {
            self.auxiliary[plane * cells..(plane + 1) * cells].fill(f32::NAN);
        }
    }

    /// The states of a species.
    #[must_use]
    pub fn of(&self, species: usize) -> &[State] {
        &self.states[species * self.cells()..(species + 1) * self.cells()]
    }
}

/// The layers that tiles are cut from.
#[derive(Clone, Debug)]
pub struct Field {
    /// Layers of the species.
    pub layers: SpeciesLayers,
    /// Auxiliary layers, standardised, NaN where not known: `[layer][unit]`.
    pub auxiliary: Vec<Vec<f32>>,
    /// The layer that each auxiliary plane came from: planes of one layer are known or unknown together.
    pub plane_layers: Vec<String>,
    /// Scans of soil, where there are any.
    pub spectra: Option<Spectra>,
    /// Cells along a tile's side.
    pub side: usize,
}

impl Field {
    /// Refuses tiles that are larger than the grid, or than can be meant.
    ///
    /// # Errors
    /// [`crate::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        let Grid { rows, cols, .. } = self.layers.grid;
        let most = rows.min(cols).min(1024);
        let holds = (4..=most).contains(&self.side);
        let expected = format!("4 to {most} (the grid has {rows} rows x {cols} columns)");
        require(holds, "tile_cells", self.side, &expected)
    }

    /// The unit of a tile's cell.
    #[must_use]
    pub const fn unit(&self, tile: Tile, cell: usize) -> usize {
        (tile.row + cell / self.side) * self.layers.grid.cols + tile.col + cell % self.side
    }

    /// Units of a tile, row by row.
    pub fn units(&self, tile: Tile) -> impl Iterator<Item = usize> + '_ {
        (0..self.side * self.side).map(move |cell| self.unit(tile, cell))
    }

    /// Whether each cell of a tile holds each species: `[species][row][col]`.
    #[must_use]
    pub fn truth(&self, tile: Tile) -> Vec<bool> {
        let of = |cells: &crate::mask::Mask| self.units(tile).map(|unit| cells.get(unit)).collect();
        self.layers.presence.iter().flat_map(|cells| -> Vec<bool> { of(cells) }).collect()
    }

    /// What is seen of a tile where something is hidden.
    #[must_use]
    pub fn view(&self, tile: Tile, hidden: &Hidden) -> View {
        let states = self.truth(tile).into_iter().enumerate().map(|(index, present)| {
            match (hidden.get(index), present) {
                (true, _) => State::Hidden,
                (false, true) => State::Present,
                (false, false) => State::Absent,
            }
        });
        let states = states.collect();
        let known = |layer: &Vec<f32>| self.units(tile).map(|unit| layer[unit]).collect();
        let auxiliary =
            self.auxiliary.iter().flat_map(|layer| -> Vec<f32> { known(layer) }).collect();
        let scans = self.spectra.iter().flat_map(|spectra| self.scans(tile, spectra)).collect();
        View { side: self.side, species: self.layers.species(), states, auxiliary, scans }
    }

    fn scans<'a>(
        &'a self,
        tile: Tile,
        spectra: &'a Spectra,
    ) -> impl Iterator<Item = Scan> + use<'a> {
        self.units(tile).enumerate().flat_map(move |(cell, unit)| {
            spectra.of(unit).map(move |values| Scan { cell, values: values.to_vec() })
        })
    }

    /// Tiles side by side from the south-western corner; what is left over in the north and east has none.
    #[must_use]
    pub fn lattice(&self) -> Vec<Tile> {
        let Grid { rows, cols, .. } = self.layers.grid;
        let side = self.side;
        let row = |number: usize| rows - (number + 1) * side;
        let tiles = (0..rows / side)
            .flat_map(|down| (0..cols / side).map(move |across| (down, across)))
            .map(|(down, across)| Tile { row: row(down), col: across * side });
        tiles.collect()
    }

    /// Tiles `step` cells apart that cover the whole grid; the last of each row and column ends with it.
    #[must_use]
    pub fn cover(&self, step: usize) -> Vec<Tile> {
        let starts = |all: usize| -> Vec<usize> {
            let last = all.saturating_sub(self.side);
            (0..last).step_by(step.max(1)).chain([last]).collect()
        };
        let cols = starts(self.layers.grid.cols);
        let rows = starts(self.layers.grid.rows);
        rows.iter().flat_map(|row| cols.iter().map(|col| Tile { row: *row, col: *col })).collect()
    }
}

/// Where a cell of a square goes when the square is turned: 0 to 3 quarters, and 4 more for its mirror image.
///
/// ```
/// use paydirt_core::infill::tile::turned;
/// assert_eq!((0..4).map(|cell| turned(cell, 2, 1)).collect::<Vec<_>>(), [1, 3, 0, 2]);
/// ```
#[must_use]
pub const fn turned(cell: usize, side: usize, turn: usize) -> usize {
    let (row, col) = (cell / side, cell % side);
    let last = side - 1;
    let col = if turn >= 4 { last - col } else { col };
    let (row, col) = match turn % 4 {
        0 => (row, col),
        1 => (col, last - row),
        2 => (last - row, last - col),
        _ => (last - col, row),
    };
    row * side + col
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infill::occurrence::{Rules, sites};
    use crate::infill::sample::{grid, record};

    pub(in crate::infill) fn field(rows: usize, cols: usize, side: usize) -> Field {
        let records = [record("Gold|Silver", 0.5, 0.5), record("Gold", 1.5, 0.5)];
        let sites = sites(&records, &Rules::default());
        let layers =
            SpeciesLayers::new(grid(rows, cols), &sites, &["Gold".into(), "Silver".into()])
                .unwrap();
        Field { layers, auxiliary: Vec::new(), plane_layers: Vec::new(), spectra: None, side }
    }

    #[test]
    fn hidden_absent_and_present_stay_distinct() {
        let field = field(9, 10, 4);
        let tile = Tile { row: 5, col: 0 };
        let mut hidden = Hidden::none(2, 4);
        hidden.set(12, true);
        let view = field.view(tile, &hidden);
        assert_eq!(view.of(0)[12..14], [State::Hidden, State::Present]);
        assert_eq!(view.of(1)[12..14], [State::Present, State::Absent]);
        assert_eq!(view.states.iter().filter(|state| **state == State::Hidden).count(), 1);
    }

    #[test]
    fn lattices_start_in_the_south_west_and_covers_leave_nothing_out() {
        let field = field(9, 10, 4);
        let lattice = field.lattice();
        assert_eq!(lattice.len(), 4);
        assert_eq!((lattice[0], lattice[3]), (Tile { row: 5, col: 0 }, Tile { row: 1, col: 4 }));
        let mut seen = vec![0; 90];
        for tile in field.cover(3) {
            field.units(tile).for_each(|unit| seen[unit] += 1);
        }
        assert!(seen.iter().all(|count| *count > 0));
        assert!(Field { side: 10, ..field.clone() }.check().is_err() && field.check().is_ok());
    }

    #[test]
    fn turns_move_every_cell_once_and_four_quarters_none() {
        for turn in 0..8 {
            let mut found: Vec<usize> = (0..25).map(|cell| turned(cell, 5, turn)).collect();
            found.sort_unstable();
            assert_eq!(found, (0..25).collect::<Vec<_>>());
        }
        let around = |cell| (0..4).fold(cell, |cell, _| turned(cell, 5, 1));
        assert!((0..25).all(|cell| around(cell) == cell));
    }
}
