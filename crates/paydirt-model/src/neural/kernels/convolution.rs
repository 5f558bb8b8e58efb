//! Convolutions of square kernels whose output is as large as their input over the stride.

use burn_tensor::ops::ConvOptions;
use burn_tensor::{Tensor, module};

use super::bridge::{Made, Numbers, apply, input, is_ours};
use super::planes::Geometry;

/// The convolution of `[sample, channel, row, col]` with `[channel out, channel in, row, col]`, the sides
/// filled up with zeros by half a kernel.
pub(crate) fn convolution(windows: Tensor<4>, weights: Tensor<4>, stride: usize) -> Tensor<4> {
    own(windows.clone(), weights.clone(), stride).unwrap_or_else(|| {
        let padding = [weights.dims()[2] / 2, weights.dims()[3] / 2];
        let options = ConvOptions::new([stride; 2], padding, [1; 2], 1);
        module::conv2d(windows, weights, None, options)
    })
}

fn own(windows: Tensor<4>, weights: Tensor<4>, stride: usize) -> Option<Tensor<4>> {
    let ([samples, inputs, rows, cols], [outputs, _, side, width]) =
        (windows.dims(), weights.dims());
    let some = samples * inputs * rows * cols * outputs * side > 0;
    if !is_ours(&windows) || !some || side != width || side % 2 == 0 || !(1..=2).contains(&stride) {
        return None;
    }
    let geometry = Geometry { samples, inputs, outputs, size: [rows, cols], side, stride };
    apply(vec![input(windows), input(weights)], |mut values, _| {
        let laid = geometry.lay(&values[0]);
        let weights = values.swap_remove(1);
        let output = geometry.forward(&laid, &weights);
        let [high, wide] = geometry.out();
        let output = Numbers::new(output, &[samples, outputs, high, wide]);
        Made::new(output, move |gradient, wanted| {
            let found = geometry.gradients(&laid, &weights, &gradient, [wanted[0], wanted[1]]);
            let shapes = [[samples, inputs, rows, cols], [outputs, inputs, side, side]];
            found.into_iter().zip(shapes).map(|(f, s)| f.map(|f| Numbers::new(f, &s))).collect()
        })
    })
}
