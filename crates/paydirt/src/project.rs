//! The project file: TOML, in the order in which a run reads it.
//!
//! Choices are tables named by the choice (`[model.forest]`), unknown keys are errors, every
//! number's key carries its unit, and paths are relative to the file.

mod evidence;
mod networks;
mod open;
mod uncertainty;
mod validate;

use std::path::PathBuf;

use paydirt_core::calibrate::Calibration;
use paydirt_core::label::Role;
use paydirt_core::layer::EvidenceType;
use paydirt_core::leak;
use paydirt_core::sample::Sampling;
use paydirt_core::search::Search;
use paydirt_core::split::Split;
use paydirt_core::step::AnyStep;
use paydirt_core::target;
use paydirt_core::thinning;
use paydirt_model::Model;
use paydirt_model::balance::Balance;
use paydirt_model::pretrain::Pretrain;
use paydirt_model::select::Select;
use paydirt_model::unlabelled::Unlabelled;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::read::Query;
use crate::scale::Scale;

pub use evidence::{AssayLayers, Evidence, Named, Where};
pub(crate) use open::parse;
pub(crate) use open::whole;
pub use open::{Opened, open, open_made};
pub use uncertainty::{
    ApplicabilitySettings, ConformalSettings, DropoutSettings, EnsembleSettings,
    ImputationSettings, RefitSettings, RiskSettings, Uncertainty, Way, Workflow,
};
pub(crate) use validate::check_layers;

/// A Paydirt project: evidence, labels, and how they are judged and drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Project {
    /// Name of the project; the run folder is called `NAME.run` unless told otherwise.
    pub name: String,
    /// Seed of everything drawn at random: the same project and seed give the same map.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// The one grid onto which all evidence is brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grid: Option<GridSettings>,
    /// Evidence layers, one `[[evidence]]` table each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// Tables of assays, each of which gives a layer an element, one `[[assays]]` table each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assays: Vec<AssayLayers>,
    /// A table of samples with their features, instead of grid, evidence and labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableSettings>,
    /// Steps over the columns of some layers together, one `[[group]]` table each.
    #[serde(default, rename = "group", skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupSettings>,
    /// Steps over all columns together, such as `pca` or `spearman`.
    #[serde(default, skip_serializing_if = "Features::is_empty")]
    pub features: Features,
    /// Known deposits, and verified barren places where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
    /// What stands against the deposits: `[sample.distant_unlabelled]`, `[sample.all_unlabelled]` or
    /// `[sample.given_negatives]`.
    #[serde(default = "default_sample")]
    pub sample: Sampling,
    /// How ground is held out: `[split.blocks]`, `[split.provinces]`, `[split.clusters]`,
    /// `[split.nearest_distance]`, `[split.leave_one_group_out]`, `[split.leave_one_deposit_out]`,
    /// `[split.leave_pair_out]` or `[split.discovery]`.
    #[serde(default = "default_split")]
    pub split: Split,
    /// Leaves out, on the training side, deposits that lie close to another, if it is given. The first of
    /// what is done to the training side of each fold; `select`, `unlabelled` and `balance` follow, in
    /// this order, and nothing of them sees what is held out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinning: Option<thinning::Settings>,
    /// How columns are chosen by the labels, if they are: `[select.boruta]` or `[select.relevance]`.
    /// Inside each fold, on its training side alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Select>,
    /// More models for the table of the report and of `paydirt compare`, with their settings, one
    /// `[[contestants]]` table each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contestants: Vec<OtherModel>,
    /// How the model learns from unlabelled samples, some of which may be deposits that nobody has found:
    /// `[unlabelled.bagging]`, `[unlabelled.spy]` or `[unlabelled.distance_rank]`. Without it, they are
    /// taken for barren. `loss` of `[model.boosting]` and `[model.logistic]` is another way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlabelled: Option<Unlabelled>,
    /// How the classes are evened out by made samples: `[balance.smote]` or `[balance.smote_tomek]`. A
    /// model's `class_weight = "balanced"` evens them out without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
    /// The model, such as `[model.forest]`, `[model.logistic]` or `[model.svm]`.
    #[serde(default = "default_model")]
    pub model: Model,
    /// What a network learns from the ground, without a label, before it sees a deposit:
    /// `[pretrain.masked_autoencoder]` for `[model.vit]`; `[pretrain.autoencoder]` or `[pretrain.geology]`
    /// for `[model.mlp]`. In each fold on the ground that may train alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pretrain: Option<Pretrain>,
    /// How settings of the model are searched, if they are: `[search.tpe]`, `[search.random]` or
    /// `[search.grid]`. Inside each fold, on its training side alone; then over all ground for the map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub search: Option<Search>,
    /// From which figures on the report speaks of a leak.
    #[serde(default)]
    pub leaks: leak::Settings,
    /// How scores become probabilities: `[calibration.platt]`, `[calibration.isotonic]`,
    /// `[calibration.temperature]` or `[calibration.venn_abers]`.
    #[serde(default = "default_calibration")]
    pub calibration: Calibration,
    /// How uncertainty is measured.
    #[serde(default)]
    pub uncertainty: Uncertainty,
    /// How the map is explained.
    #[serde(default)]
    pub explain: crate::explain::Settings,
    /// How targets are drawn from the map.
    #[serde(default)]
    pub target: target::Settings,
    /// What the run folder holds besides maps, targets and report.
    #[serde(default)]
    pub output: OutputSettings,
    /// Where the work is done, if not in one process alone: `[scale.ballista]`. It changes no result and stands
    /// in none.
    #[serde(default, skip_serializing)]
    pub scale: Option<Scale>,
}

/// What the run folder holds besides maps, targets and report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutputSettings {
    /// Whether each layer of evidence is written as it was used, on the project grid, so that whoever is
    /// given the folder can look at it.
    pub evidence: bool,
    /// Whether the report is also set on pages, as `report.pdf`.
    pub pdf: bool,
    /// Whether every cell of the map is also written as a row of `cells.csv`.
    pub cells: bool,
    /// Identifier of the critical mineral assessment (CMA) that the maps are for: with it, what the
    /// CriticalMAAS data repository asks of an output layer is written beside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cma_id: Option<String>,
}

impl Default for OutputSettings {
    fn default() -> Self {
        Self { evidence: true, pdf: true, cells: false, cma_id: None }
    }
}

/// The grid of the project: `like` a raster, or from its numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GridSettings {
    /// A raster whose grid is taken; `crs` may then say what it is in, where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<PathBuf>,
    /// Coordinate reference system, such as `EPSG:3067`, where no raster says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// Size of a square cell in metres, where there is no `like`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_m: Option<f64>,
    /// Western, southern, eastern and northern edge in units of `crs`, where there is no `like`.
    /// Without it, those of the polygons of `study_area`, out to the next multiple of `cell_m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<[f64; 4]>,
    /// The study area: a raster (its known cells that are not 0) or polygons. The whole grid without
    /// it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub study_area: Option<PathBuf>,
}

/// A model that is judged beside the chosen one, on the same folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherModel {
    /// Name in the table.
    pub name: String,
    /// The model and its settings, as in `model.svm = { c = 10 }`.
    pub model: Model,
    /// How it learns from unlabelled samples: they are barren to it without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlabelled: Option<Unlabelled>,
    /// How its classes are evened out by made samples, as in `balance.smote = {}`: not at all without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
}

impl OtherModel {
    /// What it does to the training side, where it does anything.
    #[must_use]
    pub fn changes(&self) -> Option<Workflow> {
        let (unlabelled, balance) = (self.unlabelled.clone(), self.balance.clone());
        let changes = Workflow { unlabelled, balance, ..Workflow::default() };
        (changes != Workflow::default()).then_some(changes)
    }
}

/// Known deposits and other labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Labels {
    /// Vector file, CSV with coordinates, or raster whose known cells that are not 0 are deposits: those
    /// that touch are one group.
    pub path: PathBuf,
    /// Layer of a file that holds several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// A query whose rows are the labels, where the file is a table (CSV or Parquet): `[labels.query]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<Query>,
    /// Column of the easting or longitude, in a CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub easting: Option<String>,
    /// Column of the northing or latitude, in a CSV.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub northing: Option<String>,
    /// Coordinate reference system of a CSV, or of a file that names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// Column of the role; every row is a deposit without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What the values of the role column mean; `deposit`, `negative` and `unlabelled` are
    /// understood without it, and so are 1, 0 and -1... only when listed here.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub roles: std::collections::BTreeMap<String, Role>,
    /// Column of the weight of each row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// Column of the site or district: rows of one group are never parted by a split.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Column of the year of discovery: a number such as 1987, or a date that begins with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<String>,
    /// Column of the name shown in the report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A table of samples with their features: judged and modelled, but not mapped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableSettings {
    /// CSV or Parquet file.
    pub path: PathBuf,
    /// Column of the easting, where the table has coordinates. A sample at 0, 0 has no place and does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub easting: Option<String>,
    /// Column of the northing, where the table has coordinates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub northing: Option<String>,
    /// Column of the role.
    pub role: String,
    /// What the values of the role column mean.
    #[serde(default)]
    pub roles: std::collections::BTreeMap<String, Role>,
    /// Column of the weight of each row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// Column of the site or district.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Column of the year of discovery: a number such as 1987, or a date that begins with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<String>,
    /// Leaves out rows of the same role whose evidence is that of a row before them: two occurrences in
    /// one pixel are one sample, and must not be parted by a split.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drop_duplicates: bool,
    /// CSV or Parquet file with the same columns of evidence, whose rows stand for the map: held-out
    /// deposits are ranked against them, and steps are fitted on them. They have no role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<PathBuf>,
    /// Columns that are evidence.
    pub columns: Vec<TableColumn>,
}

/// A column of a table that is evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableColumn {
    /// Name of the column.
    pub name: String,
    /// What kind of number it holds.
    #[serde(rename = "type", default)]
    pub evidence_type: EvidenceType,
    /// Unit of the values.
    #[serde(default)]
    pub unit: String,
    /// Steps, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<AnyStep>,
}

/// Layers that are treated together: the bands of one image, the elements of one assay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupSettings {
    /// Name of the group.
    pub name: String,
    /// Names of its layers; `*` stands for any letters, as in `aster_*`.
    pub layers: Vec<String>,
    /// Steps, in order. They follow the layers' own.
    pub steps: Vec<AnyStep>,
}

/// Steps over all columns together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Features {
    /// Steps, in order.
    pub steps: Vec<AnyStep>,
}

impl Features {
    fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

const fn default_seed() -> u64 {
    1
}

fn default_sample() -> Sampling {
    Sampling::DistantUnlabelled(Default::default())
}

fn default_split() -> Split {
    Split::Blocks(Default::default())
}

fn default_model() -> Model {
    Model::Forest(Default::default())
}

fn default_calibration() -> Calibration {
    Calibration::Platt(Default::default())
}

impl Project {
    /// How many layers the evidence has, at most: a table of assays of which all elements are taken
    /// counts as 30.
    #[must_use]
    pub fn layer_count(&self) -> usize {
        let elements = |assays: &AssayLayers| match assays.elements.len() {
            0 => 30,
            named => named,
        };
        self.evidence.len() + self.assays.iter().map(elements).sum::<usize>()
    }

    /// The names of the evidence, in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        match &self.table {
            Some(table) => table.columns.iter().map(|column| column.name.as_str()).collect(),
            None => self.evidence.iter().map(|evidence| evidence.name.as_str()).collect(),
        }
    }
}

/// The JSON schema of the project file.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Project).into()
}
