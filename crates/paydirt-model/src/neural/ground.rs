//! The ground around samples: what networks of windows look at.

use std::ops::Range;

use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// One layer of the ground.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroundLayer {
    /// Name, unique in the ground.
    pub name: String,
    /// What kind of number it holds.
    pub evidence_type: EvidenceType,
    /// Unit of its numbers; empty where they have none.
    pub unit: String,
}

impl GroundLayer {
    /// A layer without a unit.
    #[must_use]
    pub fn new(name: &str, evidence_type: EvidenceType) -> Self {
        Self { name: name.into(), evidence_type, unit: String::new() }
    }
}

impl std::fmt::Display for GroundLayer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, evidence_type, unit } = self;
        let kind = if *evidence_type == EvidenceType::Categorical { " (classes)" } else { "" };
        match unit.is_empty() {
            true => write!(out, "{name}{kind}"),
            false => write!(out, "{name} ({unit})"),
        }
    }
}

/// Layers of features on one grid, after the pipeline, read by rectangle. A unit is a cell's number, row
/// by row from the north-west.
pub trait Ground: Sync {
    /// Rows of the grid.
    fn rows(&self) -> usize;

    /// Columns of the grid.
    fn cols(&self) -> usize;

    /// The layers, in the order in which they are numbered.
    fn layers(&self) -> &[GroundLayer];

    /// The cells of a rectangle within the grid, row by row, of one layer; NaN where not known.
    ///
    /// # Errors
    /// Where a file cannot be read.
    fn read(&self, layer: usize, rows: Range<usize>, cols: Range<usize>) -> Result<Vec<f32>>;

    /// Whether a network may learn from what is known of a cell: not so on held-out ground.
    fn may_train(&self, unit: usize) -> bool;
}

/// Where samples lie: the ground, and the unit of each row of a table.
#[derive(Clone, Copy)]
pub struct Placed<'a> {
    /// The ground.
    pub ground: &'a dyn Ground,
    /// The unit of each row.
    pub units: &'a [usize],
}

impl Placed<'_> {
    /// Refuses units that are not one a row, or not on the ground.
    pub(crate) fn check(&self, model: &'static str, rows: usize) -> Result<()> {
        let cells = self.ground.rows().saturating_mul(self.ground.cols());
        let (units, outside) = (self.units.len(), self.units.iter().find(|unit| **unit >= cells));
        let reason = match outside {
            None if units == rows => return Ok(()),
            None => format!("{rows} rows with {units} places"),
            Some(unit) => format!("unit {unit} is not one of the {cells} cells of the ground"),
        };
        Err(Error::Untrainable { model, reason })
    }
}

/// A ground in memory.
#[derive(Clone, Debug)]
pub struct MemoryGround {
    cols: usize,
    layers: Vec<GroundLayer>,
    values: Vec<Vec<f32>>,
    training: Mask,
}

impl MemoryGround {
    /// Layers of `rows x cols` cells; `training` says which of them a network may learn from.
    ///
    /// # Errors
    /// [`Error::Untrainable`] where a layer or the mask has another number of cells.
    pub fn new(
        [rows, cols]: [usize; 2],
        layers: Vec<(GroundLayer, Vec<f32>)>,
        training: Mask,
    ) -> Result<Self> {
        let cells = rows.saturating_mul(cols);
        let (layers, values): (Vec<GroundLayer>, Vec<Vec<f32>>) = layers.into_iter().unzip();
        if training.len() != cells || values.iter().any(|values| values.len() != cells) {
            let reason = format!("a layer of the ground has not {rows} x {cols} cells");
            return Err(Error::Untrainable { model: "window", reason });
        }
        Ok(Self { cols, layers, values, training })
    }
}

impl Ground for MemoryGround {
    fn rows(&self) -> usize {
        self.training.len().checked_div(self.cols).unwrap_or(0)
    }

    fn cols(&self) -> usize {
        self.cols
    }

    fn layers(&self) -> &[GroundLayer] {
        &self.layers
    }

    fn read(&self, layer: usize, rows: Range<usize>, cols: Range<usize>) -> Result<Vec<f32>> {
        let row = |row: usize| &self.values[layer][row * self.cols..][cols.clone()];
        Ok(rows.flat_map(row).copied().collect())
    }

    fn may_train(&self, unit: usize) -> bool {
        self.training.get(unit)
    }
}
