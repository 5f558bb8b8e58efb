//! Focal gradient: the slope of the plane fitted by least squares to the known cells whose centres lie
//! within `radius_m` of a cell's centre, in units of the layer a metre. Over a circle it keeps
//! the trend and loses the noise that differences of neighbours double. `part` gives its size, or its
//! rise to the east or to the north. Sums are kept to 32 digits, so that a slight trend of large
//! values is not lost. Missing where fewer cells than `min_known_percent` of the circle are
//! known, or all of them on one line. On a geographic grid metres are those of the cell's own row.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::circle::Circle;
use super::{Block, FittedStep, RasterStep, Reach, Step};
use crate::Result;
use crate::grid::Grid;
use crate::raster::moments::{Moments, Pair};
use crate::table::Table;

/// Measures the trend of a layer in a circle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Radius of the circle, in metres.
    pub radius_m: f64,
    /// Which part of the gradient.
    pub part: Part,
    /// Least share of the circle's cells, in percent, that must be known.
    pub min_known_percent: f64,
}

/// A part of a gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Its size, in whatever direction.
    #[default]
    Size,
    /// Rise to the east.
    East,
    /// Rise to the north.
    North,
}

impl Default for Settings {
    fn default() -> Self {
        Self { radius_m: 1000.0, part: Part::Size, min_known_percent: 50.0 }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        super::out_of_place("focal_gradient", training)
    }

    fn raster(&self) -> Option<&dyn RasterStep> {
        Some(self)
    }
}

impl Settings {
    fn circle(&self, grid: &Grid) -> Result<Circle> {
        Circle::new("focal_gradient", self.radius_m, self.min_known_percent, grid)
    }
}

/// Sums over known cells: 1, column, row, column^2, column row, row^2 (whole numbers, so exact), and
/// value, column value, row value.
type Sums = Moments<6, 3>;

fn term(row: f64, col: f64, value: f32) -> Sums {
    if value.is_nan() {
        return Sums::default();
    }
    let value = f64::from(value);
    Moments {
        plain: [1.0, col, row, col * col, col * row, row * row],
        pairs: [value.into(), Pair::product(col, value), Pair::product(row, value)],
    }
}

/// Rise a column and a row of the fitted plane; `None` where there is no one plane.
fn plane(sums: &Sums, row: f64, col: f64) -> Option<[f64; 2]> {
    let [cells, cols, rows, cols2, product, rows2] = sums.plain;
    // columns and rows counted from the centre of the circle
    let [east, south] = [cols - cells * col, rows - cells * row];
    let east2 = cols2 - col * (2.0 * cols - cells * col) - east * east / cells;
    let south2 = rows2 - row * (2.0 * rows - cells * row) - south * south / cells;
    let both = product - col * rows - row * cols + cells * row * col - east * south / cells;
    let [value, by_col, by_row] = sums.pairs;
    let with = |by: Pair, place: f64, away: f64| {
        (by - value.times(place) - value.times(away / cells)).value()
    };
    let [rise_east, rise_south] = [with(by_col, col, east), with(by_row, row, south)];
    let determinant = east2 * south2 - both * both;
    (determinant > 1e-9 * east2 * south2).then(|| {
        [
            (rise_east * south2 - rise_south * both) / determinant,
            (rise_south * east2 - rise_east * both) / determinant,
        ]
    })
}

impl RasterStep for Settings {
    fn reach(&self, grid: &Grid) -> Result<Reach> {
        Ok(self.circle(grid)?.reach())
    }

    fn draw(&self, block: &Block<'_>, grid: &Grid) -> Result<Vec<f32>> {
        let circle = self.circle(grid)?;
        // rows and columns of the padded plane as those of the grid, wherever the block begins
        let first = block.wanted.start as f64;
        let (reach, margin) = (circle.disc.rows() as f64, circle.disc.cols() as f64);
        let term = |row: usize, col: usize, value| {
            term(first - reach + row as f64, col as f64 - margin, value)
        };
        let finish = |row: usize, col: usize, sums: Sums| {
            let rise = plane(&sums, first + row as f64, col as f64);
            let Some([east, south]) = rise.filter(|_| sums.plain[0] >= circle.least) else {
                return f32::NAN;
            };
            let [width_m, height_m] = grid.cell_size_at_m(block.wanted.start + row);
            let [east, north] = [east / width_m, -south / height_m];
            let gradient = match self.part {
                Part::Size => east.hypot(north),
                Part::East => east,
                Part::North => north,
            };
            gradient as f32
        };
        Ok(circle.disc.fold(&circle.plane(block, grid), grid.cols, term, finish))
    }

    fn unit(&self, unit: &str) -> String {
        format!("{unit}/m")
    }
}
