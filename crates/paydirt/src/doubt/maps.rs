//! The maps of doubt: those that are drawn with the probability, and those that follow from them.

use std::ops::Range;

use paydirt_core::stack::Stack;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Cause, Doubt, Measured};
use crate::draw::{Maps, PROSPECTIVITY, SPREAD};
use crate::posterior;

/// Name of the map of dissimilarity indices.
pub const DISSIMILARITY: &str = "dissimilarity";
/// Name of the map of local point densities.
pub const DENSITY: &str = "point_density";
/// Name of the map of prediction sets.
pub const SET: &str = "prediction_set";
/// Name of the map of networks drawn through dropout.
pub const DROPOUT: &str = "dropout_spread";
/// What the maps of causes begin with.
const PART: &str = "uncertainty_";

/// Names and units of the maps that are measured.
#[must_use]
pub fn names(doubt: &Doubt) -> Vec<(String, &'static str)> {
    let part = |cause: &Cause| (format!("{PART}{}", cause.key()), "probability");
    let mut names: Vec<_> = doubt.causes.iter().map(part).collect();
    if doubt.applicability.is_some() {
        names.push((DISSIMILARITY.into(), "mean distance between training rows"));
        names.push((DENSITY.into(), "training rows"));
    }
    names.extend(doubt.conformal.as_ref().map(|_| (SET.into(), "class")));
    names.extend((doubt.dropout > 0).then(|| (DROPOUT.into(), "score")));
    names
}

/// The values of each of [`names`].
#[must_use]
pub fn values(measured: Measured) -> Vec<Vec<f32>> {
    let Measured { parts, applicability, set, dropout, spread: _ } = measured;
    parts.into_iter().chain(applicability.into_iter().flatten()).chain(set).chain(dropout).collect()
}

/// Whether a map is one of these, which go into files of their own.
#[must_use]
pub fn owns(name: &str) -> bool {
    name.starts_with(PART)
        || [DISSIMILARITY, DENSITY, SET, DROPOUT].contains(&name)
        || posterior::MAPS.contains(&name)
}

/// Whether a map was drawn.
#[must_use]
pub fn has(maps: &Maps, name: &str) -> bool {
    maps.stack.layers().iter().any(|info| info.name == name)
}

/// The causes that were measured.
#[must_use]
pub fn causes(maps: &Maps) -> Vec<Cause> {
    let drawn = |cause: &Cause| has(maps, &format!("{PART}{}", cause.key()));
    Cause::ALL.into_iter().filter(drawn).collect()
}

/// Standard deviation by cause: one list of units a cause of [`causes`].
///
/// # Errors
/// Where a map cannot be read.
pub fn parts(maps: &Maps, units: Range<usize>) -> paydirt_core::Result<Vec<Vec<f32>>> {
    causes(maps).into_iter().map(|cause| part(maps, cause, units.clone())).collect()
}

/// Standard deviation by one cause.
///
/// # Errors
/// Where the map cannot be read.
pub fn part(maps: &Maps, cause: Cause, units: Range<usize>) -> paydirt_core::Result<Vec<f32>> {
    maps.stack.read_stored(&format!("{PART}{}", cause.key()), units)
}

/// Shares of the causes in the variance of some units: one list of units a cause; NaN where there is
/// no variance.
#[must_use]
pub fn shares(parts: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let square = |value: f32| f64::from(value).powi(2);
    let units = parts.first().map_or(0, Vec::len);
    let total = |unit: usize| parts.iter().map(|part| square(part[unit])).sum::<f64>();
    let totals: Vec<f64> = (0..units).map(total).collect();
    let share = |(deviation, total): (&f32, &f64)| (square(*deviation) / total) as f32;
    parts.iter().map(|part| part.iter().zip(&totals).map(share).collect()).collect()
}

/// The place in `shares` of the greatest of each unit; none where there is no variance.
#[must_use]
pub fn dominant(shares: &[Vec<f32>]) -> Vec<Option<usize>> {
    let units = shares.first().map_or(0, Vec::len);
    let greatest = |unit: usize| {
        let of_unit = |place: &usize| shares[*place][unit];
        let known = (0..shares.len()).filter(|place| !of_unit(place).is_nan());
        // Of equal ones the first.
        known.reduce(|best, other| if of_unit(&other) > of_unit(&best) { other } else { best })
    };
    (0..units).map(greatest).collect()
}

/// Whether each of some units lies outside the area of applicability; `false` where nothing is known.
///
/// # Errors
/// Where the map cannot be read.
pub fn outside(maps: &Maps, units: Range<usize>) -> paydirt_core::Result<Vec<bool>> {
    if !has(maps, DENSITY) {
        return Ok(vec![false; units.len()]);
    }
    Ok(maps.stack.read_stored(DENSITY, units)?.into_iter().map(|density| density == 0.0).collect())
}

/// What parts the classes of mean and spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// Least probability that is high.
    pub mean_at_least: f64,
    /// So many spreads away from it a probability is sure to be high, or low.
    pub spreads: f64,
}

impl Bounds {
    /// Class of a cell: 0 low, and low still some spreads higher; 1 low, but high then; 2 high, and high
    /// still some spreads lower; 3 high, but low then. None without a probability.
    ///
    /// ```
    /// use paydirt::doubt::maps::Bounds;
    /// let bounds = Bounds { mean_at_least: 0.25, spreads: 1.0 };
    /// let cells = [(0.125, 0.0625), (0.125, 0.125), (0.5, 0.25), (0.5, 0.375)];
    /// assert_eq!(cells.map(|(mean, spread)| bounds.class(mean, spread)), [0, 1, 2, 3].map(Some));
    /// assert_eq!(bounds.class(f32::NAN, 0.1), None);
    /// ```
    #[must_use]
    pub fn class(&self, mean: f32, spread: f32) -> Option<usize> {
        let (mean, reach) = (f64::from(mean), self.spreads * f64::from(spread));
        let high = mean >= self.mean_at_least;
        let then = if high { mean - reach } else { mean + reach } >= self.mean_at_least;
        (!mean.is_nan()).then(|| 2 * usize::from(high) + usize::from(then != high))
    }

    /// Classes of some units of the map.
    ///
    /// # Errors
    /// Where a map cannot be read.
    pub fn classes(
        &self,
        maps: &Maps,
        units: Range<usize>,
    ) -> paydirt_core::Result<Vec<Option<usize>>> {
        let means = maps.stack.read_stored(PROSPECTIVITY, units.clone())?;
        let spreads = maps.stack.read_stored(SPREAD, units)?;
        Ok(means.iter().zip(&spreads).map(|(&mean, &spread)| self.class(mean, spread)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_of_variances_and_the_greatest_dominates() {
        let parts = [vec![3.0, 0.0, f32::NAN, 1.0], vec![4.0, 0.0, f32::NAN, 1.0]];
        let shares = shares(&parts);
        assert_eq!([shares[0][0], shares[1][0]], [0.36, 0.64]);
        assert!(shares[0][1].is_nan() && shares[0][2].is_nan());
        assert_eq!(dominant(&shares), [Some(1), None, None, Some(0)]);
        assert!(dominant(&[]).is_empty());
    }
}
