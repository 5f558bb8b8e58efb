//! The standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Density at `z`.
pub(super) fn density(z: f64) -> f64 {
    (-z * z / 2.0).exp() / (2.0 * PI).sqrt()
}

/// Share below `z`.
pub(super) fn below(z: f64) -> f64 {
    libm::erfc(-z * FRAC_1_SQRT_2) / 2.0
}

/// Density over the share below: minus the mean of what lies below `z`. For large negative `z` it
/// goes to `-z - 1/z` (Mills' ratio).
pub(super) fn inverse_mills(z: f64) -> f64 {
    if z < -35.0 { -z - 1.0 / z } else { density(z) / below(z) }
}

/// The value below which a share lies, the share between 0 and 1: Hastings' start (Abramowitz &
/// Stegun 1964, 26.2.23) and Halley's steps, to the precision of 64-bit numbers.
pub(super) fn quantile(share: f64) -> f64 {
    if share > 0.5 {
        return -quantile(1.0 - share);
    }
    let t = (-2.0 * share.ln()).sqrt();
    let top = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let start = top / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308))) - t;
    (0..3).fold(start, |z, _| {
        let step = (below(z) - share) / density(z);
        z - step / (1.0 + z * step / 2.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_scipy() {
        // scipy 1.17.1: scipy.stats.norm.ppf
        let answers = [
            (1e-10, -6.361340902404056),
            (0.001, -3.090232306167813),
            (0.34375, -0.40225006532172536),
            (0.5, 0.0),
            (0.975, 1.959963984540054),
        ];
        for (share, expected) in answers {
            assert!((quantile(share) - expected).abs() < 1e-14 * 10.0, "{share}");
            assert!((below(expected) - share).abs() < 1e-15, "{share}");
        }
        // both sides of where the ratio's expansion takes over
        assert!((inverse_mills(-34.999) - inverse_mills(-35.001)).abs() < 3e-3);
    }
}
