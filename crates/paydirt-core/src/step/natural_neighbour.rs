//! Natural neighbour: the mean of the samples whose Voronoi cells a place would take ground from,
//! each weighted by the share of ground (Sibson 1981, *A brief description of natural neighbour
//! interpolation*, in Interpreting Multivariate Data). Honours samples, gives back a linear function
//! exactly, and says nothing outside the convex hull of the samples. The extra band `uncertainty` is
//! the local spread, the weighted standard deviation of these samples: not the error of the
//! estimate, which the cross-validation in the receipt tells.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::gridding::{Frame, Interpolant, Method, Natural, Samples, gridding_step, validation};

/// Averages the samples around a place by the ground that it would take from each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Cells farther than this from every sample are missing. By default twice the spacing of samples,
    /// the median length of the edges of their Delaunay triangulation.
    pub max_distance_m: Option<f64>,
    /// How the step judges itself.
    pub validation: validation::Settings,
}

gridding_step!("natural_neighbour");

impl Method for Settings {
    fn key(&self) -> &'static str {
        "natural_neighbour"
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
        Ok(Box::new(Natural::new(self.key(), samples)?))
    }
}
