//! A network that fills tiles in: a U-Net or a vision transformer over what is seen.
//!
//! It learns from tiles drawn anywhere on the training side, each masked anew. Its loss is over hidden cells: the
//! log loss, soft Dice and soft recall, each with a weight of its own. Training stops by the soft Dice of masks
//! on training blocks that are kept aside.

mod body;
mod planes;
mod task;
#[cfg(test)]
mod tests;

use std::path::Path;

use burn_tensor::activation;
use paydirt_core::infill::mask::{self, Mode};
use paydirt_core::infill::side::{Side, Sides};
use paydirt_core::infill::tile::turned;
use paydirt_core::infill::{Field, State, View};
use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::body::Body;
use self::body::Built;
pub use self::planes::Shape;
use self::task::Infilling;
pub use self::task::Loss;
use super::trees::check_scales;
use super::{Ask, Infiller};
use crate::columns::bad_setting;
use crate::neural::parameters::{Builder, Parameters};
use crate::neural::spectral;
use crate::neural::train::{Fit, Outcome, Run, Training, train};
use crate::neural::weights::{self, Named};
use crate::neural::{Pass, device, tensor, to_numbers};
use crate::{Error, Result};

/// Key of messages.
const KEY: &str = "network";

/// Version of saved networks.
const VERSION: u32 = 1;

/// Tiles that are asked at a time; the last ones are filled up, so that a tile's scores are the same among
/// any others.
const ASKED: usize = 8;

/// Settings of the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "InfillNetworkSettings")]
pub struct Settings {
    /// The network: `body = { unet = {} }` or `body = { vit = {} }`.
    pub body: Body,
    /// Whether what is hidden is a plane of its own for each species. If not, hidden cells hold -1, as
    /// published.
    pub mask_channel: bool,
    /// Scales of densities that are given beside the layers, as standard deviations in cells: what the local
    /// trees see. None, as published, unless said.
    pub density_cells: Vec<f64>,
    /// What makes planes of scans of soil, where the project has `[spectra]`; it learns with the network.
    pub spectral: spectral::Size,
    /// Whether tiles are turned by quarters and mirrored at random while it learns.
    pub augment: bool,
    /// In how many ways a tile is turned when it is filled in, and the scores averaged: 1 to 8.
    pub turns: usize,
    /// Tiles of an epoch.
    pub tiles_per_epoch: usize,
    /// Masks of each mode and tile on which an epoch is checked.
    pub check_draws: usize,
    /// The loss.
    pub loss: Loss,
    /// How it learns.
    pub training: Training,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body: Body::default(),
            mask_channel: true,
            density_cells: Vec::new(),
            spectral: spectral::Size::default(),
            augment: true,
            turns: 1,
            tiles_per_epoch: 128,
            check_draws: 2,
            loss: Loss::default(),
            training: Training { batch: 16, ..Training::default() },
        }
    }
}

impl Settings {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        self.body.check(&format!("{KEY}.body"))?;
        check_scales(&format!("{KEY}.density_cells"), &self.density_cells)?;
        self.spectral.check(&format!("{KEY}.spectral"))?;
        if !(1..=8).contains(&self.turns) {
            return Err(bad_setting(&format!("{KEY}.turns"), self.turns, "1 to 8"));
        }
        if !(1..=1_000_000).contains(&self.tiles_per_epoch) {
            let key = format!("{KEY}.tiles_per_epoch");
            return Err(bad_setting(&key, self.tiles_per_epoch, "1 to 1000000"));
        }
        if !(1..=100).contains(&self.check_draws) {
            return Err(bad_setting(&format!("{KEY}.check_draws"), self.check_draws, "1 to 100"));
        }
        self.loss.check(&format!("{KEY}.loss"))?;
        self.training.check(&format!("{KEY}.training"))
    }
}

/// What a saved network belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contract {
    /// Version of the file.
    pub version: u32,
    /// Names of the species, in their order.
    pub species: Vec<String>,
    /// Shape of its tiles.
    pub shape: Shape,
    /// Log odds of each species over the training side, to which the network adds.
    pub prior: Vec<f32>,
    /// Settings of network and training.
    pub settings: Settings,
    /// How masks were drawn.
    pub mask: mask::Settings,
}

/// A fitted network.
#[derive(Clone, Debug)]
pub struct Network {
    contract: Contract,
    body: Built,
    parameters: Parameters,
}

/// What a network learns from.
#[derive(Clone, Copy, Debug)]
pub struct Learning<'a> {
    /// The layers.
    pub field: &'a Field,
    /// Which ground trains.
    pub sides: &'a Sides,
    /// How masks are drawn.
    pub mask: &'a mask::Settings,
}

impl Contract {
    fn build(&self, seed: Seed) -> Result<(Built, Parameters)> {
        let mut builder = Builder::new(seed.derive("weights", 0));
        let body = Built::new(&mut builder, self.shape, &self.settings);
        Ok((body, builder.start(KEY, &device::chosen())?))
    }

    fn check(&self) -> Result<()> {
        let wrong = |reason: String| Error::Weights { what: "the contract".into(), reason };
        if self.version != VERSION {
            return Err(wrong(format!("it is of version {}, expected {VERSION}", self.version)));
        }
        let lengths = [self.species.len(), self.prior.len()];
        if lengths != [self.shape.species; 2] || !(4..=1024).contains(&self.shape.side) {
            return Err(wrong("its shape is not that of its species".into()));
        }
        self.settings.check()
    }
}

impl Settings {
    /// Trains a network. With `early_stopping` a share of the training blocks, drawn by the seed, is kept aside
    /// to check epochs on.
    ///
    /// # Errors
    /// Settings out of range, a training side without a tile, and as [`train`].
    pub fn fit(&self, on: Learning<'_>, seed: Seed, run: Run<'_>) -> Result<(Network, Outcome)> {
        self.check()?;
        let Learning { field, sides, mask } = on;
        let shape = Shape::of(field);
        let species = field.layers.names.clone();
        let prior = prior(field, sides);
        let (settings, mask_settings) = (self.clone(), mask.clone());
        let contract =
            Contract { version: VERSION, species, shape, prior, settings, mask: mask_settings };
        // A checkpoint of other settings is another fit's: the seed tells them apart.
        let told = serde_json::to_string(&contract)
            .map_err(|error| Error::Untrainable { model: KEY, reason: error.to_string() })?;
        let seed = seed.derive(&told, 0);
        let (body, mut parameters) = contract.build(seed)?;
        let task = Infilling::new(&body, &contract, on, seed)?;
        let fit = Fit { model: KEY, settings: &self.training, seed };
        let outcome = train(&mut parameters, &task, fit, run)?;
        Ok((Network { contract, body, parameters }, outcome))
    }
}

/// Log odds of each species over the cells of the training side.
fn prior(field: &Field, sides: &Sides) -> Vec<f32> {
    let training: Vec<usize> =
        (0..sides.of.len()).filter(|unit| sides.of[*unit] == Side::Training).collect();
    let share = |cells: &paydirt_core::mask::Mask| {
        let present = training.iter().filter(|unit| cells.get(**unit)).count();
        let share = (present as f64 + 0.5) / (training.len() as f64 + 1.0);
        (share / (1.0 - share)).ln() as f32
    };
    field.layers.presence.iter().map(share).collect()
}

impl Network {
    /// What it belongs to.
    #[must_use]
    pub const fn contract(&self) -> &Contract {
        &self.contract
    }

    /// How many numbers were learned.
    #[must_use]
    pub fn learned(&self) -> usize {
        self.parameters.learned()
    }

    /// Writes it as safetensors with its contract.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let specs = self.parameters.specs().iter().cloned();
        let named: Named = specs.zip(self.parameters.numbers()).collect();
        weights::write(path, &weights::to_bytes(&named, &self.contract)?)
    }

    /// Reads what [`Network::save`] wrote.
    ///
    /// # Errors
    /// [`Error::Weights`] for a file that is damaged or of another version or shape.
    pub fn load(path: &Path) -> Result<Self> {
        let (named, contract): (Named, Contract) =
            weights::from_bytes(&path.display().to_string(), &weights::read(path)?)?;
        contract.check()?;
        let (body, mut parameters) = contract.build(Seed(0))?;
        parameters.take("", &named)?;
        Ok(Self { contract, body, parameters })
    }

    /// Scores of some tiles that are turned alike: `[tile][species][row][col]`, turned back.
    fn turned(&self, views: &[&View], turn: usize) -> Vec<Vec<f32>> {
        let Contract { shape, settings, prior, .. } = &self.contract;
        let filled = settings.body.filled(shape.side);
        let made = planes::of_views(views, settings, filled, &vec![turn; views.len()]);
        let dims = [views.len(), shape.planes(settings), filled, filled];
        let mut pass = Pass::infer(&self.parameters);
        let input = tensor::<4>(made, dims, &pass.device());
        let scans = planes::scans(views, filled, &vec![turn; views.len()]);
        let odds = self.body.forward(&mut pass, input, &scans)
            + tensor::<4>(prior.clone(), [1, shape.species, 1, 1], &pass.device());
        let scores = to_numbers(activation::sigmoid(odds));
        let cells = shape.side * shape.side;
        let back = |tile: usize| {
            let score = |index: usize| {
                let to = turned(index % cells, shape.side, turn);
                let plane = tile * shape.species + index / cells;
                scores[plane * filled * filled + to / shape.side * filled + to % shape.side]
            };
            (0..shape.species * cells).map(score).collect()
        };
        (0..views.len()).map(back).collect()
    }

    fn scores(&self, views: &[&View]) -> Vec<Vec<f32>> {
        let turns = self.contract.settings.turns;
        let mut sums = self.turned(views, 0);
        for turn in 1..turns {
            for (sum, more) in sums.iter_mut().zip(self.turned(views, turn)) {
                sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
        }
        sums.iter_mut().flatten().for_each(|sum| *sum /= turns as f32);
        sums
    }
}

impl Infiller for Network {
    fn fill(&self, asks: &[Ask]) -> Result<Vec<Vec<f32>>> {
        let Shape { side, species, auxiliary, bands } = self.contract.shape;
        let fits = |ask: &Ask| {
            let View { side: found, species: of, auxiliary: planes, scans, .. } = &ask.view;
            (*found, *of, planes.len()) == (side, species, auxiliary * side * side)
                && scans.iter().all(|scan| scan.values.len() == bands)
        };
        if !asks.iter().all(fits) {
            let reason = "the tiles are not of the shape that the network was fitted on".into();
            return Err(Error::Weights { what: KEY.into(), reason });
        }
        let mut out = Vec::with_capacity(asks.len());
        for batch in asks.chunks(ASKED) {
            let mut views: Vec<&View> = batch.iter().map(|ask| &ask.view).collect();
            views.resize(ASKED, &batch[0].view);
            let scores = self.scores(&views);
            for (ask, mut scores) in batch.iter().zip(scores) {
                for (score, state) in scores.iter_mut().zip(&ask.view.states) {
                    if *state != State::Hidden {
                        *score = super::is(*state, State::Present);
                    }
                }
                out.push(scores);
            }
        }
        Ok(out)
    }
}

/// Networks of several seeds: the mean of their scores.
#[derive(Clone, Debug)]
pub struct Ensemble(pub Vec<Network>);

impl Infiller for Ensemble {
    fn fill(&self, asks: &[Ask]) -> Result<Vec<Vec<f32>>> {
        let mut sums: Vec<Vec<f32>> = Vec::new();
        for network in &self.0 {
            let scores = network.fill(asks)?;
            if sums.is_empty() {
                sums = scores;
                continue;
            }
            for (sum, more) in sums.iter_mut().zip(scores) {
                sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
            }
        }
        sums.iter_mut().flatten().for_each(|sum| *sum /= self.0.len().max(1) as f32);
        Ok(sums)
    }
}

/// Modes on which epochs are checked: those that are drawn from, each once.
fn checked_modes(mask: &mask::Settings) -> Vec<Mode> {
    Mode::ALL.into_iter().filter(|mode| mask.modes.contains(mode)).collect()
}
