//! How an array is cut.

use paydirt_core::grid::Grid;
use serde::{Deserialize, Serialize};

/// Cells of a chunk.
const CHUNK_CELLS: usize = 1 << 16;
/// Most cells of a row of chunks, if a chunk of one row has fewer: what reading strip after strip holds
/// of a layer.
const ROW_CELLS: usize = 1 << 19;
/// Most rows and columns by which chunks of a narrow grid are high.
const MOST_ROWS: usize = 256;
/// Most cells of a shard, if one row of chunks has fewer: what writing holds.
const SHARD_CELLS: usize = 1 << 23;
/// Most cells of a shard of others' making: more is no layout, but a mistake or an attack on memory.
const MOST_CELLS: usize = 1 << 26;

/// How the cells of a grid are cut: rows and columns of a chunk and of a shard.
///
/// A chunk holds 65,536 cells (256 KiB), and as many rows as keep a row of chunks below 524,288 cells
/// (2 MiB): a drawing reads strips of whole rows, and each chunk that it touches is decoded and held.
/// A shard is as wide as the grid and holds up to 8,388,608 cells (32 MiB): rows come from the north,
/// so a shard is complete as soon as its last row came.
///
/// ```
/// use paydirt_io::zarr::Layout;
/// assert_eq!(Layout::of(20_000, 20_000), Layout { chunk: [16, 4096], shard: [256, 20_480] });
/// assert_eq!(Layout::of(1_000, 500), Layout { chunk: [256, 256], shard: [1024, 512] });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// Rows and columns of a chunk: what is compressed and decoded as one.
    pub chunk: [usize; 2],
    /// Rows and columns of a shard: what is one object.
    pub shard: [usize; 2],
}

impl Layout {
    /// The layout for a grid.
    #[must_use]
    pub fn of(rows: usize, cols: usize) -> Self {
        let below = |most: usize| {
            let power = most.checked_ilog2().unwrap_or(0);
            1_usize << power
        };
        let cols = cols.max(1);
        let chunk_rows = below(ROW_CELLS / cols).min(MOST_ROWS);
        let chunk_cols = (CHUNK_CELLS / chunk_rows).min(cols.next_power_of_two());
        let whole = cols.div_ceil(chunk_cols) * chunk_cols;
        let fitting = below(SHARD_CELLS / whole).max(chunk_rows);
        let shard_rows = fitting.min(rows.max(1).div_ceil(chunk_rows) * chunk_rows);
        Self { chunk: [chunk_rows, chunk_cols], shard: [shard_rows, whole] }
    }

    /// Whether chunks fill shards, and a shard is as wide as the grid without being absurd.
    pub(super) fn fits(&self, grid: &Grid) -> bool {
        let Self { chunk: [high, wide], shard: [rows, cols] } = *self;
        let sizes = high > 0 && wide > 0 && rows > 0;
        sizes
            && rows.checked_mul(cols).is_some_and(|cells| cells <= MOST_CELLS)
            && rows.is_multiple_of(high)
            && cols.is_multiple_of(wide)
            && cols >= grid.cols
            && cols - grid.cols < wide
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_fill_shards_on_any_grid() {
        for rows in [1, 2, 300, 40_000] {
            for cols in [1, 7, 255, 4_097, 131_072, 3_000_000] {
                let Layout { chunk, shard } = Layout::of(rows, cols);
                assert_eq!([shard[0] % chunk[0], shard[1] % chunk[1]], [0, 0], "{rows} x {cols}");
                assert!(shard[1] >= cols && shard[1] < cols + chunk[1]);
                assert!(chunk[0] * cols <= ROW_CELLS || chunk[0] == 1);
                assert!(shard[0] * shard[1] <= SHARD_CELLS || shard[0] == chunk[0]);
            }
        }
    }

    #[test]
    fn absurd_layouts_fit_no_grid() {
        use paydirt_core::grid::{Crs, GeoTransform};
        let transform = GeoTransform { west: 0.0, north: 0.0, cell_width: 1.0, cell_height: 1.0 };
        let grid = Grid::new(Crs::local_metres(), transform, 30, 40).unwrap();
        let fits = |chunk, shard| Layout { chunk, shard }.fits(&grid);
        assert!(fits([8, 64], [32, 64]));
        assert!(!fits([0, 64], [32, 64]) && !fits([8, 64], [30, 64]) && !fits([8, 32], [32, 32]));
        assert!(!fits([1 << 20, 1 << 30], [1 << 20, 1 << 30]));
        assert!(!fits([1, 64], [usize::MAX, 64]));
    }
}
