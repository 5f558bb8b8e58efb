//! Where the grid lies on the Earth: longitude and latitude on a lattice over it.

use paydirt_core::grid::Point;
use paydirt_io::crs;
use serde::Serialize;

use crate::view::View;

/// Places a side of the lattice. Between them the page draws straight: over a thousand kilometres that is a
/// few ten metres off.
const PLACES: usize = 25;

/// Longitude and latitude (WGS 84) on a lattice over the grid, edges and corners included.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Lattice {
    /// Rows from the north; none where a place has none.
    places: Vec<Vec<Option<[f64; 2]>>>,
}

impl View {
    /// The lattice; `None` where the grid is not tied to the Earth.
    pub(crate) fn lattice(&self) -> Option<Lattice> {
        if !self.on_earth {
            return None;
        }
        let [west, south, east, north] = self.grid.region();
        let share = |step: usize| step as f64 / (PLACES - 1) as f64;
        let place = |row: usize, col: usize| {
            let easting = west + (east - west) * share(col);
            let northing = north + (south - north) * share(row);
            crs::longitude_latitude(&self.grid.crs, Point { easting, northing })
        };
        let row = |row: usize| (0..PLACES).map(|col| place(row, col)).collect();
        Some(Lattice { places: (0..PLACES).map(row).collect() })
    }
}
