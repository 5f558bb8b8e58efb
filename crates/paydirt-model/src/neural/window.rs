//! Windows of the ground around units, at one or several scales.
//!
//! A window at scale `s` has `side x side` cells, each the mean of what is known of `s x s` cells of the
//! grid: the same number of cells sees `s` times as far. What lies outside the ground, or is not known, is
//! NaN: no window is dropped for it. A window that trains a network sees nothing of the cells that may not
//! train.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::channels::{Channel, Channels};
use super::ground::Ground;
use crate::Result;
use crate::columns::bad_setting;

/// Most cells along a side, most scales and the greatest scale.
const MOST: [usize; 3] = [513, 8, 64];

/// How many ways a square can be turned and flipped.
pub const TURNS: usize = 8;

/// What a window looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowShape {
    /// Cells along a side. The unit lies at `side / 2` from the north and the west.
    pub side: usize,
    /// Cells of the grid along a cell of the window, for each scale.
    pub scales: Vec<usize>,
    /// Layers whose values change meaning when the ground is turned (aspect, a shaded relief): they are
    /// not known in turned windows.
    pub directional: Vec<String>,
}

impl WindowShape {
    /// Refuses sides and scales out of range; `key` is where they stand: `vit`.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self, key: &str) -> Result<()> {
        let [side, scales, scale] = MOST;
        if !(1..=side).contains(&self.side) {
            return Err(bad_setting(
                &format!("{key}.window_cells"),
                self.side,
                &format!("1 to {side}"),
            ));
        }
        let count = self.scales.len();
        if !(1..=scales).contains(&count)
            || self.scales.iter().any(|one| !(1..=scale).contains(one))
        {
            let expected = format!("1 to {scales} scales of 1 to {scale} cells");
            return Err(bad_setting(
                &format!("{key}.scales"),
                format!("{:?}", self.scales),
                &expected,
            ));
        }
        Ok(())
    }

    /// Planes of a window: channels x scales.
    #[must_use]
    pub fn planes(&self, channels: &Channels) -> usize {
        channels.count() * self.scales.len()
    }

    /// The layer of each plane of a window.
    #[must_use]
    pub fn layers(&self, channels: &Channels) -> Vec<usize> {
        let each = |layer: usize| std::iter::repeat_n(layer, channels.of(layer).len());
        let of_scale = || (0..channels.layers().len()).flat_map(each);
        self.scales.iter().flat_map(|_| of_scale()).collect()
    }

    /// The block of two windows' width in which a unit lies.
    pub(crate) fn block(&self, ground: &dyn Ground, unit: usize) -> u64 {
        let side = 2 * self.side * self.scales.iter().copied().max().unwrap_or(1);
        let cols = ground.cols().max(1);
        (unit / cols / side * cols.div_ceil(side) + unit % cols / side) as u64
    }

    /// Cells of the grid from the unit to the edge of the widest window: how far ground must be from
    /// held-out ground so that no window of it sees any.
    #[must_use]
    pub fn reach_cells(&self) -> usize {
        let scale = self.scales.iter().copied().max().unwrap_or(1);
        self.side / 2 * scale + scale / 2
    }
}

/// Reads windows.
#[derive(Clone, Copy)]
pub struct Windows<'a> {
    /// The ground.
    pub ground: &'a dyn Ground,
    /// Its layers as channels.
    pub channels: &'a Channels,
    /// What a window looks like.
    pub shape: &'a WindowShape,
    /// Whether cells that may not train are hidden.
    pub training: bool,
}

/// What is known of the cells around a unit, of one layer at one scale.
struct Patch {
    values: Vec<f32>,
    first: [isize; 2],
    rows: [usize; 2],
    cols: [usize; 2],
}

impl Patch {
    /// The value of a cell; NaN outside.
    fn at(&self, row: usize, col: usize) -> f32 {
        let place = |at: usize, first: isize, [low, high]: [usize; 2]| {
            let at = usize::try_from(first + at as isize).ok()?;
            (low..high).contains(&at).then(|| at - low)
        };
        let row = place(row, self.first[0], self.rows);
        let col = place(col, self.first[1], self.cols);
        let width = self.cols[1] - self.cols[0];
        row.zip(col).map_or(f32::NAN, |(row, col)| self.values[row * width + col])
    }
}

impl Windows<'_> {
    /// Numbers of a window: planes x side x side.
    #[must_use]
    pub fn numbers(&self) -> usize {
        self.shape.planes(self.channels) * self.shape.side * self.shape.side
    }

    /// The windows of some units, one after the other, each turned in its own way: `turns[i] / 4` says
    /// whether it is flipped from west to east, `turns[i] % 4` how many quarters it is then turned
    /// clockwise. Within a window `[scale, channel, row, col]`.
    ///
    /// # Errors
    /// Where the ground cannot be read.
    pub fn read(&self, units: &[usize], turns: &[usize]) -> Result<Vec<f32>> {
        let size = self.numbers().max(1);
        let mut numbers = vec![f32::NAN; units.len() * size];
        let windows = numbers.par_chunks_mut(size).zip(units).zip(turns);
        windows.try_for_each(|((window, unit), turn)| self.fill(*unit, *turn, window))?;
        Ok(numbers)
    }

    fn fill(&self, unit: usize, turn: usize, window: &mut [f32]) -> Result<()> {
        let cells = self.shape.side * self.shape.side;
        let mut planes = window.chunks_exact_mut(cells);
        for scale in &self.shape.scales {
            for (number, layer) in self.channels.layers().iter().enumerate() {
                let channels = self.channels.of(number);
                let hidden = turn != 0 && self.shape.directional.contains(&layer.name);
                let planes = planes.by_ref().take(channels.len());
                if hidden {
                    planes.for_each(drop);
                    continue;
                }
                let patch = self.patch(number, unit, *scale)?;
                for (channel, plane) in channels.iter().zip(planes) {
                    self.draw(&patch, *channel, *scale, (turn, plane));
                }
            }
        }
        Ok(())
    }

    /// The cells that a window reads.
    fn patch(&self, layer: usize, unit: usize, scale: usize) -> Result<Patch> {
        let (ground, span) = (self.ground, (self.shape.side * scale) as isize);
        let before = (self.shape.side / 2 * scale + scale / 2) as isize;
        let cols = ground.cols().max(1);
        let unit = ground.seen_from(layer, unit);
        let first = [unit / cols, unit % cols].map(|at| at as isize - before);
        let within = |first: isize, most: usize| {
            [first, first + span].map(|edge| edge.clamp(0, most as isize) as usize)
        };
        let (rows, cols_read) = (within(first[0], ground.rows()), within(first[1], cols));
        let mut values = ground.read(layer, rows[0]..rows[1], cols_read[0]..cols_read[1])?;
        if self.training {
            let width = (cols_read[1] - cols_read[0]).max(1);
            for (place, value) in values.iter_mut().enumerate() {
                let unit = (rows[0] + place / width) * cols + cols_read[0] + place % width;
                if !ground.may_train(unit) {
                    *value = f32::NAN;
                }
            }
        }
        Ok(Patch { values, first, rows, cols: cols_read })
    }

    /// Draws one channel into its plane.
    fn draw(
        &self,
        patch: &Patch,
        channel: Channel,
        scale: usize,
        (turn, plane): (usize, &mut [f32]),
    ) {
        let side = self.shape.side;
        for row in 0..side {
            for col in 0..side {
                let (mut sum, mut count) = (0.0, 0.0);
                for cell in 0..scale * scale {
                    let value = patch.at(row * scale + cell / scale, col * scale + cell % scale);
                    let value = channel.of(value);
                    if !value.is_nan() {
                        sum += value;
                        count += 1.0;
                    }
                }
                let [row, col] = turned([row, col], side, turn);
                plane[row * side + col] = if count > 0.0 { sum / count } else { f32::NAN };
            }
        }
    }
}

/// Where a cell of a square comes to lie.
fn turned([row, col]: [usize; 2], side: usize, turn: usize) -> [usize; 2] {
    let flipped = if turn / 4 == 1 { [row, side - 1 - col] } else { [row, col] };
    (0..turn % 4).fold(flipped, |[row, col], _| [col, side - 1 - row])
}

#[cfg(test)]
mod tests {
    use paydirt_core::layer::EvidenceType;
    use paydirt_core::mask::Mask;

    use super::*;
    use crate::neural::ground::{GroundLayer, MemoryGround};

    fn layer(name: &str, evidence_type: EvidenceType) -> GroundLayer {
        GroundLayer::new(name, evidence_type)
    }

    /// 4 rows of 5 cells, numbered; rock 7 in the east and 3 in the west; the last row is held out.
    fn ground() -> MemoryGround {
        let mut numbers: Vec<f32> = (0..20).map(|unit| unit as f32).collect();
        numbers[6] = f32::NAN;
        let rock = (0..20).map(|unit| if unit % 5 < 2 { 3.0 } else { 7.0 }).collect();
        let layers = vec![
            (layer("number", EvidenceType::Continuous), numbers),
            (layer("rock", EvidenceType::Categorical), rock),
        ];
        MemoryGround::new([4, 5], layers, Mask::from_fn(20, |unit| unit < 15)).unwrap()
    }

    fn shape(side: usize, scales: &[usize]) -> WindowShape {
        WindowShape { side, scales: scales.to_vec(), directional: vec!["rock".into()] }
    }

    fn read(shape: &WindowShape, unit: usize, turn: usize, training: bool) -> Vec<f32> {
        let (ground, channels) = (ground(), Channels::fit("vit", &ground()).unwrap());
        let windows = Windows { ground: &ground, channels: &channels, shape, training };
        windows.read(&[unit], &[turn]).unwrap()
    }

    /// The numbered cells as they were, -1 where not known.
    fn cells(window: &[f32]) -> Vec<i32> {
        // Cells 0 to 14 but 6 train: mean 99/14, and their deviation.
        let (mean, squares) = (99.0 / 14.0, (1015.0 - 36.0) / 14.0);
        let deviation = f64::sqrt(squares - mean * mean);
        let back = |value: &f32| (f64::from(*value) * deviation + mean).round() as i32;
        window.iter().map(|value| if value.is_nan() { -1 } else { back(value) }).collect()
    }

    #[test]
    fn a_window_is_what_lies_around_its_unit() {
        let window = read(&shape(3, &[1]), 7, 0, false);
        assert_eq!(cells(&window[..9]), [1, 2, 3, -1, 7, 8, 11, 12, 13]);
        // Rock 3, of 6 in 15 training cells, then rock 7.
        assert!((window[9] - 0.6).abs() < 1e-6 && (window[10] + 0.4).abs() < 1e-6);
        assert!((window[18] + 0.6).abs() < 1e-6);
        // At the corner of the ground, and with the held-out row hidden.
        assert_eq!(
            cells(&read(&shape(3, &[1]), 0, 0, false)[..9]),
            [-1, -1, -1, -1, 0, 1, -1, 5, -1]
        );
        assert_eq!(
            cells(&read(&shape(3, &[1]), 12, 0, true)[..9]),
            [-1, 7, 8, 11, 12, 13, -1, -1, -1]
        );
        assert_eq!(cells(&read(&shape(3, &[1]), 12, 0, false)[6..9]), [16, 17, 18]);
    }

    #[test]
    fn a_coarse_window_is_the_mean_of_what_is_known() {
        // Around cell 12: rows 1 and 2, columns 1 and 2, of which cell 6 is not known.
        let window = read(&shape(1, &[1, 2]), 12, 0, false);
        assert_eq!(cells(&window[..1]), [12]);
        assert_eq!(cells(&window[3..4]), [10]);
        assert!((window[4] - (0.5 * 0.6 - 0.5 * 0.4)).abs() < 1e-6);
        // Larger than the ground: everything that is known is in it.
        let wide = read(&shape(41, &[1]), 7, 0, false);
        assert_eq!(wide[..41 * 41].iter().filter(|value| !value.is_nan()).count(), 19);
    }

    #[test]
    fn turns_are_the_eight_of_a_square_and_hide_what_has_a_direction() {
        let of = |turn| read(&shape(3, &[1]), 12, turn, false);
        let plain = cells(&of(0)[..9]);
        assert_eq!(plain, [-1, 7, 8, 11, 12, 13, 16, 17, 18]);
        assert_eq!(cells(&of(1)[..9]), [16, 11, -1, 17, 12, 7, 18, 13, 8]);
        assert_eq!(cells(&of(4)[..9]), [8, 7, -1, 13, 12, 11, 18, 17, 16]);
        let all: std::collections::BTreeSet<Vec<i32>> =
            (0..TURNS).map(|turn| cells(&of(turn)[..9])).collect();
        assert_eq!(all.len(), TURNS);
        assert!(of(1)[9..].iter().all(|value| value.is_nan()));
        assert!(of(0)[9..].iter().all(|value| !value.is_nan()));
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        for bad in
            [shape(0, &[1]), shape(1 << 40, &[1]), shape(3, &[]), shape(3, &[0]), shape(3, &[65])]
        {
            assert!(bad.check("vit").is_err());
        }
        assert_eq!(shape(33, &[1, 4]).reach_cells(), 16 * 4 + 2);
    }
}
