//! Places in a table of text.

use std::path::Path;

use paydirt_core::grid::Crs;

use super::points::{Found, PointOptions};
use crate::table::text;
use crate::{Error, Result, crs};

/// Pairs of names that columns of coordinates go by, and whether they are degrees.
const PAIRS: [(&[&str], &[&str], bool); 3] = [
    (&["easting"], &["northing"], false),
    (&["x"], &["y"], false),
    (&["longitude", "lon", "long"], &["latitude", "lat"], true),
];

/// Reads the rows of a table in their own coordinates.
pub(super) fn read(path: &Path, options: &PointOptions) -> Result<Found> {
    let table = text::read(path)?;
    let ([easting, northing], system) = coordinates(path, &table.header, options)?;
    let number = |cell: &str| table.number(cell).unwrap_or(f64::NAN);
    let kept = |name: &String| options.only.as_ref().is_none_or(|only| only.contains(name));
    let rows = table.rows.iter().enumerate().map(|(index, cells)| {
        let place = [number(&cells[easting]), number(&cells[northing])];
        let attributes = (table.header.iter().zip(cells))
            .filter(|(name, cell)| !text::missing(cell) && kept(name))
            .map(|(name, cell)| (name.clone(), cell.clone()))
            .collect();
        (index + 1, place, attributes)
    });
    Ok(Found {
        rows: rows.collect(),
        attributes: table.header.clone(),
        system,
        assumed: true,
        skipped: Vec::new(),
        warnings: table.warnings.clone(),
    })
}

/// The columns of easting and northing, and the system that they are in.
pub(super) fn coordinates(
    path: &Path,
    header: &[String],
    options: &PointOptions,
) -> Result<([usize; 2], Crs)> {
    let [easting, northing, degrees] = columns(path, header, options)?;
    let system = match (&options.crs, degrees == 1) {
        (Some(system), _) => system.clone(),
        (None, true) => crs::parse("EPSG:4326")?,
        (None, false) => return Err(Error::NoCrs { path: path.into() }),
    };
    Ok(([easting, northing], system))
}

/// Columns of easting and northing, and 1 if they are degrees. Of several pairs, the one that the
/// given system asks for is taken: degrees for a geographic one or for none.
fn columns(path: &Path, header: &[String], options: &PointOptions) -> Result<[usize; 3]> {
    let refuse = |reason: &str| Error::NoCoordinates {
        path: path.into(),
        reason: reason.into(),
        columns: header.join(", "),
    };
    let named = |name: &str| header.iter().position(|known| known == name);
    if let (Some(easting), Some(northing)) = (&options.easting, &options.northing) {
        let find = |name: &String| {
            named(name).ok_or_else(|| refuse(&format!("there is no column `{name}`")))
        };
        let degrees = PAIRS[2].0.contains(&easting.to_lowercase().as_str());
        return Ok([find(easting)?, find(northing)?, usize::from(degrees)]);
    }
    if options.easting.is_some() || options.northing.is_some() {
        return Err(refuse("only one of the two columns is named"));
    }
    let known = |names: &[&str]| {
        names.iter().find_map(|name| {
            header.iter().position(|column| column.trim().eq_ignore_ascii_case(name))
        })
    };
    let found = PAIRS.iter().filter_map(|(east, north, degrees)| {
        Some([known(east)?, known(north)?, usize::from(*degrees)])
    });
    let geographic = |crs: &Crs| crs.metres_per_unit.is_none();
    let wanted = usize::from(options.crs.as_ref().is_none_or(geographic));
    let found: Vec<_> = found.collect();
    let fits = found.iter().find(|pair| pair[2] == wanted);
    // A pair of the other kind will do where a system was given or will be asked for: `x` and `y`
    // may hold degrees. Longitudes in a projected system would be a contradiction.
    fits.or_else(|| found.iter().find(|pair| pair[2] == 0)).copied().ok_or_else(|| match wanted {
        0 if !found.is_empty() => {
            refuse("the system given is projected, but the columns are degrees")
        }
        _ => refuse("no pair of columns has a name that is known"),
    })
}
