//! Weighted sums, and what follows them while a block of rows is still in the cache.

use burn_tensor::{Tensor, activation, module};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::bridge::{Made, Numbers, apply, input, is_ours};
use super::product::{Matrix, product};
use super::vector::{density, normal, run};

/// Least and most rows that are worked on together: few enough for the cache and for threads, and so many
/// that laying out the weights for each block costs little.
const ROWS: [usize; 2] = [256, 1024];
/// Blocks of rows, where the bounds allow them.
const BLOCKS: usize = 8;

/// Rows of a block, of so many.
fn block(rows: usize) -> usize {
    (rows / BLOCKS).clamp(ROWS[0], ROWS[1])
}

/// `input weight + bias`.
pub(crate) fn linear<const D: usize>(
    numbers: Tensor<D>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
) -> Tensor<D> {
    sums([Some(numbers.clone()), None], weight.clone(), bias.clone())
        .unwrap_or_else(|| module::linear(numbers, weight, bias))
}

/// `onto + input weight + bias`.
pub(crate) fn linear_onto<const D: usize>(
    onto: Tensor<D>,
    numbers: Tensor<D>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
) -> Tensor<D> {
    sums([Some(numbers.clone()), Some(onto.clone())], weight.clone(), bias.clone())
        .unwrap_or_else(|| onto + module::linear(numbers, weight, bias))
}

/// `gelu(input weight + bias)`.
pub(crate) fn linear_gelu<const D: usize>(
    numbers: Tensor<D>,
    weight: Tensor<2>,
    bias: Tensor<1>,
) -> Tensor<D> {
    curved(numbers.clone(), weight.clone(), bias.clone())
        .unwrap_or_else(|| activation::gelu(module::linear(numbers, weight, Some(bias))))
}

/// Rows, numbers of a row that comes in, and of one that goes out.
#[derive(Clone, Copy, Debug)]
struct Size {
    rows: usize,
    inner: usize,
    width: usize,
}

impl Size {
    /// That of a call, and the shape of its result; none where it is not ours or has no numbers.
    fn of<const D: usize>(numbers: &Tensor<D>, weight: &Tensor<2>) -> Option<(Self, Vec<usize>)> {
        let [inner, width] = weight.dims();
        let mut shape = numbers.dims().to_vec();
        let last = shape.pop()?;
        let rows: usize = shape.iter().product();
        shape.push(width);
        let fits = D > 1 && last == inner && rows * inner * width > 0 && is_ours(numbers);
        fits.then_some((Self { rows, inner, width }, shape))
    }

    /// Multiplies `rows of input x matrix` into `output`, block by block; `then` sees each block while it
    /// is in the cache, with the number of its first row.
    fn multiply(
        &self,
        output: &mut [f32],
        (input, matrix, add): (&[f32], Matrix<'_>, bool),
        then: impl Fn(usize, &mut [f32]) + Sync,
    ) {
        let (inner, width) = (input.len() / self.rows, output.len() / self.rows);
        let block = block(self.rows);
        let spread = self.rows <= block;
        output.par_chunks_mut(block * width).enumerate().for_each(|(number, output)| {
            let (first, count) = (number * block, output.len() / width);
            let rows = Matrix::rows(&input[first * inner..][..count * inner], [count, inner]);
            product(output, rows, matrix, [add, spread]);
            then(first, output);
        });
    }

    /// Gradients of input and weight from that of the sums.
    fn back(
        &self,
        [input, weight]: [&Numbers; 2],
        gradient: &[f32],
        wanted: &[bool],
    ) -> [Option<Numbers>; 2] {
        let Self { rows, inner, width } = *self;
        let of_input = wanted[0].then(|| {
            let mut output = vec![0.0; rows * inner];
            let matrix = Matrix::rows(weight, [inner, width]).turned();
            self.multiply(&mut output, (gradient, matrix, false), |_, _| ());
            Numbers::new(output, input.shape())
        });
        let of_weight = wanted[1].then(|| {
            let mut output = vec![0.0; inner * width];
            let input = Matrix::rows(input, [rows, inner]).turned();
            product(&mut output, input, Matrix::rows(gradient, [rows, width]), [false, true]);
            Numbers::new(output, &[inner, width])
        });
        [of_input, of_weight]
    }
}

/// [`linear`] and [`linear_onto`] on the CPU.
fn sums<const D: usize>(
    [numbers, onto]: [Option<Tensor<D>>; 2],
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
) -> Option<Tensor<D>> {
    let numbers = numbers?;
    let (size, shape) = Size::of(&numbers, &weight)?;
    let has = [onto.is_some(), bias.is_some()];
    let mut inputs = vec![input(numbers), input(weight)];
    inputs.extend(onto.map(input));
    inputs.extend(bias.map(input));
    apply(inputs, |values, _| {
        let onto = has[0].then(|| &values[2]);
        let bias = has[1].then(|| &values[values.len() - 1]);
        let mut output = onto.map_or_else(|| vec![0.0; size.rows * size.width], |o| o.to_vec());
        let matrix = Matrix::rows(&values[1], [size.inner, size.width]);
        size.multiply(&mut output, (&values[0], matrix, has[0]), |_, output| {
            if let Some(bias) = bias {
                run(AddBias { output, bias });
            }
        });
        let output = Numbers::new(output, &shape);
        Made::new(output, move |gradient, wanted| {
            let found = size.back([&values[0], &values[1]], &gradient, wanted);
            let mut found = Vec::from(found);
            if has[1] && wanted[wanted.len() - 1] {
                let columns = columns(&gradient, size.width);
                found.push(Some(Numbers::new(columns, &[size.width])));
            }
            if has[0] {
                found.insert(2, Some(gradient));
            }
            found
        })
    })
}

/// [`linear_gelu`] on the CPU.
fn curved<const D: usize>(
    numbers: Tensor<D>,
    weight: Tensor<2>,
    bias: Tensor<1>,
) -> Option<Tensor<D>> {
    let (size, shape) = Size::of(&numbers, &weight)?;
    apply(vec![input(numbers), input(weight), input(bias)], |values, _| {
        let block = block(size.rows);
        let (count, chunk) = (size.rows * size.width, block * size.width);
        let matrix = Matrix::rows(&values[1], [size.inner, size.width]);
        let (mut sums, mut output) = (vec![0.0; count], vec![0.0; count]);
        let blocks = sums.par_chunks_mut(chunk).zip(output.par_chunks_mut(chunk));
        blocks.enumerate().for_each(|(number, (sums, output))| {
            let rows = sums.len() / size.width;
            let input = &values[0][number * block * size.inner..][..rows * size.inner];
            let input = Matrix::rows(input, [rows, size.inner]);
            product(sums, input, matrix, [false, rows == size.rows]);
            run(BiasGelu { sums, output, bias: &values[2] });
        });
        let sums = Numbers::new(sums, &[count]);
        Made::new(Numbers::new(output, &shape), move |mut gradient, wanted| {
            let mut partial = vec![0.0; count.div_ceil(chunk) * size.width];
            let blocks = gradient.change().par_chunks_mut(chunk).zip(sums.par_chunks(chunk));
            blocks
                .zip(partial.par_chunks_mut(size.width))
                .for_each(|((gradient, sums), columns)| run(GeluBack { gradient, sums, columns }));
            let found = size.back([&values[0], &values[1]], &gradient, wanted);
            let columns =
                wanted[2].then(|| Numbers::new(fold(&partial, size.width), &[size.width]));
            found.into_iter().chain([columns]).collect()
        })
    })
}

/// The sums of the columns.
pub(super) fn columns(numbers: &[f32], width: usize) -> Vec<f32> {
    let chunk = ROWS[0] * width;
    let mut partial = vec![0.0; numbers.len().div_ceil(chunk) * width];
    let blocks = partial.par_chunks_mut(width).zip(numbers.par_chunks(chunk));
    blocks.for_each(|(columns, numbers)| run(Columns { columns, numbers }));
    fold(&partial, width)
}

/// The sums of the columns of what blocks of rows came to, in their order.
pub(super) fn fold(partial: &[f32], width: usize) -> Vec<f32> {
    let mut columns = vec![0.0; width];
    run(Columns { columns: &mut columns, numbers: partial });
    columns
}

struct AddBias<'a> {
    output: &'a mut [f32],
    bias: &'a [f32],
}

impl WithSimd for AddBias<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.output.chunks_exact_mut(self.bias.len()) {
            for (number, bias) in row.iter_mut().zip(self.bias) {
                *number += *bias;
            }
        }
    }
}

struct Columns<'a> {
    columns: &'a mut [f32],
    numbers: &'a [f32],
}

impl WithSimd for Columns<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in self.numbers.chunks_exact(self.columns.len()) {
            for (column, number) in self.columns.iter_mut().zip(row) {
                *column += *number;
            }
        }
    }
}

/// Adds the bias to the sums, and makes the output of them.
struct BiasGelu<'a> {
    sums: &'a mut [f32],
    output: &'a mut [f32],
    bias: &'a [f32],
}

impl WithSimd for BiasGelu<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.bias.len();
        let rows = self.sums.chunks_exact_mut(width).zip(self.output.chunks_exact_mut(width));
        for (sums, output) in rows {
            for ((sum, output), bias) in sums.iter_mut().zip(output).zip(self.bias) {
                let number = *sum + *bias;
                *sum = number;
                *output = number * normal::<S>(number);
            }
        }
    }
}

/// Makes the gradient of the sums of that of the output, and adds up its columns.
struct GeluBack<'a> {
    gradient: &'a mut [f32],
    sums: &'a [f32],
    columns: &'a mut [f32],
}

impl WithSimd for GeluBack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.columns.len();
        let rows = self.gradient.chunks_exact_mut(width).zip(self.sums.chunks_exact(width));
        for (gradient, sums) in rows {
            for ((gradient, sum), column) in
                gradient.iter_mut().zip(sums).zip(self.columns.iter_mut())
            {
                let slope = normal::<S>(*sum) + *sum * density::<S>(*sum);
                let moved = *gradient * slope;
                *gradient = moved;
                *column += moved;
            }
        }
    }
}
