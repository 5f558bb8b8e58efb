//! The project file: TOML, in the order in which a run reads it.
//!
//! Choices are tables named by the choice (`[model.forest]`), unknown keys are errors, every
//! number's key carries its unit, and paths are relative to the file.

mod open;
mod validate;

use std::collections::BTreeMap;
use std::path::PathBuf;

use paydirt_core::calibrate::Calibration;
use paydirt_core::label::Role;
use paydirt_core::layer::EvidenceType;
use paydirt_core::leak;
use paydirt_core::sample::Sampling;
use paydirt_core::split::Split;
use paydirt_core::step::AnyStep;
use paydirt_core::target;
use paydirt_io::raster::Resample;
use paydirt_model::Model;
use paydirt_model::select::Select;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use open::{Opened, open};

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
    /// How columns are chosen by the labels, if they are: `[select.boruta]` or `[select.relevance]`.
    /// Inside each fold, on its training side alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Select>,
    /// The model, such as `[model.forest]`, `[model.logistic]` or `[model.svm]`.
    #[serde(default = "default_model")]
    pub model: Model,
    /// From which figures on the report speaks of a leak.
    #[serde(default)]
    pub leaks: leak::Settings,
    /// How scores become probabilities: `[calibration.platt]`, `[calibration.isotonic]` or
    /// `[calibration.venn_abers]`.
    #[serde(default = "default_calibration")]
    pub calibration: Calibration,
    /// How uncertainty is measured.
    #[serde(default)]
    pub uncertainty: Uncertainty,
    /// How the map is explained.
    #[serde(default)]
    pub explain: Explain,
    /// How targets are drawn from the map.
    #[serde(default)]
    pub target: target::Settings,
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

/// One evidence layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Name, unique in the project.
    pub name: String,
    /// Raster or vector file; without it, the layer is made from others by `formula` or `index`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Formula over the bands `b1`, `b2`, ... of `path`, or over layers that stand before this one, by
    /// name: `(b4 + b6) / b5`, `thorium / potassium`. Division by zero and the like are missing, and
    /// counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// A published index instead of a formula, such as `aster.iron_oxide` or `radiometric.th_k`;
    /// `paydirt indices` lists them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// What the names in `index` or `formula` stand for, where they are not the layers' own: bands as
    /// `b3`, or layers by name.
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub from: std::collections::BTreeMap<String, String>,
    /// A condition under which a cell keeps its value, such as `ndvi < 0.4` over layers that stand
    /// before this one, or `value > 0`; elsewhere it is missing: clouds, plants, water.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_where: Option<String>,
    /// Whether the model sees the layer; one that only others are made from is not modelled.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub modelled: bool,
    /// Band of a raster, counted from 1; the first without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub band: Option<usize>,
    /// Layer of a vector file that holds several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Attribute of a vector file whose values steps use: `rasterise` burns them, `density` weighs by
    /// them, `contacts` tells classes apart by them. Text makes classes, where `type` is
    /// `categorical`: the different texts in order get the codes 1, 2, ..., which the model keeps, so
    /// that `predict` gives the same text the same code and takes a text that it never met for
    /// missing. Texts that are all numbers are the codes themselves. A range, such as the ages `MINAGE`
    /// and `MAXAGE`, is two layers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// Table of what the values of `attribute` mean, with a column `value` and a column `class` (groups
    /// of rocks) or `score` (favourability of host rocks, age in Ma). A categorical layer takes the
    /// class, any other the score. A value that the table does not have is missing, with a warning; one
    /// whose class or score is empty is missing by intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legend: Option<PathBuf>,
    /// Codes of classes by their text, where they are to be others than 1, 2, ... in order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub codes: BTreeMap<String, u32>,
    /// Which features of a vector file take part; all without it.
    #[serde(rename = "where", default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Where>,
    /// What kind of number it holds; categories are never averaged.
    #[serde(rename = "type", default)]
    pub evidence_type: EvidenceType,
    /// Unit of the values, such as `ppm` or `m`.
    #[serde(default)]
    pub unit: String,
    /// Where the data come from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Coordinate reference system to assume where the file names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// Values that mean *no data* beside those that the file declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nodata: Vec<f64>,
    /// Polygons outside of which every cell of a raster file is missing: for one that was cut out and
    /// padded with a value that also occurs inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<PathBuf>,
    /// How it is brought onto the grid; chosen by `type` unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resample: Option<Resample>,
    /// Steps, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<AnyStep>,
}

/// A laboratory's table: cleaned, then gridded into one layer an element, called `NAME_ELEMENT`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssayLayers {
    /// Name, unique in the project.
    pub name: String,
    /// CSV with coordinates, or a vector file of points.
    pub path: PathBuf,
    /// Layer of a file that holds several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Column of the easting or longitude, in a CSV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub easting: Option<String>,
    /// Column of the northing or latitude, in a CSV.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub northing: Option<String>,
    /// Coordinate reference system of a CSV, or of a file that names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// Where the data come from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// How the table is read and cleaned.
    #[serde(default)]
    pub clean: paydirt_core::assay::Settings,
    /// Elements that become layers, such as `["Cu", "Th"]`; all that the cleaning leaves without it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<String>,
    /// Steps over all elements of a sample before they are gridded, such as `clr`: only such as learn
    /// nothing from other samples. `elements` then names what comes out of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before_gridding: Vec<AnyStep>,
    /// Steps of each layer: first one that grids points, such as `{ inverse_distance = {} }`.
    pub steps: Vec<AnyStep>,
}

/// Which features take part: `where = { attribute = "TYPE", is = ["thrust", "normal"] }`. What is
/// said must all hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Where {
    /// The attribute that decides, by `is`, `min` or `max`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// Values, of which it must be one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub is: Vec<Named>,
    /// Least number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// Greatest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    /// Strike of lines, from one azimuth to another, in degrees east of grid north, 0 to 180; `[160, 20]`
    /// goes by way of north. Each straight segment counts for itself: of a line that turns, those
    /// that strike so take part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strike_degrees: Option<[f64; 2]>,
}

/// A value of an attribute: a number or text; 1, 1.0 and "01" are one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Named {
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
}

/// Known deposits and other labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Labels {
    /// Vector file or CSV with coordinates.
    pub path: PathBuf,
    /// Layer of a file that holds several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
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
    /// Column of the easting, where the table has coordinates.
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

/// How uncertainty is measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Uncertainty {
    /// Repeated draws of the unlabelled and other seeds of the model.
    pub ensemble: EnsembleSettings,
}

/// Repeated draws and seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EnsembleSettings {
    /// Members: each is fitted on its own draw of the unlabelled with its own seed.
    pub members: usize,
}

impl Default for EnsembleSettings {
    fn default() -> Self {
        Self { members: 5 }
    }
}

/// How the map is explained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Explain {
    /// Signed share of each evidence layer in each cell: exact `TreeSHAP` for the forest, linear SHAP
    /// for logistic regression, the weights themselves for weights of evidence.
    pub shap: Shap,
    /// How much the held-out AUC falls when a layer is shuffled.
    pub permutation: Permutation,
}

/// Attribution by SHAP values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shap {
    /// Whether to draw one attribution raster a layer; without it only targets are explained.
    pub rasters: bool,
}

impl Default for Shap {
    fn default() -> Self {
        Self { rasters: true }
    }
}

/// Permutation importance on held-out folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Permutation {
    /// Times each layer is shuffled in each fold; 0 for none.
    pub shuffles: usize,
}

impl Default for Permutation {
    fn default() -> Self {
        Self { shuffles: 3 }
    }
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_yes(yes: &bool) -> bool {
    *yes
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
