//! Sums that keep what is small beside what is large: magnetic values of 50,000 nT vary by 0.1.

use std::ops::{AddAssign, Sub};

/// A number as the sum of two doubles, about 32 decimal digits (Dekker 1971,
/// doi:10.1007/BF01397083).
///
/// ```
/// use paydirt_core::raster::moments::Pair;
/// let mut sum = Pair::product(1e8, 1e8);
/// sum += Pair::product(0.5, 0.5);
/// assert_eq!((sum - Pair::product(1e8, 1e8)).value(), 0.25);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pair {
    high: f64,
    low: f64,
}

impl Pair {
    /// The product of two numbers, exactly.
    #[must_use]
    pub fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: a.mul_add(b, -high) }
    }

    /// The product with a number.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let Self { high, low } = Self::product(self.high, factor);
        Self { high, low: low + self.low * factor }
    }

    /// The nearest double.
    #[must_use]
    pub fn value(self) -> f64 {
        self.high + self.low
    }
}

impl From<f64> for Pair {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

impl AddAssign for Pair {
    fn add_assign(&mut self, other: Self) {
        let sum = self.high + other.high;
        let added = sum - self.high;
        let lost = (self.high - (sum - added)) + (other.high - added);
        let low = lost + (self.low + other.low);
        self.high = sum + low;
        self.low = low - (self.high - sum);
    }
}

impl Sub for Pair {
    type Output = Self;

    fn sub(mut self, other: Self) -> Self {
        self += Self { high: -other.high, low: -other.low };
        self
    }
}

/// Several sums at once: some plain, some as pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments<const PLAIN: usize, const PAIRS: usize> {
    /// Sums of whole numbers, or where rounding does not matter.
    pub plain: [f64; PLAIN],
    /// Sums from which a much smaller number will be made.
    pub pairs: [Pair; PAIRS],
}

impl<const PLAIN: usize, const PAIRS: usize> Default for Moments<PLAIN, PAIRS> {
    fn default() -> Self {
        Self { plain: [0.0; PLAIN], pairs: [Pair::default(); PAIRS] }
    }
}

impl<const PLAIN: usize, const PAIRS: usize> AddAssign for Moments<PLAIN, PAIRS> {
    fn add_assign(&mut self, other: Self) {
        self.plain.iter_mut().zip(other.plain).for_each(|(sum, value)| *sum += value);
        self.pairs.iter_mut().zip(other.pairs).for_each(|(sum, value)| *sum += value);
    }
}

impl<const PLAIN: usize, const PAIRS: usize> Sub for Moments<PLAIN, PAIRS> {
    type Output = Self;

    fn sub(mut self, other: Self) -> Self {
        self.plain.iter_mut().zip(other.plain).for_each(|(sum, value)| *sum -= value);
        self.pairs.iter_mut().zip(other.pairs).for_each(|(sum, value)| *sum = *sum - value);
        self
    }
}

/// The number of known cells and the sum of their values.
///
/// ```
/// use paydirt_core::raster::{disc::Disc, moments::known};
/// let line = [5.0, f32::NAN, 3.0];
/// let mean = Disc::new(1.0, 1.0, 9.0).fold(&line, 1, known, |_, _, sums| sums.plain[1] / sums.plain[0]);
/// assert_eq!(mean, [4.0]);
/// ```
#[must_use]
pub fn known(_: usize, _: usize, value: f32) -> Moments<2, 0> {
    match value.is_nan() {
        true => Moments::default(),
        false => Moments { plain: [1.0, f64::from(value)], pairs: [] },
    }
}
