//! What is hidden of a tile.

#[cfg(test)]
mod tests;

use rand::RngExt;
use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tile::Tile;
use crate::Result;
use crate::error::require;
use crate::mask::Mask;
use crate::seed::{Rng, Seed};

/// A way of hiding.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// One whole layer.
    OneLayer,
    /// 1 to n whole layers, all numbers alike.
    Layers,
    /// One rectangle through all layers; height and width evenly from 1 to the tile's side.
    Rectangle,
    /// An irregular blob through all layers: overlapping discs along a random walk.
    Blob,
    /// Square holes through all layers, 2 to 8 cells wide.
    Holes,
    /// Whole layers, and a rectangle through the others.
    Both,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::OneLayer, Self::Layers, Self::Rectangle, Self::Blob, Self::Holes, Self::Both];

    /// Its name, as the project file writes it.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::OneLayer => "one_layer",
            Self::Layers => "layers",
            Self::Rectangle => "rectangle",
            Self::Blob => "blob",
            Self::Holes => "holes",
            Self::Both => "both",
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneLayer => "one layer hidden",
            Self::Layers => "1 to n layers hidden",
            Self::Rectangle => "rectangle through all layers",
            Self::Blob => "blob through all layers",
            Self::Holes => "holes through all layers",
            Self::Both => "layers, and a rectangle through the others",
        }
    }
}

/// How masks are drawn. What the paper calls A is not defined there: the greatest share of the layers and of
/// the area that is hidden are separate settings, and so are the share of ground that trains and the weights of
/// the loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Modes that are drawn from, all alike; a mode that stands twice is drawn twice as often.
    pub modes: Vec<Mode>,
    /// Most of the layers that are hidden whole, as a share, over 0 to 1; one at least.
    pub layer_intensity: f64,
    /// Greatest share of a tile that is hidden, over 0 to 1: the longest side of a rectangle is the root of it
    /// times the tile's side, blobs and holes are grown to a share drawn evenly up to it.
    pub area_intensity: f64,
    /// Probability that a cell that a mask covers is hidden by it, over 0 to 1; whole layers are hidden whole.
    pub probability: f64,
    /// Chance of each auxiliary layer, and of the scans of soil, to be unknown in a tile while networks learn, 0
    /// to less than 1. With 0 they never learn what to do without one.
    pub auxiliary: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            modes: vec![Mode::Layers, Mode::Rectangle],
            layer_intensity: 1.0,
            area_intensity: 1.0,
            probability: 1.0,
            auxiliary: 0.0,
        }
    }
}

/// Which cells of a tile are hidden: `[species][row][col]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// Number of species.
    pub species: usize,
    /// Cells along the tile's side.
    pub side: usize,
    cells: Mask,
}

impl Hidden {
    /// Nothing is hidden.
    #[must_use]
    pub fn none(species: usize, side: usize) -> Self {
        Self { species, side, cells: Mask::new(species * side * side, false) }
    }

    /// One layer is hidden whole.
    #[must_use]
    pub fn layer(species: usize, side: usize, hidden: usize) -> Self {
        let mut mask = Self::none(species, side);
        mask.hide_layer(hidden);
        mask
    }

    /// Whether a cell is hidden; cells are numbered species by species.
    #[must_use]
    pub fn get(&self, index: usize) -> bool {
        self.cells.get(index)
    }

    /// Hides a cell, or shows it.
    pub fn set(&mut self, index: usize, hidden: bool) {
        self.cells.set(index, hidden);
    }

    /// The hidden cells, in their order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.cells.iter()
    }

    /// Share of the cells that is hidden.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.cells.count() as f64 / self.cells.len().max(1) as f64
    }

    /// Hides a layer whole.
    pub fn hide_layer(&mut self, species: usize) {
        let cells = self.side * self.side;
        (species * cells..(species + 1) * cells).for_each(|index| self.cells.set(index, true));
    }

    fn hide_everywhere(&mut self, cell: usize) {
        let cells = self.side * self.side;
        (0..self.species).for_each(|species| self.cells.set(species * cells + cell, true));
    }
}

/// Shape of the tiles that are masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Number of species.
    pub species: usize,
    /// Cells along a tile's side.
    pub side: usize,
}

impl Settings {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`crate::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        require(!self.modes.is_empty(), "mask.modes", "empty", "one mode or more")?;
        for (key, found) in [
            ("layer_intensity", self.layer_intensity),
            ("area_intensity", self.area_intensity),
            ("probability", self.probability),
        ] {
            require(found > 0.0 && found <= 1.0, &format!("mask.{key}"), found, "over 0, up to 1")?;
        }
        let chance = (0.0..1.0).contains(&self.auxiliary);
        require(chance, "mask.auxiliary", self.auxiliary, "0 to less than 1")
    }

    /// Draws a mask of any of the modes.
    #[must_use]
    pub fn draw(&self, shape: Shape, seed: Seed) -> Hidden {
        let mut rng = seed.derive("mode", 0).rng();
        let mode = self.modes[rng.random_range(0..self.modes.len())];
        self.draw_mode(mode, shape, seed)
    }

    /// Draws a mask of one mode.
    #[must_use]
    pub fn draw_mode(&self, mode: Mode, shape: Shape, seed: Seed) -> Hidden {
        let mut rng = seed.derive(mode.key(), 1).rng();
        let mut hidden = Hidden::none(shape.species, shape.side);
        match mode {
            Mode::OneLayer => hidden.hide_layer(rng.random_range(0..shape.species)),
            Mode::Layers => self.hide_layers(&mut hidden, &mut rng),
            Mode::Rectangle => self.hide_rectangle(&mut hidden, &mut rng),
            Mode::Blob => self.hide_blob(&mut hidden, &mut rng),
            Mode::Holes => self.hide_holes(&mut hidden, &mut rng),
            Mode::Both => {
                self.hide_layers(&mut hidden, &mut rng);
                self.hide_rectangle(&mut hidden, &mut rng);
            }
        }
        hidden
    }

    fn hide_layers(&self, hidden: &mut Hidden, rng: &mut Rng) {
        let most = (self.layer_intensity * hidden.species as f64).round().max(1.0) as usize;
        let count = rng.random_range(1..=most.min(hidden.species));
        let mut all: Vec<usize> = (0..hidden.species).collect();
        let (drawn, _) = all.partial_shuffle(rng, count);
        drawn.iter().for_each(|species| hidden.hide_layer(*species));
    }

    fn hide_rectangle(&self, hidden: &mut Hidden, rng: &mut Rng) {
        let side = hidden.side;
        let most = ((self.area_intensity.sqrt() * side as f64).round() as usize).clamp(1, side);
        let [height, width] = [(); 2].map(|()| rng.random_range(1..=most));
        let [row, col] = [height, width].map(|length| rng.random_range(0..=side - length));
        let cells =
            (row..row + height).flat_map(|row| (col..col + width).map(move |col| row * side + col));
        self.hide_cells(hidden, cells, rng);
    }

    fn hide_cells(&self, hidden: &mut Hidden, cells: impl Iterator<Item = usize>, rng: &mut Rng) {
        for cell in cells {
            if self.probability >= 1.0 || rng.random::<f64>() < self.probability {
                hidden.hide_everywhere(cell);
            }
        }
    }

    /// How many cells blobs and holes are grown to.
    fn wanted(&self, side: usize, rng: &mut Rng) -> usize {
        let share = self.area_intensity * rng.random::<f64>();
        ((share * (side * side) as f64) as usize).max(1)
    }

    fn hide_blob(&self, hidden: &mut Hidden, rng: &mut Rng) {
        let side = hidden.side as i64;
        let wanted = self.wanted(hidden.side, rng);
        let mut covered = Mask::new(hidden.side * hidden.side, false);
        let mut place = [rng.random_range(0..side), rng.random_range(0..side)];
        let mut count = 0;
        while count < wanted {
            let radius = rng.random_range(1..=(side / 8).max(1));
            for cell in square(place, radius, side) {
                let [down, across] = [cell as i64 / side - place[0], cell as i64 % side - place[1]];
                if down * down + across * across <= radius * radius && !covered.get(cell) {
                    covered.set(cell, true);
                    count += 1;
                }
            }
            place = place.map(|at| (at + rng.random_range(-radius..=radius)).clamp(0, side - 1));
        }
        self.hide_cells(hidden, covered.iter(), rng);
    }

    fn hide_holes(&self, hidden: &mut Hidden, rng: &mut Rng) {
        let side = hidden.side as i64;
        let wanted = self.wanted(hidden.side, rng);
        let mut covered = Mask::new(hidden.side * hidden.side, false);
        let mut count = 0;
        while count < wanted {
            let half = rng.random_range(1..=4.min((side / 2).max(1)));
            let place = [rng.random_range(0..side), rng.random_range(0..side)];
            for cell in square(place, half, side) {
                count += usize::from(!covered.get(cell));
                covered.set(cell, true);
            }
        }
        self.hide_cells(hidden, covered.iter(), rng);
    }
}

/// Cells of a square around a place, cut at the edges of the tile.
fn square([row, col]: [i64; 2], half: i64, side: i64) -> impl Iterator<Item = usize> {
    let within = move |at: i64| (at - half).max(0)..(at + half).min(side);
    within(row).flat_map(move |row| within(col).map(move |col| (row * side + col) as usize))
}

/// A tile with what is hidden of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Masked {
    /// The tile.
    pub tile: Tile,
    /// What is hidden.
    pub hidden: Hidden,
}

/// How often each tile is asked in a mode.
#[must_use]
pub const fn draws(mode: Mode, species: usize, each: usize) -> usize {
    match mode {
        Mode::OneLayer => species,
        _ => each,
    }
}

impl Settings {
    /// Masks of some tiles in one mode: every layer of every tile once where one layer is hidden, so many draws
    /// of each tile otherwise. The same tiles, shape and seed give the same masks.
    #[must_use]
    pub fn series(
        &self,
        mode: Mode,
        tiles: &[Tile],
        shape: Shape,
        (each, seed): (usize, Seed),
    ) -> Vec<Masked> {
        let masks = tiles.iter().flat_map(|tile| {
            (0..draws(mode, shape.species, each)).map(move |draw| {
                let place = ((tile.row as u64) << 32) | tile.col as u64;
                let seed = seed.derive("tile", place).derive("draw", draw as u64);
                let hidden = match mode {
                    Mode::OneLayer => Hidden::layer(shape.species, shape.side, draw),
                    mode => self.draw_mode(mode, shape, seed),
                };
                Masked { tile: *tile, hidden }
            })
        });
        masks.collect()
    }
}

/// A mask as it is saved: hidden cells as runs, `[first, length]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Row of the tile's northern cells.
    pub row: usize,
    /// Column of its western cells.
    pub col: usize,
    /// Number of species.
    pub species: usize,
    /// Cells along its side.
    pub side: usize,
    /// Runs of hidden cells, numbered species by species and row by row: first, length.
    pub runs: Vec<[usize; 2]>,
}

impl From<&Masked> for Saved {
    fn from(masked: &Masked) -> Self {
        let mut runs: Vec<[usize; 2]> = Vec::new();
        for cell in masked.hidden.iter() {
            match runs.last_mut() {
                Some([first, length]) if *first + *length == cell => *length += 1,
                _ => runs.push([cell, 1]),
            }
        }
        let Hidden { species, side, .. } = masked.hidden;
        Self { row: masked.tile.row, col: masked.tile.col, species, side, runs }
    }
}

impl From<&Saved> for Masked {
    fn from(saved: &Saved) -> Self {
        let mut hidden = Hidden::none(saved.species, saved.side);
        let cells =
            saved.runs.iter().flat_map(|[first, length]| *first..first.saturating_add(*length));
        cells
            .take_while(|cell| *cell < hidden.cells.len())
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|cell| hidden.set(cell, true));
        Self { tile: Tile { row: saved.row, col: saved.col }, hidden }
    }
}
