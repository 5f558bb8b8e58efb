//! Drawing: the fitted model over every cell, in strips of rows, so that memory does not grow with
//! the map.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use paydirt_core::grid::{Grid, STRIP_CELLS};
use paydirt_core::layer::{EvidenceType, LayerInfo};
use paydirt_core::mask::Mask;
use paydirt_core::stack::{GridStack, LayerWriter, Stack};
use paydirt_core::table::Table;

use crate::console::Console;
use crate::doubt::maps::Layers;
use crate::error::Result;
use crate::fit::Trained;
use crate::posterior;

/// The maps of a run, kept like evidence: in memory, or in spool files.
#[derive(Debug)]
pub struct Maps {
    /// `prospectivity`, `spread`, `prospectivity_rank`, then those of [`crate::doubt::maps`] and
    /// `attribution_LAYER` for each layer.
    pub stack: GridStack,
    /// Unit of the attributions.
    pub attribution_unit: String,
    /// Score before any evidence was seen, to which the attributions add.
    pub attribution_base: f64,
}

/// Name of the map of calibrated probabilities.
pub const PROSPECTIVITY: &str = "prospectivity";
/// Name of the map of ranks.
pub const RANK: &str = "prospectivity_rank";
/// Name of the map of spreads.
pub const SPREAD: &str = "spread";

/// The units of strips of whole rows, north to south.
pub fn strips(grid: &Grid) -> impl Iterator<Item = Range<usize>> + use<> {
    let cols = grid.cols;
    grid.strips(1).map(move |rows| rows.start * cols..rows.end * cols)
}

/// The layers to which features are attributed, in the order of the features.
fn attributed_layers(features: &Table) -> Vec<String> {
    let mut layers: Vec<String> = Vec::new();
    for column in features.columns() {
        if !layers.contains(&column.layer) {
            layers.push(column.layer.clone());
        }
    }
    layers
}

/// Shares of the features summed by evidence layer: `[layer][row]`.
pub(crate) fn by_layer(features: &Table, shares: &[Vec<f32>]) -> BTreeMap<String, Vec<f32>> {
    let mut sums: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    for (column, shares) in features.columns().iter().zip(shares) {
        let sum = sums.entry(column.layer.clone()).or_insert_with(|| vec![0.0; features.rows()]);
        for (sum, share) in sum.iter_mut().zip(shares) {
            *sum += share;
        }
    }
    sums
}

/// Draws every map of a run.
///
/// # Errors
/// Where the evidence is not what the model was fitted on, a full disk, or an interrupt.
pub fn draw(
    evidence: &dyn Stack,
    grid: &Grid,
    trained: &Trained,
    plan: &Drawing<'_>,
    console: &Console,
) -> Result<Maps> {
    let mut maps = GridStack::new(grid.clone(), Arc::new(evidence.area().clone()));
    let mut writers = Writers::begin(&maps, evidence, trained, plan)?;
    let mut census = RankCensus::default();
    let task = console.task("draw", grid.cells() as u64, "cells");
    let (mut base, mut unit) = (0.0, String::new());
    let explained_from = plan.explained_from(trained);
    for strip in strips(grid) {
        let rows = evidence.read_range(strip.clone())?;
        let inside = |row: usize| evidence.area().get(strip.start + row);
        let estimates = trained.estimate(&rows, inside)?;
        let measured = trained.doubt.measure(trained, &rows, &estimates, strip.start)?;
        census.count(&estimates.probability);
        writers.prospectivity.write(&estimates.probability)?;
        writers.spread.write(&measured.spread)?;
        writers.doubt.write(&measured)?;
        writers.posterior.write(trained, &rows, inside)?;
        if explained_from.is_none() && !writers.attributions.is_empty() {
            let attribution = trained.explain(&estimates.features)?;
            (base, unit) = (attribution.base, attribution.unit.to_string());
            let shares = by_layer(&estimates.features, &attribution.shares);
            attribute(&mut writers.attributions, &shares, (&estimates.complete, strip.len()))?;
        }
        task.advance(strip.len() as u64)?;
    }
    drop(task);
    let (doubt, mut attributions) = writers.finish(&mut maps)?;
    draw_rank(&mut maps, grid, &census.into_ranks(), plan)?;
    if let Some(from) = explained_from.filter(|_| !attributions.is_empty()) {
        (base, unit) = explain_best(evidence, (&maps, from), trained, &mut attributions, console)?;
    }
    doubt.finish(&mut maps)?;
    for (_, writer) in attributions {
        maps.finish(writer)?;
    }
    Ok(Maps { stack: maps, attribution_unit: unit, attribution_base: base })
}

/// How the maps are kept.
#[derive(Clone, Copy, Debug)]
pub struct Drawing<'a> {
    /// Folder for maps that do not stay in memory.
    pub spool: Option<&'a Path>,
    /// Whether to draw attribution rasters.
    pub attributions: bool,
    /// Share of the area whose cells are explained in them, the best ones; the model's own where none is
    /// named.
    pub top_percent: Option<f64>,
}

/// Share of the area that networks of windows explain unless told otherwise.
const WINDOWS_TOP_PERCENT: f64 = 1.0;

impl Drawing<'_> {
    /// The rank from which on cells are explained; `None` for all.
    fn explained_from(&self, trained: &Trained) -> Option<f32> {
        let own = || trained.members_see_ground().then_some(WINDOWS_TOP_PERCENT);
        let share = self.top_percent.or_else(own).filter(|share| *share < 100.0)?;
        Some((1.0 - share / 100.0) as f32)
    }
}

struct Writers {
    prospectivity: LayerWriter,
    spread: LayerWriter,
    doubt: Layers,
    posterior: posterior::Layers,
    attributions: Vec<(String, LayerWriter)>,
}

impl Writers {
    fn begin(
        maps: &GridStack,
        evidence: &dyn Stack,
        trained: &Trained,
        plan: &Drawing<'_>,
    ) -> Result<Self> {
        let begin = |name: &str, unit: &str| {
            let info = LayerInfo {
                name: name.into(),
                evidence_type: EvidenceType::Continuous,
                unit: unit.into(),
            };
            let folder = plan.spool.map(|spool| spool.join(name));
            if let Some(folder) = &folder {
                fs_err::create_dir_all(folder)?;
            }
            Ok::<_, crate::error::Error>(maps.begin(info, folder.as_deref())?)
        };
        let mut attributions = Vec::new();
        if plan.attributions {
            let features = trained.contract.pipeline.apply(&evidence.read_range(0..0)?)?;
            for layer in attributed_layers(&features) {
                let writer = begin(&format!("attribution_{layer}"), "score")?;
                attributions.push((layer, writer));
            }
        }
        Ok(Self {
            prospectivity: begin(PROSPECTIVITY, "probability")?,
            spread: begin(SPREAD, "probability")?,
            doubt: Layers::begin(&trained.doubt, begin)?,
            posterior: posterior::Layers::begin(trained, &evidence.read_range(0..0)?, begin)?,
            attributions,
        })
    }

    fn finish(self, maps: &mut GridStack) -> Result<(Layers, Vec<(String, LayerWriter)>)> {
        maps.finish(self.prospectivity)?;
        maps.finish(self.spread)?;
        self.posterior.finish(maps)?;
        Ok((self.doubt, self.attributions))
    }
}

/// Writes the shares of the layers in so many cells, of which `rows` were explained.
fn attribute(
    writers: &mut [(String, LayerWriter)],
    shares: &BTreeMap<String, Vec<f32>>,
    (rows, cells): (&[usize], usize),
) -> Result<()> {
    for (layer, writer) in writers {
        let mut values = vec![f32::NAN; cells];
        if let Some(shares) = shares.get(layer) {
            for (&row, share) in rows.iter().zip(shares) {
                values[row] = *share;
            }
        }
        writer.write(&values)?;
    }
    Ok(())
}

/// Explains the cells whose rank is high enough; base and unit of the shares.
fn explain_best(
    evidence: &dyn Stack,
    (maps, from): (&GridStack, f32),
    trained: &Trained,
    writers: &mut [(String, LayerWriter)],
    console: &Console,
) -> Result<(f64, String)> {
    let (mut base, mut unit) = (0.0, String::new());
    let cells = evidence.units();
    let task = console.task("explain the best", cells as u64, "cells");
    for start in (0..cells).step_by(STRIP_CELLS) {
        let strip = start..(start + STRIP_CELLS).min(cells);
        let ranks = maps.read_stored(RANK, strip.clone())?;
        let rows: Vec<usize> = (0..ranks.len()).filter(|&row| ranks[row] >= from).collect();
        let units: Vec<usize> = rows.iter().map(|row| strip.start + row).collect();
        let features = trained.contract.pipeline.apply(&evidence.read_units(&units)?)?;
        let mut shares = BTreeMap::new();
        if !rows.is_empty() {
            let attribution = trained.explain(&features)?;
            (base, unit) = (attribution.base, attribution.unit.to_string());
            shares = by_layer(&features, &attribution.shares);
        }
        attribute(writers, &shares, (&rows, strip.len()))?;
        task.advance(strip.len() as u64)?;
    }
    Ok((base, unit))
}

/// Probabilities lie in [0, 1], so the upper bits of their pattern are ordered and few enough to
/// count: cells whose probabilities agree to one part in eight thousand share a rank.
const DROPPED_BITS: u32 = 10;

#[derive(Default)]
struct RankCensus {
    counts: Vec<u64>,
}

impl RankCensus {
    fn class(probability: f32) -> usize {
        (probability.max(0.0).to_bits() >> DROPPED_BITS) as usize
    }

    fn count(&mut self, probabilities: &[f32]) {
        self.counts.resize(Self::class(1.0) + 1, 0);
        for probability in probabilities.iter().filter(|probability| !probability.is_nan()) {
            self.counts[Self::class(probability.min(1.0))] += 1;
        }
    }

    /// The rank of each class: share of the mapped area scored lower, ties half.
    fn into_ranks(self) -> Vec<f32> {
        let total = self.counts.iter().sum::<u64>().max(1) as f64;
        let mut below = 0;
        self.counts
            .into_iter()
            .map(|count| {
                let rank = (below as f64 + count as f64 / 2.0) / total;
                below += count;
                rank as f32
            })
            .collect()
    }
}

fn draw_rank(maps: &mut GridStack, grid: &Grid, ranks: &[f32], plan: &Drawing<'_>) -> Result<()> {
    let info = LayerInfo {
        name: RANK.into(),
        evidence_type: EvidenceType::Continuous,
        unit: "share of area scored lower".into(),
    };
    let folder = plan.spool.map(|spool| spool.join(RANK));
    if let Some(folder) = &folder {
        fs_err::create_dir_all(folder)?;
    }
    let mut writer = maps.begin(info, folder.as_deref())?;
    for strip in strips(grid) {
        let probabilities = maps.read_stored(PROSPECTIVITY, strip)?;
        let values: Vec<f32> = probabilities
            .iter()
            .map(|p| if p.is_nan() { f32::NAN } else { ranks[RankCensus::class(p.min(1.0))] })
            .collect();
        writer.write(&values)?;
    }
    Ok(maps.finish(writer)?)
}

/// The study area cells whose evidence is complete.
///
/// # Errors
/// Where the evidence cannot be read.
pub fn complete_cells(
    stack: &dyn Stack,
    complete: impl Fn(&Table) -> Result<Vec<bool>>,
) -> Result<Mask> {
    let mut mask = Mask::new(stack.units(), false);
    let step = STRIP_CELLS;
    for start in (0..stack.units()).step_by(step) {
        let end = (start + step).min(stack.units());
        for (offset, known) in complete(&stack.read_range(start..end)?)?.into_iter().enumerate() {
            mask.set(start + offset, known && stack.area().get(start + offset));
        }
    }
    Ok(mask)
}
