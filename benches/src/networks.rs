//! The models that the studies of networks judge, with their settings in one place.

use paydirt_model::neural::classifier::{Backbone, Head, Mode, Window};
use paydirt_model::neural::loss::ClassLoss;
use paydirt_model::neural::masked_autoencoder::{self, LossOver};
use paydirt_model::neural::train::{Schedule, Training};
use paydirt_model::{ClassWeight, Model, boosting, cnn, forest, logistic, resnet, vit};

use crate::world::Contestant;

/// Side of a window, of a token, width, depth and heads of the encoder.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Cells along a window.
    pub window: usize,
    /// Cells along a token.
    pub patch: usize,
    /// Numbers of a token.
    pub width: usize,
    /// Blocks.
    pub depth: usize,
    /// Windows that are seen while pretraining.
    pub windows: usize,
}

/// The smaller of the two published networks, on windows of 5 cells.
pub const PUBLISHED: Size = Size { window: 5, patch: 1, width: 256, depth: 6, windows: 60_000 };

/// One that learns in seconds.
pub const SMALL: Size = Size { window: 5, patch: 1, width: 64, depth: 4, windows: 20_000 };

/// The same on windows as wide as the larger published network's.
pub const WIDE: Size = Size { window: 33, patch: 3, width: 64, depth: 4, windows: 20_000 };

fn training(epochs: usize, learning_rate: f64) -> Training {
    Training {
        epochs,
        learning_rate,
        batch: 32,
        warmup_steps: 20,
        schedule: Schedule::Cosine {},
        ..Training::default()
    }
}

/// Pretraining by completion.
#[must_use]
pub fn pretraining(size: Size) -> masked_autoencoder::Settings {
    let Size { window, patch, width, depth, windows } = size;
    masked_autoencoder::Settings {
        window_cells: window,
        patch_cells: patch,
        width,
        depth,
        heads: 8,
        decoder_width: width / 2,
        decoder_depth: 2,
        decoder_heads: 4,
        layer_mask_ratio: 0.0,
        loss_over: LossOver::All,
        windows_per_epoch: windows / 5,
        held_out_windows: 0,
        training: Training {
            epochs: 5,
            batch: 128,
            learning_rate: 1e-3,
            warmup_steps: 20,
            ..Training::default()
        },
        ..masked_autoencoder::Settings::default()
    }
}

fn window(size: Size) -> Window {
    Window { cells: size.window, ..Window::default() }
}

fn loss() -> ClassLoss {
    ClassLoss { label_smoothing: 0.2, ..ClassLoss::default() }
}

/// The transformer; with a mode, on a pretrained encoder.
#[must_use]
pub fn transformer(size: Size, mode: Option<Mode>) -> Model {
    let frozen = mode == Some(Mode::Frozen);
    Model::Vit(vit::Settings {
        window: match frozen {
            true => Window { augment: false, hidden_layers: 0.0, ..window(size) },
            false => window(size),
        },
        patch_cells: size.patch,
        width: size.width,
        depth: size.depth,
        heads: 8,
        backbone: mode.map(|mode| Backbone { path: None, mode }),
        head: Head { dropout: 0.5, ..Head::default() },
        loss: loss(),
        training: training(40, if frozen { 1e-3 } else { 2e-4 }),
        ..vit::Settings::default()
    })
}

/// Every contestant of a study.
#[must_use]
pub fn contestants(size: Size) -> Vec<Contestant> {
    let plain = |name, model| Contestant { name, model, pretrain: None };
    let pretrained = |name, mode| Contestant {
        name,
        model: transformer(size, Some(mode)),
        pretrain: Some(pretraining(size)),
    };
    let class_weight = ClassWeight::Balanced;
    let forest = forest::Settings { trees: 500, class_weight, ..Default::default() };
    // As scikit-learn's, whose figures the specification gives.
    let pure = forest::Settings { min_leaf: 1, ..forest.clone() };
    let boosting = boosting::Settings { class_weight, ..Default::default() };
    let logistic = logistic::Settings { class_weight, ..Default::default() };
    let resnet = resnet::Settings {
        window: window(size),
        loss: loss(),
        training: training(40, 1e-3),
        ..Default::default()
    };
    let cnn = cnn::Settings {
        window: window(size),
        loss: loss(),
        training: training(40, 1e-3),
        ..Default::default()
    };
    vec![
        plain("logistic", Model::Logistic(logistic)),
        plain("forest", Model::Forest(forest)),
        plain("forest, leaves of one", Model::Forest(pure)),
        plain("boosting", Model::Boosting(boosting)),
        plain("cnn", Model::Cnn(cnn)),
        plain("resnet", Model::Resnet(resnet)),
        plain("vit, from scratch", transformer(size, None)),
        pretrained("vit, pretrained and frozen", Mode::Frozen),
        pretrained("vit, pretrained and fine-tuned", Mode::FineTuned),
    ]
}
