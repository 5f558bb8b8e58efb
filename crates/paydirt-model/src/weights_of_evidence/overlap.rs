//! How a pattern of cells overlaps the deposits, and its weights.
//!
//! A pattern B of cells against the deposit cells D has W+ = ln(P(B|D) / P(B|not D)) where it is
//! present and W- = ln(P(not B|D) / P(not B|not D)) where it is absent (natural logarithms, no unit);
//! the contrast is C = W+ - W-. Their variances are sums of inverse counts, and C / S(C) is the
//! studentized contrast. Bonham-Carter, Agterberg & Wright 1989, <https://doi.org/10.4095/128059>.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands in for a count of zero, whose logarithm has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmptyCount {
    /// As EIS Toolkit 1.1.6 publishes: a pattern without deposits has weights of zero; any other
    /// empty count takes 0.99 from the other side of the pattern. A pattern of the whole area then
    /// has weights too, which mean nothing. (A pattern with a deposit in each of its cells has
    /// W+ = 0 with an infinite deviation there, and the weights of this rule here.)
    Published,
    /// Half a deposit on average ground: the side of the pattern that has an empty count gets half a
    /// deposit and as much barren ground as half a deposit has in the whole area, which draws its
    /// weight towards zero. A pattern of the whole area has weights of zero.
    HalfDeposit,
}

/// Cells of the four overlaps of a pattern with the deposits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// Cells of the pattern with a deposit, and without.
    pub inside: [f64; 2],
    /// Cells outside the pattern with a deposit, and without.
    pub outside: [f64; 2],
}

/// The weights of a pattern with their standard deviations; all zero where it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// W+, the weight where the pattern is present.
    pub w_plus: f64,
    /// Standard deviation of W+.
    pub s_w_plus: f64,
    /// W-, the weight where the pattern is absent.
    pub w_minus: f64,
    /// Standard deviation of W-.
    pub s_w_minus: f64,
    /// C = W+ - W-.
    pub contrast: f64,
    /// Standard deviation of the contrast.
    pub s_contrast: f64,
    /// C over its standard deviation.
    pub studentized_contrast: f64,
}

impl Overlap {
    /// The weights of the pattern.
    ///
    /// ```
    /// use paydirt_model::weights_of_evidence::overlap::{EmptyCount, Overlap};
    /// // 8 of 10 deposits lie in the 200 of 1000 barren cells: W+ = ln(0.8 / 0.2).
    /// let overlap = Overlap { inside: [8.0, 200.0], outside: [2.0, 800.0] };
    /// let weights = overlap.weights(EmptyCount::HalfDeposit);
    /// assert!((weights.w_plus - 4_f64.ln()).abs() < 1e-12);
    /// assert!((weights.w_minus - 0.25_f64.ln()).abs() < 1e-12);
    /// assert!((weights.s_w_plus - (1.0 / 8.0 + 1.0 / 200.0_f64).sqrt()).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn weights(self, empty: EmptyCount) -> Weights {
        let prior = [0, 1].map(|i| self.inside[i] + self.outside[i]);
        if prior.contains(&0.0) {
            return Weights::default();
        }
        let Some(Self { inside, outside }) = self.without_empty_counts(empty, prior) else {
            return Weights::default();
        };
        let weight = |[deposits, barren]: [f64; 2]| (deposits / barren * prior[1] / prior[0]).ln();
        let deviation = |[deposits, barren]: [f64; 2]| (1.0 / deposits + 1.0 / barren).sqrt();
        let contrast = weight(inside) - weight(outside);
        let s_contrast = deviation(inside).hypot(deviation(outside));
        Weights {
            w_plus: weight(inside),
            s_w_plus: deviation(inside),
            w_minus: weight(outside),
            s_w_minus: deviation(outside),
            contrast,
            s_contrast,
            studentized_contrast: contrast / s_contrast,
        }
    }

    /// The overlap with something in the place of each empty count, or `None` where the pattern has
    /// no weights.
    fn without_empty_counts(mut self, empty: EmptyCount, prior: [f64; 2]) -> Option<Self> {
        match empty {
            EmptyCount::Published if self.inside[0] == 0.0 => return None,
            EmptyCount::Published => {
                for i in [0, 1] {
                    let (few, many) = if self.inside[i] < self.outside[i] {
                        (&mut self.inside[i], &mut self.outside[i])
                    } else {
                        (&mut self.outside[i], &mut self.inside[i])
                    };
                    if *few == 0.0 {
                        *few = 0.99 * many.min(1.0);
                        *many -= *few;
                    }
                }
            }
            EmptyCount::HalfDeposit => {
                for side in [&mut self.inside, &mut self.outside] {
                    match *side {
                        [0.0, 0.0] => return None,
                        [deposits, barren] if deposits == 0.0 || barren == 0.0 => {
                            *side = [deposits + 0.5, barren + 0.5 * prior[1] / prior[0]];
                        }
                        _ => {}
                    }
                }
            }
        }
        Some(self)
    }
}
