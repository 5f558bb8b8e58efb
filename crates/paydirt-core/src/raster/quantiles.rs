//! Quantiles of a raster too large to be held, exactly, in two looks.

use std::ops::Range;

use crate::Result;

/// Cells looked at together.
const STRIP_CELLS: usize = 1 << 17;

/// A whole number for each known value, in the order of the values.
pub(super) fn key(value: f32) -> Option<u32> {
    let bits = (value + 0.0).to_bits();
    let key = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
    (!value.is_nan()).then_some(key)
}

/// The value of a key.
fn value(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key })
}

/// For each share (0 to 1) the known value below which that share of them lies (the nearest one, not
/// interpolated); `None` where none is known. The first look counts the upper 16 bits of the
/// values, the second the lower 16 bits of those that share the upper ones sought.
///
/// ```
/// use paydirt_core::raster::quantiles::quantiles;
/// let values = [3.0, f32::NAN, -1.0, 7.0, 3.0, 5.0];
/// let mut read = |units: std::ops::Range<usize>| Ok(values[units].to_vec());
/// assert_eq!(quantiles([0.0, 0.5, 1.0], values.len(), &mut read).unwrap(), Some([-1.0, 3.0, 7.0]));
/// ```
///
/// # Errors
/// What `read` returns.
pub fn quantiles<const N: usize>(
    shares: [f64; N],
    units: usize,
    read: &mut dyn FnMut(Range<usize>) -> Result<Vec<f32>>,
) -> Result<Option<[f32; N]>> {
    let mut look = |count: &mut dyn FnMut(u32)| -> Result<()> {
        for first in (0..units).step_by(STRIP_CELLS) {
            let strip = read(first..(first + STRIP_CELLS).min(units))?;
            strip.into_iter().filter_map(key).for_each(&mut *count);
        }
        Ok(())
    };
    let mut upper = vec![0_u64; 1 << 16];
    look(&mut |key| upper[key as usize >> 16] += 1)?;
    let known: u64 = upper.iter().sum();
    if known == 0 {
        return Ok(None);
    }
    let sought = shares.map(|share| nth(&upper, (share * (known - 1) as f64).round() as u64));
    let mut lower = vec![vec![0_u64; 1 << 16]; N];
    look(&mut |key| {
        for ((upper, _), counts) in sought.iter().zip(&mut lower) {
            if key as usize >> 16 == *upper {
                counts[key as usize & 0xFFFF] += 1;
            }
        }
    })?;
    let mut found = sought.iter().zip(&lower);
    Ok(Some(std::array::from_fn(|_| {
        found.next().map_or(f32::NAN, |((upper, rest), counts)| {
            value((*upper << 16 | nth(counts, *rest).0) as u32)
        })
    })))
}

/// The bin in which the value lies that has `index` others below it, and how many of those are in
/// the same bin.
fn nth(counts: &[u64], index: u64) -> (usize, u64) {
    let mut rest = index;
    for (bin, count) in counts.iter().enumerate() {
        if rest < *count {
            return (bin, rest);
        }
        rest -= count;
    }
    (counts.len().saturating_sub(1), 0)
}
