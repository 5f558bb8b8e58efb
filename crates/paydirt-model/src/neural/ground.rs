//! The ground around samples: what networks of windows look at.

use std::collections::BTreeMap;
use std::ops::Range;

use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use serde::{Deserialize, Serialize};

use super::masked_autoencoder::Pretrained;
use crate::{Error, Estimator, FittedModel, Result, TrainingSet};

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

    /// The cell around which a layer is seen in the window around `unit`: that cell itself, unless the layer
    /// is shuffled.
    fn seen_from(&self, _layer: usize, unit: usize) -> usize {
        unit
    }

    /// Whether a network may learn from what is known of a cell: not so on held-out ground.
    fn may_train(&self, unit: usize) -> bool;

    /// Whether a map of it is drawn, so that neighbours may share windows: see
    /// [`super::classifier::Window::map_every_cells`].
    fn is_mapped(&self) -> bool {
        false
    }
}

/// A ground of which a map is drawn.
pub struct Mapped<'a>(pub &'a dyn Ground);

impl Ground for Mapped<'_> {
    fn rows(&self) -> usize {
        self.0.rows()
    }

    fn cols(&self) -> usize {
        self.0.cols()
    }

    fn layers(&self) -> &[GroundLayer] {
        self.0.layers()
    }

    fn read(&self, layer: usize, rows: Range<usize>, cols: Range<usize>) -> Result<Vec<f32>> {
        self.0.read(layer, rows, cols)
    }

    fn seen_from(&self, layer: usize, unit: usize) -> usize {
        self.0.seen_from(layer, unit)
    }

    fn may_train(&self, unit: usize) -> bool {
        self.0.may_train(unit)
    }

    fn is_mapped(&self) -> bool {
        true
    }
}

/// What is around the samples of a training side.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// The ground.
    pub ground: &'a dyn Ground,
    /// A network that was pretrained on what may train of it.
    pub backbone: Option<&'a Pretrained>,
}

impl<'a> Around<'a> {
    /// A ground on which nothing was pretrained.
    #[must_use]
    pub const fn new(ground: &'a dyn Ground) -> Self {
        Self { ground, backbone: None }
    }
}

/// A model to be fitted, on its ground where it has one.
#[derive(Clone, Copy)]
pub struct OnGround<'a> {
    /// The model.
    pub model: &'a dyn Estimator,
    /// The ground.
    pub around: Option<Around<'a>>,
}

impl OnGround<'_> {
    /// [`Estimator::fit_on`] where there is a ground, else [`Estimator::fit`].
    ///
    /// # Errors
    /// As they.
    pub fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        match self.around {
            Some(around) => self.model.fit_on(set, around, seed),
            None => self.model.fit(set, seed),
        }
    }

    /// What a fitted model scores on this ground.
    ///
    /// # Errors
    /// As [`crate::Predictor::predict_on`].
    pub fn score(&self, fitted: &FittedModel, features: &Table) -> Result<Vec<f32>> {
        fitted.score(features, self.around.map(|around| around.ground))
    }
}

/// A ground of which some layers are seen from other cells: what is left of a score when the windows of a
/// layer are shuffled among rows.
pub struct Shuffled<'a> {
    ground: &'a dyn Ground,
    layers: Vec<bool>,
    cells: BTreeMap<usize, usize>,
}

impl<'a> Shuffled<'a> {
    /// The layers of the given names, seen around `cells[unit]` in the window around `unit`.
    #[must_use]
    pub fn new(ground: &'a dyn Ground, names: &[&str], cells: BTreeMap<usize, usize>) -> Self {
        let layers = ground.layers().iter().map(|layer| names.contains(&&*layer.name)).collect();
        Self { ground, layers, cells }
    }
}

impl Ground for Shuffled<'_> {
    fn rows(&self) -> usize {
        self.ground.rows()
    }

    fn cols(&self) -> usize {
        self.ground.cols()
    }

    fn layers(&self) -> &[GroundLayer] {
        self.ground.layers()
    }

    fn read(&self, layer: usize, rows: Range<usize>, cols: Range<usize>) -> Result<Vec<f32>> {
        self.ground.read(layer, rows, cols)
    }

    fn seen_from(&self, layer: usize, unit: usize) -> usize {
        let cell = self.cells.get(&unit).filter(|_| self.layers[layer]);
        cell.copied().unwrap_or(unit)
    }

    fn may_train(&self, unit: usize) -> bool {
        self.ground.may_train(unit)
    }
}

/// Where samples lie: the ground, and the unit of each row of a table.
#[derive(Clone, Copy)]
pub struct Placed<'a> {
    /// The ground.
    pub ground: &'a dyn Ground,
    /// The unit of each row.
    pub units: &'a [usize],
}

impl<'a> Placed<'a> {
    /// The cells of some rows on a ground.
    ///
    /// # Errors
    /// [`Error::NeedsGround`] for rows that are not those of cells: of a table, or made between others.
    pub(crate) fn of(ground: &'a dyn Ground, rows: &'a Table, model: &str) -> Result<Self> {
        let units = rows.units().ok_or_else(|| Error::NeedsGround { model: model.into() })?;
        Ok(Self { ground, units })
    }

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
