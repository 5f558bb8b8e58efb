//! A fitted network of windows, and what is asked of it.

use burn_tensor::Tensor;
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::anchors::{self, Anchors};
use super::{BATCH, Input, Network, Plan};
use crate::columns::{checked_when_read, probability};
use crate::neural::attribution::{self, Explained};
use crate::neural::channels::Channels;
use crate::neural::ground::{Ground, Placed};
use crate::neural::kept::Kept;
use crate::neural::parameters::Parameters;
use crate::neural::pass::{Pass, to_numbers};
use crate::neural::weights::Named;
use crate::neural::window::{WindowShape, Windows};
use crate::{Attribution, Error, Predictor, Result};

/// A fitted network of windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    model: String,
    plan: Plan,
    channels: Channels,
    shape: WindowShape,
    weights: Kept,
    /// Cells from one window to the next where a map is drawn.
    #[serde(default = "each")]
    every: usize,
}

/// A window for each cell.
const fn each() -> usize {
    1
}

checked_when_read!(Fitted);

/// Mean and standard deviation of the scores of drawn networks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// Mean score of each row.
    pub mean: Vec<f32>,
    /// Standard deviation of each row's scores.
    pub deviation: Vec<f32>,
}

/// A network with its numbers.
pub(crate) struct Ready {
    pub(crate) network: Network,
    pub(crate) parameters: Parameters,
}

impl Fitted {
    pub(super) fn new(
        model: &str,
        plan: Plan,
        (channels, shape): (Channels, WindowShape),
        (weights, every): (Kept, usize),
    ) -> Self {
        Self { model: model.into(), plan, channels, shape, weights, every }
    }

    /// Its numbers by name, and its shape.
    pub(crate) fn numbers_by_name(&self) -> Result<(Named, Map<String, Value>)> {
        let (_, parameters) = self.plan.build("network", Seed(0))?;
        let told = serde_json::json!({
            "kind": self.model, "plan": self.plan, "channels": self.channels, "window": self.shape,
        });
        let named = self.weights.by_name(parameters.specs())?;
        Ok((named, told.as_object().cloned().unwrap_or_default()))
    }

    fn check_saved(&self) -> std::result::Result<(), String> {
        self.channels.check_saved()?;
        let told = |error: Error| error.to_string();
        self.shape.check(&self.model).map_err(told)?;
        if self.plan.window != [self.shape.planes(&self.channels), self.shape.side] {
            return Err("the network is not one of its window".into());
        }
        if !anchors::EVERY.contains(&self.every) {
            return Err(format!("a window every {} cells", self.every));
        }
        self.plan.check()?;
        self.weights.check()?;
        self.ready().map(|_| ()).map_err(told)
    }

    /// The window around each unit.
    #[must_use]
    pub const fn shape(&self) -> &WindowShape {
        &self.shape
    }

    pub(crate) fn ready(&self) -> Result<Ready> {
        let (network, mut parameters) = self.plan.build("window", Seed(0))?;
        self.weights.load(&mut parameters)?;
        Ok(Ready { network, parameters })
    }

    fn windows<'a>(&'a self, ground: &'a dyn Ground) -> Windows<'a> {
        Windows { ground, channels: &self.channels, shape: &self.shape, training: false }
    }

    /// What `of` makes of the windows of batches of units, in their order: always as many windows, so that
    /// a unit's answer is the same among any others.
    fn in_batches<T: Send>(
        &self,
        placed: &Placed<'_>,
        of: impl Fn(&Ready, &Input, usize) -> Result<T> + Sync,
    ) -> Result<Vec<T>> {
        self.channels.check(placed.ground)?;
        placed.check("window", placed.units.len())?;
        let ready = self.ready()?;
        let windows = self.windows(placed.ground);
        let batch = |units: &[usize]| {
            let mut padded = units.to_vec();
            padded.resize(BATCH, units[0]);
            let numbers = windows.read(&padded, &[0; BATCH])?;
            of(&ready, &ready.network.input(&numbers), units.len())
        };
        placed.units.par_chunks(BATCH).map(batch).collect()
    }

    /// Cells from one window to the next where a map is drawn.
    #[must_use]
    pub const fn map_every_cells(&self) -> usize {
        self.every
    }

    /// The windows that tell the units, where neighbours share them.
    fn anchors(&self, placed: &Placed<'_>) -> Result<Option<Anchors>> {
        if self.every == 1 || !placed.ground.is_mapped() {
            return Ok(None);
        }
        placed.check("window", placed.units.len())?;
        let shape = [placed.ground.rows(), placed.ground.cols()];
        Ok(Some(Anchors::new(placed.units, shape, self.every)))
    }

    /// Log odds of the units.
    ///
    /// # Errors
    /// Another ground than that of the fit, or one that cannot be read.
    pub fn log_odds(&self, placed: &Placed<'_>) -> Result<Vec<f32>> {
        let Some(anchors) = self.anchors(placed)? else { return self.own_log_odds(placed) };
        let told = self.own_log_odds(&anchors.placed(placed.ground))?;
        Ok(anchors.between(&told))
    }

    /// Log odds of the units, each by its own window.
    fn own_log_odds(&self, placed: &Placed<'_>) -> Result<Vec<f32>> {
        let of = |ready: &Ready, input: &Input, count: usize| {
            let mut found = to_numbers(ready.log_odds(&mut Pass::infer(&ready.parameters), input));
            found.truncate(count);
            Ok(found)
        };
        Ok(self.in_batches(placed, of)?.concat())
    }

    /// Scores by networks drawn through dropout (Gal and Ghahramani 2016, PMLR 48:1050-1059): mean and
    /// standard deviation over the draws. A draw drops the same units for every row, so that it is one
    /// network. Features are computed once where nothing of the body is dropped.
    ///
    /// # Errors
    /// As [`Fitted::log_odds`].
    pub fn drawn(&self, placed: &Placed<'_>, draws: usize, seed: Seed) -> Result<Drawn> {
        let Some(anchors) = self.anchors(placed)? else {
            return self.own_drawn(placed, draws, seed);
        };
        let Drawn { mean, deviation } =
            self.own_drawn(&anchors.placed(placed.ground), draws, seed)?;
        Ok(Drawn { mean: anchors.between(&mean), deviation: anchors.between(&deviation) })
    }

    /// The same, each unit by its own window.
    fn own_drawn(&self, placed: &Placed<'_>, draws: usize, seed: Seed) -> Result<Drawn> {
        let of = |ready: &Ready, input: &Input, count: usize| {
            let mut sums = vec![[0.0_f64; 2]; count];
            let body = |pass: &mut Pass<'_>| ready.network.features_of_input(pass, input);
            let fixed =
                (self.plan.dropout[0] == 0.0).then(|| body(&mut Pass::infer(&ready.parameters)));
            for draw in 0..draws.max(1) {
                let mut pass = Pass::sample(&ready.parameters, seed.derive("draw", draw as u64));
                let features = fixed.clone().unwrap_or_else(|| body(&mut pass));
                let odds = to_numbers(ready.network.log_odds(&mut pass, features));
                for (sum, odds) in sums.iter_mut().zip(odds) {
                    let score = probability(f64::from(odds));
                    *sum = [sum[0] + score, sum[1] + score * score];
                }
            }
            Ok(sums)
        };
        let sums = self.in_batches(placed, of)?.concat();
        let count = draws.max(1) as f64;
        let deviation =
            |[sum, squares]: &[f64; 2]| (squares / count - (sum / count).powi(2)).max(0.0).sqrt();
        Ok(Drawn {
            mean: sums.iter().map(|[sum, _]| (sum / count) as f32).collect(),
            deviation: sums.iter().map(|sums| deviation(sums) as f32).collect(),
        })
    }

    /// Integrated gradients of the log odds: see [`attribution::integrate`]. With `background` units it is
    /// expected gradients: the mean over the paths from their windows; without any the path begins at
    /// ground that is known and average everywhere.
    ///
    /// # Errors
    /// As [`Fitted::log_odds`].
    pub fn gradients(&self, placed: &Placed<'_>, background: &[usize]) -> Result<Explained> {
        let windows = self.windows(placed.ground);
        self.channels.check(placed.ground)?;
        let turns = vec![0; background.len()];
        let background = windows.read(background, &turns)?;
        let layers = self.shape.layers(&self.channels);
        let parts = self.in_batches(placed, |ready, input, count| {
            let starts = match background.is_empty() {
                true => Input::average(input),
                false => ready.network.input(&background),
            };
            attribution::integrate(ready, input, &starts, (&layers, count))
        })?;
        Ok(Explained::joined(parts, self.channels.layers().len()))
    }

    /// How much the log odds fall when a layer is not known: `[layer][row]`.
    ///
    /// # Errors
    /// As [`Fitted::log_odds`].
    pub fn occlusion(&self, placed: &Placed<'_>) -> Result<Vec<Vec<f32>>> {
        let layers = self.shape.layers(&self.channels);
        let count = self.channels.layers().len();
        let parts = self.in_batches(placed, |ready, input, rows| {
            Ok(attribution::occlude(ready, input, (&layers, rows)))
        })?;
        let of_layer =
            |layer: usize| parts.iter().flat_map(|part| part[layer].iter().copied()).collect();
        Ok((0..count).map(of_layer).collect())
    }
}

impl Ready {
    /// Log odds of windows.
    pub(crate) fn log_odds(&self, pass: &mut Pass<'_>, input: &Input) -> Tensor<1> {
        let features = self.network.features_of_input(pass, input);
        self.network.log_odds(pass, features)
    }
}

impl Input {
    /// One window that is known and average everywhere.
    pub(crate) fn average(like: &Self) -> Self {
        let of = |list: &[f32]| vec![0.0; list.len() / like.samples.max(1)];
        Self { samples: 1, values: of(&like.values), missing: of(&like.missing) }
    }
}

impl Predictor for Fitted {
    fn predict(&self, _: &Table) -> Result<Vec<f32>> {
        Err(Error::NeedsGround { model: self.model.clone() })
    }

    fn explain(&self, _: &Table) -> Result<Attribution> {
        Err(Error::NeedsGround { model: self.model.clone() })
    }

    fn predict_on(&self, features: &Table, ground: &dyn Ground) -> Result<Vec<f32>> {
        let log_odds = self.log_odds(&Placed::of(ground, features, &self.model)?)?;
        Ok(log_odds.into_iter().map(|odds| probability(f64::from(odds)) as f32).collect())
    }

    fn explain_on(&self, features: &Table, ground: &dyn Ground) -> Result<Attribution> {
        let placed = Placed::of(ground, features, &self.model)?;
        let Explained { base, shares, .. } = self.gradients(&placed, &[])?;
        Ok(Attribution { base, unit: "log odds", shares })
    }
}
