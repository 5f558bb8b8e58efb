//! How gradients move parameters.

use burn_tensor::Tensor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
        let follow = |mean: &mut Tensor<1>, new: Tensor<1>, beta: f64| {
            *mean = mean.clone() * beta as f32 + new * (1.0 - beta) as f32;
            mean.clone()
        };
        let unbiased = |beta: f64, step: usize| (1.0 - beta.powi(step as i32)) as f32;
        let kept = value * (1.0 - at.rate * at.decay) as f32;
        let (direction, second, correction) = match self {
            Self::Rmsprop => {
                let square = gradient.clone() * gradient.clone();
                (gradient, follow(&mut moments.second, square, RMSPROP_DECAY), 1.0)
            }
            Self::Adamw | Self::Nadam => {
                let second =
                    follow(&mut moments.second, gradient.clone() * gradient.clone(), BETA_2);
                let first = follow(&mut moments.first, gradient.clone(), BETA_1);
                let direction = match self {
                    Self::Nadam => {
                        let (now, next) = (momentum(at.step), momentum(at.step + 1));
                        first * (next / (1.0 - at.momenta * next)) as f32
                            + gradient * ((1.0 - now) / (1.0 - at.momenta)) as f32
                    }
                    _ => first / unbiased(BETA_1, at.step),
                };
                (direction, second, unbiased(BETA_2, at.step))
            }
        };
        kept - direction * at.rate as f32 / ((second / correction).sqrt() + EPSILON)
    }
}
