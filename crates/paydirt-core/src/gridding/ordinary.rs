//! Ordinary kriging with a given variogram, for others than the steps.

use super::variogram::Variogram;
use super::{Interpolant, Kernel, Local, Metric, Neighbours, Search, Spec};
use crate::Result;
use crate::error::require;

/// Ordinary kriging of values at places, in metres: the unbiased weighted mean of the nearest samples
/// with the least variance (Matheron 1963, doi:10.2113/gsecongeo.58.8.1246). It is the step `kriging`
/// without drift, with the nugget honoured: at a sample it gives the sample.
pub struct Ordinary(Local);

impl Ordinary {
    /// `places` are distinct, one a value, and at most `neighbours` of them count for an estimate.
    ///
    /// # Errors
    /// Numbers that make no variogram, no sample, unequal numbers of places and values, and a number
    /// of neighbours out of range.
    ///
    /// ```
    /// use paydirt_core::gridding::ordinary::Ordinary;
    /// use paydirt_core::gridding::variogram::{Model, Variogram};
    /// let variogram =
    ///     Variogram { model: Model::Spherical, nugget: 0.0, sill: 1.0, range_m: 1000.0 };
    /// let kriging = Ordinary::new(&[[0.0, 0.0], [100.0, 0.0]], &[0.0, 1.0], variogram, 24)?;
    /// let found = kriging.estimate(&[[0.0, 0.0], [50.0, 0.0], [50.0, 9000.0]]);
    /// assert!(found[0].abs() < 1e-9 && (found[1] - 0.5).abs() < 1e-9);
    /// # Ok::<(), paydirt_core::Error>(())
    /// ```
    pub fn new(
        places: &[[f64; 2]],
        values: &[f64],
        variogram: Variogram,
        neighbours: usize,
    ) -> Result<Self> {
        variogram.check("kriging")?;
        let found = values.len();
        let holds = found > 0 && found == places.len();
        require(holds, "kriging.values", found, "one a place, of one place or more")?;
        let search = Search { most: neighbours, octants: true, metric: Metric::PLAIN };
        search.check("kriging")?;
        let Variogram { model, nugget, sill, range_m } = variogram;
        let spec = Spec {
            kernel: Kernel::Covariance { model, sill: sill - nugget, range_m },
            diagonal: nugget,
            at_zero: nugget,
            degree: Some(0),
            variance: None,
        };
        let mean = values.iter().sum::<f64>() / found as f64;
        let neighbours = Neighbours::new(places, search);
        Ok(Self(Local::new(neighbours, values, mean, spec, Vec::new())))
    }

    /// The estimate at each place; NaN where its neighbours cannot be solved for.
    #[must_use]
    pub fn estimate(&self, places: &[[f64; 2]]) -> Vec<f64> {
        self.0.estimate(places).into_iter().map(|estimate| estimate.value).collect()
    }
}
