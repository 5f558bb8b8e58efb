//! Pretraining: what a network learns from ground without a label, before it sees the first deposit.

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::neural::masked_autoencoder;
use crate::pretext::geology::RockPoints;
use crate::pretext::{Layers, Trunk, autoencoder, geology};

/// A pretraining as the project file names it, as in `[pretrain.masked_autoencoder]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pretrain {
    /// Windows are completed of which a part is hidden: for `[model.vit]`.
    MaskedAutoencoder(masked_autoencoder::Settings),
    /// Every row is given back after a narrow layer: for `[model.mlp]`.
    Autoencoder(autoencoder::Settings),
    /// The rock of every row is told: for `[model.mlp]`.
    Geology(geology::Settings),
}

impl Pretrain {
    /// Its key in the project file.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::MaskedAutoencoder(_) => "masked_autoencoder",
            Self::Autoencoder(_) => "autoencoder",
            Self::Geology(_) => "geology",
        }
    }

    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        match self {
            Self::MaskedAutoencoder(settings) => settings.check(),
            Self::Autoencoder(settings) => settings.check(),
            Self::Geology(settings) => settings.check(),
        }
    }

    /// The pretraining on windows, if it is one.
    #[must_use]
    pub const fn of_windows(&self) -> Option<&masked_autoencoder::Settings> {
        match self {
            Self::MaskedAutoencoder(settings) => Some(settings),
            Self::Autoencoder(_) | Self::Geology(_) => None,
        }
    }

    /// The layers that a pretext on rows learns; `None` for windows.
    #[must_use]
    pub const fn layers(&self) -> Option<&Layers> {
        match self {
            Self::MaskedAutoencoder(_) => None,
            Self::Autoencoder(settings) => Some(&settings.layers),
            Self::Geology(settings) => Some(&settings.layers),
        }
    }

    /// Rows that a pretext on rows learns from, at most; `None` for windows.
    #[must_use]
    pub const fn rows(&self) -> Option<usize> {
        match self {
            Self::MaskedAutoencoder(_) => None,
            Self::Autoencoder(settings) => Some(settings.rows),
            Self::Geology(settings) => Some(settings.rows),
        }
    }

    /// The layer whose classes are told; it is no evidence then.
    #[must_use]
    pub fn told_layer(&self) -> Option<&str> {
        match self {
            Self::Geology(settings) if settings.points.is_none() => Some(&settings.layer),
            _ => None,
        }
    }

    /// The points whose rock is told.
    #[must_use]
    pub const fn points(&self) -> Option<&RockPoints> {
        match self {
            Self::Geology(settings) => settings.points.as_ref(),
            _ => None,
        }
    }

    /// Whether it may learn on ground that is held out, as the project says.
    #[must_use]
    pub const fn is_independent(&self) -> bool {
        matches!(self, Self::Geology(settings) if settings.independent)
    }

    /// What a pretext learns from rows, and from the class of each where it tells one; `None` for windows.
    ///
    /// # Errors
    /// As [`autoencoder::Settings::fit`] and [`geology::Settings::fit`].
    pub fn trunk(&self, features: &Table, class: &[i64], seed: Seed) -> Result<Option<Trunk>> {
        match self {
            Self::MaskedAutoencoder(_) => Ok(None),
            Self::Autoencoder(settings) => settings.fit(features, seed).map(Some),
            Self::Geology(settings) => settings.fit(features, class, seed).map(Some),
        }
    }
}
