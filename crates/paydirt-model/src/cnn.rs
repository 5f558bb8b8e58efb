//! Convolutional network: a plain stack of convolutions over a window around the cell.
//!
//! Each stage is a convolution of 3 x 3 cells, normalised over the batch, and max(0, x); all but the first
//! halve the cells along a side (LeCun and others 1998, doi 10.1109/5.726791). The mean over what is left
//! goes through the head, which gives log odds. The score is the logistic function of the log odds.
//!
//! Layers are standardised, and categories expanded to indicators, by the cells that may train; what is not
//! known is told to the network. Shares are integrated gradients in log odds.

use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::neural::Around;
pub use crate::neural::classifier::Fitted;
use crate::neural::classifier::{Architecture, Common, Head, Window, check_widths};
use crate::neural::loss::ClassLoss;
use crate::neural::train::Training;
use crate::{ClassWeight, Error, Estimator, FittedModel, Result, TrainingSet};

/// Settings of the network of convolutions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The window around a sample.
    pub window: Window,
    /// Channels of each stage.
    pub widths: Vec<usize>,
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
            widths: vec![32, 64],
            head: Head::default(),
            class_weight: ClassWeight::Balanced,
            loss: ClassLoss::default(),
            training: Training::default(),
        }
    }
}

impl Estimator for Settings {
    fn fit(&self, _: &TrainingSet, _: Seed) -> Result<FittedModel> {
        Err(Error::NeedsGround { model: "cnn".into() })
    }

    fn fit_on(&self, set: &TrainingSet, around: Around<'_>, seed: Seed) -> Result<FittedModel> {
        check_widths("cnn.widths", &self.widths)?;
        let common = Common {
            model: "cnn",
            window: &self.window,
            head: &self.head,
            class_weight: self.class_weight,
            loss: self.loss,
            training: &self.training,
            dropout: 0.0,
            backbone: None,
        };
        let architecture = Architecture::Cnn { widths: self.widths.clone() };
        Ok(FittedModel::Cnn(common.fit(architecture, set, around, seed)?))
    }
}
