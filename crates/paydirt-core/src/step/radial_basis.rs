//! Radial basis: a sum of functions of the distance to the nearest samples and a low polynomial, with
//! the coefficients that give back the samples: `[K + smoothing I, P; P', 0] [a; b] = [z; 0]` (Hardy 1971,
//! doi:10.1029/JB076i008p01905; Duchon 1977, doi:10.1007/BFb0086566). Kernels of the distance `r`: thin plate
//! `r^2 ln r` with `r` in km, multiquadric `-sqrt(1 + (r / shape)^2)`, Gaussian `exp(-(r / shape)^2)`. A place has
//! its own nearest samples, and places that share them share one system. The method knows no
//! error of its own: the extra band is the `distance` to the nearest sample in metres.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::refuse;
use crate::Result;
use crate::error::require;
use crate::gridding::{
    Frame, Interpolant, Kernel, Local, Method, Metric, Neighbours, Samples, Search, Spec,
    gridding_step, validation,
};

/// Lays a sum of radial functions through the samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The function of the distance.
    pub kernel: Basis,
    /// Its length in metres (not that of a thin plate, which has none). By default the spacing of
    /// samples.
    pub shape_m: Option<f64>,
    /// 0 honours each sample; more lets the surface pass beside them. In units of the kernel.
    pub smoothing: f64,
    /// Most samples that count at a place: the nearest.
    pub neighbours: usize,
    /// Cells farther than this from every sample are missing. By default twice the spacing of samples,
    /// the median length of the edges of their Delaunay triangulation.
    pub max_distance_m: Option<f64>,
    /// How the step judges itself.
    pub validation: validation::Settings,
}

/// A function of the distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// `r^2 ln r` and a plane: bends least.
    #[default]
    ThinPlate,
    /// `-sqrt(1 + (r / shape)^2)` and a constant.
    Multiquadric,
    /// `exp(-(r / shape)^2)` and a constant.
    Gaussian,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            kernel: Basis::ThinPlate,
            shape_m: None,
            smoothing: 0.0,
            neighbours: 32,
            max_distance_m: None,
            validation: validation::Settings::default(),
        }
    }
}

gridding_step!("radial_basis");

impl Method for Settings {
    fn key(&self) -> &'static str {
        "radial_basis"
    }

    fn max_distance_m(&self) -> Option<f64> {
        self.max_distance_m
    }

    fn validation(&self) -> &validation::Settings {
        &self.validation
    }

    fn has_spread(&self) -> bool {
        false
    }

    fn fit(&self, samples: &Samples, _: &Frame) -> Result<Box<dyn Interpolant>> {
        let smoothing = self.smoothing;
        let holds = smoothing >= 0.0 && smoothing.is_finite();
        require(holds, "radial_basis.smoothing", smoothing, "0 or more")?;
        let search = Search { most: self.neighbours, octants: false, metric: Metric::PLAIN };
        search.check(self.key())?;
        let shape_m = match self.shape_m {
            Some(shape_m) => shape_m,
            None => samples.spacing_m(self.key())?,
        };
        let holds = shape_m > 0.0 && shape_m.is_finite();
        require(holds, "radial_basis.shape_m", shape_m, "a length over 0")?;
        let (kernel, degree) = match self.kernel {
            Basis::ThinPlate => (Kernel::ThinPlate, Some(1)),
            Basis::Multiquadric => (Kernel::Multiquadric { shape_m }, Some(0)),
            Basis::Gaussian => (Kernel::Gaussian { shape_m }, Some(0)),
        };
        if degree == Some(1) && (samples.len() < 3 || samples.are_collinear()) {
            let reason = "a thin plate needs three places that are not on one line: take another \
                          `kernel`";
            return Err(refuse(self.key(), "points", reason));
        }
        let spec = Spec { kernel, diagonal: smoothing, at_zero: 0.0, degree, variance: None };
        let neighbours = Neighbours::new(&samples.places, search);
        Ok(Box::new(Local::new(neighbours, &samples.values, samples.mean(), spec, Vec::new())))
    }
}
