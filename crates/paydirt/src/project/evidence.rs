//! What the project file says of evidence: layers and tables of assays.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use paydirt_core::layer::EvidenceType;
use paydirt_core::step::AnyStep;
use paydirt_io::raster::Resample;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub from: BTreeMap<String, String>,
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

impl Evidence {
    /// Makes its paths absolute, which stand in a project file in some folder.
    pub(crate) fn make_absolute(&mut self, folder: &Path) {
        [&mut self.path, &mut self.within, &mut self.legend]
            .into_iter()
            .flatten()
            .for_each(|path| super::whole(folder, path));
    }
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

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_yes(yes: &bool) -> bool {
    *yes
}
