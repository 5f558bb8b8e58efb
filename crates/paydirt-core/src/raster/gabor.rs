//! Gabor filters: waves of one length and direction under a Gaussian.

use std::ops::Range;

use rayon::prelude::*;

/// Columns of a tile.
const TILE_COLS: usize = 512;

/// One axis of a separable kernel, from the west or north on: real and imaginary parts.
type Axis = Vec<[f64; 2]>;

/// A Gaussian window on cells, cut at so many of them on each side.
#[derive(Clone, Debug)]
pub struct Gaussian {
    /// Its standard deviation in metres.
    pub sigma_m: f64,
    /// Width and height of a cell in metres.
    pub cell_size_m: [f64; 2],
    /// Columns and rows that it reaches to each side.
    pub reach: [usize; 2],
}

/// A tile of the grid: what the window sees of it, and how it was looked at.
struct Tile<'a> {
    plane: &'a [f32],
    width: usize,
    rows: Range<usize>,
    cols: Range<usize>,
}

impl Gaussian {
    /// A Gaussian cut at four standard deviations.
    #[must_use]
    pub fn new(sigma_m: f64, cell_size_m: [f64; 2]) -> Self {
        let reach = cell_size_m.map(|size_m| (4.0 * sigma_m / size_m).ceil() as usize);
        Self { sigma_m, cell_size_m, reach }
    }

    /// Under the window, a wave of so many radians a metre to the east and to the north.
    fn wave(&self, radians_per_m: [f64; 2]) -> [Axis; 2] {
        [0, 1].map(|axis| {
            let reach = self.reach[axis] as i64;
            let tap = |cells: i64| {
                let metres = cells as f64 * self.cell_size_m[axis];
                let weight = (-0.5 * (metres / self.sigma_m).powi(2)).exp();
                let angle = metres * radians_per_m[axis];
                [weight * angle.cos(), weight * angle.sin()]
            };
            (-reach..=reach).map(tap).collect()
        })
    }

    /// The largest magnitude, over the given directions, with which a wave of `wavelength_m` is in
    /// the neighbourhood of each cell of a grid of `cols` columns. A direction is that of the ridges, in
    /// degrees clockwise from north. The plane is the grid with [`Gaussian::reach`] columns and rows
    /// added on each side, NaN where not known. The mean under the window is taken away first, so
    /// that a level surface gives 0, and cells that are not known do not count; NaN where known ones
    /// have less than `least_share` of the window's weight.
    #[must_use]
    pub fn magnitude(
        &self,
        plane: &[f32],
        cols: usize,
        (wavelength_m, directions): (f64, &[f64]),
        least_share: f64,
    ) -> Vec<f32> {
        let [margin, reach] = self.reach;
        let width = cols + 2 * margin;
        let rows = (plane.len() / width).saturating_sub(2 * reach);
        let waves: Vec<[Axis; 2]> = directions
            .iter()
            .map(|degrees| {
                let (sine, cosine) = degrees.to_radians().sin_cos();
                let radians_per_m = std::f64::consts::TAU / wavelength_m;
                // across the ridges; rows run south
                self.wave([radians_per_m * cosine, radians_per_m * sine])
            })
            .collect();
        let window = self.wave([0.0; 2]);
        let whole: f64 =
            window.iter().map(|axis| axis.iter().map(|[re, _]| re).sum::<f64>()).product();
        let mut drawn = vec![f32::NAN; rows * cols];
        let band = reach.clamp(16, 256);
        drawn.par_chunks_mut(band * cols).enumerate().for_each(|(index, drawn)| {
            let rows = index * band..index * band + drawn.len() / cols;
            for west in (0..cols).step_by(TILE_COLS) {
                let cols_of_tile = west..(west + TILE_COLS).min(cols);
                let tile = Tile { plane, width, rows: rows.clone(), cols: cols_of_tile.clone() };
                let strongest = tile.strongest(&window, &waves, whole * least_share);
                for (drawn, strongest) in
                    drawn.chunks_mut(cols).zip(strongest.chunks(cols_of_tile.len()))
                {
                    drawn[cols_of_tile.clone()].copy_from_slice(strongest);
                }
            }
        });
        drawn
    }
}

impl Tile<'_> {
    /// The largest magnitude over the waves.
    fn strongest(&self, window: &[Axis; 2], waves: &[[Axis; 2]], least: f64) -> Vec<f32> {
        let known = |value: f32| f64::from(u8::from(!value.is_nan()));
        let value = |value: f32| if value.is_nan() { 0.0 } else { f64::from(value) };
        let weights = self.convolve(window, known);
        let sums = self.convolve(window, value);
        let mut strongest = vec![0.0_f64; weights.len()];
        for wave in waves {
            let of_values = self.convolve(wave, value);
            let of_level = self.convolve(wave, known);
            for (cell, strongest) in strongest.iter_mut().enumerate() {
                let mean = sums[cell][0] / weights[cell][0];
                let part = |part: usize| of_values[cell][part] - mean * of_level[cell][part];
                *strongest = strongest.max(part(0).hypot(part(1)) / weights[cell][0]);
            }
        }
        let enough = |(strongest, weight): (f64, &[f64; 2])| {
            if weight[0] > 0.0 && weight[0] >= least { strongest as f32 } else { f32::NAN }
        };
        strongest.into_iter().zip(&weights).map(enough).collect()
    }

    /// The plane under a kernel moved to each cell: first along rows, then along columns.
    fn convolve(&self, [east, south]: &[Axis; 2], of: impl Fn(f32) -> f64) -> Vec<[f64; 2]> {
        let (wide, high) = (self.cols.len(), self.rows.len());
        let mut along = vec![[0.0; 2]; wide * (high + south.len() - 1)];
        for (line, row) in along.chunks_mut(wide).zip(self.rows.start..) {
            let seen =
                &self.plane[row * self.width..][self.cols.start..self.cols.end + east.len() - 1];
            let seen: Vec<f64> = seen.iter().map(|value| of(*value)).collect();
            for (first, [re, im]) in east.iter().enumerate() {
                for (cell, value) in line.iter_mut().zip(&seen[first..]) {
                    cell[0] += re * value;
                    cell[1] += im * value;
                }
            }
        }
        let mut under = vec![[0.0; 2]; wide * high];
        for (row, line) in under.chunks_mut(wide).enumerate() {
            for (down, [re, im]) in south.iter().enumerate() {
                let from = &along[(row + down) * wide..][..wide];
                for (cell, [a, b]) in line.iter_mut().zip(from) {
                    cell[0] += re * a - im * b;
                    cell[1] += re * b + im * a;
                }
            }
        }
        under
    }
}
