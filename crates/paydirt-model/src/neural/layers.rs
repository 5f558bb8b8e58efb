//! Layers: which parameters they have, and what they make of their input. Shapes are `[sample, ...]`.

use burn_tensor::{Tensor, activation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kernels::{self, Then};
use super::parameters::{Builder, Id, Start};
use super::pass::Pass;

/// What stands between two layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(0, x).
    #[default]
    Relu,
    /// x times the normal distribution function of x (Hendrycks and Gimpel 2016, arXiv 1606.08415).
    Gelu,
    /// tanh(x).
    Tanh,
    /// x over 0, 0.3 x under it (Maas and others 2013, ICML workshop): a unit is never off for good.
    LeakyRelu,
}

/// Slope of the leaky rectifier under 0.
pub(crate) const LEAK: f32 = 0.3;

impl Activation {
    /// What it makes of each number.
    #[must_use]
    pub fn apply<const D: usize>(self, numbers: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Relu => activation::relu(numbers),
            Self::Gelu => activation::gelu(numbers),
            Self::Tanh => activation::tanh(numbers),
            Self::LeakyRelu => activation::leaky_relu(numbers, f64::from(LEAK)),
        }
    }
}

/// Weighted sums: `x W + b`, with `W` of `[inputs, outputs]`.
#[derive(Clone, Debug)]
pub struct Linear {
    name: String,
    weight: Id,
    bias: Option<Id>,
}

impl Linear {
    /// Starts as PyTorch's: evenly within 1 / sqrt(inputs).
    pub fn new(builder: &mut Builder, name: &str, inputs: usize, outputs: usize) -> Self {
        Self::starting(builder, name, [inputs, outputs], Start::inputs(inputs))
    }

    /// Starts with weights of its own, and bias 0 unless weights are drawn by their inputs.
    pub fn starting(builder: &mut Builder, name: &str, shape: [usize; 2], start: Start) -> Self {
        let [inputs, outputs] = shape;
        builder.under(name, |builder| {
            let weight = builder.learned("weight", &shape, start);
            let bias = if start == Start::inputs(inputs) { start } else { Start::Constant(0.0) };
            let bias = Some(builder.learned("bias", &[outputs], bias));
            Self { name: builder.place(), weight, bias }
        })
    }

    /// Without a bias.
    pub fn unbiased(builder: &mut Builder, name: &str, shape: [usize; 2], start: Start) -> Self {
        builder.under(name, |builder| Self {
            weight: builder.learned("weight", &shape, start),
            bias: None,
            name: builder.place(),
        })
    }

    /// The sums.
    #[must_use]
    pub fn forward<const D: usize>(&self, pass: &mut Pass<'_>, input: Tensor<D>) -> Tensor<D> {
        let bias = self.bias.map(|bias| pass.narrow(pass.get(bias)));
        let weight = pass.narrow(pass.get(self.weight));
        let sums = pass.widen(kernels::linear(pass.narrow(input), weight, bias));
        pass.leave(&self.name, sums)
    }

    /// The sums added to `onto`.
    #[must_use]
    pub(super) fn forward_onto<const D: usize>(
        &self,
        pass: &mut Pass<'_>,
        onto: Tensor<D>,
        input: Tensor<D>,
    ) -> Tensor<D> {
        if pass.is_mixed() {
            return onto + self.forward(pass, input);
        }
        let bias = self.bias.map(|bias| pass.get(bias));
        let sums = kernels::linear_onto(onto, input, pass.get(self.weight), bias);
        pass.leave(&self.name, sums)
    }

    /// What [`Activation::Gelu`] makes of the sums.
    #[must_use]
    pub(super) fn forward_gelu<const D: usize>(
        &self,
        pass: &mut Pass<'_>,
        input: Tensor<D>,
    ) -> Tensor<D> {
        let bias = self.bias.filter(|_| !pass.is_mixed());
        let Some(bias) = bias else { return activation::gelu(self.forward(pass, input)) };
        let output = kernels::linear_gelu(input, pass.get(self.weight), pass.get(bias));
        pass.leave(&self.name, output)
    }
}

/// Normalisation over the last axis (Ba and others 2016, arXiv 1607.06450).
#[derive(Clone, Debug)]
pub struct LayerNorm {
    name: String,
    scale: Id,
    shift: Id,
}

impl LayerNorm {
    /// Over `width` numbers.
    pub fn new(builder: &mut Builder, name: &str, width: usize) -> Self {
        builder.under(name, |builder| Self {
            scale: builder.learned("weight", &[width], Start::Constant(1.0)),
            shift: builder.learned("bias", &[width], Start::Constant(0.0)),
            name: builder.place(),
        })
    }

    /// The normalised numbers.
    #[must_use]
    pub fn forward<const D: usize>(&self, pass: &mut Pass<'_>, input: Tensor<D>) -> Tensor<D> {
        let output = kernels::layer_norm(input, pass.get(self.scale), pass.get(self.shift), 1e-5);
        pass.leave(&self.name, output)
    }
}

/// Normalisation of each channel over the batch: [`Pass::normalise_batch`].
#[derive(Clone, Debug)]
pub struct BatchNorm {
    name: String,
    ids: [Id; 4],
}

impl BatchNorm {
    /// Of `channels`.
    pub fn new(builder: &mut Builder, name: &str, channels: usize) -> Self {
        builder.under(name, |builder| {
            let (zero, one) = (Start::Constant(0.0), Start::Constant(1.0));
            let ids = [
                builder.learned("weight", &[channels], one),
                builder.learned("bias", &[channels], zero),
                builder.running("running_mean", &[channels], zero),
                builder.running("running_var", &[channels], one),
            ];
            Self { name: builder.place(), ids }
        })
    }

    /// The normalised numbers; channels are the second axis.
    #[must_use]
    pub fn forward<const D: usize>(&self, pass: &mut Pass<'_>, input: Tensor<D>) -> Tensor<D> {
        let output = pass.normalise_batch(input, self.ids);
        pass.leave(&self.name, output)
    }

    /// The normalised numbers, with `beside` added where it is given, and max(0, x) of them.
    #[must_use]
    pub(super) fn forward_relu<const D: usize>(
        &self,
        pass: &mut Pass<'_>,
        input: Tensor<D>,
        beside: Option<Tensor<D>>,
    ) -> Tensor<D> {
        let output = pass.normalise_batch_then(input, self.ids, Then { beside, relu: true });
        pass.leave(&self.name, output)
    }
}

/// A convolution over rows and columns without a bias: `[sample, channel, row, col]`.
#[derive(Clone, Debug)]
pub struct Conv {
    name: String,
    weight: Id,
    stride: usize,
}

impl Conv {
    /// `shape` is channels in, channels out, and the side of the square kernel in cells. Where the stride
    /// is 1 the output is as large as the input.
    pub fn new(builder: &mut Builder, name: &str, shape: [usize; 3], stride: usize) -> Self {
        let [inputs, outputs, side] = shape;
        // For the ReLU that follows (He and others 2015), by the numbers that go out.
        let deviation = (2.0 / (outputs * side * side).max(1) as f32).sqrt();
        builder.under(name, |builder| Self {
            weight: builder.learned(
                "weight",
                &[outputs, inputs, side, side],
                Start::Normal(deviation),
            ),
            name: builder.place(),
            stride,
        })
    }

    /// The convolved layers.
    #[must_use]
    pub fn forward(&self, pass: &mut Pass<'_>, input: Tensor<4>) -> Tensor<4> {
        let weight = pass.narrow(pass.get(self.weight));
        let output = pass.widen(kernels::convolution(pass.narrow(input), weight, self.stride));
        pass.leave(&self.name, output)
    }
}
