//! Relevance: columns that share more information with the labels than they would by chance.
//!
//! Each column is cut into classes of about equal number at its quantiles (categories are classes
//! as they are); its relevance is the mutual information of class and label, `sum p_cl ln(p_cl /
//! (p_c p_l))` in nats, samples counting by their weight (Shannon 1948, doi
//! 10.1002/j.1538-7305.1948.tb01338.x). Few samples share some by chance, and columns of many
//! classes more. So the labels are dealt anew many times; each column is measured in standard
//! deviations over its mean of those, and is kept where that is over the largest of all columns in
//! all but a `significance` of the deals (Westfall & Young 1993, ISBN 978-0-471-55761-6): labels of
//! noise keep any column at all as seldom as that.
//!
//! It looks at one column at a time: what is told by two together alone, `boruta` may see. Samples
//! count as independent; where they lie close together, more is kept than the level says.

use paydirt_core::information::{MOST_CLASSES, classes, information};
use paydirt_core::seed::Seed;
use rand::seq::SliceRandom;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Selection, Selector, require};
use crate::columns::check_training;
use crate::{Result, TrainingSet};

/// Keeps columns that share information with the labels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Classes that a column is cut into, 2 to 1000.
    pub bins: usize,
    /// How often the labels are dealt anew, 20 to 100,000.
    pub permutations: usize,
    /// How often, over 0 and below 1, labels of noise may keep a column.
    pub significance: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { bins: 10, permutations: 400, significance: 0.05 }
    }
}

/// The information in nats that each column's classes share with labels and weights.
fn measure(columns: &[Vec<usize>], labels: &[(bool, f32)]) -> Vec<f64> {
    let pairs = |column: &Vec<usize>| -> Vec<(usize, usize, f64)> {
        let rows = column.iter().zip(labels);
        rows.map(|(&class, &(label, weight))| (class, usize::from(label), weight.into())).collect()
    };
    columns.iter().map(|column| information(&pairs(column)).mutual).collect()
}

/// Mean and standard deviation of one column over the deals.
fn moments(dealt: &[Vec<f64>], column: usize) -> (f64, f64) {
    let count = dealt.len() as f64;
    let mean = dealt.iter().map(|deal| deal[column]).sum::<f64>() / count;
    let square = dealt.iter().map(|deal| (deal[column] - mean).powi(2)).sum::<f64>() / count;
    (mean, square.sqrt())
}

impl Settings {
    fn check(&self) -> Result<()> {
        let Self { bins, permutations, significance } = *self;
        let classes = (2..=MOST_CLASSES).contains(&bins);
        require(classes, "relevance.bins", bins, "2 to 1000")?;
        let many = (20..=100_000).contains(&permutations);
        require(many, "relevance.permutations", permutations, "20 to 100000")?;
        let holds = significance > 0.0 && significance < 1.0;
        require(holds, "relevance.significance", significance, "over 0 and below 1")
    }
}

impl Selector for Settings {
    fn select(&self, set: &TrainingSet, seed: Seed) -> Result<Selection> {
        self.check()?;
        check_training("relevance", set)?;
        let features = set.features.columns().iter();
        // every value is known: there is no class of missing ones
        let columns = features.map(|c| classes(c, self.bins).into_iter().flatten().collect());
        let columns: Vec<Vec<usize>> = columns.collect();
        let labels = set.deposit.iter().copied().zip(set.weight.iter().copied());
        let labels: Vec<(bool, f32)> = labels.collect();
        let found = measure(&columns, &labels);
        let dealt: Vec<Vec<f64>> = (0..self.permutations)
            .into_par_iter()
            .map(|index| {
                let mut dealt = labels.clone();
                dealt.shuffle(&mut seed.derive("deal", index as u64).rng());
                measure(&columns, &dealt)
            })
            .collect();
        let moments: Vec<_> = (0..columns.len()).map(|column| moments(&dealt, column)).collect();
        let over = |values: &[f64], column: usize| {
            let (mean, spread) = moments[column];
            if spread > 0.0 { (values[column] - mean) / spread } else { 0.0 }
        };
        let largest = |deal: &Vec<f64>| (0..deal.len()).map(|c| over(deal, c)).fold(0.0, f64::max);
        let mut largest: Vec<f64> = dealt.iter().map(largest).collect();
        largest.sort_by(f64::total_cmp);
        let place = ((1.0 - self.significance) * (largest.len() + 1) as f64).ceil() as usize;
        let limit = largest[place.clamp(1, largest.len()) - 1];
        let mut selection = Selection::default();
        for (column, name) in set.features.names().into_iter().enumerate() {
            let over = over(&found, column);
            if over > limit {
                selection.kept.push(name);
            } else {
                let nats = found[column];
                let reason = format!(
                    "shares {nats:.4} nats with the labels, {over:.1} deviations over chance; \
                     {limit:.1} are needed"
                );
                selection.dropped.push((name, reason));
            }
        }
        Ok(selection)
    }
}
