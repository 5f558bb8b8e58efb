//! How well windows are completed.

use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::task::Masking;
use super::{LossOver, Pretrained, Settings};
use crate::Result;
use crate::neural::ground::Ground;
use crate::neural::pass::{Pass, to_numbers};
use crate::neural::window::Windows;

/// Windows that are completed at a time.
const BATCH: usize = 64;

/// Cells along the side over which structure is compared.
const SSIM_CELLS: usize = 7;

/// How well hidden cells are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quality {
    /// Cells that were hidden and are known.
    pub cells: usize,
    /// Their mean squared error, in training deviations squared.
    pub mse: f64,
    /// What it would be if each were told to be the mean of training.
    pub mse_of_mean: f64,
    /// 10 log10(range^2 / mean squared error) in decibels, mean over planes; the range is that of the
    /// plane in these windows.
    pub psnr_db: f64,
    /// Structural similarity of windows whose hidden cells were replaced to the windows as they are, mean
    /// over planes and windows; of windows that are known everywhere.
    pub ssim: f64,
}

/// Windows, and the same with hidden cells replaced by what was told: `[window, plane, row, col]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Completed {
    /// As they are; NaN where not known.
    pub truth: Vec<f32>,
    /// With what was told in the place of what was hidden.
    pub told: Vec<f32>,
    /// Whether each cell was hidden.
    pub hidden: Vec<bool>,
}

/// One layer of a completed window, at the first scale; of a category its first channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CompletedLayer {
    /// The cell in the middle.
    pub unit: usize,
    /// Name of the layer.
    pub layer: String,
    /// Cells along a side.
    pub side: usize,
    /// What is known, in training deviations from the training mean, row by row.
    pub truth: Vec<Option<f32>>,
    /// The same with what was told in the place of what was hidden.
    pub told: Vec<Option<f32>>,
    /// Whether each cell was hidden.
    pub hidden: Vec<bool>,
}

impl Pretrained {
    /// Some layers of the windows around some units, completed.
    ///
    /// # Errors
    /// As [`Pretrained::complete`].
    pub fn pictures(
        &self,
        ground: &dyn Ground,
        units: &[usize],
        (layers, seed): (usize, Seed),
    ) -> Result<Vec<CompletedLayer>> {
        let contract = self.contract();
        let completed = self.complete(ground, units, seed)?;
        let (planes, side) = (contract.cut().planes, contract.cut().side);
        let of_plane = contract.settings.shape().layers(&contract.channels);
        let mut pictures = Vec::new();
        for (number, unit) in units.iter().enumerate() {
            for (layer, info) in contract.channels.layers().iter().take(layers).enumerate() {
                let Some(plane) = of_plane.iter().position(|of| *of == layer) else { continue };
                let from = (number * planes + plane) * side * side;
                let cells = from..from + side * side;
                let known = |value: &f32| value.is_finite().then_some(*value);
                pictures.push(CompletedLayer {
                    unit: *unit,
                    layer: info.name.clone(),
                    side,
                    truth: completed.truth[cells.clone()].iter().map(known).collect(),
                    told: completed.told[cells.clone()].iter().map(known).collect(),
                    hidden: completed.hidden[cells].to_vec(),
                });
            }
        }
        Ok(pictures)
    }

    /// Completes the windows around some units; what is hidden derives from the seed and the unit.
    ///
    /// # Errors
    /// Another ground than that of the fit, or one that cannot be read.
    pub fn complete(&self, ground: &dyn Ground, units: &[usize], seed: Seed) -> Result<Completed> {
        let contract = self.contract();
        contract.channels.check(ground)?;
        let shape = contract.settings.shape();
        let windows =
            Windows { ground, channels: &contract.channels, shape: &shape, training: false };
        let settings = Settings { loss_over: LossOver::Hidden, ..contract.settings.clone() };
        let cut = contract.cut();
        let masking =
            Masking { cut: &cut, settings: &settings, layers: &shape.layers(&contract.channels) };
        let mut all = Completed::default();
        for units in units.chunks(BATCH) {
            let numbers = windows.read(units, &vec![0; units.len()])?;
            let masked =
                masking.apply(&numbers, |number| seed.derive("mask", units[number] as u64));
            let told =
                to_numbers(self.network.forward(&mut Pass::infer(&self.parameters), &masked));
            let start = all.truth.len();
            all.told.extend_from_slice(&numbers);
            all.hidden.resize(start + numbers.len(), false);
            all.truth.extend(numbers);
            let cells = cut.patch * cut.patch;
            let across = cut.side / cut.patch;
            for (token, place) in masked.order.iter().enumerate() {
                let (window, place) = (token / cut.tokens(), *place as usize);
                for number in 0..cut.numbers() {
                    let from = token * cut.numbers() + number;
                    let (row, col) = (number % cells / cut.patch, number % cut.patch);
                    let (row, col) =
                        (place / across * cut.patch + row, place % across * cut.patch + col);
                    let plane = window * cut.planes + number / cells;
                    let to = start + (plane * cut.side + row) * cut.side + col;
                    if masked.counts[from] > 0.0 {
                        all.told[to] = told[from];
                        all.hidden[to] = true;
                    }
                }
            }
        }
        Ok(all)
    }

    /// How well the windows around some units are completed.
    ///
    /// # Errors
    /// As [`Pretrained::complete`].
    pub fn quality(&self, ground: &dyn Ground, units: &[usize], seed: Seed) -> Result<Quality> {
        let cut = self.contract().cut();
        Ok(measure(&self.complete(ground, units, seed)?, cut.planes, cut.side))
    }
}

fn measure(completed: &Completed, planes: usize, side: usize) -> Quality {
    let cells = (side * side).max(1);
    let mut quality = Quality::default();
    let (mut psnr, mut ssims) = (Vec::new(), Vec::new());
    for plane in 0..planes {
        let of_plane = |list: &[f32]| -> Vec<Vec<f32>> {
            list.chunks(cells).skip(plane).step_by(planes).map(<[f32]>::to_vec).collect()
        };
        let (truth, told) = (of_plane(&completed.truth), of_plane(&completed.told));
        let hidden = completed.hidden.chunks(cells).skip(plane).step_by(planes).flatten();
        let (mut count, mut squares) = (0_usize, 0.0);
        for ((truth, told), _) in truth
            .iter()
            .flatten()
            .zip(told.iter().flatten())
            .zip(hidden)
            .filter(|(_, hidden)| **hidden)
        {
            count += 1;
            squares += f64::from(truth - told).powi(2);
            quality.mse_of_mean += f64::from(*truth).powi(2);
        }
        let known = || truth.iter().flatten().filter(|value| !value.is_nan());
        let range =
            known().copied().fold(f32::MIN, f32::max) - known().copied().fold(f32::MAX, f32::min);
        let range = f64::from(range);
        quality.cells += count;
        quality.mse += squares;
        if range > 0.0 && count > 0 {
            psnr.push(10.0 * (range * range / (squares / count as f64).max(1e-12)).log10());
            let pairs = truth
                .iter()
                .zip(&told)
                .filter(|(truth, _)| !truth.iter().any(|value| value.is_nan()));
            ssims.extend(pairs.filter_map(|(truth, told)| ssim([truth, told], side, range)));
        }
    }
    let count = quality.cells.max(1) as f64;
    let mean = |list: &[f64]| list.iter().sum::<f64>() / list.len().max(1) as f64;
    quality.mse /= count;
    quality.mse_of_mean /= count;
    Quality { psnr_db: mean(&psnr), ssim: mean(&ssims), ..quality }
}

/// Structural similarity of two squares, mean over all windows of 7 x 7 cells within them, each cell alike
/// (Wang and others 2004, doi 10.1109/TIP.2003.819861); of smaller squares over the whole. `range` is that
/// of the values. `None` for squares of less than 3 cells along a side.
///
/// ```
/// use paydirt_model::neural::masked_autoencoder::ssim;
/// let square: Vec<f32> = (0..81).map(|cell| (cell % 9) as f32).collect();
/// assert_eq!(ssim([&square, &square], 9, 8.0), Some(1.0));
/// ```
#[must_use]
pub fn ssim([a, b]: [&[f32]; 2], side: usize, range: f64) -> Option<f64> {
    let size = SSIM_CELLS.min(side);
    if size < 3 || a.len() != side * side || b.len() != side * side {
        return None;
    }
    let (c1, c2) = ((0.01 * range).powi(2), (0.03 * range).powi(2));
    let count = (size * size) as f64;
    let mut sum = 0.0;
    let places = side - size + 1;
    for place in 0..places * places {
        let (row, col) = (place / places, place % places);
        let cells = (0..size * size).map(|cell| (row + cell / size) * side + col + cell % size);
        let pair = |cell: usize| (f64::from(a[cell]), f64::from(b[cell]));
        let (mean_a, mean_b) =
            cells.clone().map(pair).fold((0.0, 0.0), |sum, (a, b)| (sum.0 + a, sum.1 + b));
        let (mean_a, mean_b) = (mean_a / count, mean_b / count);
        let [mut aa, mut bb, mut ab] = [0.0; 3];
        for (a, b) in cells.map(pair) {
            let (a, b) = (a - mean_a, b - mean_b);
            aa += a * a;
            bb += b * b;
            ab += a * b;
        }
        let [aa, bb, ab] = [aa, bb, ab].map(|squares| squares / (count - 1.0));
        let likeness = (2.0 * mean_a * mean_b + c1) * (2.0 * ab + c2);
        sum += likeness / ((mean_a * mean_a + mean_b * mean_b + c1) * (aa + bb + c2));
    }
    Some(sum / (places * places) as f64)
}
