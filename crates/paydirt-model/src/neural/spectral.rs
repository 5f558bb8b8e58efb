//! An encoder of scans: convolutions along the wavelengths, and the mean of a cell's scans as planes beside the
//! others (after Nair and others 2026, arXiv 2511.09722).

use burn_tensor::{IndexingUpdateOp, Tensor, activation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::layers::Linear;
use super::parameters::{Builder, Start};
use super::pass::{Pass, places, tensor};
use crate::Result;
use crate::columns::bad_setting;

/// Numbers along the wavelengths that a convolution sees, and how far it moves.
const KERNEL: usize = 5;
const STRIDE: usize = 2;

/// How large the encoder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "SpectralSize")]
pub struct Size {
    /// Channels of each convolution, 1 to 512.
    pub channels: usize,
    /// Convolutions one after the other, each of half as many places along the wavelengths as the one before;
    /// 1 to 8.
    pub convolutions: usize,
    /// Planes that a cell's scans become, 1 to 512 (K of the publication).
    pub width: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self { channels: 64, convolutions: 3, width: 64 }
    }
}

impl Size {
    /// Refuses sizes out of range; `key` is where they stand.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self, key: &str) -> Result<()> {
        let all = [
            ("channels", self.channels, 512),
            ("convolutions", self.convolutions, 8),
            ("width", self.width, 512),
        ];
        match all.into_iter().find(|(_, found, most)| !(1..=*most).contains(found)) {
            None => Ok(()),
            Some((name, found, most)) => {
                Err(bad_setting(&format!("{key}.{name}"), found, &format!("1 to {most}")))
            }
        }
    }
}

/// Scans of some tiles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scans {
    /// `[scan][band]`.
    pub values: Vec<f32>,
    /// The cell of each scan: one of all cells of all tiles.
    pub cells: Vec<i64>,
    /// One part of as many as its cell has scans.
    pub shares: Vec<f32>,
}

/// The encoder.
#[derive(Clone, Debug)]
pub struct Encoder {
    size: Size,
    bands: usize,
    convolutions: Vec<Linear>,
    leave: Linear,
}

impl Encoder {
    /// Declares an encoder of scans of so many bands.
    pub fn new(builder: &mut Builder, bands: usize, size: Size) -> Self {
        let convolution = |builder: &mut Builder, number: usize| {
            let inputs = KERNEL * if number == 0 { 1 } else { size.channels };
            // For the ReLU that follows (He and others 2015).
            let start = Start::Normal((2.0 / inputs as f32).sqrt());
            let shape = [inputs, size.channels];
            Linear::starting(builder, &format!("convolution.{number}"), shape, start)
        };
        let convolutions =
            (0..size.convolutions).map(|number| convolution(builder, number)).collect();
        let flat =
            size.channels * (0..size.convolutions).fold(bands, |all, _| all.div_ceil(STRIDE));
        let leave = Linear::new(builder, "leave", flat, size.width);
        Self { size, bands, convolutions, leave }
    }

    /// Planes of scans, 0 in cells without any: `[tile, plane, row, col]`.
    #[must_use]
    pub fn forward(
        &self,
        pass: &mut Pass<'_>,
        scans: &Scans,
        [tiles, side]: [usize; 2],
    ) -> Tensor<4> {
        let device = pass.device();
        let (count, width) = (scans.cells.len(), self.size.width);
        let empty = Tensor::<2>::zeros([tiles * side * side, width], &device);
        let cells = match count {
            0 => empty,
            _ => {
                let mut numbers = tensor(scans.values.clone(), [count, self.bands, 1], &device);
                for convolution in &self.convolutions {
                    let unfolded = unfold(numbers);
                    numbers = activation::relu(convolution.forward(pass, unfolded));
                }
                let [_, along, channels] = numbers.dims();
                let told = self.leave.forward(pass, numbers.reshape([count, along * channels]));
                let shares = tensor(scans.shares.clone(), [count, 1], &device);
                let cells = places(scans.cells.clone(), &device);
                empty.select_assign(0, cells, told * shares, IndexingUpdateOp::Add)
            }
        };
        cells.reshape([tiles, side, side, width]).permute([0, 3, 1, 2])
    }
}

/// What a convolution sees at each of its places: `[scan, place, channel]` to `[scan, place over 2,
/// 5 x channel]`, with zeros beyond the ends.
fn unfold(numbers: Tensor<3>) -> Tensor<3> {
    let [scans, places, channels] = numbers.dims();
    let out = places.div_ceil(STRIDE);
    // Two zeros before; after the last place as many as make whole pairs.
    let before = Tensor::<3>::zeros([scans, 2, channels], &numbers.device());
    let after =
        Tensor::<3>::zeros([scans, 2 * (out + 2) - places - 2, channels], &numbers.device());
    let pairs = Tensor::cat(vec![before, numbers, after], 1);
    let pairs = pairs.reshape([scans, out + 2, 2 * channels]);
    let from = |first: usize| pairs.clone().narrow(1, first, out);
    let last = from(2).narrow(2, 0, channels);
    Tensor::cat(vec![from(0), from(1), last], 2)
}

#[cfg(test)]
mod tests {
    use burn_tensor::Device;
    use paydirt_core::seed::Seed;

    use super::*;
    use crate::neural::to_numbers;

    #[test]
    fn a_convolution_sees_five_places_around_every_second() {
        for count in [1, 2, 5, 6] {
            let numbers: Vec<f32> = (1..=count).map(|place| place as f32).collect();
            let seen = unfold(tensor(numbers, [1, count, 1], &Device::flex()));
            let out = count.div_ceil(2);
            assert_eq!(seen.dims(), [1, out, 5]);
            let at = |place: isize| {
                if (0..count as isize).contains(&place) { place as f32 + 1.0 } else { 0.0 }
            };
            let expected: Vec<f32> = (0..out)
                .flat_map(|place| (-2..=2).map(move |k| at(2 * place as isize + k)))
                .collect();
            assert_eq!(to_numbers(seen), expected);
        }
    }

    #[test]
    fn a_cell_is_the_mean_of_its_scans_and_empty_cells_are_zero() {
        let size = Size { channels: 3, convolutions: 2, width: 4 };
        let mut builder = Builder::new(Seed(2));
        let encoder = Encoder::new(&mut builder, 9, size);
        let parameters = builder.start("spectral", &Device::flex()).unwrap();
        let scan =
            |number: usize| (0..9).map(|band| ((band * number) % 5) as f32).collect::<Vec<_>>();
        let planes = |scans: &Scans| {
            to_numbers(encoder.forward(&mut Pass::infer(&parameters), scans, [2, 3]))
        };
        let alone = |number: usize| {
            let of = Scans { values: scan(number), cells: vec![13], shares: vec![1.0] };
            planes(&of)
        };
        let both = Scans {
            values: [scan(2), scan(3)].concat(),
            cells: vec![13, 13],
            shares: vec![0.5, 0.5],
        };
        let (one, two, both) = (alone(2), alone(3), planes(&both));
        for (index, found) in both.iter().enumerate() {
            // Cell 13 is row 1, column 1 of the second tile.
            let here = index / 9 >= 4 && index % 9 == 4;
            assert!((found - (one[index] + two[index]) / 2.0).abs() < 1e-5);
            assert!(here || *found == 0.0);
        }
        assert!(both.iter().any(|found| *found != 0.0));
        assert!(planes(&Scans::default()).iter().all(|found| *found == 0.0));
        assert!(Size { width: 0, ..size }.check("k").is_err());
    }
}
