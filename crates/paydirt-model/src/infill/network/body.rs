//! Which network it is.

use burn_tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::neural::Pass;
use crate::neural::parameters::Builder;
use crate::neural::tile_vit::{self, TileVit};
use crate::neural::unet::{self, UNet};

/// A kind of network and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// A U-Net with a residual encoder.
    Unet(unet::Size),
    /// A vision transformer.
    Vit(tile_vit::Size),
}

impl Default for Body {
    fn default() -> Self {
        Self::Unet(unet::Size::default())
    }
}

impl Body {
    pub(super) fn check(&self, key: &str) -> Result<()> {
        match self {
            Self::Unet(size) => size.check(&format!("{key}.unet")),
            Self::Vit(size) => size.check(&format!("{key}.vit")),
        }
    }

    /// The side to which tiles are filled up.
    #[must_use]
    pub const fn filled(&self, side: usize) -> usize {
        match self {
            Self::Unet(size) => size.filled(side),
            Self::Vit(size) => size.filled(side),
        }
    }
}

/// A declared network.
#[derive(Clone, Debug)]
pub(super) enum Built {
    Unet(UNet),
    Vit(TileVit),
}

impl Built {
    pub(super) fn new(
        builder: &mut Builder,
        planes: [usize; 2],
        filled: usize,
        body: Body,
    ) -> Self {
        match body {
            Body::Unet(size) => Self::Unet(UNet::new(builder, planes, size)),
            Body::Vit(size) => Self::Vit(TileVit::new(builder, planes, filled, size)),
        }
    }

    /// Planes in, log odds out.
    pub(super) fn forward(&self, pass: &mut Pass<'_>, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Unet(network) => network.forward(pass, input),
            Self::Vit(network) => network.forward(pass, input),
        }
    }
}
