//! What trees say in other ways than the shares of the maps: against cells of the ground, where a layer that is
//! not asked has its value from another cell whatever the rest is, and by what two layers do only together.

use std::collections::BTreeMap;

use paydirt_core::table::Table;
use paydirt_model::tree_shap::TreeSum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Cells, Subject};
use crate::error::Result;

/// Cells in which interactions are computed.
const INTERACTION_CELLS: usize = 100;

/// How models of trees are asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "TreesExplanation")]
pub struct Settings {
    /// Cells drawn evenly from the ground on which both kinds of shares are compared, up to 1000; 0 for none.
    pub cells: usize,
    /// Cells from which layers that are not asked have their values, 1 to 1000.
    pub background: usize,
    /// Pairs of layers that are told, those with the greatest interaction, up to 100.
    pub pairs: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { cells: 100, background: 50, pairs: 8 }
    }
}

impl Settings {
    pub(super) fn validate(&self) -> Result<()> {
        super::require("trees.cells", self.cells, 0..=1_000)?;
        super::require("trees.background", self.background, 1..=1_000)?;
        super::require("trees.pairs", self.pairs, 0..=100)
    }
}

/// What is said of the first member of the ensemble.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FoundTrees")]
pub struct Found {
    /// Unit of the shares.
    pub unit: String,
    /// Cells that were asked.
    pub cells: usize,
    /// Cells that they were set against.
    pub background: usize,
    /// The layers, greatest path-dependent shares first.
    pub layers: Vec<LayerLine>,
    /// The pairs that do most together, over cells of the ground, targets and deposits.
    pub pairs: Vec<PairLine>,
}

/// Mean size of a layer's share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TreesLayer")]
pub struct LayerLine {
    /// The layer.
    pub layer: String,
    /// Where a layer that is not asked goes the ways of the training side.
    pub path_dependent: f64,
    /// Where it has its value from cells of the ground.
    pub interventional: f64,
}

/// Mean size of what two layers do only together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "TreesPair")]
pub struct PairLine {
    /// The layers.
    pub layers: [String; 2],
    /// Mean size over the cells.
    pub size: f64,
}

/// Asks the first member, where it is a sum of trees.
///
/// # Errors
/// Where evidence is not what it was fitted on.
pub fn explain(settings: &Settings, subject: &Subject<'_>) -> Result<Option<Found>> {
    let Some(trees) = subject.trained.ensemble.members.first().and_then(|one| one.as_trees())
    else {
        return Ok(None);
    };
    let cells = subject.cells;
    if settings.cells == 0 || cells.even == 0 {
        return Ok(None);
    }
    let evenly = |count: usize| -> Result<Table> {
        let rows: Vec<usize> = (0..cells.even).step_by(cells.even.div_ceil(count)).collect();
        Ok(subject.trained.contract.pipeline.apply(&cells.evidence.select(&rows))?)
    };
    let (asked, background) = (evenly(settings.cells)?, evenly(settings.background)?);
    let own = trees.shares(&asked)?;
    let against = trees.interventional(&background, &asked)?;
    let [own_sizes, against_sizes] =
        [&own.shares, &against.shares].map(|shares| mean_sizes(&asked, shares));
    let mut layers: Vec<LayerLine> = own_sizes
        .into_iter()
        .map(|(layer, path_dependent)| {
            let interventional = against_sizes[&layer];
            LayerLine { layer, path_dependent, interventional }
        })
        .collect();
    layers.sort_by(|a, b| b.path_dependent.total_cmp(&a.path_dependent));
    Ok(Some(Found {
        unit: own.unit.into(),
        cells: asked.rows(),
        background: background.rows(),
        layers,
        pairs: greatest(&interactions(&trees, subject)?, settings.pairs),
    }))
}

/// Mean size of each layer's share, all its columns together.
fn mean_sizes(features: &Table, shares: &[Vec<f32>]) -> BTreeMap<String, f64> {
    let mut by_layer: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (column, shares) in features.columns().iter().zip(shares) {
        let sums =
            by_layer.entry(column.layer.clone()).or_insert_with(|| vec![0.0; features.rows()]);
        sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += f64::from(*share));
    }
    let mean = |sums: Vec<f64>| sums.iter().map(|sum| sum.abs()).sum::<f64>() / sums.len() as f64;
    by_layer.into_iter().map(|(layer, sums)| (layer, mean(sums))).collect()
}

fn greatest(pairs: &BTreeMap<(String, String), f64>, count: usize) -> Vec<PairLine> {
    let once = pairs.iter().filter(|((one, other), size)| one < other && **size > 0.0);
    let line = |((one, other), size): (&(String, String), &f64)| PairLine {
        layers: [one.clone(), other.clone()],
        // Each two columns stand twice, with half of what they do.
        size: 2.0 * size,
    };
    let mut lines: Vec<PairLine> = once.map(line).collect();
    lines.sort_by(|a, b| b.size.total_cmp(&a.size));
    lines.truncate(count);
    lines
}

/// Mean size of the interactions of each two layers, both ways round: half of what they do only together.
///
/// # Errors
/// Where evidence is not what the trees were fitted on.
pub(super) fn interactions(
    trees: &TreeSum<'_>,
    subject: &Subject<'_>,
) -> Result<BTreeMap<(String, String), f64>> {
    let features = subject.trained.contract.pipeline.apply(&interacting(subject.cells))?;
    let found = trees.interactions(&features)?.values;
    let layers: Vec<&String> = features.columns().iter().map(|column| &column.layer).collect();
    let rows = features.rows().max(1) as f64;
    let mut sums: BTreeMap<(String, String), f64> = BTreeMap::new();
    for (one, of_one) in layers.iter().zip(&found) {
        for (other, values) in layers.iter().zip(of_one) {
            let size: f64 = values.iter().map(|value| f64::from(value.abs())).sum();
            *sums.entry(((*one).clone(), (*other).clone())).or_insert(0.0) += size / rows;
        }
    }
    Ok(sums)
}

/// Evidence of cells half from the ground, half from targets and deposits, where scores are high.
fn interacting(cells: &Cells) -> Table {
    let rows = cells.units.len();
    let low = cells.even.min(rows.min(INTERACTION_CELLS).div_ceil(2));
    let high = (rows - cells.even).min(INTERACTION_CELLS / 2);
    cells.evidence.select(&(0..low).chain(cells.even..cells.even + high).collect::<Vec<_>>())
}
