//! Records and ground for tests.

use super::occurrence::Record;
use crate::grid::{Crs, GeoTransform, Grid, Point};

/// A grid of cells of 1 m from the place 0, 0.
pub(super) fn grid(rows: usize, cols: usize) -> Grid {
    let north = rows as f64;
    let transform = GeoTransform { west: 0.0, north, cell_width: 1.0, cell_height: 1.0 };
    Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
}

/// A record of a list of commodities.
pub(super) fn record(list: &str, easting: f64, northing: f64) -> Record {
    Record {
        id: None,
        name: None,
        commodities: vec![list.into()],
        status: None,
        score: None,
        place: Point { easting, northing },
    }
}
