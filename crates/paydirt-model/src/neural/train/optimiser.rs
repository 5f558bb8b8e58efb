//! How gradients move parameters.

use burn_tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::neural::kernels::{self, Factors};

/// Keeps divisions from 0.
pub(super) const EPSILON: f32 = 1e-8;
/// Decay of the mean gradient.
pub(super) const BETA_1: f64 = 0.9;
/// Decay of the mean squared gradient.
pub(super) const BETA_2: f64 = 0.999;
/// Decay of the mean squared gradient of `rmsprop`.
pub(super) const RMSPROP_DECAY: f64 = 0.99;

/// How gradients move parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Optimiser {
    /// Adam with weight decay of its own (Loshchilov and Hutter 2019, arXiv 1711.05101): betas 0.9 and
    /// 0.999.
    #[default]
    Adamw,
    /// The same with Nesterov's momentum, which warms up (Dozat 2016, ICLR workshop).
    Nadam,
    /// The gradient over the root of its mean square (Tieleman and Hinton 2012): decay 0.99.
    Rmsprop,
}

/// Mean gradient and mean squared gradient of one parameter.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    pub(super) first: Tensor<1>,
    pub(super) second: Tensor<1>,
}

impl Moments {
    pub(super) fn zero(like: &Tensor<1>) -> Self {
        Self { first: like.zeros_like(), second: like.zeros_like() }
    }
}

/// The momentum of a step of `nadam`, from 1: 0.9 x (1 - 0.96^(0.004 x step) / 2).
pub(super) fn momentum(step: usize) -> f64 {
    BETA_1 * (1.0 - 0.5 * 0.96_f64.powf(0.004 * step as f64))
}

/// One step: its number (from 1), its rate, the decay of weights, and the product of the momenta of all
/// steps up to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) momenta: f64,
    pub(super) step: usize,
    pub(super) rate: f64,
    pub(super) decay: f64,
}

impl Optimiser {
    /// The moved parameter. `decay` shrinks it by `rate x decay` apart from the gradient.
    pub(super) fn step(
        self,
        value: Tensor<1>,
        gradient: Tensor<1>,
        moments: &mut Moments,
        at: Rate,
    ) -> Tensor<1> {
        let factors = self.factors(at);
        let means = [&mut moments.first, &mut moments.second];
        kernels::step([&value, &gradient], means, factors)
            .unwrap_or_else(|| composed(value, gradient, moments, factors))
    }

    /// What the step does to each number.
    fn factors(self, at: Rate) -> Factors {
        let unbiased = |beta: f64| (1.0 - beta.powi(at.step as i32)) as f32;
        let keep = (1.0 - at.rate * at.decay) as f32;
        let (rate, epsilon) = (at.rate as f32, EPSILON);
        let decay = [BETA_1 as f32, BETA_2 as f32];
        let (decay, direction, correction) = match self {
            Self::Rmsprop => ([1.0, RMSPROP_DECAY as f32], [0.0, 1.0], 1.0),
            Self::Adamw => (decay, [1.0 / unbiased(BETA_1), 0.0], unbiased(BETA_2)),
            Self::Nadam => {
                let (now, next) = (momentum(at.step), momentum(at.step + 1));
                let of_mean = (next / (1.0 - at.momenta * next)) as f32;
                let of_gradient = ((1.0 - now) / (1.0 - at.momenta)) as f32;
                (decay, [of_mean, of_gradient], unbiased(BETA_2))
            }
        };
        Factors { decay, direction, correction, keep, rate, epsilon }
    }
}

/// The step by burn's operations.
fn composed(
    value: Tensor<1>,
    gradient: Tensor<1>,
    moments: &mut Moments,
    factors: Factors,
) -> Tensor<1> {
    let follow = |mean: &mut Tensor<1>, new: Tensor<1>, decay: f32| {
        *mean = mean.clone() * decay + new * (1.0 - decay);
        mean.clone()
    };
    let [decay, decay_second] = factors.decay;
    let [of_mean, of_gradient] = factors.direction;
    let second = follow(&mut moments.second, gradient.clone() * gradient.clone(), decay_second);
    let first = follow(&mut moments.first, gradient.clone(), decay);
    let direction = first * of_mean + gradient * of_gradient;
    let size = (second / factors.correction).sqrt() + factors.epsilon;
    value * factors.keep - direction * factors.rate / size
}
