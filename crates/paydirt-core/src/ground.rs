//! Ground in metres: where units lie, whatever the axes count.

use crate::error::require;
use crate::grid::Point;
use crate::label::Sample;
use crate::stack::Stack;
use crate::{Error, Result};

/// Where units lie, in metres east and south of a north-west corner: the grid's, or that of the
/// extent of a table's places, whose coordinates are taken as metres.
///
/// On a geographic grid a degree of longitude is as long as in the grid's middle row: good for
/// blocks and buffers of a district, not for a continent.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    places: Places,
    west: f64,
    north: f64,
    /// Metres in one unit of easting and of northing.
    metres: [f64; 2],
    /// Metres from west to east and from north to south.
    pub(crate) size_m: [f64; 2],
}

#[derive(Clone, Debug)]
enum Places {
    Grid { cells: [usize; 2], cell_m: [f64; 2] },
    Table(Vec<[f64; 2]>),
}

impl Ground {
    /// The ground of a stack; `None` for a table without coordinates.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for coordinates that are not finite.
    pub(crate) fn of(stack: &dyn Stack) -> Result<Option<Self>> {
        let Some(grid) = stack.grid() else {
            let places: Option<Vec<Point>> =
                (0..stack.units()).map(|unit| stack.place(unit)).collect();
            return places.filter(|places| !places.is_empty()).map(Self::of_table).transpose();
        };
        let [west, _, _, north] = grid.region();
        let (metres, cell_m) = (grid.unit_m(), grid.cell_size_m());
        let size_m = [grid.cols as f64 * cell_m[0], grid.rows as f64 * cell_m[1]];
        let places = Places::Grid { cells: [grid.cols, grid.rows], cell_m };
        Ok(Some(Self { places, west, north, metres, size_m }))
    }

    fn of_table(places: Vec<Point>) -> Result<Self> {
        for Point { easting, northing } in &places {
            let finite = easting.is_finite() && northing.is_finite();
            require(finite, "coordinates", format!("{easting}, {northing}"), "finite")?;
        }
        let west = places.iter().map(|place| place.easting).fold(f64::INFINITY, f64::min);
        let north = places.iter().map(|place| place.northing).fold(f64::NEG_INFINITY, f64::max);
        let places: Vec<[f64; 2]> =
            places.iter().map(|place| [place.easting - west, north - place.northing]).collect();
        let size = |axis: usize| places.iter().map(|place| place[axis]).fold(0.0, f64::max);
        let size_m = [size(0), size(1)];
        Ok(Self { places: Places::Table(places), west, north, metres: [1.0; 2], size_m })
    }

    /// Metres east and south of the corner.
    pub(crate) fn place(&self, unit: usize) -> [f64; 2] {
        match &self.places {
            Places::Grid { cells: [cols, _], cell_m } => {
                let [row, col] = [unit / cols, unit % cols];
                [(col as f64 + 0.5) * cell_m[0], (row as f64 + 0.5) * cell_m[1]]
            }
            Places::Table(places) => places[unit],
        }
    }

    /// Columns and rows of cells, and their size in metres, where there is a grid.
    pub(crate) const fn cells(&self) -> Option<([usize; 2], [f64; 2])> {
        match &self.places {
            Places::Grid { cells, cell_m } => Some((*cells, *cell_m)),
            Places::Table(_) => None,
        }
    }

    /// A place in the coordinate reference system.
    pub(crate) fn point(&self, [east, south]: [f64; 2]) -> Point {
        Point {
            easting: self.west + east / self.metres[0],
            northing: self.north - south / self.metres[1],
        }
    }
}

/// Straight-line distance in metres.
pub(crate) fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Refuses samples that are no units of the stack.
///
/// # Errors
/// [`Error::BadSetting`] with the first of them.
pub(crate) fn check_units(stack: &dyn Stack, samples: &[Sample]) -> Result<()> {
    let units = stack.units();
    match samples.iter().find(|sample| sample.unit >= units) {
        None => Ok(()),
        Some(sample) => Err(Error::BadSetting {
            key: "labels".into(),
            found: format!("unit {}", sample.unit),
            expected: format!("below {units}, the number of units"),
        }),
    }
}
