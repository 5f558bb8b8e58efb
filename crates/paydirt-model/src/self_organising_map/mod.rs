//! Self-organising map: a sheet of units that is bent through the samples, units near each other on the
//! sheet being alike; its units are then grouped, and each group scored by its deposits.
//!
//! The map is trained in batches (Kohonen 2013, <https://doi.org/10.1016/j.neunet.2012.09.018>): unit =
//! sum of h x weight x point / sum of h x weight over all samples, h = exp(-d^2 / (2 radius^2)) by the
//! distance d, in units on a rectangular sheet, from the unit that is nearest to the sample; the radius
//! shrinks from epoch to epoch. It starts as the plane of the two principal axes, so nothing is drawn.
//! Units are grouped by k-means, into as many clusters as have the least Davies-Bouldin index unless
//! their number is given. The score of a cluster is (deposits + s x p) / (samples + s), by weight, with p
//! the share of deposits among all samples: the mean of a beta distribution, drawn towards p by a prior
//! worth s samples.
//!
//! The map looks at no label; only the scores of clusters do. Columns are standardised and categories
//! expanded to indicators. Scores have as many levels as there are clusters. Shares are Kernel SHAP
//! values ([`crate::explain`]) of the score.

mod cluster;
#[cfg(test)]
mod tests;
mod train;

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::train::{Axes, Samples, Schedule, nearest};
use crate::columns::{bad_setting, check_training, checked_when_read, require_positive};
use crate::encode::{Encoding, Points};
use crate::explain::Background;
use crate::weight::ClassWeight;
use crate::{Attribution, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Most units of a map.
const MOST_UNITS: usize = 2500;

/// Most clusters.
const MOST_CLUSTERS: usize = 100;

/// Settings of the self-organising map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Rows and columns of units, 2,500 units at most. By default 5 x the square root of the summed
    /// weight of samples (Vesanto & Alhoniemi 2000), in the proportions of the samples.
    pub size: Option<[usize; 2]>,
    /// Rounds of training, 1 to 1,000.
    pub epochs: usize,
    /// Radius of the last round, in units, over zero: larger is smoother, smaller nearer to the samples.
    pub end_radius: f64,
    /// Number of clusters, 1 to 100. By default chosen by the Davies-Bouldin index.
    pub clusters: Option<usize>,
    /// Most clusters that are tried, 2 to 100.
    pub most_clusters: usize,
    /// Starts of each k-means, 1 to 100; the best is taken.
    pub starts: usize,
    /// How many samples the prior of a cluster's score is worth; over zero.
    pub prior_samples: f64,
    /// Whether deposits and other samples count alike in the scores: `none` or `balanced`.
    pub class_weight: ClassWeight,
    /// Whether columns are brought to deviation 1 on the training side. Where `false`, distances are in
    /// the columns' own units.
    pub standardise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            size: None,
            epochs: 60,
            end_radius: 0.3,
            clusters: None,
            most_clusters: 12,
            starts: 10,
            prior_samples: 5.0,
            class_weight: ClassWeight::default(),
            standardise: true,
        }
    }
}

/// Where a row lies on the map.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Row of its best matching unit.
    pub row: usize,
    /// Column of its best matching unit.
    pub col: usize,
    /// Cluster of that unit, from 0.
    pub cluster: usize,
    /// Distance from that unit, in training deviations where columns are standardised.
    pub distance: f64,
}

/// A fitted self-organising map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    encoding: Encoding,
    size: [usize; 2],
    /// Row by row.
    units: Points,
    /// The cluster of each unit.
    cluster: Vec<usize>,
    /// The score of each cluster.
    scores: Vec<f64>,
    davies_bouldin: Option<f64>,
    background: Background,
}

checked_when_read!(Fitted);

impl Settings {
    fn check(&self) -> Result<()> {
        let range = |key: &str, found: usize, [low, high]: [usize; 2]| {
            if (low..=high).contains(&found) {
                return Ok(());
            }
            let key = format!("self_organising_map.{key}");
            Err(bad_setting(&key, found, &format!("{low} to {high}")))
        };
        let units = self.size.map_or(1, |[rows, cols]| rows.saturating_mul(cols));
        range("size", units, [1, MOST_UNITS])?;
        range("epochs", self.epochs, [1, 1000])?;
        range("clusters", self.clusters.unwrap_or(1), [1, MOST_CLUSTERS])?;
        range("most_clusters", self.most_clusters, [2, MOST_CLUSTERS])?;
        range("starts", self.starts, [1, 100])?;
        require_positive("self_organising_map.end_radius", self.end_radius)?;
        require_positive("self_organising_map.prior_samples", self.prior_samples)
    }
}

impl Fitted {
    /// Rows and columns of units.
    #[must_use]
    pub const fn size(&self) -> [usize; 2] {
        self.size
    }

    /// The cluster of each unit, row by row.
    #[must_use]
    pub fn clusters(&self) -> &[usize] {
        &self.cluster
    }

    /// The score of each cluster.
    #[must_use]
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }

    /// The Davies-Bouldin index of the clusters; `None` of one cluster.
    #[must_use]
    pub const fn davies_bouldin(&self) -> Option<f64> {
        self.davies_bouldin
    }

    /// Where each row lies on the map.
    ///
    /// # Errors
    /// [`crate::Error::OtherColumns`].
    pub fn places(&self, features: &Table) -> Result<Vec<Place>> {
        self.encoding.check(features)?;
        let blocks = self.encoding.blocks(features);
        let found = blocks.iter().map(|block| nearest(block, &self.units));
        let pairs = found.flat_map(|(best, squares)| best.into_iter().zip(squares));
        let place = |(unit, square): (u32, f32)| Place {
            row: unit as usize / self.size[1],
            col: unit as usize % self.size[1],
            cluster: self.cluster[unit as usize],
            distance: f64::from(square).sqrt(),
        };
        Ok(pairs.take(features.rows()).map(place).collect())
    }

    /// Mean distance of the rows from their units; NaN of no row.
    ///
    /// # Errors
    /// [`crate::Error::OtherColumns`].
    pub fn quantisation_error(&self, features: &Table) -> Result<f64> {
        let places = self.places(features)?;
        Ok(places.iter().map(|place| place.distance).sum::<f64>() / places.len() as f64)
    }

    fn check_saved(&self) -> std::result::Result<(), String> {
        let [rows, cols] = self.size;
        let units = rows.saturating_mul(cols);
        if units == 0 || units > MOST_UNITS || self.cluster.len() != units {
            let clusters = self.cluster.len();
            return Err(format!(
                "a map of {rows} x {cols} units with {clusters} clusters of units"
            ));
        }
        let count = self.scores.len();
        if let Some(cluster) = self.cluster.iter().find(|cluster| **cluster >= count) {
            return Err(format!("cluster {cluster} of {count}"));
        }
        self.units.check(&self.encoding, units)
    }

    /// The score of each cluster, by the deposits among its samples.
    fn score(&self, set: &TrainingSet, weight: &[f64], prior_samples: f64) -> Result<Vec<f64>> {
        let clusters = self.cluster.iter().max().map_or(0, |last| last + 1);
        let mut sums = vec![[0.0; 2]; clusters];
        for ((place, weight), deposit) in
            self.places(&set.features)?.iter().zip(weight).zip(&set.deposit)
        {
            sums[place.cluster][usize::from(*deposit)] += weight;
        }
        let [others, deposits] =
            [0, 1].map(|class| sums.iter().map(|sums: &[f64; 2]| sums[class]).sum::<f64>());
        let share = deposits / (others + deposits);
        let score = |[others, deposits]: [f64; 2]| {
            (deposits + prior_samples * share) / (others + deposits + prior_samples)
        };
        Ok(sums.into_iter().map(score).collect())
    }
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn space(&self) -> Space {
        Space::from([
            ("end_radius".into(), Scope::log(0.2, 2.0)),
            ("most_clusters".into(), Scope::even(4, 30)),
            ("prior_samples".into(), Scope::log(1.0, 50.0)),
        ])
    }

    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("self_organising_map", set)?;
        let encoding =
            Encoding::fit("self_organising_map", &set.features, &set.weight, self.standardise)?;
        let rows: Vec<usize> = (0..set.weight.len()).filter(|row| set.weight[*row] > 0.0).collect();
        let table = set.features.select(&rows);
        let weight: Vec<f64> = rows.iter().map(|row| f64::from(set.weight[*row])).collect();
        let (blocks, points) = (encoding.blocks(&table), Points::new(&encoding, &table));
        let samples = Samples { blocks: &blocks, points: &points, weight: &weight };
        let axes = Axes::of(&samples, encoding.width());
        let most = MOST_UNITS as f64;
        let usual = (5.0 * weight.iter().sum::<f64>().sqrt()).clamp(4.0, most / 2.0);
        let size = self.size.unwrap_or_else(|| axes.size(usual));
        let schedule = Schedule { epochs: self.epochs, end_radius: self.end_radius };
        let units = train::train(&samples, &axes, size, &schedule);
        let wide: Vec<Vec<f64>> =
            units.iter().map(|unit| unit.iter().copied().map(f64::from).collect()).collect();
        let (partition, davies_bouldin) =
            cluster::choose(&wide, self.clusters, self.most_clusters, self.starts, seed);
        let mut fitted = Fitted {
            encoding,
            size,
            units,
            cluster: partition.of,
            scores: Vec::new(),
            davies_bouldin,
            background: Background::default(),
        };
        fitted.scores = fitted.score(set, &self.class_weight.apply(set), self.prior_samples)?;
        fitted.background = Background::new(&|table| fitted.predict(table), set)?;
        Ok(FittedModel::SelfOrganisingMap(fitted))
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        self.encoding.check(features)?;
        let scores = self.encoding.map(features, |block| {
            let (best, _) = nearest(block, &self.units);
            best.map(|unit| self.scores[self.cluster[unit as usize]])
        });
        Ok(scores.into_iter().map(|score| score as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.background.explain(&|table| self.predict(table), "score", features)
    }
}
