//! The ground around cells, for models that look at more than a cell's own row.
//!
//! It is what the one pipeline makes of every cell: a network of windows sees the same features as a model
//! of rows, beside those of the neighbours. What may not train while a fold is held out is not seen by
//! windows that train.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use paydirt_core::grid::Grid;
use paydirt_core::layer::LayerInfo;
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_core::stack::{GridStack, LayerWriter, Stack};
use paydirt_core::step::FittedPipeline;
use paydirt_model::neural::masked_autoencoder::{self, CompletedLayer, Pretrained, Quality};
use paydirt_model::neural::train::Run;
use paydirt_model::neural::{Around, Ground, GroundLayer};
use paydirt_model::pretrain::Pretrain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::draw::strips;
use crate::error::{Error, Result};
use crate::judge::draw_units;

/// The features of every cell of a grid, kept as the evidence is: in memory, or in spool files.
#[derive(Debug)]
pub struct FeatureGround {
    features: GridStack,
    layers: Vec<GroundLayer>,
    training: Mask,
    /// Removed with the ground.
    _spool: Option<tempfile::TempDir>,
}

impl FeatureGround {
    /// What a pipeline makes of all evidence; `training` are the cells that may train, and `spool` is the
    /// folder for what does not stay in memory.
    ///
    /// # Errors
    /// [`Error::Data`] without a grid, and where evidence cannot be read or features not be kept.
    pub fn new(
        stack: &dyn Stack,
        pipeline: &FittedPipeline,
        training: Mask,
        spool: Option<&Path>,
    ) -> Result<Self> {
        let grid = stack.grid().ok_or_else(|| Error::Data {
            reason: "samples of a table have no ground around them".into(),
            hint: "name a model of rows, such as `[model.forest]`".into(),
        })?;
        let spool = spool.map(tempfile::tempdir_in).transpose()?;
        let mut features = GridStack::new(grid.clone(), Arc::new(stack.area().clone()));
        let begin = |info: LayerInfo| features.begin(info, spool.as_ref().map(|s| s.path()));
        let mut writers: Vec<LayerWriter> = pipeline
            .apply(&stack.read_range(0..0)?)?
            .columns()
            .iter()
            .map(|column| LayerInfo {
                name: column.name.clone(),
                evidence_type: column.evidence_type,
                unit: String::new(),
            })
            .map(begin)
            .collect::<paydirt_core::Result<_>>()?;
        for strip in strips(grid) {
            let rows = pipeline.apply(&stack.read_range(strip)?)?;
            for (writer, column) in writers.iter_mut().zip(rows.columns()) {
                let stored = |(value, known): (&f32, &bool)| if *known { *value } else { f32::NAN };
                let values: Vec<f32> =
                    column.values.iter().zip(&column.known).map(stored).collect();
                writer.write(&values)?;
            }
        }
        for writer in writers {
            features.finish(writer)?;
        }
        let layers = features.layers().iter();
        let layers = layers.map(|info| GroundLayer::new(&info.name, info.evidence_type)).collect();
        Ok(Self { features, layers, training, _spool: spool })
    }
}

impl Ground for FeatureGround {
    fn rows(&self) -> usize {
        self.features.grid().map_or(0, |grid| grid.rows)
    }

    fn cols(&self) -> usize {
        self.features.grid().map_or(0, |grid| grid.cols)
    }

    fn layers(&self) -> &[GroundLayer] {
        &self.layers
    }

    fn read(
        &self,
        layer: usize,
        rows: Range<usize>,
        cols: Range<usize>,
    ) -> paydirt_model::Result<Vec<f32>> {
        let (name, across) = (&self.layers[layer].name, self.cols());
        let mut values = Vec::with_capacity(rows.len() * cols.len());
        for row in rows {
            let units = row * across + cols.start..row * across + cols.end;
            values.extend(self.features.read_stored(name, units)?);
        }
        Ok(values)
    }

    fn may_train(&self, unit: usize) -> bool {
        self.training.get(unit)
    }
}

/// What is around the samples of a training side: the ground, and what was pretrained on it.
#[derive(Debug)]
pub struct Surroundings {
    /// The features of every cell.
    pub ground: FeatureGround,
    /// A network that was pretrained on the cells that may train.
    pub backbone: Option<Pretrained>,
}

/// Held-out windows that a pretrained network completes, and layers and windows of them that are shown.
const COMPLETED: usize = 128;
const SHOWN: [usize; 2] = [4, 3];

/// How well a pretrained network completes ground that it never saw.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Completion {
    /// In figures.
    pub quality: Quality,
    /// Some of the windows.
    pub windows: Vec<CompletedLayer>,
}

impl Surroundings {
    /// Completes windows of ground that may not train; `None` where nothing was pretrained or all may train.
    ///
    /// # Errors
    /// Where the ground cannot be read.
    pub fn complete(&self, area: &Mask, seed: Seed) -> Result<Option<Completion>> {
        let Some(backbone) = &self.backbone else { return Ok(None) };
        let held_out = Mask::from_fn(area.len(), |u| area.get(u) && !self.ground.may_train(u));
        let units = draw_units(&held_out, COMPLETED, seed.derive("units", 0));
        if units.is_empty() {
            return Ok(None);
        }
        let quality = backbone.quality(&self.ground, &units, seed)?;
        let shown = draw_units(&held_out, SHOWN[1], seed.derive("shown", 0));
        let windows = backbone.pictures(&self.ground, &shown, (SHOWN[0], seed))?;
        Ok(Some(Completion { quality, windows }))
    }

    /// Pretrains on the windows of a ground, where that is asked for.
    ///
    /// # Errors
    /// As [`paydirt_model::neural::masked_autoencoder::Settings::fit`].
    pub fn new(ground: FeatureGround, pretrain: Option<&Pretrain>, seed: Seed) -> Result<Self> {
        let fit = |settings: &masked_autoencoder::Settings| {
            settings.fit(&ground, seed.derive("pretrain", 0), Run::default())
        };
        let found = pretrain.and_then(Pretrain::of_windows).map(fit).transpose()?;
        let backbone = found.map(|(network, _)| network);
        Ok(Self { backbone, ground })
    }

    /// As models are fitted in it.
    #[must_use]
    pub fn around(&self) -> Around<'_> {
        Around { ground: &self.ground, backbone: self.backbone.as_ref() }
    }
}

/// How far a window of so many cells looks, in metres: the longer way on cells that are not square.
#[must_use]
pub fn reach_m(grid: &Grid, cells: usize) -> f64 {
    let [width_m, height_m] = grid.cell_size_m();
    cells as f64 * width_m.max(height_m)
}
