//! The project file: TOML, in the order in which a run reads it.
//!
//! Choices are tables named by the choice (`[model.forest]`), unknown keys are errors, every
//! number's key carries its unit, and paths are relative to the file.

use std::path::{Path, PathBuf};

use paydirt_core::calibrate::Calibration;
use paydirt_core::label::Role;
use paydirt_core::layer::EvidenceType;
use paydirt_core::sample::Sampling;
use paydirt_core::split::Split;
use paydirt_core::step::AnyStep;
use paydirt_core::target;
use paydirt_io::raster::Resample;
use paydirt_model::Model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

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
    /// A table of samples with their features, instead of grid, evidence and labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableSettings>,
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
    /// How ground is held out: `[split.blocks]` or `[split.leave_one_group_out]`.
    #[serde(default = "default_split")]
    pub split: Split,
    /// The model: `[model.forest]`, `[model.logistic]` or `[model.weights_of_evidence]`.
    #[serde(default = "default_model")]
    pub model: Model,
    /// How scores become probabilities: `[calibration.platt]` or `[calibration.isotonic]`.
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
    /// A raster whose grid is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub like: Option<PathBuf>,
    /// Coordinate reference system, such as `EPSG:3067`, where there is no `like`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// Size of a square cell in units of the coordinate reference system (metres), where there is no
    /// `like`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell_m: Option<f64>,
    /// Western, southern, eastern and northern edge, where there is no `like`.
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
    /// Raster or vector file.
    pub path: PathBuf,
    /// Band of a raster, counted from 1.
    #[serde(default = "one")]
    pub band: usize,
    /// Layer of a vector file that holds several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// Attribute of a vector file whose values `rasterise` burns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
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
    /// How it is brought onto the grid; chosen by `type` unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resample: Option<Resample>,
    /// Steps, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<AnyStep>,
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

const fn default_seed() -> u64 {
    1
}

const fn one() -> usize {
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

/// A project, and the folder that its paths are relative to.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The project.
    pub project: Project,
    /// Folder of the project file.
    pub folder: PathBuf,
}

impl Opened {
    /// Where a path of the project file points.
    #[must_use]
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

/// Reads a project file, with `--set key=value` changes applied on top.
///
/// # Errors
/// [`Error::File`] if it cannot be read, [`Error::ProjectFile`] with the line if it does not parse,
/// [`Error::Project`] for what contradicts itself.
pub fn open(path: &Path, changes: &[String]) -> Result<Opened> {
    let text = fs_err::read_to_string(path).map_err(Error::Io)?;
    let text = if changes.is_empty() { text } else { changed(&text, changes)? };
    let project: Project = toml::from_str(&text)
        .map_err(|source| Error::ProjectFile { path: path.into(), source: Box::new(source) })?;
    project.validate()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok(Opened { project, folder: folder.unwrap_or_else(|| Path::new(".")).into() })
}

/// Applies `key=value` changes to the text of a project file; `evidence.0.unit=ppm` reaches into
/// lists, and a value that is not TOML is taken as text.
fn changed(text: &str, changes: &[String]) -> Result<String> {
    let mut document: toml_edit::DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| Error::Set {
            change: changes.join(" "),
            reason: error.to_string(),
        })?;
    for change in changes {
        let wrong = |reason: &str| Error::Set { change: change.clone(), reason: reason.into() };
        let (key, value) = change.split_once('=').ok_or_else(|| wrong("there is no `=`"))?;
        let value: toml_edit::Value =
            value.trim().parse().unwrap_or_else(|_| toml_edit::Value::from(value.trim()));
        let mut item = document.as_item_mut();
        let keys: Vec<&str> = key.trim().split('.').collect();
        let (last, path) = keys.split_last().ok_or_else(|| wrong("there is no key"))?;
        for part in path {
            item = descend(item, part).ok_or_else(|| wrong(&format!("there is no `{part}`")))?;
        }
        let slot = descend(item, last).ok_or_else(|| wrong(&format!("there is no `{last}`")))?;
        *slot = toml_edit::Item::Value(value);
    }
    Ok(document.to_string())
}

fn descend<'a>(item: &'a mut toml_edit::Item, part: &str) -> Option<&'a mut toml_edit::Item> {
    if let Ok(index) = part.parse::<usize>() {
        return item.get_mut(index);
    }
    let table = item.as_table_like_mut()?;
    if !table.contains_key(part) {
        table.insert(part, toml_edit::table());
    }
    table.get_mut(part)
}

impl Project {
    /// Refuses what parses but contradicts itself.
    ///
    /// # Errors
    /// [`Error::Project`] with the remedy.
    pub fn validate(&self) -> Result<()> {
        let wrong = |reason: String, hint: &str| Err(Error::Project { reason, hint: hint.into() });
        if self.name.is_empty()
            || self.name.contains(['/', '\\', '\0'])
            || self.name.starts_with('.')
        {
            return wrong(
                format!("the project's name is `{}`, which is no file name", self.name),
                "use letters, digits, `-` and `_`",
            );
        }
        if self.table.is_some() == self.grid.is_some() {
            return wrong(
                "a project has either a [grid] with [[evidence]] and [labels], or a [table]".into(),
                "`paydirt init FOLDER` writes a project file that runs",
            );
        }
        if self.grid.is_some() && (self.labels.is_none() || self.evidence.is_empty()) {
            return wrong(
                "a project with a [grid] needs [labels] and at least one [[evidence]]".into(),
                "`paydirt init FOLDER` writes a project file that runs",
            );
        }
        if self.uncertainty.ensemble.members == 0 {
            return wrong("`uncertainty.ensemble.members` is 0".into(), "use 1 or more");
        }
        let mut names: Vec<&str> = self.names();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(paydirt_core::Error::DuplicateName { name: pair[0].into() }.into());
        }
        Ok(())
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
