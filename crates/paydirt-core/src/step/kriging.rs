//! Kriging: the unbiased weighted mean of the nearest samples with the least variance, given how
//! values resemble each other by their distance, the variogram (Matheron 1963,
//! doi:10.2113/gsecongeo.58.8.1246). *Ordinary* kriging knows no mean; *universal* kriging lets a plane or a
//! quadratic run through it (where the neighbours lie too nearly on a line to tell it, a lower one). The
//! variogram is given, or fitted to the samples (to their residuals about the drift) by weighted
//! least squares, the model with the smallest sum taken (Cressie 1985, doi:10.1007/BF01032109). The extra band
//! `uncertainty` is the kriging standard deviation.
//!
//! The nugget is part of the variance between any two samples. By default samples are honoured: the
//! map passes through each, with variance 0 there, and the nugget adds to the variance everywhere else. With
//! `filter_nugget` it is measurement error: the map passes beside samples, and its variance is that of what
//! was measured, without the error. With `log` the logarithm of the values is kriged: the map holds
//! the exponential of the estimate, which is the *median* of what a log-normal value may be there (the mean is
//! higher by half the variance, and bears no error in the variogram); `uncertainty` is then the standard
//! deviation of the natural logarithm.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, refuse};
use crate::Result;
use crate::error::require;
use crate::gridding::variogram::{self, Model, Variogram};
use crate::gridding::{
    Estimate, Frame, Interpolant, Kernel, Local, Method, Metric, Neighbours, Place, Samples,
    Search, Spec, gridding_step, residuals, validation,
};

/// Estimates by kriging, with a standard deviation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What the mean does: nothing known (ordinary kriging), or a plane or quadratic (universal kriging).
    pub drift: Drift,
    /// The variogram. By default it is fitted.
    pub variogram: Option<Variogram>,
    /// Models that are fitted, of which the best is taken.
    pub models: Vec<Model>,
    /// Lags of the experimental variogram.
    pub lags: usize,
    /// The farthest lag in metres. By default a third of the diagonal of the samples' extent.
    pub max_lag_m: Option<f64>,
    /// Whether the nugget is measurement error that the map leaves out. By default samples are honoured.
    pub filter_nugget: bool,
    /// Whether the logarithm of the values is kriged; all must be over 0.
    pub log: bool,
    /// Most samples that count at a place: the nearest.
    pub neighbours: usize,
    /// Whether each eighth of the horizon gives its share of them first, so that a cluster on one side
    /// does not count alone.
    pub octants: bool,
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

/// What the mean does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Drift {
    /// Nothing known of it: ordinary kriging.
    #[default]
    None,
    /// It is a plane.
    Linear,
    /// It is a quadratic.
    Quadratic,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            drift: Drift::None,
            variogram: None,
            models: Model::ALL.to_vec(),
            lags: 15,
            max_lag_m: None,
            filter_nugget: false,
            log: false,
            neighbours: 24,
            octants: true,
            anisotropy_ratio: 1.0,
            azimuth_degrees: 0.0,
            max_distance_m: None,
            validation: validation::Settings::default(),
        }
    }
}

gridding_step!("kriging");

impl Settings {
    fn check(&self) -> Result<()> {
        require((3..=1000).contains(&self.lags), "kriging.lags", self.lags, "3 to 1000")?;
        let lag = self.max_lag_m.unwrap_or(1.0);
        require(lag > 0.0 && lag.is_finite(), "kriging.max_lag_m", lag, "over 0")?;
        if self.models.is_empty() {
            return Err(bad_setting("kriging.models", "empty", "one model or more"));
        }
        self.variogram.map_or(Ok(()), |given| given.check(self.key()))
    }

    /// The variogram of samples whose places are as the metric has them, and how it was found.
    fn variogram(&self, places: &[Place], values: &[f64]) -> Result<(Variogram, String)> {
        if let Some(given) = self.variogram {
            return Ok((given, "as given".into()));
        }
        let extent = [0, 1].map(|axis| {
            let numbers = places.iter().map(|place| place[axis]);
            let (low, high) =
                numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
            high - low
        });
        let farthest_m = self.max_lag_m.unwrap_or(extent[0].hypot(extent[1]) / 3.0);
        let lags = variogram::experimental(places, values, self.lags, farthest_m);
        let found = (values.len() >= FEWEST).then(|| variogram::fit(&self.models, &lags)).flatten();
        let Some(found) = found else {
            let reason = format!(
                "{} samples in {} lags are too few, or too alike, to fit a variogram to: give \
                 `variogram`, or take another method",
                values.len(),
                lags.len()
            );
            return Err(refuse("kriging", "points", reason));
        };
        let how = format!(
            "weighted least squares over {} lags to {farthest_m:.0} m, the best of {} models",
            lags.len(),
            self.models.len()
        );
        Ok((found, how))
    }
}

/// Fewest samples to which a variogram is fitted.
const FEWEST: usize = 10;

impl Method for Settings {
    fn key(&self) -> &'static str {
        "kriging"
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
        self.check()?;
        let metric = Metric::new(self.key(), self.anisotropy_ratio, self.azimuth_degrees)?;
        let search = Search { most: self.neighbours, octants: self.octants, metric };
        search.check(self.key())?;
        if self.log && samples.values.iter().any(|value| *value <= 0.0) {
            let reason = "values of 0 or less have no logarithm: leave `log` out";
            return Err(refuse(self.key(), "points", reason));
        }
        let values: Vec<f64> =
            samples.values.iter().map(|v| if self.log { v.ln() } else { *v }).collect();
        let degree = match self.drift {
            Drift::None => 0,
            Drift::Linear => 1,
            Drift::Quadratic => 2,
        };
        if degree > 0 && samples.are_collinear() {
            let reason = "all samples lie on one line, so nothing is known of a drift across it";
            return Err(refuse(self.key(), "points", reason));
        }
        let neighbours = Neighbours::new(&samples.places, search);
        let rest = residuals(&neighbours.places, &values, degree).ok_or_else(|| {
            refuse(self.key(), "points", "there are too few samples for such a drift")
        })?;
        let (variogram, how) = self.variogram(&neighbours.places, &rest)?;
        let Variogram { model, nugget, sill, range_m } = variogram;
        let spec = Spec {
            kernel: Kernel::Covariance { model, sill: sill - nugget, range_m },
            diagonal: nugget,
            at_zero: if self.filter_nugget { 0.0 } else { nugget },
            degree: Some(degree),
            variance: Some(if self.filter_nugget { sill - nugget } else { sill }),
        };
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let notes = variogram.notes(&how, samples.spacing_m(self.key())?);
        let local = Local::new(neighbours, &values, mean, spec, notes);
        Ok(if self.log { Box::new(Exponential(local)) } else { Box::new(local) })
    }
}

/// Estimates of logarithms, brought back.
struct Exponential(Local);

impl Interpolant for Exponential {
    fn estimate(&self, places: &[Place]) -> Vec<Estimate> {
        let mut estimates = self.0.estimate(places);
        estimates.iter_mut().for_each(|estimate| estimate.value = estimate.value.exp());
        estimates
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = self.0.notes();
        notes.push("kriged as logarithms: the map holds medians, and `uncertainty` is of the natural logarithm".into());
        notes
    }
}
