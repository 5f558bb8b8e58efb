//! Features as GeoPackages.

use std::path::Path;

use gdal::vector::{
    Feature as OgrFeature, FieldDefn, FieldValue, Geometry as OgrGeometry, Layer as OgrLayer,
    LayerAccess, LayerOptions, OGRFieldType, OGRwkbGeometryType,
};
use gdal::{Dataset, DriverManager};
use paydirt_core::grid::Crs;
use paydirt_core::step::Geometry;

use crate::cog::heard;
use crate::engine::{listen, unwritten};
use crate::staging::Staging;
use crate::{Error, Result, crs};

/// What kind of value a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A number.
    Real,
    /// A whole number.
    Integer,
    /// Text.
    Text,
}

/// A field's value in one feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number; one that is not finite is written as missing.
    Real(f64),
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Nothing is known.
    Missing,
}

/// A feature and its values, one a field.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// Its geometry, in the layer's system.
    pub geometry: Geometry,
    /// Its values, in the order of the layer's fields.
    pub values: Vec<Value>,
}

/// What features are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Points.
    Points,
    /// Lines.
    Lines,
    /// Polygons.
    Polygons,
}

impl Kind {
    /// The kind of a geometry.
    #[must_use]
    pub const fn of(geometry: &Geometry) -> Self {
        match geometry {
            Geometry::Points(_) => Self::Points,
            Geometry::Lines(_) => Self::Lines,
            Geometry::Polygons(_) => Self::Polygons,
        }
    }
}

/// One layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its name.
    pub name: String,
    /// What its features are, also where it has none: QGIS takes a layer of no kind for a table.
    pub kind: Kind,
    /// Names and types of its fields.
    pub fields: Vec<(String, FieldType)>,
    /// Its features, all of its kind. They are written in this order.
    pub features: Vec<Feature>,
    /// How QGIS draws it by default: the text of a `.qml` file.
    pub style: Option<String>,
}

/// Writes layers to a GeoPackage (OGC 12-128r18), with their styles in `layer_styles` as QGIS reads
/// them. Points stay points where each feature has but one; everything else is written as
/// multi-geometry. Its time stamps are fixed, so that equal content gives equal bytes with one release
/// of GDAL.
///
/// # Errors
/// [`Error::BadShape`] for a feature with too few or too many values or of another kind, [`Error::Write`] for everything
/// else; nothing of the file is left then, and an older file of that name is untouched.
pub fn write(path: &Path, crs: &Crs, layers: &[Layer]) -> Result<()> {
    for layer in layers {
        for feature in &layer.features {
            let (found, expected) = (feature.values.len(), layer.fields.len());
            if found != expected {
                let what = format!("values of a feature of layer `{}`", layer.name);
                return Err(Error::BadShape { what, found, expected });
            }
            if Kind::of(&feature.geometry) != layer.kind {
                let what = format!("features of another kind in layer `{}`", layer.name);
                return Err(Error::BadShape { what, found: 1, expected: 0 });
            }
        }
    }
    let spatial = crs::spatial(crs)?;
    let staging = Staging::new(path)?;
    let (written, said) = listen(|| {
        let driver = DriverManager::get_driver_by_name("GPKG")?;
        let mut dataset = driver.create_vector_only(staging.path("features.gpkg"))?;
        {
            let mut transaction = dataset.start_transaction()?;
            for layer in layers {
                let options = LayerOptions {
                    name: &layer.name,
                    srs: Some(&spatial),
                    ty: geometry_type(layer),
                    options: Some(&["GEOMETRY_NAME=geom"]),
                };
                fill(&transaction.create_layer(options)?, layer)?;
            }
            write_styles(&mut transaction, layers)?;
            transaction.commit()?;
        }
        dataset.close()
    });
    written.map_err(unwritten(path))?;
    heard(path, said)?;
    staging.publish("features.gpkg")
}

/// The type that holds all features of a layer.
fn geometry_type(layer: &Layer) -> OGRwkbGeometryType::Type {
    let single = |feature: &Feature| match &feature.geometry {
        Geometry::Points(places) => places.len() == 1,
        _ => false,
    };
    match layer.kind {
        Kind::Points if layer.features.iter().all(single) => OGRwkbGeometryType::wkbPoint,
        Kind::Points => OGRwkbGeometryType::wkbMultiPoint,
        Kind::Lines => OGRwkbGeometryType::wkbMultiLineString,
        Kind::Polygons => OGRwkbGeometryType::wkbMultiPolygon,
    }
}

fn fill(target: &OgrLayer<'_>, layer: &Layer) -> gdal::errors::Result<()> {
    for (name, kind) in &layer.fields {
        let kind = match kind {
            FieldType::Real => OGRFieldType::OFTReal,
            FieldType::Integer => OGRFieldType::OFTInteger64,
            FieldType::Text => OGRFieldType::OFTString,
        };
        FieldDefn::new(name, kind)?.add_to_layer(target)?;
    }
    let points = geometry_type(layer) == OGRwkbGeometryType::wkbPoint;
    for feature in &layer.features {
        let mut row = OgrFeature::new(target.defn())?;
        row.set_geometry(geometry(&feature.geometry, points)?)?;
        for (index, value) in feature.values.iter().enumerate() {
            let finite = |number: &f64| number.is_finite();
            match value {
                Value::Real(number) if finite(number) => row.set_field_double(index, *number),
                Value::Integer(number) => row.set_field_integer64(index, *number),
                Value::Text(text) => row.set_field_string(index, text),
                Value::Real(_) | Value::Missing => row.set_field_null(index),
            }?;
        }
        row.create(target)?;
    }
    Ok(())
}

/// A geometry as OGR holds it.
fn geometry(geometry: &Geometry, points: bool) -> gdal::errors::Result<OgrGeometry> {
    use OGRwkbGeometryType as Ogr;
    let chain = |kind, places: &[[f64; 2]]| {
        let mut chain = OgrGeometry::empty(kind)?;
        for [easting, northing] in places {
            chain.add_point_2d((*easting, *northing));
        }
        Ok(chain)
    };
    let (kind, parts): (_, gdal::errors::Result<Vec<OgrGeometry>>) = match geometry {
        Geometry::Points(places) => {
            let parts =
                places.iter().map(|place| chain(Ogr::wkbPoint, std::slice::from_ref(place)));
            (Ogr::wkbMultiPoint, parts.collect())
        }
        Geometry::Lines(lines) => {
            let parts = lines.iter().map(|line| chain(Ogr::wkbLineString, line));
            (Ogr::wkbMultiLineString, parts.collect())
        }
        Geometry::Polygons(polygons) => {
            let parts = polygons.iter().map(|rings| {
                let mut polygon = OgrGeometry::empty(Ogr::wkbPolygon)?;
                for ring in rings {
                    polygon.add_geometry(chain(Ogr::wkbLinearRing, ring)?)?;
                }
                Ok(polygon)
            });
            (Ogr::wkbMultiPolygon, parts.collect())
        }
    };
    let mut parts = parts?;
    if points && let Some(point) = parts.pop() {
        return Ok(point);
    }
    let mut all = OgrGeometry::empty(kind)?;
    for part in parts {
        all.add_geometry(part)?;
    }
    Ok(all)
}

/// Writes the styles as QGIS looks for them: one row a layer, each the default of its layer.
fn write_styles(dataset: &mut Dataset, layers: &[Layer]) -> gdal::errors::Result<()> {
    let styled: Vec<_> =
        layers.iter().filter_map(|layer| Some((&layer.name, layer.style.as_ref()?))).collect();
    if styled.is_empty() {
        return Ok(());
    }
    let table = dataset.create_layer(LayerOptions {
        name: "layer_styles",
        srs: None,
        ty: OGRwkbGeometryType::wkbNone,
        options: Some(&["FID=id"]),
    })?;
    let texts = [
        "f_table_catalog",
        "f_table_schema",
        "f_table_name",
        "f_geometry_column",
        "styleName",
        "styleQML",
        "styleSLD",
    ];
    table.create_defn_fields(&texts.map(|name| (name, OGRFieldType::OFTString)))?;
    table.create_defn_fields(&[
        ("useAsDefault", OGRFieldType::OFTInteger),
        ("description", OGRFieldType::OFTString),
        ("owner", OGRFieldType::OFTString),
        ("ui", OGRFieldType::OFTString),
        ("update_time", OGRFieldType::OFTDateTime),
    ])?;
    for (name, style) in styled {
        let mut row = OgrFeature::new(table.defn())?;
        let text = |text: &str| FieldValue::StringValue(text.into());
        let values = [
            text(""),
            text(""),
            text(name),
            text("geom"),
            text("default"),
            text(style),
            text(""),
            FieldValue::IntegerValue(1),
        ];
        for (index, value) in values.iter().enumerate() {
            row.set_field(index, value)?;
        }
        row.create(&table)?;
    }
    Ok(())
}
