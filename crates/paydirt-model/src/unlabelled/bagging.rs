//! Bagging: many models, each of all deposits against a few unlabelled samples drawn anew (Mordelet &
//! Vert 2014, doi 10.1016/j.patrec.2013.06.010).
//!
//! A hidden deposit is in few bags, and few of a small bag are hidden deposits; the mean of the
//! members' scores, each in [0, 1], is the score. The same draws in which a hidden deposit is absent
//! let it be scored by models that never took it for barren. Scores of members are averaged where the
//! publication averages the margins of support vector machines.

use paydirt_core::seed::Seed;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FittedUnlabelled, Learner, draw, require, sides};
use crate::neural::OnGround;
use crate::{Result, TrainingSet};

/// Most bags: each holds a whole model.
const MOST_BAGS: usize = 1000;

/// The mean score of models that each saw all deposits and a few of the unlabelled samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Bags, 1 to 1000: more are steadier. Time and the size of the saved model grow with them.
    pub bags: usize,
    /// Unlabelled samples in a bag, drawn without replacement; 0 for as many as there are deposits,
    /// as published. Where there are fewer, all are in each bag.
    pub bag_size: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { bags: 30, bag_size: 0 }
    }
}

impl Learner for Settings {
    fn learn(
        &self,
        model: OnGround<'_>,
        set: &TrainingSet,
        seed: Seed,
    ) -> Result<FittedUnlabelled> {
        require((1..=MOST_BAGS).contains(&self.bags), "bagging.bags", self.bags, "1 to 1000")?;
        let (deposits, unlabelled) = sides(set);
        let size = if self.bag_size == 0 { deposits.len() } else { self.bag_size };
        let size = size.min(unlabelled.len());
        let members = (0..self.bags as u64).into_par_iter().map(|index| {
            let mut rows = deposits.clone();
            rows.extend(draw(&unlabelled, size, seed.derive("bag", index)));
            rows.sort_unstable();
            model.fit(&set.select(&rows), seed.derive("bagged model", index))
        });
        let note = format!(
            "each bag held {} deposits and {size} of {} unlabelled samples",
            deposits.len(),
            unlabelled.len()
        );
        Ok(FittedUnlabelled { members: members.collect::<Result<_>>()?, note })
    }

    fn words(&self) -> String {
        let size = match self.bag_size {
            0 => "as many unlabelled samples".into(),
            size => format!("{size} unlabelled samples"),
        };
        format!(
            "The model is the mean of {}, each fitted on all deposits of the training side against \
             {size} drawn at random (bagging, Mordelet and Vert 2014).",
            self.bags
        )
    }
}
