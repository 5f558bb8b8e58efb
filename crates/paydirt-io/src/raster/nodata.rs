//! Which stored values mean *missing*, decided once and in the file's own type.

use gdal::raster::{GdalDataType, RasterBand};

/// From here on a value is a stand-in for infinity, written with as many digits as came to mind.
const HUGE: f64 = 1e30;

/// How far such a stand-in may differ, as a share of itself.
const HUGE_TOLERANCE: f64 = 1e-5;

/// The value that is tagged to mean *missing*. 64-bit integers have a tag of their own type.
pub(super) fn tag(band: &RasterBand<'_>) -> Option<f64> {
    match band.band_type() {
        GdalDataType::Int64 => band.no_data_value_i64().map(|tag| tag as f64),
        GdalDataType::UInt64 => band.no_data_value_u64().map(|tag| tag as f64),
        _ => band.no_data_value(),
    }
}

/// Stored values that mean *missing*, as closed intervals of the file's own type.
#[derive(Debug, Default)]
pub(super) struct Missing {
    intervals: Vec<(f64, f64)>,
    /// Values that the type cannot hold, which therefore mean nothing.
    pub(super) impossible: Vec<f64>,
}

impl Missing {
    /// Missing are the tagged and the declared values, as a cell of this type would store them: two
    /// neighbouring floating-point numbers are let through on both sides, since text rounds them.
    pub(super) fn new(data_type: GdalDataType, values: impl Iterator<Item = f64>) -> Self {
        let mut missing = Self::default();
        for value in values.filter(|value| !value.is_nan()) {
            match interval(data_type, value) {
                Some(interval) => missing.intervals.push(interval),
                None => missing.impossible.push(value),
            }
        }
        missing
    }

    /// Whether a stored value means *missing*. What is not finite always does.
    pub(super) fn holds(&self, stored: f64) -> bool {
        !stored.is_finite()
            || self.intervals.iter().any(|(low, high)| (*low..=*high).contains(&stored))
    }
}

/// The stored values that a written value stands for.
fn interval(data_type: GdalDataType, value: f64) -> Option<(f64, f64)> {
    if super::whole(data_type) {
        let (low, high) = range(data_type)?;
        return (value.fract() == 0.0 && (low..=high).contains(&value)).then_some((value, value));
    }
    if value.abs() >= HUGE {
        let slack = value.abs() * HUGE_TOLERANCE;
        return Some((value - slack, value + slack));
    }
    if data_type == GdalDataType::Float32 {
        let stored = value as f32;
        let (low, high) = (stored.next_down().next_down(), stored.next_up().next_up());
        return Some((f64::from(low), f64::from(high)));
    }
    Some((value.next_down().next_down(), value.next_up().next_up()))
}

/// Smallest and largest value of a type of whole numbers.
fn range(data_type: GdalDataType) -> Option<(f64, f64)> {
    let bits = i32::from(data_type.bits());
    let values = 2_f64.powi(bits);
    Some(if data_type.is_signed() {
        (-values / 2.0, values / 2.0 - 1.0)
    } else {
        (0.0, values - 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(data_type: GdalDataType, value: f64) -> Missing {
        Missing::new(data_type, [value].into_iter())
    }

    #[test]
    fn float32_minimum_is_met_however_it_is_written() {
        for written in [-3.4028235e38, -3.402_823_466_385_288_6e38, -3.402_823e38, -3.4028e38] {
            for data_type in [GdalDataType::Float32, GdalDataType::Float64] {
                let missing = missing(data_type, written);
                assert!(missing.holds(f64::from(f32::MIN)), "{written} in {}", data_type.name());
                assert!(!missing.holds(-9999.0) && missing.holds(f64::NAN));
            }
        }
    }

    #[test]
    fn a_tag_is_compared_as_the_file_stores_it() {
        let tenth = missing(GdalDataType::Float32, 0.1);
        assert!(tenth.holds(f64::from(0.1_f32)) && !tenth.holds(f64::from(0.100_001_f32)));
        let zero = missing(GdalDataType::Float64, 0.0);
        assert!(zero.holds(0.0) && zero.holds(-0.0) && !zero.holds(1e-300));
        assert_eq!(missing(GdalDataType::UInt8, -9999.0).impossible, [-9999.0]);
        assert_eq!(missing(GdalDataType::UInt8, 0.5).impossible, [0.5]);
        assert!(missing(GdalDataType::Int16, -9999.0).holds(-9999.0));
        assert!(!missing(GdalDataType::Int16, -9999.0).holds(-9998.0));
    }
}
