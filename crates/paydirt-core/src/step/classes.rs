//! Classes of ground, cell by cell, and the cells in which one class gives way to another: what
//! `contacts` and `signed_distance` share.

use super::columns::refuse;
use super::density::widened;
use super::{Geometry, Shape, Source};
use crate::Result;
use crate::grid::Grid;
use crate::raster::distance::Seeds;
use crate::raster::{Segment, Window, filled, passed};

/// A class: 0 where the ground has none.
pub(super) type Class = u16;

/// Classes on the grid and so far around it as polygons count.
pub(super) struct Classes<'a> {
    source: Source<'a>,
    grid: &'a Grid,
    /// Rows north and south of the grid, and columns west and east of it.
    margin: [usize; 2],
    cells: Vec<Class>,
}

impl<'a> Classes<'a> {
    /// The classes of a source. Of shapes, polygons count in the grid and, to each side, up to half
    /// its size or so many metres beyond it, whichever is less; later ones cover earlier ones.
    pub(super) fn of(
        source: &Source<'a>,
        grid: &'a Grid,
        max_m: f64,
        class: impl Fn(Option<f32>) -> Class,
    ) -> Result<Self> {
        let shapes = match *source {
            Source::Shapes(shapes) => shapes,
            Source::Raster(values) => {
                let cells = values.iter().map(|value| class(Some(*value))).collect();
                return Ok(Self { source: *source, grid, margin: [0, 0], cells });
            }
        };
        let [width_m, height_m] = grid.cell_size_m();
        let reach = |cells: usize, size_m: f64| (cells / 2).min((max_m / size_m).ceil() as usize);
        let margin = [reach(grid.rows, height_m), reach(grid.cols, width_m)];
        let wide = widened(grid, margin[0], margin[1])?;
        let mut cells = vec![0; wide.cells()];
        for Shape { geometry, value } in shapes {
            let class = class(*value);
            filled(geometry, &wide, |row, cols| cells[row * wide.cols..][cols].fill(class));
        }
        Ok(Self { source: *source, grid, margin, cells })
    }

    fn width(&self) -> usize {
        self.grid.cols + 2 * self.margin[1]
    }

    /// The class of a cell, rows and columns counted from the grid's first.
    pub(super) fn get(&self, row: i64, col: i64) -> Option<Class> {
        let row = usize::try_from(row + self.margin[0] as i64).ok()?;
        let col = usize::try_from(col + self.margin[1] as i64).ok()?;
        (col < self.width()).then(|| self.cells.get(row * self.width() + col).copied()).flatten()
    }

    /// The cells in which classes meet. Of shapes: those that an outline passes, where `meet` holds
    /// for the classes to both sides of it, half a cell's diagonal away, and in the cell itself; so an
    /// edge within one class is none, and neither is a narrower gap. Of a raster: both cells of a pair
    /// that share an edge, where `meet` holds for their classes.
    pub(super) fn meetings(&self, meet: impl Fn(&[Class]) -> bool) -> Seeds {
        let mut seeds = Seeds::new(self.grid.rows, self.grid.cols);
        match self.source {
            Source::Raster(_) => self.edges(&meet, &mut seeds),
            Source::Shapes(shapes) => {
                let [rows, cols] = self.margin.map(|cells| cells as i64);
                let window = Window::around(self.grid, rows, cols);
                let polygons = shapes.iter().map(|shape| &shape.geometry);
                for geometry in polygons.filter(|shape| matches!(shape, Geometry::Polygons(_))) {
                    passed(geometry, self.grid, &window, |row, col, segment, _| {
                        if meet(&self.beside(row, col, segment)) {
                            seeds.mark(row, col);
                        }
                    });
                }
            }
        }
        seeds
    }

    /// The classes in a cell and to both sides of a segment that passes it, as far from the segment as
    /// any cell there has its centre on that side.
    fn beside(&self, row: i64, col: i64, [from, to]: Segment) -> [Class; 3] {
        let own = self.get(row, col).unwrap_or(0);
        let size_m = self.grid.cell_size_m();
        let metres = |from: [f64; 2], to: [f64; 2]| [0, 1].map(|a| (to[a] - from[a]) * size_m[a]);
        let along = metres(from, to);
        let length_m = along[0].hypot(along[1]);
        if length_m == 0.0 {
            return [own; 3];
        }
        let centre = metres(from, [col as f64 + 0.5, row as f64 + 0.5]);
        let share = (centre[0] * along[0] + centre[1] * along[1]) / length_m.powi(2);
        let near = [0, 1].map(|a| from[a] + share.clamp(0.0, 1.0) * (to[a] - from[a]));
        let away_m = size_m[0].hypot(size_m[1]) / 2.0 * 1.001 / length_m;
        let side = |turn: f64| {
            let col = near[0] - turn * away_m * along[1] / size_m[0];
            let row = near[1] + turn * away_m * along[0] / size_m[1];
            self.get(row.floor() as i64, col.floor() as i64).unwrap_or(own)
        };
        [own, side(1.0), side(-1.0)]
    }

    fn edges(&self, meet: impl Fn(&[Class]) -> bool, seeds: &mut Seeds) {
        let cols = self.grid.cols;
        for (unit, class) in self.cells.iter().enumerate() {
            let east = (unit % cols + 1 < cols).then_some(unit + 1);
            for other in [east, Some(unit + cols)].into_iter().flatten() {
                if self.cells.get(other).is_some_and(|there| meet(&[*class, *there])) {
                    seeds.mark_range(unit..unit + 1);
                    seeds.mark_range(other..other + 1);
                }
            }
        }
    }
}

/// Refuses shapes of which none is a polygon.
pub(super) fn require_polygons(step: &str, source: &Source<'_>) -> Result<()> {
    let Source::Shapes(shapes) = source else { return Ok(()) };
    if shapes.iter().any(|shape| matches!(shape.geometry, Geometry::Polygons(_))) {
        return Ok(());
    }
    let reason = "there is no polygon, and points and lines cover no ground";
    Err(refuse(step, "shapes", reason))
}
