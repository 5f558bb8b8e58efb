//! How the learning rate goes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The course of the learning rate after the warm-up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// The same all the way.
    Constant {},
    /// Down to 0 along half a cosine (Loshchilov and Hutter 2017, arXiv 1608.03983).
    Cosine {},
    /// Times `factor` after every so many epochs.
    Step(Step),
    /// Times `factor` when the loss on what is held out has not fallen for so many checks.
    Plateau(Plateau),
}

/// Steps down.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// Epochs between two steps, 1 or more.
    pub every_epochs: usize,
    /// By what the rate is multiplied, over 0 to 1.
    pub factor: f64,
}

impl Default for Step {
    fn default() -> Self {
        Self { every_epochs: 10, factor: 0.1 }
    }
}

/// Steps down where learning stands still.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Plateau {
    /// Checks without a gain, 1 or more.
    pub patience: usize,
    /// By what the rate is multiplied, over 0 to 1.
    pub factor: f64,
}

impl Default for Plateau {
    fn default() -> Self {
        Self { patience: 10, factor: 0.1 }
    }
}

/// Where a fit stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps made.
    pub step: usize,
    /// Steps that will be made.
    pub steps: usize,
    /// Steps of an epoch.
    pub epoch_steps: usize,
    /// Steps of the warm-up.
    pub warmup: usize,
    /// How often a plateau was met.
    pub plateaus: usize,
}

impl Schedule {
    /// The share of the learning rate for the step that comes next. The warm-up rises evenly to 1.
    ///
    /// ```
    /// use paydirt_model::neural::train::{Progress, Schedule};
    /// let at = |step| Progress { step, steps: 12, epoch_steps: 4, warmup: 4, plateaus: 0 };
    /// let cosine = Schedule::Cosine {};
    /// let rates: Vec<f64> = [0, 3, 4, 8].map(|step| cosine.share(at(step))).to_vec();
    /// assert_eq!(rates[..3], [0.25, 1.0, 1.0]);
    /// assert!((rates[3] - 0.5).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn share(&self, at: Progress) -> f64 {
        if at.step < at.warmup {
            return (at.step + 1) as f64 / at.warmup as f64;
        }
        match self {
            Self::Constant {} => 1.0,
            Self::Cosine {} => {
                let part = (at.step - at.warmup) as f64
                    / (at.steps.saturating_sub(at.warmup)).max(1) as f64;
                0.5 * (1.0 + (std::f64::consts::PI * part.min(1.0)).cos())
            }
            Self::Step(step) => {
                let epochs = (at.step - at.warmup) / at.epoch_steps.max(1);
                step.factor.powi((epochs / step.every_epochs.max(1)) as i32)
            }
            Self::Plateau(plateau) => plateau.factor.powi(at.plateaus as i32),
        }
    }
}
