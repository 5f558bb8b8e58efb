//! Hyper-parameters of a Gaussian process by maximum likelihood.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::neighbours::squared;
use super::search::minimise;
use super::variogram::{Model, Variogram};
use super::{Place, Samples};

/// Most samples of a dense Gaussian process: one likelihood takes a third of a GFlop.
pub(crate) const MOST_SAMPLES: usize = 1000;

/// Least and largest odds of noise to signal that are looked at.
const ODDS: [f64; 2] = [1e-8, 1e3];

/// The variogram under which centred values are most likely, and the logarithm of their likelihood.
/// The sill is profiled out: for a range and a share `t` of noise, with `R = (1 - t) rho + t I` it is
/// `z' R^-1 z / n` (Rasmussen & Williams 2006, ISBN 026218253X, section 5.4.1), and
/// `ln L = -n/2 (ln(2 pi sill) + 1) - ln|R| / 2`.
pub(crate) fn fit(
    model: Model,
    places: &[Place],
    samples: &Samples,
    spacing_m: f64,
) -> (Variogram, f64) {
    let mean = samples.mean();
    let values = DVector::from_iterator(samples.len(), samples.values.iter().map(|v| v - mean));
    let n = places.len();
    let apart = DMatrix::from_fn(n, n, |row, col| squared(places[row], places[col]));
    let widest = apart.max().sqrt();
    let profile = |[range, odds]: [f64; 2]| -> Option<(f64, f64)> {
        let share = odds.exp() / (1.0 + odds.exp());
        let mut matrix = apart.clone();
        model.correlations(range.exp(), matrix.as_mut_slice());
        matrix *= 1.0 - share;
        (0..n).for_each(|index| matrix[(index, index)] += share);
        let factor = Cholesky::new(matrix)?;
        let sill = values.dot(&factor.solve(&values)) / n as f64;
        let pivots = factor.l_dirty().diagonal();
        let determinant: f64 = pivots.iter().map(|pivot| 2.0 * pivot.ln()).sum();
        let normal = n as f64 * ((std::f64::consts::TAU * sill).ln() + 1.0);
        Some((sill, -(normal + determinant) / 2.0))
    };
    let [low, high] = [(spacing_m / 10.0).ln(), (10.0 * widest).ln()];
    let mut starts = Vec::new();
    for turn in 0..5 {
        let range = spacing_m.ln() + (widest / spacing_m).ln() * f64::from(turn) / 4.0;
        starts.extend([0.001, 0.1, 1.0].map(|odds: f64| [range, odds.ln()]));
    }
    let bounds = [[low, ODDS[0].ln()], [high, ODDS[1].ln()]];
    let loss = |at| profile(at).map_or(f64::INFINITY, |(_, likelihood)| -likelihood);
    let (at, loss) = minimise(loss, &starts, [0.5, 1.5], bounds, 10);
    let sill = profile(at).map_or(f64::NAN, |(sill, _)| sill);
    let share = at[1].exp() / (1.0 + at[1].exp());
    (Variogram { model, nugget: share * sill, sill, range_m: at[0].exp() }, -loss)
}
