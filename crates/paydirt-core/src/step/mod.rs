//! Steps: what is done to evidence between the file and the model.
//!
//! A *surface* step makes a layer from geometry (distance, density, rasterise) and comes first in a
//! layer's list; it looks at no label and is fitted on nothing. A *column* step is fitted on the
//! training side of a fold and then applied, the same way, to training samples and to the map.

use serde::{Deserialize, Serialize};

use crate::catalogue::catalogue;
use crate::grid::Grid;
use crate::table::Table;
use crate::{Error, Result};

/// A step as the project file names it: its settings.
pub trait Step {
    /// Fits the step on the training side of a fold. All columns of `training` belong to one
    /// evidence layer, or to all layers where the step stands in `[features]`.
    ///
    /// # Errors
    /// Settings out of range, data that the step cannot treat, or a surface step out of place.
    fn fit(&self, training: &Table) -> Result<FittedStep>;

    /// The step as a surface step, if it is one.
    fn surface(&self) -> Option<&dyn Surface> {
        None
    }
}

/// A step that makes a layer's values from geometry.
pub trait Surface {
    /// One value a cell of the grid, row by row from the north; NaN where there is none.
    ///
    /// # Errors
    /// Settings out of range or nothing to measure from.
    fn draw(&self, source: &Source<'_>, grid: &Grid) -> Result<Vec<f32>>;
}

/// What a surface step draws from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Points, lines and polygons in the project's coordinate reference system.
    Shapes(&'a [Shape]),
    /// A raster on the project grid: one value a cell, NaN where not known. Cells over zero are
    /// features.
    Raster(&'a [f32]),
}

/// A feature of a vector file.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its geometry.
    pub geometry: Geometry,
    /// The value to burn, where an attribute was named.
    pub value: Option<f32>,
}

/// Geometry in the project's coordinate reference system; places as `[easting, northing]`.
#[derive(Clone, Debug, PartialEq)]
pub enum Geometry {
    /// One or more places.
    Points(Vec<[f64; 2]>),
    /// One or more lines.
    Lines(Vec<Vec<[f64; 2]>>),
    /// One or more polygons, each an outer ring and its holes.
    Polygons(Vec<Vec<Vec<[f64; 2]>>>),
}

/// A step with its fitted numbers: what is saved, and applied to training and map alike.
pub trait Fitted {
    /// Transforms columns.
    ///
    /// # Errors
    /// If the columns are not those it was fitted on.
    fn apply(&self, table: Table) -> Result<Table>;
}

/// Declares the steps: settings of all, fitted numbers of those that are fitted.
macro_rules! steps {
    (surface: $($surface:ident => $surface_variant:ident),+; column: $($file:ident => $variant:ident),+ $(,)?) => {
        catalogue! {
            /// The steps that a project file can name.
            AnyStep: dyn Step {
                $($surface => $surface_variant,)+
                $($file => $variant,)+
            }
        }

        /// A fitted column step: the numbers that a run keeps.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FittedStep {
            $(#[doc = concat!("See [`", stringify!($file), "`].")] $variant($file::Fitted),)+
        }

        impl std::ops::Deref for FittedStep {
            type Target = dyn Fitted;
            fn deref(&self) -> &(dyn Fitted + 'static) {
                match self { $(Self::$variant(fitted) => fitted),+ }
            }
        }
    };
}

steps! {
    surface:
        rasterise => Rasterise,
        distance => Distance,
        density => Density;
    column:
        clip => Clip,
        winsorise => Winsorise,
        log => Log,
        signed_log => SignedLog,
        standardise => Standardise,
        min_max => MinMax,
        rank => Rank,
        one_hot => OneHot,
        reclassify => Reclassify,
        impute_median => ImputeMedian,
        pca => Pca,
        spearman => Spearman,
}

/// The error of a surface step that stands after a column step.
///
/// # Errors
/// Always.
pub(crate) fn surface_out_of_place(step: &str, training: &Table) -> Result<FittedStep> {
    Err(Error::Step {
        step: step.into(),
        layer: training.names().join(", "),
        reason: "measures geometry, so it must be the first of the layer's steps".into(),
    })
}

mod columns;
mod pipeline;
pub use pipeline::{FittedPipeline, Pipeline};
