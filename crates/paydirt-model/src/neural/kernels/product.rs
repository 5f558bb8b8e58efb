//! Matrix products by the `gemm` crate, into slices.

use gemm::Parallelism;

/// A matrix within a slice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix<'a> {
    numbers: &'a [f32],
    shape: [usize; 2],
    strides: [usize; 2],
}

impl<'a> Matrix<'a> {
    /// Row by row.
    pub(super) const fn rows(numbers: &'a [f32], shape: [usize; 2]) -> Self {
        Self { numbers, shape, strides: [shape[1], 1] }
    }

    /// Rows that begin `step` apart.
    pub(super) const fn apart(numbers: &'a [f32], shape: [usize; 2], step: usize) -> Self {
        Self { numbers, shape, strides: [step, 1] }
    }

    /// With rows as columns.
    pub(super) const fn turned(self) -> Self {
        let ([rows, cols], [down, along]) = (self.shape, self.strides);
        Self { numbers: self.numbers, shape: [cols, rows], strides: [along, down] }
    }

    /// Whether its last number lies within its slice.
    fn fits(&self) -> bool {
        let last = |axis: usize| (self.shape[axis].max(1) - 1).checked_mul(self.strides[axis]);
        let last = last(0).zip(last(1)).and_then(|(down, along)| down.checked_add(along));
        self.shape.contains(&0) || last.is_some_and(|last| last < self.numbers.len())
    }
}

/// Products of fewer multiplications stay on one thread.
const ALONE: usize = 1 << 22;

/// Puts `a b` into `out`, row by row, or adds it to what is there. On several threads where `spread`.
///
/// # Panics
/// Where the shapes do not fit each other or their slices.
pub(super) fn product(out: &mut [f32], a: Matrix<'_>, b: Matrix<'_>, [add, spread]: [bool; 2]) {
    let ([m, k], n) = (a.shape, b.shape[1]);
    assert_eq!(k, b.shape[0], "the columns of one matrix are the rows of the other");
    assert_eq!(m.checked_mul(n), Some(out.len()), "the result has rows times columns numbers");
    assert!(a.fits() && b.fits(), "both matrices lie within their slices");
    let threads = match spread && m.saturating_mul(n).saturating_mul(k) >= ALONE {
        true => Parallelism::Rayon(0),
        false => Parallelism::None,
    };
    #[expect(
        unsafe_code,
        reason = "1.01 to 1.6 times the speed of safe loops, see ARCHITECTURE.md"
    )]
    // SAFETY: gemm reads `a[i * strides[0] + l * strides[1]]` for i < m, l < k, and `b` likewise for
    // l < k, j < n: by `fits` all of it is within the slices, which are borrowed until it returns. It
    // writes (and with `add` reads) `out[i * n + j]` for i < m, j < n, and m n is the length of `out`,
    // which is borrowed for us alone, so nothing else sees it meanwhile. A stride along an axis of more than
    // one number is less than a slice's length, by `fits`, and so fits `isize`; along an axis of one number
    // it is multiplied by 0.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            add,
            a.numbers.as_ptr(),
            a.strides[1] as isize,
            a.strides[0] as isize,
            b.numbers.as_ptr(),
            b.strides[1] as isize,
            b.strides[0] as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            threads,
        );
    }
}
