//! A ground with deposits in groups, and how models rank what they never saw of it: what the studies of
//! networks share.

use std::io::{Error, Result};

use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::metric::{HeldOut, METRICS};
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use paydirt_model::neural::masked_autoencoder;
use paydirt_model::neural::train::Run;
use paydirt_model::neural::{Around, GroundLayer, MemoryGround};
use paydirt_model::{FittedModel, Model, TrainingSet};
use rand::seq::IndexedRandom;

/// Of how many cells one is asked where a held-out cell is ranked among all.
const ASKED: usize = 5;

/// Layers of a grid and its deposits.
pub struct World {
    /// Rows and columns.
    pub shape: [usize; 2],
    /// Layers, a value a cell.
    pub layers: Vec<(GroundLayer, Vec<f32>)>,
    /// Cells with a deposit.
    pub deposits: Vec<usize>,
    /// The group of each: what is held out together.
    pub groups: Vec<usize>,
}

/// A model, and what it is pretrained with, if it is.
pub struct Contestant {
    /// Its name in the table.
    pub name: &'static str,
    /// The model.
    pub model: Model,
    /// The pretraining.
    pub pretrain: Option<masked_autoencoder::Settings>,
}

/// What one fit says of what it never saw.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told {
    /// Mean share of the other cells that score lower than a held-out deposit cell, ties half.
    pub percentile: f64,
    /// ROC AUC and average precision of the held-out cells against all others.
    pub auc: f64,
    /// See above.
    pub average_precision: f64,
    /// Share of the held-out cells in the best 1, 2, 5 and 10 % of the area.
    pub capture: [f64; 4],
    /// Cells held out.
    pub cells: usize,
}

impl World {
    fn cells(&self) -> usize {
        self.shape[0] * self.shape[1]
    }

    /// Distance of two cells in cells.
    #[must_use]
    pub fn distance(&self, a: usize, b: usize) -> f64 {
        let cols = self.shape[1];
        let (rows, columns) = ((a / cols).abs_diff(b / cols), (a % cols).abs_diff(b % cols));
        ((rows * rows + columns * columns) as f64).sqrt()
    }

    /// Groups of deposits of which each has another of its group within so many cells.
    pub fn group_within(&mut self, cells: f64) {
        let count = self.deposits.len();
        let mut group: Vec<usize> = (0..count).collect();
        for a in 0..count {
            for b in 0..a {
                if self.distance(self.deposits[a], self.deposits[b]) <= cells {
                    let (from, to) = (group[a].max(group[b]), group[a].min(group[b]));
                    group.iter_mut().filter(|one| **one == from).for_each(|one| *one = to);
                }
            }
        }
        self.groups = group;
    }

    /// The numbers of the groups.
    #[must_use]
    pub fn group_numbers(&self) -> Vec<usize> {
        let mut numbers = self.groups.clone();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Cells that lie more than so many cells from those of a list.
    #[must_use]
    pub fn beyond(&self, list: &[usize], cells: f64) -> Mask {
        Mask::from_fn(self.cells(), |unit| {
            list.iter().all(|other| self.distance(unit, *other) > cells)
        })
    }

    /// Rows of cells.
    ///
    /// # Errors
    /// Layers of another size.
    pub fn table(&self, units: &[usize]) -> Result<Table> {
        let columns = self.layers.iter().map(|(layer, values)| {
            let values = units.iter().map(|unit| values[*unit]).collect();
            Column::new(&layer.name, &layer.name, EvidenceType::Continuous, values)
        });
        let table = Table::new(units.len(), columns.collect()).map_err(Error::other)?;
        table.at(Some(units.to_vec())).map_err(Error::other)
    }

    /// The ground, of which some cells may train.
    ///
    /// # Errors
    /// Layers of another size.
    pub fn ground(&self, training: Mask) -> Result<MemoryGround> {
        MemoryGround::new(self.shape, self.layers.clone(), training).map_err(Error::other)
    }

    /// So many unlabelled cells of those that may train.
    #[must_use]
    pub fn unlabelled(&self, training: &Mask, count: usize, seed: Seed) -> Vec<usize> {
        let free: Vec<usize> =
            training.iter().filter(|unit| !self.deposits.contains(unit)).collect();
        let mut drawn: Vec<usize> = free.sample(&mut seed.rng(), count).copied().collect();
        drawn.sort_unstable();
        drawn
    }

    /// Fits a contestant to deposits and others on the ground that may train.
    ///
    /// # Errors
    /// Where it cannot be fitted.
    pub fn fit(
        &self,
        contestant: &Contestant,
        [deposits, others]: [&[usize]; 2],
        training: &Mask,
        seed: Seed,
    ) -> Result<FittedModel> {
        let units = [deposits, others].concat();
        let set = TrainingSet {
            features: self.table(&units)?,
            deposit: (0..units.len()).map(|row| row < deposits.len()).collect(),
            weight: vec![1.0; units.len()],
        };
        let ground = self.ground(training.clone())?;
        let pretrained = contestant
            .pretrain
            .as_ref()
            .map(|settings| settings.fit(&ground, seed.derive("pretrain", 0), Run::default()));
        let backbone = pretrained.transpose().map_err(Error::other)?.map(|(network, _)| network);
        let around = Around { ground: &ground, backbone: backbone.as_ref() };
        contestant.model.fit_on(&set, around, seed.derive("model", 0)).map_err(Error::other)
    }

    /// What a fitted model says of some cells.
    ///
    /// # Errors
    /// Where it cannot be asked.
    pub fn score(&self, model: &FittedModel, units: &[usize]) -> Result<Vec<f32>> {
        let ground = self.ground(Mask::new(self.cells(), true))?;
        model.score(&self.table(units)?, Some(&ground)).map_err(Error::other)
    }

    /// How high a model ranks held-out cells among all that it was not fitted on, of which every fifth is
    /// asked and counts for five.
    ///
    /// # Errors
    /// Where it cannot be asked.
    pub fn rank(&self, model: &FittedModel, held_out: &[usize], used: &[usize]) -> Result<Told> {
        let used = Mask::from_fn(self.cells(), |unit| {
            used.contains(&unit) || self.deposits.contains(&unit)
        });
        let others = (0..self.cells()).filter(|unit| !used.get(*unit));
        let others: Vec<usize> = others.step_by(ASKED).collect();
        let scores = self.score(model, &[held_out, &others].concat())?;
        Ok(tell(&scores, held_out.len(), ASKED))
    }
}

/// What scores say of which the first ones are those of deposits; each of the others counts for so many.
#[must_use]
pub fn tell(scores: &[f32], deposits: usize, each: usize) -> Told {
    let (of_deposits, of_others) = scores.split_at(deposits);
    let below = |score: f32| {
        let each = of_others.iter().map(|other| match other.total_cmp(&score) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 0.0,
        });
        each.sum::<f64>() / of_others.len().max(1) as f64
    };
    let ranks: Vec<f64> = of_deposits.iter().map(|score| below(*score)).collect();
    let mean = |list: &mut dyn Iterator<Item = f64>| list.sum::<f64>() / deposits.max(1) as f64;
    let held = HeldOut {
        score: scores.iter().map(|score| f64::from(*score)).collect(),
        deposit: (0..scores.len()).map(|row| row < deposits).collect(),
        weight: (0..scores.len())
            .map(|row| if row < deposits { 1.0 } else { each as f64 })
            .collect(),
        group: vec![0; scores.len()],
        ..HeldOut::default()
    };
    let figure = |key: &str| {
        METRICS.iter().find(|metric| metric.key == key).and_then(|metric| metric.of(&held))
    };
    Told {
        percentile: mean(&mut ranks.iter().copied()),
        auc: figure("roc_auc").unwrap_or(f64::NAN),
        average_precision: figure("pr_auc").unwrap_or(f64::NAN),
        capture: [1.0, 2.0, 5.0, 10.0].map(|percent| {
            mean(&mut ranks.iter().map(|rank| f64::from(u8::from(1.0 - rank <= percent / 100.0))))
        }),
        cells: deposits,
    }
}

/// Mean and standard deviation.
#[must_use]
pub fn moments(values: &[f64]) -> [f64; 2] {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    [mean, (squares / (count - 1.0).max(1.0)).sqrt()]
}
