//! SMOTE, and then without the pairs of different classes that are each other's nearest neighbour
//! (Batista, Prati & Monard 2004, doi 10.1145/1007730.1007735).
//!
//! Both samples of such a Tomek link go, made or not, as published: they are noise, or lie where the
//! classes meet. Distances are those of [`super::smote`], measured once for all.

use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::neighbours::tomek_links;
use super::{Balancer, smote};
use crate::encode::Points;
use crate::{Error, Result, TrainingSet};

/// Most samples that are looked at: every pair is compared.
const MOST_SAMPLES: usize = 100_000;

/// SMOTE, less the pairs of different classes that are each other's nearest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How samples are made.
    pub smote: smote::Settings,
}

impl Balancer for Settings {
    fn balance(&self, set: &TrainingSet, seed: Seed) -> Result<TrainingSet> {
        let (made, encoding) = self.smote.made("smote_tomek", set, seed)?;
        let rows = made.deposit.len();
        if rows > MOST_SAMPLES {
            let reason = format!("{rows} samples: at most {MOST_SAMPLES} are compared");
            return Err(Error::Untrainable { model: "smote_tomek", reason });
        }
        let points = Points::new(&encoding, &made.features);
        let mut kept = vec![true; rows];
        tomek_links(&points, &made.deposit).iter().flatten().for_each(|row| kept[*row] = false);
        let rows: Vec<usize> = (0..rows).filter(|row| kept[*row]).collect();
        Ok(made.select(&rows))
    }

    fn words(&self) -> String {
        format!(
            "{} Then pairs of both classes that are each other's nearest neighbour are left out (Tomek \
             links, Batista and others 2004).",
            self.smote.words()
        )
    }
}
