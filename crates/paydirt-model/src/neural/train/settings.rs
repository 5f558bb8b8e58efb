//! Settings of the loop.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Optimiser, Plateau, Schedule, Step};
use crate::Result;
use crate::columns::bad_setting;

/// Most epochs, and steps of the warm-up.
const MOST: usize = 10_000_000;

/// How a network is trained. An epoch is one walk over all examples, a step one move of the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// Epochs, 1 or more.
    pub epochs: usize,
    /// Most steps, where they shall end before the epochs do.
    pub steps: Option<usize>,
    /// Examples whose mean gradient makes a step, 1 or more.
    pub batch: usize,
    /// Parts in which the examples of a step are computed one after the other, to save memory; 1 or more.
    pub accumulate: usize,
    /// How gradients move weights: `adamw`, `nadam` or `rmsprop`.
    pub optimiser: Optimiser,
    /// Learning rate, over 0.
    pub learning_rate: f64,
    /// By how much, times the learning rate, weights shrink in each step; zero or more.
    pub weight_decay: f64,
    /// Course of the learning rate: `{ constant = {} }`, `{ cosine = {} }`, `{ step = {} }` or
    /// `{ plateau = {} }`.
    pub schedule: Schedule,
    /// Steps in which the learning rate rises evenly from 0.
    pub warmup_steps: usize,
    /// Greatest length of the gradient of all weights together; a longer one is shortened to it (Pascanu
    /// and others 2013, PMLR 28:1310-1318). Not shortened where it is not given.
    pub clip_norm: Option<f64>,
    /// Numbers of the products while it learns: `full` or `mixed`.
    pub precision: Precision,
    /// Stops when what is held out is predicted no better, and goes back to the best weights.
    pub early_stopping: Option<EarlyStopping>,
}

/// Numbers in which matrix products, convolutions and attention are computed while a network learns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// 32 bits.
    #[default]
    Full,
    /// 16 bits with the exponent of 32 (bfloat16: Kalamkar and others 2019, arXiv 1905.12322), where the
    /// device has units for them; slower on the CPU. Weights, norms, losses and optimiser stay in 32 bits,
    /// and a fitted network is used in 32.
    Mixed,
}

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EarlyStopping {
    /// Epochs in a row without a gain after which training stops; 1 or more.
    pub patience: usize,
    /// Share of the groups of examples that is held out, over 0 to 0.5; one group at least.
    pub share: f64,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { patience: 10, share: 0.2 }
    }
}

impl Default for Training {
    fn default() -> Self {
        Self {
            epochs: 100,
            steps: None,
            batch: 64,
            accumulate: 1,
            optimiser: Optimiser::Adamw,
            learning_rate: 1e-3,
            weight_decay: 0.01,
            schedule: Schedule::Cosine {},
            warmup_steps: 0,
            clip_norm: Some(1.0),
            precision: Precision::Full,
            early_stopping: None,
        }
    }
}

impl Training {
    /// The share of the examples that has to be held out: for early stopping, or to see a plateau.
    pub(crate) fn held_out_share(&self) -> Option<f64> {
        let sees_plateaus = matches!(self.schedule, Schedule::Plateau(_));
        let share = self.early_stopping.map(|stopping| stopping.share);
        share.or_else(|| sees_plateaus.then(|| EarlyStopping::default().share))
    }

    /// Refuses settings out of range. `key` is where they stand: `mlp.training`.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self, key: &str) -> Result<()> {
        let key = |name: &str| format!("{key}.{name}");
        let count = |name: &str, found: usize, least: usize| match (least..=MOST).contains(&found) {
            true => Ok(()),
            false => Err(bad_setting(&key(name), found, &format!("{least} to {MOST}"))),
        };
        let up_to = |name: &str, found: f64, most: f64| match found > 0.0 && found <= most {
            true => Ok(()),
            false => Err(bad_setting(&key(name), found, &format!("over 0, up to {most}"))),
        };
        count("epochs", self.epochs, 1)?;
        count("steps", self.steps.unwrap_or(1), 1)?;
        count("batch", self.batch, 1)?;
        count("accumulate", self.accumulate, 1)?;
        count("warmup_steps", self.warmup_steps, 0)?;
        up_to("learning_rate", self.learning_rate, 10.0)?;
        up_to(
            "weight_decay",
            if self.weight_decay == 0.0 { 1.0 } else { self.weight_decay },
            10.0,
        )?;
        up_to("clip_norm", self.clip_norm.unwrap_or(1.0), 1e6)?;
        match self.schedule {
            Schedule::Step(Step { every_epochs, factor }) => {
                count("schedule.step.every_epochs", every_epochs, 1)?;
                up_to("schedule.step.factor", factor, 1.0)?;
            }
            Schedule::Plateau(Plateau { patience, factor }) => {
                count("schedule.plateau.patience", patience, 1)?;
                up_to("schedule.plateau.factor", factor, 1.0)?;
            }
            Schedule::Constant {} | Schedule::Cosine {} => {}
        }
        if let Some(EarlyStopping { patience, share }) = self.early_stopping {
            count("early_stopping.patience", patience, 1)?;
            up_to("early_stopping.share", share, 0.5)?;
        }
        Ok(())
    }
}
