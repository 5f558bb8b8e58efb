//! Square blocks, dealt to folds whole.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::join::joined;
use super::{Part, Splitter, Territory};
use crate::error::require;
use crate::ground::{Ground, check_units};
use crate::label::Sample;
use crate::seed::{Rng, Seed};
use crate::stack::Stack;
use crate::{Error, Result};

/// Square blocks from the north-west corner of the grid (or of a table's extent), in metres. Roberts
/// and others (2017), DOI 10.1111/ecog.02881.
///
/// Whole blocks are dealt to folds at random: those with deposits first, the richest first, each to
/// the fold with the fewest deposits so far; then the others, each to the fold with the least ground.
/// Blocks in which samples of one group lie go to one fold. Held-out ground keeps a buffer: what lies
/// nearer than `buffer_m` to a held-out block does not train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Side of a block in metres. At least the distance over which deposits and evidence resemble
    /// each other.
    pub block_m: f64,
    /// Width in metres of the strip around held-out blocks that does not train. At least half the
    /// width of what a model sees around a cell.
    pub buffer_m: f64,
    /// Number of folds. Fewer are made, with a warning, where fewer blocks hold deposits.
    pub folds: usize,
    /// How often the judging is repeated with blocks dealt anew.
    pub repeats: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { block_m: 20_000.0, buffer_m: 5_000.0, folds: 5, repeats: 5 }
    }
}

/// Most blocks: enough for any survey, few enough to search a buffer among them.
const MAX_BLOCKS: f64 = 1_048_576.0;

impl Splitter for Settings {
    fn part(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        seed: Seed,
    ) -> Result<Box<dyn Territory>> {
        self.check()?;
        check_units(stack, samples)?;
        let ground = Ground::of(stack)?.ok_or_else(|| Error::BadSetting {
            key: "split.blocks".into(),
            found: "asked of a table without coordinates".into(),
            expected: "`[split.leave_one_group_out]` there, with a group column".into(),
        })?;
        let layout = self.layout(ground)?;
        let pieces = layout.pieces(stack, samples);
        let bearing = pieces.values().filter(|piece| piece.deposits > 0).count();
        if bearing < 2 {
            let what = format!(
                "blocks of {} m with deposits, counting those that share a sample group once",
                self.block_m
            );
            return Err(Error::TooFew { what, found: bearing, needed: 2 });
        }
        let folds = self.folds.min(bearing);
        let fold_of_piece = deal(&pieces, folds, &mut seed.rng());
        let mut fold_of = vec![None; layout.rows * layout.cols];
        let mut group_of: Vec<usize> = (0..fold_of.len()).collect();
        for (group, piece) in &pieces {
            for &block in &piece.blocks {
                fold_of[block] = Some(fold_of_piece[group]);
                group_of[block] = *group;
            }
        }
        let near = layout.near(self.buffer_m);
        let (buffer_m, wanted) = (self.buffer_m, self.folds);
        Ok(Box::new(Blocks { layout, buffer_m, near, fold_of, group_of, folds, wanted }))
    }

    fn repeats(&self) -> usize {
        self.repeats
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let Self { block_m, buffer_m, folds, repeats } = self;
        let length = block_m.is_finite() && *block_m > 0.0;
        require(length, "split.blocks.block_m", block_m, "a length over 0")?;
        let width = buffer_m.is_finite() && *buffer_m >= 0.0;
        require(width, "split.blocks.buffer_m", buffer_m, "a length of 0 or more")?;
        require(*folds >= 2, "split.blocks.folds", folds, "at least 2")?;
        require(*repeats >= 1, "split.blocks.repeats", repeats, "at least 1")
    }

    fn layout(&self, ground: Ground) -> Result<Layout> {
        let [width, height] = ground.size_m.map(|size| (size / self.block_m).floor() + 1.0);
        let few = width * height <= MAX_BLOCKS;
        let large = format!("at least so large that there are {MAX_BLOCKS} blocks at most");
        require(few, "split.blocks.block_m", self.block_m, &large)?;
        Ok(Layout { ground, block_m: self.block_m, rows: height as usize, cols: width as usize })
    }
}

/// Which block a place is in: blocks are numbered row by row from the north.
#[derive(Debug)]
struct Layout {
    ground: Ground,
    block_m: f64,
    rows: usize,
    cols: usize,
}

/// Blocks that are dealt together.
#[derive(Debug, Default)]
struct Piece {
    blocks: Vec<usize>,
    deposits: usize,
    units: usize,
}

impl Layout {
    fn block(&self, unit: usize) -> usize {
        let [east, south] = self.ground.place(unit);
        (south / self.block_m) as usize * self.cols + (east / self.block_m) as usize
    }

    /// West, east, north and south edge of a block, in metres.
    fn edges(&self, block: usize) -> [f64; 4] {
        let [row, col] = [(block / self.cols) as f64, (block % self.cols) as f64];
        [col, col + 1.0, row, row + 1.0].map(|edge| edge * self.block_m)
    }

    fn distance(&self, [east, south]: [f64; 2], block: usize) -> f64 {
        let [west, east_edge, north, south_edge] = self.edges(block);
        (east - east.clamp(west, east_edge)).hypot(south - south.clamp(north, south_edge))
    }

    /// The pieces that have ground or samples in them, by their lowest block.
    fn pieces(&self, stack: &dyn Stack, samples: &[Sample]) -> BTreeMap<usize, Piece> {
        let group_of = joined(self.rows * self.cols, samples, |unit| self.block(unit));
        let mut units = vec![0; group_of.len()];
        stack.area().iter().for_each(|unit| units[self.block(unit)] += 1);
        let mut held = vec![(false, 0); group_of.len()];
        for sample in samples {
            let (sampled, deposits) = &mut held[self.block(sample.unit)];
            *sampled = true;
            *deposits += usize::from(sample.is_deposit());
        }
        let mut pieces: BTreeMap<usize, Piece> = BTreeMap::new();
        for block in (0..group_of.len()).filter(|&block| units[block] > 0 || held[block].0) {
            let piece = pieces.entry(group_of[block]).or_default();
            piece.blocks.push(block);
            piece.deposits += held[block].1;
            piece.units += units[block];
        }
        pieces
    }

    /// Steps (rows, columns) to the blocks that a buffer can reach, the nearest first.
    fn near(&self, buffer_m: f64) -> Vec<[isize; 2]> {
        let reach = (buffer_m / self.block_m).ceil().min(self.rows.max(self.cols) as f64) as isize;
        let gap = |step: &[isize; 2]| {
            let [rows, cols] = step.map(|step| (step.unsigned_abs().saturating_sub(1)) as f64);
            rows.hypot(cols) * self.block_m
        };
        let steps = -reach..=reach;
        let mut near: Vec<[isize; 2]> = steps
            .clone()
            .flat_map(|row| steps.clone().map(move |col| [row, col]))
            .filter(|step| *step != [0, 0] && gap(step) < buffer_m)
            .collect();
        near.sort_by(|a, b| gap(a).total_cmp(&gap(b)));
        near
    }
}

/// The fold of each piece.
fn deal(pieces: &BTreeMap<usize, Piece>, folds: usize, rng: &mut Rng) -> BTreeMap<usize, usize> {
    let mut order: Vec<(&usize, &Piece)> = pieces.iter().collect();
    order.shuffle(rng);
    order.sort_by_key(|(_, piece)| std::cmp::Reverse(piece.deposits));
    let mut dealt = vec![(0, 0); folds];
    let mut fold_of = BTreeMap::new();
    for (group, piece) in order {
        let least = |fold: &usize| {
            let (deposits, units) = dealt[*fold];
            if piece.deposits > 0 { (deposits, units) } else { (units, 0) }
        };
        let fold = (0..folds).min_by_key(least).unwrap_or(0);
        dealt[fold].0 += piece.deposits;
        dealt[fold].1 += piece.units;
        fold_of.insert(*group, fold);
    }
    fold_of
}

#[derive(Debug)]
struct Blocks {
    layout: Layout,
    buffer_m: f64,
    near: Vec<[isize; 2]>,
    /// The fold of each block; `None` where there is no ground.
    fold_of: Vec<Option<usize>>,
    /// The lowest block of each block's piece.
    group_of: Vec<usize>,
    folds: usize,
    wanted: usize,
}

impl Territory for Blocks {
    fn folds(&self) -> usize {
        self.folds
    }

    fn fold(&self, unit: usize) -> usize {
        self.fold_of[self.layout.block(unit)].unwrap_or(0)
    }

    fn may_train(&self, unit: usize, fold: usize) -> bool {
        if self.fold(unit) == fold {
            return false;
        }
        let place = self.layout.ground.place(unit);
        let home = self.layout.block(unit);
        let Layout { rows, cols, .. } = self.layout;
        !self.near.iter().any(|[down, right]| {
            let row = (home / cols).checked_add_signed(*down).filter(|row| *row < rows);
            let col = (home % cols).checked_add_signed(*right).filter(|col| *col < cols);
            let Some((row, col)) = row.zip(col) else { return false };
            let block = row * cols + col;
            self.fold_of[block] == Some(fold) && self.layout.distance(place, block) < self.buffer_m
        })
    }

    fn group(&self, unit: usize) -> u64 {
        self.group_of[self.layout.block(unit)] as u64
    }

    fn parts(&self) -> Vec<Part> {
        let part = |(block, fold): (usize, &Option<usize>)| {
            let [west, east, north, south] = self.layout.edges(block);
            let ring = [[west, north], [east, north], [east, south], [west, south], [west, north]];
            let outline = ring.iter().map(|place| self.layout.ground.point(*place)).collect();
            Some(Part { name: format!("block {block}"), fold: (*fold)?, outline })
        };
        self.fold_of.iter().enumerate().filter_map(part).collect()
    }

    fn warnings(&self) -> Vec<String> {
        let Self { folds, wanted, .. } = self;
        let reduced = || {
            format!(
                "only {folds} blocks of {} m hold deposits (those that share a sample group count \
                 once): {folds} folds instead of {wanted}",
                self.layout.block_m
            )
        };
        (folds < wanted).then(reduced).into_iter().collect()
    }
}
