//! Whether layers are independent of each other given the deposits, as weights of evidence assume.
//!
//! Overall: T, the deposits that the posterior predicts, is their number n if they are; more where
//! layers say the same twice. n/T under 0.85 is a problem by Bonham-Carter 1994, chapter 9; the test of
//! Agterberg & Cheng 2002, <https://doi.org/10.1023/A:1021193827501>, sets T - n against the standard
//! deviation of T. By pairs: chi-square of the deposits in the classes of two layers.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ChiSquared, ContinuousCDF};
use statrs::function::erf::erfc;

use super::posterior::Condition;

/// The overall test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overall {
    /// n, the number of deposits.
    pub deposits: f64,
    /// T = sum over unique conditions of cells x posterior.
    pub predicted: f64,
    /// s(T), with s2(T) = sum over unique conditions of (cells x s(posterior))2: within a condition
    /// the posterior errs as one, so its cells do not cancel out.
    pub s_predicted: f64,
    /// n / T; under 0.85 is a problem, over 1 is none.
    pub ratio: f64,
    /// (T - n) / s(T).
    pub z: f64,
    /// The standard normal distribution at z: over 0.95 the layers are taken to depend on each other
    /// (one-tailed).
    pub confidence_of_dependence: f64,
}

impl Overall {
    /// The test over the unique conditions of an area that has `deposits`; `None` where nothing is
    /// predicted. The posterior's deviation is that from its weights.
    ///
    /// ```
    /// use paydirt_model::weights_of_evidence::independence::Overall;
    /// use paydirt_model::weights_of_evidence::posterior::{Condition, Posterior};
    /// let condition = |cells, probability, s_weights| Condition {
    ///     classes: vec![],
    ///     cells,
    ///     posterior: Posterior { probability, s_weights, s_missing: 0.0 },
    /// };
    /// // T = 800 x 0.05 + 100 x 0.4 = 80; s2(T) = (800 x 0.05)2 + (100 x 0.3)2 = 502.
    /// let test = Overall::of(&[condition(800.0, 0.05, 0.05), condition(100.0, 0.4, 0.3)], 60.0).unwrap();
    /// assert!((test.predicted - 80.0).abs() < 1e-9 && (test.s_predicted - 50.0).abs() < 1e-9);
    /// assert!((test.ratio - 0.75).abs() < 1e-12 && (test.z - 0.4).abs() < 1e-12);
    /// assert!((test.confidence_of_dependence - 0.65542).abs() < 1e-5);
    /// ```
    #[must_use]
    pub fn of(conditions: &[Condition], deposits: f64) -> Option<Self> {
        let sum = |of: fn(&Condition) -> f64| conditions.iter().map(of).sum::<f64>();
        let predicted = sum(|condition| condition.cells * condition.posterior.probability);
        let variance = sum(|condition| (condition.cells * condition.posterior.s_weights).powi(2));
        let s_predicted = variance.sqrt();
        let z = (predicted - deposits) / s_predicted;
        let is_test = predicted > 0.0 && s_predicted > 0.0 && z.is_finite();
        is_test.then(|| Self {
            deposits,
            predicted,
            s_predicted,
            ratio: deposits / predicted,
            z,
            confidence_of_dependence: erfc(-z * std::f64::consts::FRAC_1_SQRT_2) / 2.0,
        })
    }
}

/// The test of two layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Names of the two layers.
    pub layers: [String; 2],
    /// Chi-square of the deposits in their classes.
    pub chi_square: f64,
    /// Degrees of freedom.
    pub freedom: usize,
    /// The probability of such a chi-square, or a greater one, if the layers are independent.
    pub p: f64,
    /// The least number of deposits that a pair of classes is expected to have: under 5 the test is
    /// rough.
    pub least_expected: f64,
}

/// Chi-square of a table of counts, its degrees of freedom, and the least count expected: sum of
/// (observed - expected)2 / expected; of two classes by two with Yates's correction, which takes 1/2
/// off each |observed - expected| (no more than there is). Empty rows and columns do not count; `None`
/// where fewer than two of either are left.
///
/// ```
/// use paydirt_model::weights_of_evidence::independence::chi_square;
/// // 20 deposits, 10 in each class, 8 of them on the diagonal: all expected are 5, all differences 3.
/// let (found, freedom, least) = chi_square(&[vec![8.0, 2.0], vec![2.0, 8.0]]).unwrap();
/// assert!((found - 4.0 * 2.5_f64.powi(2) / 5.0).abs() < 1e-12);
/// assert_eq!((freedom, least), (1, 5.0));
/// ```
#[must_use]
pub fn chi_square(counts: &[Vec<f64>]) -> Option<(f64, usize, f64)> {
    let width = counts.iter().map(Vec::len).max()?;
    let count = |row: &[f64], col: usize| row.get(col).copied().unwrap_or(0.0);
    let of_row: Vec<f64> = counts.iter().map(|row| row.iter().sum()).collect();
    let of_column: Vec<f64> =
        (0..width).map(|col| counts.iter().map(|row| count(row, col)).sum()).collect();
    let filled = |sums: &[f64]| sums.iter().filter(|sum| **sum > 0.0).count();
    let [rows, columns] = [filled(&of_row), filled(&of_column)];
    if rows < 2 || columns < 2 {
        return None;
    }
    let total: f64 = of_row.iter().sum();
    let (mut sum, mut least) = (0.0, f64::INFINITY);
    for (row, of_row) in counts.iter().zip(&of_row) {
        for (col, of_column) in of_column.iter().enumerate() {
            let expected = of_row * of_column / total;
            if expected > 0.0 {
                let apart = (count(row, col) - expected).abs();
                let correction = if rows == 2 && columns == 2 { apart.min(0.5) } else { 0.0 };
                sum += (apart - correction).powi(2) / expected;
                least = expected.min(least);
            }
        }
    }
    Some((sum, (rows - 1) * (columns - 1), least))
}

/// The tests of all pairs of layers over the deposits, the most dependent first, at most `most`. Each
/// deposit is given by its class in each layer and how much it counts; one that misses a layer does not
/// count in its pairs. Pairs of which one has all deposits in one class are left out.
#[must_use]
pub fn pairs(names: &[String], deposits: &[(Vec<Option<usize>>, f64)], most: usize) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (a, first) in names.iter().enumerate() {
        for (b, second) in names.iter().enumerate().skip(a + 1) {
            let mut counts: Vec<Vec<f64>> = Vec::new();
            for (classes, weight) in deposits {
                let class = |layer: usize| classes.get(layer).copied().flatten();
                let (Some(row), Some(col)) = (class(a), class(b)) else { continue };
                counts.resize(counts.len().max(row + 1), Vec::new());
                let filled = counts[row].len().max(col + 1);
                counts[row].resize(filled, 0.0);
                counts[row][col] += weight;
            }
            let Some((chi_square, freedom, least_expected)) = chi_square(&counts) else { continue };
            let tail = ChiSquared::new(freedom as f64).map(|chi| chi.sf(chi_square));
            let p = tail.unwrap_or(f64::NAN);
            let layers = [first.clone(), second.clone()];
            pairs.push(Pair { layers, chi_square, freedom, p, least_expected });
        }
    }
    pairs.sort_by(|a, b| a.p.total_cmp(&b.p));
    pairs.truncate(most);
    pairs
}
