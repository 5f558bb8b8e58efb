//! The map as a table of cells, for spreadsheets and for programs that read no rasters.

use std::collections::BTreeMap;
use std::path::Path;

use paydirt_core::stack::Stack;

use crate::doubt::maps as doubt_maps;
use crate::draw::{Maps, PROSPECTIVITY, RANK, SPREAD, strips};
use crate::error::{Error, Result};
use crate::read::Read;
use crate::targets::Drawn;

/// Name of the table in a run folder.
pub(super) const CELLS: &str = "cells.csv";

const COLUMNS: [&str; 7] =
    ["easting", "northing", PROSPECTIVITY, RANK, SPREAD, "outside_applicability", "target"];

/// Writes a row for each cell that has a probability: where its middle lies, probability, rank and spread,
/// 1 outside the area of applicability, the rank of the target that it belongs to, and each layer's value as
/// it was used. What is not known is empty.
///
/// # Errors
/// Where a map cannot be read or the table cannot be written.
pub(super) fn write(path: &Path, maps: &Maps, drawn: &Drawn, read: &Read) -> Result<()> {
    let grid = read.grid()?;
    let failed = |error: csv::Error| Error::Saved { path: path.into(), reason: error.to_string() };
    let targets = drawn.targets.iter();
    let target_of: BTreeMap<usize, usize> = targets
        .flat_map(|target| target.units.iter().map(move |&unit| (unit, target.rank)))
        .collect();
    let layers: Vec<&str> = read.stack.layers().iter().map(|info| info.name.as_str()).collect();
    let mut table = csv::Writer::from_writer(fs_err::File::create(path)?);
    table.write_record(COLUMNS.iter().chain(&layers)).map_err(failed)?;
    for strip in strips(grid) {
        let map = |name: &str| maps.stack.read_stored(name, strip.clone());
        let (score, rank, spread) = (map(PROSPECTIVITY)?, map(RANK)?, map(SPREAD)?);
        let outside = doubt_maps::outside(maps, strip.clone())?;
        let values: Vec<Vec<f32>> = layers
            .iter()
            .map(|layer| read.stack.read_stored(layer, strip.clone()))
            .collect::<paydirt_core::Result<_>>()?;
        for (at, unit) in strip.enumerate().filter(|(at, _)| score[*at].is_finite()) {
            let place = grid.centre(unit);
            let mut row = vec![place.easting.to_string(), place.northing.to_string()];
            row.extend([score[at], rank[at], spread[at]].map(number));
            row.push(u8::from(outside[at]).to_string());
            row.push(target_of.get(&unit).map_or_else(String::new, usize::to_string));
            row.extend(values.iter().map(|layer| number(layer[at])));
            table.write_record(&row).map_err(failed)?;
        }
    }
    Ok(table.flush()?)
}

/// A number as text; nothing where it is not known.
fn number(value: f32) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}
