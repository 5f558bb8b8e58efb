//! The report: `report.json` holds everything; the HTML page and the viewer only draw it.

mod bars;
mod build;
mod cards;
mod doubt;
mod explanation;
mod figures;
mod gain;
mod html;
pub mod learning;
mod limits;
pub mod number;
mod picture;
mod pretraining;
pub mod print;
#[cfg(test)]
pub(crate) mod sample;
mod search;
mod sheet;
pub(crate) mod template;
mod verdict;
mod weights;

use std::collections::BTreeMap;

use paydirt_core::metric::{Figure, NextFind};
use paydirt_core::split::SplitKind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use paydirt_core::leak::Finding;

use crate::doubt::summary::{DoubtLine, TargetDoubt};
use crate::judge::{Importance, Standing};
use crate::receipt::Receipt;

pub use build::{
    AREA_CLASSES_PERCENT, Finished, build, map_line, model_lines, model_table, split_words,
};
pub use html::html;
pub use paydirt_core::metric::ReliabilityBin;
pub use picture::{DoubtPictures, Keep, Miniature, Pictures, Values};
pub use pretraining::{FoldQuality, PretrainReport};
pub use search::{FoldChoice, SearchReport, SettingLine};

/// Name in the model table of the control that sees coordinates and no evidence.
pub const COORDINATES_ONLY: &str = "coordinates only";

/// Everything a run found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Version of Paydirt.
    pub paydirt_version: String,
    /// Name of the project.
    pub project: String,
    /// Seed of the run.
    pub seed: u64,
    /// Key of the model that drew the map.
    pub model: String,
    /// The model table: the chosen model, baselines and controls, each on its split.
    pub models: Vec<ModelLine>,
    /// What random splitting would have claimed.
    pub optimism_gap: Vec<OptimismGap>,
    /// What the metrics are.
    pub metrics: Vec<MetricLine>,
    /// Curves of the chosen model on held-out ground.
    pub curves: Curves,
    /// Ways in which the held-out figures may be too good, the severest first.
    #[serde(default)]
    pub leaks: Vec<Finding>,
    /// Fall of the held-out ROC AUC when a layer is shuffled, greatest first.
    pub importance: Vec<Importance>,
    /// Mean size of each layer's share in the map's score, greatest first.
    pub attribution: Vec<AttributionLine>,
    /// What was searched, where anything was.
    #[serde(default)]
    pub search: Option<SearchReport>,
    /// How well what was pretrained completes held-out ground, where anything was.
    #[serde(default)]
    pub pretraining: Option<PretrainReport>,
    /// What explanation found, by kind.
    #[serde(default)]
    pub explanation: crate::explain::Found,
    /// How the ground was held out.
    pub split: SplitLine,
    /// The area that had to be searched to reach a find made later, of a split by year of discovery: by the
    /// model of what was known before.
    #[serde(default)]
    pub next_find: Option<NextFind>,
    /// What was done to the training side before a model was fitted on it, in sentences, in the order in
    /// which it happens.
    #[serde(default)]
    pub training: Vec<String>,
    /// How scores became probabilities.
    pub calibration: CalibrationLine,
    /// The map in figures; none for a table of samples.
    pub map: Option<MapLine>,
    /// How sure the map is, by cause; none for a table of samples.
    #[serde(default)]
    pub doubt: Option<DoubtLine>,
    /// Ranked targets.
    pub targets: Vec<TargetLine>,
    /// Connected ground in the best share of area that became no target: smaller than
    /// `min_area_km2`.
    pub targets_too_small: usize,
    /// The same, ranked behind the last of `max_targets`.
    pub targets_left_out: usize,
    /// What was read.
    pub receipt: Receipt,
    /// Weights of evidence of each layer, where that is the model.
    pub weights_of_evidence: Vec<serde_json::Value>,
    /// Whether those layers are independent of each other given the deposits, in sentences.
    #[serde(default)]
    pub independence: Vec<String>,
    /// How to make this again.
    pub reproduce: Reproduce,
    /// Partial trouble, as it was told on the console.
    pub warnings: Vec<String>,
}

/// One line of the model table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ModelLine {
    /// Name of the model.
    pub name: String,
    /// Why it is in the table.
    pub role: Standing,
    /// Held-out ground, or the random control.
    pub split: SplitKind,
    /// Figures by metric, each with its 95 % interval.
    pub metrics: BTreeMap<String, Figure>,
}

/// The difference that random splitting would have made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OptimismGap {
    /// Name of the model.
    pub name: String,
    /// ROC AUC on held-out ground.
    pub spatial_auc: f64,
    /// ROC AUC under the random control.
    pub random_auc: f64,
    /// Random minus spatial.
    pub gap: f64,
}

/// What a metric is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MetricLine {
    /// Key in `models[].metrics`.
    pub key: String,
    /// Name.
    pub name: String,
    /// `higher` or `lower` is better.
    pub direction: String,
    /// Unit.
    pub unit: String,
    /// Source.
    pub citation: String,
}

/// Curves as lists of `[horizontal, vertical]`, all shares from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curves {
    /// False-positive rate against true-positive rate, held-out.
    pub roc: Vec<[f64; 2]>,
    /// Recall against precision, held-out.
    pub precision_recall: Vec<[f64; 2]>,
    /// Share of area against share of the training deposits captured by the final map.
    pub success_rate: Vec<[f64; 2]>,
    /// Share of area against share of the held-out deposits captured by the model that never saw
    /// them.
    pub prediction_rate: Vec<[f64; 2]>,
    /// The reliability diagram.
    pub reliability: Vec<ReliabilityBin>,
}

/// Mean size of a layer's share in the map's score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttributionLine {
    /// The layer.
    pub layer: String,
    /// Mean of the absolute shares over the map.
    pub mean_size: f64,
}

/// How the ground was held out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SplitLine {
    /// Key and settings of the split.
    pub settings: serde_json::Value,
    /// What deposits are told from, in words: how the samples were drawn.
    pub against: String,
    /// Folds in each repeat.
    pub folds: usize,
    /// Repeats.
    pub repeats: usize,
    /// SHA-256 of each repeat's split.
    pub hashes: Vec<String>,
    /// Samples in each repeat.
    pub samples: usize,
    /// Deposits in each repeat.
    pub deposits: usize,
    /// Figures of the first repeat's split, in words, such as how well its distances match the map's.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// How scores became probabilities.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalibrationLine {
    /// Key of the calibration.
    pub method: String,
    /// Prior probability of a unit cell: the share of cells with a known deposit.
    pub prior: f64,
}

/// The map in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapLine {
    /// Cells with a value.
    pub cells: usize,
    /// Area of those in km2.
    pub area_km2: f64,
    /// Area of one cell in km2.
    pub cell_area_km2: f64,
    /// Sum of the probabilities. Near the number of known deposits by construction: it says nothing
    /// of how many are left to find.
    pub probability_sum: f64,
    /// Classes by share of area, best first.
    pub classes: Vec<MapClass>,
    /// Unit of the attribution rasters.
    pub attribution_unit: String,
    /// Score before any evidence was seen, to which a cell's attributions add.
    pub attribution_base: f64,
}

/// A class of the map by share of area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MapClass {
    /// The best so many per cent of the area.
    pub top_percent: f64,
    /// Least probability in it.
    pub at_least: f64,
    /// Share of the known deposits in it (success rate); none where no deposits were given.
    pub known_deposits: Option<f64>,
}

/// One target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetLine {
    /// Rank, 1 the best.
    pub rank: usize,
    /// Easting of the best cell.
    pub easting: f64,
    /// Northing of the best cell.
    pub northing: f64,
    /// Area in km2.
    pub area_km2: f64,
    /// Mean probability.
    pub mean_score: f64,
    /// Greatest probability.
    pub max_score: f64,
    /// Share of the area scored lower than the best cell, in per cent.
    pub percentile: f64,
    /// Mean spread.
    pub mean_spread: f64,
    /// Known deposits inside.
    pub known_deposits: usize,
    /// Names of those.
    pub deposit_names: Vec<String>,
    /// Distance to the nearest known deposit in metres; 0 where one is inside.
    pub distance_to_deposit_m: Option<f64>,
    /// The three layers with the greatest mean share, signed.
    pub drivers: Vec<Driver>,
    /// How sure its score is.
    #[serde(default)]
    pub doubt: TargetDoubt,
}

/// A layer's share in a target's score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Driver {
    /// The layer.
    pub layer: String,
    /// Its mean share, signed.
    pub share: f64,
}

/// How to make this again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reproduce {
    /// The command.
    pub command: String,
    /// SHA-256 of the resolved project file.
    pub project_sha256: String,
    /// GDAL's version.
    pub gdal_version: String,
}

/// The JSON schema of `report.json`.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Report).into()
}
