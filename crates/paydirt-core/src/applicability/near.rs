//! The nearest of some hundred points, for millions of rows: plain comparison, sixteen at a time.

use super::encode::Encoder;

/// Points of one block.
const WIDTH: usize = 16;

/// Numbers that are compared before it is asked whether the whole block is too far off.
const STRIDE: usize = 8;

/// One point.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Numbers, in weighted standard deviations.
    pub(super) numbers: Vec<f32>,
    /// Classes and the squares of their steps.
    pub(super) classes: Vec<(f32, f32)>,
}

/// Sixteen points, column by column.
#[derive(Clone, Debug)]
struct Block {
    /// 0 for a point, infinity for a place that is left over.
    start: [f32; WIDTH],
    numbers: Vec<[f32; WIDTH]>,
    classes: Vec<([f32; WIDTH], [f32; WIDTH])>,
}

/// The training rows.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    blocks: Vec<Block>,
    size: [usize; 2],
}

impl Blocks {
    pub(super) fn new(encoder: &Encoder<'_>, rows: usize) -> Self {
        let size @ [numbers, classes] = encoder.size();
        let mut made = Self { blocks: Vec::new(), size };
        let mut row = made.row();
        for first in (0..rows).step_by(WIDTH) {
            let mut block = Block {
                start: [f32::INFINITY; WIDTH],
                numbers: vec![[0.0; WIDTH]; numbers],
                classes: vec![([0.0; WIDTH], [0.0; WIDTH]); classes],
            };
            for lane in 0..WIDTH.min(rows - first) {
                encoder.encode(first + lane, &mut row);
                block.start[lane] = 0.0;
                row.numbers.iter().zip(&mut block.numbers).for_each(|(from, to)| to[lane] = *from);
                for (from, to) in row.classes.iter().zip(&mut block.classes) {
                    (to.0[lane], to.1[lane]) = *from;
                }
            }
            made.blocks.push(block);
        }
        made
    }

    /// A point to write into.
    pub(super) fn row(&self) -> Row {
        let [numbers, classes] = self.size;
        Row { numbers: vec![0.0; numbers], classes: vec![(0.0, 0.0); classes] }
    }

    /// The squared distance to every training row, in order.
    pub(super) fn each(&self, row: &Row, mut take: impl FnMut(usize, f32)) {
        for (number, block) in self.blocks.iter().enumerate() {
            if let Some(squared) = block.squared(row, f32::INFINITY) {
                for (lane, squared) in squared.into_iter().enumerate() {
                    if block.start[lane] == 0.0 {
                        take(number * WIDTH + lane, squared);
                    }
                }
            }
        }
    }

    /// The squared distance to the nearest training row, and how many lie within a squared radius.
    pub(super) fn nearest(&self, row: &Row, radius: f32) -> (f32, u32) {
        let (mut nearest, mut within) = (f32::INFINITY, 0);
        for block in &self.blocks {
            if let Some(squared) = block.squared(row, nearest.max(radius)) {
                nearest = squared.into_iter().fold(nearest, f32::min);
                within +=
                    squared.into_iter().map(|squared| u32::from(squared <= radius)).sum::<u32>();
            }
        }
        (nearest, within)
    }
}

impl Block {
    /// Squared distances; `None` if all are over the limit.
    fn squared(&self, row: &Row, limit: f32) -> Option<[f32; WIDTH]> {
        let mut sum = self.start;
        for (numbers, mine) in row.numbers.chunks(STRIDE).zip(self.numbers.chunks(STRIDE)) {
            for (number, mine) in numbers.iter().zip(mine) {
                for lane in 0..WIDTH {
                    let step = number - mine[lane];
                    sum[lane] += step * step;
                }
            }
            if sum.iter().all(|sum| *sum > limit) {
                return None;
            }
        }
        for ((class, square), (classes, squares)) in row.classes.iter().zip(&self.classes) {
            for lane in 0..WIDTH {
                sum[lane] += if *class == classes[lane] { 0.0 } else { square + squares[lane] };
            }
        }
        Some(sum)
    }
}
