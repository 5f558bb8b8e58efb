//! Pretraining: what a network learns from ground without a label, before it sees the first deposit.

use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::neural::masked_autoencoder::{self, Pretrained};
use crate::neural::train::Run;
use crate::neural::{Ground, WindowShape};

/// A pretraining as the project file names it: `[pretrain.masked_autoencoder]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pretrain {
    /// See [`crate::neural::masked_autoencoder`].
    MaskedAutoencoder(masked_autoencoder::Settings),
}

impl Pretrain {
    /// Its key in the project file.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::MaskedAutoencoder(_) => "masked_autoencoder",
        }
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        match self {
            Self::MaskedAutoencoder(settings) => settings.check(),
        }
    }

    /// The window that it looks at.
    #[must_use]
    pub fn shape(&self) -> WindowShape {
        match self {
            Self::MaskedAutoencoder(settings) => settings.shape(),
        }
    }

    /// Learns from the cells of a ground that may train.
    ///
    /// # Errors
    /// As [`masked_autoencoder::Settings::fit`].
    pub fn fit(&self, ground: &dyn Ground, seed: Seed, run: Run<'_>) -> Result<Pretrained> {
        match self {
            Self::MaskedAutoencoder(settings) => Ok(settings.fit(ground, seed, run)?.0),
        }
    }
}
