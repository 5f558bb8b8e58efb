//! Minimum noise fraction (Green and others 1988, doi:10.1109/36.3001): the continuous and ordinal
//! columns, centred on the training side, are turned so that noise has unit variance in every
//! direction (whitened), and then projected on the eigenvectors of their covariance. Component
//! `mnf_1` has the largest ratio of signal to noise, where principal components have the largest
//! variance and take a noisy band for a rich one. With noise covariance N and covariance S,
//! loadings `a` solve `S a = v N a` with `a' N a = 1`; the signal-to-noise ratio is `v - 1`. It
//! does not change with the units of the bands.
//!
//! The noise comes from the project: [`crate::raster::noise`] estimates it from the differences of
//! neighbouring cells, which a table of samples does not have. It must be that of the columns that
//! go in, so the step stands first in its group. Components are without unit, columns of the layer
//! `mnf`, and replace those columns; categorical columns pass through before them. Rows with a
//! missing value are not fitted on and have missing components. Signs are settled: the loading that is
//! largest in deviations of noise is positive.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, refuse, require_columns};
use super::components::{
    Input, LEAST_SHARE, complete_rows, covariance, eigen, project, sign_of_largest, varying,
    without,
};
use super::{FittedStep, Step};
use crate::Result;
use crate::raster::noise::Noise;
use crate::table::Table;

/// Least variance of a band's noise that the other bands do not share, over all of it.
const LEAST_OWN_NOISE: f64 = 1e-10;

/// Replaces bands by components in order of their signal-to-noise ratio.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Most components kept; without it, all.
    pub components: Option<usize>,
    /// Covariance of the bands' noise, estimated from the differences of neighbouring cells.
    pub noise_covariance: Option<Noise>,
}

/// A component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// Variance of the signal over that of the noise. Below 0 where the noise was estimated larger
    /// than the training side varies.
    pub signal_to_noise: f64,
    /// One loading an input, in one over its unit.
    pub loadings: Vec<f64>,
}

/// Inputs and components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The columns that go in.
    pub inputs: Vec<Input>,
    /// The components, largest signal-to-noise ratio first.
    pub components: Vec<Component>,
}

/// What makes noise white: each band's deviation, and the triangular factor of the correlation.
struct White {
    deviations: Vec<f64>,
    factor: DMatrix<f64>,
}

impl White {
    fn of(noise: &DMatrix<f64>, names: &[String]) -> Result<Self> {
        let no_noise = |band: usize| {
            let reason = format!(
                "`{}` has no noise of its own in `noise_covariance`: leave the layer out of the group",
                names[band]
            );
            refuse("mnf", names.join(", "), reason)
        };
        let deviations: Vec<f64> =
            noise.diagonal().iter().map(|variance| variance.sqrt()).collect();
        let poor = |deviation: &f64| !(*deviation > 0.0 && deviation.is_finite());
        if let Some(band) = deviations.iter().position(poor) {
            return Err(no_noise(band));
        }
        let correlation = DMatrix::from_fn(noise.nrows(), noise.nrows(), |i, j| {
            noise[(i, j)] / deviations[i] / deviations[j]
        });
        // The first band that takes the factor to its end is the one that adds no noise.
        let own = |bands: usize| {
            let factor = correlation.view((0, 0), (bands, bands)).into_owned().cholesky()?.unpack();
            (factor[(bands - 1, bands - 1)].powi(2) > LEAST_OWN_NOISE).then_some(factor)
        };
        let mut factor = DMatrix::zeros(0, 0);
        for bands in 1..=names.len() {
            factor = own(bands).ok_or_else(|| no_noise(bands - 1))?;
        }
        Ok(Self { deviations, factor })
    }

    /// Components of a covariance, largest signal-to-noise ratio first.
    fn components(&self, covariance: &DMatrix<f64>) -> Vec<Component> {
        let scaled = DMatrix::from_fn(covariance.nrows(), covariance.nrows(), |i, j| {
            covariance[(i, j)] / self.deviations[i] / self.deviations[j]
        });
        // The diagonal of the factor was checked, so both systems have a solution.
        let solve = |matrix: &DMatrix<f64>| {
            self.factor.solve_lower_triangular(matrix).unwrap_or_else(|| matrix.clone())
        };
        let white = solve(&solve(&scaled).transpose());
        let total = white.trace();
        let pairs = eigen(white).into_iter().filter(|(value, _)| value / total > LEAST_SHARE);
        let components = pairs.map(|(value, vector)| {
            let vector = DMatrix::from_vec(vector.len(), 1, vector);
            let loadings = self.factor.tr_solve_lower_triangular(&vector).unwrap_or(vector);
            let sign = sign_of_largest(loadings.iter().copied());
            let loadings = loadings.iter().zip(&self.deviations).map(|(l, d)| l * sign / d);
            Component { signal_to_noise: value - 1.0, loadings: loadings.collect() }
        });
        components.collect()
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        if self.components == Some(0) {
            return Err(bad_setting("mnf.components", 0, "at least 1"));
        }
        let complete = complete_rows("mnf", training)?;
        let names = complete.names();
        let Some(noise) = &self.noise_covariance else {
            let reason = "needs the noise of the bands: it is estimated where `mnf` stands first in a \
                          `[[group]]` of rasters; for a table of samples give `noise_covariance`, or \
                          use `pca`";
            return Err(refuse("mnf", names.join(", "), reason));
        };
        let white = White::of(&noise.of_bands(&names)?, &names)?;
        let inputs = Input::all(&complete, false);
        let mut components =
            white.components(&varying("mnf", covariance(&inputs, &complete), &complete)?);
        components.truncate(self.components.unwrap_or(usize::MAX));
        Ok(FittedStep::Mnf(Fitted { inputs, components }))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        require_columns(&table, self.inputs.iter().map(|input| &input.name))?;
        let mut columns = without(&table, &self.inputs);
        for (index, Component { loadings, .. }) in self.components.iter().enumerate() {
            let name = format!("mnf_{}", index + 1);
            columns.push(project(&table, &self.inputs, loadings, [&name, "mnf"])?);
        }
        Table::new(table.rows(), columns)
    }
}
