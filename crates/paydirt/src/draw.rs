//! Drawing: the fitted model over every cell, in strips of rows, so that memory does not grow with
//! the map.

mod strip;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use paydirt_core::grid::{Grid, STRIP_CELLS};
use paydirt_core::layer::{EvidenceType, LayerInfo};
use paydirt_core::mask::Mask;
use paydirt_core::stack::{GridStack, LayerWriter, Stack};
use paydirt_core::table::Table;

use self::strip::Strip;
use crate::console::Console;
use crate::error::Result;
use crate::fit::Trained;
use crate::pieces::Pieces;

/// The maps of a run, kept like evidence: in memory, or in spool files.
#[derive(Debug)]
pub struct Maps {
    /// `prospectivity`, `spread`, those of [`crate::doubt::maps`], `prospectivity_rank`, and
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
/// Where the evidence is not what the model was fitted on, a full disk, or an interrupt;
/// [`crate::error::Error::Share`] where this process makes a share of the map alone.
pub fn draw(
    evidence: &dyn Stack,
    grid: &Grid,
    trained: &Trained,
    plan: &Drawing<'_>,
    console: &Console,
) -> Result<Maps> {
    let layers = match plan.attributions {
        true => strip::attributed(evidence, trained)?,
        false => Vec::new(),
    };
    let later = plan.explained_from(trained).filter(|_| !layers.is_empty());
    let now = if later.is_some() { &[][..] } else { &layers[..] };
    let strips: Vec<Range<usize>> = strips(grid).collect();
    let make = |number: usize| Strip::draw(evidence, trained, strips[number].clone(), now);
    plan.pieces.share("draw", strips.len(), make)?;
    if later.is_none() {
        plan.pieces.end("draw")?;
    }

    let mut maps = GridStack::new(grid.clone(), Arc::new(evidence.area().clone()));
    let mut writers = plan.begin(&maps, strip::names(evidence, trained)?.into_iter())?;
    writers.extend(plan.begin(&maps, attributions(now))?);
    let mut census = RankCensus::default();
    let mut explained = None;
    let task = console.task("draw", grid.cells() as u64, "cells");
    for (number, units) in strips.iter().enumerate() {
        let strip = plan.pieces.whole("draw", number, || make(number))?;
        census.count(&strip.maps[0]);
        explained = strip.write(&mut writers)?.or(explained);
        task.advance(units.len() as u64)?;
    }
    drop(task);
    writers.into_iter().try_for_each(|writer| maps.finish(writer))?;
    draw_rank(&mut maps, &strips, &census.into_ranks(), plan)?;
    if let Some(from) = later {
        explained = explain_best(evidence, (&mut maps, from), trained, (&layers, plan), console)?;
    }
    let (attribution_base, attribution_unit) = explained.unwrap_or_default();
    Ok(Maps { stack: maps, attribution_unit, attribution_base })
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
    /// Where strips are kept.
    pub pieces: &'a Pieces,
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

    /// Begins maps of these names and units.
    fn begin(
        &self,
        maps: &GridStack,
        names: impl Iterator<Item = (String, &'static str)>,
    ) -> Result<Vec<LayerWriter>> {
        let begin = |(name, unit): (String, &str)| {
            let folder = self.spool.map(|spool| spool.join(&name));
            if let Some(folder) = &folder {
                fs_err::create_dir_all(folder)?;
            }
            let evidence_type = EvidenceType::Continuous;
            let info = LayerInfo { name, evidence_type, unit: unit.into() };
            Ok(maps.begin(info, folder.as_deref())?)
        };
        names.map(begin).collect()
    }
}

/// Names and units of the maps of attributions.
fn attributions(layers: &[String]) -> impl Iterator<Item = (String, &'static str)> {
    layers.iter().map(|layer| (format!("attribution_{layer}"), "score"))
}

/// Explains the cells whose rank is high enough; base and unit of the shares.
fn explain_best(
    evidence: &dyn Stack,
    (maps, from): (&mut GridStack, f32),
    trained: &Trained,
    (layers, plan): (&[String], &Drawing<'_>),
    console: &Console,
) -> Result<Option<(f64, String)>> {
    let cells = evidence.units();
    let count = cells.div_ceil(STRIP_CELLS);
    let units = |number: usize| number * STRIP_CELLS..((number + 1) * STRIP_CELLS).min(cells);
    let mut writers = plan.begin(maps, attributions(layers))?;
    let make = |number: usize| {
        let strip = units(number);
        let ranks = maps.read_stored(RANK, strip.clone())?;
        let rows: Vec<usize> = (0..ranks.len()).filter(|&row| ranks[row] >= from).collect();
        let best: Vec<usize> = rows.iter().map(|row| strip.start + row).collect();
        let features = trained.contract.pipeline.apply(&evidence.read_units(&best)?)?;
        Strip::explain(trained, &features, layers, (&rows, strip.len()))
    };
    plan.pieces.share("explain", count, make)?;
    plan.pieces.end("explain")?;
    let mut explained = None;
    let task = console.task("explain the best", cells as u64, "cells");
    for number in 0..count {
        let strip = plan.pieces.whole("explain", number, || make(number))?;
        explained = strip.write(&mut writers)?.or(explained);
        task.advance(units(number).len() as u64)?;
    }
    writers.into_iter().try_for_each(|writer| maps.finish(writer))?;
    Ok(explained)
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

fn draw_rank(
    maps: &mut GridStack,
    strips: &[Range<usize>],
    ranks: &[f32],
    plan: &Drawing<'_>,
) -> Result<()> {
    let name = (RANK.to_string(), "share of area scored lower");
    for mut writer in plan.begin(maps, std::iter::once(name))? {
        for strip in strips {
            let probabilities = maps.read_stored(PROSPECTIVITY, strip.clone())?;
            let values: Vec<f32> = probabilities
                .iter()
                .map(|p| if p.is_nan() { f32::NAN } else { ranks[RankCensus::class(p.min(1.0))] })
                .collect();
            writer.write(&values)?;
        }
        maps.finish(writer)?;
    }
    Ok(())
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
