//! Vision transformer: attention between the parts of a window around the cell.
//!
//! A window of the ground is cut into tokens; blocks of attention let each look at all others; the class
//! token (or the mean of the others) goes through the head, which gives log odds (Dosovitskiy and others
//! 2021, arXiv 2010.11929; for prospectivity Daruna and others 2024, doi
//! 10.1109/BigData62323.2024.10825367). With few deposits it needs a [`Backbone`] that was pretrained without
//! labels ([`crate::neural::masked_autoencoder`]). The score is the logistic function of the log odds.
//!
//! Layers are standardised, and categories expanded to indicators, by the cells that may train; what is not
//! known is told to the network. Shares are integrated gradients in log odds.

use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::neural::Around;
pub use crate::neural::classifier::Fitted;
use crate::neural::classifier::{Architecture, Backbone, Common, Head, Window};
use crate::neural::loss::ClassLoss;
use crate::neural::masked_autoencoder::{check_cut, check_stack};
use crate::neural::train::Training;
use crate::neural::transformer::Stack;
use crate::neural::vit::Pooling;
use crate::{ClassWeight, Error, Estimator, FittedModel, Result, TrainingSet};

/// Settings of the vision transformer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The window around a sample; its cells are a multiple of `patch_cells`.
    pub window: Window,
    /// Cells along a token's side.
    pub patch_cells: usize,
    /// Numbers of a token; a multiple of `heads`.
    pub width: usize,
    /// Blocks of attention.
    pub depth: usize,
    /// Heads of attention.
    pub heads: usize,
    /// What becomes the features: the `class` token or the `mean` of the others.
    pub pooling: Pooling,
    /// Share dropped within blocks while it learns, 0 to less than 1.
    pub dropout: f64,
    /// A pretrained encoder; window, tokens and encoder are then those of its file.
    pub backbone: Option<Backbone>,
    /// The head: from features to log odds.
    pub head: Head,
    /// Whether deposits and other samples count alike: `none` or `balanced`.
    pub class_weight: ClassWeight,
    /// Label smoothing and focal loss.
    pub loss: ClassLoss,
    /// How it learns. With `early_stopping` whole blocks of two windows' width are held out.
    pub training: Training,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            window: Window::default(),
            patch_cells: 3,
            width: 64,
            depth: 4,
            heads: 4,
            pooling: Pooling::Class,
            dropout: 0.0,
            backbone: None,
            head: Head::default(),
            class_weight: ClassWeight::Balanced,
            loss: ClassLoss::default(),
            training: Training::default(),
        }
    }
}

impl Settings {
    /// The same without a backbone, where it has one.
    #[must_use]
    pub fn from_scratch(&self) -> Option<Self> {
        self.backbone.as_ref().map(|_| Self { backbone: None, ..self.clone() })
    }
}

impl Estimator for Settings {
    fn fit(&self, _: &TrainingSet, _: Seed) -> Result<FittedModel> {
        Err(Error::NeedsGround { model: "vit".into() })
    }

    fn fit_on(&self, set: &TrainingSet, around: Around<'_>, seed: Seed) -> Result<FittedModel> {
        let Self { patch_cells: patch, width, depth, heads, pooling, .. } = *self;
        if self.backbone.is_none() {
            check_cut("vit", self.window.cells, patch)?;
            check_stack("vit", &Stack { width, depth, heads, dropout: 0.0 })?;
        }
        let common = Common {
            model: "vit",
            window: &self.window,
            head: &self.head,
            class_weight: self.class_weight,
            loss: self.loss,
            training: &self.training,
            dropout: self.dropout,
            backbone: self.backbone.as_ref(),
        };
        let architecture = Architecture::Vit { patch, width, depth, heads, pooling };
        Ok(FittedModel::Vit(common.fit(architecture, set, around, seed)?))
    }
}
