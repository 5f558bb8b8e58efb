//! Products of small matrices that lie scattered in larger ones: the right side is laid out in panels of two
//! vectors, and some rows times a panel are added up in registers. Each number is summed in one order
//! whatever the width of a vector.

use pulp::{Simd, bytemuck};

/// Columns of the widest panel.
pub(super) const WIDEST: usize = 32;
/// Vectors of a panel.
const VECTORS: usize = 2;

/// Rows of numbers within a slice; `step` from the start of one to that of the next.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) numbers: &'a [f32],
    pub(super) step: usize,
}

impl<'a> Rows<'a> {
    #[inline(always)]
    fn get(&self, row: usize, count: usize) -> &'a [f32] {
        &self.numbers[row * self.step..][..count]
    }
}

/// The right side of a product: panels of `[row][column]`, filled up with 0.
pub(super) struct Panels {
    numbers: Vec<f32>,
    rows: usize,
    width: usize,
}

impl Panels {
    pub(super) fn new<S: Simd>() -> Self {
        Self { numbers: Vec::new(), rows: 0, width: VECTORS * S::F32_LANES }
    }

    #[inline(always)]
    fn clear(&mut self, [rows, cols]: [usize; 2]) {
        self.rows = rows;
        self.numbers.clear();
        self.numbers.resize(rows * cols.next_multiple_of(self.width), 0.0);
    }

    /// Takes a matrix as it is.
    #[inline(always)]
    pub(super) fn take(&mut self, from: Rows<'_>, [rows, cols]: [usize; 2]) {
        self.clear([rows, cols]);
        let width = self.width;
        for (number, panel) in self.numbers.chunks_exact_mut(rows * width).enumerate() {
            let first = number * width;
            let count = width.min(cols - first);
            for (row, place) in panel.chunks_exact_mut(width).enumerate() {
                place[..count].copy_from_slice(&from.get(row, cols)[first..first + count]);
            }
        }
    }

    /// Takes a matrix of which the rows are columns.
    #[inline(always)]
    pub(super) fn take_turned(&mut self, from: Rows<'_>, [rows, cols]: [usize; 2]) {
        self.clear([rows, cols]);
        let width = self.width;
        for (number, panel) in self.numbers.chunks_exact_mut(rows * width).enumerate() {
            let first = number * width;
            for col in 0..width.min(cols - first) {
                let line = from.get(first + col, rows);
                for (place, value) in panel.chunks_exact_mut(width).zip(line) {
                    place[col] = *value;
                }
            }
        }
    }
}

/// The left side of a product.
#[derive(Clone, Copy)]
pub(super) enum Left<'a> {
    /// Row by row.
    Plain(Rows<'a>),
    /// Its columns are these rows.
    Turned(Rows<'a>),
}

/// Puts `factor left right`, of `[rows, cols]`, into rows that begin `step` apart.
#[inline(always)]
pub(super) fn product<S: Simd>(
    simd: S,
    output: (&mut [f32], usize),
    left: Left<'_>,
    right: (&Panels, [usize; 2]),
    factor: f32,
) {
    if S::REGISTER_COUNT >= 32 {
        blocks::<S, 8>(simd, output, left, right, factor);
    } else {
        blocks::<S, 4>(simd, output, left, right, factor);
    }
}

/// The same, `TALL` rows at a time.
#[inline(always)]
fn blocks<S: Simd, const TALL: usize>(
    simd: S,
    (output, step): (&mut [f32], usize),
    left: Left<'_>,
    (right, [rows, cols]): (&Panels, [usize; 2]),
    factor: f32,
) {
    let width = right.width;
    for (number, panel) in right.numbers.chunks_exact(right.rows * width).enumerate() {
        let first = number * width;
        let count = width.min(cols - first);
        let mut write = |row: usize, sums: &[[S::f32s; VECTORS]]| {
            for (place, sums) in sums.iter().enumerate() {
                let output = &mut output[(row + place) * step + first..][..count];
                let factor = simd.splat_f32s(factor);
                let sums = sums.map(|sum| simd.mul_f32s(sum, factor));
                if count == width {
                    for (output, sum) in S::as_mut_simd_f32s(output).0.iter_mut().zip(sums) {
                        *output = sum;
                    }
                } else {
                    output.copy_from_slice(&bytemuck::cast_slice(&sums)[..count]);
                }
            }
        };
        let mut row = 0;
        while row + TALL <= rows {
            write(row, &block::<S, TALL>(simd, left, row, panel));
            row += TALL;
        }
        if row < rows && rows > TALL {
            // Goes over some rows again rather than be a short block.
            row = rows - TALL;
            write(row, &block::<S, TALL>(simd, left, row, panel));
            row = rows;
        }
        for row in row..rows {
            write(row, &block::<S, 1>(simd, left, row, panel));
        }
    }
}

/// `N` rows times a panel.
#[inline(always)]
fn block<S: Simd, const N: usize>(
    simd: S,
    left: Left<'_>,
    row: usize,
    panel: &[f32],
) -> [[S::f32s; VECTORS]; N] {
    let (panel, _) = S::as_simd_f32s(panel).0.as_chunks::<VECTORS>();
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; N];
    match left {
        Left::Plain(from) => {
            let rows: [&[f32]; N] = std::array::from_fn(|place| from.get(row + place, panel.len()));
            for (number, panel) in panel.iter().enumerate() {
                for place in 0..N {
                    let factor = simd.splat_f32s(rows[place][number]);
                    for vector in 0..VECTORS {
                        let sum = &mut sums[place][vector];
                        *sum = simd.mul_add_e_f32s(factor, panel[vector], *sum);
                    }
                }
            }
        }
        Left::Turned(from) => {
            for (number, panel) in panel.iter().enumerate() {
                let factors = from.get(number, row + N)[row..].first_chunk::<N>();
                let Some(factors) = factors else { continue };
                for place in 0..N {
                    let factor = simd.splat_f32s(factors[place]);
                    for vector in 0..VECTORS {
                        let sum = &mut sums[place][vector];
                        *sum = simd.mul_add_e_f32s(factor, panel[vector], *sum);
                    }
                }
            }
        }
    }
    sums
}
