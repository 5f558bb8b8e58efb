//! Rows of a table as a stack.

use std::ops::Range;

use super::{Stack, find};
use crate::grid::{Grid, Point};
use crate::layer::LayerInfo;
use crate::mask::Mask;
use crate::table::Table;
use crate::{Error, Result};

/// A table of samples with their evidence, with or without coordinates.
#[derive(Debug)]
pub struct TableStack {
    layers: Vec<LayerInfo>,
    table: Table,
    places: Option<Vec<Point>>,
    area: Mask,
    has_map: bool,
}

impl TableStack {
    /// A stack of the rows of a table. `places` holds one place a row.
    ///
    /// # Errors
    /// [`Error::GridMismatch`] if there is not one place a row.
    pub fn new(layers: Vec<LayerInfo>, table: Table, places: Option<Vec<Point>>) -> Result<Self> {
        if let Some(found) = places.as_ref().map(Vec::len).filter(|&len| len != table.rows()) {
            return Err(Error::GridMismatch {
                layer: "coordinates".into(),
                found: format!("{found} rows"),
                expected: format!("{} rows", table.rows()),
            });
        }
        let area = Mask::new(table.rows(), true);
        Ok(Self { layers, table, places, area, has_map: false })
    }

    /// The same rows, of which those of `area` stand for the map.
    #[must_use]
    pub fn with_map(self, area: Mask) -> Self {
        Self { area, has_map: true, ..self }
    }
}

impl Stack for TableStack {
    fn layers(&self) -> &[LayerInfo] {
        &self.layers
    }

    fn units(&self) -> usize {
        self.table.rows()
    }

    fn grid(&self) -> Option<&Grid> {
        None
    }

    fn area(&self) -> &Mask {
        &self.area
    }

    fn has_map(&self) -> bool {
        self.has_map
    }

    fn place(&self, unit: usize) -> Option<Point> {
        self.places.as_ref().and_then(|places| places.get(unit).copied())
    }

    fn read_range(&self, units: Range<usize>) -> Result<Table> {
        self.read_units(&units.collect::<Vec<_>>())
    }

    fn read_units(&self, units: &[usize]) -> Result<Table> {
        Ok(self.table.select(units))
    }

    fn read_stored(&self, layer: &str, units: Range<usize>) -> Result<Vec<f32>> {
        let column = &self.table.columns()[find(&self.layers, layer)?];
        let stored = |row| if column.known[row] { column.values[row] } else { f32::NAN };
        Ok(units.map(stored).collect())
    }
}
