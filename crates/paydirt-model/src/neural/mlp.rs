//! The network of fully connected layers: `[sample, input]` to `[sample, output]`.

use burn_tensor::Tensor;

use super::layers::{Activation, BatchNorm, Linear};
use super::parameters::Builder;
use super::pass::Pass;

/// What a network of fully connected layers looks like.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Numbers that come in.
    pub inputs: usize,
    /// Width of each hidden layer.
    pub hidden: Vec<usize>,
    /// Numbers that go out.
    pub outputs: usize,
    /// What stands between layers.
    pub activation: Activation,
    /// Share of the numbers that leave each hidden layer which is dropped while it learns.
    pub dropout: f64,
    /// Whether each hidden layer is normalised over the batch.
    pub normalise: bool,
}

/// Fully connected layers.
#[derive(Clone, Debug)]
pub struct Mlp {
    hidden: Vec<(Linear, Option<BatchNorm>)>,
    output: Linear,
    activation: Activation,
    dropout: f64,
}

impl Mlp {
    /// Declares the layers `0`, `1`, ... and `output`.
    pub fn new(builder: &mut Builder, shape: &Shape) -> Self {
        let mut inputs = shape.inputs;
        let mut hidden = Vec::new();
        for (number, width) in shape.hidden.iter().enumerate() {
            let layer = Linear::new(builder, &number.to_string(), inputs, *width);
            let normalise =
                shape.normalise.then(|| BatchNorm::new(builder, &format!("{number}.norm"), *width));
            hidden.push((layer, normalise));
            inputs = *width;
        }
        let output = Linear::new(builder, "output", inputs, shape.outputs);
        Self { hidden, output, activation: shape.activation, dropout: shape.dropout }
    }

    /// Share that is dropped of what leaves a hidden layer.
    #[must_use]
    pub const fn dropout(&self) -> f64 {
        self.dropout
    }

    /// The outputs of each row.
    #[must_use]
    pub fn forward(&self, pass: &mut Pass<'_>, input: Tensor<2>) -> Tensor<2> {
        let mut numbers = input;
        for (layer, normalise) in &self.hidden {
            numbers = layer.forward(pass, numbers);
            if let Some(normalise) = normalise {
                numbers = normalise.forward(pass, numbers);
            }
            numbers = pass.dropout(self.activation.apply(numbers), self.dropout);
        }
        self.output.forward(pass, numbers)
    }
}
