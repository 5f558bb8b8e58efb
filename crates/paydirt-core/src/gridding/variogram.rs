//! Variograms: how unlike values are, by their distance.
//!
//! The experimental semivariance of a lag is half the mean squared difference of its pairs (Matheron
//! 1963, doi:10.2113/gsecongeo.58.8.1246). A model `g` is fitted by weighted least squares, the
//! smallest sum over lags of `pairs * (measured / g - 1)^2` (Cressie 1985, doi:10.1007/BF01032109).

use rand::seq::SliceRandom;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::figures;
use super::neighbours::squared;
use super::search::minimise;
use crate::Result;
use crate::error::require;
use crate::seed::Seed;

/// How the resemblance of samples falls with their distance `h`. The range `r` is where it ends
/// (spherical), or where 5 % of it are left.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// `1 - 1.5 h/r + 0.5 (h/r)^3`, 0 from `r` on.
    Spherical,
    /// `exp(-3 h/r)`.
    Exponential,
    /// `exp(-3 (h/r)^2)`: very smooth.
    Gaussian,
    /// Matern of smoothness 1.5: `(1 + s) exp(-s)` with `s = 4.744 h/r`.
    #[default]
    Matern,
}

/// Where `(1 + s) exp(-s)` is 0.05.
pub const MATERN_RANGE: f64 = 4.743_864_518_390_577;

impl Model {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Spherical, Self::Exponential, Self::Gaussian, Self::Matern];

    /// Its key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spherical => "spherical",
            Self::Exponential => "exponential",
            Self::Gaussian => "gaussian",
            Self::Matern => "matern",
        }
    }

    /// The correlation at a distance.
    ///
    /// ```
    /// use paydirt_core::gridding::variogram::Model;
    /// assert_eq!(Model::Spherical.correlation(500.0, 1000.0), 0.3125);
    /// assert!((Model::Exponential.correlation(1000.0, 1000.0) - 0.0498).abs() < 1e-4);
    /// ```
    #[must_use]
    pub fn correlation(self, distance_m: f64, range_m: f64) -> f64 {
        let mut number = [distance_m * distance_m];
        self.correlations(range_m, &mut number);
        number[0]
    }

    /// Turns squared distances into correlations.
    pub(crate) fn correlations(self, range_m: f64, numbers: &mut [f64]) {
        let scale = 1.0 / range_m;
        match self {
            Self::Spherical => {
                for number in numbers {
                    let h = (number.sqrt() * scale).min(1.0);
                    *number = 1.0 - h * (1.5 - 0.5 * h * h);
                }
            }
            Self::Exponential => {
                numbers.iter_mut().for_each(|n| *n = (-3.0 * n.sqrt() * scale).exp());
            }
            Self::Gaussian => {
                numbers.iter_mut().for_each(|n| *n = (-3.0 * *n * scale * scale).exp());
            }
            Self::Matern => {
                for number in numbers {
                    let s = MATERN_RANGE * number.sqrt() * scale;
                    *number = (1.0 + s) * (-s).exp();
                }
            }
        }
    }
}

/// A variogram: 0 at distance 0, `nugget` just beside it, rising to `sill` in all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variogram {
    /// How it rises.
    pub model: Model,
    /// Variance that no distance explains: measurement error, and what varies between samples.
    pub nugget: f64,
    /// Variance in all, the nugget included.
    pub sill: f64,
    /// Distance in metres beyond which samples say nothing of each other.
    pub range_m: f64,
}

impl Variogram {
    /// The semivariance at a distance over 0.
    #[must_use]
    pub fn at(&self, distance_m: f64) -> f64 {
        let rise = 1.0 - self.model.correlation(distance_m, self.range_m);
        self.nugget + (self.sill - self.nugget) * rise
    }

    /// What is to be said of it in a receipt, where samples lie so far apart.
    pub(crate) fn notes(&self, how: &str, spacing_m: f64) -> Vec<String> {
        let mut notes = vec![format!("variogram: {self} ({how})")];
        if self.at(spacing_m) > 0.95 * self.sill {
            notes.push(format!(
                "samples a spacing of {spacing_m:.0} m apart tell nearly nothing of each other: the \
                 map between them is little more than a local mean"
            ));
        }
        notes
    }

    /// Refuses numbers that make no variogram.
    pub(crate) fn check(&self, step: &str) -> Result<()> {
        let Self { nugget, sill, range_m, .. } = *self;
        let key = |name: &str| format!("{step}.variogram.{name}");
        let at_least_0 = nugget >= 0.0 && nugget.is_finite();
        require(at_least_0, &key("nugget"), nugget, "0 or more")?;
        let holds = sill > 0.0 && sill.is_finite() && sill >= nugget;
        require(holds, &key("sill"), sill, "over 0, and at least the nugget that it includes")?;
        require(range_m > 0.0 && range_m.is_finite(), &key("range_m"), range_m, "over 0")
    }
}

impl std::fmt::Display for Variogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { model, nugget, sill, range_m } = self;
        let [nugget, sill] = [nugget, sill].map(|number| figures(*number));
        write!(f, "{}, nugget {nugget}, sill {sill}, range {range_m:.0} m", model.name())
    }
}

/// A lag of an experimental variogram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lag {
    /// Mean distance of its pairs, in metres.
    pub distance_m: f64,
    /// Half their mean squared difference.
    pub semivariance: f64,
    /// Their number.
    pub pairs: usize,
}

/// Most samples of which all pairs are taken; of more, so many are drawn.
const MOST_PAIRED: usize = 4000;

/// The experimental variogram in so many lags of equal width up to `max_lag_m`; lags without pairs
/// are left out. Of more than 4,000 samples, 4,000 are drawn.
#[must_use]
pub fn experimental(places: &[[f64; 2]], values: &[f64], lags: usize, max_lag_m: f64) -> Vec<Lag> {
    let mut drawn: Vec<usize> = (0..values.len()).collect();
    if drawn.len() > MOST_PAIRED {
        drawn.shuffle(&mut Seed(0).derive("variogram", 0).rng());
        drawn.truncate(MOST_PAIRED);
        drawn.sort_unstable();
    }
    let mut sums = vec![(0.0, 0.0, 0_usize); lags];
    let width = max_lag_m / lags as f64;
    for (turn, &a) in drawn.iter().enumerate() {
        for &b in &drawn[turn + 1..] {
            let distance = squared(places[a], places[b]).sqrt();
            if let Some(sum) = sums.get_mut((distance / width) as usize) {
                let apart = values[a] - values[b];
                *sum = (sum.0 + distance, sum.1 + apart * apart, sum.2 + 1);
            }
        }
    }
    let lag = |(distance, apart, pairs): (f64, f64, usize)| Lag {
        distance_m: distance / pairs as f64,
        semivariance: apart / (2.0 * pairs as f64),
        pairs,
    };
    sums.into_iter().filter(|sum| sum.2 > 0).map(lag).collect()
}

/// The best fit of a model, and its weighted sum of squares. For a range and a share of nugget the
/// best sill is known: with `m` the model of sill 1, it is
/// `sum(pairs (measured/m)^2) / sum(pairs measured/m)`.
fn fit_model(model: Model, lags: &[Lag]) -> (Variogram, f64) {
    let farthest = lags.iter().map(|lag| lag.distance_m).fold(0.0, f64::max);
    let nearest = lags.iter().map(|lag| lag.distance_m).fold(farthest, f64::min);
    let sums = |[range, share]: [f64; 2]| {
        let unit = Variogram { model, nugget: share, sill: 1.0, range_m: range.exp() };
        let mut sums = [0.0; 3];
        for lag in lags {
            let ratio = lag.semivariance / unit.at(lag.distance_m).max(1e-300);
            let pairs = lag.pairs as f64;
            sums = [sums[0] + pairs, sums[1] + pairs * ratio, sums[2] + pairs * ratio * ratio];
        }
        sums
    };
    let loss = |at| {
        let [pairs, first, second] = sums(at);
        pairs - first * first / second
    };
    // a shorter range than the shortest lag could not be told from a nugget
    let low = nearest.max(farthest * 1e-3).ln();
    let high = (farthest * 3.0).ln();
    let mut starts = Vec::new();
    for step in 0..24 {
        let range = low + (high - low) * f64::from(step) / 23.0;
        starts.extend((0..=10).map(|share| [range, f64::from(share) / 10.0]));
    }
    let step = [(high - low) / 23.0, 0.1];
    let ([range, share], loss) = minimise(loss, &starts, step, [[low, 0.0], [high, 1.0]], 20);
    let [_, first, second] = sums([range, share]);
    let sill = second / first;
    (Variogram { model, nugget: share * sill, sill, range_m: range.exp() }, loss)
}

/// The variogram that fits best among models, by Cressie's weighted least squares; `None` where
/// fewer than three lags have pairs or nothing varies.
///
/// ```
/// use paydirt_core::gridding::variogram::{Lag, Model, Variogram, fit};
/// let truth = Variogram { model: Model::Spherical, nugget: 1.0, sill: 4.0, range_m: 900.0 };
/// let lag = |step: i32| {
///     let distance_m = f64::from(step) * 100.0;
///     Lag { distance_m, semivariance: truth.at(distance_m), pairs: 50 }
/// };
/// let found = fit(&Model::ALL, &(1..15).map(lag).collect::<Vec<_>>()).unwrap();
/// assert_eq!(found.model, Model::Spherical);
/// assert!((found.range_m - 900.0).abs() < 1.0 && (found.nugget - 1.0).abs() < 0.01);
/// ```
#[must_use]
pub fn fit(models: &[Model], lags: &[Lag]) -> Option<Variogram> {
    if lags.len() < 3 || lags.iter().all(|lag| lag.semivariance <= 0.0) {
        return None;
    }
    let fits = models.iter().map(|model| fit_model(*model, lags));
    fits.min_by(|a, b| a.1.total_cmp(&b.1)).map(|best| best.0)
}
