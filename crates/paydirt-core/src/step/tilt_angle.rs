//! Tilt angle: the angle of the gradient above the horizon,
//! `atan((df/dz) / sqrt((df/de)^2 + (df/dn)^2))` with z down (Miller & Singh 1994,
//! doi:10.1016/0926-9851(94)90022-1), in degrees from -90 to 90. Positive over a source, zero
//! near its edges, and as strong over a deep or weak body as over a shallow one; noise is made as
//! strong too. Magnetic data are reduced to the pole first. Not known where the field is flat.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::Result;
use crate::potential::{Field, Gaps};

/// Measures the angle between the gradient of a potential field and the horizon.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What is done about cells without a value.
    pub gaps: Gaps,
}

impl Filter for Settings {
    const KEY: &'static str = "tilt_angle";

    fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn filter(&self, field: &Field) -> Result<Vec<f64>> {
        let [horizontal, vertical] = field.horizontal_and_vertical();
        let tilt = |(h, v): (f64, f64)| match h.hypot(v) {
            0.0 => f64::NAN,
            _ => v.atan2(h).to_degrees(),
        };
        Ok(horizontal.into_iter().zip(vertical).map(tilt).collect())
    }

    fn unit(&self, _: &str) -> String {
        "degrees".into()
    }
}
