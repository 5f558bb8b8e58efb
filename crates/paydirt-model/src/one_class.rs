//! One-class support vector machine: the ground that is like the deposits, whatever the rest is like.
//!
//! Decision value = sum over support vectors of coefficient x exp(-gamma x squared distance) less a
//! threshold, from the smallest region that holds all deposits but a share nu of their weight at most
//! (Schölkopf et al. 2001, <https://doi.org/10.1162/089976601750264965>), solved as libsvm solves it.
//! The score is the logistic function of decision value / threshold, which is -1 where nothing is like a
//! deposit and 0 at the edge of the region.
//!
//! Only deposits are fitted; the other samples say no more than what a column's deviation is, so that
//! a column in which the deposits are all alike counts. Shares are Kernel SHAP values
//! ([`crate::explain`]) of the log odds.

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::columns::{
    bad_setting, check_training, checked_when_read, probability, require_positive,
};
use crate::encode::{Encoding, Points};
use crate::explain::Background;
use crate::kernel::Kernel;
use crate::svm::smo::{self, Dual, Gram};
use crate::svm::{Gamma, counting};
use crate::{Attribution, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Settings of the one-class support vector machine. The defaults are scikit-learn's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Most of the deposits' weight that may lie outside the region, and least of it in support
    /// vectors, as a share; over 0 and up to 1.
    pub nu: f64,
    /// Inverse of the squared distance at which samples are no more alike than 1/e: `"scale"` or a
    /// number over zero.
    pub gamma: Gamma,
    /// The fit has converged when no pair of deposits breaks the conditions of an optimum by more than
    /// this; over zero.
    pub tolerance: f64,
    /// Whether columns are brought to deviation 1 on the training side. Where `false`, distances are in
    /// the columns' own units.
    pub standardise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { nu: 0.5, gamma: Gamma::default(), tolerance: 1e-3, standardise: true }
    }
}

/// A fitted one-class support vector machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    encoding: Encoding,
    kernel: Kernel,
    support: Points,
    coefficients: Vec<f32>,
    threshold: f64,
    background: Background,
    /// Whether the conditions of an optimum hold within tolerance.
    pub converged: bool,
}

checked_when_read!(Fitted);

impl Settings {
    fn check(&self) -> Result<()> {
        if !(self.nu > 0.0 && self.nu <= 1.0) {
            return Err(bad_setting("one_class.nu", self.nu, "over 0 and up to 1"));
        }
        require_positive("one_class.tolerance", self.tolerance)?;
        self.gamma.check("one_class.gamma")
    }
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn space(&self) -> Space {
        Space::from([("nu".into(), Scope::log(0.02, 0.9)), ("gamma".into(), Scope::log(1e-3, 3.0))])
    }

    fn fit(&self, set: &TrainingSet, _: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("one_class", set)?;
        let encoding = Encoding::fit("one_class", &set.features, &set.weight, self.standardise)?;
        let weight: Vec<f64> = set.weight.iter().copied().map(f64::from).collect();
        let (deposits, weight, _) = counting("one_class", set, &weight, |row| set.deposit[row])?;
        let kernel = self.gamma.of(&encoding);
        let mut left = self.nu * weight.iter().sum::<f64>();
        let start = weight.iter().map(|weight| {
            let value = weight.min(left);
            left -= value;
            value
        });
        let dual = Dual {
            low: vec![0.0; weight.len()],
            gain: vec![0.0; weight.len()],
            start: start.collect(),
            high: weight,
        };
        let mut gram = Gram::new(kernel, &encoding, &deposits);
        let solution = smo::solve(&dual, &mut gram, self.tolerance);
        let values = &solution.values;
        let support: Vec<usize> = (0..values.len()).filter(|row| values[*row] != 0.0).collect();
        let mut fitted = Fitted {
            encoding,
            kernel,
            support: gram.points().select(&support),
            coefficients: support.iter().map(|row| values[*row] as f32).collect(),
            threshold: -solution.bias,
            background: Background::default(),
            converged: solution.converged,
        };
        fitted.background = Background::new(&|table| fitted.log_odds(table), set)?;
        Ok(FittedModel::OneClass(fitted))
    }
}

impl Fitted {
    fn check_saved(&self) -> std::result::Result<(), String> {
        self.support.check(&self.encoding, self.coefficients.len())
    }

    /// Decision values: over 0 inside the region.
    ///
    /// # Errors
    /// [`crate::Error::OtherColumns`].
    pub fn decide(&self, features: &Table) -> Result<Vec<f64>> {
        self.encoding.check(features)?;
        let machine = (&self.encoding, self.kernel, &self.support);
        Ok(smo::decide(machine, &self.coefficients, -self.threshold, features))
    }

    fn log_odds(&self, features: &Table) -> Result<Vec<f32>> {
        let scale = self.threshold.max(f64::MIN_POSITIVE);
        let values = self.decide(features)?.into_iter();
        Ok(values.map(|value| (value / scale).clamp(-50.0, 50.0) as f32).collect())
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        let log_odds = self.log_odds(features)?.into_iter();
        Ok(log_odds.map(|value| probability(f64::from(value)) as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.background.explain(&|table| self.log_odds(table), "log odds", features)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{Reference, apart, twice_and_weighted};

    fn fit(settings: &Settings, set: &TrainingSet) -> Fitted {
        match settings.fit(set, Seed(1)).unwrap() {
            FittedModel::OneClass(fitted) => fitted,
            other => panic!("{other:?}"),
        }
    }

    /// Stored by `tests/fixtures/kernels.py` with scikit-learn 1.9.1.
    #[test]
    fn decision_values_are_those_of_scikit_learn() {
        let reference = Reference::<Settings>::read();
        let answers = reference.answers("one_class");
        assert_eq!(answers.len(), 3);
        for expected in answers {
            let fitted = fit(&expected.settings, &reference.training(expected.weighted));
            let error = apart(&fitted.decide(&reference.rows()).unwrap(), &expected.answer);
            assert!(fitted.converged && error < 3e-5, "{:?}: {error}", expected.settings);
        }
    }

    #[test]
    fn a_share_of_nu_at_most_lies_outside() {
        let reference = Reference::<Settings>::read();
        let set = reference.training(false);
        for nu in [0.05, 0.3, 0.8] {
            let fitted = fit(&Settings { nu, tolerance: 1e-6, ..Settings::default() }, &set);
            let values = fitted.decide(&set.features).unwrap();
            let own = values.iter().zip(&set.deposit).filter(|(_, deposit)| **deposit);
            let outside = own.clone().filter(|(value, _)| **value < -1e-4).count() as f64;
            assert!(outside <= nu * own.count() as f64, "{nu}: {outside}");
        }
        for nu in [0.0, 1.1, f64::NAN] {
            let error = Settings { nu, ..Settings::default() }.fit(&set, Seed(1)).unwrap_err();
            assert!(error.to_string().contains("model.one_class.nu"), "{error}");
        }
    }

    #[test]
    fn a_weight_of_two_is_the_sample_twice() {
        let reference = Reference::<Settings>::read();
        let settings = Settings { tolerance: 1e-7, ..Settings::default() };
        let [twice, weighted] = twice_and_weighted(&reference.training(false))
            .map(|set| fit(&settings, &set).decide(&reference.rows()).unwrap());
        assert!(apart(&twice, &weighted) < 1e-3, "{}", apart(&twice, &weighted));
    }
}
