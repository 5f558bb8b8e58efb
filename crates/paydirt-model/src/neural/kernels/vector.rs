//! Loops over numbers in the widest vectors that the processor has, chosen at run time.
//!
//! The loops are written in scalars over arrays of [`LANES`], which the compiler turns into vectors; pulp
//! says for which processor, without a line of unsafe code here. Sums run over so many lanes whatever the
//! width of a vector, and blocks of rows have a fixed size, so that results do not depend on threads.

use std::sync::LazyLock;

use pulp::{Arch, Simd, WithSimd};

/// Numbers that a loop looks at together.
pub(super) const LANES: usize = 16;

static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// Runs a loop, compiled for this processor.
pub(super) fn run<W: WithSimd>(work: W) -> W::Output {
    ARCH.dispatch(work)
}

/// `a b + c`, rounded once where the processor can.
#[inline(always)]
pub(super) fn fma<S: Simd>(a: f32, b: f32, c: f32) -> f32 {
    if S::IS_SCALAR { a * b + c } else { a.mul_add(b, c) }
}

/// A polynomial, highest power first.
#[inline(always)]
fn polynomial<S: Simd, const N: usize>(at: f32, factors: [f32; N]) -> f32 {
    let mut sum = factors[0];
    for factor in &factors[1..] {
        sum = fma::<S>(sum, at, *factor);
    }
    sum
}

/// The exponential function to about one unit in the last place; the least normal number where it would
/// be less. Polynomial of Cephes (Moshier 1992, expf).
#[inline(always)]
pub(super) fn exp<S: Simd>(number: f32) -> f32 {
    // Adding it rounds to a whole number, which then stands in the lowest bits.
    const WHOLE: f32 = 12_582_912.0;
    const FACTORS: [f32; 6] =
        [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5];
    // Comparisons that let NaN pass.
    let number = if number < -87.3 { -87.3 } else { number };
    let number = if number > 88.3 { f32::INFINITY } else { number };
    let shifted = fma::<S>(number.min(88.3), std::f32::consts::LOG2_E, WHOLE);
    let twos = shifted - WHOLE;
    let rest = fma::<S>(twos, -0.693_359_4, number);
    let rest = fma::<S>(twos, 2.121_944_4e-4, rest);
    let power = fma::<S>(polynomial::<S, 6>(rest, FACTORS), rest * rest, rest + 1.0);
    power * f32::from_bits((shifted.to_bits() << 23).wrapping_add(0x3f80_0000))
}

/// The error function to about 2e-7: a ratio of polynomials, as in Eigen (`perf`, version 3.4).
#[inline(always)]
fn erf<S: Simd>(number: f32) -> f32 {
    const ABOVE: [f32; 7] = [
        -2.726_142_3e-10,
        2.770_681_4e-8,
        -2.101_024e-6,
        -5.692_506_5e-5,
        -7.349_906_3e-4,
        -2.954_6e-3,
        -1.609_603_3e-2,
    ];
    const BELOW: [f32; 5] =
        [-1.456_607_2e-5, -2.133_740_6e-4, -1.682_827e-3, -7.373_329e-3, -1.426_473_9e-2];
    let number = if number > 4.0 { 4.0 } else { number };
    let number = if number < -4.0 { -4.0 } else { number };
    let square = number * number;
    number * polynomial::<S, 7>(square, ABOVE) / polynomial::<S, 5>(square, BELOW)
}

/// The distribution function of the normal distribution.
#[inline(always)]
pub(super) fn normal<S: Simd>(number: f32) -> f32 {
    0.5 + 0.5 * erf::<S>(number * std::f32::consts::FRAC_1_SQRT_2)
}

/// The density of the normal distribution.
#[inline(always)]
pub(super) fn density<S: Simd>(number: f32) -> f32 {
    const HIGHEST: f32 = 0.398_942_3;
    HIGHEST * exp::<S>(-0.5 * number * number)
}

/// The sum of what `of` makes of each number, in lanes.
#[inline(always)]
pub(super) fn sum(numbers: &[f32], mut of: impl FnMut(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let (blocks, rest) = numbers.as_chunks::<LANES>();
    for block in blocks {
        for (lane, number) in lanes.iter_mut().zip(block) {
            *lane += of(*number);
        }
    }
    let total = gather(lanes);
    rest.iter().fold(total, |total, number| total + of(*number))
}

/// The largest number; what it is where one is NaN is not said.
#[inline(always)]
pub(super) fn largest(numbers: &[f32]) -> f32 {
    let larger = |one: f32, other: f32| if other > one { other } else { one };
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (blocks, rest) = numbers.as_chunks::<LANES>();
    for block in blocks {
        for (lane, number) in lanes.iter_mut().zip(block) {
            *lane = larger(*lane, *number);
        }
    }
    lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |most, number| larger(most, *number))
}

/// The sum of what `of` makes of each pair, in lanes.
#[inline(always)]
pub(super) fn sum_pairs(left: &[f32], right: &[f32], mut of: impl FnMut(f32, f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    let ((left, left_rest), (right, right_rest)) =
        (left.as_chunks::<LANES>(), right.as_chunks::<LANES>());
    for (left, right) in left.iter().zip(right) {
        for lane in 0..LANES {
            lanes[lane] += of(left[lane], right[lane]);
        }
    }
    let rest = left_rest.iter().zip(right_rest);
    rest.fold(gather(lanes), |total, (left, right)| total + of(*left, *right))
}

/// The sum of the lanes.
#[inline(always)]
fn gather(mut lanes: [f32; LANES]) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}
