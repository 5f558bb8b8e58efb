//! The maps of doubt in figures.

use std::ops::Range;

use paydirt_core::conformal::Conformal;
use paydirt_core::grid::Grid;
use paydirt_core::stack::Stack;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::maps::{self, Bounds, DENSITY, DISSIMILARITY, SET};
use super::{Cause, Doubt};
use crate::draw::{self, Maps, PROSPECTIVITY, RANK, SPREAD};
use crate::error::Result;
use crate::project::RiskSettings;

/// Cells of the scatter of mean and spread.
const SCATTERED: usize = 1_500;

/// How sure the map is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DoubtLine {
    /// What was measured, by cause.
    pub causes: Vec<CauseLine>,
    /// Names of the other ways to work.
    pub workflows: Vec<String>,
    /// The area of applicability, where it is drawn.
    pub applicability: Option<ApplicabilityLine>,
    /// Prediction sets, where they are drawn.
    pub conformal: Option<ConformalLine>,
    /// Mean against spread.
    pub risk_return: RiskLine,
}

/// One cause of uncertainty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CauseLine {
    /// The cause.
    pub cause: Cause,
    /// Repetitions from which it was measured.
    pub repetitions: usize,
    /// Mean share of the variance over the cells of the map; none where nothing varies.
    pub share_of_map: Option<f64>,
    /// The same over the cells of the targets.
    pub share_of_targets: Option<f64>,
    /// Share of the map on which no other cause has a greater share.
    pub dominates: f64,
}

/// The area of applicability in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApplicabilityLine {
    /// Largest dissimilarity index inside.
    pub threshold: f64,
    /// Training rows that cells were compared with.
    pub training_rows: usize,
    /// Share of the map that lies outside.
    pub outside: f64,
    /// Columns that say nothing: constant in training, or of no importance.
    pub left_out: Vec<String>,
}

/// Prediction sets in figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConformalLine {
    /// Chance that a set lacks its cell's label.
    pub alpha: f64,
    /// Groups of held-out ground with deposits.
    pub deposit_groups: usize,
    /// Groups of held-out ground with other samples.
    pub other_groups: usize,
    /// Shares of the map: neither, other ground only, deposit only, both.
    pub shares: [f64; 4],
}

impl ConformalLine {
    /// Whether a label could be ruled out at all: deposits, other ground.
    #[must_use]
    pub fn can_rule_out(&self) -> [bool; 2] {
        [self.deposit_groups, self.other_groups]
            .map(|groups| 1.0 / (groups + 1) as f64 <= self.alpha)
    }

    /// Groups that are needed to rule a label out.
    #[must_use]
    pub fn needed(&self) -> usize {
        (1.0 / self.alpha - 1.0 - 1e-9).ceil().max(0.0) as usize
    }
}

/// Mean against spread in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskLine {
    /// The best so many per cent of the area have a high mean.
    pub top_percent: f64,
    /// The same as a probability, and how many spreads count.
    pub bounds: Bounds,
    /// Shares of the map: low, and low still some spreads higher; low, but high then; high, and high
    /// still some spreads lower; high, but low then.
    pub shares: [f64; 4],
    /// Mean and spread of cells spread evenly over the map.
    pub cells: Vec<[f64; 2]>,
}

/// The maps of doubt in figures; `targets` holds the units of all targets.
///
/// # Errors
/// Where a map cannot be read.
pub fn summarise(
    maps: &Maps,
    doubt: &Doubt,
    settings: &RiskSettings,
    targets: &[usize],
) -> Result<DoubtLine> {
    let causes = maps::causes(maps);
    let bounds = bounds(maps, settings)?;
    let mut sums = Sums::new(causes.len());
    let Some(grid) = maps.stack.grid() else { return Ok(DoubtLine::default()) };
    let every = step(grid);
    for strip in draw::strips(grid) {
        sums.take(maps, strip, bounds, every)?;
    }
    let over_targets = sums_of_targets(maps, targets, causes.len())?;
    let cells = sums.cells.max(1) as f64;
    let line = |(place, &cause): (usize, &Cause)| CauseLine {
        cause,
        repetitions: repetitions(doubt, cause),
        share_of_map: sums.varying.share(place),
        share_of_targets: over_targets.share(place),
        dominates: sums.dominated[place] as f64 / cells,
    };
    Ok(DoubtLine {
        causes: causes.iter().enumerate().map(line).collect(),
        workflows: doubt.alternatives.iter().map(|other| other.name.clone()).collect(),
        applicability: doubt.applicability.as_ref().map(|fitted| ApplicabilityLine {
            threshold: fitted.threshold,
            training_rows: fitted.training.len(),
            outside: sums.outside as f64 / cells,
            left_out: fitted.constant().map(str::to_owned).collect(),
        }),
        conformal: doubt.conformal.as_ref().map(|(fitted, alpha)| {
            let Conformal { deposits, others } = fitted;
            ConformalLine {
                alpha: *alpha,
                deposit_groups: deposits.len(),
                other_groups: others.len(),
                shares: sums.sets.map(|count| count as f64 / cells),
            }
        }),
        risk_return: RiskLine {
            top_percent: settings.top_percent,
            bounds,
            shares: sums.classes.map(|count| count as f64 / cells),
            cells: sums.scattered,
        },
    })
}

/// Cells from one of the scatter to the next; no divisor in common with the columns, so that it walks
/// over all of them.
fn step(grid: &Grid) -> usize {
    let wanted = (grid.cells() / SCATTERED).max(1);
    let divides = |number: &usize| {
        let (mut a, mut b) = (*number, grid.cols);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        a == 1
    };
    (wanted..).find(divides).unwrap_or(1)
}

/// From how many repetitions a cause was measured.
fn repetitions(doubt: &Doubt, cause: Cause) -> usize {
    match cause {
        Cause::Negatives => doubt.draws,
        Cause::Model => doubt.refits.len(),
        Cause::Evidence => doubt.imputation.as_ref().map_or(0, |(_, draws)| *draws),
        Cause::Workflow => doubt.alternatives.len() + 1,
        Cause::Extrapolation => doubt.applicability.as_ref().map_or(0, |a| a.training.len()),
    }
}

/// The least probability of the best ground; the next number over all probabilities where so many cells
/// are tied that none is in the best share of the area.
fn bounds(maps: &Maps, settings: &RiskSettings) -> Result<Bounds> {
    let Some(grid) = maps.stack.grid() else { return Ok(Bounds::default()) };
    let least_rank = 1.0 - settings.top_percent / 100.0;
    let (mut mean_at_least, mut greatest) = (f64::INFINITY, 0.0_f32);
    for strip in draw::strips(grid) {
        let means = maps.stack.read_stored(PROSPECTIVITY, strip.clone())?;
        let ranks = maps.stack.read_stored(RANK, strip)?;
        greatest = means.iter().copied().fold(greatest, f32::max);
        let best = means.iter().zip(&ranks).filter(|(_, rank)| f64::from(**rank) >= least_rank);
        mean_at_least = best.fold(mean_at_least, |least, (mean, _)| least.min(f64::from(*mean)));
    }
    let mean_at_least = mean_at_least.min(f64::from(greatest.next_up()));
    Ok(Bounds { mean_at_least, spreads: settings.spreads })
}

/// Sums of the causes' shares over cells of which something varies.
struct Varying {
    cells: usize,
    shares: Vec<f64>,
}

impl Varying {
    fn share(&self, place: usize) -> Option<f64> {
        (self.cells > 0).then(|| self.shares[place] / self.cells as f64)
    }

    fn take(&mut self, shares: &[Vec<f32>]) {
        let first = shares.first().map_or(&[][..], Vec::as_slice);
        for unit in (0..first.len()).filter(|&unit| !first[unit].is_nan()) {
            self.cells += 1;
            for (sum, of_cause) in self.shares.iter_mut().zip(shares) {
                *sum += f64::from(of_cause[unit]);
            }
        }
    }
}

fn sums_of_targets(maps: &Maps, targets: &[usize], causes: usize) -> Result<Varying> {
    let mut sums = Varying { cells: 0, shares: vec![0.0; causes] };
    for run in runs(targets) {
        sums.take(&maps::shares(&maps::parts(maps, run)?));
    }
    Ok(sums)
}

/// Neighbouring units together.
fn runs(units: &[usize]) -> impl Iterator<Item = Range<usize>> + '_ {
    units.chunk_by(|one, next| *next == one + 1).map(|run| run[0]..run[0] + run.len())
}

/// What is counted over the map.
struct Sums {
    cells: usize,
    varying: Varying,
    dominated: Vec<usize>,
    outside: usize,
    sets: [usize; 4],
    classes: [usize; 4],
    scattered: Vec<[f64; 2]>,
}

impl Sums {
    fn new(causes: usize) -> Self {
        Self {
            cells: 0,
            varying: Varying { cells: 0, shares: vec![0.0; causes] },
            dominated: vec![0; causes],
            outside: 0,
            sets: [0; 4],
            classes: [0; 4],
            scattered: Vec::new(),
        }
    }

    fn take(
        &mut self,
        maps: &Maps,
        strip: Range<usize>,
        bounds: Bounds,
        every: usize,
    ) -> Result<()> {
        let means = maps.stack.read_stored(PROSPECTIVITY, strip.clone())?;
        let spreads = maps.stack.read_stored(SPREAD, strip.clone())?;
        for ((unit, &mean), &spread) in strip.clone().zip(&means).zip(&spreads) {
            let Some(class) = bounds.class(mean, spread) else { continue };
            self.cells += 1;
            self.classes[class] += 1;
            if unit.is_multiple_of(every) {
                self.scattered.push([f64::from(mean), f64::from(spread)]);
            }
        }
        let shares = maps::shares(&maps::parts(maps, strip.clone())?);
        self.varying.take(&shares);
        maps::dominant(&shares).into_iter().flatten().for_each(|place| self.dominated[place] += 1);
        self.outside += maps::outside(maps, strip.clone())?.into_iter().filter(|o| *o).count();
        if maps::has(maps, SET) {
            let sets = maps.stack.read_stored(SET, strip)?;
            sets.iter().filter(|set| !set.is_nan()).for_each(|set| self.sets[*set as usize] += 1);
        }
        Ok(())
    }
}

/// What a target says of its doubt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetDoubt {
    /// Share of its cells outside the area of applicability; none where it is not drawn.
    pub outside: Option<f64>,
    /// The cause with the greatest mean share of the variance of its cells.
    pub cause: Option<Cause>,
    /// That share.
    pub share: Option<f64>,
}

/// The doubt of some units.
///
/// # Errors
/// Where a map cannot be read.
pub fn of_target(maps: &Maps, units: &[usize]) -> Result<TargetDoubt> {
    let causes = maps::causes(maps);
    let sums = sums_of_targets(maps, units, causes.len())?;
    let greatest = (0..causes.len())
        .filter_map(|place| sums.share(place).map(|share| (place, share)))
        .reduce(|best, other| if other.1 > best.1 { other } else { best });
    let mut outside = 0;
    for run in runs(units) {
        outside += maps::outside(maps, run)?.into_iter().filter(|outside| *outside).count();
    }
    let drawn = maps::has(maps, DENSITY) && maps::has(maps, DISSIMILARITY) && !units.is_empty();
    Ok(TargetDoubt {
        outside: drawn.then(|| outside as f64 / units.len() as f64),
        cause: greatest.map(|(place, _)| causes[place]),
        share: greatest.map(|(_, share)| share),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use paydirt_core::grid::{Crs, GeoTransform};
    use paydirt_core::layer::{EvidenceType, Layer, LayerInfo};
    use paydirt_core::mask::Mask;
    use paydirt_core::stack::GridStack;

    use super::*;

    fn maps(means: [f32; 4], ranks: [f32; 4]) -> Maps {
        let transform = GeoTransform { west: 0.0, north: 2.0, cell_width: 1.0, cell_height: 1.0 };
        let grid = Grid::new(Crs::local_metres(), transform, 2, 2).unwrap();
        let area = Arc::new(Mask::new(4, true));
        let mut stack = GridStack::new(grid, Arc::clone(&area));
        for (name, values) in [(PROSPECTIVITY, means), (RANK, ranks)] {
            let (name, unit) = (name.into(), String::new());
            let info = LayerInfo { name, evidence_type: EvidenceType::Continuous, unit };
            stack.push(&Layer::new(info, values.to_vec(), Arc::clone(&area)), None).unwrap();
        }
        Maps { stack, attribution_unit: String::new(), attribution_base: 0.0 }
    }

    #[test]
    fn a_map_of_ties_has_no_best_ground_and_its_bound_is_a_number() {
        let settings = RiskSettings { top_percent: 10.0, spreads: 1.0 };
        let tied = bounds(&maps([0.25; 4], [0.5; 4]), &settings).unwrap();
        assert!(tied.mean_at_least > 0.25 && tied.mean_at_least < 0.25001, "{tied:?}");
        assert_eq!(tied.class(0.25, 0.0), Some(0));
        let one = bounds(&maps([0.1, 0.2, 0.3, 0.4], [0.1, 0.4, 0.6, 0.95]), &settings).unwrap();
        assert_eq!(one.mean_at_least, f64::from(0.4_f32));
    }
}
