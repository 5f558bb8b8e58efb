//! The uncertainty budget: how much of the variance of a cell's probability each cause brings.
//!
//! By the law of total variance, `Var(p) = Var(E(p | cause)) + E(Var(p | cause))`: a cause brings the
//! variance of the means between its draws. Designed repetitions tell it from what else moves within
//! a draw (analysis of variance, method of moments: Searle, Casella and McCulloch 1992, *Variance
//! Components*, chapter 3, DOI 10.1002/9780470316856). Estimates are unbiased and may fall below 0 by
//! chance, where a cause brings little.

use serde::{Deserialize, Serialize};

/// Variances of a nested design: of the groups' true means, and of repetitions within a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nested {
    /// Between groups: `(mean square between - mean square within) / repetitions`. Unbiased, so it may
    /// be negative. NaN for fewer than two groups.
    pub between: f64,
    /// Within groups. NaN for fewer than two repetitions, `between` then being that of the values as
    /// they are.
    pub within: f64,
}

/// Tells the variance between groups from that within: `values` holds `repetitions` values of each
/// group, one group after the other.
///
/// With `G` groups of `R` values, `within = sum (x - group mean)^2 / (G (R - 1))` and
/// `between = sum (group mean - mean)^2 / (G - 1) - within / R`.
///
/// ```
/// use paydirt_core::budget::nested;
/// // Means of 2 and 6: a variance of 8, of which 2 / 2 is due to the values within.
/// let found = nested(&[1.0, 3.0, 5.0, 7.0], 2);
/// assert_eq!((found.between, found.within), (7.0, 2.0));
/// ```
#[must_use]
pub fn nested(values: &[f64], repetitions: usize) -> Nested {
    let repetitions = repetitions.max(1);
    let groups = values.chunks_exact(repetitions);
    let count = groups.len() as f64;
    let (mut means, mut within) = (Moments::default(), 0.0);
    for group in groups {
        let moments = Moments::of(group);
        within += moments.squares;
        means.add(moments.mean);
    }
    let within = within / (count * (repetitions as f64 - 1.0));
    let noise = if repetitions == 1 { 0.0 } else { within / repetitions as f64 };
    Nested {
        between: means.variance() - noise,
        within: if repetitions == 1 { f64::NAN } else { within },
    }
}

/// Variance of the rows of a crossed design without repetition: each row (a way to work) met each of
/// `columns` (draws that all rows share) once; `values` holds one row after the other.
///
/// With `K` rows and `C` columns it is `(mean square of rows - mean square of the rest) / C`, where the
/// rest is what neither rows nor columns explain: what moves all rows alike brings nothing. Unbiased, so
/// it may be negative. With one column there is no rest, and what moves a single value counts as the
/// row's. NaN for fewer than two rows.
///
/// ```
/// use paydirt_core::budget::crossed;
/// // Row means of 2 and 6; the second column is 2 higher in both rows, so there is no rest.
/// assert_eq!(crossed(&[1.0, 3.0, 5.0, 7.0], 2), 8.0);
/// // The same row means, and a rest of 1, -1, -1, 1: a mean square of 4.
/// assert_eq!(crossed(&[3.0, 1.0, 5.0, 7.0], 2), 8.0 - 4.0 / 2.0);
/// ```
#[must_use]
pub fn crossed(values: &[f64], columns: usize) -> f64 {
    let columns = columns.max(1);
    let rows = || values.chunks_exact(columns);
    let row_means: Vec<f64> = rows().map(|row| Moments::of(row).mean).collect();
    let of_rows = Moments::of(&row_means);
    if columns == 1 {
        return of_rows.variance();
    }
    let count = row_means.len() as f64;
    let mut rest = 0.0;
    for column in 0..columns {
        let mean = rows().map(|row| row[column]).sum::<f64>() / count;
        let part = |(row, row_mean): (&[f64], &f64)| {
            (row[column] - row_mean - mean + of_rows.mean).powi(2)
        };
        rest += rows().zip(&row_means).map(part).sum::<f64>();
    }
    let columns = columns as f64;
    of_rows.variance() - rest / ((count - 1.0) * (columns - 1.0)) / columns
}

/// What is believed of a cell of which nothing is known but that it lies on the map: mean and variance
/// of the probabilities over the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Prior {
    /// Mean over the map.
    pub mean: f64,
    /// Variance over the map.
    pub variance: f64,
}

impl Prior {
    /// That of the probabilities of cells spread evenly over the map; those that are not known are
    /// passed over.
    #[must_use]
    pub fn of(probabilities: &[f32]) -> Self {
        let known = probabilities.iter().filter(|probability| probability.is_finite());
        let moments =
            Moments::of(&known.map(|&probability| f64::from(probability)).collect::<Vec<_>>());
        let variance = moments.squares / moments.count.max(1.0);
        Self { mean: moments.mean, variance }
    }

    /// Variance of a cell's probability for being unlike the training rows.
    ///
    /// The model is believed in the area of applicability: 0 up to the threshold of the dissimilarity
    /// index. Farther out it is believed with the chance `threshold / index` (a half at twice the
    /// threshold), and else the cell may be any cell of the map. With `w = 1 - threshold / index` that
    /// mixture has the variance `w V + w (1 - w) (p - m)^2`, where `m` and `V` are mean and variance of
    /// the probabilities over the map: it widens to `V` as the index grows. The threshold is that of
    /// Meyer and Pebesma (2021), DOI 10.1111/2041-210X.13650; the chance is a convention, not a
    /// measurement.
    ///
    /// ```
    /// use paydirt_core::budget::Prior;
    /// let prior = Prior { mean: 0.1, variance: 0.04 };
    /// assert_eq!(prior.beyond(0.5, 0.9, 1.0), 0.0);
    /// // Twice the threshold: 0.5 * 0.04 + 0.5 * 0.5 * 0.4^2.
    /// assert!((prior.beyond(0.5, 2.0, 1.0) - 0.06).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn beyond(&self, probability: f64, index: f64, threshold: f64) -> f64 {
        // A threshold of 0: whatever is no copy of a training row is unlike it.
        let chance = if index > threshold { 1.0 - threshold / index } else { 0.0 };
        chance * self.variance + chance * (1.0 - chance) * (probability - self.mean).powi(2)
    }
}

/// Mean and variance (divisor one less than the number of values) of some values.
///
/// ```
/// assert_eq!(paydirt_core::budget::variance(&[1.0, 2.0, 3.0]), 1.0);
/// ```
#[must_use]
pub fn variance(values: &[f64]) -> f64 {
    Moments::of(values).variance()
}

/// Running mean and sum of squared distances from it.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(values: &[f64]) -> Self {
        let mut moments = Self::default();
        values.iter().for_each(|&value| moments.add(value));
        moments
    }

    fn add(&mut self, value: f64) {
        self.count += 1.0;
        let step = value - self.mean;
        self.mean += step / self.count;
        self.squares += step * (value - self.mean);
    }

    /// NaN for fewer than two values.
    fn variance(self) -> f64 {
        if self.count < 2.0 { f64::NAN } else { self.squares / (self.count - 1.0) }
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::*;
    use crate::seed::{Rng, Seed};

    /// A number of mean 0 and variance 1.
    fn noise(rng: &mut Rng) -> f64 {
        (rng.random::<f64>() - 0.5) * 12.0_f64.sqrt()
    }

    const CELLS: usize = 40_000;

    fn mean_of(cells: impl Fn(&mut Rng) -> f64) -> f64 {
        (0..CELLS).map(|cell| cells(&mut Seed(cell as u64).rng())).sum::<f64>() / CELLS as f64
    }

    /// A world of which the components are known: a draw's effect of variance 4, a refit's of 1.
    #[test]
    fn nested_repetitions_find_the_variances_that_made_them() {
        let world = |rng: &mut Rng| {
            let mut values = Vec::new();
            for _ in 0..5 {
                let draw = 2.0 * noise(rng);
                values.extend((0..2).map(|_| 10.0 + draw + noise(rng)));
            }
            values
        };
        let between = mean_of(|rng| nested(&world(rng), 2).between);
        let within = mean_of(|rng| nested(&world(rng), 2).within);
        // Five draws taken as they are would give 4 + 1.
        let crude = mean_of(|rng| {
            let values = world(rng);
            nested(&[values[0], values[2], values[4], values[6], values[8]], 1).between
        });
        assert!((between - 4.0).abs() < 0.06, "{between}");
        assert!((within - 1.0).abs() < 0.02, "{within}");
        assert!((crude - 5.0).abs() < 0.08, "{crude}");
    }

    /// Ways to work of variance 9, draws of 4 that all ways share, and a rest of 1.
    #[test]
    fn a_crossed_design_finds_the_variance_of_the_ways_alone() {
        let world = |rng: &mut Rng| {
            let draws = [2.0 * noise(rng), 2.0 * noise(rng)];
            let mut values = Vec::new();
            for _ in 0..3 {
                let way = 3.0 * noise(rng);
                values.extend(draws.map(|draw| way + draw + noise(rng)));
            }
            values
        };
        let found = mean_of(|rng| crossed(&world(rng), 2));
        assert!((found - 9.0).abs() < 0.12, "{found}");
        let one_draw = mean_of(|rng| {
            let values = world(rng);
            crossed(&[values[0], values[2], values[4]], 1)
        });
        assert!((one_draw - 10.0).abs() < 0.15, "{one_draw}");
    }

    #[test]
    fn the_parts_of_independent_causes_add_up_to_the_whole() {
        // One result with every cause drawn anew has the sum of their variances.
        let whole: Vec<f64> = (0..CELLS)
            .map(|cell| {
                let rng = &mut Seed(cell as u64).rng();
                3.0 * noise(rng) + 2.0 * noise(rng) + noise(rng)
            })
            .collect();
        assert!((variance(&whole) - 14.0).abs() < 0.2, "{}", variance(&whole));
    }

    #[test]
    fn too_few_values_give_no_variance_and_equal_ones_give_none() {
        assert!(nested(&[], 2).between.is_nan() && nested(&[1.0, 2.0], 2).between.is_nan());
        assert_eq!(nested(&[1.0, 2.0], 2).within, 0.5);
        assert!(nested(&[1.0, 2.0], 1).within.is_nan());
        assert!(crossed(&[], 3).is_nan() && crossed(&[1.0, 2.0], 2).is_nan());
        assert_eq!(nested(&[0.3; 6], 2), Nested { between: 0.0, within: 0.0 });
        assert_eq!(crossed(&[0.3; 6], 2), 0.0);
        assert!(variance(&[1.0]).is_nan());
    }

    /// The mixture drawn, against its formula.
    #[test]
    fn beyond_the_threshold_the_variance_is_that_of_the_mixture() {
        let map = [0.0_f32, 0.0, 0.1, 0.7, f32::NAN];
        let prior = Prior::of(&map);
        assert!((prior.mean - 0.2).abs() < 1e-6 && (prior.variance - 0.085).abs() < 1e-6);
        let mut rng = Seed(3).rng();
        let drawn: Vec<f64> = (0..200_000)
            .map(|_| match rng.random::<f64>() < 0.25 {
                true => 0.6,
                false => f64::from(map[rng.random_range(0..4)]),
            })
            .collect();
        let found = prior.beyond(0.6, 4.0, 1.0);
        assert!((found - variance(&drawn)).abs() < 1e-3, "{found} {}", variance(&drawn));
        assert_eq!(prior.beyond(0.6, 1.0, 1.0), 0.0);
        assert!((prior.beyond(0.6, 1e9, 1.0) - prior.variance).abs() < 1e-6);
        assert_eq!(prior.beyond(0.6, 0.1, 0.0), prior.variance);
        assert_eq!(Prior::of(&[f32::NAN]), Prior::default());
    }
}
