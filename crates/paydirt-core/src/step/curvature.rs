//! Curvature: how the surface bends, from 3 x 3 cells. With `p`, `q` the first and `r`, `s`, `t` the
//! second derivatives (east-east, east-north, north-north; Zevenbergen & Thorne 1987,
//! doi:10.1002/esp.3290120107), `g = p^2 + q^2`, and signs and names as Minar and others 2020
//! (doi:10.1016/j.earscirev.2020.103414): positive where the surface bulges.
//!
//! | kind | formula | unit |
//! |---|---|---|
//! | profile | `-(r p^2 + 2 s p q + t q^2) / (g (1 + g)^1.5)`, along the slope line | 1/m |
//! | tangential | `-(r q^2 - 2 s p q + t p^2) / (g (1 + g)^0.5)`, across it | 1/m |
//! | plan | `-(r q^2 - 2 s p q + t p^2) / g^1.5`, of the contour on the map | 1/m |
//! | mean | `-((1 + q^2) r - 2 p q s + (1 + p^2) t) / (2 (1 + g)^1.5)` | 1/m |
//! | gaussian | `(r t - s^2) / (1 + g)^2` | 1/m2 |
//! | total | `r^2 + 2 s^2 + t^2` (Wilson & Gallant 2000) | 1/m2 |
//!
//! Profile, tangential and plan curvature have no direction on level ground and are missing there.
//! Missing where one of the nine cells is, and along the edge of the grid. Second derivatives
//! of a rough raster are noise: smooth it before (`focal_mean`).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Block, FittedStep, RasterStep, Reach, Step, circle};
use crate::Result;
use crate::grid::Grid;
use crate::raster::relief::{GradientMethod, Relief, in_3_by_3};
use crate::table::Table;

/// Measures how a surface bends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Which curvature.
    pub kind: Kind,
    /// Metres in one unit of the values: 0.3048 for feet. More exaggerates the relief.
    pub z_unit_m: f64,
}

/// Which curvature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Along the slope line: where flow slows or speeds up.
    #[default]
    Profile,
    /// Across the slope line.
    Tangential,
    /// Of the contour line: ridges positive, valleys negative.
    Plan,
    /// Mean of the two principal curvatures.
    Mean,
    /// Product of the two principal curvatures.
    Gaussian,
    /// How much it bends in any way.
    Total,
}

impl Default for Settings {
    fn default() -> Self {
        Self { kind: Kind::Profile, z_unit_m: 1.0 }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("curvature", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl Settings {
    fn of(&self, relief: &Relief) -> f64 {
        let [p, q] = relief.gradient(GradientMethod::ZevenbergenThorne);
        let [r, s, t] = relief.second();
        let g = p * p + q * q;
        let along = r * p * p + 2.0 * s * p * q + t * q * q;
        let across = r * q * q - 2.0 * s * p * q + t * p * p;
        // + 0.0 makes no -0
        0.0 + match self.kind {
            Kind::Profile => -along / (g * (1.0 + g).powf(1.5)),
            Kind::Tangential => -across / (g * (1.0 + g).sqrt()),
            Kind::Plan => -across / g.powf(1.5),
            Kind::Mean => -(r + t + across) / (2.0 * (1.0 + g).powf(1.5)),
            Kind::Gaussian => (r * t - s * s) / (1.0 + g).powi(2),
            Kind::Total => r * r + 2.0 * s * s + t * t,
        }
    }
}

impl RasterStep for Settings {
    fn reach(&self, _: &Grid) -> Result<Reach> {
        circle::z_unit_m("curvature", self.z_unit_m)?;
        Ok(Reach::Rows(1))
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let z_unit_m = circle::z_unit_m("curvature", self.z_unit_m)?;
        Ok(in_3_by_3(block, grid, |relief| {
            let heights = relief.heights.map(|height| height * z_unit_m);
            self.of(&Relief { heights, ..*relief })
        }))
    }

    fn unit(&self, _: &str) -> String {
        match self.kind {
            Kind::Gaussian | Kind::Total => "1/m2".into(),
            _ => "1/m".into(),
        }
    }
}
