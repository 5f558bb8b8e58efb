//! Steps: what is done to evidence between the file and the model.
//!
//! Three kinds, in this order in a layer's list. A *surface* step makes a layer from geometry or
//! from values at points (distance, density, rasterise, kriging). A *raster* step makes a raster
//! from a raster, looking at the neighbours of a cell (slope, focal mean, tilt angle). Both look at
//! no label. A *column* step is fitted on the training side of a fold and then applied, the same way, to
//! training samples and to the map.

mod circle;
mod classes;
mod columns;
mod components;
mod filter;
mod log_ratio;
mod nodes;
mod pipeline;
mod stream;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::catalogue::catalogue;
use crate::grid::Grid;
use crate::potential::worms::Edge;
use crate::table::Table;
use crate::{Error, Result};

pub(crate) use columns::{quantile, sorted};
pub use components::{Component, Input};
pub use pipeline::{FittedPipeline, Group, Pipeline};
pub use stream::{Found, draw_raster, draw_surface};

/// A step as the project file names it: its settings.
pub trait Step {
    /// Fits the step on the training side of a fold. The columns of `training` belong to one
    /// evidence layer, or to several where the step stands in a `[[group]]` or in `[features]`.
    ///
    /// # Errors
    /// Settings out of range, data that the step cannot treat, or a step that is no column step.
    fn fit(&self, training: &Table) -> Result<FittedStep>;

    /// Whether it learns from the rows that it is fitted on. What learns may see only the training side
    /// of a fold; what does not may also treat samples before they are gridded.
    fn learns(&self) -> bool {
        true
    }

    /// The step as a surface step, if it is one.
    fn surface(&self) -> Option<&dyn Surface> {
        None
    }

    /// The step as a raster step, if it is one.
    fn raster(&self) -> Option<&dyn RasterStep> {
        None
    }
}

/// A step that makes a layer from shapes, or from the feature cells of a raster.
pub trait Surface {
    /// Looks at the whole source once; what is then drawn row by row.
    ///
    /// # Errors
    /// Settings out of range or nothing to draw from.
    fn prepare<'a>(&'a self, source: &Source<'a>, grid: &'a Grid) -> Result<Box<dyn Canvas + 'a>>;

    /// The unit of what it draws, given that of its source.
    fn unit(&self, unit: &str) -> String {
        unit.into()
    }

    /// Whether it tells the values of its source apart as classes, whatever it draws: they may then be
    /// text in the file.
    fn reads_classes(&self) -> bool {
        false
    }

    /// The layer whole: one value a cell, row by row from the north; NaN where there is none.
    ///
    /// # Errors
    /// As [`Surface::prepare`].
    fn draw(&self, source: &Source<'_>, grid: &Grid) -> Result<Vec<f32>> {
        Ok(self.prepare(source, grid)?.draw(0..grid.rows)?.swap_remove(0))
    }
}

/// A surface that is ready to be drawn.
pub trait Canvas: Send + Sync {
    /// Bands beside the layer itself, such as the uncertainty of an interpolation.
    fn extras(&self) -> Vec<Extra> {
        Vec::new()
    }

    /// Values of whole rows of the grid, row by row from the north, NaN where there is none: those of
    /// the layer, then those of each extra band.
    ///
    /// # Errors
    /// What the drawing meets.
    fn draw(&self, rows: Range<usize>) -> Result<Vec<Vec<f32>>>;

    /// What was found on the way and belongs into the receipt: fitted numbers, errors, warnings.
    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A band that a surface draws beside the layer itself. It is written, but is no evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extra {
    /// What is put after the layer's name, such as `uncertainty`.
    pub suffix: &'static str,
    /// Unit of its values.
    pub unit: String,
}

/// A canvas that was drawn whole: one value a cell.
#[derive(Clone, Debug)]
pub struct Whole {
    /// Row by row from the north; NaN where there is none.
    pub values: Vec<f32>,
    /// Columns of the grid.
    pub cols: usize,
}

impl Canvas for Whole {
    fn draw(&self, rows: Range<usize>) -> Result<Vec<Vec<f32>>> {
        Ok(vec![self.values[rows.start * self.cols..rows.end * self.cols].to_vec()])
    }
}

/// A step that makes a raster from a raster.
pub trait RasterStep: Send + Sync {
    /// How far it looks: so many rows to the north and south, or over the whole raster.
    ///
    /// # Errors
    /// Settings out of range, or a grid that it cannot treat.
    fn reach(&self, grid: &Grid) -> Result<Reach>;

    /// The step with what it takes from the whole raster, such as its range, looked at before
    /// anything is drawn; `None` where it takes nothing. `read` gives the values of units.
    ///
    /// # Errors
    /// What `read` returns, or a raster that it cannot treat.
    fn settle(&self, _: &Grid, _: &mut Read<'_>) -> Result<Option<Box<dyn RasterStep>>> {
        Ok(None)
    }

    /// Values of the wanted rows, NaN where there is none. What it gives does not depend on how the
    /// raster was cut into blocks.
    ///
    /// # Errors
    /// Data that it cannot treat.
    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>>;

    /// The unit of what it draws, given that of its source.
    fn unit(&self, unit: &str) -> String {
        unit.into()
    }

    /// What the receipt should say of a raster that was held whole.
    fn notes(&self, _: &Block<'_>, _: &Grid) -> Vec<String> {
        Vec::new()
    }

    /// Points on edges of the field that it finds, in a block of the whole raster.
    ///
    /// # Errors
    /// Data that it cannot treat.
    fn edges(&self, _: &Block<'_>, _: &Grid) -> Result<Vec<Edge>> {
        Ok(Vec::new())
    }
}

/// Gives the values of some units of a raster.
pub type Read<'a> = dyn FnMut(Range<usize>) -> Result<Vec<f32>> + 'a;

/// How far a raster step looks from a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// So many rows to the north and to the south; it can be streamed.
    Rows(usize),
    /// Over the whole raster, which is then held in memory.
    Whole,
}

/// Whole rows of a raster: those that are wanted, and as many around them as the step looks.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    /// Row by row from the north; NaN where not known.
    pub values: &'a [f32],
    /// The rows of the grid that `values` holds.
    pub held: Range<usize>,
    /// The rows of the grid that are asked for.
    pub wanted: Range<usize>,
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
    (
        surface { $($surface:ident => $surface_variant:ident,)+ }
        raster { $($raster:ident => $raster_variant:ident,)+ }
        column { $($file:ident => $variant:ident,)+ }
    ) => {
        catalogue! {
            /// The steps that a project file can name.
            AnyStep: dyn Step {
                $($surface => $surface_variant,)+
                $($raster => $raster_variant,)+
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
    surface {
        rasterise => Rasterise,
        distance => Distance,
        density => Density,
        inverse_distance => InverseDistance,
        kriging => Kriging,
        gaussian_process => GaussianProcess,
        radial_basis => RadialBasis,
        natural_neighbour => NaturalNeighbour,
        minimum_curvature => MinimumCurvature,
        interpolate => Interpolate,
        signed_distance => SignedDistance,
        contacts => Contacts,
        intersections => Intersections,
    }
    raster {
        slope => Slope,
        aspect => Aspect,
        curvature => Curvature,
        ruggedness => Ruggedness,
        topographic_position => TopographicPosition,
        focal_mean => FocalMean,
        singularity => Singularity,
        focal_deviation => FocalDeviation,
        focal_percentile => FocalPercentile,
        focal_gradient => FocalGradient,
        difference_of_means => DifferenceOfMeans,
        glcm => Glcm,
        gabor => Gabor,
        vertical_derivative => VerticalDerivative,
        horizontal_gradient => HorizontalGradient,
        analytic_signal => AnalyticSignal,
        tilt_angle => TiltAngle,
        theta_angle => ThetaAngle,
        reduce_to_pole => ReduceToPole,
        reduce_to_equator => ReduceToEquator,
        continue_upward => ContinueUpward,
        continue_downward => ContinueDownward,
        pseudo_gravity => PseudoGravity,
        residual => Residual,
        automatic_gain => AutomaticGain,
        worms => Worms,
    }
    column {
        clip => Clip,
        winsorise => Winsorise,
        log => Log,
        signed_log => SignedLog,
        standardise => Standardise,
        min_max => MinMax,
        rank => Rank,
        one_hot => OneHot,
        reclassify => Reclassify,
        concentration_area => ConcentrationArea,
        impute_median => ImputeMedian,
        impute_nearest => ImputeNearest,
        impute_forest => ImputeForest,
        closure => Closure,
        clr => Clr,
        alr => Alr,
        ilr => Ilr,
        pairwise_log_ratio => PairwiseLogRatio,
        plr => Plr,
        pca => Pca,
        crosta => Crosta,
        mnf => Mnf,
        robust_pca => RobustPca,
        mahalanobis => Mahalanobis,
        spearman => Spearman,
        mutual_information => MutualInformation,
        variance_inflation => VarianceInflation,
    }
}

/// The error of a surface or raster step that stands where columns are treated.
///
/// # Errors
/// Always.
pub(crate) fn out_of_place(step: &str, training: &Table) -> Result<FittedStep> {
    Err(Error::Step {
        step: step.into(),
        layer: training.names().join(", "),
        reason: "needs the map, so it must stand before the steps that are fitted on samples"
            .into(),
    })
}
