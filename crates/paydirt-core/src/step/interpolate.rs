//! Interpolate: judges methods by block cross-validation and draws the one with the least root mean
//! squared error, over the samples that all of them can estimate. The receipt tells of each its RMSE,
//! mean absolute error, bias and R2 (Roberts and others 2017, doi:10.1111/ecog.02881).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::bad_setting;
use super::{
    Canvas, FittedStep, Source, Step, Surface, gaussian_process, inverse_distance, kriging,
    minimum_curvature, natural_neighbour, radial_basis,
};
use crate::Result;
use crate::grid::Grid;
use crate::gridding::{Method, best_of, validation};
use crate::table::Table;

/// Draws the best of several methods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The methods and their settings, such as `[{ kriging = {} }, { inverse_distance = { power = 3 } }]`.
    pub methods: Vec<AnyMethod>,
    /// How they are judged. Their own `validation` is not looked at.
    pub validation: validation::Settings,
}

/// A method of gridding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnyMethod {
    /// See [`inverse_distance`].
    InverseDistance(inverse_distance::Settings),
    /// See [`kriging`].
    Kriging(kriging::Settings),
    /// See [`gaussian_process`].
    GaussianProcess(gaussian_process::Settings),
    /// See [`radial_basis`].
    RadialBasis(radial_basis::Settings),
    /// See [`natural_neighbour`].
    NaturalNeighbour(natural_neighbour::Settings),
    /// See [`minimum_curvature`].
    MinimumCurvature(minimum_curvature::Settings),
}

impl AnyMethod {
    fn method(&self) -> &dyn Method {
        match self {
            Self::InverseDistance(settings) => settings,
            Self::Kriging(settings) => settings,
            Self::GaussianProcess(settings) => settings,
            Self::RadialBasis(settings) => settings,
            Self::NaturalNeighbour(settings) => settings,
            Self::MinimumCurvature(settings) => settings,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            methods: vec![
                AnyMethod::InverseDistance(inverse_distance::Settings::default()),
                AnyMethod::Kriging(kriging::Settings::default()),
                AnyMethod::NaturalNeighbour(natural_neighbour::Settings::default()),
                AnyMethod::RadialBasis(radial_basis::Settings::default()),
                AnyMethod::MinimumCurvature(minimum_curvature::Settings::default()),
            ],
            validation: validation::Settings::default(),
        }
    }
}

/// Most methods that are judged.
const MOST_METHODS: usize = 100;

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("interpolate", training)
    }

    fn surface(&self) -> Option<&dyn Surface> {
        Some(self)
    }
}

impl Surface for Settings {
    fn prepare<'a>(&'a self, source: &Source<'a>, grid: &'a Grid) -> Result<Box<dyn Canvas + 'a>> {
        let count = self.methods.len();
        if !(1..=MOST_METHODS).contains(&count) {
            let found = format!("{count} methods");
            return Err(bad_setting("interpolate.methods", found, "1 to 100 methods"));
        }
        self.validation.check("interpolate")?;
        if self.validation.folds == 0 {
            let expected = "2 or more, for methods are chosen by it";
            return Err(bad_setting("interpolate.validation.folds", 0, expected));
        }
        let methods: Vec<&dyn Method> = self.methods.iter().map(AnyMethod::method).collect();
        best_of("interpolate", &methods, (source, grid), &self.validation)
    }
}
