//! Losses of classes.

use burn_tensor::{Tensor, activation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::columns::bad_setting;

/// How wrong a score is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ClassLoss {
    /// Draws labels towards one half: a deposit is taken for `1 - label_smoothing / 2`, another sample
    /// for `label_smoothing / 2`; 0 to less than 1. Scores can then not run to 0 and 1.
    pub label_smoothing: f64,
    /// Exponent of the focal loss (Lin and others 2017, doi 10.1109/ICCV.2017.324): a sample counts by its
    /// distance from its label to this power, so that those that are right already count less. 0 is the
    /// plain log loss.
    pub focal_gamma: f64,
}

impl ClassLoss {
    /// Refuses settings out of range; `key` is where they stand: `mlp.loss`.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self, key: &str) -> Result<()> {
        if !(0.0..1.0).contains(&self.label_smoothing) {
            let key = format!("{key}.label_smoothing");
            return Err(bad_setting(&key, self.label_smoothing, "0 to less than 1"));
        }
        if !(0.0..=10.0).contains(&self.focal_gamma) {
            return Err(bad_setting(&format!("{key}.focal_gamma"), self.focal_gamma, "0 to 10"));
        }
        Ok(())
    }

    /// Loss of log odds: the mean of weight times `-|y - p|^gamma (y ln p + (1 - y) ln(1 - p))`, with `p` the
    /// logistic function of the log odds and `y` the label, smoothed. All of `[samples]`.
    #[must_use]
    pub fn mean(&self, log_odds: Tensor<1>, label: Tensor<1>, weight: Tensor<1>) -> Tensor<1> {
        let smooth = self.label_smoothing;
        let label = label * (1.0 - smooth) + 0.5 * smooth;
        // ln(1 + e^x) - x y, without overflow.
        let positive = activation::relu(log_odds.clone());
        let rest = log_odds.clone().abs().neg().exp().log1p();
        let mut loss = positive + rest - log_odds.clone() * label.clone();
        if self.focal_gamma > 0.0 {
            let distance = (label - activation::sigmoid(log_odds)).abs();
            // The power has no slope at 0.
            loss = loss * distance.clamp_min(1e-6).powf_scalar(self.focal_gamma);
        }
        (loss * weight).mean()
    }
}

#[cfg(test)]
mod tests {
    use burn_tensor::Device;

    use super::*;
    use crate::neural::{tensor, to_numbers};

    fn of(loss: ClassLoss, log_odds: f32, label: f32, weight: f32) -> f32 {
        let one = |number| tensor(vec![number], [1], &Device::flex());
        to_numbers(loss.mean(one(log_odds), one(label), one(weight)))[0]
    }

    #[test]
    fn losses_are_those_of_their_formulas() {
        let plain = ClassLoss::default();
        let two = 2.0_f32.ln();
        assert!((of(plain, 0.0, 1.0, 1.0) - two).abs() < 1e-6);
        assert!((of(plain, 0.0, 0.0, 3.0) - 3.0 * two).abs() < 1e-6);
        // p = 3/4: -ln(3/4) for a deposit, -ln(1/4) for another; far out there is no overflow.
        let odds = 3.0_f32.ln();
        assert!((of(plain, odds, 1.0, 1.0) - (4.0_f32 / 3.0).ln()).abs() < 1e-6);
        assert!((of(plain, odds, 0.0, 1.0) - 4.0_f32.ln()).abs() < 1e-6);
        assert_eq!(of(plain, 1000.0, 0.0, 1.0), 1000.0);
        // Focal: times (1 - 3/4)^2; smoothed by 0.2: 0.9 and 0.1 of both.
        let focal = ClassLoss { focal_gamma: 2.0, ..plain };
        assert!((of(focal, odds, 1.0, 1.0) - (4.0_f32 / 3.0).ln() / 16.0).abs() < 1e-6);
        let smooth = ClassLoss { label_smoothing: 0.2, ..plain };
        let expected = 0.9 * (4.0_f32 / 3.0).ln() + 0.1 * 4.0_f32.ln();
        assert!((of(smooth, odds, 1.0, 1.0) - expected).abs() < 1e-6);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let smooth = ClassLoss { label_smoothing: 1.0, ..ClassLoss::default() };
        let focal = ClassLoss { focal_gamma: f64::NAN, ..ClassLoss::default() };
        for (loss, key) in [(smooth, "label_smoothing"), (focal, "focal_gamma")] {
            let error = loss.check("mlp.loss").unwrap_err().to_string();
            assert!(error.contains(&format!("model.mlp.loss.{key}")), "{error}");
        }
    }
}
