//! Networks that read windows of the ground around samples: what `[model.vit]`, `[model.resnet]` and
//! `[model.cnn]` share.

mod anchors;
mod body;
mod fitted;
mod task;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::body::Architecture;
pub(crate) use self::body::{Input, Network, Plan};
pub use self::fitted::Fitted;
pub(crate) use self::fitted::Ready;
use self::task::Labelled;
use super::channels::Channels;
use super::ground::{Around, Placed};
use super::hold_out;
use super::kept::Kept;
use super::loss::ClassLoss;
use super::masked_autoencoder::Pretrained;
use super::parameters::Parameters;
use super::pass::{Pass, to_numbers};
use super::train::{Fit, Run, Training, digest, train};
use super::window::{WindowShape, Windows};
use crate::columns::{bad_setting, check_training};
use crate::{ClassWeight, Result, TrainingSet};

/// Windows whose features are computed at a time.
const BATCH: usize = 64;

/// The window around a sample.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// Cells along the side, 1 to 513. Held-out ground must be farther from training samples than half of
    /// it, times the greatest scale.
    pub cells: usize,
    /// Cells of the grid along a cell of the window, for each scale: `[1, 4]` sees the surroundings four
    /// times as far, too, at a quarter of the detail.
    pub scales: Vec<usize>,
    /// Layers whose values change meaning when the ground is turned (aspect, a shaded relief): they are
    /// not known in turned windows.
    pub directional: Vec<String>,
    /// Whether windows are flipped and turned by quarters at random while the network learns.
    pub augment: bool,
    /// Chance of each layer to be hidden in a window while the network learns, 0 to less than 1. With 0 the
    /// network never learns what to do where evidence is missing, and occlusion tells nothing.
    pub hidden_layers: f64,
    /// Cells from one window to the next where a map is drawn, 1 to 16. With 1 each cell is told by its own
    /// window. With 2 a quarter of the windows is computed, with 4 a sixteenth, and log odds between them are
    /// interpolated: the report says by how much that differs. Where such a window lies around a cell
    /// without evidence, as at the edge of the study area, it tells its neighbours all the same. What is
    /// judged and explained is always told by its own window.
    pub map_every_cells: usize,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            cells: 15,
            scales: vec![1],
            directional: Vec::new(),
            augment: true,
            hidden_layers: 0.1,
            map_every_cells: 1,
        }
    }
}

impl Window {
    /// What it looks like.
    #[must_use]
    pub fn shape(&self) -> WindowShape {
        WindowShape {
            side: self.cells,
            scales: self.scales.clone(),
            directional: self.directional.clone(),
        }
    }
}

/// The head: from features to log odds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Head {
    /// Widths of hidden layers; without any the log odds are a weighted sum of the features.
    pub hidden: Vec<usize>,
    /// Share of the features, and of what leaves a hidden layer, that is dropped while it learns; 0 to
    /// less than 1.
    pub dropout: f64,
}

impl Default for Head {
    fn default() -> Self {
        Self { hidden: Vec::new(), dropout: 0.2 }
    }
}

/// Which part of a pretrained network learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// All of it.
    #[default]
    FineTuned,
    /// The head alone, without hidden layers.
    Probing,
    /// The head alone, with hidden layers of 128 and 64 where `head.hidden` names none.
    Frozen,
}

/// A pretrained encoder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Backbone {
    /// The file, such as `model/backbone.safetensors` of another run; what `[pretrain]` makes of the ground
    /// that may train, where none is named. Window, tokens and encoder are those of the pretrained network;
    /// the layers must be, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Which part learns: `fine_tuned`, `probing` or `frozen`.
    #[serde(default)]
    pub mode: Mode,
}

/// What the models of windows have in common.
pub(crate) struct Common<'a> {
    pub(crate) model: &'static str,
    pub(crate) window: &'a Window,
    pub(crate) head: &'a Head,
    pub(crate) class_weight: ClassWeight,
    pub(crate) loss: ClassLoss,
    pub(crate) training: &'a Training,
    /// Share dropped in the body.
    pub(crate) dropout: f64,
    pub(crate) backbone: Option<&'a Backbone>,
}

/// Refuses shares that drop all.
fn check_dropout(key: &str, share: f64) -> Result<()> {
    match (0.0..1.0).contains(&share) {
        true => Ok(()),
        false => Err(bad_setting(key, share, "0 to less than 1")),
    }
}

/// Refuses stages that no machine holds.
pub(crate) fn check_widths(key: &str, widths: &[usize]) -> Result<()> {
    match (1..=16).contains(&widths.len()) && widths.iter().all(|width| (1..=4096).contains(width))
    {
        true => Ok(()),
        false => Err(bad_setting(key, format!("{widths:?}"), "1 to 16 stages of 1 to 4096")),
    }
}

/// Refuses stages without a block, or of too many.
pub(crate) fn check_blocks(blocks: usize) -> Result<()> {
    match (1..=64).contains(&blocks) {
        true => Ok(()),
        false => Err(bad_setting("resnet.blocks", blocks, "1 to 64")),
    }
}

impl Common<'_> {
    fn shape(&self) -> WindowShape {
        self.window.shape()
    }

    fn check(&self) -> Result<()> {
        let model = self.model;
        self.shape().check(model)?;
        check_dropout(&format!("{model}.window.hidden_layers"), self.window.hidden_layers)?;
        if !anchors::EVERY.contains(&self.window.map_every_cells) {
            let key = format!("{model}.window.map_every_cells");
            return Err(bad_setting(&key, self.window.map_every_cells, "1 to 16"));
        }
        check_dropout(&format!("{model}.dropout"), self.dropout)?;
        check_dropout(&format!("{model}.head.dropout"), self.head.dropout)?;
        if !self.head.hidden.is_empty() {
            check_widths(&format!("{model}.head.hidden"), &self.head.hidden)?;
        }
        self.loss.check(&format!("{model}.loss"))?;
        self.training.check(&format!("{model}.training"))
    }

    /// Fits a network of an architecture, or the encoder of the backbone in its place.
    pub(crate) fn fit(
        &self,
        architecture: Architecture,
        set: &TrainingSet,
        around: Around<'_>,
        seed: Seed,
    ) -> Result<Fitted> {
        self.check()?;
        check_training(self.model, set)?;
        let placed = &Placed::of(around.ground, &set.features, self.model)?;
        placed.check(self.model, set.deposit.len())?;
        let loaded = self.load()?;
        let pretrained = match self.backbone {
            Some(Backbone { path: None, .. }) => {
                let key = format!("{}.backbone.path", self.model);
                let none = || bad_setting(&key, "none", "a file, where nothing is pretrained");
                Some(around.backbone.ok_or_else(none)?)
            }
            _ => loaded.as_ref(),
        };
        let (channels, shape, architecture) = match pretrained {
            None => (Channels::fit(self.model, placed.ground)?, self.shape(), architecture),
            Some(pretrained) => self.adopt(pretrained, architecture),
        };
        channels.check(placed.ground)?;
        let plan = Plan {
            window: [shape.planes(&channels), shape.side],
            architecture,
            head: self.hidden(),
            dropout: [self.dropout, self.head.dropout],
        };
        plan.check().map_err(|reason| crate::Error::Untrainable { model: self.model, reason })?;
        let (network, mut parameters) = plan.build(self.model, seed)?;
        if let Some(pretrained) = pretrained {
            parameters.take("encoder.", &pretrained.named())?;
        }
        let windows =
            Windows { ground: placed.ground, channels: &channels, shape: &shape, training: true };
        self.learn((&network, &mut parameters), windows, (set, placed), seed)?;
        let weights = Kept::of(&parameters);
        let every = self.window.map_every_cells;
        Ok(Fitted::new(self.model, plan, (channels, shape), (weights, every)))
    }

    /// The backbone of a file.
    fn load(&self) -> Result<Option<Pretrained>> {
        let path = self.backbone.and_then(|backbone| backbone.path.as_deref());
        path.map(Pretrained::load).transpose()
    }

    /// What a backbone brings with it.
    fn adopt(
        &self,
        pretrained: &Pretrained,
        own: Architecture,
    ) -> (Channels, WindowShape, Architecture) {
        let contract = pretrained.contract();
        let settings = &contract.settings;
        let shape =
            WindowShape { directional: self.window.directional.clone(), ..settings.shape() };
        let pooling = match own {
            Architecture::Vit { pooling, .. } => pooling,
            _ => Default::default(),
        };
        let architecture = Architecture::Vit {
            patch: settings.patch_cells,
            width: settings.width,
            depth: settings.depth,
            heads: settings.heads,
            pooling,
        };
        (contract.channels.clone(), shape, architecture)
    }

    fn mode(&self) -> Option<Mode> {
        self.backbone.map(|backbone| backbone.mode)
    }

    fn hidden(&self) -> Vec<usize> {
        match self.mode() {
            Some(Mode::Probing) => Vec::new(),
            Some(Mode::Frozen) if self.head.hidden.is_empty() => vec![128, 64],
            _ => self.head.hidden.clone(),
        }
    }

    fn learn(
        &self,
        (network, parameters): (&Network, &mut Parameters),
        windows: Windows<'_>,
        (set, placed): (&TrainingSet, &Placed<'_>),
        seed: Seed,
    ) -> Result<()> {
        let (rows, held_out) = self.rows(set, placed, windows.shape, seed);
        let weight = self.class_weight.apply(set);
        let mean = rows.iter().map(|row| weight[*row]).sum::<f64>() / rows.len().max(1) as f64;
        let mut task = Labelled {
            network,
            windows,
            units: rows.iter().map(|row| placed.units[*row]).collect(),
            label: rows.iter().map(|row| f32::from(u8::from(set.deposit[*row]))).collect(),
            weight: rows.iter().map(|row| (weight[*row] / mean) as f32).collect(),
            held_out,
            loss: self.loss,
            augment: self.window.augment,
            hidden_layers: self.window.hidden_layers,
            settings: digest(&(self.window, self.head, self.dropout, self.loss, self.mode())),
            features: None,
        };
        if matches!(self.mode(), Some(Mode::Probing | Mode::Frozen)) {
            parameters.freeze("encoder.");
            if !self.window.augment && self.window.hidden_layers == 0.0 {
                task.features = Some(features(network, parameters, &windows, &task.units)?);
            }
        }
        let fit = Fit { model: self.model, settings: self.training, seed };
        train(parameters, &task, fit, Run::default()).map(|_| ())
    }

    /// The rows that count, those held out last: whole blocks of two windows' width.
    fn rows(
        &self,
        set: &TrainingSet,
        placed: &Placed<'_>,
        shape: &WindowShape,
        seed: Seed,
    ) -> (Vec<usize>, usize) {
        let rows: Vec<usize> = (0..set.weight.len()).filter(|row| set.weight[*row] > 0.0).collect();
        let Some(share) = self.training.held_out_share() else { return (rows, 0) };
        let deposit: Vec<bool> = rows.iter().map(|row| set.deposit[*row]).collect();
        let blocks: Vec<u64> =
            rows.iter().map(|row| shape.block(placed.ground, placed.units[*row])).collect();
        let is_out = hold_out(&blocks, &deposit, share, seed);
        let side = |out: bool| {
            rows.iter().zip(&is_out).filter(move |(_, is)| **is == out).map(|(row, _)| *row)
        };
        (side(false).chain(side(true)).collect(), side(true).count())
    }
}

/// Features of the windows around units, as the network is used.
fn features(
    network: &Network,
    parameters: &Parameters,
    windows: &Windows<'_>,
    units: &[usize],
) -> Result<Vec<f32>> {
    let mut all = Vec::with_capacity(units.len() * network.features_of());
    for units in units.chunks(BATCH) {
        let input = network.input(&windows.read(units, &vec![0; units.len()])?);
        all.extend(to_numbers(network.features_of_input(&mut Pass::infer(parameters), &input)));
    }
    Ok(all)
}
