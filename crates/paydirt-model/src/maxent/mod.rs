//! Maximum entropy: of all distributions of deposits over the ground that agree with the evidence at the
//! known ones, within what their number leaves open, the one nearest to that of the ground itself.
//!
//! Relative rate = exp(sum of coefficient x feature). Features are the columns brought to [0, 1], their
//! squares, products and hinges, and indicators of categories (Phillips, Anderson & Schapire 2006,
//! <https://doi.org/10.1016/j.ecolmodel.2005.03.026>). The coefficients are those of an L1-penalised
//! logistic regression in which the other samples, as background, weigh 100 times (Fithian & Hastie
//! 2013, <https://doi.org/10.1214/13-AOAS667>; Renner & Warton 2013,
//! <https://doi.org/10.1111/j.1541-0420.2012.01824.x>), with the penalties and classes of features of
//! maxnet (Phillips et al. 2017, <https://doi.org/10.1111/ecog.03049>). The score is its cloglog output,
//! 1 - exp(-exp(entropy) x rate / sum of rates over the background).
//!
//! Values beyond the range of the training side count as its ends. Shares are exact Shapley values of
//! the complementary log-log of the score, ln(-ln(1 - score)), which is a sum of features; of a product
//! each column has its half. There is no class weight: the background is ground, not a class.

mod features;
mod solve;
#[cfg(test)]
mod tests;

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::features::{Feature, Range};
use crate::columns::{
    bad_setting, check_columns, check_training, checked_when_read, require_positive,
};
use crate::{Attribution, Error, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Weight of a background sample beside a deposit: as good as infinite (maxnet's).
const BACKGROUND_WEIGHT: f32 = 100.0;

/// Unit of the shares: ln(-ln(1 - score)).
pub const UNIT: &str = "complementary log-log";

/// Settings of maximum entropy. The defaults are maxnet's, with fewer hinges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Classes of features: `linear`, `quadratic`, `hinge`, `product`. Where none is given, linear alone
    /// under 10 deposits, quadratic too from 10, hinges from 15, products from 80.
    pub features: Vec<Class>,
    /// Multiplies all penalties; over zero. Larger is smoother.
    pub regularisation: f64,
    /// Knots of the hinges of a column, 2 to 100; maxnet has 50.
    pub knots: usize,
    /// Whether the deposits' own ground is added to the background.
    pub add_deposits: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { features: Vec::new(), regularisation: 1.0, knots: 20, add_deposits: true }
    }
}

/// A class of features. Those of categories are always there.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The column.
    Linear,
    /// Its square.
    Quadratic,
    /// What rises from a knot on, or up to one.
    Hinge,
    /// The product of two columns.
    Product,
}

impl Class {
    /// maxnet's choice for a number of deposits.
    fn usual(deposits: f64) -> &'static [Self] {
        match deposits {
            ..10.0 => &[Self::Linear],
            ..15.0 => &[Self::Linear, Self::Quadratic],
            ..80.0 => &[Self::Linear, Self::Quadratic, Self::Hinge],
            _ => &[Self::Linear, Self::Quadratic, Self::Hinge, Self::Product],
        }
    }
}

/// A feature with its coefficient.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Term {
    feature: Feature,
    coefficient: f64,
    /// Mean of the feature over the training samples.
    mean: f64,
}

/// A fitted model of maximum entropy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    columns: Vec<Range>,
    terms: Vec<Term>,
    /// Complementary log-log of the score where all features are 0: entropy less the logarithm of the
    /// summed rates of the background.
    intercept: f64,
    /// Whether the derivatives came within tolerance.
    pub converged: bool,
}

checked_when_read!(Fitted);

impl Settings {
    fn check(&self) -> Result<()> {
        require_positive("maxent.regularisation", self.regularisation)?;
        if !(2..=100).contains(&self.knots) {
            return Err(bad_setting("maxent.knots", self.knots, "2 to 100"));
        }
        Ok(())
    }
}

/// Deposits by their weight, then the background by a hundred times theirs.
fn presence_and_background(set: &TrainingSet, add_deposits: bool) -> TrainingSet {
    let counting = |row: &usize| set.weight[*row] > 0.0;
    let mut rows: Vec<usize> = (0..set.weight.len()).filter(counting).collect();
    let own = rows.len();
    if add_deposits {
        rows.extend((0..set.weight.len()).filter(counting).filter(|row| set.deposit[*row]));
    }
    let deposit: Vec<bool> =
        rows.iter().enumerate().map(|(at, row)| at < own && set.deposit[*row]).collect();
    let weight = rows
        .iter()
        .zip(&deposit)
        .map(|(row, deposit)| set.weight[*row] * if *deposit { 1.0 } else { BACKGROUND_WEIGHT });
    TrainingSet { features: set.features.select(&rows), weight: weight.collect(), deposit }
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn space(&self) -> Space {
        Space::from([
            ("regularisation".into(), Scope::log(0.1, 10.0)),
            ("knots".into(), Scope::log(5, 50)),
        ])
    }

    fn fit(&self, set: &TrainingSet, _: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("maxent", set)?;
        if set.features.columns().is_empty() {
            let reason = "there is no column of evidence".into();
            return Err(Error::Untrainable { model: "maxent", reason });
        }
        let samples = presence_and_background(set, self.add_deposits);
        let deposits: f64 = set
            .weight
            .iter()
            .zip(&set.deposit)
            .filter(|(_, d)| **d)
            .map(|(w, _)| f64::from(*w))
            .sum();
        let classes = match &self.features[..] {
            [] => Class::usual(deposits),
            given => given,
        };
        let columns: Vec<Range> =
            samples.features.columns().iter().map(|column| Range::of(column, &samples)).collect();
        let features = features::all(&columns, classes, self.knots);
        let values = features::values(&columns, &features, &samples.features)?;
        let mut penalties = features::penalties(&features, &values, &samples);
        penalties.iter_mut().for_each(|penalty| *penalty *= self.regularisation);
        let solution = solve::solve(&samples, &values, &penalties)?;
        Ok(FittedModel::Maxent(Fitted::new(&samples, columns, features, solution)?))
    }
}

impl Fitted {
    fn new(
        samples: &TrainingSet,
        columns: Vec<Range>,
        features: Vec<Feature>,
        solution: solve::Solution,
    ) -> Result<Self> {
        let (rows, weights) = features::background(samples);
        let background = samples.features.select(&rows);
        let scaled = features::scaled(&columns, &background);
        let total: f64 = weights.iter().sum();
        let term = |(feature, coefficient): (Feature, f64)| {
            let values = feature.values(&scaled);
            let mean = values.iter().zip(&weights).map(|(v, w)| v * w).sum::<f64>() / total;
            Term { feature, coefficient, mean }
        };
        let features = features.into_iter().zip(solution.coefficients);
        let terms = features.filter(|(_, coefficient)| *coefficient != 0.0).map(term).collect();
        let mut fitted = Self { columns, terms, intercept: 0.0, converged: solution.converged };
        fitted.intercept = intercept(&fitted.sums(&background)?, &weights);
        Ok(fitted)
    }

    fn check_saved(&self) -> std::result::Result<(), String> {
        let count = self.columns.len();
        match self.terms.iter().find(|term| term.feature.columns().iter().any(|at| *at >= count)) {
            Some(term) => Err(format!("{:?} of {count} columns", term.feature)),
            None => Ok(()),
        }
    }

    /// The logarithm of the relative rate of each row.
    fn sums(&self, features: &Table) -> Result<Vec<f64>> {
        check_columns(self.columns.iter().map(Range::name), features)?;
        let scaled = features::scaled(&self.columns, features);
        let mut sums = vec![0.0; features.rows()];
        for term in &self.terms {
            for (sum, value) in sums.iter_mut().zip(term.feature.values(&scaled)) {
                *sum += term.coefficient * value;
            }
        }
        Ok(sums)
    }
}

/// The entropy of the rates over the background, less the logarithm of their sum.
fn intercept(sums: &[f64], weights: &[f64]) -> f64 {
    let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let rates = || sums.iter().map(|sum| (sum - most).exp()).zip(weights);
    let total: f64 = rates().map(|(rate, weight)| rate * weight).sum();
    let part = |(rate, weight): (f64, &f64)| {
        let share = rate / total;
        if share > 0.0 { -weight * share * share.ln() } else { 0.0 }
    };
    rates().map(part).sum::<f64>() - total.ln() - most
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        let score = |sum: f64| -(-(self.intercept + sum).exp()).exp_m1();
        Ok(self.sums(features)?.into_iter().map(|sum| score(sum) as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        check_columns(self.columns.iter().map(Range::name), features)?;
        let scaled = features::scaled(&self.columns, features);
        let mut shares = vec![vec![0.0; features.rows()]; self.columns.len()];
        let mut base = self.intercept;
        for term in &self.terms {
            base += term.coefficient * term.mean;
            for (column, of_column) in term.feature.shares(&scaled, &self.columns, term.mean) {
                for (share, value) in shares[column].iter_mut().zip(of_column) {
                    *share += (term.coefficient * value) as f32;
                }
            }
        }
        Ok(Attribution { base, unit: UNIT, shares })
    }
}
