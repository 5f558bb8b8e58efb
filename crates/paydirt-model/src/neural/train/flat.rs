//! The same moves as [`Optimiser::step`], on plain lists.

use std::ops::Range;

use super::Optimiser;
use super::optimiser::{BETA_1, BETA_2, EPSILON, RMSPROP_DECAY, momentum};

/// Mean gradients and mean squared gradients of a list of numbers.
#[derive(Clone, Debug)]
pub(crate) struct Flat {
    optimiser: Optimiser,
    first: Vec<f32>,
    second: Vec<f32>,
    step: usize,
    momenta: f64,
}

impl Flat {
    pub(crate) fn new(optimiser: Optimiser, count: usize) -> Self {
        Self { optimiser, first: vec![0.0; count], second: vec![0.0; count], step: 0, momenta: 1.0 }
    }

    /// One step of the numbers in the given ranges, each with its learning rate. `decay` shrinks them by
    /// `rate x decay` apart from the gradient.
    pub(crate) fn step(
        &mut self,
        numbers: &mut [f32],
        gradient: &[f32],
        rates: &[(Range<usize>, f64)],
        decay: f64,
    ) {
        self.step += 1;
        let (now, next) = (momentum(self.step), momentum(self.step + 1));
        self.momenta *= now;
        let unbiased = |beta: f64| (1.0 - beta.powi(self.step as i32)) as f32;
        let (beta_2, correction) = match self.optimiser {
            Optimiser::Rmsprop => (RMSPROP_DECAY, 1.0),
            _ => (BETA_2, unbiased(BETA_2)),
        };
        let of_first = match self.optimiser {
            Optimiser::Adamw => 1.0 / unbiased(BETA_1),
            Optimiser::Nadam => (next / (1.0 - self.momenta * next)) as f32,
            Optimiser::Rmsprop => 0.0,
        };
        let of_gradient = match self.optimiser {
            Optimiser::Adamw => 0.0,
            Optimiser::Nadam => ((1.0 - now) / (1.0 - self.momenta)) as f32,
            Optimiser::Rmsprop => 1.0,
        };
        let [keep_1, new_1] = [BETA_1 as f32, (1.0 - BETA_1) as f32];
        let [keep_2, new_2] = [beta_2 as f32, (1.0 - beta_2) as f32];
        for (range, rate) in rates.iter().filter(|(_, rate)| *rate > 0.0) {
            let kept = (1.0 - rate * decay) as f32;
            let rate = *rate as f32;
            let moments = self.first[range.clone()].iter_mut().zip(&mut self.second[range.clone()]);
            let moved = numbers[range.clone()].iter_mut().zip(&gradient[range.clone()]);
            for ((number, gradient), (first, second)) in moved.zip(moments) {
                *first = *first * keep_1 + gradient * new_1;
                *second = *second * keep_2 + gradient * gradient * new_2;
                let direction = *first * of_first + gradient * of_gradient;
                *number =
                    *number * kept - direction * rate / ((*second / correction).sqrt() + EPSILON);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use burn_tensor::Device;

    use super::super::optimiser::{Moments, Rate};
    use super::*;
    use crate::neural::{tensor, to_numbers};

    #[test]
    fn moves_are_those_of_the_tensors() {
        for optimiser in [Optimiser::Adamw, Optimiser::Nadam, Optimiser::Rmsprop] {
            let mut numbers = vec![0.3, -2.0, 5.0];
            let mut flat = Flat::new(optimiser, 3);
            let mut value = tensor(numbers.clone(), [3], &Device::flex());
            let mut moments = Moments::zero(&value);
            let mut momenta = 1.0;
            for step in 1..=40 {
                let gradient: Vec<f32> =
                    numbers.iter().map(|n| n * n - 0.1 * step as f32).collect();
                momenta *= momentum(step);
                let at = Rate { momenta, step, rate: 0.02, decay: 0.1 };
                let on_device = tensor(gradient.clone(), [3], &Device::flex());
                value = optimiser.step(value, on_device, &mut moments, at);
                flat.step(&mut numbers, &gradient, &[(0..3, 0.02)], 0.1);
                for (found, expected) in numbers.iter().zip(to_numbers(value.clone())) {
                    assert!((found - expected).abs() < 1e-5, "{optimiser:?}, {step}");
                }
            }
        }
    }

    #[test]
    fn a_range_without_a_rate_stays_where_it_is() {
        let mut numbers = vec![1.0; 4];
        let mut flat = Flat::new(Optimiser::Adamw, 4);
        flat.step(&mut numbers, &[1.0; 4], &[(0..2, 0.0), (2..4, 0.1)], 0.5);
        assert_eq!(numbers[..2], [1.0, 1.0]);
        assert!(numbers[2] < 1.0 && numbers[2] == numbers[3]);
    }
}
