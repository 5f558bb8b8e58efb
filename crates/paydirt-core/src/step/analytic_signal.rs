//! Analytic signal: the amplitude of the gradient in three dimensions,
//! `sqrt((df/de)^2 + (df/dn)^2 + (df/dz)^2)` (Roest, Verhoef & Pilkington 1992, doi:10.1190/1.1443174), in
//! units of the field a metre. Highest over the edges of shallow magnetic bodies, and
//! hardly moved by the direction of magnetisation: of use where that is not known. All three derivatives
//! are taken in the wavenumber domain, so none is smoother than another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::Result;
use crate::potential::{Field, Gaps};

/// Measures the whole gradient of a potential field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What is done about cells without a value.
    pub gaps: Gaps,
}

impl Filter for Settings {
    const KEY: &'static str = "analytic_signal";

    fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn filter(&self, field: &Field) -> Result<Vec<f64>> {
        let [horizontal, vertical] = field.horizontal_and_vertical();
        Ok(horizontal.into_iter().zip(vertical).map(|(h, v)| h.hypot(v)).collect())
    }

    fn unit(&self, unit: &str) -> String {
        format!("{unit}/m")
    }
}
