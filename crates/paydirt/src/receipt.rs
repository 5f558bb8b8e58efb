//! The data receipt: what was read, how, what was excluded and why.

use std::collections::BTreeMap;

use paydirt_core::layer::EvidenceType;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a run read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// The project grid; none for a table of samples.
    pub grid: Option<GridReceipt>,
    /// Each evidence layer, in the project's order.
    pub layers: Vec<LayerReceipt>,
    /// Each table of assays.
    #[serde(default)]
    pub assays: Vec<AssayReceipt>,
    /// Pairs of layers whose rank correlation is 0.5 or more in size, the closest first, over 5,000
    /// cells drawn evenly.
    #[serde(default)]
    pub correlations: Vec<Correlation>,
    /// The labels.
    pub labels: LabelReceipt,
    /// Partial trouble, as it was told on the console.
    pub warnings: Vec<String>,
}

impl Receipt {
    /// What was found in each layer's file: its name, digest, system, rule for *no data*, known cells and range.
    /// The same under whatever path the project was opened.
    pub(crate) fn found(&self) -> impl Serialize {
        let found = |line: &'_ LayerReceipt| {
            let LayerReceipt { name, sha256, crs, nodata_rule, .. } = line.clone();
            (name, sha256, crs, nodata_rule, line.known_cells, [line.min, line.max])
        };
        self.layers.iter().map(found).collect::<Vec<_>>()
    }

    /// The codes of classes by their text, of each layer that was made of texts.
    #[must_use]
    pub fn codes(&self) -> BTreeMap<String, BTreeMap<String, u32>> {
        let coded = self.layers.iter().filter(|layer| !layer.legend.is_empty());
        let codes = |layer: &LayerReceipt| {
            layer.legend.iter().map(|(code, text)| (text.clone(), *code)).collect()
        };
        coded.map(|layer| (layer.name.clone(), codes(layer))).collect()
    }
}

/// The project grid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GridReceipt {
    /// Size and cells in words.
    pub text: String,
    /// Coordinate reference system: authority code, or well-known text.
    pub crs: String,
    /// Rows, counted from the north.
    pub rows: usize,
    /// Columns, counted from the west.
    pub cols: usize,
    /// Western, southern, eastern and northern edge.
    pub region: [f64; 4],
    /// Cells in the study area.
    pub study_area_cells: usize,
    /// Size of the study area in km2.
    pub study_area_km2: f64,
    /// Cells of the study area in which all evidence is known, once the steps have filled what they
    /// fill.
    pub complete_cells: usize,
}

/// One evidence layer as it was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayerReceipt {
    /// Name in the project.
    pub name: String,
    /// File.
    pub path: String,
    /// SHA-256 of the file (of all files of an Esri grid folder, in the order of their names).
    pub sha256: String,
    /// What kind of number it holds.
    #[serde(rename = "type")]
    pub evidence_type: EvidenceType,
    /// Unit of the values.
    pub unit: String,
    /// Where the data come from.
    pub source: String,
    /// Coordinate reference system as read from the file, or as assumed.
    pub crs: String,
    /// Grid of the file in words; the number of features of a vector file.
    pub grid: String,
    /// How it was brought onto the project grid.
    pub resampling: String,
    /// What was taken for *no data*.
    pub nodata_rule: String,
    /// Cells of the grid inside the file that are missing by that rule.
    #[serde(default)]
    pub nodata_cells: usize,
    /// Cells of the study area with a value.
    pub known_cells: usize,
    /// Cells of the study area without one.
    pub missing_cells: usize,
    /// Least known value.
    pub min: Option<f64>,
    /// Greatest known value.
    pub max: Option<f64>,
    /// Mean of the known values.
    pub mean: Option<f64>,
    /// Values far from the middle; none where the layer has no scale or is not continuous.
    #[serde(default)]
    pub outliers: Option<Outliers>,
    /// Steps, in order, by their keys.
    pub steps: Vec<String>,
    /// What its steps found on the way: fitted numbers and their errors.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Code and text of each class, where the layer was made of texts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legend: Vec<(u32, String)>,
    /// SHA-256 of the table that says what the values of its attribute mean.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub legend_sha256: String,
    /// Partial trouble with this file.
    pub warnings: Vec<String>,
}

/// A table of assays as it was read and cleaned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssayReceipt {
    /// Name in the project.
    pub name: String,
    /// File.
    pub path: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Coordinate reference system as read from the file, or as assumed.
    pub crs: String,
    /// What was found and done.
    pub cleaned: paydirt_core::assay::Receipt,
}

/// Values more than five scaled median deviations from the median, over 5,000 cells drawn evenly.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outliers {
    /// Values below this are outliers,
    pub below: f64,
    /// and those above this.
    pub above: f64,
    /// Share of the known cells that are, in percent.
    pub percent: f64,
}

/// How far two layers rank cells alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Correlation {
    /// A layer,
    pub layer: String,
    /// and another.
    pub with: String,
    /// Their rank correlation, -1 to 1 (Spearman 1904, doi:10.2307/1412159).
    pub rho: f64,
}

/// The labels as they were read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LabelReceipt {
    /// File.
    pub path: String,
    /// SHA-256 of the file; of the rows that `[labels.query]` gave, where there is one.
    pub sha256: String,
    /// Coordinate reference system as read from the file, or as assumed.
    pub crs: String,
    /// Rows read.
    pub rows: usize,
    /// Deposits that count: one a cell, in the study area, with all evidence known.
    pub deposits: usize,
    /// Verified barren places that count.
    pub negatives: usize,
    /// Rows given as unlabelled.
    pub unlabelled: usize,
    /// Rows that do not count, each with the reason.
    pub excluded: Vec<Excluded>,
}

/// A row of the labels that does not count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Excluded {
    /// Name or number of the row.
    pub row: String,
    /// Why it does not count.
    pub reason: String,
}

/// The JSON schema of `receipt.json`.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Receipt).into()
}
