//! What two samples have in common, by their distance.

use super::variogram::Model;

/// A covariance, or a radial basis function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kernel {
    /// Covariance without nugget: its value at 0 and the range.
    Covariance { model: Model, sill: f64, range_m: f64 },
    /// `r^2 ln r`, in kilometres.
    ThinPlate,
    /// `-sqrt(1 + (r / shape)^2)`.
    Multiquadric { shape_m: f64 },
    /// `exp(-(r / shape)^2)`.
    Gaussian { shape_m: f64 },
}

impl Kernel {
    /// Turns squared distances into values.
    pub(crate) fn apply(&self, numbers: &mut [f64]) {
        match *self {
            Self::Covariance { model, sill, range_m } => {
                model.correlations(range_m, numbers);
                numbers.iter_mut().for_each(|number| *number *= sill);
            }
            Self::ThinPlate => {
                for number in numbers {
                    let squared = *number * 1e-6;
                    *number = if squared > 0.0 { 0.5 * squared * squared.ln() } else { 0.0 };
                }
            }
            Self::Multiquadric { shape_m } => {
                let scale = 1.0 / (shape_m * shape_m);
                numbers.iter_mut().for_each(|number| *number = -(1.0 + *number * scale).sqrt());
            }
            Self::Gaussian { shape_m } => {
                let scale = -1.0 / (shape_m * shape_m);
                numbers.iter_mut().for_each(|number| *number = (*number * scale).exp());
            }
        }
    }

    /// Whether its matrix over any places is positive definite.
    pub(crate) const fn is_covariance(&self) -> bool {
        matches!(self, Self::Covariance { .. })
    }
}
