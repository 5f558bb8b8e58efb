//! Blocks, dealt to folds whole.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::deal::{deal, fewer, pieces};
use super::layout::Layout;
pub use super::layout::Shape;
use super::{Part, Splitter, Territory, at_least, width};
use crate::error::require;
use crate::ground::{Ground, check_units};
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;
use crate::{Error, Result};

/// Blocks, square or hexagonal, from the north-west corner of the grid (or of a table's extent), in
/// metres. Roberts and others (2017), DOI 10.1111/ecog.02881.
///
/// Whole blocks are dealt to folds at random: those with deposits first, the richest first, each to
/// the fold with the fewest deposits so far; then the others, each to the fold with the least ground.
/// Blocks in which samples of one group lie go to one fold. Held-out ground keeps a buffer: what lies
/// nearer than `buffer_m` to a held-out block does not train.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Shape of the blocks.
    pub shape: Shape,
    /// Side of a square block in metres; a hexagon has the area of that square. At least the distance
    /// over which deposits and evidence resemble each other.
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
        Self { shape: Shape::Square, block_m: 20_000.0, buffer_m: 5_000.0, folds: 5, repeats: 5 }
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
        let pieces = pieces(layout.rows * layout.cols, stack, samples, |unit| layout.block(unit));
        let bearing = pieces.values().filter(|piece| piece.deposits > 0).count();
        if bearing < 2 {
            let what = format!(
                "blocks of {} m with deposits, counting those that share a sample group once",
                self.block_m
            );
            return Err(Error::TooFew { what, found: bearing, needed: 2 });
        }
        let folds = self.folds.min(bearing);
        let fold_of_piece = deal(&pieces, folds, seed);
        let mut fold_of = vec![None; layout.rows * layout.cols];
        let mut group_of: Vec<usize> = (0..fold_of.len()).collect();
        for (group, piece) in &pieces {
            for &block in &piece.parts {
                fold_of[block] = Some(fold_of_piece[group]);
                group_of[block] = *group;
            }
        }
        let near = layout.near(self.buffer_m);
        let warnings = fewer(folds, self.folds, &format!("blocks of {} m", self.block_m));
        let buffer_m = self.buffer_m;
        Ok(Box::new(Blocks { layout, buffer_m, near, fold_of, group_of, folds, warnings }))
    }

    fn repeats(&self) -> usize {
        self.repeats
    }

    fn buffer_m(&self) -> f64 {
        self.buffer_m
    }

    fn most_folds(&self, deposits: usize) -> usize {
        self.folds.min(deposits)
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let length = self.block_m.is_finite() && self.block_m > 0.0;
        require(length, "split.blocks.block_m", self.block_m, "a length over 0")?;
        width("split.blocks.buffer_m", self.buffer_m)?;
        at_least("split.blocks.folds", self.folds, 2)?;
        at_least("split.blocks.repeats", self.repeats, 1)
    }

    fn layout(&self, ground: Ground) -> Result<Layout> {
        let large = format!("at least so large that there are {MAX_BLOCKS} blocks at most");
        Layout::new(ground, self.shape, self.block_m, MAX_BLOCKS).ok_or_else(|| {
            let (key, found) = ("split.blocks.block_m".into(), self.block_m.to_string());
            Error::BadSetting { key, found, expected: large }
        })
    }
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
    warnings: Vec<String>,
}

impl Blocks {
    fn fold(&self, unit: usize) -> usize {
        self.fold_of[self.layout.block(unit)].unwrap_or(0)
    }
}

impl Territory for Blocks {
    fn folds(&self) -> usize {
        self.folds
    }

    fn holds_out(&self, unit: usize, fold: usize) -> bool {
        self.fold(unit) == fold
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
            let mut ring = self.layout.corners(block);
            ring.extend(ring.first().copied());
            let outline = ring.iter().map(|place| self.layout.ground.point(*place)).collect();
            Some(Part { name: format!("block {block}"), fold: (*fold)?, outline })
        };
        self.fold_of.iter().enumerate().filter_map(part).collect()
    }

    fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }
}
