//! Tree after tree.

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::trees::{Bins, BoostLimits, Boosted, Entry, TrainingColumn, Tree, grow_boosted};

use super::early::{Watch, draw, log_loss};
use super::{Fitted, Settings};
use crate::columns::probability;
use crate::forest::{self, check_samples, cut_weight};
use crate::{Error, Estimator, FittedModel, Result, TrainingSet};

/// What trees are grown on.
struct Ground<'a> {
    columns: &'a [TrainingColumn],
    deposit: &'a [bool],
    weight: &'a [f64],
    limits: BoostLimits,
}

/// Samples to learn from, and those that are kept aside.
struct Sides {
    learn: Vec<u32>,
    aside: Vec<u32>,
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn space(&self) -> Space {
        Space::from([
            ("trees".into(), Scope::log(30, 300)),
            ("learning_rate".into(), Scope::log(0.01, 0.3)),
            ("max_leaves".into(), Scope::log(2, 16)),
            ("min_leaf".into(), Scope::log(3, 30)),
        ])
    }

    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        self.check()?;
        let class_sums = check_samples("boosting", set)?;
        let names = set.features.names();
        let limits = self.limits(&names)?;
        let sides = self.sides(set, seed)?;
        let (bins, columns) = Bins::fit(&set.features, &cut_weight(set, class_sums), self.bins);
        let weight = self.class_weight.apply(set);
        let ground = Ground { columns: &columns, deposit: &set.deposit, weight: &weight, limits };
        let base = ground.base(&sides.learn);
        let trees = self.grow(&ground, &sides, base, seed);
        let trees = forest::Fitted { columns: names, bins, trees };
        Ok(FittedModel::Boosting(Fitted { base, trees }))
    }
}

impl Settings {
    /// Parts the samples that have weight.
    fn sides(&self, set: &TrainingSet, seed: Seed) -> Result<Sides> {
        let rows: Vec<u32> =
            (0..set.weight.len() as u32).filter(|row| set.weight[*row as usize] > 0.0).collect();
        let Some(early) = self.early_stopping else {
            return Ok(Sides { learn: rows, aside: Vec::new() });
        };
        let mut rng = seed.derive("early stopping", 0).rng();
        let (aside, learn) = draw(&rows, &set.deposit, early.share, &mut rng);
        for class in [false, true] {
            if !learn.iter().any(|row| set.deposit[*row as usize] == class) {
                let reason = "to stop early it needs two deposits and two other samples at least";
                return Err(Error::Untrainable { model: "boosting", reason: reason.into() });
            }
        }
        Ok(Sides { learn, aside })
    }

    fn grow(&self, ground: &Ground<'_>, sides: &Sides, base: f64, seed: Seed) -> Vec<Tree> {
        let mut margin = vec![base; ground.deposit.len()];
        let loss = |margin: &[f64]| log_loss(&sides.aside, margin, ground.deposit, ground.weight);
        let mut watch = self.early_stopping.map(|early| (Watch::new(loss(&margin)), early));
        let mut trees = Vec::new();
        for index in 0..self.trees {
            let mut rng = seed.derive("tree", index as u64).rng();
            let (drawn, mut others) = if self.row_share < 1.0 {
                draw(&sides.learn, ground.deposit, self.row_share, &mut rng)
            } else {
                (sides.learn.clone(), Vec::new())
            };
            others.extend(&sides.aside);
            let entries = ground.entries(&drawn, &margin);
            let grown = grow_boosted(ground.columns, entries, &ground.limits, &mut rng);
            ground.add(&grown, &others, &mut margin);
            trees.push(grown.tree.depth_first());
            if let Some((watch, early)) = &mut watch
                && watch.is_over(loss(&margin), trees.len(), early.patience)
            {
                break;
            }
        }
        if let Some((watch, _)) = watch {
            trees.truncate(watch.best());
        }
        trees
    }
}

impl Ground<'_> {
    /// The log odds of the weight.
    fn base(&self, rows: &[u32]) -> f64 {
        let sum = |class: bool| -> f64 {
            let of_class = rows.iter().filter(|row| self.deposit[**row as usize] == class);
            of_class.map(|row| self.weight[*row as usize]).sum()
        };
        (sum(true) / sum(false)).ln()
    }

    /// Samples with the derivatives of their loss.
    fn entries(&self, rows: &[u32], margin: &[f64]) -> Vec<Entry<[f64; 2]>> {
        let entry = |&row: &u32| {
            let (deposit, weight) = (self.deposit[row as usize], self.weight[row as usize]);
            let p = probability(margin[row as usize]);
            let gradient = weight * (p - f64::from(u8::from(deposit)));
            Entry { row, target: [gradient, weight * p * (1.0 - p)], weight }
        };
        rows.iter().map(entry).collect()
    }

    /// Adds a tree to the log odds of its own samples and of others.
    fn add(&self, grown: &Boosted, others: &[u32], margin: &mut [f64]) {
        for (leaf, range) in &grown.leaves {
            let value = f64::from(grown.tree.leaves[*leaf].value);
            for entry in &grown.entries[range.clone()] {
                margin[entry.row as usize] += value;
            }
        }
        for &row in others {
            let value = grown.tree.value_of(self.columns, row as usize);
            margin[row as usize] += f64::from(value);
        }
    }
}
