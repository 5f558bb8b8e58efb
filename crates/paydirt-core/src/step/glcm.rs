//! Texture from the grey-level co-occurrence matrix (Haralick, Shanmugam & Dinstein 1973,
//! doi:10.1109/TSMC.1973.4309314): how often levels `i` and `j` stand so many cells apart in a circle
//! around a cell. The layer's `range` is cut into `levels` of equal width, the same for every window
//! (a window stretched to its own range shows noise as texture); what lies beyond the range gets
//! the outermost level. Pairs are taken at each of `distances_cells` in four directions (0, 45, 90 and 135
//! degrees, in cells), counted in both orders; the measure is the mean over these matrices.
//!
//! A matrix must have at least as many entries as cells, or the step is refused: `2 pairs >= levels^2`
//! in a whole window. A pair with a missing cell does not count; where fewer than
//! `min_known_percent` of the pairs at any offset are left, the cell is missing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::circle;
use super::columns::{bad_setting, refuse};
use super::{Block, FittedStep, RasterStep, Reach, Read, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::disc::Disc;
use crate::raster::quantiles::quantiles;
use crate::raster::texture::{Measure, Pairs, Texture, UNKNOWN};
use crate::table::Table;

/// Measures the texture of a layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Radius of the window, in metres.
    pub radius_m: f64,
    /// What is measured.
    pub measure: Measure,
    /// Number of levels into which the range is cut, 2 to 256.
    pub levels: usize,
    /// Lowest and highest value told apart. By default from the whole layer, as `beyond_percent`
    /// says.
    pub range: Option<[f64; 2]>,
    /// Without `range`: share of the layer's known cells, in percent, that lies beyond it on each
    /// side.
    pub beyond_percent: f64,
    /// Distances of the pairs, in cells.
    pub distances_cells: Vec<usize>,
    /// Least share of the window's pairs, in percent, that must be known.
    pub min_known_percent: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            radius_m: 2000.0,
            measure: Measure::Contrast,
            levels: 16,
            range: None,
            beyond_percent: 1.0,
            distances_cells: vec![1],
            min_known_percent: 50.0,
        }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("glcm", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

/// Most distances at once.
const MOST_DISTANCES: usize = 16;

impl Settings {
    fn check(&self) -> Result<()> {
        if !(2..=256).contains(&self.levels) {
            return Err(bad_setting("glcm.levels", self.levels, "2 to 256"));
        }
        if !(0.0..50.0).contains(&self.beyond_percent) {
            return Err(bad_setting(
                "glcm.beyond_percent",
                self.beyond_percent,
                "0 to less than 50",
            ));
        }
        if let Some([low, high]) = self.range
            && !(low < high && (high - low).is_finite())
        {
            let found = format!("[{low}, {high}]");
            return Err(bad_setting("glcm.range", found, "two numbers, the lower one first"));
        }
        let distances = &self.distances_cells;
        if distances.is_empty() || distances.len() > MOST_DISTANCES || distances.contains(&0) {
            let expected = format!("1 to {MOST_DISTANCES} distances of at least 1 cell");
            return Err(bad_setting("glcm.distances_cells", format!("{distances:?}"), &expected));
        }
        Ok(())
    }

    /// The pairs at each distance, east, north-east, north and north-west.
    fn pairs(&self, disc: &Disc) -> Result<Vec<Pairs>> {
        let needed = (self.levels * self.levels).div_ceil(2);
        let mut all = Vec::new();
        for cells in &self.distances_cells {
            let straight = isize::try_from(*cells).unwrap_or(isize::MAX / 2).min(1 << 20);
            let across = (straight as f64 * std::f64::consts::FRAC_1_SQRT_2).round() as isize;
            for offset in [[0, straight], [-across, across], [-straight, 0], [-across, -across]] {
                let pairs = Pairs::new(disc, offset);
                if pairs.count() < needed {
                    let found = format!(
                        "{}, a window of {} cells with {} pairs {cells} cells apart",
                        self.radius_m,
                        disc.cells(),
                        pairs.count(),
                    );
                    let levels = self.levels;
                    let expected = format!("large enough for {needed} pairs of {levels} levels");
                    return Err(bad_setting("glcm.radius_m", found, &expected));
                }
                all.push(pairs);
            }
        }
        Ok(all)
    }

    fn texture(&self, grid: &Grid) -> Result<Texture> {
        self.check()?;
        let disc = circle::disc("glcm.radius_m", self.radius_m, grid)?;
        let least_share = circle::known_share("glcm", self.min_known_percent)?;
        let pairs = self.pairs(&disc)?;
        Ok(Texture { disc, pairs, measure: self.measure, levels: self.levels, least_share })
    }
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        Ok(Reach::Rows(self.texture(grid)?.disc.rows()))
    }

    fn settle(&self, grid: &Grid, read: &mut Read<'_>) -> Result<Option<Box<dyn RasterStep>>> {
        if self.range.is_some() {
            return Ok(None);
        }
        let beyond = self.beyond_percent / 100.0;
        let Some(range) = quantiles([beyond, 1.0 - beyond], grid.cells(), read)? else {
            return Err(refuse("glcm", "raster", "no cell is known, so there is no texture"));
        };
        let [low, high] = range.map(f64::from);
        if low >= high {
            let reason = format!("nearly all cells are {low}, so there is no texture");
            return Err(refuse("glcm", "raster", reason));
        }
        Ok(Some(Box::new(Self { range: Some([low, high]), ..self.clone() })))
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let texture = self.texture(grid)?;
        let Some([low, high]) = self.range else {
            let expected = "given, or settled by a look at the whole raster";
            return Err(bad_setting("glcm.range", "not given", expected));
        };
        let plane = block.around(texture.disc.rows(), texture.disc.cols(), grid);
        let level = |value: &f32| {
            if value.is_nan() {
                return UNKNOWN;
            }
            let level = (f64::from(*value) - low) / (high - low) * self.levels as f64;
            (level.max(0.0) as usize).min(self.levels - 1) as u16
        };
        let levels: Vec<u16> = plane.iter().map(level).collect();
        Ok(texture.draw(&levels, grid.cols))
    }

    fn unit(&self, _: &str) -> String {
        "1".into()
    }
}
