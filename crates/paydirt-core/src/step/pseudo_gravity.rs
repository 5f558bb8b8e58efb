//! Pseudo-gravity: the gravity anomaly in mGal of rocks whose density follows their magnetisation (Baranov
//! 1957, doi:10.1190/1.1438369). By Poisson's relation a field `T` in tesla, reduced to the pole, is
//! the vertical derivative of gravity times `C M / (G rho)`: each wave of it is divided by `|k|` and
//! multiplied by `G rho / (C M)` (`C` is 1e-7 H/m, `G` 6.6743e-11 m3/(kg s2)). Edges of magnetic bodies are
//! where its horizontal gradient is highest, which is what `worms` looks for.
//!
//! The longer a wave, the more it is raised: level and plane are not determined and left out, and waves
//! as long as the survey tell of its outline, not of rocks. Let `residual` follow, which takes them
//! away; the receipt says so.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::Result;
use crate::error::require;
use crate::grid::Grid;
use crate::potential::direction::{Directions, Given};
use crate::potential::{Direction, Field, Gaps};

/// Makes a gravity anomaly from a magnetic one in nT.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Inclination of the geomagnetic field in degrees below the horizon, negative in the southern
    /// magnetic hemisphere. Left out with `declination_degrees`: the layer is reduced to the pole already.
    pub inclination_degrees: Option<f64>,
    /// Declination of the geomagnetic field in degrees east of *grid* north.
    pub declination_degrees: Option<f64>,
    /// Direction of magnetisation, where remanence dominates. That of the field by default.
    pub magnetisation: Option<Direction>,
    /// Inclination whose amplitudes are used for flatter directions, in degrees; 0 for no guard.
    pub pseudo_inclination_degrees: f64,
    /// Density contrast in kg/m3 of rock that is magnetised by 1 A/m.
    pub density_kg_m3: f64,
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
            density_kg_m3: 1000.0,
            gaps: Gaps::default(),
        }
    }
}

impl Settings {
    /// The directions to be undone, if any.
    fn directions(&self) -> Result<Option<Directions>> {
        let given = Given {
            inclination_degrees: self.inclination_degrees,
            declination_degrees: self.declination_degrees,
            magnetisation: self.magnetisation,
            pseudo_inclination_degrees: self.pseudo_inclination_degrees,
        };
        let angles = [self.inclination_degrees, self.declination_degrees];
        let at_pole = angles == [None, None] && self.magnetisation.is_none();
        if at_pole { Ok(None) } else { given.directions(Self::KEY).map(Some) }
    }
}

/// mGal a metre of wavelength over 2 pi, for 1 nT and 1 kg/m3 to 1 A/m.
const MGAL_PER_NT: f64 = 1e-9 * 1e5 * 6.6743e-11 / 1e-7;

impl Filter for Settings {
    const KEY: &'static str = "pseudo_gravity";

    fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn check(&self, _: &Grid) -> Result<()> {
        let density = self.density_kg_m3;
        let in_range = density > 0.0 && density <= 1e5;
        require(in_range, "pseudo_gravity.density_kg_m3", density, "over 0, at most 100000")?;
        self.directions().map(drop)
    }

    fn filter(&self, field: &Field) -> Result<Vec<f64>> {
        let (directions, scale) = (self.directions()?, MGAL_PER_NT * self.density_kg_m3);
        Ok(field.filtered(|wave| match wave.radial() {
            0.0 => 0.0.into(),
            radial => directions.map_or(1.0.into(), |d| d.to_pole(wave)) * (scale / radial),
        }))
    }

    fn unit(&self, _: &str) -> String {
        "mGal".into()
    }

    fn note(&self) -> Option<String> {
        let guard = self.directions().ok().flatten().and_then(|directions| directions.note());
        let long_waves = "level, plane and waves as long as the survey are not determined by a \
                          magnetic field: let `residual` follow";
        Some(guard.map_or_else(|| long_waves.into(), |guard| format!("{guard}; {long_waves}")))
    }
}
