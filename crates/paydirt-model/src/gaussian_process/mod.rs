//! Gaussian-process classification: the log odds of a deposit are a smooth random function of the
//! evidence, of which the samples tell where it is high.
//!
//! Covariance of the log odds at two points = amplitude^2 x a function of distance / length; class given
//! log odds by the logistic function; Laplace's approximation (Rasmussen & Williams 2006, algorithms 3.1
//! and 3.2, <https://gaussianprocess.org/gpml>; Williams & Barber 1998,
//! <https://doi.org/10.1109/34.735807>). Amplitude and length are those of the greatest approximate
//! marginal likelihood. The score is the probability averaged over what the log odds may be: far from all
//! samples it goes to 1/2, for nothing is known there.
//!
//! Columns are standardised and categories expanded to indicators. A sample's log likelihood counts times
//! its weight. Shares are Kernel SHAP values ([`crate::explain`]) of the score.
//!
//! Costs: a fit, some hundred times samples^3 / 3 operations; a score, samples^2. So the samples are
//! drawn where they are many: [`Settings::rows`].

mod covariance;
mod laplace;
mod search;
#[cfg(test)]
mod tests;

use nalgebra::{DMatrix, DVector};
use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::covariance::{Covariance, Shape};
use self::laplace::{Labels, Mode};
use crate::columns::{bad_setting, check_training, probability, require_positive};
use crate::encode::{Encoding, LANES, Lane, Points};
use crate::explain::Background;
use crate::weight::ClassWeight;
use crate::{Attribution, Error, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Most samples that are fitted: their covariances are 200 MB.
const MOST_ROWS: usize = 5_000;
/// Where the logarithms of amplitude and length are looked for: amplitudes from 0.03 to 33 (of classes
/// that can be parted, the likelihood would have ever larger ones), lengths from 0.007 to 1100.
const BOUNDS: [[f64; 2]; 2] = [[-3.5, 3.5], [-5.0, 7.0]];

/// Settings of Gaussian-process classification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How covariance falls with distance: `{ rbf = {} }`, very smooth, or `{ matern = {} }`.
    pub kernel: Kernel,
    /// Standard deviation of the log odds, where it is not optimised; over zero.
    pub amplitude: f64,
    /// Distance over which the log odds change, where it is not optimised; in deviations of the columns
    /// where they are standardised; over zero.
    pub length: f64,
    /// Whether amplitude and length are chosen by the marginal likelihood.
    pub optimise: bool,
    /// Most samples that are fitted, 2 to 5000. Of more, deposits are kept up to half of this number, the
    /// rest is drawn; those drawn count for all of their class.
    pub rows: usize,
    /// Whether deposits and other samples count alike: `none` or `balanced`.
    pub class_weight: ClassWeight,
    /// Whether columns are brought to deviation 1 on the training side. Where `false`, distances are in
    /// the columns' own units.
    pub standardise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            kernel: Kernel::Rbf {},
            amplitude: 1.0,
            length: 1.0,
            optimise: true,
            rows: 500,
            class_weight: ClassWeight::default(),
            standardise: true,
        }
    }
}

/// How covariance falls with distance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// exp(-distance^2 / 2 length^2).
    Rbf {},
    /// Matérn's, rougher.
    Matern(Matern),
}

/// Settings of Matérn's covariance.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Matern {
    /// 0.5 (rough), 1.5 or 2.5.
    pub smoothness: f64,
}

impl Default for Matern {
    fn default() -> Self {
        Self { smoothness: 1.5 }
    }
}

/// What is saved of a fitted process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Saved {
    encoding: Encoding,
    covariance: Covariance,
    points: Points,
    pull: Vec<f64>,
    bend: Vec<f64>,
    log_marginal_likelihood: f64,
    background: Background,
}

/// A fitted Gaussian process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct Fitted {
    saved: Saved,
    /// The rows of a triangular matrix: times the covariances of a point with the samples, the sum of
    /// squares is the variance that the samples take away.
    whitener: Vec<f32>,
}

impl From<Fitted> for Saved {
    fn from(fitted: Fitted) -> Self {
        fitted.saved
    }
}

impl TryFrom<Saved> for Fitted {
    type Error = String;

    fn try_from(saved: Saved) -> std::result::Result<Self, String> {
        saved.points.check(&saved.encoding, saved.pull.len())?;
        if saved.bend.len() != saved.pull.len() || saved.pull.len() > MOST_ROWS {
            return Err(format!("{} samples with {} bends", saved.pull.len(), saved.bend.len()));
        }
        let matrix = saved.covariance.matrix(&covariance::squares(&saved.points));
        let bend = DVector::from_column_slice(&saved.bend);
        let factor = laplace::cholesky(laplace::bent(&matrix, &bend))
            .ok_or("covariances that cannot be factored")?;
        let mut whitener = DMatrix::from_diagonal(&bend);
        factor.solve_lower_triangular_mut(&mut whitener);
        let row = |row: usize| whitener.row(row).columns(0, row + 1).into_owned();
        let rows = (0..saved.pull.len()).flat_map(|index| row(index).data.as_vec().clone());
        let whitener = rows.map(|number| number as f32).collect();
        Ok(Self { saved, whitener })
    }
}

impl Settings {
    fn check(&self) -> Result<Shape> {
        require_positive("gaussian_process.amplitude", self.amplitude)?;
        require_positive("gaussian_process.length", self.length)?;
        if !(2..=MOST_ROWS).contains(&self.rows) {
            return Err(bad_setting("gaussian_process.rows", self.rows, "2 to 5000"));
        }
        match self.kernel {
            Kernel::Rbf {} => Ok(Shape::Rbf),
            Kernel::Matern(Matern { smoothness: 0.5 }) => Ok(Shape::MaternHalf),
            Kernel::Matern(Matern { smoothness: 1.5 }) => Ok(Shape::MaternThreeHalves),
            Kernel::Matern(Matern { smoothness: 2.5 }) => Ok(Shape::MaternFiveHalves),
            Kernel::Matern(Matern { smoothness }) => {
                let key = "gaussian_process.kernel.matern.smoothness";
                Err(bad_setting(key, smoothness, "0.5, 1.5 or 2.5"))
            }
        }
    }

    /// The samples that are fitted, in their order, with their weights. Of a class of which some are
    /// drawn, those drawn have the weight of all.
    fn draw(&self, set: &TrainingSet, seed: Seed) -> (Vec<usize>, Vec<f64>) {
        let weight = self.class_weight.apply(set);
        let of_class = |class: bool| -> Vec<usize> {
            (0..weight.len())
                .filter(|row| weight[*row] > 0.0 && set.deposit[*row] == class)
                .collect()
        };
        let classes = [true, false].map(of_class);
        let [deposits, others] = classes.each_ref().map(Vec::len);
        let kept = deposits.min((self.rows / 2).max(self.rows.saturating_sub(others)));
        let mut drawn = Vec::new();
        for (class, (rows, count)) in classes.iter().zip([kept, self.rows - kept]).enumerate() {
            let mut rng = seed.derive("rows", class as u64).rng();
            let count = count.min(rows.len());
            let chosen: Vec<usize> = match count == rows.len() {
                true => rows.clone(),
                false => rand::seq::index::sample(&mut rng, rows.len(), count)
                    .iter()
                    .map(|index| rows[index])
                    .collect(),
            };
            let sum = |rows: &[usize]| rows.iter().map(|row| weight[*row]).sum::<f64>();
            let share = if count == rows.len() { 1.0 } else { sum(rows) / sum(&chosen) };
            drawn.extend(chosen.into_iter().map(|row| (row, weight[row] * share)));
        }
        drawn.sort_unstable_by_key(|(row, _)| *row);
        drawn.into_iter().unzip()
    }

    /// The covariance of the greatest marginal likelihood.
    fn choose(
        &self,
        given: Covariance,
        width: usize,
        squares: &DMatrix<f64>,
        labels: &Labels,
    ) -> Covariance {
        if !self.optimise {
            return given;
        }
        let at = |[amplitude, length]: [f64; 2]| Covariance {
            amplitude: amplitude.exp(),
            length: length.exp(),
            ..given
        };
        let none = DVector::zeros(labels.weight.len());
        let across = 0.5 * (width as f64).ln();
        let mut starts = vec![[given.amplitude.ln(), given.length.ln()]];
        for amplitude in [0.0, 1.5] {
            starts.extend([-1.0, 0.0, 1.0].map(|length| [amplitude, across + length]));
        }
        at(search::greatest(&starts, BOUNDS, |place| {
            let mode = laplace::mode(&at(place).matrix(squares), labels, none.clone())?;
            Some(mode.log_marginal_likelihood).filter(|found| found.is_finite())
        }))
    }
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check().map(|_| ())
    }

    fn space(&self) -> Space {
        Space::from([
            (
                "kernel".into(),
                Scope::of([
                    json!({ "rbf": {} }),
                    json!({ "matern": { "smoothness": 1.5 } }),
                    json!({ "matern": { "smoothness": 0.5 } }),
                ]),
            ),
            ("class_weight".into(), Scope::of(["none", "balanced"])),
        ])
    }

    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        const MODEL: &str = "gaussian_process";
        let shape = self.check()?;
        check_training(MODEL, set)?;
        let encoding = Encoding::fit(MODEL, &set.features, &set.weight, self.standardise)?;
        let (rows, weight) = self.draw(set, seed);
        let points = Points::new(&encoding, &set.features.select(&rows));
        let labels = Labels { deposit: rows.iter().map(|row| set.deposit[*row]).collect(), weight };
        let squares = covariance::squares(&points);
        let given = Covariance { shape, amplitude: self.amplitude, length: self.length };
        let covariance = self.choose(given, encoding.width(), &squares, &labels);
        let untrainable = |reason: &str| Error::Untrainable { model: MODEL, reason: reason.into() };
        let none = DVector::zeros(rows.len());
        let Mode { pull, bend, log_marginal_likelihood } =
            laplace::mode(&covariance.matrix(&squares), &labels, none)
                .ok_or_else(|| untrainable("its covariances cannot be factored"))?;
        let saved = Saved {
            encoding,
            covariance,
            points,
            pull: pull.data.as_vec().clone(),
            bend: bend.data.as_vec().clone(),
            log_marginal_likelihood,
            background: Background::default(),
        };
        let mut fitted = Fitted::try_from(saved).map_err(|reason| untrainable(&reason))?;
        fitted.saved.background = Background::new(&|table| fitted.predict(table), set)?;
        Ok(FittedModel::GaussianProcess(fitted))
    }
}

impl Fitted {
    /// Logarithm of the approximate marginal likelihood.
    #[must_use]
    pub const fn log_marginal_likelihood(&self) -> f64 {
        self.saved.log_marginal_likelihood
    }

    /// Amplitude and length of the covariance.
    #[must_use]
    pub const fn amplitude_and_length(&self) -> [f64; 2] {
        [self.saved.covariance.amplitude, self.saved.covariance.length]
    }

    /// The averaged probabilities of a block of points.
    fn scores(&self, block: &[Lane]) -> [f64; LANES] {
        let Saved { covariance, points, pull, .. } = &self.saved;
        let alike = covariance::with_all(covariance, block, points);
        let mut means = [0.0; LANES];
        for (alike, pull) in alike.iter().zip(pull) {
            for (mean, alike) in means.iter_mut().zip(alike) {
                *mean += pull * f64::from(*alike);
            }
        }
        let mut variances = [covariance.variance(); LANES];
        let mut whitener = &self.whitener[..];
        for row in 1..=alike.len() {
            let (factors, rest) = whitener.split_at(row);
            whitener = rest;
            let mut sums = [0.0_f32; LANES];
            for (factor, alike) in factors.iter().zip(&alike) {
                for (sum, alike) in sums.iter_mut().zip(alike) {
                    *sum += factor * alike;
                }
            }
            for (variance, sum) in variances.iter_mut().zip(sums) {
                *variance -= f64::from(sum * sum);
            }
        }
        std::array::from_fn(|lane| averaged(means[lane], variances[lane].max(0.0)))
    }
}

/// The mean of the logistic function over log odds of a normal distribution, by the trapezoidal rule
/// from -6 to 6 deviations: good to 1e-5.
fn averaged(mean: f64, variance: f64) -> f64 {
    let deviation = variance.sqrt();
    let width = (1.5 / deviation).min(0.25);
    let steps = (6.0 / width) as i32;
    let (mut sum, mut total) = (0.0, 0.0);
    for step in -steps..=steps {
        let place = f64::from(step) * width;
        let weight = (-0.5 * place * place).exp();
        sum += weight * probability(mean + deviation * place);
        total += weight;
    }
    sum / total
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        self.saved.encoding.check(features)?;
        let scores = self.saved.encoding.map(features, |block| self.scores(block));
        Ok(scores.into_iter().map(|score| score as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.saved.background.explain(&|table| self.predict(table), "score", features)
    }
}
