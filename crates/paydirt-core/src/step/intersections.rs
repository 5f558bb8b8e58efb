//! Intersections: the places where lines of a layer meet, and from each cell's centre the distance in
//! metres to the nearest of them (as [`super::distance`]), or their number per km2 within a circle (as
//! [`super::density`]). Places are exact, from the segments themselves and not from cells: where three
//! or more branches leave a place, as a crossing (X, four) or an end that abuts on a line (Y, three) has
//! them; the end of one line where another begins is none (nodes of Sanderson & Nixon 2015,
//! doi:10.1016/j.jsg.2015.01.005). Lines are taken to the millimetre. Branches that leave within 1 degree
//! of each other count as one, so that a line drawn twice meets itself nowhere.
//!
//! Ends that were drawn short of the line they abut on: with `tolerance_m`, an end that near to
//! another line meets it, and so do three or more ends that near to one of them; places that near to
//! one another are one. Lines around the grid count too. A grid in degrees is refused.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, refuse};
use super::distance::cell_size_m;
use super::nodes;
use super::{Canvas, FittedStep, Geometry, Shape, Source, Step, Surface, Whole, density, distance};
use crate::Result;
use crate::grid::Grid;
use crate::table::Table;

/// Finds where lines meet and measures the distance to these places, or how dense they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What is measured.
    pub measure: Measure,
    /// Radius of the circle of `density`, in metres, at most the diagonal of the grid.
    pub radius_m: f64,
    /// Largest `distance` told apart, in metres: what is farther gets this value. None by default.
    pub max_m: Option<f64>,
    /// How far, in metres, an end may lie from a line that it abuts on; at most half a cell's diagonal.
    pub tolerance_m: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { measure: Measure::Distance, radius_m: 5000.0, max_m: None, tolerance_m: 1.0 }
    }
}

/// What is measured of places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Metres to the nearest.
    Distance,
    /// Number per km2 in a circle.
    Density,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("intersections", training)
    }

    fn surface(&self) -> Option<&dyn Surface> {
        Some(self)
    }
}

/// A canvas with the number of places for the receipt.
struct Counted {
    whole: Whole,
    note: String,
}

impl Canvas for Counted {
    fn draw(&self, rows: std::ops::Range<usize>) -> Result<Vec<Vec<f32>>> {
        self.whole.draw(rows)
    }

    fn notes(&self) -> Vec<String> {
        vec![self.note.clone()]
    }
}

/// The lines of the shapes, in metres from the grid's north-west corner.
fn lines_m(shapes: &[Shape], grid: &Grid) -> Vec<Vec<[f64; 2]>> {
    let [west, _, _, north] = grid.region();
    let [east_m, north_m] = grid.unit_m();
    let metres = |place: &[f64; 2]| [(place[0] - west) * east_m, (place[1] - north) * north_m];
    let of_shape = |shape: &Shape| match &shape.geometry {
        Geometry::Lines(lines) => lines.iter().map(|l| l.iter().map(metres).collect()).collect(),
        Geometry::Points(_) | Geometry::Polygons(_) => Vec::new(),
    };
    shapes.iter().flat_map(of_shape).collect()
}

impl Settings {
    /// Where the lines meet.
    fn places(&self, shapes: &[Shape], grid: &Grid) -> Result<Vec<[f64; 2]>> {
        let lines = lines_m(shapes, grid);
        if lines.is_empty() {
            return Err(refuse("intersections", "shapes", "there is no line, and only lines meet"));
        }
        let [west, _, _, north] = grid.region();
        let [east_m, north_m] = grid.unit_m();
        let places = nodes::meeting(&lines, self.tolerance_m)?.into_iter();
        Ok(places.map(|place| [west + place[0] / east_m, north + place[1] / north_m]).collect())
    }

    fn measured(&self, places: Vec<[f64; 2]>, grid: &Grid) -> Result<Vec<f32>> {
        let shapes = [Shape { geometry: Geometry::Points(places), value: None }];
        let source = Source::Shapes(&shapes);
        match self.measure {
            Measure::Distance => distance::Settings { max_m: self.max_m }.draw(&source, grid),
            Measure::Density => {
                let settings = density::Settings { radius_m: self.radius_m, ..Default::default() };
                settings.draw(&source, grid)
            }
        }
    }
}

impl Surface for Settings {
    fn prepare<'a>(&'a self, source: &Source<'a>, grid: &'a Grid) -> Result<Box<dyn Canvas + 'a>> {
        let [width_m, height_m] = cell_size_m("intersections", grid)?;
        let half_m = width_m.hypot(height_m) / 2.0;
        if !(0.0..=half_m).contains(&self.tolerance_m) {
            let expected = format!("0 to half a cell's diagonal, {half_m:.1} m");
            return Err(bad_setting("intersections.tolerance_m", self.tolerance_m, &expected));
        }
        let Source::Shapes(shapes) = source else {
            let reason = "a raster has no lines: name a vector file";
            return Err(refuse("intersections", "raster", reason));
        };
        let places = self.places(shapes, grid)?;
        if places.is_empty() && self.measure == Measure::Distance {
            let reason = "its lines meet nowhere, so nothing is near (see `tolerance_m`)";
            return Err(refuse("intersections", "shapes", reason));
        }
        let note = format!("{} places where lines meet", places.len());
        let values = self.measured(places, grid)?;
        Ok(Box::new(Counted { whole: Whole { values, cols: grid.cols }, note }))
    }

    fn unit(&self, _: &str) -> String {
        match self.measure {
            Measure::Distance => "m".into(),
            Measure::Density => "per km2".into(),
        }
    }
}
