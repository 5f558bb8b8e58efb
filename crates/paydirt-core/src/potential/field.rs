//! A field made ready for filters, and filtered.

use std::ops::Range;

use rayon::prelude::*;
use realfft::num_complex::Complex;

use super::fft::{Spectrum, good_size};
use super::fill::{Torus, fill};
use super::outline::cells_within;
use super::trend::Trend;
use super::{Gaps, Wave};
use crate::grid::Grid;
use crate::raster::distance::Seeds;
use crate::{Error, Result};

/// Fewest rows and columns that known cells must span.
const MIN_SIDE: usize = 8;
/// Fewest rows and columns added around, and their share of a side.
const PADDING: (usize, f64) = (32, 0.5);
/// Most cells with padding: at 25 bytes each, 27 GB.
const MAX_PADDED_CELLS: usize = 1 << 30;

/// A raster of a potential field: its spectrum, the plane that was taken from it, and which cells
/// were known.
pub struct Field {
    spectrum: Spectrum,
    plane: Trend,
    cover: Cover,
    guard_m: f64,
}

/// Which cells of a raster are known.
pub struct Cover {
    known: Vec<bool>,
    known_cells: usize,
    outline_cells: usize,
    window: Window,
    grid: Grid,
}

/// The part of a grid that holds known cells, and its place in the padded plane.
#[derive(Clone, Debug)]
struct Window {
    rows: Range<usize>,
    cols: Range<usize>,
    padded: [usize; 2],
}

impl Window {
    fn of(known: &[bool], cols: usize) -> Option<Self> {
        let row = |row: &[bool]| row.contains(&true);
        let first = known.chunks(cols).position(row)?;
        let last = known.chunks(cols).rposition(row)?;
        let lines = || known.chunks(cols);
        let west = lines().filter_map(|line| line.iter().position(|known| *known)).min()?;
        let east = lines().filter_map(|line| line.iter().rposition(|known| *known)).max()?;
        let padded = [last + 1 - first, east + 1 - west]
            .map(|side| good_size(side + PADDING.0.max((side as f64 * PADDING.1).ceil() as usize)));
        Some(Self { rows: first..last + 1, cols: west..east + 1, padded })
    }

    /// The unit of the grid of each cell of the window.
    fn units(&self, cols: usize) -> impl Iterator<Item = usize> + '_ {
        let columns = self.cols.clone();
        self.rows.clone().flat_map(move |row| columns.clone().map(move |col| row * cols + col))
    }

    /// Where the first row and column lie in the padded plane: in its middle.
    fn offset(&self) -> [usize; 2] {
        [(self.padded[0] - self.rows.len()) / 2, (self.padded[1] - self.cols.len()) / 2]
    }
}

/// A plane of one value for each cell, if there is memory for it.
fn plane<T: Clone>(step: &str, cells: usize, value: T) -> Result<Vec<T>> {
    let mut plane = Vec::new();
    let too_large = |_| refused(step, format!("there is no memory for {cells} cells"));
    plane.try_reserve_exact(cells).map_err(too_large)?;
    plane.resize(cells, value);
    Ok(plane)
}

fn refused(step: &str, reason: impl Into<String>) -> Error {
    Error::Step { step: step.into(), layer: "raster".into(), reason: reason.into() }
}

impl Field {
    /// Makes a raster ready: one value a cell of the grid, row by row from the north; NaN or infinite
    /// where not known. `step` is named in errors.
    ///
    /// # Errors
    /// Settings out of range; a raster with too few known cells, too large a share of gaps, or too
    /// many cells.
    pub fn new(step: &str, values: &[f32], grid: &Grid, gaps: &Gaps) -> Result<Self> {
        gaps.check(step)?;
        let cover = Cover::of(values, grid).ok_or_else(|| refused(step, "no cell is known"))?;
        cover.window.check(step)?;
        gaps.check_share(step, &cover)?;
        let window = &cover.window;
        let mut cut: Vec<f64> = plane(step, window.rows.len() * window.cols.len(), 0.0)?;
        for (cell, unit) in cut.iter_mut().zip(window.units(grid.cols)) {
            *cell = if cover.known[unit] { f64::from(values[unit]) } else { f64::NAN };
        }
        let trend = Trend::fit(&cut, window.cols.len(), 1);
        subtract(&mut cut, &trend, window.cols.len());
        let torus = window.laid_out(step, &cut, grid)?;
        drop(cut);
        let spectrum = Spectrum::of(torus, window.padded[1], grid.cell_size_m());
        Ok(Self { spectrum, plane: trend, cover, guard_m: gaps.guard_m })
    }

    /// What a filter makes of the field without its plane, for the cells of [`Field::window_shape`].
    /// The kernel is asked for each wave.
    #[must_use]
    pub fn filtered(&self, kernel: impl Fn(Wave) -> Complex<f64> + Sync) -> Vec<f64> {
        let ([top, left], width) = (self.cover.window.offset(), self.cover.window.padded[1]);
        let plane = self.spectrum.filtered(kernel);
        let [rows, cols] = self.window_shape();
        (0..rows).flat_map(|row| &plane[(top + row) * width + left..][..cols]).copied().collect()
    }

    /// As [`Field::filtered`], the plane put back: for filters that leave a plane as it is.
    #[must_use]
    pub fn filtered_with_plane(&self, kernel: impl Fn(Wave) -> Complex<f64> + Sync) -> Vec<f64> {
        let mut values = self.filtered(kernel);
        let cols = self.cover.window.cols.len();
        values.par_chunks_mut(cols).enumerate().for_each(|(row, line)| {
            line.iter_mut().enumerate().for_each(|(col, value)| *value += self.plane.at(row, col));
        });
        values
    }

    /// The horizontal derivatives to the east and to the north of the field continued upward by so
    /// many metres, in units a metre.
    #[must_use]
    pub fn slopes(&self, height_m: f64) -> [Vec<f64>; 2] {
        let slope = self.plane.slope(self.cover.grid.cell_size_m());
        let component: [fn(Wave) -> f64; 2] = [|wave| wave.east, |wave| wave.north];
        [0, 1].map(|axis| {
            let mut values = self.filtered(|wave| {
                Complex::new(0.0, component[axis](wave)) * (-wave.radial() * height_m).exp()
            });
            values.iter_mut().for_each(|value| *value += slope[axis]);
            values
        })
    }

    /// Total horizontal gradient and vertical derivative (positive down), in units a metre.
    #[must_use]
    pub fn horizontal_and_vertical(&self) -> [Vec<f64>; 2] {
        let [mut horizontal, north] = self.slopes(0.0);
        for (east, north) in horizontal.iter_mut().zip(north) {
            *east = east.hypot(north);
        }
        [horizontal, self.filtered(|wave| wave.radial().into())]
    }

    /// Rows and columns of the part of the grid that holds known cells.
    #[must_use]
    pub fn window_shape(&self) -> [usize; 2] {
        [self.cover.window.rows.len(), self.cover.window.cols.len()]
    }

    /// The raster of what a filter made: NaN where the field was not known, and within the guard.
    #[must_use]
    pub fn raster(&self, values: &[f64]) -> Vec<f32> {
        let near =
            if self.guard_m > 0.0 { self.cover.beside_gaps(self.guard_m) } else { Vec::new() };
        let mut raster = vec![f32::NAN; self.cover.known.len()];
        for (unit, value) in self.cover.window.units(self.cover.grid.cols).zip(values) {
            let value = *value as f32;
            let kept = self.cover.known[unit] && !near.get(unit).is_some_and(|near| *near);
            if kept && value.is_finite() {
                raster[unit] = value;
            }
        }
        raster
    }

    /// Whether the field was known in a cell of the grid.
    #[must_use]
    pub fn is_known(&self, unit: usize) -> bool {
        self.cover.known[unit]
    }

    /// The unit of the grid of each cell of the window, row by row.
    pub fn units(&self) -> impl Iterator<Item = usize> + '_ {
        self.cover.window.units(self.cover.grid.cols)
    }

    /// The grid that it lies on.
    #[must_use]
    pub const fn grid(&self) -> &Grid {
        &self.cover.grid
    }
}

impl Cover {
    /// What is known of a raster; `None` where nothing is.
    #[must_use]
    pub fn of(values: &[f32], grid: &Grid) -> Option<Self> {
        let known: Vec<bool> = values.iter().map(|value| value.is_finite()).collect();
        let window = Window::of(&known, grid.cols)?;
        let known_cells = known.iter().filter(|known| **known).count();
        let outline_cells = cells_within(&known, grid.cols);
        Some(Self { known, known_cells, outline_cells, window, grid: grid.clone() })
    }

    /// The share of the convex outline of the known cells that is without a value.
    #[must_use]
    pub fn missing_percent(&self) -> f64 {
        100.0 * (1.0 - self.known_cells as f64 / self.outline_cells.max(1) as f64)
    }

    /// Cells within so many metres of one that is not known, in the grid or beyond its edge.
    fn beside_gaps(&self, within_m: f64) -> Vec<bool> {
        let Grid { rows, cols, .. } = self.grid;
        let mut seeds = Seeds::new(rows, cols);
        for unit in (0..rows * cols).filter(|unit| !self.known[*unit]) {
            seeds.mark_range(unit..unit + 1);
        }
        for col in 0..cols as i64 {
            seeds.mark(-1, col);
            seeds.mark(rows as i64, col);
        }
        for row in 0..rows as i64 {
            seeds.mark(row, -1);
            seeds.mark(row, cols as i64);
        }
        let [width_m, height_m] = self.grid.cell_size_m();
        let distances = seeds.distances(width_m, height_m, f64::INFINITY);
        distances.into_iter().map(|distance| f64::from(distance) <= within_m).collect()
    }

    /// What belongs into the receipt: how much is bridged, and how many cells lie beside it.
    #[must_use]
    pub fn note(&self) -> String {
        let [width_m, height_m] = self.grid.cell_size_m();
        let within_m = 3.0 * width_m.max(height_m);
        let near = self.beside_gaps(within_m);
        let beside = near.iter().zip(&self.known).filter(|(near, known)| **near && **known).count();
        let [rows, cols] = self.window.padded;
        format!(
            "{:.1} % of the convex outline of the known cells is without a value and was bridged \
             by a surface of minimum curvature, {cols}x{rows} cells with padding; {beside} of {} \
             cells lie within {within_m:.0} m of ground that was not measured, where a filter is \
             least certain",
            self.missing_percent(),
            self.known_cells
        )
    }
}

impl Gaps {
    fn check(&self, step: &str) -> Result<()> {
        let bad = |key: &str, found: f64, expected: &str| {
            let key = format!("{step}.gaps.{key}");
            Err(Error::BadSetting { key, found: found.to_string(), expected: expected.into() })
        };
        if !(0.0..100.0).contains(&self.max_missing_percent) {
            return bad("max_missing_percent", self.max_missing_percent, "at least 0, under 100");
        }
        if !(self.guard_m >= 0.0 && self.guard_m.is_finite()) {
            return bad("guard_m", self.guard_m, "0 or more");
        }
        Ok(())
    }

    fn check_share(&self, step: &str, cover: &Cover) -> Result<()> {
        let missing = cover.missing_percent();
        if missing <= self.max_missing_percent {
            return Ok(());
        }
        Err(refused(
            step,
            format!(
                "{missing:.1} % of the convex outline of the known cells is without a value, more \
                 than `gaps.max_missing_percent`, {} %: a filter would show the filling, not the \
                 field",
                self.max_missing_percent
            ),
        ))
    }
}

impl Window {
    fn check(&self, step: &str) -> Result<()> {
        let (rows, cols) = (self.rows.len(), self.cols.len());
        if rows < MIN_SIDE || cols < MIN_SIDE {
            let reason = format!(
                "the known cells span {cols}x{rows} cells, but a filter needs {MIN_SIDE} each way"
            );
            return Err(refused(step, reason));
        }
        let [high, wide] = self.padded;
        match high.checked_mul(wide).filter(|cells| *cells <= MAX_PADDED_CELLS) {
            Some(_) => Ok(()),
            None => Err(refused(
                step,
                format!(
                    "{cols}x{rows} cells are {wide}x{high} with padding, more than the \
                     {MAX_PADDED_CELLS} that are filtered at once; use larger cells"
                ),
            )),
        }
    }

    /// The padded plane, filled.
    fn laid_out(&self, step: &str, cut: &[f64], grid: &Grid) -> Result<Vec<f64>> {
        let ([rows, cols], [top, left]) = (self.padded, self.offset());
        let mut torus = plane(step, rows * cols, 0.0)?;
        let mut known = plane(step, rows * cols, false)?;
        for (row, line) in cut.chunks(self.cols.len()).enumerate() {
            let start = (top + row) * cols + left;
            for (unit, value) in (start..).zip(line).filter(|(_, value)| value.is_finite()) {
                torus[unit] = *value;
                known[unit] = true;
            }
        }
        let [width_m, height_m] = grid.cell_size_m();
        fill(&mut torus, &known, Torus { rows, cols, aspect: (width_m / height_m).powi(2) });
        Ok(torus)
    }
}

/// Takes a trend from a plane. What is left of a constant or a plane once its 32-bit values were
/// rounded is nothing, not a field.
fn subtract(cut: &mut [f64], trend: &Trend, cols: usize) {
    let largest = |values: &[f64]| {
        values.iter().filter(|value| value.is_finite()).fold(0.0, |most: f64, v| most.max(v.abs()))
    };
    let before = largest(cut);
    cut.par_chunks_mut(cols).enumerate().for_each(|(row, line)| {
        line.iter_mut().enumerate().for_each(|(col, value)| *value -= trend.at(row, col));
    });
    if largest(cut) <= f64::from(f32::EPSILON) * before {
        cut.iter_mut().filter(|value| value.is_finite()).for_each(|value| *value = 0.0);
    }
}
