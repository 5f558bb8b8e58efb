//! The features of maximum entropy and what each costs.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::{Column, Table};
use serde::{Deserialize, Serialize};

use super::{BACKGROUND_WEIGHT, Class};
use crate::{Error, Result, TrainingSet};

/// Most numbers that the features of the training side may have together: 1 GB.
const MOST_NUMBERS: usize = 1 << 28;

/// Penalties of linear features by the number of deposits, where there are no others (maxnet's tables).
const LINEAR: &[(f64, f64)] = &[(0.0, 1.0), (10.0, 1.0), (30.0, 0.2), (100.0, 0.05)];
const QUADRATIC: &[(f64, f64)] =
    &[(0.0, 1.3), (10.0, 0.8), (17.0, 0.5), (30.0, 0.25), (100.0, 0.05)];
const PRODUCT: &[(f64, f64)] = &[(0.0, 2.6), (10.0, 1.6), (17.0, 0.9), (30.0, 0.55), (100.0, 0.05)];
const HINGE: &[(f64, f64)] = &[(0.0, 0.5)];
const CATEGORY: &[(f64, f64)] = &[(0.0, 0.65), (10.0, 0.5), (17.0, 0.25)];

/// How a column is brought to [0, 1].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Range {
    column: String,
    min: f64,
    max: f64,
    /// Mean over the background, of numbers brought to [0, 1].
    mean: f64,
    /// The categories of a categorical column, which stays as it is.
    categories: Option<Vec<f32>>,
}

impl Range {
    /// The range of a column's known values, and their mean by the weight of the background.
    pub(super) fn of(column: &Column, samples: &TrainingSet) -> Self {
        let known = column.known_values().map(f64::from);
        let (min, max) = known
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let categories = (column.evidence_type == EvidenceType::Categorical).then(|| {
            let mut categories: Vec<f32> = column.known_values().collect();
            categories.sort_by(f32::total_cmp);
            categories.dedup();
            categories
        });
        let mut range = Self { column: column.name.clone(), min, max, mean: 0.0, categories };
        let (mut sum, mut total) = (0.0, 0.0);
        for row in
            (0..samples.deposit.len()).filter(|row| !samples.deposit[*row] && column.known[*row])
        {
            sum += f64::from(samples.weight[row]) * range.place(column.values[row]);
            total += f64::from(samples.weight[row]);
        }
        range.mean = if total > 0.0 { sum / total } else { 0.0 };
        range
    }

    pub(super) fn name(&self) -> &str {
        &self.column
    }

    fn place(&self, value: f32) -> f64 {
        if self.categories.is_some() {
            return f64::from(value);
        }
        let width = self.max - self.min;
        if width > 0.0 { ((f64::from(value) - self.min) / width).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// The columns brought to [0, 1]; what is missing stands at the mean, and has no category.
pub(super) fn scaled(columns: &[Range], table: &Table) -> Vec<Vec<f64>> {
    let scale = |(range, column): (&Range, &Column)| {
        let missing = if range.categories.is_some() { f64::NAN } else { range.mean };
        let values = column.values.iter().zip(&column.known);
        values.map(|(value, known)| if *known { range.place(*value) } else { missing }).collect()
    };
    columns.iter().zip(table.columns()).map(scale).collect()
}

/// A function of one or two columns, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Feature {
    /// The column.
    Linear(usize),
    /// Its square.
    Quadratic(usize),
    /// 0 up to the first number, rising to 1 at the second.
    Hinge(usize, f64, f64),
    /// The product of two columns.
    Product(usize, usize),
    /// 1 in a category.
    Category(usize, f32),
}

impl Feature {
    /// The columns that it is made of.
    pub(super) fn columns(&self) -> Vec<usize> {
        match *self {
            Self::Linear(a) | Self::Quadratic(a) | Self::Hinge(a, ..) | Self::Category(a, _) => {
                vec![a]
            }
            Self::Product(a, b) => vec![a, b],
        }
    }

    /// The feature of each row.
    pub(super) fn values(&self, scaled: &[Vec<f64>]) -> Vec<f64> {
        let each = |column: usize, of: &dyn Fn(f64) -> f64| {
            scaled[column].iter().map(|v| of(*v)).collect()
        };
        match *self {
            Self::Linear(column) => scaled[column].clone(),
            Self::Quadratic(column) => each(column, &|value| value * value),
            Self::Hinge(column, low, high) => {
                each(column, &|value| ((value - low) / (high - low)).clamp(0.0, 1.0))
            }
            Self::Product(a, b) => scaled[a].iter().zip(&scaled[b]).map(|(a, b)| a * b).collect(),
            Self::Category(column, code) => {
                each(column, &|value| f64::from(u8::from(value == f64::from(code))))
            }
        }
    }

    /// What each of its columns adds to it, over its mean: of a product of a and b, a adds
    /// (a b + a mean(b) - b mean(a) - mean(a b)) / 2.
    pub(super) fn shares(
        &self,
        scaled: &[Vec<f64>],
        columns: &[Range],
        mean: f64,
    ) -> Vec<(usize, Vec<f64>)> {
        let Self::Product(a, b) = *self else {
            let over_mean = self.values(scaled).into_iter().map(|value| value - mean).collect();
            return self
                .columns()
                .into_iter()
                .map(|column| (column, Vec::clone(&over_mean)))
                .collect();
        };
        let half = |own: usize, other: usize| {
            let (own_mean, other_mean) = (columns[own].mean, columns[other].mean);
            let both = scaled[own].iter().zip(&scaled[other]);
            both.map(|(own, other)| {
                0.5 * (own * other + own * other_mean - other * own_mean - mean)
            })
            .collect()
        };
        vec![(a, half(a, b)), (b, half(b, a))]
    }
}

/// All features of some classes, in maxnet's way: hinges rise from each of the knots but the last to
/// the end, and from the start to each but the first.
pub(super) fn all(columns: &[Range], classes: &[Class], knots: usize) -> Vec<Feature> {
    let mut features = Vec::new();
    let numeric: Vec<usize> =
        (0..columns.len()).filter(|index| columns[*index].categories.is_none()).collect();
    let knot = |index: usize| index as f64 / (knots - 1) as f64;
    for (place, &column) in numeric.iter().enumerate() {
        if classes.contains(&Class::Linear) {
            features.push(Feature::Linear(column));
        }
        if classes.contains(&Class::Quadratic) {
            features.push(Feature::Quadratic(column));
        }
        if classes.contains(&Class::Hinge) {
            features.extend((0..knots - 1).map(|at| Feature::Hinge(column, knot(at), 1.0)));
            features.extend((1..knots).map(|at| Feature::Hinge(column, 0.0, knot(at))));
        }
        if classes.contains(&Class::Product) {
            features.extend(numeric[..place].iter().map(|other| Feature::Product(*other, column)));
        }
    }
    for (column, range) in columns.iter().enumerate() {
        let categories = range.categories.iter().flatten();
        features.extend(categories.map(|code| Feature::Category(column, *code)));
    }
    features
}

/// The features of each row: `[feature][row]`.
pub(super) fn values(
    columns: &[Range],
    features: &[Feature],
    table: &Table,
) -> Result<Vec<Vec<f32>>> {
    if features.len().saturating_mul(table.rows()) > MOST_NUMBERS {
        let (count, rows) = (features.len(), table.rows());
        let reason = format!(
            "{count} features of {rows} samples do not fit into memory; use fewer classes of \
             features, knots or columns"
        );
        return Err(Error::Untrainable { model: "maxent", reason });
    }
    let scaled = scaled(columns, table);
    let values =
        |feature: &Feature| feature.values(&scaled).into_iter().map(|v| v as f32).collect();
    Ok(features.iter().map(values).collect())
}

/// maxnet's penalty of each feature: its deviation over the deposits, over the square root of their
/// number, times a number of its class; a thousandth of its range at least.
pub(super) fn penalties(
    features: &[Feature],
    values: &[Vec<f32>],
    samples: &TrainingSet,
) -> Vec<f64> {
    let deposits: Vec<usize> =
        (0..samples.deposit.len()).filter(|row| samples.deposit[*row]).collect();
    let count: f64 = deposits.iter().map(|row| f64::from(samples.weight[*row])).sum();
    let has = |of: fn(&Feature) -> bool| features.iter().any(of);
    let polynomial = if has(|feature| matches!(feature, Feature::Product(..))) {
        PRODUCT
    } else if has(|feature| matches!(feature, Feature::Quadratic(_))) {
        QUADRATIC
    } else {
        LINEAR
    };
    let penalty = |(feature, values): (&Feature, &Vec<f32>)| {
        let table = match feature {
            Feature::Hinge(..) => HINGE,
            Feature::Category(..) => CATEGORY,
            _ => polynomial,
        };
        let own =
            deposits.iter().map(|row| (f64::from(values[*row]), f64::from(samples.weight[*row])));
        let mut deviation = deviation(own, count);
        if matches!(feature, Feature::Hinge(..)) {
            deviation = deviation.max(1.0 / count.sqrt());
        }
        let (low, high) = values
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
        let least = 0.001 * f64::from(high - low);
        least.max(deviation * interpolated(table, count) / count.sqrt())
    };
    features.iter().zip(values).map(penalty).collect()
}

/// Standard deviation of a population of which a sample is given by weight.
fn deviation(values: impl Iterator<Item = (f64, f64)> + Clone, total: f64) -> f64 {
    let mean = values.clone().map(|(value, weight)| weight * value).sum::<f64>() / total;
    let squares: f64 = values.map(|(value, weight)| weight * (value - mean).powi(2)).sum();
    if total > 1.0 { (squares / (total - 1.0)).sqrt() } else { 0.0 }
}

/// The value of a table at a place, between neighbours along a line, beyond its ends as there.
fn interpolated(table: &[(f64, f64)], at: f64) -> f64 {
    let after = table.partition_point(|(place, _)| *place <= at);
    match (table[..after].last(), table.get(after)) {
        (Some((low, from)), Some((high, to))) => from + (to - from) * (at - low) / (high - low),
        (Some((_, value)), None) | (None, Some((_, value))) => *value,
        (None, None) => 0.0,
    }
}

/// Weight of each background sample as a part of the ground.
pub(super) fn background(samples: &TrainingSet) -> (Vec<usize>, Vec<f64>) {
    let rows: Vec<usize> =
        (0..samples.deposit.len()).filter(|row| !samples.deposit[*row]).collect();
    let weights = rows.iter().map(|row| f64::from(samples.weight[*row] / BACKGROUND_WEIGHT));
    let weights = weights.collect();
    (rows, weights)
}
