//! k-means with the choice of k.

use paydirt_core::seed::{Rng, Seed};
use rand::RngExt;

/// Most rounds of one k-means.
const MOST_ROUNDS: usize = 300;

/// A partition of points.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Partition {
    /// The cluster of each point.
    pub(super) of: Vec<usize>,
    /// The mean of each cluster.
    pub(super) centres: Vec<Vec<f64>>,
    /// Sum of the squared distances from the means.
    pub(super) inertia: f64,
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum()
}

/// The nearest of some centres and its squared distance; the first of those that tie.
fn nearest(point: &[f64], centres: &[Vec<f64>]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    for (index, centre) in centres.iter().enumerate() {
        let square = squared(point, centre);
        if square < best.1 {
            best = (index, square);
        }
    }
    best
}

/// The partition into k clusters with the least inertia of several starts (Lloyd 1982,
/// <https://doi.org/10.1109/TIT.1982.1056489>, from the starts of k-means++, Arthur & Vassilvitskii
/// 2007). There are at least k distinct points.
pub(super) fn k_means(points: &[Vec<f64>], k: usize, starts: usize, seed: Seed) -> Partition {
    let of_start = |start: usize| {
        let mut rng = seed.derive("k_means", (k as u64) << 32 | start as u64).rng();
        lloyd(points, begin(points, k, &mut rng))
    };
    let mut best = of_start(0);
    for start in 1..starts {
        let found = of_start(start);
        if found.inertia < best.inertia {
            best = found;
        }
    }
    best
}

/// k of the points: each drawn by its squared distance from those before, the best of a few draws.
fn begin(points: &[Vec<f64>], k: usize, rng: &mut Rng) -> Vec<Vec<f64>> {
    let mut centres = vec![points[rng.random_range(0..points.len())].clone()];
    let mut squares: Vec<f64> = points.iter().map(|point| squared(point, &centres[0])).collect();
    let draws = 2 + (k as f64).ln() as usize;
    while centres.len() < k {
        let total: f64 = squares.iter().sum();
        let mut best: Option<(f64, usize, Vec<f64>)> = None;
        for _ in 0..draws {
            let mut left = rng.random::<f64>() * total;
            let past = squares.iter().position(|square| {
                left -= square;
                left < 0.0
            });
            let drawn = past.unwrap_or(points.len() - 1);
            let nearer: Vec<f64> = points
                .iter()
                .zip(&squares)
                .map(|(point, square)| square.min(squared(point, &points[drawn])))
                .collect();
            let sum = nearer.iter().sum();
            if best.as_ref().is_none_or(|best| sum < best.0) {
                best = Some((sum, drawn, nearer));
            }
        }
        let Some((_, drawn, nearer)) = best else { break };
        centres.push(points[drawn].clone());
        squares = nearer;
    }
    centres
}

/// Means and members by turns until no point moves. A cluster that lost all its points gets the one
/// farthest from its own mean.
fn lloyd(points: &[Vec<f64>], mut centres: Vec<Vec<f64>>) -> Partition {
    let mut of: Vec<usize> = Vec::new();
    let mut squares = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let found = points.iter().map(|point| nearest(point, &centres));
        let next: Vec<usize>;
        (next, squares) = found.unzip::<usize, f64, Vec<_>, Vec<_>>();
        if next == of {
            break;
        }
        of = next;
        for cluster in 0..centres.len() {
            if !of.contains(&cluster) {
                let farthest = (0..points.len())
                    .fold(0, |most, at| if squares[at] > squares[most] { at } else { most });
                of[farthest] = cluster;
                squares[farthest] = 0.0;
            }
        }
        centres = means(points, &of, centres.len());
    }
    Partition { of, inertia: squares.iter().sum(), centres }
}

fn means(points: &[Vec<f64>], of: &[usize], k: usize) -> Vec<Vec<f64>> {
    let width = points.first().map_or(0, Vec::len);
    let mut means = vec![vec![0.0; width]; k];
    let mut counts = vec![0.0_f64; k];
    for (point, cluster) in points.iter().zip(of) {
        counts[*cluster] += 1.0;
        means[*cluster].iter_mut().zip(point).for_each(|(sum, number)| *sum += number);
    }
    for (mean, count) in means.iter_mut().zip(counts) {
        mean.iter_mut().for_each(|number| *number /= count.max(1.0));
    }
    means
}

/// Davies-Bouldin index: mean over clusters of the greatest (s + s') / d with any other, s the mean
/// distance of members from their centre and d that of the two centres (Davies & Bouldin 1979,
/// <https://doi.org/10.1109/TPAMI.1979.4766909>). Less is better.
pub(super) fn davies_bouldin(points: &[Vec<f64>], partition: &Partition) -> f64 {
    let k = partition.centres.len();
    let (mut spread, mut counts) = (vec![0.0; k], vec![0.0_f64; k]);
    for (point, cluster) in points.iter().zip(&partition.of) {
        spread[*cluster] += squared(point, &partition.centres[*cluster]).sqrt();
        counts[*cluster] += 1.0;
    }
    spread.iter_mut().zip(&counts).for_each(|(sum, count)| *sum /= count.max(1.0));
    let worst = |a: usize| {
        let others = (0..k).filter(|b| *b != a);
        others
            .map(|b| {
                let apart = squared(&partition.centres[a], &partition.centres[b]).sqrt();
                (spread[a] + spread[b]) / apart
            })
            .fold(0.0, f64::max)
    };
    (0..k).map(worst).sum::<f64>() / k as f64
}

/// The partition of the given number of clusters, or of that from 2 to `most` with the least
/// Davies-Bouldin index, and that index; one cluster, without an index, where points do not differ.
pub(super) fn choose(
    points: &[Vec<f64>],
    clusters: Option<usize>,
    most: usize,
    starts: usize,
    seed: Seed,
) -> (Partition, Option<f64>) {
    let mut distinct: Vec<&Vec<f64>> = points.iter().collect();
    distinct.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    distinct.dedup();
    let range = match clusters {
        Some(k) => k.min(distinct.len())..=k.min(distinct.len()),
        None => 2..=most.min(distinct.len()),
    };
    let mut best: Option<(Partition, f64)> = None;
    for k in range.filter(|k| *k > 1) {
        let found = k_means(points, k, starts, seed);
        let index = davies_bouldin(points, &found);
        if best.as_ref().is_none_or(|best| index < best.1) {
            best = Some((found, index));
        }
    }
    match best {
        Some((found, index)) => (found, Some(index)),
        None => (lloyd(points, points.iter().take(1).cloned().collect()), None),
    }
}
