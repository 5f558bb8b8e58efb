//! Logistic regression: the log odds of a deposit are a weighted sum of the evidence.
//!
//! logit p = intercept + sum of coefficient x value (log odds per unit of each column). Fitted by
//! penalised maximum likelihood, as in scikit-learn: the least of C x sum of weight x log loss + the
//! penalty, half the sum of squares (L2) or the sum of absolute values (L1) of the coefficients, or a
//! mixture of both (elastic net); the intercept is not penalised. Cox 1958, <https://doi.org/10.1111/j.2517-6161.1958.tb00292.x>; L1:
//! Tibshirani 1996, <https://doi.org/10.1111/j.2517-6161.1996.tb02080.x>.
//!
//! A categorical column is expanded to one indicator for each category that training saw; a category
//! that it did not see has all indicators at zero. A missing value stands at its column's mean and
//! has no share. Shares are linear SHAP values with independent columns, coefficient x (value -
//! training mean), Lundberg & Lee 2017, <https://arxiv.org/abs/1705.07874>.
//!
//! Own code, because no kept crate does what a project needs: linfa-logistic 0.8 and smartcore take
//! no sample weights and have no L1.

mod curvature;
mod curve;
mod design;
mod solve;
#[cfg(test)]
mod tests;
mod unlabelled;

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::design::Place;
pub(crate) use self::design::{Design, column_terms};
pub(crate) use self::solve::{Problem, Solution};
use crate::columns::{check_columns, check_training, probability};
use crate::prior::ClassPrior;
pub use crate::weight::ClassWeight;
use crate::{Attribution, Error, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// What holds the coefficients small.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Penalty {
    /// Half the sum of their squares: all shrink, none vanishes.
    #[default]
    L2,
    /// The sum of their sizes: those of useless columns vanish.
    L1,
    /// A mixture of both, as `l1_share` says: of columns that tell the same, all stay (Zou & Hastie
    /// 2005, <https://doi.org/10.1111/j.1467-9868.2005.00503.x>).
    ElasticNet,
    /// Nothing: classes that can be parted drive them up until the gradient is within tolerance.
    None,
}

/// What is least for the coefficients that are fitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// The log loss of deposits against the other samples.
    #[default]
    LogLoss,
    /// The risk that the other samples, taken for a mixture with the share `prior` of deposits, let one
    /// estimate without bias: `-prior x mean logit p` of the deposits + `mean -ln(1 - p)` of the others. It
    /// is convex (du Plessis, Niu & Sugiyama 2015, PMLR 37:1386). It has no least without an L2 penalty.
    Upu,
    /// Less the likelihood of which samples are known deposits, where the others are a mixture with the share
    /// `prior` of deposits (Steinberg & Cardell 1992, doi 10.1080/03610929208830781; Ward, Hastie, Barry,
    /// Elith & Leathwick 2009, doi 10.1111/j.1541-0420.2008.01116.x). With k deposits known for each that
    /// is not, a sample is a known one with the odds `k p`. It may have more than one least: the search
    /// begins where no column counts.
    PresenceOnly,
}

/// Settings of logistic regression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What is least: `log_loss`, or `upu` or `presence_only` where the other samples are unlabelled and
    /// some of them are deposits.
    pub loss: Loss,
    /// With `upu` and `presence_only`, the share of deposits among the unlabelled samples, below 1; 0 estimates it from
    /// scores of held-out parts of the training side.
    pub prior: f64,
    /// What holds the coefficients small: `l2`, `l1`, `elastic_net` or `none`.
    pub penalty: Penalty,
    /// Share of L1 in the elastic net, 0 to 1 (scikit-learn's `l1_ratio`); the others do without.
    pub l1_share: f64,
    /// Inverse strength of the penalty, over zero, with scikit-learn's meaning: smaller is stronger.
    pub c: f64,
    /// Most iterations of Newton's method; 1 or more.
    pub max_iterations: usize,
    /// The fit has converged when no derivative of the mean loss, for a standardised column, is
    /// larger than this; over zero.
    pub tolerance: f64,
    /// Whether deposits and other samples count alike: `none` or `balanced`.
    pub class_weight: ClassWeight,
    /// Whether the penalty holds for columns brought to deviation 1 on the training side, so that it
    /// means the same for each, or for columns in their own units. Indicators of categories keep
    /// their own: standardised, those of rare categories would go nearly free.
    pub standardise: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            loss: Loss::default(),
            prior: 0.0,
            penalty: Penalty::default(),
            l1_share: 0.5,
            c: 1.0,
            max_iterations: 100,
            tolerance: 1e-8,
            class_weight: ClassWeight::default(),
            standardise: true,
        }
    }
}

/// One term of the sum: a column's value, or the indicator of one of its categories.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The category; `None` for the value itself.
    pub category: Option<f32>,
    /// Log odds per unit of the column, or of having the category. Times `deviation`, it is the
    /// coefficient of the standardised column.
    pub coefficient: f64,
    /// Mean over the training samples, by weight.
    pub mean: f64,
    /// Standard deviation over the training samples, by weight; 0 for a constant.
    pub deviation: f64,
}

/// The terms of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnTerms {
    /// Name of the column.
    pub column: String,
    /// One term, or one a category in ascending order.
    pub terms: Vec<Term>,
}

/// Fitted numbers of logistic regression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Log odds where all values are 0.
    pub intercept: f64,
    /// The terms of each column.
    pub columns: Vec<ColumnTerms>,
    /// Iterations made.
    pub iterations: usize,
    /// Whether the derivatives came within tolerance.
    pub converged: bool,
    /// With the loss `upu` or `presence_only`, the share of deposits among the unlabelled samples.
    #[serde(default)]
    pub prior: Option<ClassPrior>,
}

impl ColumnTerms {
    /// Log odds of the column at its training means.
    fn at_means(&self) -> f64 {
        self.terms.iter().map(|term| term.coefficient * term.mean).sum()
    }

    /// What each row's value adds to the log odds over the training mean; 0 where it is missing.
    fn shares<'a>(&'a self, column: &'a Column) -> impl Iterator<Item = f64> + 'a {
        let at_means = self.at_means();
        column.values.iter().zip(&column.known).map(move |(value, known)| {
            if !known {
                return 0.0;
            }
            match design::place(&self.terms, *value) {
                Place::Value => {
                    self.terms[0].coefficient * (f64::from(*value) - self.terms[0].mean)
                }
                Place::Category(index) => self.terms[index].coefficient - at_means,
                Place::Unseen => -at_means,
            }
        })
    }
}

impl Fitted {
    /// Log odds where every column stands at its training mean.
    #[must_use]
    pub fn base(&self) -> f64 {
        self.intercept + self.columns.iter().map(ColumnTerms::at_means).sum::<f64>()
    }

    fn check(&self, features: &Table) -> Result<()> {
        check_columns(self.columns.iter().map(|terms| terms.column.as_str()), features)
    }

    /// The fitted numbers in the columns' own units.
    fn new(names: Vec<String>, mut terms: Vec<Vec<Term>>, solution: &Solution) -> Self {
        let (base, coefficients) = solution.coefficients.split_at(1);
        for (term, coefficient) in terms.iter_mut().flatten().zip(coefficients) {
            term.coefficient =
                if term.deviation > 0.0 { coefficient / term.deviation } else { 0.0 };
        }
        let columns: Vec<ColumnTerms> = names
            .into_iter()
            .zip(terms)
            .map(|(column, terms)| ColumnTerms { column, terms })
            .collect();
        let at_means: f64 = columns.iter().map(ColumnTerms::at_means).sum();
        let Solution { iterations, converged, .. } = *solution;
        Self { intercept: base[0] - at_means, columns, iterations, converged, prior: None }
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let bad = |key: &str, found: String, expected: &str| {
            let (key, expected) = (format!("model.logistic.{key}"), expected.to_owned());
            Err(paydirt_core::Error::BadSetting { key, found, expected }.into())
        };
        for (key, number) in [("c", self.c), ("tolerance", self.tolerance)] {
            if !(number.is_finite() && number > 0.0) {
                return bad(key, number.to_string(), "over zero");
            }
        }
        if !(0.0..=1.0).contains(&self.l1_share) {
            return bad("l1_share", self.l1_share.to_string(), "from 0 to 1");
        }
        if self.max_iterations == 0 {
            return bad("max_iterations", "0".to_owned(), "1 or more");
        }
        self.check_loss()
    }

    /// The strengths of the L1 and of the L2 penalty on each term when its column is standardised.
    fn strengths(&self, terms: &[Vec<Term>]) -> [Vec<f64>; 2] {
        let l1_share = match self.penalty {
            Penalty::L2 | Penalty::None => 0.0,
            Penalty::L1 => 1.0,
            Penalty::ElasticNet => self.l1_share,
        };
        let all = if self.penalty == Penalty::None { 0.0 } else { 1.0 / self.c };
        [(l1_share, -1), (1.0 - l1_share, -2)].map(|(share, power)| {
            let strength = |term: &Term| {
                let own_unit = !self.standardise || term.category.is_some();
                let unit = if own_unit && term.deviation > 0.0 { term.deviation } else { 1.0 };
                all * share * unit.powi(power)
            };
            terms.iter().flatten().map(strength).collect()
        })
    }
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn space(&self) -> Space {
        Space::from([
            ("c".into(), Scope::log(1e-3, 1e3)),
            ("penalty".into(), Scope::of(["l2", "l1"])),
            ("class_weight".into(), Scope::of(["none", "balanced"])),
        ])
    }

    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("logistic", set)?;
        let design = Design::new(&set.features, &set.weight)
            .map_err(|reason| Error::Untrainable { model: "logistic", reason })?;
        let strengths = self.strengths(design.terms());
        let prior = self.class_prior(set, seed)?;
        let (weight, curve) = self.curve(set, prior);
        let mut problem = Problem::new(&design, &set.deposit, weight, strengths);
        problem.curve = curve;
        let solution = problem.solve(self.max_iterations, self.tolerance);
        let fitted = Fitted::new(set.features.names(), design.into_terms(), &solution);
        Ok(FittedModel::Logistic(Fitted { prior, ..fitted }))
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        self.check(features)?;
        let mut log_odds = vec![self.base(); features.rows()];
        for (terms, column) in self.columns.iter().zip(features.columns()) {
            for (sum, share) in log_odds.iter_mut().zip(terms.shares(column)) {
                *sum += share;
            }
        }
        Ok(log_odds.into_iter().map(|log_odds| probability(log_odds) as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.check(features)?;
        let columns = self.columns.iter().zip(features.columns());
        let shares = columns
            .map(|(terms, column)| terms.shares(column).map(|share| share as f32).collect())
            .collect();
        Ok(Attribution { base: self.base(), unit: "log odds", shares })
    }
}
