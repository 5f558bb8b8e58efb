//! Residual network: convolutions over a window around the cell, each block beside its input.
//!
//! The window goes through stages of residual blocks (He and others 2016, doi 10.1109/CVPR.2016.90), each
//! with half the cells along a side of the one before; the mean over what is left goes through the head,
//! which gives log odds. Stages of 64, 128, 256 and 512 with 2 blocks each are the ResNet-18, with 1 block
//! the ResNet-10, but without pooling at the entrance. The score is the logistic function of the log odds.
//!
//! Layers are standardised, and categories expanded to indicators, by the cells that may train; what is not
//! known is told to the network. Shares are integrated gradients in log odds.

use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::neural::Around;
pub use crate::neural::classifier::Fitted;
use crate::neural::classifier::{Architecture, Common, Head, Window, check_blocks, check_widths};
use crate::neural::loss::ClassLoss;
use crate::neural::train::Training;
use crate::{ClassWeight, Error, Estimator, FittedModel, Result, TrainingSet};

/// Settings of the residual network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The window around a sample.
    pub window: Window,
    /// Channels of each stage.
    pub widths: Vec<usize>,
    /// Blocks of a stage.
    pub blocks: usize,
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
            widths: vec![32, 64, 128],
            blocks: 1,
            head: Head::default(),
            class_weight: ClassWeight::Balanced,
            loss: ClassLoss::default(),
            training: Training::default(),
        }
    }
}

impl Estimator for Settings {
    fn fit(&self, _: &TrainingSet, _: Seed) -> Result<FittedModel> {
        Err(Error::NeedsGround { model: "resnet".into() })
    }

    fn fit_on(&self, set: &TrainingSet, around: Around<'_>, seed: Seed) -> Result<FittedModel> {
        check_widths("resnet.widths", &self.widths)?;
        check_blocks(self.blocks)?;
        let common = Common {
            model: "resnet",
            window: &self.window,
            head: &self.head,
            class_weight: self.class_weight,
            loss: self.loss,
            training: &self.training,
            dropout: 0.0,
            backbone: None,
        };
        let architecture =
            Architecture::Resnet { widths: self.widths.clone(), blocks: self.blocks };
        Ok(FittedModel::Resnet(common.fit(architecture, set, around, seed)?))
    }
}
