//! What was read of a raster: for the data receipt.

use std::collections::{BTreeMap, BTreeSet};

use paydirt_core::grid::Grid;
use paydirt_core::layer::EvidenceType;
use serde::Serialize;

use super::source::Source;
use super::{Request, Resample};

/// Distinct values are counted up to here.
const MAX_DISTINCT: usize = 1000;

/// Whole numbers up to here are exact in float32.
const MAX_EXACT: f32 = 16_777_216.0;

/// Values that nobody measures: without a tag they are missing values in disguise.
const SENTINELS: [f32; 10] =
    [-9999.0, -99_999.0, -999.0, -99.0, -32_768.0, 65_535.0, -1e9, -1e20, -1e32, 255.0];

/// How a raster came onto the grid and what is known of it there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlignReport {
    /// Size, cell size and type of the file.
    pub source: String,
    /// Its coordinate reference system by code or name.
    pub crs: String,
    /// Whether that system was assumed, since the file names none.
    pub crs_assumed: bool,
    /// How values were resampled; `None` where cells were taken as they are.
    pub resampling: Option<Resample>,
    /// What decided that a cell is missing.
    pub nodata_rule: String,
    /// Cells of the grid inside the raster that are missing by that rule.
    pub nodata_cells: usize,
    /// Cells of the grid inside the raster.
    pub covered_cells: usize,
    /// Cells with a value.
    pub known_cells: usize,
    /// Smallest value; `None` where no cell is known, as of the largest and the mean.
    pub min: Option<f32>,
    /// Largest value.
    pub max: Option<f32>,
    /// Mean value.
    pub mean: Option<f64>,
    /// Number of distinct values; `None` if there are more than 1000.
    pub distinct: Option<usize>,
    /// What is odd, one sentence each.
    pub warnings: Vec<String>,
}

/// Running figures of the values on the grid.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) known: usize,
    pub(super) covered: usize,
    pub(super) min: f32,
    pub(super) max: f32,
    sum: f64,
    distinct: BTreeSet<u32>,
    last: u32,
    /// How often each value stands along the edge of the grid, and how many cells have it.
    edge: BTreeMap<u32, usize>,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            known: 0,
            covered: 0,
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
            sum: 0.0,
            distinct: BTreeSet::new(),
            last: f32::NAN.to_bits(),
            edge: BTreeMap::new(),
        }
    }

    /// Counts the values of a strip that begins with `row` along the edge of the grid.
    pub(super) fn add_edge(&mut self, values: &[f32], row: usize, grid: &Grid) {
        for (down, line) in values.chunks(grid.cols).enumerate() {
            let whole = [0, grid.rows - 1].contains(&(row + down));
            let step = if whole { 1 } else { (grid.cols - 1).max(1) };
            for value in line.iter().step_by(step).filter(|value| !value.is_nan()) {
                if self.edge.len() <= MAX_DISTINCT {
                    *self.edge.entry((value + 0.0).to_bits()).or_default() += 1;
                }
            }
        }
    }

    /// A value that fills at least half of the grid's edge, where others occur inside, and the share
    /// of the edge in percent.
    fn padding(&self, grid: &Grid) -> Option<(f32, f64)> {
        let (bits, count) = self.edge.iter().max_by_key(|(_, count)| **count)?;
        let around = 2 * (grid.rows + grid.cols).saturating_sub(2);
        let share = *count as f64 / around.max(1) as f64;
        let constant = self.min == self.max;
        (share >= 0.5 && !constant).then(|| (f32::from_bits(*bits), share * 100.0))
    }

    /// Counts some values.
    pub(super) fn add(&mut self, values: &[f32]) {
        for &value in values.iter().filter(|value| !value.is_nan()) {
            self.known += 1;
            self.min = self.min.min(value);
            self.max = self.max.max(value);
            self.sum += f64::from(value);
            let bits = (value + 0.0).to_bits();
            if bits != self.last && self.distinct.len() <= MAX_DISTINCT {
                self.last = bits;
                self.distinct.insert(bits);
            }
        }
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.known > 0).then(|| self.sum / self.known as f64)
    }

    pub(super) fn distinct(&self) -> Option<usize> {
        (self.distinct.len() <= MAX_DISTINCT).then_some(self.distinct.len())
    }

    /// What is odd about the values.
    pub(super) fn oddities(&self, source: &Source, request: &Request, grid: &Grid) -> Vec<String> {
        let mut odd = Vec::new();
        for value in &source.missing.impossible {
            odd.push(format!("no-data value {value} cannot occur in {}", source.data_type.name()));
        }
        if (source.scale, source.offset) != (1.0, 0.0) {
            odd.push(format!(
                "stored values were multiplied by {} and {} added, as the band says",
                source.scale, source.offset
            ));
        }
        let cells = grid.cells();
        if self.covered < cells {
            let share = 100.0 * self.covered as f64 / cells as f64;
            odd.push(format!("covers {share:.1} % of the grid"));
        }
        if self.known == 0 {
            odd.push("holds no value on the grid: every cell is missing".into());
            return odd;
        }
        if self.min == self.max {
            odd.push(format!("is constant: every known cell is {}", self.min));
        }
        if super::whole(source.data_type) && self.min.abs().max(self.max.abs()) > MAX_EXACT {
            odd.push(
                "holds whole numbers above 16777216, of which float32 keeps not every one".into(),
            );
        }
        self.suspicious_nodata(source, &mut odd);
        let measured = request.evidence_type == EvidenceType::Continuous;
        if let Some((value, percent)) = self.padding(grid).filter(|_| measured) {
            odd.push(format!(
                "{value} fills {percent:.0} % of the grid's edge, as padding does: if it means \
                 missing, declare `nodata = [{value}]`, or `within` where it also occurs inside"
            ));
        }
        odd
    }

    fn suspicious_nodata(&self, source: &Source, odd: &mut Vec<String>) {
        let unscaled = (source.scale, source.offset) == (1.0, 0.0);
        for extreme in [self.min, self.max] {
            let sentinel = SENTINELS.contains(&extreme) || extreme.abs() > 1e30;
            if unscaled && sentinel && self.min != self.max {
                let extreme = written(extreme);
                odd.push(format!(
                    "reaches {extreme}, which often means missing: if it does, declare `nodata = [{extreme}]`"
                ));
            }
        }
        if let Some(value) = &source.tag {
            let inside = f64::from(self.min) < *value && *value < f64::from(self.max);
            if unscaled && inside {
                odd.push(format!(
                    "its no-data value {value} lies among its values ({} to {}): are these cells missing?",
                    self.min, self.max
                ));
            }
        }
    }
}

/// A number as a user would write it.
fn written(value: f32) -> String {
    if value.abs() < 1e15 { value.to_string() } else { format!("{value:e}") }
}
