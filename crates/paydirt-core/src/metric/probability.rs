//! Figures of probabilities.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sorted::Tie;
use super::{HeldOut, Sorted, bootstrap, defined};

/// Bins of the expected calibration error.
const BINS: usize = 10;

fn weighed_mean(sorted: &Sorted, copies: &[f64], loss: impl Fn(&Tie) -> f64) -> Option<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    for tie in sorted.probabilities(copies) {
        sum += loss(&tie);
        weight += tie.deposits + tie.others;
    }
    defined(sum / weight)
}

/// The mean squared difference between probability and what was found (1 or 0). Brier (1950),
/// DOI 10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
pub(super) fn brier(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    weighed_mean(sorted, copies, |tie| {
        tie.deposits * (1.0 - tie.value).powi(2) + tie.others * tie.value.powi(2)
    })
}

/// The mean of minus the natural logarithm of the probability given to what was found, in nats;
/// probabilities are kept 2.2e-16 away from 0 and 1, so that one certain error is dear (36 nats) but
/// not infinite. Good (1952), DOI 10.1111/j.2517-6161.1952.tb00104.x.
pub(super) fn log_loss(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    weighed_mean(sorted, copies, |tie| {
        let probability = tie.value.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        -(tie.deposits * probability.ln() + tie.others * (-probability).ln_1p())
    })
}

/// The mean gap between mean probability and observed share of deposits over ten bins that hold
/// equally many samples. Naeini and others (2015), DOI 10.1609/aaai.v29i1.9602, there with bins of
/// equal width. Samples of one probability that straddle two bins are shared between them in
/// proportion, so the figure does not depend on the order of rows. It is biased upwards in small
/// samples, and more so in their bootstrap replicates.
pub(super) fn ece(sorted: &Sorted, copies: &[f64]) -> Option<f64> {
    let bins = equal_bins(sorted, copies, BINS);
    let gaps: f64 = bins.iter().map(|bin| (bin.predicted - bin.deposits).abs()).sum();
    defined(gaps / bins.iter().map(|bin| bin.weight).sum::<f64>())
}

/// Sums over the samples of a bin.
#[derive(Clone, Copy, Debug, Default)]
struct Bin {
    weight: f64,
    deposits: f64,
    predicted: f64,
}

/// Bins of equal weight, from the lowest probability to the highest.
fn equal_bins(sorted: &Sorted, copies: &[f64], count: usize) -> Vec<Bin> {
    let total: f64 = sorted.probabilities(copies).map(|tie| tie.deposits + tie.others).sum();
    let room = total / count as f64;
    let mut bins = Vec::new();
    let (mut bin, mut free) = (Bin::default(), room);
    for tie in sorted.probabilities(copies) {
        let weight = tie.deposits + tie.others;
        let mut left = weight;
        while left > 0.0 {
            // The last bin takes what rounding leaves over.
            let part = if bins.len() + 1 < count { left.min(free) } else { left };
            bin.weight += part;
            bin.deposits += part * tie.deposits / weight;
            bin.predicted += part * tie.value;
            left -= part;
            free -= part;
            if free <= 0.0 && bins.len() + 1 < count {
                bins.push(std::mem::take(&mut bin));
                free = room;
            }
        }
    }
    bins.push(bin);
    bins.retain(|bin| bin.weight > 0.0);
    bins
}

/// One bin of the reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReliabilityBin {
    /// Samples in it, by weight.
    pub count: f64,
    /// Their mean probability.
    pub predicted: f64,
    /// The share of them that are deposits.
    pub observed: f64,
    /// Lower end of the 95 % Wilson interval of `observed`.
    pub low: f64,
    /// Upper end of the 95 % Wilson interval of `observed`.
    pub high: f64,
}

/// The reliability diagram of one repeat: `bins` bins that hold equally many samples (see the
/// expected calibration error), each with the Wilson interval of its observed share, taking the
/// weight of a bin as its number of samples. Wilson (1927), DOI 10.1080/01621459.1927.10502953.
#[must_use]
pub fn reliability(held: &HeldOut, bins: usize) -> Vec<ReliabilityBin> {
    let groups = bootstrap::groups(std::slice::from_ref(held));
    let copies = vec![1.0; groups.len()];
    equal_bins(&Sorted::new(held, &groups), &copies, bins.max(1))
        .into_iter()
        .map(|bin| {
            let observed = bin.deposits / bin.weight;
            let (low, high) = wilson(observed, bin.weight);
            let predicted = bin.predicted / bin.weight;
            ReliabilityBin { count: bin.weight, predicted, observed, low, high }
        })
        .collect()
}

/// The 95 % Wilson interval of a share among `count`.
fn wilson(share: f64, count: f64) -> (f64, f64) {
    let z = 1.959_963_984_540_054_f64;
    let square = z * z / count;
    let middle = share + square / 2.0;
    let half = z * (share * (1.0 - share) / count + square / (4.0 * count)).max(0.0).sqrt();
    let low = (middle - half) / (1.0 + square);
    let high = (middle + half) / (1.0 + square);
    (low.clamp(0.0, share), high.clamp(share, 1.0))
}

#[cfg(test)]
mod tests {
    use super::wilson;

    #[test]
    fn wilson_interval_is_that_of_scipy() {
        // SciPy 1.17.1: binomtest(2, 20).proportion_ci(0.95, "wilson"), then of 0 among 5
        let (low, high) = wilson(0.1, 20.0);
        assert!((low - 0.027866481213768224).abs() < 1e-12);
        assert!((high - 0.30103364522848725).abs() < 1e-12);
        let (low, high) = wilson(0.0, 5.0);
        assert!(low == 0.0 && (high - 0.43448246478317476).abs() < 1e-12);
    }
}
