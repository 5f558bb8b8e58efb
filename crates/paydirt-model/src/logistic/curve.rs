//! The loss of one sample as a curve of its log odds.

use crate::columns::probability;

/// Which loss it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Curve {
    /// The log loss.
    #[default]
    Log,
    /// Less the log odds of a deposit, and the log loss of another sample.
    Pull,
    /// Less the log likelihood of being a known deposit or not, with `ln(1 + k)`, k known deposits for each
    /// that is not.
    Known {
        /// `ln(1 + k)`.
        offset: f64,
    },
}

/// `ln(1 + e^number)`.
fn softplus(number: f64) -> f64 {
    number.max(0.0) + (-number.abs()).exp().ln_1p()
}

impl Curve {
    /// The loss.
    pub(super) fn loss(self, log_odds: f64, deposit: bool) -> f64 {
        match self {
            Self::Log => softplus(if deposit { -log_odds } else { log_odds }),
            Self::Pull if deposit => -log_odds,
            Self::Pull => softplus(log_odds),
            Self::Known { offset } => {
                softplus(log_odds + offset) - if deposit { log_odds } else { softplus(log_odds) }
            }
        }
    }

    /// Its first derivative, and the second of its part that bends up.
    pub(super) fn derivatives(self, log_odds: f64, deposit: bool) -> (f64, f64) {
        let curve = |p: f64| p * (1.0 - p);
        let p = probability(log_odds);
        match self {
            Self::Log => (p - f64::from(u8::from(deposit)), curve(p)),
            Self::Pull if deposit => (-1.0, 0.0),
            Self::Pull => (p, curve(p)),
            Self::Known { offset } => {
                let known = probability(log_odds + offset);
                (known - if deposit { 1.0 } else { p }, curve(known))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_small_steps_and_one_sample_is_a_known_deposit_or_not() {
        for curve in [Curve::Log, Curve::Pull, Curve::Known { offset: 1.3 }] {
            for deposit in [false, true] {
                for log_odds in [-6.0, -0.3, 0.0, 2.0, 9.0] {
                    let rise = curve.loss(log_odds + 1e-6, deposit) - curve.loss(log_odds, deposit);
                    let (first, second) = curve.derivatives(log_odds, deposit);
                    assert!((rise / 1e-6 - first).abs() < 1e-5 && second >= 0.0);
                }
            }
        }
        // with k = 3 and p = 1/3, known deposits are one of two: the odds are 3 x 1/3
        let curve = Curve::Known { offset: 4.0_f64.ln() };
        let k = 3.0_f64;
        let half = curve.loss((0.5_f64).ln(), true) - k.ln();
        assert!((half - 2.0_f64.ln()).abs() < 1e-12);
        assert!((curve.loss((0.5_f64).ln(), false) - 2.0_f64.ln()).abs() < 1e-12);
    }
}
