//! Posterior probability from several layers, with its standard deviation.
//!
//! logit P = logit prior + sum of the weights of the classes at hand; a layer that is missing there
//! adds nothing. Two causes of uncertainty (Agterberg, Bonham-Carter & Wright 1990; Bonham-Carter 1994,
//! chapter 9), both in units of probability:
//!
//! - from the weights, s2 = [1/n + sum of s2(W)] x P2 x (1 - P)2, with n deposits (the first term is the
//!   variance of the prior's logit);
//! - from missing evidence, s2 = sum over the missing layers of sum over their classes of
//!   [P(class) - P]2 x share of the class: how far P would move if the layer were known, a class being
//!   as likely as its share of the ground where the layer is known.

use std::collections::BTreeMap;

use paydirt_core::table::Table;
use serde::{Deserialize, Serialize};

use super::tables::{Pattern, WeightsTable};
use crate::columns::probability;
use crate::{Error, FittedModel, Result};

/// The probability of a deposit in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Posterior {
    /// The probability.
    pub probability: f64,
    /// Its standard deviation from the weights and the prior.
    pub s_weights: f64,
    /// Its standard deviation from missing evidence; 0 where nothing is missing.
    pub s_missing: f64,
}

impl Posterior {
    /// Standard deviation from both causes.
    #[must_use]
    pub fn s_total(&self) -> f64 {
        self.s_weights.hypot(self.s_missing)
    }

    /// Probability over its standard deviation (the studentized posterior): how sure it is that it is
    /// not zero.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        self.probability / self.s_total()
    }
}

fn mean(fits: &[Vec<Posterior>]) -> Vec<Posterior> {
    let count = fits.len() as f64;
    let cells = fits.iter().map(Vec::len).min().unwrap_or(0);
    let over = |cell: usize, of: fn(&Posterior) -> f64| {
        fits.iter().map(|fit| of(&fit[cell])).sum::<f64>() / count
    };
    (0..cells)
        .map(|cell| Posterior {
            probability: over(cell, |posterior| posterior.probability),
            s_weights: over(cell, |posterior| posterior.s_weights.powi(2)).sqrt(),
            s_missing: over(cell, |posterior| posterior.s_missing.powi(2)).sqrt(),
        })
        .collect()
}

/// What several models say of the same rows, together: the mean probability, and the root of the mean
/// variance of each cause; how far the models differ is no part of it; `None` unless all of them are weights of evidence.
///
/// # Errors
/// As [`crate::Predictor::posterior`].
pub fn mean_of(
    models: &[FittedModel],
    features: &Table,
    prior: f64,
) -> Result<Option<Vec<Posterior>>> {
    let mut fits = Vec::new();
    for model in models {
        match model.posterior(features, prior)? {
            Some(fit) => fits.push(fit),
            None => return Ok(None),
        }
    }
    Ok((!fits.is_empty()).then(|| mean(&fits)))
}

/// Generalized classes of one layer, with where to find them.
#[derive(Clone, Debug)]
struct Layer<'a> {
    table: &'a WeightsTable,
    patterns: Vec<Pattern>,
    pattern_of_row: Vec<Option<usize>>,
    cells: f64,
}

impl<'a> Layer<'a> {
    fn new(table: &'a WeightsTable) -> Self {
        let patterns = table.patterns();
        let mut pattern_of_row = vec![None; table.rows().len()];
        for (index, pattern) in patterns.iter().enumerate() {
            pattern.rows.iter().for_each(|row| pattern_of_row[*row] = Some(index));
        }
        let cells = patterns.iter().map(|pattern| pattern.cells).sum();
        Self { table, patterns, pattern_of_row, cells }
    }

    /// The number of the generalized class of a value; `None` where it is missing.
    fn place(&self, value: Option<f32>) -> Option<usize> {
        self.pattern_of_row[self.table.row_of(value?)?]
    }
}

/// Cells that have the same generalized class in every layer: a unique condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// The number of its class in each layer ([`WeightsTable::patterns`]); `None` where it is missing.
    pub classes: Vec<Option<usize>>,
    /// Its cells.
    pub cells: f64,
    /// Its probability.
    pub posterior: Posterior,
}

/// Several layers with a prior.
///
/// ```
/// use paydirt_model::weights_of_evidence::count::ClassCount;
/// use paydirt_model::weights_of_evidence::overlap::EmptyCount;
/// use paydirt_model::weights_of_evidence::posterior::Combination;
/// use paydirt_model::weights_of_evidence::tables::{Kind, WeightsTable};
/// // 8 of 10 deposits lie in 208 of 1010 cells, so the odds there are 8 to 200.
/// let class = |class, cells, deposits| ClassCount { class, cells, deposits };
/// let counts = [class(1.0, 208.0, 8.0), class(2.0, 802.0, 2.0)];
/// let mut table = WeightsTable::new(&counts, Kind::Ascending, EmptyCount::HalfDeposit);
/// table.generalize_at(0);
/// let combination = Combination::new(10.0 / 1010.0, 10.0, &[&table])?;
/// let found = combination.posterior(&[Some(1.0)]);
/// assert!((found.probability - 8.0 / 208.0).abs() < 1e-12);
/// // s2 = [1/10 + (1/8 + 1/200)] x P2 x (1 - P)2
/// let p = 8.0 / 208.0;
/// assert!((found.s_weights - 0.23_f64.sqrt() * p * (1.0 - p)).abs() < 1e-12);
/// // Nothing known: the prior, which the two classes would move to 8/208 and to 2/802.
/// let found = combination.posterior(&[None]);
/// let [prior, rare] = [10.0 / 1010.0, 2.0 / 802.0_f64];
/// let variance = (p - prior).powi(2) * 208.0 / 1010.0 + (rare - prior).powi(2) * 802.0 / 1010.0;
/// assert!((found.s_missing - variance.sqrt()).abs() < 1e-12);
/// # Ok::<(), paydirt_model::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Combination<'a> {
    prior_log_odds: f64,
    deposits: f64,
    layers: Vec<Layer<'a>>,
}

impl<'a> Combination<'a> {
    /// `prior` is the probability of a deposit in a cell before any evidence, `deposits` the number
    /// of deposits behind it. A table that was not generalized has no weight.
    ///
    /// # Errors
    /// A prior that is not between 0 and 1, and a number of deposits that is not over zero.
    pub fn new(prior: f64, deposits: f64, tables: &[&'a WeightsTable]) -> Result<Self> {
        let bad = |key: &str, found: f64, expected: &str| {
            let (key, found, expected) = (key.into(), found.to_string(), expected.into());
            Err(Error::Core(paydirt_core::Error::BadSetting { key, found, expected }))
        };
        if !(prior > 0.0 && prior < 1.0) {
            return bad("prior", prior, "over 0 and under 1");
        }
        if !(deposits.is_finite() && deposits > 0.0) {
            return bad("deposits", deposits, "over zero");
        }
        let layers = tables.iter().map(|table| Layer::new(table)).collect();
        Ok(Self { prior_log_odds: (prior / (1.0 - prior)).ln(), deposits, layers })
    }

    /// The generalized class of each layer's value; `None` where the value is missing or none of its
    /// layer's.
    #[must_use]
    pub fn classes(&self, values: &[Option<f32>]) -> Vec<Option<usize>> {
        self.layers.iter().zip(values).map(|(layer, value)| layer.place(*value)).collect()
    }

    /// The posterior of a cell with these values, one a layer. Values over the number of layers are
    /// not looked at, and layers over that of values count as missing.
    #[must_use]
    pub fn posterior(&self, values: &[Option<f32>]) -> Posterior {
        self.of_classes(&self.classes(values))
    }

    fn of_classes(&self, classes: &[Option<usize>]) -> Posterior {
        let (mut log_odds, mut variance) = (self.prior_log_odds, 1.0 / self.deposits);
        let mut missing = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            match classes.get(index).copied().flatten() {
                Some(class) => {
                    let generalized = layer.patterns[class].generalized;
                    log_odds += generalized.weight;
                    variance += generalized.s_weight.powi(2);
                }
                None => missing.push(layer),
            }
        }
        let found = probability(log_odds);
        let moved = |layer: &&Layer<'_>| -> f64 {
            let square = |pattern: &Pattern| {
                let known = probability(log_odds + pattern.generalized.weight);
                (known - found).powi(2) * pattern.cells / layer.cells
            };
            layer.patterns.iter().map(square).sum()
        };
        Posterior {
            probability: found,
            s_weights: variance.sqrt() * found * (1.0 - found),
            s_missing: missing.iter().map(moved).sum::<f64>().sqrt(),
        }
    }

    /// The unique conditions among cells, each given by its values and how much it counts (its area in
    /// unit cells, say), in the order of their classes.
    #[must_use]
    pub fn conditions<V: AsRef<[Option<f32>]>>(
        &self,
        cells: impl Iterator<Item = (V, f64)>,
    ) -> Vec<Condition> {
        let mut sums: BTreeMap<Vec<Option<usize>>, f64> = BTreeMap::new();
        for (values, cells) in cells {
            *sums.entry(self.classes(values.as_ref())).or_default() += cells;
        }
        let condition = |(classes, cells): (Vec<Option<usize>>, f64)| Condition {
            posterior: self.of_classes(&classes),
            classes,
            cells,
        };
        sums.into_iter().map(condition).collect()
    }
}
