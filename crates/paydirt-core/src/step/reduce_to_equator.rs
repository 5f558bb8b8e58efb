//! Reduction to the equator: the magnetic anomaly that the same rocks would give in a level field of
//! the same declination, in the unit of the field. Each wave is multiplied by
//! `(i cos(D - azimuth)) / (sin I + i cos I cos(D - azimuth))` of the field and of magnetisation (Leu 1981,
//! doi:10.1190/1.1826990). Nothing is blown up, so it is right at low latitudes where the reduction to
//! the pole is not; magnetic bodies are **lows**. Level and plane stay as they are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::Result;
use crate::grid::Grid;
use crate::potential::direction::{Directions, Given};
use crate::potential::{Direction, Field, Gaps};

/// Moves magnetic anomalies over their sources at low latitudes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Inclination of the geomagnetic field in degrees below the horizon, negative in the southern
    /// magnetic hemisphere: that of the reference field at the survey. Must be given.
    pub inclination_degrees: Option<f64>,
    /// Declination of the geomagnetic field in degrees east of *grid* north: that of the reference
    /// field less the convergence of the map projection. Must be given.
    pub declination_degrees: Option<f64>,
    /// Direction of magnetisation, where remanence dominates. That of the field by default.
    pub magnetisation: Option<Direction>,
    /// What is done about cells without a value.
    pub gaps: Gaps,
}

impl Settings {
    fn directions(&self) -> Result<Directions> {
        let given = Given {
            inclination_degrees: self.inclination_degrees,
            declination_degrees: self.declination_degrees,
            magnetisation: self.magnetisation,
            // no amplitude is blown up, so none is too flat
            pseudo_inclination_degrees: 90.0,
        };
        given.directions(Self::KEY)
    }
}

impl Filter for Settings {
    const KEY: &'static str = "reduce_to_equator";

    fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn check(&self, _: &Grid) -> Result<()> {
        self.directions().map(drop)
    }

    fn filter(&self, field: &Field) -> Result<Vec<f64>> {
        let directions = self.directions()?;
        Ok(field.filtered_with_plane(|wave| directions.to_equator(wave)))
    }
}
