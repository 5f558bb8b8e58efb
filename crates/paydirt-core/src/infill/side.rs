//! Which ground trains, which checks, which tests: by blocks, with a buffer.

use std::collections::{BTreeMap, BTreeSet};

use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SpeciesLayers;
use super::tile::{Field, Tile};
use crate::error::require;
use crate::grid::Grid;
use crate::raster::distance::Seeds;
use crate::seed::Seed;
use crate::{Error, Result};

/// What a cell's ground is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Models learn from it.
    Training,
    /// Nothing: it lies near to test ground.
    Buffer,
    /// It is held out.
    Test,
}

/// Square blocks from the south-western corner of the grid, dealt whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Side of a block in metres: 100 miles unless said.
    pub block_m: f64,
    /// Width in metres of the strip around test blocks that does not train.
    pub buffer_m: f64,
    /// Share of the blocks with records that is held out, over 0 to less than 1, where no blocks are named.
    pub test_share: f64,
    /// The blocks that are held out: row from the south and column from the west, from 0.
    pub test_blocks: Vec<[usize; 2]>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { block_m: 160_934.4, buffer_m: 0.0, test_share: 0.25, test_blocks: Vec::new() }
    }
}

/// Most blocks.
const MOST_BLOCKS: usize = 1 << 20;

/// Ground parted into sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Sides {
    /// Rows and columns of the blocks.
    pub blocks: [usize; 2],
    /// The blocks that are held out, by number: row from the south times columns, plus column.
    pub test: BTreeSet<usize>,
    /// The side of each unit.
    pub of: Vec<Side>,
    /// The block of each unit.
    block: Vec<u32>,
}

impl Settings {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        let length = self.block_m.is_finite() && self.block_m > 0.0;
        require(length, "split.block_m", self.block_m, "a length over 0")?;
        let width = self.buffer_m.is_finite() && self.buffer_m >= 0.0;
        require(width, "split.buffer_m", self.buffer_m, "a length of 0 or more")?;
        let share = self.test_share > 0.0 && self.test_share < 1.0;
        require(share, "split.test_share", self.test_share, "over 0 and less than 1")
    }

    /// Parts the ground of some layers.
    ///
    /// # Errors
    /// Settings out of range, [`Error::TooFew`] where no block is left to train or to test, and for a species
    /// without a record on the training side, by name.
    pub fn part(&self, layers: &SpeciesLayers, seed: Seed) -> Result<Sides> {
        self.check()?;
        let grid = &layers.grid;
        let [width, height] = grid.cell_size_m();
        let per = [height, width].map(|cell| ((self.block_m / cell).round() as usize).max(1));
        let blocks = [grid.rows.div_ceil(per[0]), grid.cols.div_ceil(per[1])];
        let [rows, cols] = blocks;
        require(
            rows.saturating_mul(cols) <= MOST_BLOCKS,
            "split.block_m",
            self.block_m,
            "so large that there are 1,048,576 blocks at most",
        )?;
        let block_of = |unit: usize| {
            let cell = grid.cell(unit);
            ((grid.rows - 1 - cell.row) / per[0] * cols + cell.col / per[1]) as u32
        };
        let block: Vec<u32> = (0..grid.cells()).map(block_of).collect();
        let test = self.test(layers, &block, blocks, seed)?;
        let of = self.sides(grid, &block, &test);
        let sides = Sides { blocks, test, of, block };
        sides.check(layers)?;
        Ok(sides)
    }

    /// The blocks that are held out: those named, or a share of those with records.
    fn test(
        &self,
        layers: &SpeciesLayers,
        block: &[u32],
        [rows, cols]: [usize; 2],
        seed: Seed,
    ) -> Result<BTreeSet<usize>> {
        if let Some([row, col]) =
            self.test_blocks.iter().find(|[row, col]| *row >= rows || *col >= cols)
        {
            let expected = format!("rows 0 to {} and columns 0 to {}", rows - 1, cols - 1);
            require(false, "split.test_blocks", format!("[{row}, {col}]"), &expected)?;
        }
        if !self.test_blocks.is_empty() {
            return Ok(self.test_blocks.iter().map(|[row, col]| row * cols + col).collect());
        }
        let bearing: BTreeSet<usize> =
            layers.occupied().iter().map(|unit| block[unit] as usize).collect();
        let found = bearing.len();
        if found < 2 {
            let what = format!("blocks of {} m with records", self.block_m);
            return Err(Error::TooFew { what, found, needed: 2 });
        }
        let mut order: Vec<usize> = bearing.into_iter().collect();
        order.shuffle(&mut seed.derive("test blocks", 0).rng());
        let count = ((self.test_share * found as f64).round() as usize).clamp(1, found - 1);
        Ok(order.into_iter().take(count).collect())
    }

    fn sides(&self, grid: &Grid, block: &[u32], test: &BTreeSet<usize>) -> Vec<Side> {
        let is_test = |unit: usize| test.contains(&(block[unit] as usize));
        let mut seeds = Seeds::new(grid.rows, grid.cols);
        (0..grid.cells())
            .filter(|unit| is_test(*unit))
            .for_each(|unit| seeds.mark_range(unit..unit + 1));
        let [width, height] = grid.cell_size_m();
        let away = seeds.distances(width, height, f64::INFINITY);
        let side = |unit: usize| match (is_test(unit), f64::from(away[unit]) < self.buffer_m) {
            (true, _) => Side::Test,
            (false, true) => Side::Buffer,
            (false, false) => Side::Training,
        };
        (0..grid.cells()).map(side).collect()
    }
}

impl Sides {
    fn check(&self, layers: &SpeciesLayers) -> Result<()> {
        for wanted in [Side::Training, Side::Test] {
            if !layers.occupied().iter().any(|unit| self.of[unit] == wanted) {
                let what = format!("cells with records on the {} side", name(wanted));
                return Err(Error::TooFew { what, found: 0, needed: 1 });
            }
        }
        let trains =
            |cells: &crate::mask::Mask| cells.iter().any(|unit| self.of[unit] == Side::Training);
        match layers.presence.iter().position(|cells| !trains(cells)) {
            None => Ok(()),
            Some(species) => Err(Error::TooFew {
                what: format!(
                    "cells with a record of `{}` on the training side",
                    layers.names[species]
                ),
                found: 0,
                needed: 1,
            }),
        }
    }

    /// The block of a unit.
    #[must_use]
    pub fn block(&self, unit: usize) -> usize {
        self.block[unit] as usize
    }

    /// Whether all cells of a tile are of one side.
    #[must_use]
    pub fn holds(&self, field: &Field, tile: Tile, side: Side) -> bool {
        field.units(tile).all(|unit| self.of[unit] == side)
    }

    /// The tiles of the lattice that lie on one side whole and hold a record of any of the species.
    #[must_use]
    pub fn tiles(&self, field: &Field, side: Side) -> Vec<Tile> {
        let occupied = field.layers.occupied();
        let bearing = |tile: &Tile| field.units(*tile).any(|unit| occupied.get(unit));
        let lattice = field.lattice().into_iter();
        lattice.filter(|tile| self.holds(field, *tile, side) && bearing(tile)).collect()
    }

    /// Training blocks on which the epochs of one seed are checked: a share of those that have whole tiles
    /// with records; at least one, and at least one is left.
    #[must_use]
    pub fn checked(&self, field: &Field, share: f64, seed: Seed) -> BTreeSet<usize> {
        let tiles = self.tiles(field, Side::Training);
        let mut blocks: BTreeMap<usize, usize> = BTreeMap::new();
        for tile in tiles {
            *blocks.entry(self.block(field.unit(tile, 0))).or_default() += 1;
        }
        let mut order: Vec<usize> = blocks.into_keys().collect();
        order.shuffle(&mut seed.derive("checked blocks", 0).rng());
        let most = order.len().saturating_sub(1);
        let count = ((share * order.len() as f64).round() as usize).max(1).min(most);
        order.into_iter().take(count).collect()
    }
}

const fn name(side: Side) -> &'static str {
    match side {
        Side::Training => "training",
        Side::Buffer => "buffer",
        Side::Test => "test",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Point;
    use crate::infill::occurrence::{Record, Rules, sites};
    use crate::infill::sample::{grid, record};

    /// 40 x 40 cells of 1 m with gold in each 5th, and silver in the north-western corner alone.
    fn layers() -> SpeciesLayers {
        let mut records: Vec<Record> = (0..64)
            .map(|k| record("Gold", 5.0 * f64::from(k % 8) + 0.5, 5.0 * f64::from(k / 8) + 0.5))
            .collect();
        records.push(record("Silver", 0.5, 39.5));
        SpeciesLayers::new(
            grid(40, 40),
            &sites(&records, &Rules::default()),
            &["Gold".into(), "Silver".into()],
        )
        .unwrap()
    }

    fn settings(test_blocks: Vec<[usize; 2]>) -> Settings {
        Settings { block_m: 10.0, buffer_m: 3.0, test_blocks, ..Settings::default() }
    }

    #[test]
    fn no_cell_near_test_ground_trains() {
        let layers = layers();
        let sides = settings(vec![[0, 1], [2, 2]]).part(&layers, Seed(1)).unwrap();
        let grid = &layers.grid;
        let places =
            |side| (0..grid.cells()).filter(move |u| sides.of[*u] == side).map(|u| grid.centre(u));
        let test: Vec<Point> = places.clone()(Side::Test).collect();
        assert_eq!(test.len(), 200);
        // Row 0 is the southern one.
        assert!(test.iter().any(|place| place.northing < 1.0 && place.easting > 10.0));
        for place in places.clone()(Side::Training) {
            assert!(test.iter().all(|test| test.distance(place) >= 3.0));
        }
        assert!(places(Side::Buffer).count() > 0);
    }

    #[test]
    fn a_species_without_a_record_to_learn_from_is_refused_by_name() {
        let error = settings(vec![[3, 0]]).part(&layers(), Seed(1)).unwrap_err().to_string();
        assert!(error.contains("`Silver`") && error.contains("training side"), "{error}");
        let error = settings(vec![[4, 0]]).part(&layers(), Seed(1)).unwrap_err().to_string();
        assert!(error.contains("[4, 0]") && error.contains("rows 0 to 3"), "{error}");
    }

    #[test]
    fn blocks_are_drawn_by_seed_and_checks_are_training_blocks() {
        let layers = layers();
        let part =
            |seed| Settings { test_share: 0.25, ..settings(vec![]) }.part(&layers, Seed(seed));
        let found: Vec<Sides> = (0..20).filter_map(|seed| part(seed).ok()).collect();
        assert!(found.len() > 5 && found.iter().any(|sides| sides.test != found[0].test));
        let field = Field {
            layers,
            auxiliary: Vec::new(),
            plane_layers: Vec::new(),
            spectra: None,
            side: 5,
        };
        for sides in &found {
            assert_eq!(sides.test.len(), 4);
            let checked = sides.checked(&field, 0.2, Seed(9));
            assert!(!checked.is_empty() && checked.is_disjoint(&sides.test));
            let tests = sides.tiles(&field, Side::Test);
            assert!(tests.iter().all(|tile| field.units(*tile).all(|u| sides.of[u] == Side::Test)));
        }
    }
}
