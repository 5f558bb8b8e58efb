//! The vision transformer as an encoder of windows (Dosovitskiy and others 2021, arXiv 2010.11929).
//!
//! A window is cut into tokens of `patch x patch` cells of all its planes. A token is a weighted sum of its
//! values, plus for each plane a learned vector times the share of its cells that are not known, plus the
//! vector of its place. A class token goes first; blocks of attention follow.

use burn_tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layers::Linear;
use super::parameters::{Builder, Id, Start};
use super::pass::Pass;
use super::patches::{Cut, Tokens};
use super::transformer::{Stack, Transformer};

/// How a window's tokens become one row of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The class token.
    #[default]
    Class,
    /// The mean of the others.
    Mean,
}

/// The encoder.
#[derive(Clone, Debug)]
pub struct Encoder {
    cut: Cut,
    embed: Linear,
    missing: Linear,
    class: Id,
    position: Id,
    blocks: Transformer,
}

impl Encoder {
    /// Declares the encoder.
    pub fn new(builder: &mut Builder, cut: Cut, stack: Stack) -> Self {
        let width = stack.width;
        let start = Start::between(cut.numbers(), width);
        Self {
            cut,
            embed: Linear::starting(builder, "patch_embed", [cut.numbers(), width], start),
            missing: Linear::unbiased(
                builder,
                "missing",
                [cut.planes, width],
                Start::Constant(0.0),
            ),
            class: builder.learned("cls_token", &[1, 1, width], Start::Normal(0.02)),
            position: builder.learned("pos_embed", &[cut.tokens(), width], Start::Normal(0.02)),
            blocks: Transformer::new(builder, stack),
        }
    }

    /// How windows are cut.
    #[must_use]
    pub const fn cut(&self) -> &Cut {
        &self.cut
    }

    /// Tokens to `[sample, 1 + token, width]`, the class token first.
    #[must_use]
    pub fn forward(&self, pass: &mut Pass<'_>, tokens: &Tokens) -> Tensor<3> {
        let [values, missing] = tokens.tensors(&self.cut, pass);
        self.encode(pass, values, (missing, tokens))
    }

    /// The same from values that are a tensor already: gradients may reach them.
    #[must_use]
    pub fn encode(
        &self,
        pass: &mut Pass<'_>,
        values: Tensor<3>,
        (missing, tokens): (Tensor<3>, &Tokens),
    ) -> Tensor<3> {
        let position = tokens.at_places(pass.get(self.position), pass);
        let embedded =
            self.embed.forward(pass, values) + self.missing.forward(pass, missing) + position;
        let [samples, _, width] = embedded.dims();
        let class = pass.get::<3>(self.class).expand([samples, 1, width]);
        self.blocks.forward(pass, Tensor::cat(vec![class, embedded], 1))
    }
}

impl Pooling {
    /// `[sample, 1 + token, width]` to `[sample, width]`.
    #[must_use]
    pub fn apply(self, tokens: Tensor<3>) -> Tensor<2> {
        let [samples, count, width] = tokens.dims();
        match self {
            Self::Class => tokens.narrow(1, 0, 1).reshape([samples, width]),
            Self::Mean => tokens.narrow(1, 1, count - 1).mean_dim(1).reshape([samples, width]),
        }
    }
}
