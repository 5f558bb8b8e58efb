//! Points whose rock is known, for a pretext that tells it.

use std::collections::{BTreeMap, BTreeSet};

use paydirt_core::grid::Grid;
use paydirt_core::mask::Mask;

use super::places;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::project::Opened;

/// The rock of each unit with a point, by ascending unit; rocks are numbered by their names. Of several points in
/// a unit the last counts.
///
/// # Errors
/// A file that cannot be read, or that has no such column.
pub(super) fn read(
    opened: &Opened,
    grid: &Grid,
    (area, console): (&Mask, &Console),
) -> Result<Vec<(usize, i64)>> {
    let pretrain = opened.project.pretrain.as_ref();
    let Some(settings) = pretrain.and_then(|pretrain| pretrain.points()) else {
        return Ok(Vec::new());
    };
    let path = opened.path(&settings.path);
    let points = places::read(&path, grid, [&None, &None, &None, &settings.crs])?;
    if !points.records.is_empty() && !points.attributes.contains(&settings.class) {
        return Err(Error::Data {
            reason: format!("`{}` has no column `{}`", path.display(), settings.class),
            hint: format!("there are: {}", points.attributes.join(", ")),
        });
    }
    let told = points.records.iter().filter_map(|record| {
        let unit = grid.locate(record.place).filter(|unit| area.get(*unit))?;
        Some((unit, record.attributes.get(&settings.class)?))
    });
    let by_unit: BTreeMap<usize, &String> = told.collect();
    let names: BTreeSet<&String> = by_unit.values().copied().collect();
    let number: BTreeMap<&String, i64> = names.into_iter().zip(0..).collect();
    console.say(&format!(
        "rocks: {} points lie in {} cells of the study area, of {} kinds",
        points.records.len(),
        by_unit.len(),
        number.len()
    ));
    Ok(by_unit.into_iter().map(|(unit, rock)| (unit, number[rock])).collect())
}
