//! Directions of the geomagnetic field and of magnetisation, and what they do to an anomaly.

use realfft::num_complex::Complex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Wave;
use crate::error::require;
use crate::{Error, Result};

/// Flattest direction whose effect can be undone, in degrees, after the guard.
const FLATTEST_DEGREES: f64 = 5.0;

/// A direction in space.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Direction {
    /// Angle below the horizon, in degrees: positive in the northern magnetic hemisphere.
    pub inclination_degrees: f64,
    /// Angle from grid north to the east, in degrees.
    pub declination_degrees: f64,
}

impl Direction {
    /// Refuses angles that are none.
    fn check(&self, key: &str) -> Result<()> {
        let Self { inclination_degrees, declination_degrees } = *self;
        let key_of = |angle| format!("{key}.{angle}_degrees");
        let is_angle = inclination_degrees.abs() <= 90.0;
        require(is_angle, &key_of("inclination"), inclination_degrees, "-90 to 90")?;
        let is_angle = declination_degrees.abs() <= 360.0;
        require(is_angle, &key_of("declination"), declination_degrees, "-360 to 360")
    }

    /// The cosine of the angle between its horizontal part and a wave.
    fn along(&self, wave: Wave) -> f64 {
        let (east, north) = self.declination_degrees.to_radians().sin_cos();
        (east * wave.east + north * wave.north) / wave.radial()
    }

    /// What taking the component along it does to a wave of a potential:
    /// `sin I + i cos I cos(D - azimuth of the wave)` (Blakely 1995, equation 11.36); 1 for the pole.
    #[must_use]
    pub fn factor(&self, wave: Wave) -> Complex<f64> {
        let (sine, cosine) = self.inclination_degrees.to_radians().sin_cos();
        Complex::new(sine, cosine * self.along(wave))
    }

    /// One over [`Direction::factor`], its amplitude that of a direction inclined by at least
    /// `pseudo_inclination_degrees`: the phase is put right, but waves that run at a right angle to a
    /// flat field are not blown up (MacLeod, Jones & Dai 1993, doi:10.1071/EG993679). 0 where the
    /// field says nothing of a wave.
    #[must_use]
    pub fn undone(&self, wave: Wave, pseudo_inclination_degrees: f64) -> Complex<f64> {
        let factor = self.factor(wave);
        let inclination = self.inclination_degrees.abs().max(pseudo_inclination_degrees);
        let damped = Self { inclination_degrees: inclination, ..*self }.factor(wave);
        let amplitude = factor.norm() * damped.norm();
        if factor.norm() < 1e-12 { Complex::default() } else { factor.conj() / amplitude }
    }
}

/// The directions of the geomagnetic field and of magnetisation, to be undone together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Directions {
    field: Direction,
    magnetisation: Direction,
    pseudo_inclination_degrees: f64,
}

/// The directions of a step's settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub(crate) inclination_degrees: Option<f64>,
    pub(crate) declination_degrees: Option<f64>,
    pub(crate) magnetisation: Option<Direction>,
    pub(crate) pseudo_inclination_degrees: f64,
}

impl Given {
    /// Both directions, checked; magnetisation is along the field where no other was given.
    pub(crate) fn directions(&self, step: &str) -> Result<Directions> {
        let given = self.inclination_degrees.zip(self.declination_degrees);
        let (inclination_degrees, declination_degrees) =
            given.ok_or_else(|| Error::BadSetting {
                key: format!("{step}.inclination_degrees"),
                found: "not given, or without `declination_degrees`".into(),
                expected: "those of the geomagnetic field at the place and time of the survey"
                    .into(),
            })?;
        let field = Direction { inclination_degrees, declination_degrees };
        let magnetisation = self.magnetisation.unwrap_or(field);
        field.check(step)?;
        magnetisation.check(&format!("{step}.magnetisation"))?;
        let guard = self.pseudo_inclination_degrees;
        let key = format!("{step}.pseudo_inclination_degrees");
        require((0.0..=90.0).contains(&guard), &key, guard, "0 to 90")?;
        for direction in [field, magnetisation] {
            let flattest = direction.inclination_degrees.abs().max(guard);
            let expected = format!(
                "{FLATTEST_DEGREES} or more where a direction is inclined by only {} degrees",
                direction.inclination_degrees
            );
            require(flattest >= FLATTEST_DEGREES, &key, guard, &expected)?;
        }
        Ok(Directions { field, magnetisation, pseudo_inclination_degrees: guard })
    }
}

impl Directions {
    /// What reduces a wave to the pole; 1 for the level, which has no direction.
    #[must_use]
    pub fn to_pole(&self, wave: Wave) -> Complex<f64> {
        if wave.radial() == 0.0 {
            return Complex::new(1.0, 0.0);
        }
        let guard = self.pseudo_inclination_degrees;
        self.field.undone(wave, guard) * self.magnetisation.undone(wave, guard)
    }

    /// What reduces a wave to the equator: to the pole without a guard, then both directions made flat.
    #[must_use]
    pub fn to_equator(&self, wave: Wave) -> Complex<f64> {
        if wave.radial() == 0.0 {
            return Complex::new(1.0, 0.0);
        }
        let moved = |direction: Direction| {
            let flat = Direction { inclination_degrees: 0.0, ..direction };
            direction.undone(wave, 0.0) * flat.factor(wave)
        };
        moved(self.field) * moved(self.magnetisation)
    }

    /// What the receipt says of the guard, where it had an effect.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let guard = self.pseudo_inclination_degrees;
        let flattest = [self.field, self.magnetisation]
            .map(|direction| direction.inclination_degrees.abs())
            .into_iter()
            .fold(90.0, f64::min);
        (flattest < guard).then(|| {
            format!(
                "a direction inclined by {flattest} degrees was undone with the amplitudes of \
                 {guard} degrees: anomalies drawn out along the declination are weaker than they are"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_direction_times_what_undoes_it_is_the_pole() {
        let wave = Wave { east: 0.3, north: -0.7 };
        let steep = Direction { inclination_degrees: -62.0, declination_degrees: 8.0 };
        let one = steep.factor(wave) * steep.undone(wave, 20.0);
        assert!((one - Complex::new(1.0, 0.0)).norm() < 1e-14);
        // at the pole nothing is to be undone
        let pole = Direction { inclination_degrees: 90.0, declination_degrees: 0.0 };
        assert!((pole.undone(wave, 0.0) - Complex::new(1.0, 0.0)).norm() < 1e-14);
        // a wave at a right angle to a flat field: the sine of the pseudo-inclination bounds it
        let flat = Direction { inclination_degrees: 2.0, declination_degrees: 0.0 };
        let across = flat.undone(Wave { east: 1.0, north: 0.0 }, 30.0).norm();
        assert!((across - 2.0).abs() < 1e-9, "{across}");
    }
}
