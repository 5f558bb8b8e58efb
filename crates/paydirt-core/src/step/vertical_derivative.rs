//! Vertical derivative: the n-th derivative of a potential field along the vertical, positive down,
//! `|k|^n` in the wavenumber domain (Blakely 1995, equation 12.13, doi:10.1017/CBO9780511549816); in
//! units of the field a metre to the n-th. The first sharpens anomalies and is positive over a
//! shallow source, the second is near zero over a contact. A wave of two cells is multiplied by
//! `(pi / cell)^n`, so noise grows with the order: smooth first, or continue upward.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::filter::Filter;
use crate::Result;
use crate::error::require;
use crate::grid::Grid;
use crate::potential::{Field, Gaps};

/// Differentiates a potential field along the vertical.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Order of the derivative, 1 to 4.
    pub order: u32,
    /// What is done about cells without a value.
    pub gaps: Gaps,
}

impl Default for Settings {
    fn default() -> Self {
        Self { order: 1, gaps: Gaps::default() }
    }
}

impl Filter for Settings {
    const KEY: &'static str = "vertical_derivative";

    fn gaps(&self) -> &Gaps {
        &self.gaps
    }

    fn check(&self, _: &Grid) -> Result<()> {
        let in_range = (1..=4).contains(&self.order);
        require(in_range, "vertical_derivative.order", self.order, "1 to 4")
    }

    fn filter(&self, field: &Field) -> Result<Vec<f64>> {
        Ok(field.filtered(|wave| wave.radial().powi(self.order as i32).into()))
    }

    fn unit(&self, unit: &str) -> String {
        if self.order == 1 { format!("{unit}/m") } else { format!("{unit}/m{}", self.order) }
    }
}
