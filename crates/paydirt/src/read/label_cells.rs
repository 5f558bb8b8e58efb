//! Labels that come as a raster: each cell that is known and not 0 is a deposit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use paydirt_core::grid::Grid;
use paydirt_core::layer::EvidenceType;
use paydirt_io::raster;
use paydirt_io::vector::{PointRecord, Points};

use crate::error::{Error, Result};

/// The attribute that numbers connected cells.
pub(super) const PATCH: &str = "patch";

/// More than one cell in so many is no raster of deposits.
const MOST_MARKED: usize = 10;

/// One record a cell of the grid that the raster marks, with the number of its patch: cells that touch,
/// also at a corner, are one patch, for a deposit drawn over several cells is one deposit.
pub(super) fn read(path: &Path, grid: &Grid) -> Result<Points> {
    let request =
        raster::Request { evidence_type: EvidenceType::Categorical, ..raster::Request::default() };
    let (values, report) = raster::read(path, grid, &request)?;
    let marked = |unit: &usize| values[*unit].is_finite() && values[*unit] != 0.0;
    let marked: BTreeSet<usize> = (0..values.len()).filter(marked).collect();
    if marked.len() * MOST_MARKED > values.len() {
        return Err(Error::Data {
            reason: format!(
                "the raster of labels `{}` marks {} of {} cells: that is evidence, not deposits",
                path.display(),
                marked.len(),
                values.len()
            ),
            hint: "give points, or a raster that is 0 or no data where no deposit is known".into(),
        });
    }
    let patches = patches(&marked, grid);
    let most = patches.values().max().copied().unwrap_or(0);
    let record = |(number, (&unit, patch)): (usize, (&usize, &usize))| PointRecord {
        record: number + 1,
        place: grid.centre(unit),
        attributes: BTreeMap::from([(PATCH.into(), patch.to_string())]),
    };
    let warning = format!("{} cells of a raster in {most} patches", patches.len());
    Ok(Points {
        records: patches.iter().enumerate().map(record).collect(),
        attributes: vec![PATCH.into()],
        crs: report.crs,
        crs_assumed: false,
        skipped: Vec::new(),
        warnings: (patches.len() > most)
            .then(|| format!("{warning}: those of one patch are never parted by a split"))
            .into_iter()
            .collect(),
    })
}

/// The patch of each unit, from 1, in the order of their first cells.
fn patches(units: &BTreeSet<usize>, grid: &Grid) -> BTreeMap<usize, usize> {
    let mut patch_of = BTreeMap::new();
    let mut patches = 0;
    for &first in units {
        if patch_of.contains_key(&first) {
            continue;
        }
        patches += 1;
        let mut open = vec![first];
        while let Some(unit) = open.pop() {
            if patch_of.insert(unit, patches).is_none() {
                let fresh = |near: &usize| units.contains(near) && !patch_of.contains_key(near);
                open.extend(around(unit, grid).filter(fresh));
            }
        }
    }
    patch_of
}

/// The units that touch a unit, itself among them.
fn around(unit: usize, grid: &Grid) -> impl Iterator<Item = usize> {
    let (row, col, cols) = (unit / grid.cols, unit % grid.cols, grid.cols);
    let near = |at: usize, all: usize| at.saturating_sub(1)..(at + 2).min(all);
    let columns = near(col, cols);
    near(row, grid.rows).flat_map(move |row| columns.clone().map(move |col| row * cols + col))
}

#[cfg(test)]
mod tests {
    use super::*;
    use paydirt_core::grid::{Crs, GeoTransform};

    #[test]
    fn cells_that_touch_at_a_corner_are_one_patch_and_edges_do_not_wrap() {
        let transform = GeoTransform { west: 0.0, north: 4.0, cell_width: 1.0, cell_height: 1.0 };
        let grid = Grid::new(Crs::local_metres(), transform, 4, 4).unwrap();
        // X . . X
        // . X . .
        // X . . .    the X in the east of row 0 and in the west of row 1 do not touch
        // . . . X
        let units = BTreeSet::from([0, 3, 5, 8, 15]);
        let found: Vec<_> = patches(&units, &grid).into_iter().collect();
        assert_eq!(found, [(0, 1), (3, 2), (5, 1), (8, 1), (15, 3)]);
        let wrapped = BTreeSet::from([3, 4]);
        assert_eq!(patches(&wrapped, &grid).into_values().collect::<Vec<_>>(), [1, 2]);
    }
}
