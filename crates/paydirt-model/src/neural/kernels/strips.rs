//! Sums over channels and taps of laid-out planes, for some channels out and a vector of cells at a time.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::planes::{Geometry, Tap};

/// A sum over channels and taps, without where it goes.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) geometry: Geometry,
    pub(super) laid: &'a [f32],
    /// In and out.
    pub(super) channels: [usize; 2],
    /// Numbers of a channel of `laid`.
    pub(super) pitch: usize,
    pub(super) taps: &'a [Tap],
    /// Numbers of `weights` from one channel in, and one channel out, to the next.
    pub(super) at: [usize; 2],
    pub(super) weights: &'a [f32],
}

/// Carries it out, and writes rows and columns of one remainder.
pub(super) struct Convolve<'a> {
    pub(super) work: Work<'a>,
    pub(super) output: &'a mut [f32],
    pub(super) size: [usize; 2],
    pub(super) phase: [usize; 2],
    pub(super) stride: usize,
}

/// Vectors of a tile.
const VECTORS: usize = 3;

impl WithSimd for Convolve<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if S::REGISTER_COUNT >= 32 {
            self.go::<S, 8>(simd);
        } else {
            self.go::<S, 4>(simd);
        }
    }
}

impl Convolve<'_> {
    /// `HIGH` channels out at a time.
    #[inline(always)]
    fn go<S: Simd, const HIGH: usize>(self, simd: S) {
        let Self { work, output, size, phase, stride } = self;
        let geometry = work.geometry;
        let [inputs, outputs] = work.channels;
        let (shared, cells) = (geometry.shared(), size[0] * size[1]);
        let packed = work.pack::<HIGH>();
        let strip = inputs * work.taps.len() * HIGH;
        let tile = VECTORS * S::F32_LANES;
        let span = geometry.span().next_multiple_of(tile);
        let write = Writer { geometry, size, phase, stride };
        let groups = output.par_chunks_mut(shared * outputs * cells).enumerate();
        groups.for_each(|(group, output)| {
            let laid = &work.laid[group * inputs * work.pitch..][..inputs * work.pitch];
            let sums = |strip: &[f32], sums: &mut [f32]| {
                simd.vectorize(Strip::<HIGH> { work: &work, laid, strip, sums, span });
            };
            if shared == 1 {
                let strips = output.par_chunks_mut(HIGH * cells).zip(packed.par_chunks(strip));
                strips.for_each_init(
                    || vec![0.0; HIGH * span],
                    |buffer, (output, strip)| {
                        sums(strip, buffer);
                        for (output, sums) in
                            output.chunks_exact_mut(cells).zip(buffer.chunks_exact(span))
                        {
                            write.window(output, sums, 0);
                        }
                    },
                );
                return;
            }
            let buffers: Vec<Vec<f32>> = packed
                .par_chunks(strip)
                .map(|strip| {
                    let mut buffer = vec![0.0; HIGH * span];
                    sums(strip, &mut buffer);
                    buffer
                })
                .collect();
            for (place, window) in output.chunks_exact_mut(outputs * cells).enumerate() {
                let sums = buffers.iter().flat_map(|buffer| buffer.chunks_exact(span));
                for (output, sums) in window.chunks_exact_mut(cells).zip(sums) {
                    write.window(output, sums, place);
                }
            }
        });
    }
}

impl Work<'_> {
    /// The weights in the order in which they are used: `[strip of channels out, channel in, tap, HIGH]`.
    fn pack<const HIGH: usize>(&self) -> Vec<f32> {
        let [inputs, outputs] = self.channels;
        let mut packed = Vec::new();
        for first in (0..outputs).step_by(HIGH) {
            for input in 0..inputs {
                for tap in self.taps {
                    packed.extend((first..first + HIGH).map(|output| {
                        let at = input * self.at[0] + output * self.at[1] + tap.weight;
                        if output < outputs { self.weights[at] } else { 0.0 }
                    }));
                }
            }
        }
        packed
    }
}

/// Takes computed cells out of a plane.
#[derive(Clone, Copy)]
struct Writer {
    geometry: Geometry,
    size: [usize; 2],
    phase: [usize; 2],
    stride: usize,
}

impl Writer {
    /// Those of one channel of the window that is number `place` in its plane.
    fn window(&self, output: &mut [f32], sums: &[f32], place: usize) {
        let [tall, wide] = self.geometry.pitch();
        let sums = &sums[place * tall * wide..];
        let rows = output.chunks_exact_mut(self.size[1]).skip(self.phase[0]).step_by(self.stride);
        for (output, sums) in rows.zip(sums.chunks(wide)) {
            if self.stride == 1 {
                output.copy_from_slice(&sums[..self.size[1]]);
            } else {
                let output = output.iter_mut().skip(self.phase[1]).step_by(self.stride);
                output.zip(sums).for_each(|(output, sum)| *output = *sum);
            }
        }
    }
}

/// `HIGH` channels out of a group of windows.
struct Strip<'a, const HIGH: usize> {
    work: &'a Work<'a>,
    laid: &'a [f32],
    strip: &'a [f32],
    sums: &'a mut [f32],
    span: usize,
}

impl<const HIGH: usize> WithSimd for Strip<'_, HIGH> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { work, laid, strip, sums, span } = self;
        let taps = work.taps;
        let tile = VECTORS * S::F32_LANES;
        let reach = taps.iter().map(|tap| tap.offset).max().unwrap_or(0) + tile;
        let (strip, _) = strip.as_chunks::<HIGH>();
        for first in (0..span).step_by(tile) {
            let mut total = [[simd.splat_f32s(0.0); VECTORS]; HIGH];
            for (channel, weights) in
                laid.chunks_exact(work.pitch).zip(strip.chunks_exact(taps.len()))
            {
                let channel = &channel[first..first + reach];
                for (tap, weights) in taps.iter().zip(weights) {
                    let cells = S::as_simd_f32s(&channel[tap.offset..tap.offset + tile]).0;
                    let Some(cells) = cells.first_chunk::<VECTORS>() else { continue };
                    for (total, weight) in total.iter_mut().zip(weights) {
                        let weight = simd.splat_f32s(*weight);
                        for (total, cells) in total.iter_mut().zip(cells) {
                            *total = simd.mul_add_e_f32s(weight, *cells, *total);
                        }
                    }
                }
            }
            for (sums, total) in sums.chunks_exact_mut(span).zip(total) {
                let sums = S::as_mut_simd_f32s(&mut sums[first..first + tile]).0;
                sums.iter_mut().zip(total).for_each(|(sum, total)| *sum = total);
            }
        }
    }
}
