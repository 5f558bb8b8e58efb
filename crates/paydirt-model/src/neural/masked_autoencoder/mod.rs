//! The masked autoencoder: an encoder learns what ground looks like, without a label, by completing
//! windows of which it sees a part (He and others 2022, doi 10.1109/CVPR52688.2022.01553; for
//! prospectivity Daruna and others 2024, doi 10.1109/BigData62323.2024.10825367).
//!
//! Of a window's tokens a share is hidden by place, as published; of those that stay, a share of the layers
//! can be hidden too, so that one layer has to be told from the others, and evidence that is not known
//! looks the same as evidence that was hidden. A light decoder completes the window; the loss is the mean
//! squared error, in training deviations, over what was hidden and is known (or over all that is known, as
//! the published code does). Windows of held-out ground are never seen while it trains.

mod quality;
mod task;
#[cfg(test)]
mod tests;

use std::path::Path;

use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::quality::{CompletedLayer, Quality, ssim};
pub(super) use self::task::Autoencoder;
use self::task::Completion;
#[cfg(test)]
pub(super) use self::task::Masked;
use super::channels::Channels;
use super::ground::Ground;
use super::parameters::{Builder, Parameters};
use super::patches::Cut;
use super::train::{Fit, Outcome, Run, Training, train};
use super::transformer::Stack;
use super::weights::{self, Named};
use super::window::{WindowShape, Windows};
use super::{device, hold_out};
use crate::columns::bad_setting;
use crate::{Error, Result};

/// Key of messages.
const KEY: &str = "masked_autoencoder";

/// Version of saved backbones.
const VERSION: u32 = 1;

/// Which cells the loss is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LossOver {
    /// Those that were hidden.
    #[default]
    Hidden,
    /// Hidden or not.
    All,
}

/// Settings of pretraining. The defaults are the larger of the two published networks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Cells along a window's side; a multiple of `patch_cells`.
    pub window_cells: usize,
    /// Cells along a token's side.
    pub patch_cells: usize,
    /// Cells of the grid along a cell of the window, for each scale: `[1, 4]` sees the surroundings four
    /// times as far at a quarter of the detail.
    pub scales: Vec<usize>,
    /// Layers whose values change meaning when the ground is turned; they are not known in turned windows.
    pub directional: Vec<String>,
    /// Numbers of a token in the encoder; a multiple of `heads`.
    pub width: usize,
    /// Blocks of the encoder.
    pub depth: usize,
    /// Heads of attention in the encoder.
    pub heads: usize,
    /// Numbers of a token in the decoder; a multiple of `decoder_heads`.
    pub decoder_width: usize,
    /// Blocks of the decoder.
    pub decoder_depth: usize,
    /// Heads of attention in the decoder.
    pub decoder_heads: usize,
    /// Share of the tokens that is hidden by place, 0 to less than 1; one token at least is seen.
    pub mask_ratio: f64,
    /// Share of the layers that is hidden in all tokens that are seen, 0 to less than 1; one layer at
    /// least is seen. With 0, as published, nothing is learned across layers.
    pub layer_mask_ratio: f64,
    /// What the loss is over: `hidden` or `all`.
    pub loss_over: LossOver,
    /// Whether windows are flipped and turned by quarters at random.
    pub augment: bool,
    /// Windows of an epoch, drawn anew from all that may train.
    pub windows_per_epoch: usize,
    /// Windows on which an epoch is checked: of held-out ground, where checks decide nothing; with
    /// `early_stopping` (or steps at a plateau) of blocks of the ground that may train, kept aside.
    pub held_out_windows: usize,
    /// How it learns.
    pub training: Training,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window_cells: 33,
            patch_cells: 3,
            scales: vec![1],
            directional: Vec::new(),
            width: 256,
            depth: 6,
            heads: 8,
            decoder_width: 128,
            decoder_depth: 2,
            decoder_heads: 4,
            mask_ratio: 0.75,
            layer_mask_ratio: 0.25,
            loss_over: LossOver::Hidden,
            augment: true,
            windows_per_epoch: 4096,
            held_out_windows: 512,
            training: Training::default(),
        }
    }
}

impl Settings {
    /// The window.
    #[must_use]
    pub fn shape(&self) -> WindowShape {
        WindowShape {
            side: self.window_cells,
            scales: self.scales.clone(),
            directional: self.directional.clone(),
        }
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        self.shape().check(KEY)?;
        check_cut(KEY, self.window_cells, self.patch_cells)?;
        let stack = |width, depth, heads| Stack { width, depth, heads, dropout: 0.0 };
        check_stack(KEY, &stack(self.width, self.depth, self.heads))?;
        check_stack(
            &format!("{KEY}.decoder"),
            &stack(self.decoder_width, self.decoder_depth, self.decoder_heads),
        )?;
        for (name, share) in
            [("mask_ratio", self.mask_ratio), ("layer_mask_ratio", self.layer_mask_ratio)]
        {
            if !(0.0..1.0).contains(&share) {
                return Err(bad_setting(&format!("{KEY}.{name}"), share, "0 to less than 1"));
            }
        }
        if self.mask_ratio == 0.0
            && self.layer_mask_ratio == 0.0
            && self.loss_over == LossOver::Hidden
        {
            return Err(bad_setting(
                &format!("{KEY}.mask_ratio"),
                0,
                "over 0, or `layer_mask_ratio` over 0",
            ));
        }
        if self.windows_per_epoch == 0 {
            return Err(bad_setting(&format!("{KEY}.windows_per_epoch"), 0, "1 or more"));
        }
        self.training.check(&format!("{KEY}.training"))
    }
}

/// Refuses windows that tokens do not fill.
pub(crate) fn check_cut(key: &str, side: usize, patch: usize) -> Result<()> {
    if patch > 0 && side.is_multiple_of(patch) {
        return Ok(());
    }
    let expected = format!("a divisor of `window_cells`, {side}");
    Err(bad_setting(&format!("{key}.patch_cells"), patch, &expected))
}

/// Refuses stacks that no machine holds, or whose heads do not share their width.
pub(crate) fn check_stack(key: &str, stack: &Stack) -> Result<()> {
    let within = |name: &str, found: usize, most: usize| match (1..=most).contains(&found) {
        true => Ok(()),
        false => Err(bad_setting(&format!("{key}.{name}"), found, &format!("1 to {most}"))),
    };
    within("width", stack.width, 8192)?;
    within("depth", stack.depth, 128)?;
    within("heads", stack.heads, 128)?;
    if !stack.width.is_multiple_of(stack.heads) {
        let expected = format!("a divisor of `width`, {}", stack.width);
        return Err(bad_setting(&format!("{key}.heads"), stack.heads, &expected));
    }
    Ok(())
}

/// What saved weights belong to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    /// Version of the file.
    pub version: u32,
    /// Layers in their order, with the numbers that standardise them.
    pub channels: Channels,
    /// Settings of the network and of its training.
    pub settings: Settings,
}

/// A pretrained network.
#[derive(Clone, Debug)]
pub struct Pretrained {
    contract: Contract,
    network: Autoencoder,
    parameters: Parameters,
}

impl Contract {
    pub(super) fn cut(&self) -> Cut {
        Cut {
            planes: self.settings.shape().planes(&self.channels),
            side: self.settings.window_cells,
            patch: self.settings.patch_cells,
        }
    }

    pub(super) fn encoder(&self) -> Stack {
        let Settings { width, depth, heads, .. } = self.settings;
        Stack { width, depth, heads, dropout: 0.0 }
    }

    fn network(&self, seed: Seed) -> Result<(Autoencoder, Parameters)> {
        let Settings { decoder_width: width, decoder_depth: depth, decoder_heads: heads, .. } =
            self.settings;
        let decoder = Stack { width, depth, heads, dropout: 0.0 };
        let mut builder = Builder::new(seed.derive("weights", 0));
        let network = Autoencoder::new(&mut builder, self.cut(), [self.encoder(), decoder]);
        Ok((network, builder.start(KEY, &device::chosen())?))
    }

    fn check(&self) -> Result<()> {
        let wrong = |reason: String| Error::Weights { what: "the contract".into(), reason };
        if self.version != VERSION {
            return Err(wrong(format!("it is of version {}, expected {VERSION}", self.version)));
        }
        self.channels.check_saved().map_err(wrong)?;
        self.settings.check()
    }
}

impl Settings {
    /// Pretrains on the cells of a ground that may train.
    ///
    /// # Errors
    /// Settings out of range, a ground without a cell to learn from, and as [`train`].
    pub fn fit(
        &self,
        ground: &dyn Ground,
        seed: Seed,
        run: Run<'_>,
    ) -> Result<(Pretrained, Outcome)> {
        self.check()?;
        let channels = Channels::fit(KEY, ground)?;
        let contract = Contract { version: VERSION, channels, settings: self.clone() };
        let (network, mut parameters) = contract.network(seed)?;
        let shape = self.shape();
        let windows =
            |training| Windows { ground, channels: &contract.channels, shape: &shape, training };
        let (training, checking) = self.units(ground, seed);
        let task = Completion {
            network: &network,
            // What decides when to stop sees no held-out ground.
            windows: [windows(true), windows(self.training.held_out_share().is_some())],
            units: [&training, &checking],
            settings: self,
        };
        let fit = Fit { model: KEY, settings: &self.training, seed };
        let outcome = train(&mut parameters, &task, fit, run)?;
        Ok((Pretrained { contract, network, parameters }, outcome))
    }

    /// Units that train, and those on which epochs are checked: held-out ground, which decides nothing; or,
    /// where checks decide when to stop, blocks of the ground that may train.
    fn units(&self, ground: &dyn Ground, seed: Seed) -> (Vec<usize>, Vec<usize>) {
        let all = 0..ground.rows().saturating_mul(ground.cols());
        let (training, held_out): (Vec<usize>, Vec<usize>) =
            all.partition(|unit| ground.may_train(*unit));
        let (training, checking) = match self.training.held_out_share() {
            None => (training, held_out),
            Some(share) => {
                let shape = self.shape();
                let blocks: Vec<u64> =
                    training.iter().map(|unit| shape.block(ground, *unit)).collect();
                let is_out = hold_out(&blocks, &vec![false; blocks.len()], share, seed);
                let out = |wanted: bool| {
                    let pairs = training.iter().zip(&is_out).filter(move |(_, is)| **is == wanted);
                    pairs.map(|(unit, _)| *unit).collect()
                };
                (out(false), out(true))
            }
        };
        (training, draw(checking, self.held_out_windows, seed))
    }
}

/// So many units, in their order.
fn draw(units: Vec<usize>, count: usize, seed: Seed) -> Vec<usize> {
    if units.len() <= count {
        return units;
    }
    let mut rng = seed.derive("held-out windows", 0).rng();
    let mut places = rand::seq::index::sample(&mut rng, units.len(), count).into_vec();
    places.sort_unstable();
    places.into_iter().map(|place| units[place]).collect()
}

impl Pretrained {
    /// What it belongs to.
    #[must_use]
    pub const fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Its numbers by name; those of the encoder start with `encoder.`.
    #[must_use]
    pub fn named(&self) -> Named {
        self.parameters.specs().iter().cloned().zip(self.parameters.numbers()).collect()
    }

    /// Writes it as safetensors with its contract.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        weights::write(path, &weights::to_bytes(&self.named(), &self.contract)?)
    }

    /// Reads what [`Pretrained::save`] wrote.
    ///
    /// # Errors
    /// [`Error::Weights`] for a file that is damaged or of another version or shape.
    pub fn load(path: &Path) -> Result<Self> {
        let (named, contract): (Named, Contract) =
            weights::from_bytes(&path.display().to_string(), &weights::read(path)?)?;
        contract.check()?;
        let (network, mut parameters) = contract.network(Seed(0))?;
        parameters.take("", &named)?;
        Ok(Self { contract, network, parameters })
    }
}
