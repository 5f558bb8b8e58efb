//! Distances that may count for less along one direction.

use super::Place;
use crate::Result;
use crate::error::require;

/// Turns and stretches places so that straight-line distance between them is the anisotropic one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Metric {
    along: Place,
    across: Place,
}

impl Metric {
    /// The straight line.
    pub(crate) const PLAIN: Self = Self { along: [1.0, 0.0], across: [0.0, 1.0] };

    /// Samples resemble each other `ratio` times farther along `azimuth_degrees` (clockwise from
    /// north) than across it: distances across count that many times over.
    pub(crate) fn new(step: &str, ratio: f64, azimuth_degrees: f64) -> Result<Self> {
        let holds = (1.0..=1000.0).contains(&ratio);
        require(holds, &format!("{step}.anisotropy_ratio"), ratio, "1 to 1000")?;
        let (key, holds) = (format!("{step}.azimuth_degrees"), azimuth_degrees.is_finite());
        require(holds, &key, azimuth_degrees, "a number of degrees")?;
        if ratio == 1.0 {
            return Ok(Self::PLAIN);
        }
        let (east, north) = azimuth_degrees.to_radians().sin_cos();
        Ok(Self { along: [east, north], across: [-north * ratio, east * ratio] })
    }

    /// The place in which straight-line distance is meant.
    pub(crate) fn apply(&self, [east, north]: Place) -> Place {
        let part = |axis: Place| axis[0] * east + axis[1] * north;
        [part(self.along), part(self.across)]
    }
}
