//! k-nearest neighbours: a row's score is the deposits' share of the votes of the k training samples
//! that are most like it (Fix & Hodges 1951; Cover & Hart 1967,
//! <https://doi.org/10.1109/TIT.1967.1053964>).
//!
//! Distances are Euclidean, of standardised columns and of indicators of categories. Each neighbour's
//! vote is its weight, divided by its distance where that is asked for; neighbours at distance 0 then
//! decide alone. Samples that tie for the last places share them, so that the order of samples says
//! nothing. Shares are Kernel SHAP values ([`crate::explain`]) of the score.
//!
//! Every sample is compared with every row, 32 rows at a time. Of 5000 samples that takes 8, 10, 12 and
//! 18 microseconds of CPU a row for 5, 10, 20 and 40 columns, where scikit-learn's k-d tree takes 8, 39,
//! 78 and 144 (two cores of an AMD EPYC): in so many columns a tree visits most of the samples anyway.

mod search;
#[cfg(test)]
mod tests;

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::search::{Neighbours, Votes};
use crate::columns::{bad_setting, check_training, checked_when_read};
use crate::encode::{Encoding, LANES, Points};
use crate::explain::Background;
use crate::kernel::squared_distances;
use crate::weight::ClassWeight;
use crate::{Attribution, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Most neighbours that are asked for.
const MOST_NEIGHBOURS: usize = 10_000;

/// Settings of k-nearest neighbours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Number of neighbours, 1 to 10,000; all samples where there are no more. More are smoother.
    pub k: usize,
    /// What a neighbour's vote counts: `uniform`, or `distance`, the inverse of its distance.
    pub weights: Weights,
    /// Whether deposits and other samples count alike: `none` or `balanced`.
    pub class_weight: ClassWeight,
    /// Whether columns are brought to deviation 1 on the training side. Where `false`, distances are in
    /// the columns' own units.
    pub standardise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            k: 15,
            weights: Weights::default(),
            class_weight: ClassWeight::default(),
            standardise: true,
        }
    }
}

/// What a neighbour's vote counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weights {
    /// All alike.
    #[default]
    Uniform,
    /// The inverse of the distance.
    Distance,
}

/// The training samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    k: usize,
    weights: Weights,
    encoding: Encoding,
    points: Points,
    votes: Vec<Votes>,
    background: Background,
}

checked_when_read!(Fitted);

impl Fitted {
    fn check_saved(&self) -> std::result::Result<(), String> {
        if !(1..=MOST_NEIGHBOURS).contains(&self.k) {
            return Err(format!("{} neighbours, expected 1 to {MOST_NEIGHBOURS}", self.k));
        }
        self.points.check(&self.encoding, self.votes.len())
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        if (1..=MOST_NEIGHBOURS).contains(&self.k) {
            return Ok(());
        }
        Err(bad_setting("nearest.k", self.k, "1 to 10000"))
    }
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn space(&self) -> Space {
        Space::from([
            ("k".into(), Scope::log(3, 100)),
            ("weights".into(), Scope::of(["uniform", "distance"])),
        ])
    }

    fn fit(&self, set: &TrainingSet, _: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("nearest", set)?;
        let encoding = Encoding::fit("nearest", &set.features, &set.weight, self.standardise)?;
        let weight = self.class_weight.apply(set);
        let rows: Vec<usize> = (0..weight.len()).filter(|row| weight[*row] > 0.0).collect();
        let votes = rows.iter().map(|row| Votes::of(weight[*row], set.deposit[*row])).collect();
        let points = Points::new(&encoding, &set.features.select(&rows));
        let Self { k, weights, .. } = *self;
        let mut fitted =
            Fitted { k, weights, encoding, points, votes, background: Background::default() };
        fitted.background = Background::new(&|table| fitted.predict(table), set)?;
        Ok(FittedModel::Nearest(fitted))
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        self.encoding.check(features)?;
        let k = self.k.min(self.votes.len());
        let scores = self.encoding.map(features, |block| {
            let mut neighbours = vec![Neighbours::new(k); LANES];
            let mut farthest = [f32::INFINITY; LANES];
            for (point, votes) in self.points.iter().zip(&self.votes) {
                let squares = squared_distances(block, point);
                if squares.iter().zip(&farthest).all(|(square, farthest)| square > farthest) {
                    continue;
                }
                for (lane, neighbours) in neighbours.iter_mut().enumerate() {
                    farthest[lane] = neighbours.meet(squares[lane], *votes);
                }
            }
            std::array::from_fn(|lane| neighbours[lane].score(self.weights))
        });
        Ok(scores.into_iter().map(|score| score as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.background.explain(&|table| self.predict(table), "score", features)
    }
}
