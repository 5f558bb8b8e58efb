//! The one project grid: where each cell lies.

use std::fmt;
use std::ops::Range;

use crate::{Error, Result};

/// A place in the project's coordinate reference system, easting before northing.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Point {
    /// Distance east (or longitude) in units of the coordinate reference system.
    pub easting: f64,
    /// Distance north (or latitude) in units of the coordinate reference system.
    pub northing: f64,
}

impl Point {
    /// Straight-line distance in units of the coordinate reference system.
    ///
    /// ```
    /// use paydirt_core::grid::Point;
    /// let a = Point { easting: 0.0, northing: 0.0 };
    /// assert_eq!(a.distance(Point { easting: 3.0, northing: 4.0 }), 5.0);
    /// ```
    #[must_use]
    pub fn distance(self, other: Self) -> f64 {
        (self.easting - other.easting).hypot(self.northing - other.northing)
    }
}

/// A coordinate reference system: its well-known text and, where it has one, its authority code.
/// Whether two are the same is asked of `paydirt-io`, which can probe points.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Crs {
    /// Well-known text (WKT2).
    pub wkt: String,
    /// Authority and code, such as `EPSG:3067`.
    pub authority: Option<String>,
    /// Metres in one unit of its axes; `None` where the axes are degrees.
    pub metres_per_unit: Option<f64>,
}

impl Crs {
    /// A local system in metres, for synthetic districts and tests.
    #[must_use]
    pub fn local_metres() -> Self {
        Self {
            wkt: "LOCAL_CS[\"district\",UNIT[\"metre\",1],AXIS[\"Easting\",EAST],AXIS[\"Northing\",NORTH]]"
                .into(),
            authority: None,
            metres_per_unit: Some(1.0),
        }
    }
}

/// Where the north-west corner lies and how large a cell is. Rows run south; sizes are positive.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct GeoTransform {
    /// Western edge of the first column.
    pub west: f64,
    /// Northern edge of the first row.
    pub north: f64,
    /// Size of a cell from west to east, in units of the coordinate reference system.
    pub cell_width: f64,
    /// Size of a cell from north to south, in units of the coordinate reference system.
    pub cell_height: f64,
}

/// One cell: row from the north, column from the west.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Cell {
    /// Row, counted from the north.
    pub row: usize,
    /// Column, counted from the west.
    pub col: usize,
}

/// The one grid of a project. A *unit* is a cell's number, `row * cols + col`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Grid {
    /// Coordinate reference system.
    pub crs: Crs,
    /// Place and size of the cells.
    pub transform: GeoTransform,
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
}

/// Cells of a strip: 512 KiB of values.
pub const STRIP_CELLS: usize = 1 << 17;

/// Most cells a grid may have: what a signed 40-bit count holds, far over any national survey.
pub const MAX_CELLS: usize = 1 << 40;

impl Grid {
    /// A grid whose numbers were checked.
    ///
    /// # Errors
    /// [`Error::BadGrid`] if it has no cells, too many, or cells of no finite positive size.
    pub fn new(crs: Crs, transform: GeoTransform, rows: usize, cols: usize) -> Result<Self> {
        let GeoTransform { west, north, cell_width, cell_height } = transform;
        let sizes = [cell_width, cell_height].iter().all(|size| size.is_finite() && *size > 0.0);
        let cells = rows.saturating_mul(cols);
        if !sizes || !west.is_finite() || !north.is_finite() || cells == 0 || cells > MAX_CELLS {
            return Err(Error::BadGrid { rows, cols, cell_width, cell_height });
        }
        Ok(Self { crs, transform, rows, cols })
    }

    /// Number of cells.
    #[must_use]
    pub const fn cells(&self) -> usize {
        self.rows * self.cols
    }

    /// The number of a cell.
    #[must_use]
    pub const fn unit(&self, cell: Cell) -> usize {
        cell.row * self.cols + cell.col
    }

    /// The cell of a number.
    #[must_use]
    pub const fn cell(&self, unit: usize) -> Cell {
        Cell { row: unit / self.cols, col: unit % self.cols }
    }

    /// The grid in strips of whole rows, north to south: as many rows as make some 131,072 cells, and
    /// at least `fewest_rows` and one.
    pub fn strips(&self, fewest_rows: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let (rows, all) = ((STRIP_CELLS / self.cols).max(fewest_rows).max(1), self.rows);
        (0..all).step_by(rows).map(move |first| first..(first + rows).min(all))
    }

    /// The centre of a cell.
    #[must_use]
    pub fn centre(&self, unit: usize) -> Point {
        let Cell { row, col } = self.cell(unit);
        Point {
            easting: self.transform.west + (col as f64 + 0.5) * self.transform.cell_width,
            northing: self.transform.north - (row as f64 + 0.5) * self.transform.cell_height,
        }
    }

    /// The cell in which a place lies, or `None` outside the grid. Western and northern edges belong
    /// to the cell.
    #[must_use]
    pub fn locate(&self, place: Point) -> Option<usize> {
        let col = ((place.easting - self.transform.west) / self.transform.cell_width).floor();
        let row = ((self.transform.north - place.northing) / self.transform.cell_height).floor();
        let inside = col >= 0.0 && row >= 0.0 && col < self.cols as f64 && row < self.rows as f64;
        inside.then(|| self.unit(Cell { row: row as usize, col: col as usize }))
    }

    /// Western, southern, eastern and northern edge.
    #[must_use]
    pub fn region(&self) -> [f64; 4] {
        let GeoTransform { west, north, cell_width, cell_height } = self.transform;
        [west, north - self.rows as f64 * cell_height, west + self.cols as f64 * cell_width, north]
    }

    /// Metres in one unit of easting and of northing: exact where the system says so; on a
    /// geographic grid the lengths of a degree in its middle row, on a sphere of 6,371 km.
    #[must_use]
    pub fn unit_m(&self) -> [f64; 2] {
        let [_, south, _, north] = self.region();
        self.unit_at_m(f64::midpoint(south, north))
    }

    fn unit_at_m(&self, northing: f64) -> [f64; 2] {
        match self.crs.metres_per_unit {
            Some(metres) => [metres; 2],
            None => {
                let degree = 6_371_000.0 * std::f64::consts::PI / 180.0;
                let narrowing = northing.to_radians().cos().abs();
                [degree * narrowing.max(0.01), degree]
            }
        }
    }

    /// Width and height of a cell in metres, as [`Grid::unit_m`].
    #[must_use]
    pub fn cell_size_m(&self) -> [f64; 2] {
        let [east, north] = self.unit_m();
        [self.transform.cell_width * east, self.transform.cell_height * north]
    }

    /// Width and height of a cell of one row in metres: on a geographic grid those at its own
    /// latitude.
    #[must_use]
    pub fn cell_size_at_m(&self, row: usize) -> [f64; 2] {
        let GeoTransform { north, cell_width, cell_height, .. } = self.transform;
        let [east_m, north_m] = self.unit_at_m(north - (row as f64 + 0.5) * cell_height);
        [cell_width * east_m, cell_height * north_m]
    }

    /// Area of one cell in km2. On a geographic grid, that of a cell in its middle row.
    #[must_use]
    pub fn cell_area_km2(&self) -> f64 {
        let [width, height] = self.cell_size_m();
        width * height / 1e6
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = if self.crs.metres_per_unit.is_some() { "m" } else { "degrees" };
        let metres = self.crs.metres_per_unit.unwrap_or(1.0);
        let GeoTransform { cell_width, cell_height, .. } = self.transform;
        write!(f, "{}x{} cells of {}", self.cols, self.rows, cell_width * metres)?;
        if cell_width == cell_height {
            write!(f, " {unit}")
        } else {
            write!(f, " x {} {unit}", cell_height * metres)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(rows: usize, cols: usize) -> Result<Grid> {
        let transform =
            GeoTransform { west: 100.0, north: 900.0, cell_width: 10.0, cell_height: 20.0 };
        Grid::new(Crs::local_metres(), transform, rows, cols)
    }

    #[test]
    fn every_centre_lies_in_its_own_cell() {
        let grid = grid(4, 3).unwrap();
        for unit in 0..grid.cells() {
            assert_eq!(grid.locate(grid.centre(unit)), Some(unit));
        }
        assert_eq!(grid.region(), [100.0, 820.0, 130.0, 900.0]);
        assert_eq!(grid.locate(Point { easting: 130.0, northing: 850.0 }), None);
        assert_eq!(grid.cell_area_km2(), 200.0 / 1e6);
        assert_eq!(grid.to_string(), "3x4 cells of 10 x 20 m");
    }

    #[test]
    fn absurd_grids_are_refused() {
        assert!(grid(0, 3).is_err());
        assert!(grid(usize::MAX, 3).is_err());
        let nan = GeoTransform { west: 0.0, north: 0.0, cell_width: f64::NAN, cell_height: 1.0 };
        assert!(Grid::new(Crs::local_metres(), nan, 1, 1).is_err());
    }
}
