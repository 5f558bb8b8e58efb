//! Tree after tree.

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::trees::{Bins, BoostLimits, Boosted, TrainingColumn, Tree, grow_boosted};

use super::early::{Watch, draw};
use super::loss::Target;
use super::{Fitted, Settings};
use crate::forest::{self, check_samples, cut_weight};
use crate::prior::ClassPrior;
use crate::weight::class_means;
use crate::{Error, Estimator, FittedModel, Result, TrainingSet};

/// What trees are grown on.
struct Ground<'a> {
    columns: &'a [TrainingColumn],
    target: Target<'a>,
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
        let estimate = |plain: Self| ClassPrior::of(self.prior, "boosting", set, seed, &plain);
        let prior = self.plain().map(estimate).transpose()?;
        let weight = match prior {
            None => self.class_weight.apply(set),
            Some(prior) => class_means(set, prior.value),
        };
        let target =
            Target { deposit: &set.deposit, weight: &weight, prior: prior.map(|p| p.value) };
        let ground = Ground { columns: &columns, target, limits };
        let base = ground.target.base(&sides.learn);
        let trees = self.grow(&ground, &sides, base, seed);
        let trees = forest::Fitted { columns: names, bins, trees };
        Ok(FittedModel::Boosting(Fitted { base, trees, prior }))
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
        let target = ground.target;
        let mut margin = vec![base; target.deposit.len()];
        let loss = |margin: &[f64]| target.loss(&sides.aside, margin);
        let mut watch = self.early_stopping.map(|early| (Watch::new(loss(&margin)), early));
        let mut trees = Vec::new();
        for index in 0..self.trees {
            let mut rng = seed.derive("tree", index as u64).rng();
            let (drawn, mut others) = if self.row_share < 1.0 {
                draw(&sides.learn, target.deposit, self.row_share, &mut rng)
            } else {
                (sides.learn.clone(), Vec::new())
            };
            others.extend(&sides.aside);
            let entries = target.entries(&drawn, &margin);
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
