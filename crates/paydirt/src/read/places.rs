//! Files of places: labels and samples.

use std::path::Path;

use paydirt_core::grid::Grid;
use paydirt_io::crs;
use paydirt_io::vector::{self, PointOptions, Points};

use crate::error::{Error, Result};

/// Reads places in the grid's system: of a layer, from the named columns of easting and northing, in the
/// named system.
///
/// # Errors
/// Files that cannot be read, and columns of easting and northing that are exchanged: no place lies on
/// the grid, and most would if they were.
pub(super) fn read(
    path: &Path,
    grid: &Grid,
    [layer, easting, northing, system]: [&Option<String>; 4],
) -> Result<Points> {
    let options = PointOptions {
        layer: layer.clone(),
        easting: easting.clone(),
        northing: northing.clone(),
        crs: system.as_deref().map(crs::parse).transpose()?,
        ..PointOptions::default()
    };
    let points = vector::read_points(path, &grid.crs, &options);
    let on_grid = |points: &Points| {
        points.records.iter().filter(|record| grid.locate(record.place).is_some()).count()
    };
    if easting.is_none() || points.as_ref().is_ok_and(|points| on_grid(points) > 0) {
        return Ok(points?);
    }
    let turned = PointOptions { easting: northing.clone(), northing: easting.clone(), ..options };
    if let Ok(turned) = vector::read_points(path, &grid.crs, &turned)
        && on_grid(&turned) * 2 > turned.records.len()
    {
        return Err(Error::Data {
            reason: format!(
                "no place of `{}` lies on the grid, but {} of {} do once easting and northing \
                 (longitude and latitude) are exchanged",
                path.display(),
                on_grid(&turned),
                turned.records.len()
            ),
            hint: "exchange the columns that `easting` and `northing` name".into(),
        });
    }
    Ok(points?)
}
