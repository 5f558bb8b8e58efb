//! Networks of convolutions: `[sample, plane, row, col]` to features `[sample, width]`. What is not known
//! stands at 0, the mean, and a plane of its own for each plane says which cells those are.

use burn_tensor::Tensor;

use super::layers::{BatchNorm, Conv};
use super::parameters::Builder;
use super::pass::Pass;

/// A convolution, normalisation over the batch, and max(0, x).
#[derive(Clone, Debug)]
pub(super) struct Layer {
    conv: Conv,
    norm: BatchNorm,
}

impl Layer {
    pub(super) fn new(
        builder: &mut Builder,
        name: &str,
        [inputs, outputs, side]: [usize; 3],
        stride: usize,
    ) -> Self {
        builder.under(name, |builder| Self {
            conv: Conv::new(builder, "conv", [inputs, outputs, side], stride),
            norm: BatchNorm::new(builder, "norm", outputs),
        })
    }

    pub(super) fn linear(&self, pass: &mut Pass<'_>, input: Tensor<4>) -> Tensor<4> {
        let output = self.conv.forward(pass, input);
        self.norm.forward(pass, output)
    }

    pub(super) fn forward(&self, pass: &mut Pass<'_>, input: Tensor<4>) -> Tensor<4> {
        let output = self.conv.forward(pass, input);
        self.norm.forward_relu(pass, output, None)
    }
}

/// The mean of each channel over the window.
fn pooled(planes: Tensor<4>) -> Tensor<2> {
    let [samples, channels, rows, cols] = planes.dims();
    planes.reshape([samples, channels, rows * cols]).mean_dim(2).reshape([samples, channels])
}

/// A plain network: in each stage a convolution of 3 x 3 cells and, but for the first stage, another that
/// halves the side (LeCun and others 1998, doi 10.1109/5.726791).
#[derive(Clone, Debug)]
pub struct Cnn {
    layers: Vec<Layer>,
}

impl Cnn {
    /// Declares a network of `planes` with stages of these widths.
    pub fn new(builder: &mut Builder, planes: usize, widths: &[usize]) -> Self {
        let mut layers = Vec::new();
        let mut inputs = 2 * planes;
        for (number, width) in widths.iter().enumerate() {
            let stride = if number == 0 { 1 } else { 2 };
            layers.push(Layer::new(builder, &format!("{number}"), [inputs, *width, 3], stride));
            inputs = *width;
        }
        Self { layers }
    }

    /// The features of each window, from its values and from 1 where they are not known.
    #[must_use]
    pub fn forward(&self, pass: &mut Pass<'_>, [values, missing]: [Tensor<4>; 2]) -> Tensor<2> {
        let mut planes = Tensor::cat(vec![values, missing], 1);
        for layer in &self.layers {
            planes = layer.forward(pass, planes);
        }
        pooled(planes)
    }
}

/// A residual block: two convolutions, and the input beside them (He and others 2016, doi
/// 10.1109/CVPR.2016.90).
#[derive(Clone, Debug)]
pub(super) struct Residual {
    layers: [Layer; 2],
    beside: Option<Layer>,
}

impl Residual {
    pub(super) fn new(builder: &mut Builder, inputs: usize, outputs: usize, stride: usize) -> Self {
        let changes = stride != 1 || inputs != outputs;
        Self {
            layers: [
                Layer::new(builder, "1", [inputs, outputs, 3], stride),
                Layer::new(builder, "2", [outputs, outputs, 3], 1),
            ],
            beside: changes.then(|| Layer::new(builder, "beside", [inputs, outputs, 1], stride)),
        }
    }

    pub(super) fn forward(&self, pass: &mut Pass<'_>, input: Tensor<4>) -> Tensor<4> {
        let inner = self.layers[0].forward(pass, input.clone());
        let inner = self.layers[1].conv.forward(pass, inner);
        let beside = match &self.beside {
            Some(beside) => beside.linear(pass, input),
            None => input,
        };
        self.layers[1].norm.forward_relu(pass, inner, Some(beside))
    }
}

/// A residual network without pooling at its entrance, so that small windows keep their cells: with
/// stages of 64, 128, 256 and 512 and 2 blocks each it is the ResNet-18, with 1 block each the ResNet-10.
#[derive(Clone, Debug)]
pub struct ResNet {
    entrance: Layer,
    blocks: Vec<Residual>,
}

impl ResNet {
    /// Declares a network of `planes` with stages of these widths, each of so many blocks.
    pub fn new(builder: &mut Builder, planes: usize, widths: &[usize], blocks: usize) -> Self {
        let mut inputs = widths.first().copied().unwrap_or(1);
        let entrance = Layer::new(builder, "entrance", [2 * planes, inputs, 3], 1);
        let mut list = Vec::new();
        for (stage, width) in widths.iter().enumerate() {
            for number in 0..blocks {
                let stride = if stage > 0 && number == 0 { 2 } else { 1 };
                let block = |builder: &mut Builder| Residual::new(builder, inputs, *width, stride);
                list.push(builder.under(&format!("stage{stage}.{number}"), block));
                inputs = *width;
            }
        }
        Self { entrance, blocks: list }
    }

    /// The features of each window, from its values and from 1 where they are not known.
    #[must_use]
    pub fn forward(&self, pass: &mut Pass<'_>, [values, missing]: [Tensor<4>; 2]) -> Tensor<2> {
        let mut planes = self.entrance.forward(pass, Tensor::cat(vec![values, missing], 1));
        for block in &self.blocks {
            planes = block.forward(pass, planes);
        }
        pooled(planes)
    }
}
