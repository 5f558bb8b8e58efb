//! Gaussian process: simple kriging about the mean of the samples with the variogram under which
//! the samples are most likely (Rasmussen & Williams 2006, ISBN 026218253X). Its three numbers, the
//! range, the sill and the nugget, are sought over all samples at once, which are 1,000 at most; the nugget is
//! noise, so the map passes beside samples. The estimate at a place takes the nearest samples: with
//! `neighbours` at the number of samples it is that of the whole process. The extra band `uncertainty` is the
//! posterior standard deviation, without the noise.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::refuse;
use crate::Result;
use crate::gridding::variogram::{Model, Variogram};
use crate::gridding::{
    Frame, Interpolant, Kernel, Local, MOST_SAMPLES, Method, Metric, Neighbours, Samples, Search,
    Spec, gridding_step, most_likely, validation,
};

/// Estimates by a Gaussian process of maximum likelihood.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How resemblance falls with distance.
    pub model: Model,
    /// Most samples that count at a place: the nearest.
    pub neighbours: usize,
    /// How many times farther samples resemble each other along the azimuth than across it.
    pub anisotropy_ratio: f64,
    /// Direction along which they do, in degrees clockwise from north. Ranges are those along it.
    pub azimuth_degrees: f64,
    /// Cells farther than this from every sample are missing. By default twice the spacing of samples,
    /// the median length of the edges of their Delaunay triangulation.
    pub max_distance_m: Option<f64>,
    /// How the step judges itself.
    pub validation: validation::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            model: Model::Matern,
            neighbours: 32,
            anisotropy_ratio: 1.0,
            azimuth_degrees: 0.0,
            max_distance_m: None,
            validation: validation::Settings::default(),
        }
    }
}

gridding_step!("gaussian_process");

impl Method for Settings {
    fn key(&self) -> &'static str {
        "gaussian_process"
    }

    fn max_distance_m(&self) -> Option<f64> {
        self.max_distance_m
    }

    fn validation(&self) -> &validation::Settings {
        &self.validation
    }

    fn has_spread(&self) -> bool {
        true
    }

    fn fit(&self, samples: &Samples, _: &Frame) -> Result<Box<dyn Interpolant>> {
        let metric = Metric::new(self.key(), self.anisotropy_ratio, self.azimuth_degrees)?;
        let search = Search { most: self.neighbours, octants: false, metric };
        search.check(self.key())?;
        let n = samples.len();
        let refused = |reason: String| Err(refuse(self.key(), "points", reason));
        if n > MOST_SAMPLES {
            return refused(format!(
                "there are {n} samples, and the likelihood is sought over {MOST_SAMPLES} at most: \
                 take `kriging`"
            ));
        }
        if n < FEWEST || samples.is_constant() {
            return refused(format!(
                "needs {FEWEST} samples that are not all alike, and there are {n}: take another method"
            ));
        }
        let neighbours = Neighbours::new(&samples.places, search);
        let spacing_m = samples.spacing_m(self.key())?;
        let (variogram, likelihood) =
            most_likely(self.model, &neighbours.places, samples, spacing_m);
        if !likelihood.is_finite() {
            return refused("no variogram makes these samples likely".into());
        }
        let Variogram { model, nugget, sill, range_m } = variogram;
        let spec = Spec {
            kernel: Kernel::Covariance { model, sill: sill - nugget, range_m },
            diagonal: nugget,
            at_zero: 0.0,
            degree: None,
            variance: Some(sill - nugget),
        };
        let notes = variogram.notes(&format!("log likelihood {likelihood:.4}"), spacing_m);
        Ok(Box::new(Local::new(neighbours, &samples.values, samples.mean(), spec, notes)))
    }
}

/// Fewest samples of which a likelihood is sought.
const FEWEST: usize = 10;
