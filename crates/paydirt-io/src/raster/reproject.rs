//! A raster's values on the cells of another grid, a strip of rows at a time.

use gdal::raster::Buffer;
use gdal::spatial_ref::SpatialRef;
use gdal::{Dataset, DriverManager};
use paydirt_core::grid::Grid;

use super::Resample;
use super::source::{Source, Window};
use crate::crs::Transformer;
use crate::engine::{damaged, listen};
use crate::{Error, Result, ffi};

/// Columns that are resampled at a time. Along each row of such a piece GDAL may replace the exact
/// transformation by a straight line, so its width is fixed and never follows the memory allowed.
const PIECE_COLS: usize = 512;

/// Transformed places along each row of a piece, from which the others are interpolated when the
/// cells that the raster covers are counted and the part of it that is needed is found.
const ANCHORS: usize = 17;

/// How far the transformation may be approximated, in cells of the file. (`gdalwarp` takes 0.125.)
const MAX_ERROR_CELLS: f64 = 0.01;

/// Most file cells behind one piece; GDAL would split more by itself.
const MAX_PIECE_SOURCE_CELLS: usize = 1 << 22;

/// How a raster comes onto the grid.
pub(super) struct Warp<'a> {
    pub(super) source: &'a Source,
    pub(super) grid: &'a Grid,
    pub(super) method: Resample,
    /// From the grid's system to the file's.
    pub(super) to_file: Transformer,
    /// The systems of file and grid, where they differ.
    pub(super) systems: Option<(SpatialRef, SpatialRef)>,
    /// Width and height of a cell of the grid in cells of the file.
    pub(super) cell_sides: [f64; 2],
    /// Most file cells held at a time.
    pub(super) most_source_cells: usize,
}

/// Where along a row of the grid the file's cells lie.
struct Anchors {
    /// Columns and rows of the file, [`ANCHORS`] a row of the piece.
    places: Vec<[f64; 2]>,
}

impl Warp<'_> {
    /// Fills a strip of whole rows and returns how many of its cells the raster covers.
    pub(super) fn strip(&self, first_row: usize, values: &mut [f32]) -> Result<usize> {
        let rows = values.len() / self.grid.cols;
        let mut covered = 0;
        for col in (0..self.grid.cols).step_by(PIECE_COLS) {
            let cols = PIECE_COLS.min(self.grid.cols - col);
            let piece = Window { col, row: first_row, cols, rows };
            covered += self.piece(piece, first_row, values)?;
        }
        Ok(covered)
    }

    /// Fills a piece of the strip, in halves as long as too many file cells lie behind it.
    fn piece(&self, piece: Window, first_row: usize, values: &mut [f32]) -> Result<usize> {
        let anchors = self.anchors(piece);
        let Some(needed) = self.needed(&anchors, piece) else { return Ok(0) };
        let most = self.most_source_cells.min(MAX_PIECE_SOURCE_CELLS);
        if needed.cells() > most && piece.rows > 1 {
            let upper = Window { rows: piece.rows / 2, ..piece };
            let lower =
                Window { row: piece.row + upper.rows, rows: piece.rows - upper.rows, ..piece };
            return Ok(
                self.piece(upper, first_row, values)? + self.piece(lower, first_row, values)?
            );
        }
        let filled = self.resample(piece, needed)?;
        let mut covered = 0;
        for (index, row) in filled.chunks_exact(piece.cols).enumerate() {
            let start = (piece.row - first_row + index) * self.grid.cols + piece.col;
            let inside = self.inside(&anchors.places[index * ANCHORS..][..ANCHORS], piece.cols);
            for ((value, filled), inside) in values[start..].iter_mut().zip(row).zip(inside) {
                if inside {
                    *value = *filled;
                    covered += 1;
                }
            }
        }
        Ok(covered)
    }

    /// Where the file's cells lie along each row of a piece.
    fn anchors(&self, piece: Window) -> Anchors {
        let transform = self.grid.transform;
        let mut places = Vec::with_capacity(piece.rows * ANCHORS);
        for row in piece.row..piece.row + piece.rows {
            let northing = transform.north - (row as f64 + 0.5) * transform.cell_height;
            for anchor in 0..ANCHORS {
                let along = anchor as f64 / (ANCHORS - 1) as f64 * (piece.cols - 1) as f64;
                let easting =
                    transform.west + (piece.col as f64 + along + 0.5) * transform.cell_width;
                places.push([easting, northing]);
            }
        }
        let places = self.to_file.apply(&places);
        Anchors { places: places.into_iter().map(|place| self.source.locate(place)).collect() }
    }

    /// The part of the file that a piece is computed from, or `None` if it lies elsewhere.
    fn needed(&self, anchors: &Anchors, piece: Window) -> Option<Window> {
        let finite = || anchors.places.iter().filter(|place| place.iter().all(|n| n.is_finite()));
        finite().next()?;
        let span = |axis: usize, size: usize| {
            let low = finite().map(|place| place[axis]).fold(f64::INFINITY, f64::min);
            let high = finite().map(|place| place[axis]).fold(f64::NEG_INFINITY, f64::max);
            // What the method looks at around a centre, and what the anchors may overlook: bends
            // between them, and sides that are longer here than at the middle of the grid.
            let side = self.cell_sides[0].max(self.cell_sides[1]).max(1.0);
            let reach = self.method.reach_cells() * side;
            let margin = 1.5 * reach + 2.0 + 2.0 * (high - low) / piece.cols as f64;
            let first = (low - margin).floor().clamp(0.0, size as f64) as usize;
            let end = (high + margin).ceil().clamp(0.0, size as f64) as usize;
            (first < end).then_some((first, end - first))
        };
        let (col, cols) = span(0, self.source.cols)?;
        let (row, rows) = span(1, self.source.rows)?;
        Some(Window { col, row, cols, rows })
    }

    /// Whether the centre of each cell of a row lies in the raster. Those that it only touches stay
    /// missing, whatever the method.
    fn inside(&self, row: &[[f64; 2]], cells: usize) -> impl Iterator<Item = bool> {
        let (cols, rows) = (self.source.cols as f64, self.source.rows as f64);
        let step = (ANCHORS - 1) as f64 / cells.saturating_sub(1).max(1) as f64;
        (0..cells).map(move |cell| {
            let along = cell as f64 * step;
            let left = (along as usize).min(ANCHORS - 2);
            let share = along - left as f64;
            let between =
                |axis: usize| row[left][axis] * (1.0 - share) + row[left + 1][axis] * share;
            let (col, row) = (between(0), between(1));
            col >= 0.0 && row >= 0.0 && col <= cols && row <= rows
        })
    }

    /// The values of a piece, from a part of the file.
    fn resample(&self, piece: Window, needed: Window) -> Result<Vec<f32>> {
        let path = &self.source.path;
        let mut cells = Buffer::new((needed.cols, needed.rows), self.source.read(needed)?);
        let mut empty = Buffer::new((piece.cols, piece.rows), vec![f32::NAN; piece.cells()]);
        let [from, to] = self.transforms(piece, needed);
        let warping = ffi::Warping {
            method: self.method.algorithm(),
            max_error_cells: if self.systems.is_some() { MAX_ERROR_CELLS } else { 0.0 },
            scales: self.cell_sides.map(f64::recip),
        };
        let (filled, said) = listen(|| {
            let mut source = memory(&mut cells, from)?;
            let mut target = memory(&mut empty, to)?;
            if let Some((file, grid)) = &self.systems {
                source.set_spatial_ref(file)?;
                target.set_spatial_ref(grid)?;
            }
            let done = ffi::reproject(&source, &target, &warping)?;
            done.then(|| Ok(target.rasterband(1)?.read_band_as::<f32>()?.into_shape_and_vec().1))
                .transpose()
        });
        match filled.map_err(damaged(path, "resampling"))? {
            Some(filled) => Ok(filled),
            None => Err(Error::Damaged {
                path: path.clone(),
                doing: "resampling",
                reason: said.failures.join("; "),
            }),
        }
    }

    /// Geotransforms of a part of the file and of a piece of the grid. Within one system both are
    /// counted in cells of the file, so that the part's place does not change how ties are rounded.
    fn transforms(&self, piece: Window, needed: Window) -> [[f64; 6]; 2] {
        let t = self.grid.transform;
        let west = t.west + piece.col as f64 * t.cell_width;
        let north = t.north - piece.row as f64 * t.cell_height;
        if self.systems.is_some() {
            let corner = self.source.place(needed.col as f64, needed.row as f64);
            let s = self.source.transform;
            return [
                [corner[0], s[1], s[2], corner[1], s[4], s[5]],
                [west, t.cell_width, 0.0, north, 0.0, -t.cell_height],
            ];
        }
        let origin = self.source.locate([t.west, t.north]);
        let right = self.source.locate([t.west + t.cell_width * self.grid.cols as f64, t.north]);
        let down = self.source.locate([t.west, t.north - t.cell_height * self.grid.rows as f64]);
        let per_col = [0, 1].map(|axis| (right[axis] - origin[axis]) / self.grid.cols as f64);
        let per_row = [0, 1].map(|axis| (down[axis] - origin[axis]) / self.grid.rows as f64);
        let [x, y] = [0, 1].map(|axis| {
            origin[axis] + piece.col as f64 * per_col[axis] + piece.row as f64 * per_row[axis]
        });
        [
            [needed.col as f64, 1.0, 0.0, needed.row as f64, 0.0, 1.0],
            [x, per_col[0], per_row[0], y, per_col[1], per_row[1]],
        ]
    }
}

/// A dataset in memory in which NaN means *missing*.
fn memory(cells: &mut Buffer<f32>, transform: [f64; 6]) -> gdal::errors::Result<Dataset> {
    let (cols, rows) = cells.shape();
    let driver = DriverManager::get_driver_by_name("MEM")?;
    let mut dataset = driver.create_with_band_type::<f32, _>("", cols, rows, 1)?;
    dataset.set_geo_transform(&transform)?;
    let mut band = dataset.rasterband(1)?;
    band.set_no_data_value(Some(f64::NAN))?;
    band.write((0, 0), (cols, rows), cells)?;
    Ok(dataset)
}
