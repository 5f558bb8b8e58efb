//! Vector files and tables of places: features and labelled points in the project's system.

mod attribute;
mod csv;
mod points;
mod records;
mod shapes;
mod spectra;

use std::path::Path;

use gdal::vector::{Layer, LayerAccess};
use gdal::{Dataset, Metadata as _};
use paydirt_core::grid::Crs;
use serde::Serialize;

pub use attribute::Only;
pub use points::{PointOptions, PointRecord, Points, read_points};
pub use records::read_records;
pub use shapes::{ShapeOptions, Shapes, read_shapes};
pub use spectra::{SpectraOptions, SpectraTable, SpectrumRecord, read_spectra};

use crate::crs;
use crate::engine::{damaged, listen};
use crate::{Error, Result};

/// A feature or row that was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Its number in the file, counted from 1: of features in their order, of a table's lines
    /// without the header.
    pub record: usize,
    /// Why.
    pub reason: SkipReason,
}

/// Why a feature or row was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// It has no geometry, or an empty one.
    NoGeometry,
    /// Its coordinates are both zero, which says that nobody knew them.
    AtZero,
    /// A coordinate is missing or not a finite number.
    NotFinite,
    /// Its coordinates have no place in the project's system.
    NoPlace,
    /// It is a line or an area where a point was expected.
    NotAPoint,
}

/// The names of the layers that hold features.
///
/// # Errors
/// If the file cannot be opened as a vector file.
pub fn layers(path: &Path) -> Result<Vec<String>> {
    let dataset = crate::engine::open(path, crate::engine::Kind::Vector)?;
    Ok(names(&dataset))
}

/// Layers with geometry, or all if none has any. Styles that QGIS keeps in a GeoPackage are none.
fn names(dataset: &Dataset) -> Vec<String> {
    let all: Vec<(String, bool)> = dataset
        .layers()
        .map(|layer| (layer.name(), layer.defn().geom_fields().next().is_some()))
        .filter(|(name, _)| name != "layer_styles")
        .collect();
    let any = all.iter().any(|(_, geometry)| *geometry);
    all.into_iter().filter(|(_, geometry)| *geometry || !any).map(|(name, _)| name).collect()
}

/// The layer of a name, or the only one.
fn layer<'a>(dataset: &'a Dataset, path: &Path, wanted: Option<&str>) -> Result<Layer<'a>> {
    let names = names(dataset);
    let name = match (wanted, names.as_slice()) {
        (Some(wanted), _) if names.iter().any(|name| name == wanted) => wanted,
        (Some(wanted), _) => {
            return Err(Error::Unknown {
                path: path.into(),
                what: "layer",
                name: wanted.into(),
                known: names.join(", "),
            });
        }
        (None, [only]) => only,
        (None, []) => {
            return Err(Error::NotThat {
                path: path.into(),
                expected: "vector file with a layer",
                reason: "it holds none".into(),
            });
        }
        (None, _) => {
            return Err(Error::WhichLayer { path: path.into(), layers: names.join(", ") });
        }
    };
    let (layer, _) = listen(|| dataset.layer_by_name(name));
    layer.map_err(damaged(path, "opening a layer"))
}

/// The system of a layer, and a sentence where it is not its own: see [`crs::settle`].
fn system(layer: &Layer<'_>, path: &Path, given: Option<&Crs>) -> Result<(Crs, Option<String>)> {
    let (spatial, _) = listen(|| layer.spatial_ref());
    // Drivers write an engineering system of unknown unit where they know none.
    let named =
        spatial.filter(|spatial| !(spatial.is_local() && spatial.name().is_none_or(unknown)));
    let named = named.map(|spatial| crs::describe(&spatial)).transpose()?;
    let (extent, _) = listen(|| layer.get_extent());
    match (&named, extent) {
        // A layer without features lies nowhere.
        (Some(named), Err(_)) => Ok((named.clone(), None)),
        (None, Err(_)) => crs::settle(path, None, given, [0.0; 4]),
        (_, Ok(e)) => crs::settle(path, named.as_ref(), given, [e.MinX, e.MinY, e.MaxX, e.MaxY]),
    }
}

fn unknown(name: String) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("undefined") || name.contains("unknown") || name.is_empty()
}

/// Names of a layer's attributes.
fn attributes(layer: &Layer<'_>) -> Vec<String> {
    layer.defn().fields().map(|field| field.name()).collect()
}

/// One sentence for each reason for which something was left out.
fn sentences(skipped: &[Skipped]) -> Vec<String> {
    let reasons = [
        (SkipReason::NoGeometry, "no geometry"),
        (SkipReason::AtZero, "both coordinates zero"),
        (SkipReason::NotFinite, "a coordinate that is missing or no finite number"),
        (SkipReason::NoPlace, "no place in the project's coordinate reference system"),
        (SkipReason::NotAPoint, "a line or an area where a point is expected"),
    ];
    let count = |reason| skipped.iter().filter(|skipped| skipped.reason == reason).count();
    reasons
        .into_iter()
        .map(|(reason, what)| (count(reason), what))
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} left out: {what}"))
        .collect()
}

/// Name of the driver that opened a dataset.
fn driver(dataset: &Dataset) -> String {
    let driver = dataset.driver();
    driver.description().unwrap_or_else(|_| driver.short_name())
}
