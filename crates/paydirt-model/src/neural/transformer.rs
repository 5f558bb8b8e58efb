//! Blocks of attention (Vaswani and others 2017, arXiv 1706.03762), normalised before each part as in the
//! vision transformer (Dosovitskiy and others 2021, arXiv 2010.11929): `[sample, token, width]`.

use burn_tensor::Tensor;

use super::kernels::attention;
use super::layers::{LayerNorm, Linear};
use super::parameters::{Builder, Start};
use super::pass::Pass;

/// Shape of a stack of blocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stack {
    /// Numbers of a token.
    pub width: usize,
    /// Blocks.
    pub depth: usize,
    /// Heads of attention; a divisor of `width`.
    pub heads: usize,
    /// Share dropped after attention and after the layers of a block.
    pub dropout: f64,
}

/// Width of the inner layer, in widths of a token.
const RATIO: usize = 4;

/// x + attention(norm(x)), then x + layers(norm(x)).
#[derive(Clone, Debug)]
struct Block {
    norms: [LayerNorm; 2],
    joint: Linear,
    output: Linear,
    inner: [Linear; 2],
}

impl Block {
    fn new(builder: &mut Builder, width: usize) -> Self {
        let linear = |builder: &mut Builder, name: &str, shape: [usize; 2]| {
            Linear::starting(builder, name, shape, Start::between(shape[0], shape[1]))
        };
        let joint = [width, 3 * width];
        let start = Start::between(width, width);
        Self {
            norms: [
                LayerNorm::new(builder, "norm1", width),
                LayerNorm::new(builder, "norm2", width),
            ],
            joint: Linear::unbiased(builder, "attn.qkv", joint, start),
            output: linear(builder, "attn.proj", [width, width]),
            inner: [
                linear(builder, "mlp.fc1", [width, RATIO * width]),
                linear(builder, "mlp.fc2", [RATIO * width, width]),
            ],
        }
    }

    fn forward(&self, pass: &mut Pass<'_>, input: Tensor<3>, stack: &Stack) -> Tensor<3> {
        let normal = self.norms[0].forward(pass, input.clone());
        let joint = self.joint.forward(pass, normal);
        let seen = pass.widen(attention(pass.narrow(joint), stack.heads));
        let input = onto(pass, input, seen, (&self.output, stack.dropout));
        let normal = self.norms[1].forward(pass, input.clone());
        let inner = self.inner[0].forward_gelu(pass, normal);
        onto(pass, input, inner, (&self.inner[1], stack.dropout))
    }
}

/// What a layer makes of `numbers`, some of it dropped, and `input` beside it.
fn onto(
    pass: &mut Pass<'_>,
    input: Tensor<3>,
    numbers: Tensor<3>,
    (layer, dropout): (&Linear, f64),
) -> Tensor<3> {
    if dropout > 0.0 {
        let output = layer.forward(pass, numbers);
        return input + pass.dropout(output, dropout);
    }
    layer.forward_onto(pass, input, numbers)
}

/// Blocks, and a normalisation after the last.
#[derive(Clone, Debug)]
pub struct Transformer {
    stack: Stack,
    blocks: Vec<Block>,
    norm: LayerNorm,
}

impl Transformer {
    /// Declares `blocks.0`, `blocks.1`, ... and `norm`.
    pub fn new(builder: &mut Builder, stack: Stack) -> Self {
        let block = |builder: &mut Builder, number: usize| {
            builder.under(&format!("blocks.{number}"), |builder| Block::new(builder, stack.width))
        };
        let blocks = (0..stack.depth).map(|number| block(builder, number)).collect();
        Self { stack, blocks, norm: LayerNorm::new(builder, "norm", stack.width) }
    }

    /// What the tokens become.
    #[must_use]
    pub fn forward(&self, pass: &mut Pass<'_>, input: Tensor<3>) -> Tensor<3> {
        let mut tokens = input;
        for block in &self.blocks {
            tokens = block.forward(pass, tokens, &self.stack);
        }
        self.norm.forward(pass, tokens)
    }
}
