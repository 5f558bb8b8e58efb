//! Signed shares of the layers: over the cells that were drawn, at the best cells of targets, and each
//! layer's share against its value.

use std::collections::BTreeMap;

use paydirt_core::layer::EvidenceType;
use paydirt_model::effect::strongest_companion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::place::{Part, parts};
use super::{Subject, info};
use crate::error::Result;

/// Layers whose shares are kept cell by cell: those with the greatest mean size.
const MOST_LAYERS: usize = 20;

/// Attribution by SHAP values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Shap")]
pub struct Settings {
    /// Whether to draw one attribution raster a layer; without it only targets and the cells below are
    /// explained.
    pub rasters: bool,
    /// Share of the area whose cells are explained in these rasters, the best ones, over 0 to 100. All where
    /// it is not given, or 1 for networks of windows: each of their explanations takes some twenty walks
    /// through the network and back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_percent: Option<f64>,
    /// Cells drawn evenly from the ground on which the model is explained, 50 to 10,000; the best cells of
    /// targets and those of known deposits come on top.
    pub cells: usize,
    /// Targets for which the report shows how the layers add up to the score, the best ones.
    pub targets: usize,
    /// Layers for which the report shows the share against the value, those with the greatest mean share.
    pub layers: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rasters: true, top_percent: None, cells: 500, targets: 5, layers: 6 }
    }
}

impl Settings {
    pub(super) fn validate(&self) -> Result<()> {
        if let Some(found) = self.top_percent.filter(|share| !(*share > 0.0 && *share <= 100.0)) {
            return Err(paydirt_core::Error::BadSetting {
                key: "explain.shap.top_percent".into(),
                found: found.to_string(),
                expected: "over 0 to 100".into(),
            }
            .into());
        }
        super::require("shap.cells", self.cells, 50..=10_000)?;
        super::require("shap.targets", self.targets, 0..=1_000)?;
        super::require("shap.layers", self.layers, 0..=MOST_LAYERS)
    }
}

/// Shares of the layers in the score. `base` and all shares of a cell add to its score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FoundShap")]
pub struct Found {
    /// Unit of the shares.
    pub unit: String,
    /// Score before any evidence was seen.
    pub base: f64,
    /// The cells.
    pub cells: Vec<CellLine>,
    /// The layers with the greatest mean size of their share, over the evenly drawn cells, greatest first.
    pub layers: Vec<LayerLine>,
    /// How the layers add up at the best cells of the best targets.
    pub waterfalls: Vec<Waterfall>,
}

/// A cell that is explained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CellLine {
    /// Easting of its middle.
    pub easting: Option<f64>,
    /// Northing of its middle.
    pub northing: Option<f64>,
    /// Whether it was drawn evenly from the ground, or added for its target or deposit.
    pub drawn: bool,
    /// Rank of the target whose best cell it is.
    pub target: Option<usize>,
    /// Whether a known deposit lies in it.
    pub deposit: bool,
}

/// A layer's shares.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayerLine {
    /// The layer, or the group or step that made one of several.
    pub layer: String,
    /// Unit of the values.
    pub unit: String,
    /// Whether the values have an order.
    pub ordered: bool,
    /// Mean size of the share over the evenly drawn cells.
    pub mean_size: f64,
    /// Value in each cell, where it is known.
    pub values: Vec<Option<f32>>,
    /// Share in each cell.
    pub shares: Vec<f32>,
    /// The layer with an order on which this one's share hangs most; for the first layers.
    pub companion: Option<String>,
}

/// How the layers add up to the score of a cell: `base` and all shares.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Waterfall {
    /// Rank of the target.
    pub target: usize,
    /// Score of its best cell in the unit of the shares.
    pub score: f64,
    /// The layers, greatest share first.
    pub parts: Vec<Part>,
}

/// The shares of the cells that were drawn.
///
/// # Errors
/// Where interactions cannot be computed.
pub fn explain(settings: &Settings, subject: &Subject<'_>) -> Result<Option<Found>> {
    let cells = subject.cells;
    let place = |row: usize| subject.read.stack.place(cells.units[row]);
    let line = |row: usize| CellLine {
        easting: place(row).map(|place| place.easting),
        northing: place(row).map(|place| place.northing),
        drawn: row < cells.even,
        target: cells.target[row],
        deposit: cells.deposit[row],
    };
    let companions = companions(settings, subject)?;
    let shown = cells.order.iter().take(MOST_LAYERS);
    let layers = shown.map(|(layer, size)| layer_line(subject, layer, *size, &companions));
    Ok(Some(Found {
        unit: cells.unit.clone(),
        base: cells.base,
        cells: (0..cells.units.len()).map(line).collect(),
        layers: layers.collect(),
        waterfalls: waterfalls(settings, subject),
    }))
}

fn layer_line(
    subject: &Subject<'_>,
    layer: &str,
    mean_size: f64,
    companions: &BTreeMap<String, String>,
) -> LayerLine {
    let cells = subject.cells;
    let info = info(subject.read, layer);
    let known = |value: f32| value.is_finite().then_some(value);
    let values = cells.values(layer).unwrap_or_else(|| vec![f32::NAN; cells.units.len()]);
    LayerLine {
        layer: layer.into(),
        unit: info.map_or_else(String::new, |info| info.unit.clone()),
        ordered: is_ordered(subject, layer),
        mean_size,
        values: values.into_iter().map(known).collect(),
        shares: cells.shares[layer].clone(),
        companion: companions.get(layer).cloned(),
    }
}

/// Whether a layer's values are known and have an order.
fn is_ordered(subject: &Subject<'_>, layer: &str) -> bool {
    info(subject.read, layer).is_some_and(|info| info.evidence_type != EvidenceType::Categorical)
}

fn waterfalls(settings: &Settings, subject: &Subject<'_>) -> Vec<Waterfall> {
    let cells = subject.cells;
    let at = |row: usize| {
        let target = cells.target[row].filter(|rank| *rank <= settings.targets)?;
        let parts = parts(&subject.trained.contract, &cells.evidence, &cells.shares, row);
        let sum: f64 = parts.iter().map(|part| part.share).sum();
        Some(Waterfall { target, score: cells.base + sum, parts })
    };
    let mut found: Vec<Waterfall> = (0..cells.units.len()).filter_map(at).collect();
    found.sort_by_key(|waterfall| waterfall.target);
    found
}

/// The companion of each of the first layers, among those with an order: of a model of trees by exact interactions in its first
/// member, of another by how the shares move.
fn companions(settings: &Settings, subject: &Subject<'_>) -> Result<BTreeMap<String, String>> {
    let cells = subject.cells;
    let first = || cells.order.iter().take(settings.layers).map(|(layer, _)| layer);
    if let Some(trees) = subject.trained.ensemble.members.first().and_then(|m| m.as_trees()) {
        let pairs = super::trees::interactions(&trees, subject)?;
        let best = |layer: &String| {
            let own = pairs.iter().filter(|((one, other), size)| {
                one == layer && other != layer && **size > 0.0 && is_ordered(subject, other)
            });
            let best = own.max_by(|a, b| a.1.total_cmp(b.1).then_with(|| b.0.cmp(a.0)))?;
            Some((layer.clone(), best.0.1.clone()))
        };
        return Ok(first().filter_map(best).collect());
    }
    let values: Vec<(&String, Vec<f32>)> = cells
        .order
        .iter()
        .filter(|(layer, _)| is_ordered(subject, layer))
        .filter_map(|(layer, _)| cells.values(layer).map(|values| (layer, values)))
        .collect();
    let best = |layer: &String| {
        let others = || values.iter().filter(|(other, _)| *other != layer);
        let lists: Vec<&[f32]> = others().map(|(_, values)| values.as_slice()).collect();
        let own = cells.values(layer)?;
        let found = strongest_companion(&own, &cells.shares[layer], &lists)?;
        let companion = others().nth(found.index).map(|(other, _)| (*other).clone())?;
        Some((layer.clone(), companion))
    };
    Ok(first().filter_map(best).collect())
}
