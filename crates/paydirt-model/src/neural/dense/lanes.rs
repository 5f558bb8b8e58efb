//! Rows side by side.

use crate::encode::{LANES, Lane};

/// Numbers of rows, `[number][block of rows]`; lanes past the last row hold what comes of zeros.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lanes {
    pub(super) blocks: usize,
    pub(super) list: Vec<Lane>,
}

impl Lanes {
    /// Zeros: so many numbers of so many rows.
    pub(super) fn new(numbers: usize, rows: usize) -> Self {
        let blocks = rows.div_ceil(LANES);
        Self { blocks, list: vec![[0.0; LANES]; numbers * blocks] }
    }

    /// One number of all rows.
    pub(super) fn of(&self, number: usize) -> &[Lane] {
        &self.list[number * self.blocks..(number + 1) * self.blocks]
    }

    /// One number of all rows, to write.
    pub(super) fn of_mut(&mut self, number: usize) -> &mut [Lane] {
        &mut self.list[number * self.blocks..(number + 1) * self.blocks]
    }

    /// How many numbers a row has.
    pub(super) const fn width(&self) -> usize {
        match self.list.len().checked_div(self.blocks) {
            Some(width) => width,
            None => 0,
        }
    }

    /// Takes rows, one after the other.
    pub(super) fn take<'a>(&mut self, rows: impl Iterator<Item = &'a [f32]>) {
        for (row, numbers) in rows.enumerate() {
            let (block, lane) = (row / LANES, row % LANES);
            for (number, value) in numbers.iter().enumerate() {
                self.list[number * self.blocks + block][lane] = *value;
            }
        }
    }

    /// The numbers of the first rows, row by row.
    pub(super) fn rows(&self, rows: usize) -> Vec<f32> {
        let width = self.width();
        let at = |place: usize| {
            let (row, number) = (place / width, place % width);
            self.list[number * self.blocks + row / LANES][row % LANES]
        };
        (0..rows * width).map(at).collect()
    }

    /// Whether the numbers of the first rows are finite.
    pub(super) fn is_finite(&self, rows: usize) -> bool {
        self.rows(rows).iter().all(|number| number.is_finite())
    }
}

/// Weighted sums: `weight` is `[inputs, outputs]`.
pub(super) fn sums(weight: &[f32], bias: &[f32], input: &Lanes, output: &mut Lanes) {
    let (blocks, outputs) = (input.blocks, bias.len());
    for block in 0..blocks {
        for (number, bias) in bias.iter().enumerate() {
            let mut sum = [*bias; LANES];
            let weights = weight[number..].iter().step_by(outputs);
            for (weight, lane) in weights.zip(input.list[block..].iter().step_by(blocks)) {
                for (sum, input) in sum.iter_mut().zip(lane) {
                    *sum += weight * input;
                }
            }
            output.list[number * blocks + block] = sum;
        }
    }
}

/// Slopes along the inputs of weighted sums, from those along their outputs.
pub(super) fn back(weight: &[f32], slopes: &Lanes, input: &mut Lanes) {
    let blocks = slopes.blocks;
    for block in 0..blocks {
        for (number, weights) in weight.chunks_exact(slopes.width().max(1)).enumerate() {
            let mut sum = [0.0; LANES];
            for (weight, lane) in weights.iter().zip(slopes.list[block..].iter().step_by(blocks)) {
                for (sum, slope) in sum.iter_mut().zip(lane) {
                    *sum += weight * slope;
                }
            }
            input.list[number * blocks + block] = sum;
        }
    }
}

/// The sum of products over all rows, in one order.
pub(super) fn dot(left: &[Lane], right: &[Lane]) -> f32 {
    let mut sums = [0.0; LANES];
    for (left, right) in left.iter().zip(right) {
        for ((sum, left), right) in sums.iter_mut().zip(left).zip(right) {
            *sum += left * right;
        }
    }
    total(sums)
}

/// The sum of one number over all rows, in one order.
pub(super) fn sum(lanes: &[Lane]) -> f32 {
    let mut sums = [0.0; LANES];
    for lane in lanes {
        for (sum, number) in sums.iter_mut().zip(lane) {
            *sum += number;
        }
    }
    total(sums)
}

/// Halves are added until one number is left.
fn total(mut sums: Lane) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        let (left, right) = sums.split_at_mut(half);
        for (left, right) in left.iter_mut().zip(right) {
            *left += *right;
        }
        half /= 2;
    }
    sums[0]
}
