//! The U-Net with a residual encoder: planes of cells to planes of cells (Ronneberger and others 2015, doi
//! 10.1007/978-3-319-24574-4_28; He and others 2016, doi 10.1109/CVPR.2016.90).
//!
//! As the residual networks here it keeps its cells at the entrance: nothing is pooled before the first stage,
//! and each further stage halves the side. The decoder doubles it again, each cell four times, sets the planes
//! of the stage beside it and convolves once.

use burn_tensor::Tensor;
use burn_tensor::activation::{relu, sigmoid};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::cnn::{Layer, Residual};
use super::kernels::doubled_beside;
use super::layers::Conv;
use super::parameters::{Builder, Id, Start};
use super::pass::Pass;
use crate::Result;
use crate::columns::bad_setting;

/// Depths, with the blocks of each stage and whether they are bottlenecks of three convolutions.
const DEPTHS: [(usize, [usize; 4], bool); 6] = [
    (10, [1, 1, 1, 1], false),
    (18, [2, 2, 2, 2], false),
    (34, [3, 4, 6, 3], false),
    (50, [3, 4, 6, 3], true),
    (101, [3, 4, 23, 3], true),
    (152, [3, 8, 36, 3], true),
];

/// What a bottleneck widens its planes by.
const WIDENING: usize = 4;

/// How large the network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "UNetSize")]
pub struct Size {
    /// Layers of the residual encoder: 10, 18, 34, 50, 101 or 152.
    pub depth: usize,
    /// Planes of the first stage; each further stage has twice as many. The published encoders have 64.
    pub width: usize,
    /// Stages of the encoder, 1 to 4; each but the first halves the side.
    pub stages: usize,
    /// Whether entrance and decoder have gates: each plane is multiplied, cell by cell, with a share from 0 to 1
    /// that is learned beside it, so that what stands for hidden cells need not be convolved as if it were ground
    /// (Yu and others 2019, doi 10.1109/ICCV.2019.00457).
    pub gated: bool,
}

impl Default for Size {
    fn default() -> Self {
        Self { depth: 18, width: 64, stages: 4, gated: false }
    }
}

impl Size {
    /// Refuses sizes out of range; `key` is where they stand.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self, key: &str) -> Result<()> {
        if self.blocks().is_none() {
            let depths: Vec<String> = DEPTHS.iter().map(|(depth, ..)| depth.to_string()).collect();
            return Err(bad_setting(&format!("{key}.depth"), self.depth, &depths.join(", ")));
        }
        if !(1..=1024).contains(&self.width) {
            return Err(bad_setting(&format!("{key}.width"), self.width, "1 to 1024"));
        }
        if !(1..=4).contains(&self.stages) {
            return Err(bad_setting(&format!("{key}.stages"), self.stages, "1 to 4"));
        }
        Ok(())
    }

    fn blocks(&self) -> Option<([usize; 4], bool)> {
        DEPTHS
            .iter()
            .find(|(depth, ..)| *depth == self.depth)
            .map(|(_, blocks, bottle)| (*blocks, *bottle))
    }

    /// The side to which a tile is filled up: the next multiple of what the stages divide by.
    #[must_use]
    pub const fn filled(&self, side: usize) -> usize {
        side.next_multiple_of(1 << (self.stages - 1))
    }
}

/// Three convolutions, the middle one narrow, and the input beside them.
#[derive(Clone, Debug)]
struct Bottleneck {
    layers: [Layer; 3],
    beside: Option<Layer>,
}

impl Bottleneck {
    fn new(builder: &mut Builder, [inputs, width]: [usize; 2], stride: usize) -> Self {
        let outputs = WIDENING * width;
        let changes = stride != 1 || inputs != outputs;
        Self {
            layers: [
                Layer::new(builder, "1", [inputs, width, 1], 1),
                Layer::new(builder, "2", [width, width, 3], stride),
                Layer::new(builder, "3", [width, outputs, 1], 1),
            ],
            beside: changes.then(|| Layer::new(builder, "beside", [inputs, outputs, 1], stride)),
        }
    }

    fn forward(&self, pass: &mut Pass<'_>, input: Tensor<4>) -> Tensor<4> {
        let inner = self.layers[0].forward(pass, input.clone());
        let inner = self.layers[1].forward(pass, inner);
        let inner = self.layers[2].linear(pass, inner);
        let beside = match &self.beside {
            Some(beside) => beside.linear(pass, input),
            None => input,
        };
        relu(inner + beside)
    }
}

#[derive(Clone, Debug)]
enum Block {
    Basic(Residual),
    Bottleneck(Bottleneck),
}

impl Block {
    fn forward(&self, pass: &mut Pass<'_>, input: Tensor<4>) -> Tensor<4> {
        match self {
            Self::Basic(block) => block.forward(pass, input),
            Self::Bottleneck(block) => block.forward(pass, input),
        }
    }
}

/// A convolution of 3 x 3 cells, with its gate where it has one.
#[derive(Clone, Debug)]
struct Way {
    layer: Layer,
    gate: Option<Layer>,
}

impl Way {
    fn new(builder: &mut Builder, name: &str, [inputs, outputs]: [usize; 2], gated: bool) -> Self {
        let layer = Layer::new(builder, name, [inputs, outputs, 3], 1);
        let gate = format!("{name}.gate");
        let gate = gated.then(|| Layer::new(builder, &gate, [inputs, outputs, 3], 1));
        Self { layer, gate }
    }

    fn forward(&self, pass: &mut Pass<'_>, input: Tensor<4>) -> Tensor<4> {
        let Some(gate) = &self.gate else { return self.layer.forward(pass, input) };
        let planes = self.layer.forward(pass, input.clone());
        planes * sigmoid(gate.linear(pass, input))
    }
}

/// The network.
#[derive(Clone, Debug)]
pub struct UNet {
    entrance: Way,
    stages: Vec<Vec<Block>>,
    /// From the deepest stage up.
    decoder: Vec<Way>,
    head: Conv,
    bias: Id,
}

impl UNet {
    /// Declares a network of so many planes in and out. The size must have been checked.
    pub fn new(builder: &mut Builder, [inputs, outputs]: [usize; 2], size: Size) -> Self {
        let (blocks, bottle) = size.blocks().unwrap_or((DEPTHS[0].1, false));
        let entrance = Way::new(builder, "entrance", [inputs, size.width], size.gated);
        let mut stages = Vec::new();
        let mut widths = Vec::new();
        let mut planes = size.width;
        for (stage, count) in blocks.into_iter().enumerate().take(size.stages) {
            let width = size.width << stage;
            let mut list = Vec::new();
            for number in 0..count {
                let stride = if stage > 0 && number == 0 { 2 } else { 1 };
                let name = format!("encoder{stage}.{number}");
                list.push(builder.under(&name, |builder| match bottle {
                    true => Block::Bottleneck(Bottleneck::new(builder, [planes, width], stride)),
                    false => Block::Basic(Residual::new(builder, planes, width, stride)),
                }));
                planes = if bottle { WIDENING * width } else { width };
            }
            widths.push(planes);
            stages.push(list);
        }
        let mut decoder = Vec::new();
        for stage in (0..size.stages - 1).rev() {
            let width = size.width << stage;
            let shape = [planes + widths[stage], width];
            decoder.push(Way::new(builder, &format!("decoder{stage}"), shape, size.gated));
            planes = width;
        }
        // What came in stands beside what the decoder made of it.
        let head = Conv::new(builder, "head", [planes + size.width, outputs, 1], 1);
        let bias = builder.learned("head.bias", &[1, outputs, 1, 1], Start::Constant(0.0));
        Self { entrance, stages, decoder, head, bias }
    }

    /// `[tile, plane, row, col]` to as many planes as were declared; sides must be [`Size::filled`].
    #[must_use]
    pub fn forward(&self, pass: &mut Pass<'_>, input: Tensor<4>) -> Tensor<4> {
        let entered = self.entrance.forward(pass, input);
        let mut planes = entered.clone();
        let mut skips = Vec::new();
        for stage in &self.stages {
            for block in stage {
                planes = block.forward(pass, planes);
            }
            skips.push(planes.clone());
        }
        skips.pop();
        for (layer, skip) in self.decoder.iter().zip(skips.into_iter().rev()) {
            planes = layer.forward(pass, doubled_beside(planes, skip));
        }
        let output = self.head.forward(pass, Tensor::cat(vec![planes, entered], 1));
        output + pass.get::<4>(self.bias)
    }
}

#[cfg(test)]
mod tests {
    use burn_tensor::Device;
    use paydirt_core::seed::Seed;

    use super::*;
    use crate::neural::{tensor, to_numbers};

    /// Learned numbers of the published encoders: of the whole ResNet-18, -34 and -50 (11,689,512, 21,797,672
    /// and 25,557,032) less entrance (9,536) and head (513,000; 2,049,000).
    #[test]
    fn encoders_have_the_parameters_of_the_published_ones() {
        let published = [(18, 11_166_976), (34, 21_275_136), (50, 23_498_496)];
        for (depth, numbers) in published {
            let size = Size { depth, width: 64, stages: 4, gated: false };
            let mut builder = Builder::new(Seed(1));
            let _ = UNet::new(&mut builder, [3, 1], size);
            let specs = builder.start("unet", &Device::flex()).unwrap();
            let encoder: usize = specs
                .specs()
                .iter()
                .filter(|spec| spec.learned && spec.name.starts_with("encoder"))
                .map(|spec| spec.len())
                .sum();
            assert_eq!(encoder, numbers, "resnet{depth}");
        }
    }

    #[test]
    fn every_depth_keeps_the_side_and_sees_the_whole_tile() {
        for (depth, gated) in [(10, false), (18, true), (50, false)] {
            let size = Size { depth, width: 4, stages: 3, gated };
            assert_eq!((size.filled(50), size.filled(52)), (52, 52));
            let mut builder = Builder::new(Seed(2));
            let network = UNet::new(&mut builder, [2, 3], size);
            let parameters = builder.start("unet", &Device::flex()).unwrap();
            let side = 20;
            let run = |changed: f32| {
                let mut cells = vec![0.5; 2 * side * side];
                cells[0] = changed;
                let input = tensor::<4>(cells, [1, 2, side, side], &Device::flex());
                network.forward(&mut Pass::infer(&parameters), input)
            };
            let (one, other) = (run(0.5), run(5.0));
            assert_eq!(one.dims(), [1, 3, side, side]);
            let changed =
                to_numbers(one).iter().zip(to_numbers(other)).filter(|(a, b)| *a != b).count();
            assert!(changed > 3 * side * side / 4, "depth {depth}: {changed}");
        }
        for (size, key) in [
            (Size { depth: 19, ..Size::default() }, "depth"),
            (Size { width: 0, ..Size::default() }, "width"),
            (Size { stages: 5, ..Size::default() }, "stages"),
        ] {
            assert!(size.check("unet").unwrap_err().to_string().contains(key));
        }
    }
}
