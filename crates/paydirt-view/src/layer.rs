//! The maps of a folder as layers of the page: their names, groups and colours.

use std::path::Path;
use std::sync::Arc;

use paydirt_io::raster::{Pyramid, Window};
use serde::Serialize;

use crate::error::Result;
use crate::legend::{Legend, Ramp};
use crate::species;

/// What a layer tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// How likely a deposit is.
    Prospectivity,
    /// How likely a record of a species is, where it was hidden.
    Infilling,
    /// How unsure that is, and by what cause.
    Uncertainty,
    /// Where the model may speak.
    Applicability,
    /// What it was told.
    Evidence,
    /// What each layer of evidence adds to the score.
    Attribution,
    /// What is recorded of a species.
    Records,
    /// Anything else.
    Other,
}

impl Group {
    /// All of them, in their order.
    pub const ALL: [Self; 8] = [
        Self::Prospectivity,
        Self::Infilling,
        Self::Uncertainty,
        Self::Applicability,
        Self::Evidence,
        Self::Attribution,
        Self::Records,
        Self::Other,
    ];

    /// What people call it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Prospectivity => "Prospectivity",
            Self::Infilling => "Where the record may be short",
            Self::Uncertainty => "Uncertainty by cause",
            Self::Applicability => "Where the model may speak",
            Self::Evidence => "Evidence",
            Self::Attribution => "What each layer adds to the score",
            Self::Records => "What is recorded",
            Self::Other => "Other",
        }
    }
}

/// One band of a raster, with its name and its colours.
#[derive(Debug)]
pub struct Layer {
    /// What addresses call it.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What it tells of.
    pub group: Group,
    /// Unit of its values; may be empty.
    pub unit: String,
    /// The species of which it tells, in an infilling.
    pub species: Option<String>,
    /// The raster.
    pub raster: Arc<Pyramid>,
    /// The band, counted from 0.
    pub band: usize,
    /// Its colours.
    pub legend: Legend,
}

/// The id of the map of ranks.
pub(crate) const RANK: &str = "prospectivity_rank";
/// The id of the map of probabilities.
pub(crate) const PROSPECTIVITY: &str = "prospectivity";
/// What the maps of attributions begin with.
const ATTRIBUTION: &str = "attribution_";
/// Fewest cells from which classes are found, where a map has so many.
const CELLS_FOR_CLASSES: usize = 60_000;

/// Names of the files that `paydirt run` writes: what people call them, and what they tell of.
const KNOWN: [(&str, &str, Group); 9] = [
    (PROSPECTIVITY, "Prospectivity", Group::Prospectivity),
    (RANK, "Prospectivity rank", Group::Prospectivity),
    ("risk_return", "High or low, and how surely", Group::Prospectivity),
    ("prediction_set", "Like deposits or other ground", Group::Prospectivity),
    ("uncertainty", "Uncertainty", Group::Uncertainty),
    ("dominant_cause", "Leading cause of uncertainty", Group::Uncertainty),
    ("spread", "Spread", Group::Uncertainty),
    ("applicability", "Applicability", Group::Applicability),
    ("coverage", "Coverage of the evidence", Group::Applicability),
];

/// Names of the bands of files that hold several.
const BANDS: [(&str, &str); 9] = [
    ("total", "all causes"),
    ("negatives", "draw of the unlabelled"),
    ("model", "seed and deposits of the model"),
    ("evidence", "missing evidence"),
    ("workflow", "choice of the model"),
    ("extrapolation", "extrapolation"),
    ("dissimilarity", "dissimilarity index"),
    ("inside", "inside or outside"),
    ("point_density", "training rows as near"),
];

/// What people call a band.
fn band_title(name: &str) -> String {
    let known = |name: &str| BANDS.iter().find(|(key, _)| *key == name).map(|(_, title)| *title);
    match name.strip_prefix("share_").and_then(known) {
        Some(cause) => format!("share of {cause}"),
        None => known(name).map_or_else(|| name.replace('_', " "), str::to_string),
    }
}

/// A name of the project file as people write it.
pub(crate) fn spoken(name: &str) -> String {
    let mut letters = name.replace('_', " ");
    if let Some(first) = letters.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    letters
}

/// What people call a raster of a run folder by the stem of its name, and what it tells of; `evidence` says that it
/// lies among the evidence.
#[must_use]
pub fn describe(stem: &str, evidence: bool) -> (String, Group) {
    if evidence {
        return (spoken(stem), Group::Evidence);
    }
    if let Some(layer) = stem.strip_prefix(ATTRIBUTION) {
        return (spoken(layer), Group::Attribution);
    }
    let known = KNOWN.iter().find(|(key, ..)| *key == stem);
    known.map_or_else(
        || (spoken(stem), Group::Other),
        |(_, title, group)| ((*title).to_string(), *group),
    )
}

/// Where a layer stands in the list: by group, then as [`KNOWN`] goes.
pub(crate) fn order(layer: &Layer) -> (Group, usize) {
    let file = layer.id.split('.').next();
    (layer.group, KNOWN.iter().position(|(key, ..)| Some(*key) == file).unwrap_or(KNOWN.len()))
}

/// The layers of a raster, one a band; a band that only says how opaque the first is makes none.
///
/// # Errors
/// A file that cannot be opened or read.
pub(crate) fn layers_of(path: &Path, evidence: bool) -> Result<Vec<Layer>> {
    let raster = Arc::new(Pyramid::open(path)?);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    if !evidence && species::is_of_infilling(&raster) {
        return species::layers_of(&raster, &stem);
    }
    let (title, group) = describe(&stem, evidence);
    let style = fs_err::read_to_string(path.with_extension("qml")).ok();
    let style = style.and_then(|text| Legend::from_qml(&text));
    let opacity_band = style.as_ref().and_then(|style| style.opacity_band);
    let shown: Vec<usize> =
        (0..raster.bands().len()).filter(|band| Some(*band) != opacity_band).collect();
    let id = if evidence { format!("evidence.{stem}") } else { stem };
    let ramp = if group == Group::Uncertainty { Ramp::Doubt } else { Ramp::Plain };
    let mut layers = Vec::new();
    for &band in &shown {
        let info = &raster.bands()[band];
        let (id, title) = if shown.len() > 1 {
            let name = &info.description;
            (format!("{id}.{name}"), format!("{title}: {}", band_title(name)))
        } else {
            (id.clone(), title.clone())
        };
        let legend = match &style {
            Some(style) if band == 0 => style.clone(),
            _ => Legend::by_area(&sample(&raster, band)?, ramp),
        };
        let unit = info.unit.clone();
        let raster = Arc::clone(&raster);
        layers.push(Layer { id, title, group, unit, species: None, raster, band, legend });
    }
    Ok(layers)
}

/// The values of the smallest copy that has enough of them for classes.
pub(crate) fn sample(raster: &Pyramid, band: usize) -> Result<Vec<f32>> {
    let levels = raster.levels();
    let enough = |number: &usize| levels[*number].cols * levels[*number].rows >= CELLS_FOR_CLASSES;
    let number = (0..levels.len()).rev().find(enough).unwrap_or(0);
    let level = levels[number];
    // A raster without copies is looked at in its first rows: enough for a legend, and no more memory.
    let rows = level.rows.min((1 << 22) / level.cols.max(1)).max(1);
    let window = Window { col: 0, row: 0, cols: level.cols, rows };
    Ok(raster.read(band, number, window)?)
}
