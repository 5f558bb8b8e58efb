//! What a network learns: hidden cells of tiles of the training side.

use std::collections::{BTreeMap, BTreeSet};

use burn_tensor::{Tensor, activation};
use paydirt_core::infill::mask::{self, Masked};
use paydirt_core::infill::side::{Side, Sides};
use paydirt_core::infill::{Field, Tile, View};
use paydirt_core::seed::Seed;
use rand::RngExt;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::body::Built;
use super::{Contract, KEY, Learning, checked_modes, planes};
use crate::columns::bad_setting;
use crate::neural::spectral::Scans;
use crate::neural::train::{Task, digest, of_bits};
use crate::neural::{Pass, tensor};
use crate::{Error, Result};

/// What keeps ratios of nothing from being none.
const LEAST: f32 = 1e-6;

/// How wrong scores of cells are: `bce x log loss + dice x (1 - soft Dice) + recall x (1 - soft recall)`, with
/// soft Dice `2 sum p y / (sum p + sum y)` and soft recall `sum p y / sum y`, `p` the score and `y` the record.
/// The published weights are not known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "InfillLoss")]
pub struct Loss {
    /// Weight of the mean log loss.
    pub bce: f64,
    /// Weight of 1 less soft Dice.
    pub dice: f64,
    /// Weight of 1 less soft recall. Alone it would claim everything.
    pub recall: f64,
    /// Exponent of the focal loss (Lin and others 2017, doi 10.1109/ICCV.2017.324) on the log loss; 0 is
    /// the plain one.
    pub focal_gamma: f64,
    /// How many deposits there are for each that is recorded, 1 or more. Over 1 the log loss takes unrecorded cells
    /// for a mixture of both and never for more than barren ground (non-negative risk of Kiryo and others 2017,
    /// arXiv 1703.00593); at 1 it is the plain one.
    pub deposits_per_record: f64,
    /// How far off records lie, as a standard deviation in cells: while it learns, cells around a record count as
    /// holding it in part, by exp(-d^2 / 2 s^2). 0 takes positions as they are. Figures are never blurred.
    pub position_error_cells: f64,
    /// Whether the loss is over hidden cells alone, or over all cells of the tiles.
    pub hidden_only: bool,
    /// Whether Dice and recall are means over the species, or of all cells together.
    pub per_species: bool,
}

impl Default for Loss {
    fn default() -> Self {
        Self {
            bce: 1.0,
            dice: 1.0,
            recall: 1.0,
            focal_gamma: 0.0,
            deposits_per_record: 1.0,
            position_error_cells: 0.0,
            hidden_only: true,
            per_species: false,
        }
    }
}

impl Loss {
    pub(super) fn check(&self, key: &str) -> Result<()> {
        let weights = [("bce", self.bce), ("dice", self.dice), ("recall", self.recall)];
        for (name, found) in weights.into_iter().chain([("focal_gamma", self.focal_gamma)]) {
            if !(0.0..=1000.0).contains(&found) {
                return Err(bad_setting(&format!("{key}.{name}"), found, "0 to 1000"));
            }
        }
        if !(1.0..=1000.0).contains(&self.deposits_per_record) {
            let key = format!("{key}.deposits_per_record");
            return Err(bad_setting(&key, self.deposits_per_record, "1 to 1000"));
        }
        if self.deposits_per_record > 1.0 && self.focal_gamma > 0.0 {
            let key = format!("{key}.focal_gamma");
            return Err(bad_setting(&key, self.focal_gamma, "0 with `deposits_per_record` over 1"));
        }
        if !(0.0..=50.0).contains(&self.position_error_cells) {
            let key = format!("{key}.position_error_cells");
            return Err(bad_setting(&key, self.position_error_cells, "0 to 50"));
        }
        match self.bce + self.dice > 0.0 {
            true => Ok(()),
            false => Err(bad_setting(&format!("{key}.bce"), self.bce, "over 0, or `dice` over 0")),
        }
    }

    /// The loss of log odds, all of `[tile, species, row, col]`; `counts` is 1 where a cell counts.
    pub(super) fn of(&self, odds: Tensor<4>, truth: Tensor<4>, counts: Tensor<4>) -> Tensor<1> {
        let score = activation::sigmoid(odds.clone());
        let mut loss = odds.clone().zeros_like().sum();
        if self.bce > 0.0 {
            let sum = match self.deposits_per_record > 1.0 {
                true => self.risk(odds, truth.clone(), counts.clone()),
                false => self.log_loss(odds, score.clone(), truth.clone(), counts.clone()),
            };
            let mean = sum / (sums(counts.clone()).sum() + LEAST);
            loss = loss + mean * self.bce as f32;
        }
        if self.dice > 0.0 || self.recall > 0.0 {
            let [found, claimed, present] = self.parts(score, truth, counts);
            let dice = (found.clone() * 2.0 + LEAST) / (claimed + present.clone() + LEAST);
            let recall = (found + LEAST) / (present + LEAST);
            let away = |rate: Tensor<1>, weight: f64| (rate.mean().neg() + 1.0) * weight as f32;
            loss = loss + away(dice, self.dice) + away(recall, self.recall);
        }
        loss
    }

    /// Sum of the log loss over cells that count.
    fn log_loss(
        &self,
        odds: Tensor<4>,
        score: Tensor<4>,
        truth: Tensor<4>,
        counts: Tensor<4>,
    ) -> Tensor<1> {
        // ln(1 + e^x) - x y, without overflow.
        let mut log_loss = grown(odds.clone()) - odds * truth.clone();
        if self.focal_gamma > 0.0 {
            let away = (truth - score).abs().clamp_min(LEAST);
            log_loss = log_loss * away.powf_scalar(self.focal_gamma as f32);
        }
        sums(log_loss * counts).sum()
    }

    /// The non-negative risk, times the cells that count: with `r` deposits a record,
    /// `r sum_P l(+) + max(0, sum_U l(-) - r sum_P l(-))` of each species.
    fn risk(&self, odds: Tensor<4>, truth: Tensor<4>, counts: Tensor<4>) -> Tensor<1> {
        let records = truth * counts.clone();
        let [plus, minus] = [grown(odds.clone().neg()), grown(odds)];
        let times = self.deposits_per_record as f32;
        let barren = sums(minus.clone() * counts) - sums(minus * records.clone()) * times;
        (sums(plus * records) * times + activation::relu(barren)).sum()
    }

    /// Records as the loss sees them: spread by their position error over the planes of a tile.
    pub(super) fn blurred(&self, present: Vec<f32>, side: usize) -> Vec<f32> {
        let deviation = self.position_error_cells;
        if deviation == 0.0 {
            return present;
        }
        let reach = (3.0 * deviation).ceil() as isize;
        let mut blurred = vec![0.0_f32; present.len()];
        for (index, _) in present.iter().enumerate().filter(|(_, holds)| **holds > 0.0) {
            let (plane, cell) = (index / (side * side), index % (side * side));
            let (row, col) = ((cell / side) as isize, (cell % side) as isize);
            for (down, across) in
                (-reach..=reach).flat_map(|down| (-reach..=reach).map(move |across| (down, across)))
            {
                let (row, col) = (row + down, col + across);
                let inside = |at: isize| (0..side as isize).contains(&at);
                if inside(row) && inside(col) {
                    let away = (down * down + across * across) as f64;
                    let share = (-away / (2.0 * deviation * deviation)).exp() as f32;
                    let at = plane * side * side + row as usize * side + col as usize;
                    blurred[at] = blurred[at].max(share);
                }
            }
        }
        blurred
    }

    /// Sums of `p y`, `p` and `y` over cells that count: of each species, or of all.
    fn parts(&self, score: Tensor<4>, truth: Tensor<4>, counts: Tensor<4>) -> [Tensor<1>; 3] {
        let truth = truth * counts.clone();
        let of = |numbers: Tensor<4>| match self.per_species {
            true => sums(numbers),
            false => sums(numbers).sum(),
        };
        [of(score.clone() * truth.clone()), of(score * counts), of(truth)]
    }
}

/// ln(1 + e^x), without overflow.
fn grown(numbers: Tensor<4>) -> Tensor<4> {
    activation::relu(numbers.clone()) + numbers.abs().neg().exp().log1p()
}

/// Sums of each species.
fn sums(numbers: Tensor<4>) -> Tensor<1> {
    let [tiles, species, rows, cols] = numbers.dims();
    numbers.reshape([tiles, species, rows * cols]).sum_dim(2).sum_dim(0).reshape([species])
}

/// Tiles as tensors are made of them.
pub(super) struct Batch {
    planes: Vec<f32>,
    scans: Scans,
    truth: Vec<f32>,
    counts: Vec<f32>,
    tiles: usize,
    checks: bool,
}

/// The task.
pub(super) struct Infilling<'a> {
    body: &'a Built,
    contract: &'a Contract,
    field: &'a Field,
    tiles: Vec<Tile>,
    checks: Vec<Masked>,
}

impl<'a> Infilling<'a> {
    pub(super) fn new(
        body: &'a Built,
        contract: &'a Contract,
        Learning { field, sides, mask }: Learning<'a>,
        seed: Seed,
    ) -> Result<Self> {
        let checked = match contract.settings.training.held_out_share() {
            Some(share) => sides.checked(field, share, seed),
            None => BTreeSet::new(),
        };
        let tiles = tiles(field, sides, &checked);
        if tiles.is_empty() {
            let reason = "no tile with a record lies on the training side whole".into();
            return Err(Error::Untrainable { model: KEY, reason });
        }
        let shape = mask::Shape { species: contract.shape.species, side: contract.shape.side };
        let aside: Vec<Tile> = sides
            .tiles(field, Side::Training)
            .into_iter()
            .filter(|tile| checked.contains(&sides.block(field.unit(*tile, 0))))
            .collect();
        let draws = (contract.settings.check_draws, seed.derive("checks", 0));
        let series = |mode| mask.series(mode, &aside, shape, draws);
        let checks = checked_modes(mask).into_iter().flat_map(series).collect();
        Ok(Self { body, contract, field, tiles, checks })
    }

    /// Makes layers beside the records unknown, each by chance, and the scans as one.
    fn forget(&self, view: &mut View, seed: Seed) {
        let mut rng = seed.rng();
        let chance = self.contract.mask.auxiliary;
        let mut forgotten: BTreeMap<&str, bool> = BTreeMap::new();
        for (plane, layer) in self.field.plane_layers.iter().enumerate() {
            if *forgotten.entry(layer).or_insert_with(|| rng.random::<f64>() < chance) {
                view.forget([plane]);
            }
        }
        if rng.random::<f64>() < chance {
            view.scans.clear();
        }
    }

    /// The tile, mask and turn of an example.
    fn example(&self, example: usize, seed: Seed) -> (Masked, usize) {
        if let Some(check) = example.checked_sub(self.examples()) {
            return (self.checks[check].clone(), 0);
        }
        let seed = seed.derive("example", example as u64);
        let mut rng = seed.rng();
        let tile = self.tiles[rng.random_range(0..self.tiles.len())];
        let turn = rng.random_range(0..8);
        let shape =
            mask::Shape { species: self.contract.shape.species, side: self.contract.shape.side };
        let hidden = self.contract.mask.draw(shape, seed.derive("mask", 0));
        (Masked { tile, hidden }, if self.contract.settings.augment { turn } else { 0 })
    }
}

/// Tiles by any corner that lie on training ground outside of some blocks and hold a record.
fn tiles(field: &Field, sides: &Sides, without: &BTreeSet<usize>) -> Vec<Tile> {
    let (rows, cols) = (field.layers.grid.rows, field.layers.grid.cols);
    let occupied = field.layers.occupied();
    let trains =
        |unit: usize| sides.of[unit] == Side::Training && !without.contains(&sides.block(unit));
    // Sums over all that lies north-west: those over a tile are four of them.
    let mut table = vec![[0_i64; 2]; (rows + 1) * (cols + 1)];
    for unit in 0..rows * cols {
        let (row, col) = (unit / cols, unit % cols);
        let at = |row: usize, col: usize| row * (cols + 1) + col;
        let own = [trains(unit), occupied.get(unit)].map(i64::from);
        table[at(row + 1, col + 1)] = [0, 1].map(|k| {
            own[k] + table[at(row, col + 1)][k] + table[at(row + 1, col)][k]
                - table[at(row, col)][k]
        });
    }
    let side = field.side;
    let sum = |row: usize, col: usize| {
        let at = |row: usize, col: usize| table[row * (cols + 1) + col];
        let corners =
            [at(row + side, col + side), at(row, col + side), at(row + side, col), at(row, col)];
        [0, 1].map(|k| corners[0][k] - corners[1][k] - corners[2][k] + corners[3][k])
    };
    let all = (side * side) as i64;
    (0..=rows - side)
        .flat_map(|row| (0..=cols - side).map(move |col| (row, col)))
        .filter(|(row, col)| {
            let [training, occupied] = sum(*row, *col);
            training == all && occupied > 0
        })
        .map(|(row, col)| Tile { row, col })
        .collect()
}

impl Task for Infilling<'_> {
    type Batch = Batch;

    fn examples(&self) -> usize {
        self.contract.settings.tiles_per_epoch
    }

    fn held_out(&self) -> usize {
        self.checks.len()
    }

    fn fingerprint(&self) -> u64 {
        let Field { layers, auxiliary, spectra, .. } = self.field;
        let present: Vec<Vec<usize>> =
            layers.presence.iter().map(|cells| cells.iter().collect()).collect();
        let planes: Vec<u64> = auxiliary.iter().map(|plane| of_bits(plane)).collect();
        let scans = spectra.as_ref().map(|spectra| (of_bits(spectra.values()), spectra.starts()));
        digest(&(&self.tiles, present, planes, scans))
    }

    fn batch(&self, examples: &[usize], seed: Seed) -> Result<Batch> {
        let checks = examples.first().is_some_and(|first| *first >= self.examples());
        let settings = &self.contract.settings;
        let side = self.contract.shape.side;
        let filled = settings.body.filled(side);
        let drawn: Vec<(Masked, usize)> =
            examples.iter().map(|example| self.example(*example, seed)).collect();
        let mut views: Vec<View> = drawn
            .par_iter()
            .map(|(masked, _)| self.field.view(masked.tile, &masked.hidden))
            .collect();
        if !checks && self.contract.mask.auxiliary > 0.0 {
            for (view, example) in views.iter_mut().zip(examples) {
                self.forget(view, seed.derive("auxiliary", *example as u64));
            }
        }
        let turns: Vec<usize> = drawn.iter().map(|(_, turn)| *turn).collect();
        let seen: Vec<&View> = views.iter().collect();
        let planes = planes::of_views(&seen, settings, filled, &turns);
        let scans = planes::scans(&seen, filled, &turns);
        let number = |holds: bool| f32::from(u8::from(holds));
        let all = !settings.loss.hidden_only && !checks;
        let (mut truth, mut counts) = (Vec::new(), Vec::new());
        for (masked, turn) in &drawn {
            let present: Vec<f32> = self.field.truth(masked.tile).into_iter().map(number).collect();
            // What decides when to stop is held against the records as they are.
            let present = if checks { present } else { settings.loss.blurred(present, side) };
            let hidden: Vec<f32> =
                (0..present.len()).map(|index| number(all || masked.hidden.get(index))).collect();
            truth.extend(planes::laid(&present, side, filled, *turn));
            counts.extend(planes::laid(&hidden, side, filled, *turn));
        }
        Ok(Batch { planes, scans, truth, counts, tiles: drawn.len(), checks })
    }

    fn loss(&self, pass: &mut Pass<'_>, batch: &Batch) -> Tensor<1> {
        let Contract { shape, settings, prior, .. } = self.contract;
        let filled = settings.body.filled(shape.side);
        let device = pass.device();
        let of = |numbers: &[f32], planes: usize| {
            tensor::<4>(numbers.to_vec(), [batch.tiles, planes, filled, filled], &device)
        };
        let planes = of(&batch.planes, shape.planes(settings));
        let odds = self.body.forward(pass, planes, &batch.scans)
            + tensor::<4>(prior.clone(), [1, shape.species, 1, 1], &device);
        let (truth, counts) = (of(&batch.truth, shape.species), of(&batch.counts, shape.species));
        match batch.checks {
            // What decides when to stop: 1 less soft Dice.
            true => {
                let dice = Loss { bce: 0.0, dice: 1.0, recall: 0.0, ..settings.loss };
                dice.of(odds, truth, counts)
            }
            false => settings.loss.of(odds, truth, counts),
        }
    }
}
