//! Each operation beside burn's own, values and gradients; gradients beside differences; and the same bits
//! on any number of threads.

use burn_tensor::{Device, Tensor, TensorData, activation, module};
use paydirt_core::seed::Seed;
use rand::RngExt;

use super::batch::Then;
use super::doubled::doubled;
use super::step::{Factors, step};
use super::{
    attention, batch_norm, convolution, doubled_beside, layer_norm, linear, linear_gelu,
    linear_onto,
};
use crate::neural::{tensor, to_numbers};

/// Numbers between -1 and 1.
fn numbers(count: usize, number: u64) -> Vec<f32> {
    let mut rng = Seed(7).derive("numbers", number).rng();
    (0..count).map(|_| rng.random::<f32>() * 2.0 - 1.0).collect()
}

/// An input of an operation: its numbers and its shape.
type Given = (Vec<f32>, Vec<usize>);

/// An operation on such inputs.
type Work<'a> = dyn Fn(&[Tensor<1>]) -> Tensor<1> + Sync + 'a;

fn given(shapes: &[&[usize]]) -> Vec<Given> {
    let of = |(number, shape): (usize, &&[usize])| {
        (numbers(shape.iter().product(), number as u64), shape.to_vec())
    };
    shapes.iter().enumerate().map(of).collect()
}

/// An input as the operation takes it.
fn shaped<const D: usize>(tensor: &Tensor<1>, shape: &[usize]) -> Tensor<D> {
    tensor.clone().reshape(<[usize; D]>::try_from(shape.to_vec()).unwrap())
}

/// What an operation makes, and the gradients of its weighted sum by each input.
fn walk(given: &[Given], work: &Work<'_>) -> (Vec<f32>, Vec<Vec<f32>>) {
    let device = Device::flex().autodiff();
    let leaf =
        |(numbers, _): &Given| tensor(numbers.clone(), [numbers.len()], &device).require_grad();
    let leaves: Vec<Tensor<1>> = given.iter().map(leaf).collect();
    let output = work(&leaves);
    let count = output.dims()[0];
    let weights = tensor(numbers(count, 99), [count], &device);
    let mut found = (output.clone() * weights).sum().backward();
    let gradients = leaves.iter().map(|leaf| to_numbers(leaf.grad_remove(&mut found).unwrap()));
    (to_numbers(output.inner()), gradients.collect())
}

fn close(one: &[f32], other: &[f32], tolerance: f32, what: &str) {
    assert_eq!(one.len(), other.len(), "{what}");
    let size = other.iter().fold(1.0_f32, |most, number| most.max(number.abs()));
    for (place, (one, other)) in one.iter().zip(other).enumerate() {
        assert!((one - other).abs() <= tolerance * size, "{what} {place}: {one} and {other}");
    }
}

/// Holds an operation against the same of burn, and its gradients against differences.
fn hold(given: &[Given], own: &Work<'_>, burn: &Work<'_>) {
    let (output, gradients) = walk(given, own);
    let (expected, slopes) = walk(given, burn);
    close(&output, &expected, 1e-5, "output");
    for (number, (gradient, slope)) in gradients.iter().zip(&slopes).enumerate() {
        close(gradient, slope, 2e-5, &format!("gradient of input {number}"));
    }
    // Without gradients the same numbers.
    let plain = |(numbers, _): &Given| tensor(numbers.clone(), [numbers.len()], &Device::flex());
    let inputs: Vec<Tensor<1>> = given.iter().map(plain).collect();
    assert_eq!(to_numbers(own(&inputs)), output);
    // Along a direction, the difference is what the gradients say.
    let weights = numbers(output.len(), 99);
    let value = |step: f32| {
        let moved = given.iter().enumerate().map(|(number, (start, _))| {
            let direction = numbers(start.len(), 50 + number as u64);
            let moved = start.iter().zip(direction).map(|(at, by)| at + step * by).collect();
            tensor(moved, [start.len()], &Device::flex())
        });
        let output = to_numbers(own(&moved.collect::<Vec<_>>()));
        output.iter().zip(&weights).map(|(o, w)| f64::from(*o) * f64::from(*w)).sum::<f64>()
    };
    let difference = (value(1e-3) - value(-1e-3)) / 2e-3;
    let told: f64 = gradients
        .iter()
        .enumerate()
        .flat_map(|(number, gradient)| {
            let direction = numbers(gradient.len(), 50 + number as u64);
            gradient
                .iter()
                .zip(direction)
                .map(|(g, d)| f64::from(*g) * f64::from(d))
                .collect::<Vec<_>>()
        })
        .sum();
    let size = told.abs().max(1.0);
    assert!((difference - told).abs() < 0.01 * size, "difference {difference}, gradient {told}");
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (again, slopes) = pool.install(|| walk(given, own));
        assert!(again == output && slopes == gradients, "other bits on {threads} threads");
    }
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let count = tensor.shape().num_elements();
    tensor.reshape([count])
}

#[test]
fn weighted_sums() {
    for shape in [[3, 5, 7, 6], [40, 17, 32, 48]] {
        let [samples, tokens, inner, width] = shape;
        let (rows, out) = ([samples, tokens, inner], [samples, tokens, width]);
        let inputs = given(&[&rows, &[inner, width], &[width], &out]);
        let part = move |inputs: &[Tensor<1>]| {
            let weight: Tensor<2> = shaped(&inputs[1], &[inner, width]);
            (shaped::<3>(&inputs[0], &rows), weight, inputs[2].clone())
        };
        let own = |inputs: &[Tensor<1>]| {
            let (input, weight, bias) = part(inputs);
            flat(linear_onto(shaped(&inputs[3], &out), input, weight, Some(bias)))
        };
        let burn = |inputs: &[Tensor<1>]| {
            let (input, weight, bias) = part(inputs);
            flat(module::linear(input, weight, Some(bias)) + shaped(&inputs[3], &out))
        };
        hold(&inputs, &own, &burn);
        hold(
            &inputs[..2],
            &|inputs| {
                flat(linear(
                    shaped::<3>(&inputs[0], &rows),
                    shaped(&inputs[1], &[inner, width]),
                    None,
                ))
            },
            &|inputs| {
                flat(module::linear(
                    shaped::<3>(&inputs[0], &rows),
                    shaped(&inputs[1], &[inner, width]),
                    None,
                ))
            },
        );
        let own = |inputs: &[Tensor<1>]| {
            let (input, weight, bias) = part(inputs);
            flat(linear_gelu(input, weight, bias))
        };
        let burn = |inputs: &[Tensor<1>]| {
            let (input, weight, bias) = part(inputs);
            flat(activation::gelu(module::linear(input, weight, Some(bias))))
        };
        hold(&inputs[..3], &own, &burn);
    }
}

#[test]
fn layer_norms() {
    for width in [5, 48] {
        let shape = [7, 60, width];
        let inputs = given(&[&shape, &[width], &[width]]);
        hold(
            &inputs,
            &|i| flat(layer_norm(shaped::<3>(&i[0], &shape), i[1].clone(), i[2].clone(), 1e-5)),
            &|i| {
                flat(module::layer_norm(
                    shaped::<3>(&i[0], &shape),
                    i[1].clone(),
                    Some(i[2].clone()),
                    1e-5,
                ))
            },
        );
    }
}

#[test]
fn attention_of_heads() {
    for (shape, heads) in [([3, 5, 12], 2), ([2, 37, 96], 2), ([2, 122, 96], 1)] {
        let inputs = given(&[&shape]);
        hold(&inputs, &|inputs| flat(attention(shaped(&inputs[0], &shape), heads)), &|inputs| {
            flat(super::attention::composed(shaped(&inputs[0], &shape), heads))
        });
    }
}

#[test]
fn doubled_planes_stand_before_those_beside_them() {
    for [samples, channels, others, rows, cols] in
        [[1, 1, 1, 1, 1], [2, 3, 2, 4, 5], [5, 2, 1, 3, 2]]
    {
        let planes = [samples, channels, rows, cols];
        let beside = [samples, others, 2 * rows, 2 * cols];
        let flat = |tensor: Tensor<4>| -> Tensor<1> { tensor.flatten(0, 3) };
        let each = |given: &[Tensor<1>]| {
            (shaped::<4>(&given[0], &planes), shaped::<4>(&given[1], &beside))
        };
        hold(
            &given(&[&planes, &beside]),
            &|given| {
                let (planes, beside) = each(given);
                flat(doubled_beside(planes, beside))
            },
            &|given| {
                let (planes, beside) = each(given);
                flat(Tensor::cat(vec![doubled(planes), beside], 1))
            },
        );
    }
}

#[test]
fn convolutions() {
    // Samples, channels in and out, rows and cols, side of the kernel, stride.
    let shapes = [
        [3, 5, 9, 9, 11, 3, 1],
        [2, 3, 9, 8, 8, 3, 2],
        [5, 2, 4, 7, 33, 3, 2],
        [3, 6, 5, 7, 6, 1, 2],
        [2, 3, 4, 12, 9, 5, 1],
        [40, 2, 3, 2, 2, 3, 1],
        [3, 2, 3, 1, 1, 3, 2],
    ];
    for [samples, inputs, outputs, rows, cols, side, stride] in shapes {
        let (windows, weights) = ([samples, inputs, rows, cols], [outputs, inputs, side, side]);
        let burn = |given: &[Tensor<1>]| {
            let options = burn_tensor::ops::ConvOptions::new([stride; 2], [side / 2; 2], [1; 2], 1);
            let (windows, weights) = (shaped(&given[0], &windows), shaped(&given[1], &weights));
            flat(module::conv2d(windows, weights, None, options))
        };
        let own = |given: &[Tensor<1>]| {
            flat(convolution(shaped(&given[0], &windows), shaped(&given[1], &weights), stride))
        };
        hold(&given(&[&windows, &weights]), &own, &burn);
    }
}

#[test]
fn batch_norms() {
    let shape = [4, 3, 5, 7];
    let inputs = given(&[&shape, &[3], &[3], &shape]);
    for relu in [false, true] {
        let then = |inputs: &[Tensor<1>]| Then {
            beside: inputs.get(3).map(|beside| shaped::<4>(beside, &shape)),
            relu,
        };
        let own = |i: &[Tensor<1>]| {
            let factors = [i[1].clone(), i[2].clone()];
            let input = shaped(&i[0], &shape);
            flat(batch_norm(&input, factors, None, &then(i), 1e-5).unwrap().0)
        };
        let burn = |i: &[Tensor<1>]| {
            let input = shaped::<4>(&i[0], &shape);
            let found = module::batch_norm_train(input, i[1].clone(), i[2].clone(), 1e-5);
            flat(then(i).apply(found.output))
        };
        hold(&inputs, &own, &burn);
        hold(&inputs[..3], &own, &burn);
        // By given means and variances.
        let given = || super::Spread { mean: vec![0.1, -0.2, 0.0], variance: vec![0.5, 1.5, 1.0] };
        let own = |i: &[Tensor<1>]| {
            let factors = [i[1].clone(), i[2].clone()];
            let input = shaped(&i[0], &shape);
            flat(batch_norm(&input, factors, Some(given()), &then(i), 1e-5).unwrap().0)
        };
        let burn = |i: &[Tensor<1>]| {
            let told = |numbers: Vec<f32>| tensor(numbers, [3], &i[0].device());
            let [mean, variance] = [told(given().mean), told(given().variance)];
            let input = shaped::<4>(&i[0], &shape);
            let output =
                module::batch_norm(input, i[1].clone(), i[2].clone(), mean, variance, 1e-5);
            flat(then(i).apply(output))
        };
        hold(&inputs, &own, &burn);
    }
}

#[test]
fn what_is_not_a_number_shows() {
    let device = Device::flex();
    let bad = |count: usize| {
        let mut numbers = numbers(count, 3);
        numbers[count / 2] = f32::NAN;
        numbers
    };
    let joint = tensor(bad(4 * 96), [1, 4, 96], &device);
    assert!(to_numbers(attention(joint, 1)).iter().any(|number| number.is_nan()));
    let rows = tensor(bad(64), [2, 32], &device);
    let weight = tensor(numbers(32 * 32, 4), [32, 32], &device);
    let bias = tensor(numbers(32, 5), [32], &device);
    assert!(to_numbers(linear_gelu(rows, weight, bias)).iter().any(|number| number.is_nan()));
    let planes = tensor(bad(32), [1, 2, 4, 4], &device);
    let spread = super::Spread { mean: vec![0.0; 2], variance: vec![1.0; 2] };
    let ones = || tensor(vec![1.0; 2], [2], &device);
    let then = Then { beside: None, relu: true };
    let found = batch_norm(&planes, [ones(), ones()], Some(spread), &then, 1e-5).unwrap().0;
    assert!(to_numbers(found).iter().any(|number| number.is_nan()));
}

#[test]
fn a_step_of_an_optimiser_moves_each_number_by_the_formula() {
    let device = Device::flex();
    let [value, gradient, first] = [0, 1, 2].map(|number| numbers(70, number));
    let second: Vec<f32> = numbers(70, 4).iter().map(|number| number.abs()).collect();
    let of = |numbers: &[f32]| tensor(numbers.to_vec(), [numbers.len()], &device);
    let factors = Factors {
        decay: [0.9, 0.99],
        direction: [2.0, 0.5],
        correction: 0.3,
        keep: 0.999,
        rate: 0.01,
        epsilon: 1e-8,
    };
    let [mut mean, mut square] = [of(&first), of(&second)];
    let moved = step([&of(&value), &of(&gradient)], [&mut mean, &mut square], factors).unwrap();
    let (moved, mean, square) = (to_numbers(moved), to_numbers(mean), to_numbers(square));
    for place in 0..70 {
        let [v, g, f, s] = [value[place], gradient[place], first[place], second[place]];
        let (f, s) = (0.9 * f + 0.1 * g, 0.99 * s + 0.01 * g * g);
        let expected = 0.999 * v - 0.01 * (2.0 * f + 0.5 * g) / ((s / 0.3).sqrt() + 1e-8);
        assert!((moved[place] - expected).abs() < 1e-6);
        assert!((mean[place] - f).abs() < 1e-6 && (square[place] - s).abs() < 1e-6);
    }
}

#[test]
fn a_tensor_that_is_a_view_is_read_as_it_looks() {
    let device = Device::flex();
    let data = TensorData::new(numbers(4 * 6, 1), [4, 6]);
    let turned = Tensor::<2>::from_data(data, &device).transpose();
    let weight = tensor(numbers(4 * 3, 2), [4, 3], &device);
    let own = to_numbers(linear(turned.clone(), weight.clone(), None));
    close(&own, &to_numbers(turned.matmul(weight)), 1e-6, "a turned matrix");
}
