//! Three ways to ask a network of windows which layers its answer comes from: integrated gradients from average
//! ground, expected gradients from cells of the ground (gradient SHAP), and what is lost when a layer is not
//! known. Where they disagree on a layer, its share should not be told as a fact.

use paydirt_core::layer::EvidenceType;
use paydirt_core::step::spearman::Ranked;
use paydirt_core::table::Column;
use paydirt_model::FittedModel;
use paydirt_model::neural::classifier::Fitted;
use paydirt_model::neural::{Ground, Mapped, Placed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Subject;
use crate::error::Result;

/// Cells whose own scores are set beside those of the map.
const COMPARED: usize = 1_000;

/// How networks of windows are asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "NetworkExplanation")]
pub struct Settings {
    /// Cells drawn evenly from the ground on which the ways are compared, up to 1000; 0 for none.
    pub cells: usize,
    /// Cells at which the paths of expected gradients begin, 1 to 100.
    pub background: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cells: 40, background: 8 }
    }
}

impl Settings {
    pub(super) fn validate(&self) -> Result<()> {
        super::require("network.cells", self.cells, 0..=1_000)?;
        super::require("network.background", self.background, 1..=100)
    }
}

/// What three ways say of the first member of the ensemble.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FoundNetwork")]
pub struct Found {
    /// Cells that were asked.
    pub cells: usize,
    /// Most steps that a path of integrated gradients took.
    pub steps: usize,
    /// By how much base and gradients of a cell missed its log odds, at most, as a part of the way; the rest
    /// was spread over the layers in proportion to their shares.
    pub completeness_gap: f64,
    /// What the map loses where cells share windows.
    #[serde(default)]
    pub shared_windows: Option<SharedWindows>,
    /// The layers, greatest integrated gradients first.
    pub layers: Vec<LayerLine>,
}

/// How the map's scores, interpolated between windows, differ from those of the cells' own windows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SharedWindows {
    /// Cells from one window to the next.
    pub every_cells: usize,
    /// Greatest difference of a cell's scores.
    pub greatest: f64,
    /// Mean difference of a cell's scores, without its sign.
    pub mean: f64,
    /// Rank correlation of both (Spearman 1904, DOI 10.2307/1412159); none where either is constant.
    pub rank_correlation: Option<f64>,
    /// Cells that were compared.
    pub cells: usize,
}

/// Mean size of what a layer does to the log odds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NetworkLayer")]
pub struct LayerLine {
    /// The layer: a feature of the pipeline.
    pub layer: String,
    /// By integrated gradients from average ground.
    pub integrated: f64,
    /// By expected gradients from cells of the ground.
    pub expected: f64,
    /// By not knowing the layer.
    pub occlusion: f64,
}

/// Asks the first member, where it is a network of windows.
///
/// # Errors
/// Where the ground cannot be read.
pub fn explain(settings: &Settings, subject: &Subject<'_>) -> Result<Option<Found>> {
    let network = subject.trained.ensemble.members.first().and_then(FittedModel::window);
    let (Some(network), Some(ground)) = (network, subject.trained.ground()) else {
        return Ok(None);
    };
    let even = &subject.cells.units[..subject.cells.even];
    if settings.cells == 0 || even.is_empty() {
        return Ok(None);
    }
    let evenly = |count: usize| -> Vec<usize> {
        even.iter().copied().step_by(even.len().div_ceil(count)).collect()
    };
    let (units, background) = (evenly(settings.cells), evenly(settings.background));
    let placed = Placed { ground, units: &units };
    let compared = evenly(COMPARED);
    let shared_windows = shared_windows(network, &Placed { ground, units: &compared })?;
    Ok(Some(Found { shared_windows, ..compare(network, &placed, &background)? }))
}

/// Sets the scores that a map tells beside those of the cells' own windows.
fn shared_windows(network: &Fitted, placed: &Placed<'_>) -> Result<Option<SharedWindows>> {
    let every_cells = network.map_every_cells();
    if every_cells == 1 {
        return Ok(None);
    }
    let of = |ground: &dyn Ground| -> Result<Column> {
        let odds = network.log_odds(&Placed { ground, units: placed.units })?;
        let scores = odds.into_iter().map(|odds| 1.0 / (1.0 + (-odds).exp())).collect();
        Ok(Column::new("score", "score", EvidenceType::Continuous, scores))
    };
    let (own, shared) = (of(placed.ground)?, of(&Mapped(placed.ground))?);
    let pairs = own.values.iter().zip(&shared.values);
    let apart: Vec<f64> = pairs.map(|(own, shared)| f64::from((own - shared).abs())).collect();
    Ok(Some(SharedWindows {
        every_cells,
        greatest: apart.iter().copied().fold(0.0, f64::max),
        mean: apart.iter().sum::<f64>() / apart.len().max(1) as f64,
        rank_correlation: Ranked::new(&own).rho(&Ranked::new(&shared)),
        cells: apart.len(),
    }))
}

fn compare(network: &Fitted, placed: &Placed<'_>, background: &[usize]) -> Result<Found> {
    let integrated = network.gradients(placed, &[])?;
    let expected = network.gradients(placed, background)?;
    let occlusion = network.occlusion(placed)?;
    let mean = |shares: &[f32]| {
        shares.iter().map(|share| f64::from(share.abs())).sum::<f64>() / shares.len().max(1) as f64
    };
    let mut layers: Vec<LayerLine> = placed
        .ground
        .layers()
        .iter()
        .enumerate()
        .map(|(number, layer)| LayerLine {
            layer: layer.name.clone(),
            integrated: mean(&integrated.shares[number]),
            expected: mean(&expected.shares[number]),
            occlusion: mean(&occlusion[number]),
        })
        .collect();
    layers.sort_by(|a, b| b.integrated.total_cmp(&a.integrated));
    Ok(Found {
        cells: placed.units.len(),
        steps: integrated.steps.max(expected.steps),
        completeness_gap: integrated.gap.max(expected.gap),
        shared_windows: None,
        layers,
    })
}
