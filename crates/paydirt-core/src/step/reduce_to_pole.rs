//! Reduction to the pole: the magnetic anomaly that the same rocks would give in a vertical field,
//! with its highs over the sources; in the unit of the field. Each wave is divided by
//! `(sin I + i cos I cos(D - azimuth))` of the field and of magnetisation (Blakely 1995, equation 12.31,
//! doi:10.1017/CBO9780511549816). Level and plane stay as they are.
//!
//! In a flat field the divisor is near zero for waves that run at a right angle to the declination.
//! Directions flatter than `pseudo_inclination_degrees` are undone with the amplitude of that angle and
//! their own phase (MacLeod, Jones & Dai 1993, doi:10.1071/EG993679); under 5 degrees without that
//! guard the step is refused. The guard, where it had an effect, is named in the receipt.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::Result;
use crate::grid::Grid;
use crate::potential::direction::{Directions, Given};
use crate::potential::{Direction, Field, Gaps};

/// Moves magnetic anomalies over their sources.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// Inclination whose amplitudes are used for flatter directions, in degrees; 0 for no guard.
    pub pseudo_inclination_degrees: f64,
    /// What is done about cells without a value.
    pub gaps: Gaps,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            inclination_degrees: None,
            declination_degrees: None,
            magnetisation: None,
            pseudo_inclination_degrees: 20.0,
            gaps: Gaps::default(),
        }
    }
}

impl Settings {
    fn directions(&self) -> Result<Directions> {
        let given = Given {
            inclination_degrees: self.inclination_degrees,
            declination_degrees: self.declination_degrees,
            magnetisation: self.magnetisation,
            pseudo_inclination_degrees: self.pseudo_inclination_degrees,
        };
        given.directions(Self::KEY)
    }
}

impl Filter for Settings {
    const KEY: &'static str = "reduce_to_pole";

    fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn check(&self, _: &Grid) -> Result<()> {
        self.directions().map(drop)
    }

    fn filter(&self, field: &Field) -> Result<Vec<f64>> {
        let directions = self.directions()?;
        Ok(field.filtered_with_plane(|wave| directions.to_pole(wave)))
    }

    fn note(&self) -> Option<String> {
        self.directions().ok()?.note()
    }
}
