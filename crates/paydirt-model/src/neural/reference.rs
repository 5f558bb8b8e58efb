//! The same networks with the same numbers in PyTorch: `tests/fixtures/neural.py`.

use burn_tensor::Device;
use paydirt_core::seed::Seed;
use serde::Deserialize;

use super::cnn::ResNet;
use super::masked_autoencoder::{Autoencoder, Masked};
use super::parameters::{Builder, Parameters, Spec};
use super::patches::{Cut, Tokens};
use super::transformer::Stack;
use super::{Pass, tensor, to_numbers};

#[derive(Deserialize)]
struct Answers {
    transformer: Transformer,
    residual: Residual,
}

type Named = std::collections::BTreeMap<String, Numbers>;

#[derive(Deserialize)]
struct Numbers {
    shape: Vec<usize>,
    numbers: Vec<f32>,
}

#[derive(Deserialize)]
struct Transformer {
    windows: Vec<f32>,
    missing: Vec<f32>,
    order: Vec<i64>,
    seen: usize,
    encoded: Vec<f32>,
    completed: Vec<f32>,
    named: Named,
}

#[derive(Deserialize)]
struct Residual {
    windows: Vec<f32>,
    used: Vec<f32>,
    learning: Vec<f32>,
    named: Named,
}

fn answers() -> Answers {
    serde_json::from_str(include_str!("../../tests/fixtures/neural.json")).unwrap()
}

/// A network with the stored numbers, all of them used.
fn started<N>(named: Named, make: impl FnOnce(&mut Builder) -> N) -> (N, Parameters) {
    let mut builder = Builder::new(Seed(0));
    let network = make(&mut builder);
    let mut parameters = builder.start("test", &Device::flex()).unwrap();
    let named: Vec<(Spec, Vec<f32>)> = named
        .into_iter()
        .map(|(name, Numbers { shape, numbers })| (Spec { name, shape, learned: true }, numbers))
        .collect();
    assert_eq!(named.len(), parameters.specs().len());
    parameters.take("", &named).unwrap();
    (network, parameters)
}

fn check(found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-5 * expected.abs().max(1.0), "{found} {expected}");
    }
}

#[test]
fn transformers_answer_as_pytorch_does() {
    let stored = answers().transformer;
    let cut = Cut { planes: 2, side: 6, patch: 2 };
    let stack = |width, depth| Stack { width, depth, heads: 2, dropout: 0.0 };
    let (network, parameters) =
        started(stored.named, |builder| Autoencoder::new(builder, cut, [stack(8, 2), stack(4, 1)]));
    let mut all = Tokens::all(&cut, &stored.windows);
    all.missing = stored.missing;
    let pass = &mut Pass::infer(&parameters);
    check(&to_numbers(network.encoder.forward(pass, &all)), &stored.encoded);
    // A part of the tokens, in another order.
    let count = cut.tokens();
    let mut seen = Tokens { samples: 3, ..Tokens::default() };
    for (sample, order) in stored.order.chunks(count).enumerate() {
        for place in &order[..stored.seen] {
            let token = sample * count + *place as usize;
            seen.values.extend_from_slice(&all.values[token * cut.numbers()..][..cut.numbers()]);
            seen.missing.extend_from_slice(&all.missing[token * 2..][..2]);
            seen.places.push(*place);
        }
    }
    let masked = Masked { seen, order: stored.order, ..Masked::default() };
    check(&to_numbers(network.forward(pass, &masked)), &stored.completed);
}

#[test]
fn residual_networks_answer_as_pytorch_does() {
    let stored = answers().residual;
    let (network, parameters) =
        started(stored.named, |builder| ResNet::new(builder, 2, &[3, 5], 1));
    // The planes of values, then those that say what is not known.
    let half = |part: usize| {
        let planes = stored.windows.chunks(25).enumerate();
        let of_half = planes.filter(|(plane, _)| plane % 4 / 2 == part);
        of_half.flat_map(|(_, plane)| plane.to_vec()).collect::<Vec<f32>>()
    };
    for (mut pass, expected) in [
        (Pass::infer(&parameters), &stored.used),
        (Pass::learn(&parameters, Seed(0)), &stored.learning),
    ] {
        let input = [0, 1].map(|part| tensor(half(part), [3, 2, 5, 5], &pass.device()));
        check(&to_numbers(network.forward(&mut pass, input)), expected);
    }
}
