//! The map: every tile of the ground masked many times by every seed, the hidden cells blended.

use paydirt_core::infill::mask::{Masked, Shape};
use paydirt_core::infill::{Field, Tile};
use paydirt_core::seed::Seed;
use paydirt_model::infill::{self, Infiller};
use serde::{Deserialize, Serialize};

use super::judge::Judged;
use super::project::Project;
use super::read::Read;
use crate::console::Console;
use crate::error::Result;
use crate::pieces::{Piece, Pieces, floats};

/// Tiles that are filled in at a time.
const BATCH: usize = 64;

/// Maps of the species.
pub(super) struct Maps {
    /// Which model drew them.
    pub(super) model: String,
    /// Seeds and masks of each.
    pub(super) passes: [usize; 2],
    /// Mean score over seeds and masks in which the cell was hidden; NaN where it never was.
    pub(super) mean: Vec<Vec<f32>>,
    /// Standard deviation over the masks, the mean of the seeds' variances.
    pub(super) over_masks: Vec<Vec<f32>>,
    /// Standard deviation over the seeds of their means; NaN with one seed.
    pub(super) over_seeds: Vec<Vec<f32>>,
}

/// What one member fills in under one draw of masks: scores of each tile.
#[derive(Serialize, Deserialize)]
struct Pass(#[serde(with = "floats")] Vec<Vec<f32>>);

impl Piece for Pass {}

/// Sums of weighted scores of one seed.
struct Sums {
    weight: Vec<f64>,
    score: Vec<f64>,
    square: Vec<f64>,
    /// Masks and tiles in which a cell was hidden.
    times: Vec<u32>,
}

pub(super) fn draw(
    project: &Project,
    read: &Read,
    (judged, pieces): (&Judged, &Pieces),
    console: &Console,
) -> Result<Option<Maps>> {
    if project.map.draws == 0 {
        return Ok(None);
    }
    let first = judged.networks.first().map(|trained| trained.name.clone());
    let members: Vec<&dyn Infiller> = match (&first, &judged.trees) {
        (Some(name), _) => judged
            .networks
            .iter()
            .filter(|trained| trained.name == *name)
            .map(|trained| &trained.network as &dyn Infiller)
            .collect(),
        (None, Some(trees)) => vec![trees],
        (None, None) => return Ok(None),
    };
    let field = &read.field;
    let tiles = field.cover(project.map.step_cells);
    let all = (tiles.len() * project.map.draws * members.len()) as u64;
    let task = console.task("map", all, "tiles");
    let shape = Shape { species: field.layers.species(), side: field.side };
    let seed = Seed(project.seed).derive("map", 0);
    let cells = field.layers.grid.cells();
    let draws = project.map.draws;
    let masks = |draw: usize| -> Vec<Masked> {
        let masked = |(number, tile): (usize, &Tile)| {
            // The same masks for every seed, so that their spreads can be told apart.
            let seed = seed.derive("draw", draw as u64).derive("tile", number as u64);
            Masked { tile: *tile, hidden: project.mask.draw(shape, seed) }
        };
        tiles.iter().enumerate().map(masked).collect()
    };
    let pass = |number: usize| -> Result<Pass> {
        let (member, masks) = (members[number / draws], masks(number % draws));
        let mut scores = Vec::new();
        for batch in masks.chunks(BATCH) {
            scores.extend(member.fill(&infill::asks(field, batch))?);
            task.advance(batch.len() as u64)?;
        }
        Ok(Pass(scores))
    };
    pieces.share("map", draws * members.len(), pass)?;
    pieces.end("map")?;
    let mut blend = Blend::new(shape.species * cells, members.len());
    for member in 0..members.len() {
        let mut sums = Sums::new(shape.species * cells);
        for draw in 0..draws {
            let number = member * draws + draw;
            let Pass(scores) = pieces.whole("map", number, || pass(number))?;
            for (masked, scores) in masks(draw).iter().zip(scores) {
                sums.add(field, masked, &scores);
            }
        }
        blend.add(&sums);
    }
    let model = first.unwrap_or_else(|| "local trees".into());
    let seeds = blend.seeds;
    let [mean, over_masks, over_seeds] = blend.finish(cells);
    Ok(Some(Maps { model, passes: [seeds, project.map.draws], mean, over_masks, over_seeds }))
}

impl Sums {
    fn new(len: usize) -> Self {
        let none = || vec![0.0; len];
        Self { weight: none(), score: none(), square: none(), times: vec![0; len] }
    }

    /// Adds the hidden cells of a tile, the middle ones with more weight than those at its edges: a tent, so
    /// that tiles blend without seams.
    fn add(&mut self, field: &Field, Masked { tile, hidden }: &Masked, scores: &[f32]) {
        let side = field.side;
        let tent = |at: usize| (at + 1).min(side - at) as f64;
        let all = field.layers.grid.cells();
        for index in hidden.iter() {
            let (species, cell) = (index / (side * side), index % (side * side));
            let weight = tent(cell / side) * tent(cell % side);
            let unit = species * all + field.unit(Tile { ..*tile }, cell);
            let score = f64::from(scores[index]);
            self.weight[unit] += weight;
            self.score[unit] += weight * score;
            self.square[unit] += weight * score * score;
            self.times[unit] += 1;
        }
    }
}

/// Means and squares over seeds.
struct Blend {
    seeds: usize,
    members: usize,
    mean: Vec<f64>,
    square: Vec<f64>,
    within: Vec<f64>,
}

impl Blend {
    fn new(len: usize, members: usize) -> Self {
        Self {
            seeds: 0,
            members,
            mean: vec![0.0; len],
            square: vec![0.0; len],
            within: vec![0.0; len],
        }
    }

    fn add(&mut self, sums: &Sums) {
        self.seeds += 1;
        for unit in 0..self.mean.len() {
            // Never hidden: 0 / 0 is NaN, in every seed alike, for their masks are the same.
            let mean = sums.score[unit] / sums.weight[unit];
            self.mean[unit] += mean;
            self.square[unit] += mean * mean;
            // Of one score there is no spread.
            self.within[unit] += match sums.times[unit] {
                0 | 1 => f64::NAN,
                _ => (sums.square[unit] / sums.weight[unit] - mean * mean).max(0.0),
            };
        }
    }

    fn finish(self, cells: usize) -> [Vec<Vec<f32>>; 3] {
        let count = self.seeds.max(1) as f64;
        let planes = |of: &dyn Fn(usize) -> f64| -> Vec<Vec<f32>> {
            let all: Vec<f32> = (0..self.mean.len()).map(|unit| of(unit) as f32).collect();
            all.chunks_exact(cells).map(<[f32]>::to_vec).collect()
        };
        let mean = |unit: usize| self.mean[unit] / count;
        let masks = |unit: usize| (self.within[unit] / count).sqrt();
        let seeds = |unit: usize| match self.members < 2 {
            true => f64::NAN,
            false => {
                let variance = self.square[unit] - self.mean[unit] * self.mean[unit] / count;
                (variance.max(if variance.is_nan() { f64::NAN } else { 0.0 }) / (count - 1.0))
                    .sqrt()
            }
        };
        [planes(&mean), planes(&masks), planes(&seeds)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_over_masks_and_over_seeds_are_told_apart() {
        let mut blend = Blend::new(3, 2);
        // The last cell is hidden once. One cell: seed one says 0.2 and 0.4, seed two 0.6 and 0.8; the other was never hidden.
        for [low, high] in [[0.2_f64, 0.4], [0.6, 0.8]] {
            let mut sums = Sums::new(3);
            (sums.weight[0], sums.score[0], sums.times[0]) = (2.0, low + high, 2);
            sums.square[0] = low * low + high * high;
            (sums.weight[2], sums.score[2], sums.times[2]) = (1.0, low, 1);
            sums.square[2] = low * low;
            blend.add(&sums);
        }
        let [mean, masks, seeds] = blend.finish(3);
        assert!((mean[0][0] - 0.5).abs() < 1e-6 && (masks[0][0] - 0.1).abs() < 1e-6);
        assert!((f64::from(seeds[0][0]) - 0.08_f64.sqrt()).abs() < 1e-6);
        assert!(mean[0][2].is_finite() && masks[0][2].is_nan() && seeds[0][2].is_finite());
        assert!(mean[0][1].is_nan() && masks[0][1].is_nan() && seeds[0][1].is_nan());
    }
}
