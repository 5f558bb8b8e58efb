//! A vision transformer from planes of cells to planes of cells (Dosovitskiy and others 2021, arXiv
//! 2010.11929): square tokens of all planes, learned places, blocks of attention, and each token unfolded to its
//! cells.

use burn_tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layers::Linear;
use super::masked_autoencoder::check_stack;
use super::parameters::{Builder, Id, Start};
use super::pass::Pass;
use super::transformer::{Stack, Transformer};
use crate::Result;
use crate::columns::bad_setting;

/// How large the network is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "TileVitSize")]
pub struct Size {
    /// Cells along a token's side.
    pub patch_cells: usize,
    /// Numbers of a token; a multiple of `heads`.
    pub width: usize,
    /// Blocks of attention.
    pub depth: usize,
    /// Heads of attention.
    pub heads: usize,
    /// Share of the numbers that is dropped while it learns.
    pub dropout: f64,
}

impl Default for Size {
    fn default() -> Self {
        Self { patch_cells: 2, width: 64, depth: 4, heads: 4, dropout: 0.0 }
    }
}

impl Size {
    /// Refuses sizes out of range; `key` is where they stand.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self, key: &str) -> Result<()> {
        if !(1..=64).contains(&self.patch_cells) {
            return Err(bad_setting(&format!("{key}.patch_cells"), self.patch_cells, "1 to 64"));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(bad_setting(&format!("{key}.dropout"), self.dropout, "0 to less than 1"));
        }
        check_stack(key, &self.stack())
    }

    const fn stack(&self) -> Stack {
        Stack { width: self.width, depth: self.depth, heads: self.heads, dropout: self.dropout }
    }

    /// The side to which a tile is filled up.
    #[must_use]
    pub const fn filled(&self, side: usize) -> usize {
        side.next_multiple_of(self.patch_cells)
    }
}

/// The network.
#[derive(Clone, Debug)]
pub struct TileVit {
    patch: usize,
    outputs: usize,
    embed: Linear,
    position: Id,
    blocks: Transformer,
    leave: Linear,
}

impl TileVit {
    /// Declares a network of so many planes in and out for tiles of one filled side.
    pub fn new(
        builder: &mut Builder,
        [inputs, outputs]: [usize; 2],
        side: usize,
        size: Size,
    ) -> Self {
        let (patch, width) = (size.patch_cells, size.width);
        let cells = patch * patch;
        let linear = |builder: &mut Builder, name: &str, shape: [usize; 2]| {
            Linear::starting(builder, name, shape, Start::between(shape[0], shape[1]))
        };
        let tokens = (side / patch) * (side / patch);
        Self {
            patch,
            outputs,
            embed: linear(builder, "patch_embed", [inputs * cells, width]),
            position: builder.learned("pos_embed", &[1, tokens, width], Start::Normal(0.02)),
            blocks: Transformer::new(builder, size.stack()),
            leave: linear(builder, "head", [width, outputs * cells]),
        }
    }

    /// `[tile, plane, row, col]` to as many planes as were declared.
    #[must_use]
    pub fn forward(&self, pass: &mut Pass<'_>, input: Tensor<4>) -> Tensor<4> {
        let [samples, planes, rows, cols] = input.dims();
        let (patch, down, across) = (self.patch, rows / self.patch, cols / self.patch);
        let cut: Tensor<6> = input.reshape([samples, planes, down, patch, across, patch]);
        let tokens = cut.permute([0, 2, 4, 1, 3, 5]).reshape([
            samples,
            down * across,
            planes * patch * patch,
        ]);
        let tokens = self.embed.forward(pass, tokens) + pass.get::<3>(self.position);
        let tokens = self.blocks.forward(pass, tokens);
        let cells: Tensor<6> = self.leave.forward(pass, tokens).reshape([
            samples,
            down,
            across,
            self.outputs,
            patch,
            patch,
        ]);
        cells.permute([0, 3, 1, 4, 2, 5]).reshape([samples, self.outputs, rows, cols])
    }
}

#[cfg(test)]
mod tests {
    use burn_tensor::Device;
    use paydirt_core::seed::Seed;

    use super::*;
    use crate::neural::{tensor, to_numbers};

    #[test]
    fn tokens_are_cut_and_laid_back_in_their_places() {
        let size = Size { patch_cells: 2, width: 8, depth: 1, heads: 2, dropout: 0.0 };
        let mut builder = Builder::new(Seed(3));
        let network = TileVit::new(&mut builder, [3, 2], 6, size);
        let parameters = builder.start("vit", &Device::flex()).unwrap();
        let run = |changed: f32| {
            let mut cells = vec![0.25; 3 * 36];
            cells[7] = changed;
            let input = tensor::<4>(cells, [1, 3, 6, 6], &Device::flex());
            network.forward(&mut Pass::infer(&parameters), input)
        };
        let (one, other) = (run(0.25), run(3.0));
        assert_eq!(one.dims(), [1, 2, 6, 6]);
        let away: Vec<f32> =
            to_numbers(one).iter().zip(to_numbers(other)).map(|(a, b)| (a - b).abs()).collect();
        // The token of row 1, column 1 is told the change itself; others hear of it by attention.
        let own = away[0].max(away[1]).max(away[6]).max(away[7]);
        assert!(away[..36].iter().all(|other| *other <= own) && own > 0.0);
        assert!(Size { heads: 3, ..size }.check("vit").is_err());
    }
}
