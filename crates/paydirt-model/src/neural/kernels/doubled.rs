//! Planes of twice the side, and others beside them: what a decoder sees, written once.

use burn_tensor::Tensor;
use rayon::prelude::*;

use super::bridge::{Made, Numbers, apply, input, is_ours};

/// Each cell of `planes` four times, so that both sides double, and the planes of `beside` after them.
pub(crate) fn doubled_beside(planes: Tensor<4>, beside: Tensor<4>) -> Tensor<4> {
    own(planes.clone(), beside.clone())
        .unwrap_or_else(|| Tensor::cat(vec![doubled(planes), beside], 1))
}

/// The first part by burn's operations.
pub(super) fn doubled(planes: Tensor<4>) -> Tensor<4> {
    let [samples, channels, rows, cols] = planes.dims();
    let wide: Tensor<6> = planes.reshape([samples, channels, rows, 1, cols, 1]);
    let wide: Tensor<6> = wide.expand([samples, channels, rows, 2, cols, 2]);
    wide.reshape([samples, channels, 2 * rows, 2 * cols])
}

fn own(planes: Tensor<4>, beside: Tensor<4>) -> Option<Tensor<4>> {
    let [samples, channels, rows, cols] = planes.dims();
    let others = beside.dims()[1];
    let fits = beside.dims() == [samples, others, 2 * rows, 2 * cols];
    if !fits || samples * channels * rows * cols * others == 0 || !is_ours(&planes) {
        return None;
    }
    let (small, large) = (rows * cols, 4 * rows * cols);
    apply(vec![input(planes), input(beside)], move |values, _| {
        let mut output = vec![0.0; samples * (channels + others) * large];
        let planes = values[0].par_chunks(channels * small);
        let parts = planes.zip(values[1].par_chunks(others * large));
        output.par_chunks_mut((channels + others) * large).zip(parts).for_each(
            |(output, (planes, beside))| {
                let (wide, rest) = output.split_at_mut(channels * large);
                for (row, wide) in planes.chunks_exact(cols).zip(wide.chunks_exact_mut(4 * cols)) {
                    let (one, two) = wide.split_at_mut(2 * cols);
                    row.iter()
                        .zip(one.chunks_exact_mut(2))
                        .for_each(|(cell, pair)| pair.fill(*cell));
                    two.copy_from_slice(one);
                }
                rest.copy_from_slice(beside);
            },
        );
        let output = Numbers::new(output, &[samples, channels + others, 2 * rows, 2 * cols]);
        Made::new(output, move |gradient, wanted| {
            let part = |sample: usize, from: usize, count: usize| {
                let start = (sample * (channels + others) + from) * large;
                &gradient[start..start + count * large]
            };
            let of_planes = wanted[0].then(|| {
                let mut found = vec![0.0; samples * channels * small];
                found.par_chunks_mut(channels * small).enumerate().for_each(|(sample, found)| {
                    let wide = part(sample, 0, channels).chunks_exact(4 * cols);
                    for (row, wide) in found.chunks_exact_mut(cols).zip(wide) {
                        let (one, two) = wide.split_at(2 * cols);
                        let pairs = one.chunks_exact(2).zip(two.chunks_exact(2));
                        for (cell, (one, two)) in row.iter_mut().zip(pairs) {
                            *cell = (one[0] + one[1]) + (two[0] + two[1]);
                        }
                    }
                });
                Numbers::new(found, &[samples, channels, rows, cols])
            });
            let of_beside = wanted[1].then(|| {
                let rest = (0..samples).flat_map(|sample| part(sample, channels, others));
                let rest = rest.copied().collect();
                Numbers::new(rest, &[samples, others, 2 * rows, 2 * cols])
            });
            vec![of_planes, of_beside]
        })
    })
}
