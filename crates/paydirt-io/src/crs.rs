//! Coordinate reference systems: read from what users write, compared by what they do.

use std::path::Path;

use gdal::spatial_ref::{AxisMappingStrategy, CoordTransform, SpatialRef};
use paydirt_core::grid::{Crs, GeoTransform, Grid, Point};

use crate::engine::{self, listen};
use crate::{Error, Result};

/// How far two systems may lie apart and still be one, in cells of the grid they are compared on.
const SAME_WITHIN_CELLS: f64 = 1e-3;

/// Places a side of the lattice on which two systems are compared.
const PROBES: usize = 9;

/// The system that a user names: an authority's code, a PROJ string, or well-known text (1, 2 or
/// Esri's). Names of files and addresses are not looked up.
///
/// # Errors
/// [`Error::BadCrs`] if it is none, or not one of a map (geocentric, vertical).
///
/// ```
/// let finland = paydirt_io::crs::parse("EPSG:3067")?;
/// assert_eq!(finland.authority.as_deref(), Some("EPSG:3067"));
/// assert_eq!(finland.metres_per_unit, Some(1.0));
/// assert_eq!(paydirt_io::crs::parse("EPSG:4326")?.metres_per_unit, None);
/// assert!(paydirt_io::crs::parse("utm zone 35").is_err());
/// # Ok::<(), paydirt_io::Error>(())
/// ```
pub fn parse(text: &str) -> Result<Crs> {
    let text = text.trim();
    let bad = |reason: String| Error::BadCrs { text: shorten(text), reason };
    if !names_a_system(text) {
        return Err(bad("it has no form that is known".into()));
    }
    let (found, said) = listen(|| SpatialRef::from_definition(text));
    let spatial = found
        .map_err(|error| bad(said.failures.first().cloned().unwrap_or(engine::reason(&error))))?;
    describe(&spatial).map_err(|error| match error {
        Error::BadCrs { reason, .. } => bad(reason),
        other => other,
    })
}

/// Whether a text has the form of a code, a PROJ string or well-known text: GDAL would also open
/// files and addresses.
fn names_a_system(text: &str) -> bool {
    let code = text.split_once(':').is_some_and(|(authority, code)| {
        let plain = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_+:".contains(c))
        };
        plain(authority) && plain(code)
    });
    let well_known = text.split_once(['[', '(']).is_some_and(|(keyword, _)| {
        !keyword.is_empty() && keyword.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    let named = ["WGS84", "WGS72", "NAD27", "NAD83", "CRS84"].contains(&text);
    code || well_known || named || text.starts_with('+')
}

/// Whether the grid's system and another give every place of the grid the same coordinates, so that
/// nothing moves by taking one for the other.
///
/// Equal authority codes are equal; otherwise 9 x 9 places over the grid are transformed both ways
/// and may move by at most a thousandth of a cell. Names and texts are not compared: two releases of
/// PROJ name one system differently, and two systems without a code may differ in one parameter.
///
/// # Errors
/// [`Error::BadCrs`] if one of the texts is none.
pub fn same(other: &Crs, grid: &Grid) -> Result<bool> {
    if other.wkt == grid.crs.wkt {
        return Ok(true);
    }
    if other.authority.is_some() && other.authority == grid.crs.authority {
        return Ok(true);
    }
    let (here, there) = (spatial(&grid.crs)?, spatial(other)?);
    if here.is_local() || there.is_local() {
        return Ok(same_local(&here, &there));
    }
    let places = lattice(grid);
    let stays = |from: &SpatialRef, to: &SpatialRef| {
        Transformer::new(from, to).is_ok_and(|transformer| {
            let moved = transformer.apply(&places);
            places.iter().zip(&moved).all(|(place, moved)| {
                let [east, north] = [0, 1].map(|axis| (moved[axis] - place[axis]).abs());
                east <= SAME_WITHIN_CELLS * grid.transform.cell_width
                    && north <= SAME_WITHIN_CELLS * grid.transform.cell_height
            })
        })
    };
    Ok(stays(&here, &there) && stays(&there, &here))
}

/// The system of a file that names one or not, for which the project gives one or not; and a sentence
/// where it is not the file's own. What is given counts where the file names none, or one in which
/// its coordinates cannot be; one that differs over the `region` of the file is refused.
pub(crate) fn settle(
    path: &Path,
    named: Option<&Crs>,
    given: Option<&Crs>,
    region: [f64; 4],
) -> Result<(Crs, Option<String>)> {
    let (named, given) = match (named, given) {
        (None, None) => return Err(Error::NoCrs { path: path.into() }),
        (None, Some(given)) => {
            let said = format!("names no coordinate reference system: {} assumed", name(given));
            return Ok((given.clone(), Some(said)));
        }
        (Some(named), None) => return Ok((named.clone(), None)),
        (Some(named), Some(given)) => (named, given),
    };
    if same_over(region, named, given)? {
        return Ok((named.clone(), None));
    }
    let (claim, choice) = (name(named), name(given));
    if could_be(named, region) {
        return Err(Error::TwoSystems { path: path.into(), named: claim, given: choice });
    }
    let said =
        format!("says that it is in {claim}, which its coordinates contradict: {choice} taken");
    Ok((given.clone(), Some(said)))
}

/// Whether coordinates of a region can be in a system: degrees are few.
fn could_be(system: &Crs, [west, south, east, north]: [f64; 4]) -> bool {
    let degrees = west.abs().max(east.abs()) <= 540.0 && south.abs().max(north.abs()) <= 91.0;
    system.metres_per_unit.is_some() || degrees
}

/// Refuses a geographic system under coordinates that are no degrees.
pub(crate) fn refuse_impossible(path: &Path, system: &Crs, region: [f64; 4]) -> Result<()> {
    if could_be(system, region) {
        return Ok(());
    }
    let [west, _, _, north] = region;
    Err(Error::Contradiction {
        path: path.into(),
        crs: format!("degrees ({})", name(system)),
        found: format!("{west}, {north}"),
    })
}

/// Whether two systems are one over a region, to a millionth of its size (of a unit at least).
fn same_over([west, south, east, north]: [f64; 4], one: &Crs, other: &Crs) -> Result<bool> {
    const CELLS: usize = 1000;
    let cell = |size: f64| size.max(1.0) / CELLS as f64;
    let (cell_width, cell_height) = (cell(east - west), cell(north - south));
    let transform = GeoTransform { west, north, cell_width, cell_height };
    same(other, &Grid::new(one.clone(), transform, CELLS, CELLS)?)
}

/// Whether two local systems, between which nothing can be transformed, are one by name and unit.
fn same_local(one: &SpatialRef, other: &SpatialRef) -> bool {
    let key = |local: &SpatialRef| (local.is_local(), local.name(), local.linear_units().to_bits());
    one.is_local() && key(one) == key(other)
}

/// Places over the grid, edges and corners included.
fn lattice(grid: &Grid) -> Vec<[f64; 2]> {
    let [west, south, east, north] = grid.region();
    let share = |step: usize| step as f64 / (PROBES - 1) as f64;
    let steps = || 0..PROBES;
    steps()
        .flat_map(|row| steps().map(move |col| (share(row), share(col))))
        .map(|(down, right)| [west + (east - west) * right, north + (south - north) * down])
        .collect()
}

/// The handle of a system, easting before northing.
pub(crate) fn spatial(crs: &Crs) -> Result<SpatialRef> {
    let (found, _) = listen(|| SpatialRef::from_wkt(&crs.wkt));
    let mut spatial = found.map_err(|error| Error::BadCrs {
        text: shorten(&crs.wkt),
        reason: engine::reason(&error),
    })?;
    spatial.set_axis_mapping_strategy(AxisMappingStrategy::TraditionalGisOrder);
    Ok(spatial)
}

/// What the project keeps of a system.
pub(crate) fn describe(spatial: &SpatialRef) -> Result<Crs> {
    let geographic = spatial.is_geographic();
    let flat = geographic || spatial.is_projected() || spatial.is_local();
    let refuse = |reason: &str| Error::BadCrs {
        text: spatial.name().unwrap_or_default(),
        reason: reason.into(),
    };
    if !flat {
        return Err(refuse("it is neither projected nor geographic"));
    }
    let (wkt, _) = listen(|| {
        // A key without a zero byte is always taken; the thread's own setting touches no other.
        let _ = gdal::config::set_thread_local_config_option("OSR_WKT_FORMAT", "WKT2_2019");
        let wkt = spatial.to_wkt();
        let _ = gdal::config::clear_thread_local_config_option("OSR_WKT_FORMAT");
        wkt
    });
    let wkt = wkt.map_err(|error| refuse(&engine::reason(&error)))?;
    let metres = spatial.linear_units();
    let known = metres.is_finite() && metres > 0.0;
    if !geographic && !known {
        return Err(refuse("its unit of length is not known"));
    }
    Ok(Crs {
        wkt,
        authority: spatial.authority().ok(),
        metres_per_unit: (!geographic).then_some(metres),
    })
}

/// How messages name a system: its code, else its name.
#[must_use]
pub fn name(crs: &Crs) -> String {
    let named = || spatial(crs).ok().and_then(|spatial| spatial.name());
    crs.authority.clone().or_else(named).unwrap_or_else(|| shorten(&crs.wkt))
}

/// Longitude and latitude of a place on WGS 84, where its system is tied to the Earth.
#[must_use]
pub fn longitude_latitude(crs: &Crs, place: Point) -> Option<[f64; 2]> {
    let here = spatial(crs).ok().filter(|here| !here.is_local())?;
    let globe = spatial(&parse("EPSG:4326").ok()?).ok()?;
    let moved = Transformer::new(&here, &globe).ok()?.place([place.easting, place.northing])?;
    Some([moved.easting, moved.northing])
}

/// The start of a text, enough to know it by.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.into(),
    }
}

/// A way from one system to another.
pub(crate) struct Transformer(Option<CoordTransform>);

impl Transformer {
    /// The way from one system to another, easting first in both.
    pub(crate) fn new(from: &SpatialRef, to: &SpatialRef) -> Result<Self> {
        let (made, said) = listen(|| CoordTransform::new(from, to));
        let label = |spatial: &SpatialRef| {
            spatial.authority().ok().or_else(|| spatial.name()).unwrap_or_default()
        };
        made.map(|transform| Self(Some(transform))).map_err(|error| Error::NoTransformation {
            from: label(from),
            to: label(to),
            reason: said.failures.first().cloned().unwrap_or_else(|| engine::reason(&error)),
        })
    }

    /// The way from a file's system to the project's: none at all where both are one.
    pub(crate) fn between(from: &Crs, to: &Crs) -> Result<Self> {
        if from.wkt == to.wkt || (from.authority.is_some() && from.authority == to.authority) {
            return Ok(Self::none());
        }
        let (from, to) = (spatial(from)?, spatial(to)?);
        if same_local(&from, &to) { Ok(Self::none()) } else { Self::new(&from, &to) }
    }

    /// The way that leads nowhere else.
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    /// Where places lie in the other system; not finite where they have no place in it.
    pub(crate) fn apply(&self, places: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let Some(transform) = &self.0 else { return places.to_vec() };
        let mut eastings: Vec<f64> = places.iter().map(|place| place[0]).collect();
        let mut northings: Vec<f64> = places.iter().map(|place| place[1]).collect();
        // An error only says that some places failed: those are infinite, the others are right.
        let _ = listen(|| transform.transform_coords(&mut eastings, &mut northings, &mut []));
        eastings.into_iter().zip(northings).map(|(east, north)| [east, north]).collect()
    }

    /// Where one place lies in the other system, if it has a place in it.
    pub(crate) fn place(&self, place: [f64; 2]) -> Option<Point> {
        let moved = self.apply(&[place]);
        let [easting, northing] = *moved.first()?;
        (easting.is_finite() && northing.is_finite()).then_some(Point { easting, northing })
    }
}
