//! Support vector machine: the widest margin between deposits and the other samples, in a space that a
//! kernel spans.
//!
//! Decision value = sum over support vectors of coefficient x kernel(vector, point) + bias, from the
//! least of 1/2 |w|^2 + sum of C x weight x hinge loss (Cortes & Vapnik 1995,
//! <https://doi.org/10.1007/BF00994018>), solved as libsvm solves it (Chang & Lin 2011,
//! <https://doi.org/10.1145/1961189.1961199>). Kernels: `linear`, the scalar product, and `rbf`,
//! exp(-gamma x squared distance). The score is the logistic function of the decision value: it keeps
//! the order, but is no probability.
//!
//! Columns are standardised and categories expanded to indicators. Shares are in log odds, which are
//! decision values: of the linear kernel those of [`crate::logistic`], of others Kernel SHAP values
//! ([`crate::explain`]).
//!
//! Own code, because no kept crate does what a project needs: linfa-svm 0.8 and smartcore take no
//! sample weights; measured beside libsvm in `benches/results/svm.json`.

pub(crate) mod smo;
#[cfg(test)]
mod tests;

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::smo::{Dual, Gram, Solution};
use crate::columns::{
    bad_setting, check_training, checked_when_read, probability, require_positive,
};
use crate::encode::{Encoding, Points};
use crate::explain::Background;
use crate::kernel::Kernel as FittedKernel;
use crate::weight::ClassWeight;
use crate::{Attribution, Error, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Most samples: more would take hours.
pub(crate) const MOST_SAMPLES: usize = 100_000;

/// Settings of the support vector machine. The defaults are scikit-learn's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How alike two samples are: `{ rbf = {} }` or `{ linear = {} }`.
    pub kernel: Kernel,
    /// Cost of a sample inside the margin or on its wrong side, times its weight; over zero. Larger
    /// fits the training side more closely.
    pub c: f64,
    /// Whether deposits and other samples count alike: `none` or `balanced`.
    pub class_weight: ClassWeight,
    /// The fit has converged when no pair of samples breaks the conditions of an optimum by more than
    /// this; over zero.
    pub tolerance: f64,
    /// Whether columns are brought to deviation 1 on the training side. Where `false`, distances are in
    /// the columns' own units.
    pub standardise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            kernel: Kernel::Rbf(Rbf::default()),
            c: 1.0,
            class_weight: ClassWeight::default(),
            tolerance: 1e-3,
            standardise: true,
        }
    }
}

/// How alike two samples are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    /// exp(-gamma x squared distance): bends around groups of samples.
    Rbf(Rbf),
    /// The scalar product: a plane parts the classes.
    Linear {},
}

/// Settings of the radial kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rbf {
    /// Inverse of the squared distance at which samples are no more alike than 1/e: `"scale"` or a
    /// number over zero.
    pub gamma: Gamma,
}

/// How gamma is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Gamma {
    /// By a rule.
    Rule(GammaRule),
    /// As given.
    Value(f64),
}

/// A rule for gamma.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GammaRule {
    /// 1 / (number of columns x their mean variance): 1 / number of columns where they are
    /// standardised.
    Scale,
}

impl Default for Gamma {
    fn default() -> Self {
        Self::Rule(GammaRule::Scale)
    }
}

impl Gamma {
    pub(crate) fn check(self, key: &str) -> Result<()> {
        match self {
            Self::Value(gamma) if !(gamma.is_finite() && gamma > 0.0) => {
                Err(bad_setting(key, gamma, "`scale` or a number over zero"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn of(self, encoding: &Encoding) -> FittedKernel {
        let gamma = match self {
            Self::Value(gamma) => gamma,
            Self::Rule(GammaRule::Scale) => match encoding.mean_variance() {
                variance if variance > 0.0 => 1.0 / (encoding.width() as f64 * variance),
                _ => 1.0,
            },
        };
        FittedKernel::Rbf { gamma: (gamma as f32).min(f32::MAX) }
    }
}

/// A fitted support vector machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    encoding: Encoding,
    kernel: FittedKernel,
    support: Points,
    coefficients: Vec<f32>,
    bias: f64,
    background: Background,
    /// Iterations made.
    pub iterations: usize,
    /// Whether the conditions of an optimum hold within tolerance.
    pub converged: bool,
}

checked_when_read!(Fitted);

impl Settings {
    fn check(&self) -> Result<()> {
        require_positive("svm.c", self.c)?;
        require_positive("svm.tolerance", self.tolerance)?;
        match self.kernel {
            Kernel::Rbf(rbf) => rbf.gamma.check("svm.kernel.rbf.gamma"),
            Kernel::Linear {} => Ok(()),
        }
    }
}

/// The samples that count, and the weight of each.
pub(crate) fn counting(
    model: &'static str,
    set: &TrainingSet,
    weight: &[f64],
    counts: impl Fn(usize) -> bool,
) -> Result<(Table, Vec<f64>, Vec<usize>)> {
    let rows: Vec<usize> =
        (0..weight.len()).filter(|row| weight[*row] > 0.0 && counts(*row)).collect();
    if rows.len() > MOST_SAMPLES {
        let count = rows.len();
        let reason = format!("{count} samples, at most {MOST_SAMPLES} can be fitted; draw fewer");
        return Err(Error::Untrainable { model, reason });
    }
    let weight = rows.iter().map(|row| weight[*row]).collect();
    Ok((set.features.select(&rows), weight, rows))
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn space(&self) -> Space {
        Space::from([
            ("c".into(), Scope::log(0.01, 100.0)),
            ("kernel.rbf.gamma".into(), Scope::log(1e-3, 3.0)),
            ("class_weight".into(), Scope::of(["none", "balanced"])),
        ])
    }

    fn fit(&self, set: &TrainingSet, _: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("svm", set)?;
        let encoding = Encoding::fit("svm", &set.features, &set.weight, self.standardise)?;
        let (table, weight, rows) = counting("svm", set, &self.class_weight.apply(set), |_| true)?;
        let kernel = match self.kernel {
            Kernel::Rbf(rbf) => rbf.gamma.of(&encoding),
            Kernel::Linear {} => FittedKernel::Linear,
        };
        let deposit: Vec<bool> = rows.iter().map(|row| set.deposit[*row]).collect();
        let bound = |wanted: bool, sign: f64| -> Vec<f64> {
            let costs = deposit.iter().zip(&weight);
            costs
                .map(|(deposit, w)| if *deposit == wanted { sign * self.c * w } else { 0.0 })
                .collect()
        };
        let dual = Dual {
            low: bound(false, -1.0),
            high: bound(true, 1.0),
            gain: deposit.iter().map(|deposit| if *deposit { 1.0 } else { -1.0 }).collect(),
            start: vec![0.0; deposit.len()],
        };
        let mut gram = Gram::new(kernel, &encoding, &table);
        let solution = smo::solve(&dual, &mut gram, self.tolerance);
        let mut fitted = Fitted::new(encoding, kernel, gram.points(), &solution);
        if kernel != FittedKernel::Linear {
            fitted.background = Background::new(&|table| fitted.log_odds(table), set)?;
        }
        Ok(FittedModel::Svm(fitted))
    }
}

impl Fitted {
    /// The machine of a solved dual; samples whose value is 0 are left out.
    fn new(encoding: Encoding, kernel: FittedKernel, points: &Points, solution: &Solution) -> Self {
        let values = &solution.values;
        let support: Vec<usize> = (0..values.len()).filter(|row| values[*row] != 0.0).collect();
        Self {
            encoding,
            kernel,
            support: points.select(&support),
            coefficients: support.iter().map(|row| values[*row] as f32).collect(),
            bias: solution.bias,
            background: Background::default(),
            iterations: solution.iterations,
            converged: solution.converged,
        }
    }

    fn check_saved(&self) -> std::result::Result<(), String> {
        self.support.check(&self.encoding, self.coefficients.len())
    }

    /// The number of support vectors.
    #[must_use]
    pub fn support_vectors(&self) -> usize {
        self.coefficients.len()
    }

    /// Decision values: 0 on the plane between the classes, 1 and -1 on the margins.
    ///
    /// # Errors
    /// [`Error::OtherColumns`].
    pub fn decide(&self, features: &Table) -> Result<Vec<f64>> {
        self.encoding.check(features)?;
        let plane = (self.kernel == FittedKernel::Linear).then(|| self.plane());
        let (support, coefficients) = match &plane {
            Some(plane) => (plane, &[1.0][..]),
            None => (&self.support, &self.coefficients[..]),
        };
        let machine = (&self.encoding, self.kernel, support);
        Ok(smo::decide(machine, coefficients, self.bias, features))
    }

    fn log_odds(&self, features: &Table) -> Result<Vec<f32>> {
        Ok(self.decide(features)?.into_iter().map(|value| value as f32).collect())
    }

    /// The one vector that stands for all of a linear machine.
    fn plane(&self) -> Points {
        let mut sums = vec![0.0; self.encoding.width()];
        for (point, coefficient) in self.support.iter().zip(&self.coefficients) {
            for (sum, number) in sums.iter_mut().zip(point) {
                *sum += f64::from(*coefficient) * f64::from(*number);
            }
        }
        Points::one(sums.into_iter().map(|sum| sum as f32).collect())
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        Ok(self.decide(features)?.into_iter().map(|value| probability(value) as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        if self.kernel != FittedKernel::Linear {
            let score = |table: &Table| self.log_odds(table);
            return self.background.explain(&score, "log odds", features);
        }
        self.encoding.check(features)?;
        let shares = self.encoding.weighted_sums(features, self.plane().point(0));
        Ok(Attribution { base: self.bias, unit: "log odds", shares })
    }
}
