//! Theta angle: the cosine of the angle of the gradient above the horizon, the total horizontal
//! gradient over the analytic signal (Wijns, Perez & Kowalczyk 2005, doi:10.1190/1.1988184), from 0 to 1.
//! Highest over contacts, whatever the strength of the anomaly. Magnetic data are reduced to the pole
//! first. Not known where the field is flat.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::Result;
use crate::potential::{Field, Gaps};

/// Measures how level the gradient of a potential field is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What is done about cells without a value.
    pub gaps: Gaps,
}

impl Filter for Settings {
    const KEY: &'static str = "theta_angle";

    fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn filter(&self, field: &Field) -> Result<Vec<f64>> {
        let [horizontal, vertical] = field.horizontal_and_vertical();
        // a flat field is 0 over 0: not known
        Ok(horizontal.into_iter().zip(vertical).map(|(h, v)| h / h.hypot(v)).collect())
    }

    fn unit(&self, _: &str) -> String {
        "1".into()
    }
}
