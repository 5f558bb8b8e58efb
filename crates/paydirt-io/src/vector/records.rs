//! All that a layer holds: features with all their values, in the layer's own system.

use std::path::Path;

use gdal::vector::{FieldValue, LayerAccess, OGRFieldType, OGRwkbGeometryType};

use super::shapes::{Parts, geometry_of};
use crate::engine::{self, Kind, damaged, listen};
use crate::gpkg::{self, Feature, FieldType, Layer, Value};
use crate::{Error, Result};

/// Reads a layer as [`crate::gpkg::write`] would write it; dates and lists become text. A feature without a
/// geometry is left out.
///
/// # Errors
/// Files that cannot be read, [`Error::Unknown`] for a layer that is not there.
pub fn read_records(path: &Path, name: &str) -> Result<Layer> {
    let dataset = engine::open(path, Kind::Vector)?;
    let mut layer = super::layer(&dataset, path, Some(name))?;
    let kind = |kind| match kind {
        OGRFieldType::OFTReal => FieldType::Real,
        OGRFieldType::OFTInteger | OGRFieldType::OFTInteger64 => FieldType::Integer,
        _ => FieldType::Text,
    };
    let fields: Vec<(String, FieldType)> =
        layer.defn().fields().map(|field| (field.name(), kind(field.field_type()))).collect();
    let (features, said) = listen(|| {
        let mut features = Vec::new();
        for feature in layer.features() {
            let mut parts = Parts::default();
            if let Some(geometry) = geometry_of(&feature) {
                parts.collect(geometry);
            }
            let Some(geometry) = parts.into_geometries().into_iter().next() else { continue };
            let values = (0..fields.len()).map(|field| Ok(value(feature.field(field)?)));
            let values = values.collect::<gdal::errors::Result<_>>()?;
            features.push(Feature { geometry, values });
        }
        Ok(features)
    });
    let features = features.map_err(damaged(path, "reading features"))?;
    if let Some(reason) = said.failures.into_iter().next() {
        return Err(Error::Damaged { path: path.into(), doing: "reading features", reason });
    }
    // The kind of an empty layer is what it was declared as.
    let declared = match layer.defn().geometry_type() {
        OGRwkbGeometryType::wkbLineString | OGRwkbGeometryType::wkbMultiLineString => {
            gpkg::Kind::Lines
        }
        OGRwkbGeometryType::wkbPolygon | OGRwkbGeometryType::wkbMultiPolygon => {
            gpkg::Kind::Polygons
        }
        _ => gpkg::Kind::Points,
    };
    let first = features.first().map(|feature: &Feature| gpkg::Kind::of(&feature.geometry));
    Ok(Layer { name: name.into(), kind: first.unwrap_or(declared), fields, features, style: None })
}

fn value(found: Option<FieldValue>) -> Value {
    match found {
        None => Value::Missing,
        Some(FieldValue::RealValue(number)) => Value::Real(number),
        Some(FieldValue::IntegerValue(number)) => Value::Integer(number.into()),
        Some(FieldValue::Integer64Value(number)) => Value::Integer(number),
        Some(FieldValue::StringValue(text)) => Value::Text(text),
        Some(other) => Value::Text(format!("{other:?}")),
    }
}
