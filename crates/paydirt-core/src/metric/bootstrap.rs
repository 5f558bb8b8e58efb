//! Figures with intervals: the bootstrap over groups.

use std::collections::{BTreeMap, BTreeSet};

use rand::RngExt;
use rayon::prelude::*;

use super::{Figure, HeldOut, METRICS, Metric, Sorted};
use crate::seed::Seed;

/// Every group of the repeats once, ascending.
pub(super) fn groups(repeats: &[HeldOut]) -> Vec<u64> {
    let ids = repeats.iter().flat_map(|held| held.group.iter().chain(&held.share_group));
    ids.copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Every metric over the repeats of a judging: the mean over repeats, the spread between them and a
/// 95 % percentile interval by bootstrap over groups (Field and Welsh 2007,
/// DOI 10.1111/j.1467-9868.2007.00593.x).
///
/// A replicate draws as many groups as there are, with replacement, and applies the same draw to
/// every repeat, because the groups are the same ground in each. Replicates in which a figure is
/// not defined (no deposit was drawn) are left out of its interval. Where a figure is biased in
/// resamples (the calibration error is), the interval is widened to hold its value. A figure that is
/// not defined at all is absent. The same seed gives the same bits on any number of threads.
#[must_use]
pub fn figures(repeats: &[HeldOut], replicates: usize, seed: Seed) -> BTreeMap<String, Figure> {
    let groups = groups(repeats);
    let sorted: Vec<Sorted> = repeats.iter().map(|held| Sorted::new(held, &groups)).collect();
    let once = vec![1.0; groups.len()];
    let drawn: Vec<Vec<Option<f64>>> = (0..replicates)
        .into_par_iter()
        .map(|replicate| {
            let copies = draw(groups.len(), seed.derive("bootstrap", replicate as u64));
            METRICS.iter().map(|metric| mean(&of_each(metric, &sorted, &copies))).collect()
        })
        .collect();
    let figure = |(number, metric): (usize, &Metric)| {
        let values = of_each(metric, &sorted, &once);
        let value = mean(&values)?;
        let mut column: Vec<f64> = drawn.iter().filter_map(|row| row[number]).collect();
        column.sort_by(f64::total_cmp);
        let low = percentile(&column, 0.025).map_or(value, |low| low.min(value));
        let high = percentile(&column, 0.975).map_or(value, |high| high.max(value));
        let spread = standard_deviation(&values, value);
        Some((metric.key.to_owned(), Figure { value, low, high, spread }))
    };
    METRICS.iter().enumerate().filter_map(figure).collect()
}

/// How much higher a metric is over the first repeats than over the second, which score the same rows
/// with another model: the mean over repeats, with a 95 % percentile interval by bootstrap over
/// groups. Each replicate draws the same groups for both, so that what they share cancels out. `None`
/// where the metric is not defined for both.
#[must_use]
pub fn difference(
    (first, second): (&[HeldOut], &[HeldOut]),
    metric: &Metric,
    replicates: usize,
    seed: Seed,
) -> Option<Figure> {
    let groups = groups(&[first, second].concat());
    let sorted = [first, second].map(|repeats| {
        repeats.iter().map(|held| Sorted::new(held, &groups)).collect::<Vec<Sorted>>()
    });
    let each = |copies: &[f64]| -> Vec<f64> {
        let pairs = sorted[0].iter().zip(&sorted[1]);
        let of = |sorted: &Sorted| (metric.compute)(sorted, copies);
        pairs.filter_map(|(first, second)| Some(of(first)? - of(second)?)).collect()
    };
    let values = each(&vec![1.0; groups.len()]);
    let value = mean(&values)?;
    let drawn = (0..replicates).into_par_iter().filter_map(|replicate| {
        mean(&each(&draw(groups.len(), seed.derive("bootstrap", replicate as u64))))
    });
    let mut drawn: Vec<f64> = drawn.collect();
    drawn.sort_by(f64::total_cmp);
    let low = percentile(&drawn, 0.025).map_or(value, |low| low.min(value));
    let high = percentile(&drawn, 0.975).map_or(value, |high| high.max(value));
    Some(Figure { value, low, high, spread: standard_deviation(&values, value) })
}

/// How often each of `groups` groups is drawn.
fn draw(groups: usize, seed: Seed) -> Vec<f64> {
    let mut rng = seed.rng();
    let mut copies = vec![0.0; groups];
    for _ in 0..groups {
        copies[rng.random_range(0..groups)] += 1.0;
    }
    copies
}

/// The figure of each repeat in which it is defined.
fn of_each(metric: &Metric, sorted: &[Sorted], copies: &[f64]) -> Vec<f64> {
    sorted.iter().filter_map(|sorted| (metric.compute)(sorted, copies)).collect()
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn standard_deviation(values: &[f64], mean: f64) -> f64 {
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    if values.len() < 2 { 0.0 } else { (squares / (values.len() - 1) as f64).sqrt() }
}

/// A percentile of ascending numbers, with straight lines between them.
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let position = share * sorted.len().checked_sub(1)? as f64;
    let (below, part) = (position.floor() as usize, position.fract());
    let above = (below + 1).min(sorted.len() - 1);
    Some(sorted[below] + part * (sorted[above] - sorted[below]))
}
