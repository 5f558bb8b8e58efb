//! The networks that make features of windows.

use burn_tensor::Tensor;
use paydirt_core::seed::Seed;
use serde::{Deserialize, Serialize};

use super::{check_blocks, check_widths};
use crate::Result;
use crate::neural::cnn::{Cnn, ResNet};
use crate::neural::device;
use crate::neural::masked_autoencoder::{check_cut, check_stack};
use crate::neural::mlp::{Mlp, Shape};
use crate::neural::parameters::{Builder, Parameters};
use crate::neural::pass::{Pass, tensor};
use crate::neural::patches::{Cut, Tokens};
use crate::neural::transformer::Stack;
use crate::neural::vit::{Encoder, Pooling};

/// What a network of windows looks like, beside its window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    /// A vision transformer.
    Vit {
        /// Cells along a token's side.
        patch: usize,
        /// Numbers of a token.
        width: usize,
        /// Blocks.
        depth: usize,
        /// Heads of attention.
        heads: usize,
        /// How tokens become features.
        pooling: Pooling,
    },
    /// A residual network.
    Resnet {
        /// Channels of each stage.
        widths: Vec<usize>,
        /// Blocks of a stage.
        blocks: usize,
    },
    /// A plain network of convolutions.
    Cnn {
        /// Channels of each stage.
        widths: Vec<usize>,
    },
}

impl Architecture {
    /// Features of a window.
    pub(crate) fn features(&self) -> usize {
        match self {
            Self::Vit { width, .. } => *width,
            Self::Resnet { widths, .. } | Self::Cnn { widths } => {
                widths.last().copied().unwrap_or(0)
            }
        }
    }
}

/// Everything that a network is built from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) architecture: Architecture,
    /// Planes of a window, and cells along its side.
    pub(crate) window: [usize; 2],
    /// Widths of the hidden layers of the head.
    pub(crate) head: Vec<usize>,
    /// Shares dropped in the body and in the head.
    pub(crate) dropout: [f64; 2],
}

/// Windows as numbers in the order in which the network takes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Input {
    pub(crate) samples: usize,
    /// Values, 0 where not known.
    pub(crate) values: Vec<f32>,
    /// Share that is not known.
    pub(crate) missing: Vec<f32>,
}

#[derive(Clone, Debug)]
enum Body {
    Vit(Encoder, Pooling),
    Resnet(ResNet),
    Cnn(Cnn),
}

/// A body that makes features of windows, and a head that makes log odds of features.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    body: Body,
    head: Mlp,
    planes: usize,
    side: usize,
    features: usize,
}

impl Plan {
    /// Refuses a network that was not saved by a fit.
    pub(crate) fn check(&self) -> std::result::Result<(), String> {
        let told = |error: crate::Error| error.to_string();
        if !self.head.is_empty() {
            check_widths("head", &self.head).map_err(told)?;
        }
        match &self.architecture {
            Architecture::Vit { patch, width, depth, heads, .. } => {
                check_cut("vit", self.window[1], *patch).map_err(told)?;
                let stack = Stack { width: *width, depth: *depth, heads: *heads, dropout: 0.0 };
                check_stack("vit", &stack).map_err(told)
            }
            Architecture::Resnet { widths, blocks } => {
                check_widths("resnet.widths", widths).map_err(told)?;
                check_blocks(*blocks).map_err(told)
            }
            Architecture::Cnn { widths } => check_widths("cnn.widths", widths).map_err(told),
        }
    }

    pub(crate) fn build(&self, model: &'static str, seed: Seed) -> Result<(Network, Parameters)> {
        let mut builder = Builder::new(seed.derive("weights", 0));
        let [planes, side] = self.window;
        let [in_body, in_head] = self.dropout;
        let body = builder.under("encoder", |builder| match &self.architecture {
            Architecture::Vit { patch, width, depth, heads, pooling } => {
                let cut = Cut { planes, side, patch: *patch };
                let stack = Stack { width: *width, depth: *depth, heads: *heads, dropout: in_body };
                Body::Vit(Encoder::new(builder, cut, stack), *pooling)
            }
            Architecture::Resnet { widths, blocks } => {
                Body::Resnet(ResNet::new(builder, planes, widths, *blocks))
            }
            Architecture::Cnn { widths } => Body::Cnn(Cnn::new(builder, planes, widths)),
        });
        let features = self.architecture.features();
        let head = Shape {
            inputs: features,
            hidden: self.head.clone(),
            outputs: 1,
            activation: Default::default(),
            dropout: in_head,
            normalise: true,
        };
        let head = builder.under("head", |builder| Mlp::new(builder, &head));
        let network = Network { body, head, planes, side, features };
        Ok((network, builder.start(model, &device::chosen())?))
    }
}

impl Network {
    /// Numbers of a row of features.
    pub(crate) const fn features_of(&self) -> usize {
        self.features
    }

    /// Windows as the body takes them.
    pub(crate) fn input(&self, windows: &[f32]) -> Input {
        if let Body::Vit(encoder, _) = &self.body {
            let Tokens { samples, values, missing, .. } = Tokens::all(encoder.cut(), windows);
            return Input { samples, values, missing };
        }
        Input {
            samples: windows.len() / (self.planes * self.side * self.side).max(1),
            values: windows.iter().map(|value| if value.is_nan() { 0.0 } else { *value }).collect(),
            missing: windows.iter().map(|value| f32::from(u8::from(value.is_nan()))).collect(),
        }
    }

    /// The plane of each value of a sample, and of each share that is not known.
    pub(crate) fn planes_of(&self, input: &Input) -> [Vec<usize>; 2] {
        let [values, missing] =
            [&input.values, &input.missing].map(|list| list.len() / input.samples.max(1));
        let cells = self.side * self.side;
        match &self.body {
            Body::Vit(encoder, _) => {
                let cut = encoder.cut();
                let of_value = |place: usize| place % cut.numbers() / (cut.patch * cut.patch);
                [
                    (0..values).map(of_value).collect(),
                    (0..missing).map(|place| place % cut.planes).collect(),
                ]
            }
            _ => [values, missing].map(|count| (0..count).map(|place| place / cells).collect()),
        }
    }

    /// Features of windows, from flat tensors of an [`Input`].
    pub(crate) fn features(
        &self,
        pass: &mut Pass<'_>,
        samples: usize,
        [values, missing]: [Tensor<1>; 2],
    ) -> Tensor<2> {
        let square =
            |numbers: Tensor<1>| numbers.reshape([samples, self.planes, self.side, self.side]);
        match &self.body {
            Body::Vit(encoder, pooling) => {
                let cut = encoder.cut();
                let tokens = Tokens { samples, ..Tokens::default() };
                let values = values.reshape([samples, cut.tokens(), cut.numbers()]);
                let missing = missing.reshape([samples, cut.tokens(), cut.planes]);
                pooling.apply(encoder.encode(pass, values, (missing, &tokens)))
            }
            Body::Resnet(network) => network.forward(pass, [square(values), square(missing)]),
            Body::Cnn(network) => network.forward(pass, [square(values), square(missing)]),
        }
    }

    /// Features of windows.
    pub(crate) fn features_of_input(&self, pass: &mut Pass<'_>, input: &Input) -> Tensor<2> {
        let flat = [&input.values, &input.missing]
            .map(|list| tensor(list.clone(), [list.len()], &pass.device()));
        self.features(pass, input.samples, flat)
    }

    /// Log odds of features: one a sample.
    pub(crate) fn log_odds(&self, pass: &mut Pass<'_>, features: Tensor<2>) -> Tensor<1> {
        let [samples, _] = features.dims();
        let features = pass.dropout(features, self.head.dropout());
        self.head.forward(pass, features).reshape([samples])
    }
}
