//! Scans of soil in the visible and near infrared: any number in a cell.

use crate::error::require;
use crate::{Error, Result};

/// Scans on a grid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spectra {
    /// Numbers of a scan.
    bands: usize,
    /// Where the scans of each unit begin, and where those of the last end.
    first: Vec<usize>,
    /// `[scan][band]`, by unit; standardised, 0 where not known.
    values: Vec<f32>,
}

/// A scan of a tile.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// The cell of the tile that it was taken in.
    pub cell: usize,
    /// One number a band.
    pub values: Vec<f32>,
}

impl Spectra {
    /// Scans of some units, `units` in all. Each band is standardised by the scans of units that train; where
    /// it is not known it is 0, the mean.
    ///
    /// # Errors
    /// [`Error::BadSetting`] where scans differ in length, and [`Error::TooFew`] where none lies on
    /// ground that trains.
    pub fn new(
        mut scans: Vec<(usize, Vec<f32>)>,
        units: usize,
        trains: impl Fn(usize) -> bool,
    ) -> Result<Self> {
        scans.retain(|(unit, _)| *unit < units);
        scans.sort_by_key(|(unit, _)| *unit);
        let bands = scans.first().map_or(0, |(_, values)| values.len());
        let alike = scans.iter().all(|(_, values)| values.len() == bands);
        require(alike, "spectra", "of several lengths", "scans of as many bands")?;
        let moments: Vec<[f64; 2]> = (0..bands)
            .map(|band| {
                let known = || {
                    let training = scans.iter().filter(|(unit, _)| trains(*unit));
                    training.map(|(_, v)| f64::from(v[band])).filter(|value| value.is_finite())
                };
                let count = known().count().max(1) as f64;
                let mean = known().sum::<f64>() / count;
                let variance = known().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
                [mean, variance.sqrt()]
            })
            .collect();
        if !scans.iter().any(|(unit, _)| trains(*unit)) {
            return Err(Error::TooFew {
                what: "scans of soil on the training side".into(),
                found: 0,
                needed: 1,
            });
        }
        let mut first = vec![0; units + 1];
        scans.iter().for_each(|(unit, _)| first[unit + 1] += 1);
        (0..units).for_each(|unit| first[unit + 1] += first[unit]);
        let scaled = |(value, [mean, deviation]): (&f32, &[f64; 2])| {
            let known = value.is_finite() && *deviation > 0.0;
            if known { ((f64::from(*value) - mean) / deviation) as f32 } else { 0.0 }
        };
        let values = scans.iter().flat_map(|(_, scan)| scan.iter().zip(&moments).map(scaled));
        Ok(Self { bands, first, values: values.collect() })
    }

    /// Numbers of a scan.
    #[must_use]
    pub const fn bands(&self) -> usize {
        self.bands
    }

    /// All numbers, standardised: `[scan][band]`.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Where the scans of each unit begin among all, and where those of the last end.
    #[must_use]
    pub fn starts(&self) -> &[usize] {
        &self.first
    }

    /// Scans in all.
    #[must_use]
    pub fn count(&self) -> usize {
        self.first.last().copied().unwrap_or(0)
    }

    /// The scans of a unit.
    pub fn of(&self, unit: usize) -> impl Iterator<Item = &[f32]> {
        let scans = self.first[unit]..self.first[unit + 1];
        scans.map(|scan| &self.values[scan * self.bands..(scan + 1) * self.bands])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scans_are_standardised_by_those_that_train_and_found_by_unit() {
        let scans = vec![
            (3, vec![5.0, 100.0]),
            (1, vec![1.0, f32::NAN]),
            (1, vec![3.0, 2.0]),
            (9, vec![0.0, 0.0]),
        ];
        let spectra = Spectra::new(scans, 4, |unit| unit == 1).unwrap();
        assert_eq!((spectra.count(), spectra.bands()), (3, 2));
        let of = |unit: usize| spectra.of(unit).map(<[f32]>::to_vec).collect::<Vec<_>>();
        // Means 2 and 2, deviations 1 and 0.
        assert_eq!(of(1), [[-1.0, 0.0], [1.0, 0.0]]);
        assert_eq!(of(3), [[3.0, 0.0]]);
        assert!(of(0).is_empty() && of(2).is_empty());
    }

    #[test]
    fn scans_that_cannot_be_laid_side_by_side_are_refused() {
        let differ = vec![(0, vec![1.0]), (1, vec![1.0, 2.0])];
        assert!(Spectra::new(differ, 2, |_| true).is_err());
        assert!(Spectra::new(vec![(0, vec![1.0])], 2, |unit| unit == 1).is_err());
        assert!(Spectra::new(Vec::new(), 2, |_| true).is_err());
    }
}
