//! What stands for analyses beyond a limit of detection.
//!
//! *Fraction*: a fixed part of the limit. *Regression on order statistics* (Helsel & Cohn 1988,
//! doi:10.1029/WR024i012p01997): the logarithms of measured values are regressed on the normal
//! quantiles of their plotting positions, which several limits of detection share out; the censored
//! ones are read from the line at their own positions. *Expectation-maximisation* (Dempster and
//! others 1977, doi:10.1111/j.2517-6161.1977.tb01600.x; the estimate is that of Cohen 1959,
//! doi:10.1080/00401706.1959.10489859): mean and deviation of the logarithms of greatest likelihood,
//! given the measured values and the limits below and above; a censored value becomes the
//! exponential of its expected logarithm. All work in ppm, look at no label, and give the same to
//! samples of which the same is known.

use super::normal;
use super::settings::{Censoring, Em, Fraction, Ros};
use super::value::Assay;

/// An element whose limits were replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// One value a sample, in ppm; none where it was not analysed.
    pub values: Vec<Option<f64>>,
    /// What was done, in words.
    pub rule: String,
    /// What went wrong on the way.
    pub warning: Option<String>,
}

/// A lognormal distribution: mean and standard deviation of the natural logarithms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lognormal {
    /// Mean of the logarithms.
    pub mean: f64,
    /// Standard deviation of the logarithms.
    pub deviation: f64,
}

/// Replaces the limits among the analyses of one element by the rule. Where a distribution cannot be
/// fitted (fewer than two different measured values) the default fraction of the limit is taken,
/// with a warning.
#[must_use]
pub fn fill(cells: &[Assay], rule: &Censoring) -> Filled {
    let censored = cells.iter().any(|cell| matches!(cell, Assay::Below(_) | Assay::Above(_)));
    if !censored {
        return fraction(cells, Fraction::default(), "none censored".into());
    }
    let filled = match rule {
        Censoring::Fraction(factors) => Some(of_limit(cells, *factors)),
        Censoring::Ros(settings) => by_ros(cells, *settings),
        Censoring::Em(settings) => by_em(cells, *settings),
    };
    filled.unwrap_or_else(|| {
        let warning = "too few different measured values to fit a distribution: limits of \
                       detection were replaced by a fraction of them";
        let fallback = of_limit(cells, Fraction::default());
        Filled { warning: Some(warning.into()), ..fallback }
    })
}

fn of_limit(cells: &[Assay], factors: Fraction) -> Filled {
    let rule = format!("{:.4} of a lower limit, {:.4} of an upper", factors.below, factors.above);
    fraction(cells, factors, rule)
}

fn fraction(cells: &[Assay], factors: Fraction, rule: String) -> Filled {
    let below = |limit| limit * factors.below;
    filled(cells, rule, below, |limit| limit * factors.above)
}

fn filled(
    cells: &[Assay],
    rule: String,
    below: impl Fn(f64) -> f64,
    above: impl Fn(f64) -> f64,
) -> Filled {
    let value = |cell: &Assay| match *cell {
        Assay::Known(value) => Some(value),
        Assay::Below(limit) => Some(below(limit)),
        Assay::Above(limit) => Some(above(limit)),
        Assay::Missing => None,
    };
    Filled { values: cells.iter().map(value).collect(), rule, warning: None }
}

/// Numbers from small to large, and how often each stands there.
fn counted(numbers: impl Iterator<Item = f64>) -> Vec<(f64, usize)> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect()
}

/// The line through the measured values, and the mean normal quantile of the samples below each
/// limit.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderStatistics {
    /// The line: logarithm at quantile 0, and its rise.
    pub line: Lognormal,
    /// Lower limits from small to large, and the normal quantiles of the samples below each.
    pub below: Vec<(f64, Vec<f64>)>,
}

/// Regression on order statistics; `known` are measured values over zero, `limits` the limits of the
/// samples below one. None where fewer than two different values were measured.
#[must_use]
pub fn order_statistics(known: &[f64], limits: &[f64]) -> Option<OrderStatistics> {
    let mut known = known.to_vec();
    known.sort_by(f64::total_cmp);
    let logarithmic = |value: &f64| value.is_finite() && *value > 0.0;
    if known.first() == known.last() || !known.iter().chain(limits).all(logarithmic) {
        return None;
    }
    let limits = counted(limits.iter().copied());
    // exceedance probability of each limit, from the largest down
    let mut exceedance = vec![0.0; limits.len() + 1];
    let mut measured: Vec<usize> =
        limits.iter().map(|(l, _)| known.partition_point(|v| v < l)).collect();
    measured.push(known.len());
    let mut censored: usize = limits.iter().map(|(_, count)| count).sum();
    for j in (0..limits.len()).rev() {
        let above = (measured[j + 1] - measured[j]) as f64;
        let below = (measured[j] + censored) as f64;
        exceedance[j] = exceedance[j + 1] + above / (above + below) * (1.0 - exceedance[j + 1]);
        censored -= limits[j].1;
    }
    let position = |rank: usize| -> f64 {
        let class = measured.partition_point(|first| *first <= rank);
        let (from, first) = class.checked_sub(1).map_or((1.0, 0), |j| (exceedance[j], measured[j]));
        let share = (rank - first + 1) as f64 / (measured[class] - first + 1) as f64;
        1.0 - from + share * (from - exceedance[class])
    };
    let quantiles: Vec<f64> =
        (0..known.len()).map(|rank| normal::quantile(position(rank))).collect();
    let below = limits.iter().zip(&exceedance).map(|((limit, count), exceedance)| {
        let share = |rank: usize| (1.0 - exceedance) * rank as f64 / (*count + 1) as f64;
        (*limit, (1..=*count).map(|rank| normal::quantile(share(rank))).collect())
    });
    Some(OrderStatistics { line: line(&quantiles, &known), below: below.collect() })
}

/// Least squares of the logarithms on the quantiles.
fn line(quantiles: &[f64], known: &[f64]) -> Lognormal {
    let count = known.len() as f64;
    let logs: Vec<f64> = known.iter().map(|value| value.ln()).collect();
    let mean_log = logs.iter().sum::<f64>() / count;
    let mean_quantile = quantiles.iter().sum::<f64>() / count;
    let spread: f64 = quantiles.iter().map(|z| (z - mean_quantile).powi(2)).sum();
    let shared: f64 =
        quantiles.iter().zip(&logs).map(|(z, log)| (z - mean_quantile) * (log - mean_log)).sum();
    let rise = shared / spread;
    Lognormal { mean: mean_log - rise * mean_quantile, deviation: rise }
}

/// Samples below one limit all get the geometric mean of what the line says of them, at most the
/// limit: which of them holds more is not known. A value above an upper limit stands on the line as
/// the given part of it.
fn by_ros(cells: &[Assay], settings: Ros) -> Option<Filled> {
    let known = cells.iter().filter_map(|cell| match cell {
        Assay::Known(value) => Some(*value),
        Assay::Above(limit) => Some(limit * settings.above),
        _ => None,
    });
    let limits = cells.iter().filter_map(|cell| match cell {
        Assay::Below(limit) => Some(*limit),
        _ => None,
    });
    let known: Vec<f64> = known.collect();
    let OrderStatistics { line, below } = order_statistics(&known, &limits.collect::<Vec<f64>>())?;
    let mean = |limit: f64| {
        let found = below.iter().find(|(known, _)| *known == limit);
        let quantiles = found.map_or(&[][..], |(_, quantiles)| quantiles);
        let mean = quantiles.iter().sum::<f64>() / quantiles.len() as f64;
        (line.mean + line.deviation * mean).exp().min(limit)
    };
    let rule = format!(
        "regression on order statistics: logarithms of mean {:.4} and deviation {:.4}; {:.4} of an \
         upper limit",
        line.mean, line.deviation, settings.above
    );
    Some(filled(cells, rule, mean, |limit| limit * settings.above))
}

/// Lognormal of greatest likelihood given measured values over zero and limits, by expectation and
/// maximisation, and whether it was reached in `max_rounds`. The deviation divides by the number of
/// samples. None where fewer than two different values were measured.
///
/// With nothing censored it is the plain mean and deviation of the logarithms:
/// ```
/// use paydirt_core::assay::{censor::likeliest, value::Assay};
/// let e = std::f64::consts::E;
/// let (found, reached) = likeliest(&[Assay::Known(1.0), Assay::Known(e * e)], 9).unwrap();
/// assert!(reached && (found.mean - 1.0).abs() < 1e-12 && (found.deviation - 1.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn likeliest(cells: &[Assay], max_rounds: u32) -> Option<(Lognormal, bool)> {
    let known = counted(cells.iter().filter_map(|cell| match cell {
        Assay::Known(value) => Some(value.ln()),
        _ => None,
    }));
    let limits = |pick: fn(&Assay) -> Option<f64>| counted(cells.iter().filter_map(pick));
    let below = limits(|cell| if let Assay::Below(limit) = cell { Some(limit.ln()) } else { None });
    let above = limits(|cell| if let Assay::Above(limit) = cell { Some(limit.ln()) } else { None });
    if known.len() < 2 || known.iter().any(|(log, _)| !log.is_finite()) {
        return None;
    }
    let mut fit = moments(known.iter().map(|(log, n)| (*log, 0.0, *n)));
    for _ in 0..max_rounds {
        let expected = (known.iter().map(|(log, n)| (*log, 0.0, *n)))
            .chain(below.iter().map(|(limit, n)| censored(fit, *limit, -1.0, *n)))
            .chain(above.iter().map(|(limit, n)| censored(fit, *limit, 1.0, *n)));
        let next = moments(expected);
        let change = (next.mean - fit.mean).abs() + (next.deviation - fit.deviation).abs();
        fit = next;
        if change <= 1e-12 * (1.0 + fit.mean.abs() + fit.deviation) {
            return Some((fit, true));
        }
    }
    Some((fit, false))
}

/// Mean and deviation of expected logarithms with their own variances, so many of each.
fn moments(expected: impl Iterator<Item = (f64, f64, usize)> + Clone) -> Lognormal {
    let count: f64 = expected.clone().map(|(_, _, n)| n as f64).sum();
    let mean = expected.clone().map(|(log, _, n)| log * n as f64).sum::<f64>() / count;
    let spread = expected.map(|(log, variance, n)| (variance + (log - mean).powi(2)) * n as f64);
    Lognormal { mean, deviation: (spread.sum::<f64>() / count).sqrt() }
}

/// Expected logarithm and its variance beyond a limit, on the side -1 (below) or 1 (above).
fn censored(fit: Lognormal, limit: f64, side: f64, count: usize) -> (f64, f64, usize) {
    let z = (limit - fit.mean) / fit.deviation;
    let ratio = normal::inverse_mills(-side * z);
    let variance = (1.0 + side * z * ratio - ratio * ratio).clamp(0.0, 1.0);
    (fit.mean + side * fit.deviation * ratio, fit.deviation.powi(2) * variance, count)
}

fn by_em(cells: &[Assay], settings: Em) -> Option<Filled> {
    let (fit, reached) = likeliest(cells, settings.max_rounds)?;
    let rule = format!(
        "greatest likelihood: logarithms of mean {:.4} and deviation {:.4}",
        fit.mean, fit.deviation
    );
    let expected = |side: f64| move |limit: f64| censored(fit, limit.ln(), side, 1).0.exp();
    let warning = "the likelihood was still rising after the last round";
    let warning = (!reached).then(|| warning.into());
    Some(Filled { warning, ..filled(cells, rule, expected(-1.0), expected(1.0)) })
}
