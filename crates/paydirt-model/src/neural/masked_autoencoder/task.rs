//! Completing windows: the network, and what it learns.

use burn_tensor::Tensor;
use paydirt_core::seed::Seed;
use rand::RngExt;
use rand::seq::SliceRandom;

use super::{LossOver, Settings};
use crate::Result;
use crate::neural::layers::Linear;
use crate::neural::parameters::{Builder, Id, Start};
use crate::neural::pass::{Pass, tensor, total};
use crate::neural::patches::{Cut, Tokens};
use crate::neural::train::{Task, digest};
use crate::neural::transformer::{Stack, Transformer};
use crate::neural::vit::Encoder;
use crate::neural::window::{TURNS, Windows};

/// Encoder and decoder.
#[derive(Clone, Debug)]
pub(in crate::neural) struct Autoencoder {
    pub(in crate::neural) encoder: Encoder,
    enter: Linear,
    mask: Id,
    position: Id,
    blocks: Transformer,
    leave: Linear,
}

impl Autoencoder {
    pub(in crate::neural) fn new(
        builder: &mut Builder,
        cut: Cut,
        [encoder, decoder]: [Stack; 2],
    ) -> Self {
        let encoder_width = encoder.width;
        let encoder = builder.under("encoder", |builder| Encoder::new(builder, cut, encoder));
        builder.under("decoder", |builder| {
            let width = decoder.width;
            let linear = |builder: &mut Builder, name: &str, shape: [usize; 2]| {
                Linear::starting(builder, name, shape, Start::between(shape[0], shape[1]))
            };
            Self {
                encoder,
                enter: linear(builder, "embed", [encoder_width, width]),
                mask: builder.learned("mask_token", &[1, 1, width], Start::Normal(0.02)),
                position: builder.learned(
                    "pos_embed",
                    &[1 + cut.tokens(), width],
                    Start::Normal(0.02),
                ),
                blocks: Transformer::new(builder, decoder),
                leave: linear(builder, "head", [width, cut.numbers()]),
            }
        })
    }

    /// The numbers of all tokens, in the order of `masked`: those that were seen first.
    #[must_use]
    pub(in crate::neural) fn forward(&self, pass: &mut Pass<'_>, masked: &Masked) -> Tensor<3> {
        let seen = self.encoder.forward(pass, &masked.seen);
        let seen = self.enter.forward(pass, seen);
        let [samples, count, width] = seen.dims();
        let hidden = masked.order.len() / samples - (count - 1);
        let tokens = if hidden == 0 {
            seen
        } else {
            let mask = pass.get::<3>(self.mask).expand([samples, hidden, width]);
            Tensor::cat(vec![seen, mask], 1)
        };
        // The class token stands in the first place.
        let with_class = masked.order.chunks(count - 1 + hidden).flat_map(|order| {
            std::iter::once(0).chain(order.iter().map(|place| place + 1)).collect::<Vec<_>>()
        });
        let order = Tokens { samples, places: with_class.collect(), ..Tokens::default() };
        let tokens = tokens + order.at_places(pass.get(self.position), pass);
        let tokens = self.blocks.forward(pass, tokens);
        let tokens = tokens.narrow(1, 1, count - 1 + hidden);
        self.leave.forward(pass, tokens)
    }
}

/// Windows of which a part is hidden.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::neural) struct Masked {
    /// The tokens that are seen.
    pub(in crate::neural) seen: Tokens,
    /// The tokens of each window, `[sample, token]`: those that are seen first.
    pub(in crate::neural) order: Vec<i64>,
    /// What the tokens hold, in that order: `[sample, token, number]`, 0 where not known.
    pub(in crate::neural) truth: Vec<f32>,
    /// 1 for numbers that are known and that the loss is over.
    pub(in crate::neural) counts: Vec<f32>,
}

/// How windows are hidden.
#[derive(Clone, Copy)]
pub(super) struct Masking<'a> {
    pub(super) cut: &'a Cut,
    pub(super) settings: &'a Settings,
    /// The layer of each plane.
    pub(super) layers: &'a [usize],
}

impl Masking<'_> {
    /// Hides parts of windows, each by a seed of its own.
    pub(super) fn apply(&self, windows: &[f32], seed_of: impl Fn(usize) -> Seed) -> Masked {
        let size = (self.cut.planes * self.cut.side * self.cut.side).max(1);
        let mut masked = Masked::default();
        masked.seen.samples = windows.len() / size;
        for (number, window) in windows.chunks_exact(size).enumerate() {
            self.hide(window, seed_of(number), &mut masked);
        }
        masked
    }

    fn hide(&self, window: &[f32], seed: Seed, masked: &mut Masked) {
        let mut rng = seed.rng();
        let tokens = self.cut.tokens();
        let mut order: Vec<usize> = (0..tokens).collect();
        order.shuffle(&mut rng);
        let seen = ((tokens as f64 * (1.0 - self.settings.mask_ratio)) as usize).max(1);
        let layers = self.layers.iter().max().map_or(0, |last| last + 1);
        let hidden = (layers as f64 * self.settings.layer_mask_ratio).round() as usize;
        let mut hidden_layers: Vec<usize> = (0..layers).collect();
        hidden_layers.shuffle(&mut rng);
        hidden_layers.truncate(hidden.min(layers.saturating_sub(1)));
        let cells = self.cut.patch * self.cut.patch;
        let is_hidden = |place: usize| hidden_layers.contains(&self.layers[place / cells]);
        for (rank, token) in order.iter().enumerate() {
            let numbers = self.cut.token(window, *token).enumerate();
            for (place, number) in numbers.clone() {
                let counts =
                    self.settings.loss_over == LossOver::All || rank >= seen || is_hidden(place);
                masked.truth.push(if number.is_nan() { 0.0 } else { number });
                masked.counts.push(f32::from(u8::from(counts && !number.is_nan())));
            }
            if rank < seen {
                let numbers =
                    numbers.map(|(place, number)| if is_hidden(place) { f32::NAN } else { number });
                masked.seen.push(self.cut, numbers);
                masked.seen.places.push(*token as i64);
            }
            masked.order.push(*token as i64);
        }
    }
}

/// Completing windows of a ground.
pub(super) struct Completion<'a> {
    pub(super) network: &'a Autoencoder,
    /// For training and for checking.
    pub(super) windows: [Windows<'a>; 2],
    /// For training and for checking.
    pub(super) units: [&'a [usize]; 2],
    pub(super) settings: &'a Settings,
}

impl Task for Completion<'_> {
    type Batch = Masked;

    fn examples(&self) -> usize {
        self.units[0].len()
    }

    fn held_out(&self) -> usize {
        self.units[1].len()
    }

    fn fingerprint(&self) -> u64 {
        digest(&(self.settings, &self.units, self.windows[0].channels))
    }

    fn epoch(&self, seed: Seed) -> Vec<usize> {
        let count = self.settings.windows_per_epoch.min(self.examples());
        rand::seq::index::sample(&mut seed.rng(), self.examples(), count).into_vec()
    }

    fn batch(&self, examples: &[usize], seed: Seed) -> Result<Masked> {
        let checks = examples.first().is_some_and(|first| *first >= self.examples());
        let side = usize::from(checks);
        let unit = |example: &usize| self.units[side][example - side * self.examples()];
        let units: Vec<usize> = examples.iter().map(unit).collect();
        let mut rng = seed.derive("turns", 0).rng();
        let turns = units
            .iter()
            .map(|_| if self.settings.augment && !checks { rng.random_range(0..TURNS) } else { 0 });
        let turns: Vec<usize> = turns.collect();
        let windows = self.windows[side];
        let numbers = windows.read(&units, &turns)?;
        let masking = Masking {
            cut: self.network.encoder.cut(),
            settings: self.settings,
            layers: &windows.shape.layers(windows.channels),
        };
        // Checks hide the same of a window each time.
        Ok(masking.apply(&numbers, |number| match checks {
            true => Seed(units[number] as u64).derive("mask", 0),
            false => seed.derive("mask", number as u64),
        }))
    }

    fn loss(&self, pass: &mut Pass<'_>, masked: &Masked) -> Tensor<1> {
        let found = self.network.forward(pass, masked);
        let shape = found.dims();
        let device = pass.device();
        let apart = found - tensor(masked.truth.clone(), shape, &device);
        let counts: f64 = masked.counts.iter().copied().map(f64::from).sum();
        let counted = tensor(masked.counts.clone(), shape, &device);
        total(apart.clone() * apart * counted) / counts.max(1.0) as f32
    }
}
