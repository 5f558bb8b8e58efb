//! Robust principal components: as `pca`, of a location and scatter that outliers cannot move, the
//! reweighted minimum covariance determinant (Rousseeuw & Van Driessen 1999,
//! doi:10.1080/00401706.1999.10485670) of the complete training rows. The components
//! `robust_pca_1`, `robust_pca_2`, ... of the layer `robust_pca`, without unit, replace the continuous
//! and ordinal columns; categorical columns pass through before them.
//!
//! With `space = "ilr"` the columns are parts of a composition, in one unit: the scatter is that of
//! their isometric log ratios (which, unlike centred ones, have a determinant), and the loadings are
//! brought back to centred log ratios, one a part (Filzmoser, Hron & Reimann 2009,
//! doi:10.1002/env.966). A row in which a part is missing or not over 0 is missing in all components.

use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, refuse};
pub use super::components::{Component, Input};
use super::components::{Keep, complete_rows, replace};
use super::log_ratio;
use super::standardise::Moments;
use super::{FittedStep, Step};
use crate::Result;
use crate::composition::Contrasts;
use crate::robust::{Scatter, scatter};
use crate::seed::Seed;
use crate::table::Table;

/// Replaces columns by fewer that hold most of the variance of what is not an outlier. Without
/// `components` and `explained_share`, all components with variance are kept; with both, the fewer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Most components kept.
    pub components: Option<usize>,
    /// Share of the variance (over 0, up to 1) at which no further component is kept.
    pub explained_share: Option<f64>,
    /// Whether each column is divided by its robust standard deviation first, so that units do not
    /// matter. Log ratios (`space = "ilr"`) share one scale and are never divided.
    pub standardise: bool,
    /// Whether the columns are taken as they are or as parts of a composition.
    pub space: Space,
    /// Share of the training rows that are trusted, 0.5 to 1: up to the others may be outliers.
    /// With 1 this is ordinary PCA.
    pub support_share: f64,
    /// Seed of the search for the trusted rows.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            components: None,
            explained_share: None,
            standardise: true,
            space: Space::Plain,
            support_share: 0.75,
            seed: 0,
        }
    }
}

/// What the columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Space {
    /// Numbers of their own.
    Plain,
    /// Parts of a composition, treated by isometric log ratios.
    Ilr,
}

/// Inputs and components.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The centred log ratios that are made first, with `space = "ilr"`.
    pub ratios: Option<log_ratio::Fitted>,
    /// The columns that go in (centred log ratios with `space = "ilr"`), with robust moments.
    pub inputs: Vec<Input>,
    /// The components, largest variance first.
    pub components: Vec<Component>,
    /// How many training rows location and scatter are of.
    pub support: usize,
}

/// Location and scatter of complete columns, or why there are none.
pub(super) fn robust_scatter(
    step: &str,
    complete: &Table,
    columns: &[Vec<f64>],
    support_share: f64,
    seed: u64,
) -> Result<Scatter> {
    if !(0.5..=1.0).contains(&support_share) {
        let key = format!("{step}.support_share");
        return Err(bad_setting(&key, support_share, "from 0.5 to 1"));
    }
    scatter(columns, support_share, Seed(seed)).ok_or_else(|| {
        let reason = format!(
            "the {} complete training rows have no robust scatter: they are fewer than twice the \
             {} columns, or most of them lie on a plane (a column that is mostly one value, columns \
             that sum to one total, or twins). Leave such columns out, or set `support_share = 1`",
            complete.rows(),
            columns.len()
        );
        refuse(step, complete.names().join(", "), reason)
    })
}

/// The values of complete columns: `[column][row]`.
pub(super) fn values(complete: &Table) -> Vec<Vec<f64>> {
    let columns = complete.columns().iter();
    columns.map(|column| column.values.iter().map(|&value| value.into()).collect()).collect()
}

impl Settings {
    /// Location and scatter of the inputs.
    fn scatter(&self, complete: &Table) -> Result<Scatter> {
        let Self { support_share, seed, .. } = *self;
        let columns = values(complete);
        if self.space == Space::Plain {
            return robust_scatter("robust_pca", complete, &columns, support_share, seed);
        }
        // Rows of the basis are orthonormal: its transpose leads back.
        let pivot = Contrasts::pivot(columns.len());
        let basis = DMatrix::from_fn(columns.len() - 1, columns.len(), |i, j| pivot.rows()[i][j]);
        let coordinate = |weights: &Vec<f64>, row: usize| -> f64 {
            weights.iter().zip(&columns).map(|(weight, column)| weight * column[row]).sum()
        };
        let rows = 0..complete.rows();
        let coordinates = pivot
            .rows()
            .iter()
            .map(|weights| rows.clone().map(|row| coordinate(weights, row)).collect());
        let coordinates: Vec<Vec<f64>> = coordinates.collect();
        let found = robust_scatter("robust_pca", complete, &coordinates, support_share, seed)?;
        let location = basis.tr_mul(&nalgebra::DVector::from_vec(found.location));
        Ok(Scatter {
            location: location.as_slice().to_vec(),
            covariance: basis.tr_mul(&found.covariance) * basis,
            ..found
        })
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let Self { components, explained_share, .. } = *self;
        let keep = Keep { step: "robust_pca", components, explained_share };
        keep.check()?;
        let ratios = match self.space {
            Space::Plain => None,
            Space::Ilr => Some(log_ratio::Fitted::clr("robust_pca", training)?),
        };
        let complete = match &ratios {
            Some(ratios) => {
                complete_rows("robust_pca", &super::Fitted::apply(ratios, training.clone())?)?
            }
            None => complete_rows("robust_pca", training)?,
        };
        let Scatter { location, mut covariance, support, .. } = self.scatter(&complete)?;
        let divide = self.standardise && self.space == Space::Plain;
        let deviation =
            covariance.diagonal().map(|variance| if divide { variance.sqrt() } else { 1.0 });
        let inputs = complete.names().into_iter().zip(location).zip(&deviation);
        let inputs = inputs
            .map(|((name, mean), &deviation)| Input { name, moments: Moments { mean, deviation } })
            .collect();
        for ((i, j), value) in indices(deviation.len()).zip(covariance.iter_mut()) {
            let unit = deviation[i] * deviation[j];
            *value = if unit > 0.0 { *value / unit } else { 0.0 };
        }
        let components = keep.of(covariance, &complete)?;
        Ok(FittedStep::RobustPca(Fitted { ratios, inputs, components, support }))
    }
}

/// Row and column of each number of a square matrix, column by column.
fn indices(size: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..size).flat_map(move |j| (0..size).map(move |i| (i, j)))
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let table = match &self.ratios {
            Some(ratios) => super::Fitted::apply(ratios, table)?,
            None => table,
        };
        replace(&table, &self.inputs, &self.components, "robust_pca")
    }
}
