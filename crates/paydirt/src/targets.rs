//! Targets of a run: the core's polygons, with names, distances and signed drivers.

use std::collections::BTreeMap;

use paydirt_core::stack::Stack;
use paydirt_core::target::{self, Target, Values};

use crate::doubt::summary::{self, TargetDoubt};
use crate::draw::{Maps, PROSPECTIVITY, SPREAD, by_layer};
use crate::error::Result;
use crate::fit::Trained;
use crate::report::{Driver, TargetLine};

/// Drivers named for each target.
const DRIVERS: usize = 3;
/// Cells of a target that are explained; a larger one is thinned evenly.
const EXPLAINED_CELLS: usize = 2_000;

/// The same where each explanation is a walk through a network of windows.
const EXPLAINED_WINDOWS: usize = 20;

/// Targets with their outlines.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// As the core found them: outlines and cells.
    pub targets: Vec<Target>,
    /// As the report tells them.
    pub lines: Vec<TargetLine>,
    /// Connected ground too small to be a target.
    pub too_small: usize,
    /// Targets ranked behind the last that is kept.
    pub too_many: usize,
}

/// Draws the targets of a map.
///
/// # Errors
/// Where the maps or the evidence cannot be read.
pub fn draw(
    maps: &Maps,
    evidence: &dyn Stack,
    trained: &Trained,
    settings: &target::Settings,
    names: &BTreeMap<usize, String>,
) -> Result<Drawn> {
    let Some(grid) = maps.stack.grid() else {
        return Ok(Drawn { targets: Vec::new(), lines: Vec::new(), too_small: 0, too_many: 0 });
    };
    let score = |units| maps.stack.read_stored(PROSPECTIVITY, units);
    let spread = |units| maps.stack.read_stored(SPREAD, units);
    let deposits: Vec<usize> = names.keys().copied().collect();
    let (score, spread) = (Values::Read(&score), Some(Values::Read(&spread)));
    let scores = target::Scores { grid, score, spread, deposits: &deposits };
    let target::Targets { targets, too_small, too_many, .. } = target::find(settings, &scores)?;
    let lines = targets
        .iter()
        .map(|target| {
            let doubt = summary::of_target(maps, &target.units)?;
            Ok(line(target, names, drivers(target, evidence, trained)?, doubt))
        })
        .collect::<Result<_>>()?;
    Ok(Drawn { targets, lines, too_small, too_many })
}

fn drivers(target: &Target, evidence: &dyn Stack, trained: &Trained) -> Result<Vec<Driver>> {
    let most = if trained.members_see_ground() { EXPLAINED_WINDOWS } else { EXPLAINED_CELLS };
    let step = target.units.len().div_ceil(most).max(1);
    let units: Vec<usize> = target.units.iter().copied().step_by(step).collect();
    let features = trained.contract.pipeline.apply(&evidence.read_units(&units)?)?;
    let attribution = trained.explain(&features)?;
    let mut drivers: Vec<Driver> = by_layer(&features, &attribution.shares)
        .into_iter()
        .map(|(layer, shares)| {
            let sum: f64 = shares.iter().map(|share| f64::from(*share)).sum();
            Driver { layer, share: sum / shares.len().max(1) as f64 }
        })
        .collect();
    drivers.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
    drivers.truncate(DRIVERS);
    Ok(drivers)
}

fn line(
    target: &Target,
    names: &BTreeMap<usize, String>,
    drivers: Vec<Driver>,
    doubt: TargetDoubt,
) -> TargetLine {
    TargetLine {
        rank: target.rank,
        easting: target.peak.easting,
        northing: target.peak.northing,
        area_km2: target.area_km2,
        mean_score: target.mean_score,
        max_score: target.max_score,
        percentile: target.max_percentile,
        mean_spread: target.mean_spread.unwrap_or(f64::NAN),
        known_deposits: target.deposits.len(),
        deposit_names: target.deposits.iter().filter_map(|unit| names.get(unit).cloned()).collect(),
        distance_to_deposit_m: target.deposit_distance_m,
        drivers,
        doubt,
    }
}
