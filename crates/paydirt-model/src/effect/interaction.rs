//! Which other layer a layer's share hangs on.

use super::stability::spread;

/// Rows that lie next to each other in the value of a layer and are looked at together, at most.
const RUN: usize = 50;
/// And at least so many runs, where there are rows enough.
const RUNS: usize = 10;

/// The layer on which another's share hangs most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Companion {
    /// Its place among the others.
    pub index: usize,
    /// How far a layer's share moves with the companion while the layer itself all but stays, as a standard
    /// deviation in the unit of the shares.
    pub strength: f64,
}

/// The companion of a layer: rows are sorted by the layer's value and cut into runs; within each run the
/// share is regressed on the other's value, and the size of what that explains, averaged over the runs, is
/// the other's strength (after `approximate_interactions` of the shap package, which takes the correlation
/// alone). NaN is a value that is not known. `None` where nothing in `others` explains anything: a model
/// without interactions.
#[must_use]
pub fn strongest_companion(values: &[f32], shares: &[f32], others: &[&[f32]]) -> Option<Companion> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&row| values[row].is_finite()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let run = (order.len() / RUNS).clamp(3, RUN);
    let strength = |other: &[f32]| {
        let mut sum = 0.0;
        for rows in order.chunks(run) {
            let known = rows.iter().filter(|row| other[**row].is_finite());
            let pairs: Vec<[f64; 2]> =
                known.map(|&row| [other[row], shares[row]].map(f64::from)).collect();
            sum += explained(&pairs) * rows.len() as f64;
        }
        sum / order.len().max(1) as f64
    };
    let strengths = others.iter().map(|other| strength(other)).enumerate();
    let best = strengths.fold(None::<Companion>, |best, (index, strength)| match best {
        Some(best) if best.strength >= strength => Some(best),
        _ => Some(Companion { index, strength }),
    })?;
    // Shares that do not move but by rounding.
    let all: Vec<f64> = shares.iter().map(|share| f64::from(*share)).collect();
    (best.strength > 1e-3 * spread(&all)).then_some(best)
}

/// Standard deviation of the second of each pair that a straight line over the first explains.
fn explained(pairs: &[[f64; 2]]) -> f64 {
    let count = pairs.len() as f64;
    let mean = |at: usize| pairs.iter().map(|pair| pair[at]).sum::<f64>() / count;
    let (first, second) = (mean(0), mean(1));
    let sum = |of: &dyn Fn(&[f64; 2]) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let variance = sum(&|pair| (pair[0] - first).powi(2));
    let together = sum(&|pair| (pair[0] - first) * (pair[1] - second));
    if pairs.len() < 3 || variance <= 0.0 { 0.0 } else { together.abs() / variance.sqrt() }
}
