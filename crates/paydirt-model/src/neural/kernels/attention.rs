//! Attention of heads that stand beside one another, without a copy of them.
//!
//! One sample's heads are worked on one after the other, so that their weights stay in the cache.

use burn_tensor::ops::AttentionModuleOptions;
use burn_tensor::{Tensor, module};
use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::bridge::{Made, Numbers, apply, input, is_ours};
use super::small::{Left, Panels, Rows, WIDEST, product};
use super::vector::{exp, largest, run, sum, sum_pairs};

/// Softmax of the products of queries and keys, over the root of a head's width, times the values
/// (Vaswani and others 2017, arXiv 1706.03762). `joint` is `[sample, token, 3 x width]`: queries, keys and
/// values, each of its heads one after the other; so is the result, `[sample, token, width]`.
pub(crate) fn attention(joint: Tensor<3>, heads: usize) -> Tensor<3> {
    own(joint.clone(), heads).unwrap_or_else(|| composed(joint, heads))
}

/// The same by burn's operations.
pub(super) fn composed(joint: Tensor<3>, heads: usize) -> Tensor<3> {
    let [samples, tokens, width] = joint.dims();
    let width = width / 3;
    let joint = joint.reshape([samples, tokens, 3, heads, width / heads]).permute([2, 0, 3, 1, 4]);
    let part = |index: usize| {
        joint.clone().narrow(0, index, 1).reshape([samples, heads, tokens, width / heads])
    };
    let options = AttentionModuleOptions::default();
    let seen = module::attention(part(0), part(1), part(2), None, None, options);
    seen.swap_dims(1, 2).reshape([samples, tokens, width])
}

fn own(joint: Tensor<3>, heads: usize) -> Option<Tensor<3>> {
    let [samples, tokens, width] = joint.dims();
    let shape = Shape { tokens, heads, width: width / 3 };
    if !is_ours(&joint) || samples * tokens * width == 0 {
        return None;
    }
    apply(vec![input(joint)], |values, learns| {
        let mut output = vec![0.0; samples * tokens * shape.width];
        let mut weights = vec![0.0; if learns { samples * shape.weights() } else { 0 }];
        let joint = values[0].par_chunks(tokens * width);
        let parts = output.par_chunks_mut(tokens * shape.width).zip(joint);
        if learns {
            parts.zip(weights.par_chunks_mut(shape.weights())).for_each(
                |((output, joint), weights)| run(Forward { shape, joint, output, weights }),
            );
        } else {
            parts.for_each_init(
                || vec![0.0; shape.weights()],
                |weights, (output, joint)| run(Forward { shape, joint, output, weights }),
            );
        }
        let weights = Numbers::new(weights, &[if learns { samples * shape.weights() } else { 0 }]);
        let output = Numbers::new(output, &[samples, tokens, shape.width]);
        Made::new(output, move |gradient, _| {
            let joint = &values[0];
            let mut found = vec![0.0; joint.len()];
            let parts = found.par_chunks_mut(tokens * width).zip(joint.par_chunks(tokens * width));
            let parts = parts.zip(weights.par_chunks(shape.weights()));
            parts.zip(gradient.par_chunks(tokens * shape.width)).for_each(
                |(((found, joint), weights), gradient)| {
                    run(Back { shape, joint, weights, gradient, found });
                },
            );
            vec![Some(Numbers::new(found, joint.shape()))]
        })
    })
}

/// What one sample looks like.
#[derive(Clone, Copy, Debug)]
struct Shape {
    tokens: usize,
    heads: usize,
    width: usize,
}

impl Shape {
    /// Numbers of a head in a token.
    const fn head(&self) -> usize {
        self.width / self.heads
    }

    /// Weights of a row, filled up to whole panels.
    const fn row(&self) -> usize {
        self.tokens.next_multiple_of(WIDEST)
    }

    /// Queries, keys and values of a head.
    #[inline(always)]
    fn parts<'a>(&self, joint: &'a [f32], head: usize) -> [Rows<'a>; 3] {
        let step = 3 * self.width;
        let of = |part: usize| &joint[part * self.width + head * self.head()..];
        [0, 1, 2].map(|part| Rows { numbers: of(part), step })
    }

    /// Weights of a sample.
    const fn weights(&self) -> usize {
        self.heads * self.tokens * self.row()
    }
}

/// Attention of one sample; notes the weights.
struct Forward<'a> {
    shape: Shape,
    joint: &'a [f32],
    output: &'a mut [f32],
    weights: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { shape, joint, output, weights } = self;
        let (tokens, head, row) = (shape.tokens, shape.head(), shape.row());
        let factor = 1.0 / (head as f32).sqrt();
        let mut panels = Panels::new::<S>();
        for (number, weights) in weights.chunks_exact_mut(tokens * row).enumerate() {
            let [query, key, value] = shape.parts(joint, number);
            panels.take_turned(key, [head, tokens]);
            product(simd, (weights, row), Left::Plain(query), (&panels, [tokens, row]), factor);
            for weights in weights.chunks_exact_mut(row) {
                softmax::<S>(&mut weights[..tokens]);
            }
            panels.take(value, [tokens, head]);
            let weights = Rows { numbers: weights, step: row };
            let output = &mut output[number * head..];
            product(
                simd,
                (output, shape.width),
                Left::Plain(weights),
                (&panels, [tokens, head]),
                1.0,
            );
        }
    }
}

/// Makes the gradient of queries, keys and values of that of the result, for one sample.
struct Back<'a> {
    shape: Shape,
    joint: &'a [f32],
    weights: &'a [f32],
    gradient: &'a [f32],
    found: &'a mut [f32],
}

impl WithSimd for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { shape, joint, weights, gradient, found } = self;
        let (tokens, head, row) = (shape.tokens, shape.head(), shape.row());
        let factor = 1.0 / (head as f32).sqrt();
        let mut panels = Panels::new::<S>();
        let mut slopes = vec![0.0; tokens * row];
        let step = 3 * shape.width;
        for (number, weights) in weights.chunks_exact(tokens * row).enumerate() {
            let [query, key, value] = shape.parts(joint, number);
            let gradient = Rows { numbers: &gradient[number * head..], step: shape.width };
            // Of the weights, then of what the softmax was taken of.
            panels.take_turned(value, [head, tokens]);
            product(simd, (&mut slopes, row), Left::Plain(gradient), (&panels, [tokens, row]), 1.0);
            for (slopes, weights) in slopes.chunks_exact_mut(row).zip(weights.chunks_exact(row)) {
                let level = sum_pairs(slopes, weights, |slope, weight| slope * weight);
                for (slope, weight) in slopes.iter_mut().zip(weights) {
                    *slope = (*slope - level) * weight;
                }
            }
            let weights = Left::Turned(Rows { numbers: weights, step: row });
            let moved = Rows { numbers: &slopes, step: row };
            let whole = [tokens, head];
            let of = |part: usize| part * shape.width + number * head;
            panels.take(gradient, whole);
            product(simd, (&mut found[of(2)..], step), weights, (&panels, whole), 1.0);
            panels.take(key, whole);
            product(
                simd,
                (&mut found[of(0)..], step),
                Left::Plain(moved),
                (&panels, whole),
                factor,
            );
            panels.take(query, whole);
            product(
                simd,
                (&mut found[of(1)..], step),
                Left::Turned(moved),
                (&panels, whole),
                factor,
            );
        }
    }
}

/// Exponentials of what stands in a row, over their sum.
#[inline(always)]
fn softmax<S: Simd>(numbers: &mut [f32]) {
    let most = largest(numbers);
    for number in numbers.iter_mut() {
        *number = exp::<S>(*number - most);
    }
    let inverse = 1.0 / sum(numbers, |number| number);
    for number in numbers.iter_mut() {
        *number *= inverse;
    }
}
