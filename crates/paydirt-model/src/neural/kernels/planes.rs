//! Convolutions of square kernels over planes, forward and back.
//!
//! Planes are laid out with a margin of zeros after each row and each window, so that a plane is one long row
//! in which the cell that a weight looks at lies a fixed way from the cell it counts for, and no edge is
//! special. A vector of such cells is then a sum over channels and weights of shifted vectors; what is
//! computed within the margins is dropped. With a stride of `s` a channel is `s x s` planes, one for each
//! remainder of row and column, and weights look into the plane of theirs.

use rayon::prelude::*;

use super::product::{Matrix, product};
use super::strips::{Convolve, Work};
use super::vector::run;

/// Zeros after a plane: a tile may end behind it.
const BEHIND: usize = 64;
/// Numbers of a plane below which some windows share one.
const LEAST: usize = 1024;

/// Windows, channels in and out, and cells of a window's sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Geometry {
    pub(super) samples: usize,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
    pub(super) size: [usize; 2],
    /// Cells along the kernel's side: odd.
    pub(super) side: usize,
    pub(super) stride: usize,
}

/// Where a weight looks: its number in the kernel, and how far from the cell it counts for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tap {
    pub(super) weight: usize,
    pub(super) offset: usize,
}

impl Geometry {
    /// Rows and columns that go out.
    pub(super) fn out(&self) -> [usize; 2] {
        self.size.map(|cells| (cells - 1) / self.stride + 1)
    }

    /// Planes of a channel along each axis.
    fn phases(&self) -> usize {
        self.side.min(self.stride)
    }

    fn margin(&self) -> usize {
        (self.side / 2).div_ceil(self.stride)
    }

    /// Cells from one row of a plane to the next, and rows from one window to the next.
    pub(super) fn pitch(&self) -> [usize; 2] {
        let [rows, cols] = self.out();
        [rows + self.margin(), cols + self.margin()]
    }

    /// Windows that share a plane.
    pub(super) fn shared(&self) -> usize {
        let [tall, wide] = self.pitch();
        let groups = self.samples / LEAST.div_ceil(tall * wide);
        self.samples.div_ceil(groups.max(1))
    }

    fn groups(&self) -> usize {
        self.samples.div_ceil(self.shared())
    }

    /// Cells of a plane in which something is computed.
    pub(super) fn span(&self) -> usize {
        let [tall, wide] = self.pitch();
        self.shared() * tall * wide
    }

    /// Where in a plane the first cell of the first window lies.
    fn first(&self) -> usize {
        self.margin() * (1 + self.pitch()[1])
    }

    /// Numbers of a plane.
    fn plane(&self) -> usize {
        (2 * self.first() + self.span() + BEHIND).next_multiple_of(16)
    }

    /// Cells out of a window.
    fn cells(&self) -> usize {
        self.out().iter().product()
    }

    /// The way of a shift of rows and columns from where a window's cell counts.
    fn offset(&self, [down, along]: [isize; 2]) -> usize {
        let way = self.first() as isize + down * self.pitch()[1] as isize + along;
        way.max(0) as usize
    }

    /// Where each weight looks in a channel that comes in.
    fn taps(&self) -> Vec<Tap> {
        let (half, stride) = ((self.side / 2) as isize, self.stride as isize);
        let tap = |weight: usize| {
            let place = [weight / self.side, weight % self.side].map(|at| at as isize - half);
            let [down, along] = place.map(|at| at.rem_euclid(stride) as usize);
            let phase = down * self.phases() + along;
            let offset = phase * self.plane() + self.offset(place.map(|at| at.div_euclid(stride)));
            Tap { weight, offset }
        };
        (0..self.side * self.side).map(tap).collect()
    }

    /// Where the weights of one remainder of row and column look in a channel's gradient.
    fn taps_back(&self, phase: [usize; 2]) -> Vec<Tap> {
        let (half, stride) = ((self.side / 2) as isize, self.stride as isize);
        let tap = |weight: usize| {
            let place = [weight / self.side, weight % self.side];
            let way = [0, 1].map(|axis| phase[axis] as isize + half - place[axis] as isize);
            let fits = way.iter().all(|way| way.rem_euclid(stride) == 0);
            let offset = self.offset(way.map(|way| way.div_euclid(stride)));
            fits.then_some(Tap { weight, offset })
        };
        (0..self.side * self.side).filter_map(tap).collect()
    }

    /// Lays out windows: `[group, channel, phase, plane]`.
    pub(super) fn lay(&self, windows: &[f32]) -> Vec<f32> {
        let [rows, cols] = self.size;
        let (phases, plane) = (self.phases(), self.plane());
        let step = self.stride;
        let fill = |channel: &[f32], (planes, first): (&mut [f32], usize)| {
            for (number, plane) in planes.chunks_exact_mut(plane).enumerate() {
                let [down, along] = [number / phases, number % phases];
                for (row, line) in channel.chunks_exact(cols).skip(down).step_by(step).enumerate() {
                    let place = &mut plane[first + row * self.pitch()[1]..];
                    if step == 1 {
                        place[..cols].copy_from_slice(line);
                    } else {
                        let line = line.iter().skip(along).step_by(step);
                        place.iter_mut().zip(line).for_each(|(place, value)| *place = *value);
                    }
                }
            }
        };
        self.lay_channels(windows, [rows * cols, self.inputs, phases * phases * plane], fill)
    }

    /// Lays out what has come out of windows, or its gradient: `[group, channel, plane]`.
    fn lay_out(&self, windows: &[f32]) -> Vec<f32> {
        let cols = self.out()[1];
        let fill = |channel: &[f32], (plane, first): (&mut [f32], usize)| {
            for (row, line) in channel.chunks_exact(cols).enumerate() {
                plane[first + row * self.pitch()[1]..][..cols].copy_from_slice(line);
            }
        };
        self.lay_channels(windows, [self.cells(), self.outputs, self.plane()], fill)
    }

    fn lay_channels(
        &self,
        windows: &[f32],
        [cells, channels, size]: [usize; 3],
        fill: impl Fn(&[f32], (&mut [f32], usize)) + Sync,
    ) -> Vec<f32> {
        let [tall, wide] = self.pitch();
        let mut laid = vec![0.0; self.groups() * channels * size];
        laid.par_chunks_mut(size).enumerate().for_each(|(number, planes)| {
            let (group, channel) = (number / channels, number % channels);
            let windows = windows.chunks_exact(channels * cells).skip(group * self.shared());
            for (place, window) in windows.take(self.shared()).enumerate() {
                let first = self.first() + place * tall * wide;
                fill(&window[channel * cells..][..cells], (&mut *planes, first));
            }
        });
        laid
    }

    /// The convolution of laid-out windows.
    pub(super) fn forward(&self, laid: &[f32], weights: &[f32]) -> Vec<f32> {
        let kernel = self.side * self.side;
        let mut output = vec![0.0; self.samples * self.outputs * self.cells()];
        let work = Work {
            geometry: *self,
            laid,
            channels: [self.inputs, self.outputs],
            pitch: self.phases() * self.phases() * self.plane(),
            taps: &self.taps(),
            // `[out, in, tap]`.
            at: [kernel, self.inputs * kernel],
            weights,
        };
        run(Convolve { work, output: &mut output, size: self.out(), phase: [0, 0], stride: 1 });
        output
    }

    /// The gradient of the windows from that of what came out.
    fn back(&self, laid_out: &[f32], weights: &[f32]) -> Vec<f32> {
        let kernel = self.side * self.side;
        let mut output = vec![0.0; self.samples * self.inputs * self.size[0] * self.size[1]];
        for phase in (0..self.stride * self.stride).map(|at| [at / self.stride, at % self.stride]) {
            let taps = self.taps_back(phase);
            let inside = phase[0] < self.size[0] && phase[1] < self.size[1];
            if taps.is_empty() || !inside {
                continue;
            }
            let work = Work {
                geometry: *self,
                laid: laid_out,
                channels: [self.outputs, self.inputs],
                pitch: self.plane(),
                taps: &taps,
                at: [self.inputs * kernel, kernel],
                weights,
            };
            let (output, size) = (&mut output, self.size);
            run(Convolve { work, output, size, phase, stride: self.stride });
        }
        output
    }

    /// The gradient of the weights: for each tap, products of channels out with channels in.
    fn back_weights(&self, laid: &[f32], laid_out: &[f32]) -> Vec<f32> {
        let (inputs, outputs, plane) = (self.inputs, self.outputs, self.plane());
        let pitch = self.phases() * self.phases() * plane;
        let (taps, span) = (self.taps(), self.span());
        let mut parts = vec![0.0; taps.len() * outputs * inputs];
        parts.par_chunks_mut(outputs * inputs).zip(&taps).for_each(|(part, tap)| {
            let groups = laid.chunks_exact(inputs * pitch);
            let groups = groups.zip(laid_out.chunks_exact(outputs * plane));
            for (number, (laid, laid_out)) in groups.enumerate() {
                let out = Matrix::apart(&laid_out[self.first()..], [outputs, span], plane);
                let cells = Matrix::apart(&laid[tap.offset..], [inputs, span], pitch);
                product(part, out, cells.turned(), [number > 0, false]);
            }
        });
        let at = |place: usize| (place % taps.len()) * outputs * inputs + place / taps.len();
        (0..parts.len()).map(|place| parts[at(place)]).collect()
    }

    /// Gradients of windows and weights, where wanted, from that of what came out.
    pub(super) fn gradients(
        &self,
        laid: &[f32],
        weights: &[f32],
        gradient: &[f32],
        wanted: [bool; 2],
    ) -> [Option<Vec<f32>>; 2] {
        let laid_out = self.lay_out(gradient);
        let of_windows = wanted[0].then(|| self.back(&laid_out, weights));
        [of_windows, wanted[1].then(|| self.back_weights(laid, &laid_out))]
    }
}
