//! Draws one raster step: `raster_step STEP COLS CELL_WIDTH CELL_HEIGHT [NORTH] < values > drawn`.
//!
//! `STEP` is a step as JSON, `{"slope": {}}`. Values are little-endian 32-bit floats, row by row from the
//! north, NaN where not known. Cells are in metres, or in degrees where the northern edge is given.

#![expect(clippy::print_stderr, reason = "a program speaks to its user")]

use std::error::Error;
use std::io::{Read, Write};

use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::step::{AnyStep, draw_raster};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [step, cols, cell_width, cell_height, north @ ..] = arguments.as_slice() else {
        return Err("STEP COLS CELL_WIDTH CELL_HEIGHT [NORTH]".into());
    };
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    let raster: Vec<f32> =
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let transform = GeoTransform {
        west: 0.0,
        north: north.first().map_or(Ok(0.0), |north| north.parse())?,
        cell_width: cell_width.parse()?,
        cell_height: cell_height.parse()?,
    };
    let metres_per_unit = north.is_empty().then_some(1.0);
    let crs = Crs { metres_per_unit, ..Crs::local_metres() };
    let cols: usize = cols.parse()?;
    let grid = Grid::new(crs, transform, raster.len() / cols.max(1), cols)?;
    let step: AnyStep = serde_json::from_str(step)?;
    let raster_step = step.raster().ok_or("no raster step")?;
    let mut drawn = Vec::with_capacity(raster.len() * 4);
    let read = |units: std::ops::Range<usize>| Ok(raster[units].to_vec());
    draw_raster(raster_step, &grid, read, |rows| {
        rows.iter().for_each(|value| drawn.extend_from_slice(&value.to_le_bytes()));
        Ok(())
    })?;
    std::io::stdout().write_all(&drawn)?;
    eprintln!("{} on {grid}", step.key());
    Ok(())
}
