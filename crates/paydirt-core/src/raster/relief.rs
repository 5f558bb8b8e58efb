//! The shape of a surface in 3 x 3 cells.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grid::Grid;
use crate::step::Block;

/// How the gradient is taken from 3 x 3 cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GradientMethod {
    /// Over all eight neighbours, those that share an edge twice (Horn 1981,
    /// doi:10.1109/PROC.1981.11918): smoother, for noisy terrain.
    #[default]
    Horn,
    /// Over the four that share an edge (Zevenbergen & Thorne 1987,
    /// doi:10.1002/esp.3290120107): sharper, for smooth terrain.
    ZevenbergenThorne,
}

/// Nine heights, row by row from the north-west, and the size of their cells in the same unit.
#[derive(Clone, Copy, Debug)]
pub struct Relief {
    /// Heights.
    pub heights: [f64; 9],
    /// Width and height of a cell.
    pub cell_size: [f64; 2],
}

impl Relief {
    /// Rise to the east and to the north, as height over length.
    ///
    /// ```
    /// use paydirt_core::raster::relief::{GradientMethod::{Horn, ZevenbergenThorne}, Relief};
    /// // rises 2 m a cell of 10 m to the east, and falls 1 m a cell of 5 m to the north
    /// let heights = [0., 2., 4., 1., 3., 5., 2., 4., 6.];
    /// let plane = Relief { heights, cell_size: [10.0, 5.0] };
    /// assert_eq!(plane.gradient(Horn), [0.2, -0.2]);
    /// assert_eq!(plane.gradient(ZevenbergenThorne), [0.2, -0.2]);
    /// ```
    #[must_use]
    pub fn gradient(&self, method: GradientMethod) -> [f64; 2] {
        let [nw, n, ne, w, _, e, sw, s, se] = self.heights;
        let [width, height] = self.cell_size;
        match method {
            GradientMethod::Horn => [
                ((ne + 2.0 * e + se) - (nw + 2.0 * w + sw)) / (8.0 * width),
                ((nw + 2.0 * n + ne) - (sw + 2.0 * s + se)) / (8.0 * height),
            ],
            GradientMethod::ZevenbergenThorne => {
                [(e - w) / (2.0 * width), (n - s) / (2.0 * height)]
            }
        }
    }

    /// Second derivatives: east-east, east-north and north-north (Zevenbergen & Thorne 1987).
    #[must_use]
    pub fn second(&self) -> [f64; 3] {
        let [nw, n, ne, w, centre, e, sw, s, se] = self.heights;
        let [width, height] = self.cell_size;
        [
            (e - 2.0 * centre + w) / (width * width),
            ((ne - nw) - (se - sw)) / (4.0 * width * height),
            (n - 2.0 * centre + s) / (height * height),
        ]
    }
}

/// What `of` makes of each wanted cell and its eight neighbours; NaN where one of the nine is not
/// known or lies around the grid.
#[must_use]
pub fn in_3_by_3(block: &Block<'_>, grid: &Grid, of: impl Fn(&Relief) -> f64 + Sync) -> Vec<f32> {
    let plane = block.around(1, 1, grid);
    let width = grid.cols + 2;
    let mut drawn = vec![f32::NAN; block.wanted.len() * grid.cols];
    drawn.par_chunks_mut(grid.cols).enumerate().for_each(|(row, drawn)| {
        let cell_size = grid.cell_size_at_m(block.wanted.start + row);
        let lines = [0, 1, 2].map(|down| &plane[(row + down) * width..][..width]);
        for (col, cell) in drawn.iter_mut().enumerate() {
            let heights = std::array::from_fn(|place| f64::from(lines[place / 3][col + place % 3]));
            if !heights.iter().any(|height: &f64| height.is_nan()) {
                *cell = of(&Relief { heights, cell_size }) as f32;
            }
        }
    });
    drawn
}
