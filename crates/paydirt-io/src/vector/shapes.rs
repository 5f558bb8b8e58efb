//! Features of a vector file as the science draws them.

use std::path::Path;

use gdal::vector::{Feature, Geometry as OgrGeometry, LayerAccess};
use paydirt_core::grid::Crs;
use paydirt_core::step::{Geometry, Shape};

use super::attribute::{Attribute, Filter, Only};
use super::{SkipReason, Skipped};
use crate::crs::{self, Transformer};
use crate::engine::{self, Kind, listen};
use crate::{Error, Result};

/// What is asked of a vector file.
#[derive(Clone, Debug, Default)]
pub struct ShapeOptions {
    /// The layer; may be left out where there is but one.
    pub layer: Option<String>,
    /// The attribute whose number a shape carries.
    pub value_attribute: Option<String>,
    /// Whether that attribute is read as text, into [`Shapes::texts`].
    pub as_text: bool,
    /// Which features take part; all without it.
    pub only: Option<Only>,
    /// The system to assume where the file names none.
    pub assume_crs: Option<Crs>,
}

/// Features in the project's system, and what was left out.
#[derive(Clone, Debug)]
pub struct Shapes {
    /// The features, in the file's order. A collection gives one shape for each kind it holds.
    pub shapes: Vec<Shape>,
    /// What the attribute says of each shape, where it was read as text.
    pub texts: Vec<Option<String>>,
    /// How many features there are, those included that take no part or were left out.
    pub features: usize,
    /// Name of the format.
    pub driver: String,
    /// Name of the layer.
    pub layer: String,
    /// The file's coordinate reference system by code or name.
    pub crs: String,
    /// Whether that system was assumed, since the file names none.
    pub crs_assumed: bool,
    /// Features left out.
    pub skipped: Vec<Skipped>,
    /// Features without a value, where an attribute was named.
    pub without_value: usize,
    /// What is odd, one sentence each.
    pub warnings: Vec<String>,
}

/// Reads the features of a layer and brings them into `target`, easting before northing. Arcs become
/// lines, heights are dropped. A feature that has, in whole or in part, no place in `target` is left
/// out.
///
/// # Errors
/// Files that cannot be read, [`Error::NoCrs`], [`Error::WhichLayer`], [`Error::Unknown`] for a layer
/// or attribute that is not there, [`Error::BadValues`] for an attribute that is no number,
/// [`Error::NoMatch`] where no feature takes part.
pub fn read_shapes(path: &Path, target: &Crs, options: &ShapeOptions) -> Result<Shapes> {
    let dataset = engine::open(path, Kind::Vector)?;
    let mut layer = super::layer(&dataset, path, options.layer.as_deref())?;
    let (system, not_its_own) = super::system(&layer, path, options.assume_crs.as_ref())?;
    let way = Transformer::between(&system, target)?;
    let value = options.value_attribute.as_deref().map(|name| Attribute::find(&layer, path, name));
    let value = value.transpose()?.map(|attribute| Value { attribute, as_text: options.as_text });
    let filter = options.only.as_ref().map(|only| Filter::new(&layer, path, only));
    let mut filter = filter.transpose()?;
    let mut shapes = Shapes {
        shapes: Vec::new(),
        texts: Vec::new(),
        features: 0,
        driver: super::driver(&dataset),
        layer: layer.name(),
        crs: crs::name(&system),
        crs_assumed: not_its_own.is_some(),
        skipped: Vec::new(),
        without_value: 0,
        warnings: not_its_own.into_iter().collect(),
    };
    let (read, said) = listen(|| {
        layer.features().try_for_each(|feature| {
            shapes.features += 1;
            if filter.as_mut().is_none_or(|filter| filter.takes(&feature)) {
                shapes.add(&feature, &way, value.as_ref())
            } else {
                Ok(())
            }
        })
    });
    read?;
    if let Some(reason) = said.failures.into_iter().next() {
        return Err(Error::Damaged { path: path.into(), doing: "reading features", reason });
    }
    shapes.warn();
    if let Some(filter) = filter {
        shapes.warnings.extend(filter.finish()?);
    }
    shapes.warnings.extend(said.warnings);
    Ok(shapes)
}

impl Shapes {
    fn add(
        &mut self,
        feature: &Feature<'_>,
        way: &Transformer,
        value: Option<&Value<'_>>,
    ) -> Result<()> {
        let record = self.features;
        let mut parts = Parts::default();
        if let Some(geometry) = geometry_of(feature) {
            parts.collect(geometry);
        }
        let geometries = parts.into_geometries();
        if geometries.is_empty() {
            self.skipped.push(Skipped { record, reason: SkipReason::NoGeometry });
            return Ok(());
        }
        let moved = geometries.into_iter().map(|geometry| moved(geometry, way));
        let Some(geometries) = moved.collect::<Option<Vec<_>>>() else {
            self.skipped.push(Skipped { record, reason: SkipReason::NoPlace });
            return Ok(());
        };
        let (mut number, mut text) = (None, None);
        if let Some(Value { attribute, as_text }) = value {
            if *as_text {
                text = attribute.text(feature);
                self.texts.extend(vec![text.clone(); geometries.len()]);
            } else {
                number = attribute.number(feature)?;
            }
            self.without_value += usize::from(number.is_none() && text.is_none());
        }
        let shape = |geometry| Shape { geometry, value: number };
        self.shapes.extend(geometries.into_iter().map(shape));
        Ok(())
    }

    fn warn(&mut self) {
        self.warnings.extend(super::sentences(&self.skipped));
        if self.without_value > 0 {
            self.warnings.push(format!("{} features have no value", self.without_value));
        }
        if self.shapes.is_empty() {
            self.warnings.push("holds no feature that can be used".into());
        }
    }
}

/// The attribute that shapes carry.
struct Value<'a> {
    attribute: Attribute<'a>,
    as_text: bool,
}

/// The parts of a geometry by their dimension.
#[derive(Default)]
pub(super) struct Parts {
    points: Vec<[f64; 2]>,
    lines: Vec<Vec<[f64; 2]>>,
    polygons: Vec<Vec<Vec<[f64; 2]>>>,
}

impl Parts {
    pub(super) fn collect(&mut self, geometry: &OgrGeometry) {
        match geometry.geometry_name().as_str() {
            "POINT" => self.points.extend(places(geometry)),
            "LINESTRING" | "LINEARRING" => {
                self.lines.extend(Some(places(geometry)).filter(|line| line.len() > 1));
            }
            "POLYGON" | "TRIANGLE" => {
                let rings =
                    (0..geometry.geometry_count()).map(|ring| places(&geometry.get_geometry(ring)));
                let rings: Vec<_> = rings.filter(|ring| ring.len() > 3).collect();
                self.polygons.extend(Some(rings).filter(|rings| !rings.is_empty()));
            }
            _ => {
                for part in 0..geometry.geometry_count() {
                    self.collect(&geometry.get_geometry(part));
                }
            }
        }
    }

    pub(super) fn into_geometries(self) -> Vec<Geometry> {
        let points = (!self.points.is_empty()).then_some(Geometry::Points(self.points));
        let lines = (!self.lines.is_empty()).then_some(Geometry::Lines(self.lines));
        let polygons = (!self.polygons.is_empty()).then_some(Geometry::Polygons(self.polygons));
        [points, lines, polygons].into_iter().flatten().collect()
    }
}

/// The geometry of a feature, if it has one that is not empty. (`Feature::geometry` hides a null.)
pub(super) fn geometry_of<'a>(feature: &'a Feature<'_>) -> Option<&'a OgrGeometry> {
    feature.geometry_by_index(0).ok().filter(|geometry| !geometry.is_empty())
}

/// Easting and northing of a point, line or ring. An empty point has none.
pub(super) fn places(geometry: &OgrGeometry) -> Vec<[f64; 2]> {
    let mut places = Vec::with_capacity(geometry.point_count());
    if !geometry.is_empty() {
        geometry.get_points(&mut places);
    }
    places.into_iter().map(|(easting, northing, _)| [easting, northing]).collect()
}

/// A geometry in the other system, if all of it has a place there.
fn moved(geometry: Geometry, way: &Transformer) -> Option<Geometry> {
    let chain = |places: Vec<[f64; 2]>| {
        let moved = way.apply(&places);
        moved.iter().flatten().all(|number| number.is_finite()).then_some(moved)
    };
    let chains =
        |parts: Vec<Vec<[f64; 2]>>| parts.into_iter().map(chain).collect::<Option<Vec<_>>>();
    match geometry {
        Geometry::Points(places) => chain(places).map(Geometry::Points),
        Geometry::Lines(lines) => chains(lines).map(Geometry::Lines),
        Geometry::Polygons(polygons) => {
            polygons.into_iter().map(chains).collect::<Option<_>>().map(Geometry::Polygons)
        }
    }
}
