//! Which network it is.

use burn_tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Settings, Shape};
use crate::Result;
use crate::neural::Pass;
use crate::neural::parameters::Builder;
use crate::neural::spectral::{self, Scans};
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

/// A declared network: a body, and the encoder of scans where there are any.
#[derive(Clone, Debug)]
pub(super) struct Built {
    body: AnyBody,
    spectral: Option<spectral::Encoder>,
}

#[derive(Clone, Debug)]
enum AnyBody {
    Unet(UNet),
    Vit(TileVit),
}

impl Built {
    pub(super) fn new(builder: &mut Builder, shape: Shape, settings: &Settings) -> Self {
        let planes = [shape.inputs(settings), shape.species];
        let body = match settings.body {
            Body::Unet(size) => AnyBody::Unet(UNet::new(builder, planes, size)),
            Body::Vit(size) => {
                let filled = settings.body.filled(shape.side);
                AnyBody::Vit(TileVit::new(builder, planes, filled, size))
            }
        };
        let spectral = (shape.bands > 0).then(|| {
            builder.under("spectral", |builder| {
                spectral::Encoder::new(builder, shape.bands, settings.spectral)
            })
        });
        Self { body, spectral }
    }

    /// Planes and scans in, log odds out.
    pub(super) fn forward(
        &self,
        pass: &mut Pass<'_>,
        input: Tensor<4>,
        scans: &Scans,
    ) -> Tensor<4> {
        let [tiles, _, side, _] = input.dims();
        let input = match &self.spectral {
            None => input,
            Some(encoder) => {
                let told = encoder.forward(pass, scans, [tiles, side]);
                Tensor::cat(vec![input, told], 1)
            }
        };
        match &self.body {
            AnyBody::Unet(network) => network.forward(pass, input),
            AnyBody::Vit(network) => network.forward(pass, input),
        }
    }
}
