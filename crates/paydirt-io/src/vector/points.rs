//! Labelled places: deposits, occurrences, samples.

use std::collections::BTreeMap;
use std::path::Path;

use gdal::vector::{Feature, LayerAccess};
use paydirt_core::grid::{Crs, Point};

use super::shapes::{geometry_of, places};
use super::{SkipReason, Skipped, csv};
use crate::crs::{self, Transformer};
use crate::engine::{self, Kind, listen};
use crate::{Error, Result};

/// What is asked of a file of places.
#[derive(Clone, Debug, Default)]
pub struct PointOptions {
    /// The layer of a vector file; may be left out where there is but one.
    pub layer: Option<String>,
    /// The column of a table that holds eastings or longitudes. Recognised by itself: `easting`, `x`,
    /// `longitude`, `lon`, `long`, in any case.
    pub easting: Option<String>,
    /// The column that holds northings or latitudes: `northing`, `y`, `latitude`, `lat`.
    pub northing: Option<String>,
    /// The system of a table's coordinates, or of a vector file that names none. A table of
    /// longitudes and latitudes is taken to be in EPSG:4326 where this is left out.
    pub crs: Option<Crs>,
    /// The columns of a table that are kept as attributes; all where this is left out.
    pub only: Option<Vec<String>>,
}

/// A place and what is said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct PointRecord {
    /// Its number in the file, counted from 1.
    pub record: usize,
    /// Where it lies in the project's system.
    pub place: Point,
    /// Attributes by name, as text; a missing one is left out.
    pub attributes: BTreeMap<String, String>,
}

/// Places in the project's system, and what was left out.
#[derive(Clone, Debug)]
pub struct Points {
    /// The places, in the file's order.
    pub records: Vec<PointRecord>,
    /// Names of the attributes, in the file's order.
    pub attributes: Vec<String>,
    /// The file's coordinate reference system by code or name.
    pub crs: String,
    /// Whether that system was given or assumed, since the file names none.
    pub crs_assumed: bool,
    /// Rows or features left out.
    pub skipped: Vec<Skipped>,
    /// What is odd, one sentence each.
    pub warnings: Vec<String>,
}

/// Reads places from a vector file or from a table (`.csv`, `.tsv`, `.txt`) with columns of
/// coordinates, and brings them into `target`. Each point of a feature with several is one record.
/// Places at 0, 0 in the file's coordinates are nobody's, and are left out and counted.
///
/// # Errors
/// Files that cannot be read, [`Error::NoCrs`], [`Error::NoCoordinates`], [`Error::Contradiction`]
/// for degrees that are none, and what a table can have wrong.
pub fn read_points(path: &Path, target: &Crs, options: &PointOptions) -> Result<Points> {
    let table = path.extension().is_some_and(|extension| {
        ["csv", "tsv", "txt"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    });
    let mut found = if table { csv::read(path, options)? } else { from_layer(path, options)? };
    let way = Transformer::between(&found.system, target)?;
    found.places_are_degrees(path)?;
    let mut points = Points {
        records: Vec::new(),
        attributes: found.attributes,
        crs: crs::name(&found.system),
        crs_assumed: found.assumed,
        skipped: std::mem::take(&mut found.skipped),
        warnings: found.warnings,
    };
    for (record, place, attributes) in found.rows {
        points.add(record, place, attributes, &way);
    }
    points.skipped.sort_by_key(|skipped| skipped.record);
    points.warnings.extend(super::sentences(&points.skipped));
    if points.records.is_empty() {
        points.warnings.push("holds no place that can be used".into());
    }
    Ok(points)
}

impl Points {
    fn add(
        &mut self,
        record: usize,
        place: [f64; 2],
        attributes: BTreeMap<String, String>,
        way: &Transformer,
    ) {
        let reason = if place.iter().any(|number| !number.is_finite()) {
            SkipReason::NotFinite
        } else if place == [0.0, 0.0] {
            SkipReason::AtZero
        } else if let Some(place) = way.place(place) {
            self.records.push(PointRecord { record, place, attributes });
            return;
        } else {
            SkipReason::NoPlace
        };
        self.skipped.push(Skipped { record, reason });
    }
}

/// What a file says, in its own coordinates.
pub(super) struct Found {
    pub(super) rows: Vec<(usize, [f64; 2], BTreeMap<String, String>)>,
    pub(super) attributes: Vec<String>,
    pub(super) system: Crs,
    pub(super) assumed: bool,
    pub(super) skipped: Vec<Skipped>,
    pub(super) warnings: Vec<String>,
}

impl Found {
    /// Refuses degrees that are none: the coordinates are in another system.
    fn places_are_degrees(&self, path: &Path) -> Result<()> {
        let beyond = |[east, north]: [f64; 2]| east.abs() > 540.0 || north.abs() > 90.0;
        let finite = |place: &[f64; 2]| place.iter().all(|number| number.is_finite());
        let places = || self.rows.iter().map(|(_, place, _)| *place).filter(finite);
        match places().find(|place| beyond(*place)) {
            Some([east, north]) if self.system.metres_per_unit.is_none() => {
                Err(Error::Contradiction {
                    path: path.into(),
                    crs: format!("degrees ({})", crs::name(&self.system)),
                    found: format!("{east}, {north}"),
                })
            }
            _ => Ok(()),
        }
    }
}

fn from_layer(path: &Path, options: &PointOptions) -> Result<Found> {
    let dataset = engine::open(path, Kind::Vector)?;
    let mut layer = super::layer(&dataset, path, options.layer.as_deref())?;
    let (system, not_its_own) = super::system(&layer, path, options.crs.as_ref())?;
    let attributes = super::attributes(&layer);
    let mut found = Found {
        rows: Vec::new(),
        attributes,
        system,
        assumed: not_its_own.is_some(),
        skipped: Vec::new(),
        warnings: not_its_own.into_iter().collect(),
    };
    let ((), said) = listen(|| {
        for (index, feature) in layer.features().enumerate() {
            found.add(index + 1, &feature);
        }
    });
    found.warnings.extend(said.warnings);
    match said.failures.into_iter().next() {
        Some(reason) => {
            Err(Error::Damaged { path: path.into(), doing: "reading features", reason })
        }
        None => Ok(found),
    }
}

impl Found {
    fn add(&mut self, record: usize, feature: &Feature<'_>) {
        let Some(geometry) = geometry_of(feature) else {
            self.skipped.push(Skipped { record, reason: SkipReason::NoGeometry });
            return;
        };
        let places = match geometry.geometry_name().as_str() {
            "POINT" => places(geometry),
            "MULTIPOINT" => (0..geometry.geometry_count())
                .flat_map(|part| places(&geometry.get_geometry(part)))
                .collect(),
            _ => {
                self.skipped.push(Skipped { record, reason: SkipReason::NotAPoint });
                return;
            }
        };
        let said = |index: usize| feature.field_as_string(index).ok().flatten();
        let attributes: BTreeMap<String, String> = (self.attributes.iter().enumerate())
            .filter_map(|(index, name)| Some((name.clone(), said(index)?)))
            .filter(|(_, text)| !text.trim().is_empty())
            .collect();
        for place in places {
            self.rows.push((record, place, attributes.clone()));
        }
    }
}
