//! Targets: the best ground of a prospectivity map as ranked polygons.
//!
//! Cells in the best share of the map's area are gathered into connected targets (cells that touch
//! at a side or a corner, or lie near enough to be merged), small ones are dropped, and the rest are
//! ranked by mean score.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::require;
use crate::grid::{Grid, Point, STRIP_CELLS};
use crate::mask::Mask;
use crate::{Error, Result};

pub(crate) mod outline;
mod ranking;
pub(crate) mod runs;

pub use outline::Polygon;

use runs::{Run, groups, runs};

/// Settings of targets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "TargetSettings")]
pub struct Settings {
    /// Targets are drawn round the cells in this best share of the map's area, over 0 to 100.
    pub top_share_percent: f64,
    /// Targets smaller than this area are dropped; that of four cells unless said.
    pub min_area_km2: Option<f64>,
    /// No more targets than this are kept, the best ones.
    pub max_targets: usize,
    /// Cells no further apart than this, centre to centre, belong to one target even if they do not
    /// touch; the ground between them is not added to it.
    pub merge_m: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { top_share_percent: 2.0, min_area_km2: None, max_targets: 50, merge_m: 0.0 }
    }
}

/// Reads the values of neighbouring cells.
pub type ReadCells<'a> = dyn Fn(Range<usize>) -> Result<Vec<f32>> + 'a;

/// The values of a map, one a cell.
#[derive(Clone, Copy)]
pub enum Values<'a> {
    /// All of them.
    Held(&'a [f32]),
    /// Read in strips, in a few passes: nothing of the size of the map is held.
    Read(&'a ReadCells<'a>),
}

impl Values<'_> {
    /// Sees each finite value with its cell, in order.
    fn visit(&self, cells: usize, mut see: impl FnMut(usize, f32)) -> Result<()> {
        let mut part = |first: usize, values: &[f32]| {
            let finite = values.iter().enumerate().filter(|(_, value)| value.is_finite());
            finite.for_each(|(place, value)| see(first + place, *value));
        };
        match self {
            Self::Held(values) => part(0, values),
            Self::Read(read) => {
                for first in (0..cells).step_by(STRIP_CELLS) {
                    part(first, &read(first..(first + STRIP_CELLS).min(cells))?);
                }
            }
        }
        Ok(())
    }
}

/// The map to find targets on.
#[derive(Clone, Copy)]
pub struct Scores<'a> {
    /// The grid.
    pub grid: &'a Grid,
    /// Score of each cell, NaN (or anything not finite) where it has none.
    pub score: Values<'a>,
    /// Spread of each cell's score, NaN where it has none.
    pub spread: Option<Values<'a>>,
    /// Cells of the known deposits; a cell may be given more than once.
    pub deposits: &'a [usize],
}

/// One target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Target {
    /// 1 for the target of the highest mean score; of equal ones the larger, then the one whose peak
    /// is the earlier cell.
    pub rank: usize,
    /// Area in km2, each cell as large as [`Grid::cell_area_km2`].
    pub area_km2: f64,
    /// Mean score of its cells.
    pub mean_score: f64,
    /// Highest score of its cells.
    pub max_score: f64,
    /// Percentile of the mean score: percent of the map's area with a lower one, ties counted half.
    pub mean_percentile: f64,
    /// Percentile of the highest score.
    pub max_percentile: f64,
    /// Mean spread of its cells that have one.
    pub mean_spread: Option<f64>,
    /// Known deposits inside, by cell.
    pub deposits: Vec<usize>,
    /// Distance in metres from its nearest cell to the cell of the nearest known deposit, centre to
    /// centre: 0 where one is inside. On a geographic grid as rough as
    /// [`Grid::unit_m`].
    pub deposit_distance_m: Option<f64>,
    /// Mean of its cells' centres, which may lie outside of it.
    pub centroid: Point,
    /// The centre of the cell with the highest score, the first of equal ones.
    pub peak: Point,
    /// Its cells, in order.
    #[serde(skip)]
    pub units: Vec<usize>,
    /// Its outline along the edges of its cells: valid polygons, of which two touch at corners only.
    #[serde(skip)]
    pub polygons: Vec<Polygon>,
}

/// The targets of a map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Targets {
    /// The targets, best first.
    pub targets: Vec<Target>,
    /// The lowest score that is in the best share; `None` if no cell is (a map of one value).
    pub lowest_score: Option<f32>,
    /// How many were dropped as too small.
    pub too_small: usize,
    /// How many were dropped as too many.
    pub too_many: usize,
}

/// Finds the targets of a map. A cell is in the best share of area if the share that scores higher,
/// ties counted half, is no larger than it.
///
/// # Errors
/// [`Error::BadSetting`] for a setting out of range, [`Error::GridMismatch`] for a map that has not
/// one value a cell.
///
/// ```
/// use paydirt_core::grid::{Crs, GeoTransform, Grid};
/// use paydirt_core::target::{Scores, Settings, Values, find};
/// let transform = GeoTransform { west: 0.0, north: 20.0, cell_width: 10.0, cell_height: 10.0 };
/// let grid = Grid::new(Crs::local_metres(), transform, 2, 3)?;
/// let score = [0.9, 0.8, 0.1, 0.1, 0.2, 0.3];
/// let settings =
///     Settings { top_share_percent: 34.0, min_area_km2: Some(0.0), ..Settings::default() };
/// let score = Values::Held(&score);
/// let found = find(&settings, &Scores { grid: &grid, score, spread: None, deposits: &[5] })?;
/// let [target] = &found.targets[..] else { panic!("one target") };
/// assert_eq!(target.units, [0, 1]);
/// assert_eq!(target.deposit_distance_m, Some(10.0 * 2_f64.sqrt()));
/// let ring = [[0.0, 20.0], [0.0, 10.0], [20.0, 10.0], [20.0, 20.0], [0.0, 20.0]];
/// assert_eq!(target.polygons, [[ring]]);
/// # Ok::<(), paydirt_core::Error>(())
/// ```
pub fn find(settings: &Settings, scores: &Scores<'_>) -> Result<Targets> {
    check(settings, scores)?;
    let (grid, cells) = (scores.grid, scores.grid.cells());
    let lowest_score =
        ranking::lowest_within(&scores.score, cells, settings.top_share_percent / 100.0)?;
    let best = Best::new(scores, lowest_score)?;
    let least_km2 = settings.min_area_km2.unwrap_or(4.0 * grid.cell_area_km2());
    let groups = groups(&runs(&best.cells, grid.cols), &reach(grid, settings.merge_m));
    let drawn = groups.len();
    let mut found: Vec<(Target, Vec<Run>)> = groups
        .into_iter()
        .map(|runs| (scores.measure(&runs, &best), runs))
        // A hair's breadth of tolerance: four cells are not smaller than the area of four cells.
        .filter(|(target, _)| target.area_km2 >= least_km2 * (1.0 - 1e-9))
        .collect();
    let large = found.len();
    found.sort_by(|(one, _), (two, _)| better(one, two, grid));
    found.truncate(settings.max_targets);
    let kept = found.len();
    let asked: Vec<f64> =
        found.iter().flat_map(|(target, _)| [target.mean_score, target.max_score]).collect();
    let shares = ranking::shares_below(&scores.score, cells, &asked)?;
    let finish = |(index, (target, runs)): (usize, (Target, Vec<Run>))| Target {
        rank: index + 1,
        mean_percentile: 100.0 * shares[2 * index],
        max_percentile: 100.0 * shares[2 * index + 1],
        deposit_distance_m: scores.deposit_distance_m(&runs),
        polygons: outline::polygons(&runs, &best.cells, grid),
        ..target
    };
    let targets = found.into_iter().enumerate().map(finish).collect();
    Ok(Targets { targets, lowest_score, too_small: drawn - large, too_many: large - kept })
}

/// The cells in the best share of area, with what is known of them.
struct Best {
    cells: Mask,
    /// Their numbers, in order.
    units: Vec<usize>,
    score: Vec<f32>,
    /// NaN where there is none; empty without spreads.
    spread: Vec<f32>,
}

impl Best {
    fn new(scores: &Scores<'_>, lowest: Option<f32>) -> Result<Self> {
        let count = scores.grid.cells();
        let mut cells = Mask::new(count, false);
        let (mut units, mut score) = (Vec::new(), Vec::new());
        if let Some(lowest) = lowest {
            scores.score.visit(count, |unit, value| {
                if value >= lowest {
                    cells.set(unit, true);
                    units.push(unit);
                    score.push(value);
                }
            })?;
        }
        let mut spread = Vec::new();
        if let Some(values) = scores.spread {
            spread.resize(units.len(), f32::NAN);
            let mut next = 0;
            values.visit(count, |unit, value| {
                while units.get(next).is_some_and(|best| *best < unit) {
                    next += 1;
                }
                if units.get(next) == Some(&unit) {
                    spread[next] = value;
                }
            })?;
        }
        Ok(Self { cells, units, score, spread })
    }

    /// The places in the lists of the cells of some runs.
    fn places<'a>(&'a self, runs: &'a [Run], cols: usize) -> impl Iterator<Item = usize> + 'a {
        runs.iter().flat_map(move |run| {
            let units = run.units(cols);
            let first = self.units.partition_point(|unit| *unit < units.start);
            first..first + units.len()
        })
    }
}

/// Which of two targets is the better: the higher mean score, the larger, the earlier peak.
fn better(one: &Target, two: &Target, grid: &Grid) -> std::cmp::Ordering {
    let by_score = two.mean_score.total_cmp(&one.mean_score);
    let by_area = two.units.len().cmp(&one.units.len());
    by_score.then(by_area).then(grid.locate(one.peak).cmp(&grid.locate(two.peak)))
}

/// How many columns apart cells may lie, for each number of rows apart, to belong together: they
/// touch, or their centres are at most `merge_m` apart.
fn reach(grid: &Grid, merge_m: f64) -> Vec<usize> {
    let [width_m, height_m] = grid.cell_size_m();
    // A hair's breadth of tolerance: three cells of 0.1 m reach 0.3 m.
    let whole = |cells: f64| (cells + 1e-9) as usize;
    let rows = whole(merge_m / height_m).clamp(1, grid.rows);
    let columns = |rows: usize| {
        let left = merge_m.powi(2) - (rows as f64 * height_m).powi(2);
        let near = whole(left.max(0.0).sqrt() / width_m);
        near.max(usize::from(rows <= 1)).min(grid.cols)
    };
    (0..=rows).map(columns).collect()
}

impl Scores<'_> {
    /// What is known of a target before it is ranked.
    fn measure(&self, runs: &[Run], best: &Best) -> Target {
        let places: Vec<usize> = best.places(runs, self.grid.cols).collect();
        let units: Vec<usize> = places.iter().map(|&place| best.units[place]).collect();
        let count = units.len() as f64;
        let mean_score =
            places.iter().map(|&place| f64::from(best.score[place])).sum::<f64>() / count;
        let peak = places.iter().copied().fold(places[0], |highest, place| {
            if best.score[place] > best.score[highest] { place } else { highest }
        });
        let centres = units.iter().map(|&unit| self.grid.centre(unit));
        let [easting, northing] = centres.fold([0.0, 0.0], |sum, at| {
            [sum[0] + at.easting / count, sum[1] + at.northing / count]
        });
        let inside = |unit: &&usize| units.binary_search(unit).is_ok();
        Target {
            rank: 0,
            area_km2: count * self.grid.cell_area_km2(),
            mean_score,
            max_score: f64::from(best.score[peak]),
            mean_percentile: f64::NAN,
            max_percentile: f64::NAN,
            mean_spread: mean_spread(&places, &best.spread),
            deposits: self.deposits.iter().filter(inside).copied().collect(),
            deposit_distance_m: None,
            centroid: Point { easting, northing },
            peak: self.grid.centre(best.units[peak]),
            units,
            polygons: Vec::new(),
        }
    }

    fn deposit_distance_m(&self, runs: &[Run]) -> Option<f64> {
        let [width_m, height_m] = self.grid.cell_size_m();
        let distance_m = |deposit: usize| {
            let cell = self.grid.cell(deposit);
            let place = Run { row: cell.row, first: cell.col, last: cell.col };
            let to = |run: &Run| {
                let rows = run.row.abs_diff(place.row) as f64;
                (run.columns_to(place) as f64 * width_m).hypot(rows * height_m)
            };
            runs.iter().map(to).fold(f64::INFINITY, f64::min)
        };
        let on_grid = self.deposits.iter().copied().filter(|&unit| unit < self.grid.cells());
        on_grid.map(distance_m).min_by(f64::total_cmp)
    }
}

/// The mean of the spreads that are known at some places of a list.
fn mean_spread(places: &[usize], spread: &[f32]) -> Option<f64> {
    let known = places.iter().filter_map(|&place| spread.get(place));
    let known = known.map(|one| f64::from(*one)).filter(|one| one.is_finite());
    let (sum, count) = known.fold((0.0, 0), |(sum, count), one| (sum + one, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

impl Settings {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`Error::BadSetting`] with the key.
    pub fn validate(&self) -> Result<()> {
        let Self { top_share_percent, min_area_km2, max_targets, merge_m } = self;
        let share = *top_share_percent > 0.0 && *top_share_percent <= 100.0;
        require(share, "target.top_share_percent", top_share_percent, "over 0 to 100")?;
        let least = min_area_km2.unwrap_or(0.0);
        let area = least.is_finite() && least >= 0.0;
        require(area, "target.min_area_km2", least, "0 or more")?;
        require(*max_targets > 0, "target.max_targets", max_targets, "1 or more")?;
        let merge = merge_m.is_finite() && *merge_m >= 0.0;
        require(merge, "target.merge_m", merge_m, "0 or more")
    }
}

fn check(settings: &Settings, scores: &Scores<'_>) -> Result<()> {
    settings.validate()?;
    for (layer, values) in [("score", Some(scores.score)), ("spread", scores.spread)] {
        if let Some(Values::Held(values)) = values
            && values.len() != scores.grid.cells()
        {
            return Err(Error::GridMismatch {
                layer: layer.into(),
                found: format!("{} cells", values.len()),
                expected: scores.grid.to_string(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
