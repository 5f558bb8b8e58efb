//! Windows as rows of tokens.

use burn_tensor::Tensor;

use super::pass::{Pass, places, tensor};

/// How windows are cut into tokens: squares of `patch x patch` cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Planes of a window.
    pub planes: usize,
    /// Cells along a window's side; a multiple of `patch`.
    pub side: usize,
    /// Cells along a token's side.
    pub patch: usize,
}

impl Cut {
    /// Tokens of a window.
    #[must_use]
    pub const fn tokens(&self) -> usize {
        (self.side / self.patch) * (self.side / self.patch)
    }

    /// Numbers of a token: `[plane, row, col]`.
    #[must_use]
    pub const fn numbers(&self) -> usize {
        self.planes * self.patch * self.patch
    }

    /// The numbers of one token of a window.
    pub fn token<'a>(
        &self,
        window: &'a [f32],
        token: usize,
    ) -> impl Iterator<Item = f32> + Clone + 'a {
        let Self { planes, side, patch } = *self;
        let (row, col) = (token / (side / patch) * patch, token % (side / patch) * patch);
        let cell = move |plane: usize, place: usize| {
            window[(plane * side + row + place / patch) * side + col + place % patch]
        };
        (0..planes).flat_map(move |plane| (0..patch * patch).map(move |place| cell(plane, place)))
    }
}

/// Tokens of some windows: values with 0 where not known, and which share of each plane is not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tokens {
    /// Windows.
    pub samples: usize,
    /// `[sample, token, plane x row x col]`.
    pub values: Vec<f32>,
    /// `[sample, token, plane]`, 0 to 1.
    pub missing: Vec<f32>,
    /// Which token of the window each is, `[sample, token]`; all in order where it is empty.
    pub places: Vec<i64>,
}

impl Tokens {
    /// All tokens of some windows.
    #[must_use]
    pub fn all(cut: &Cut, windows: &[f32]) -> Self {
        let size = (cut.planes * cut.side * cut.side).max(1);
        let mut tokens = Self { samples: windows.len() / size, ..Self::default() };
        for window in windows.chunks_exact(size) {
            for token in 0..cut.tokens() {
                tokens.push(cut, cut.token(window, token));
            }
        }
        tokens
    }

    /// Adds a token.
    pub fn push(&mut self, cut: &Cut, numbers: impl Iterator<Item = f32>) {
        let cells = cut.patch * cut.patch;
        let start = self.missing.len();
        self.missing.resize(start + cut.planes, 0.0);
        for (place, number) in numbers.enumerate() {
            self.values.push(if number.is_nan() { 0.0 } else { number });
            if number.is_nan() {
                self.missing[start + place / cells] += 1.0 / cells as f32;
            }
        }
    }

    /// As tensors on the device of a walk: values and shares, `[sample, token, number]`.
    pub(super) fn tensors(&self, cut: &Cut, pass: &Pass<'_>) -> [Tensor<3>; 2] {
        let of = |numbers: &[f32], width: usize| {
            let count = numbers.len() / (self.samples * width).max(1);
            tensor(numbers.to_vec(), [self.samples, count, width], &pass.device())
        };
        [of(&self.values, cut.numbers()), of(&self.missing, cut.planes)]
    }

    /// The rows of a table of places for these tokens: `[sample, token, width]`.
    pub(super) fn at_places(&self, table: Tensor<2>, pass: &Pass<'_>) -> Tensor<3> {
        let [rows, width] = table.dims();
        if self.places.is_empty() {
            return table.reshape([1, rows, width]);
        }
        let count = self.places.len() / self.samples.max(1);
        let chosen = table.select(0, places(self.places.clone(), &pass.device()));
        chosen.reshape([self.samples, count, width])
    }
}
