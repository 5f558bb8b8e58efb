//! Losses of classes.

use burn_tensor::{Tensor, activation};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::columns::{bad_setting, require_positive};

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
    /// Takes the deviation loss in the place of the log loss, with this margin, over zero: other samples are
    /// drawn to a deviation of 0, deposits to at least the margin ([`crate::devnet`]). The log odds are
    /// 5 (deviation / margin - 1/2). Not with smoothing or focus.
    pub deviation_margin: Option<f64>,
}

/// Log odds between a deviation of 0 and one of the margin.
pub(crate) const MARGIN_LOG_ODDS: f64 = 5.0;

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
        if let Some(margin) = self.deviation_margin {
            let key = format!("{key}.deviation_margin");
            require_positive(&key, margin)?;
            if self.label_smoothing > 0.0 || self.focal_gamma > 0.0 {
                let alone = "no `label_smoothing` and no `focal_gamma` beside it";
                return Err(bad_setting(&key, margin, alone));
            }
        }
        Ok(())
    }

    /// Loss of log odds: the mean of weight times `-|y - p|^gamma (y ln p + (1 - y) ln(1 - p))`, with `p` the
    /// logistic function of the log odds and `y` the label, smoothed; or the deviation loss,
    /// `(1 - y) |d| + y max(0, margin - d)`. All of `[samples]`.
    #[must_use]
    pub fn mean(&self, log_odds: Tensor<1>, label: Tensor<1>, weight: Tensor<1>) -> Tensor<1> {
        if let Some(margin) = self.deviation_margin {
            let deviation = log_odds * (margin / MARGIN_LOG_ODDS) as f32 + 0.5 * margin as f32;
            let of_deposits = activation::relu(deviation.clone().neg() + margin as f32);
            let loss = deviation.abs() * (label.clone().neg() + 1.0) + of_deposits * label;
            return (loss * weight).mean();
        }
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

    /// Loss of one sample of weight 1 and its slope along the log odds: the terms of [`ClassLoss::mean`].
    pub(crate) fn of(&self, log_odds: f32, label: f32) -> (f32, f32) {
        if let Some(margin) = self.deviation_margin {
            let (margin, unit) = (margin as f32, (margin / MARGIN_LOG_ODDS) as f32);
            let deviation = log_odds * unit + 0.5 * margin;
            let sign = if deviation == 0.0 { 0.0 } else { deviation.signum() };
            let short = margin - deviation;
            let of_deposit = if short <= 0.0 { [0.0, 0.0] } else { [short, -1.0] };
            let mix = |other: f32, deposit: f32| (1.0 - label) * other + label * deposit;
            return (mix(deviation.abs(), of_deposit[0]), unit * mix(sign, of_deposit[1]));
        }
        let smooth = self.label_smoothing as f32;
        let label = label * (1.0 - smooth) + 0.5 * smooth;
        let rest = (-log_odds.abs()).exp();
        let loss = log_odds.max(0.0) + rest.ln_1p() - log_odds * label;
        let odds = if log_odds >= 0.0 { 1.0 / (1.0 + rest) } else { rest / (1.0 + rest) };
        if self.focal_gamma == 0.0 {
            return (loss, odds - label);
        }
        let (apart, gamma) = (label - odds, self.focal_gamma as f32);
        let distance = apart.abs().max(1e-6);
        let factor = distance.powf(gamma);
        let steep = if apart.abs() < 1e-6 { 0.0 } else { gamma * distance.powf(gamma - 1.0) };
        let of_factor = -apart.signum() * steep * odds * (1.0 - odds);
        (loss * factor, (odds - label) * factor + loss * of_factor)
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
    fn terms_and_slopes_are_those_of_the_mean() {
        let plain = ClassLoss::default();
        let smooth = |focal_gamma| ClassLoss { label_smoothing: 0.1, focal_gamma, ..plain };
        let deviation = ClassLoss { deviation_margin: Some(4.0), ..plain };
        for loss in [smooth(0.0), smooth(0.7), smooth(2.0), deviation] {
            for (log_odds, label) in [(-3.0, 0.0), (-0.4, 1.0), (0.9, 0.0), (4.0, 1.0)] {
                let device = Device::flex().autodiff();
                let one = |number| tensor(vec![number], [1], &device);
                let leaf = one(log_odds).require_grad();
                let mean = loss.mean(leaf.clone(), one(label), one(1.0));
                let (found, slope) = loss.of(log_odds, label);
                assert!((found - to_numbers(mean.clone().inner())[0]).abs() < 1e-5);
                let expected = to_numbers(leaf.grad_remove(&mut mean.backward()).unwrap())[0];
                assert!((slope - expected).abs() < 1e-4, "{loss:?}: {slope} {expected}");
            }
        }
        assert_eq!(plain.of(-1000.0, 1.0), (1000.0, -1.0));
        // A deviation of 0 at log odds of -2.5, the margin at 2.5.
        assert_eq!(deviation.of(-2.5, 0.0), (0.0, 0.0));
        assert_eq!(deviation.of(2.5, 1.0), (0.0, 0.0));
        assert_eq!(deviation.of(0.0, 1.0).0, 2.0);
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let smooth = ClassLoss { label_smoothing: 1.0, ..ClassLoss::default() };
        let focal = ClassLoss { focal_gamma: f64::NAN, ..ClassLoss::default() };
        let none = ClassLoss { deviation_margin: Some(0.0), ..ClassLoss::default() };
        let both = ClassLoss { focal_gamma: 1.0, deviation_margin: Some(5.0), ..none };
        for (loss, key) in [
            (smooth, "label_smoothing"),
            (focal, "focal_gamma"),
            (none, "deviation_margin"),
            (both, "deviation_margin"),
        ] {
            let error = loss.check("mlp.loss").unwrap_err().to_string();
            assert!(error.contains(&format!("model.mlp.loss.{key}")), "{error}");
        }
    }
}
