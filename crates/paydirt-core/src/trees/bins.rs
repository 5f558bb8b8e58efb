//! Cutting columns into at most 255 bins: what trees are grown on and walked with.

use std::ops::Range;

use rayon::prelude::*;

use crate::table::{Column, Table};

/// Most bins of a column: bin numbers 0 to 254. No bin is above 254, which ends a walk in a leaf.
pub const MOST_BINS: usize = 255;

/// Where each column is cut: `edges[column]` rises, and bin `b` holds the values `v` with
/// `edges[b - 1] < v <= edges[b]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Bins {
    edges: Vec<Vec<f32>>,
}

/// A training column in bins, with what is needed to choose a threshold between two of them.
#[derive(Clone, Debug)]
pub struct TrainingColumn {
    /// The bin of each training row.
    pub(super) bin: Vec<u8>,
    /// The middle of each bin's training values.
    centre: Vec<f64>,
}

impl TrainingColumn {
    /// A column of one bin, on which no tree splits.
    #[must_use]
    pub fn silent(rows: usize) -> Self {
        Self { bin: vec![0; rows], centre: vec![0.0] }
    }

    /// The same values in other rows: row `i` gets that of row `order[i]`.
    #[must_use]
    pub fn reordered(&self, order: &[usize]) -> Self {
        let bin = order.iter().map(|&row| self.bin[row]).collect();
        Self { bin, centre: self.centre.clone() }
    }

    /// The last bin on the left of a split that parts two occupied bins of a node. As in
    /// scikit-learn the threshold is the midpoint between the values *of that node*.
    pub(super) fn last_left(&self, left: u8, right: u8) -> u8 {
        let range = usize::from(left)..usize::from(right);
        let middle = self.centre[range.start] / 2.0 + self.centre[range.end] / 2.0;
        let below = self.centre[range].partition_point(|&centre| centre <= middle);
        left + (below.max(1) - 1) as u8
    }

    /// The last bin on the left of a cut at `at`, 0 to 1, of the way between the values of two bins.
    pub(super) fn last_left_at(&self, low: u8, high: u8, at: f64) -> u8 {
        let range = usize::from(low)..usize::from(high);
        let from = self.centre[range.start];
        let value = from + at * (self.centre[range.end] - from);
        let below = self.centre[range].partition_point(|&centre| centre <= value);
        low + (below.max(1) - 1) as u8
    }

    /// How many bins there are.
    pub(super) const fn bins(&self) -> usize {
        self.centre.len()
    }
}

/// The distinct values of a column, rising, with their weights. Rows of no weight do not count.
fn distinct(column: &Column, weight: &[f64]) -> Vec<(f32, f64)> {
    let weighted = column.values.iter().zip(weight).filter(|(_, weight)| **weight > 0.0);
    // Adding zero turns -0 into 0: they are one value.
    let mut values: Vec<(f32, f64)> = weighted.map(|(v, w)| (v + 0.0, *w)).collect();
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    values.dedup_by(|next, kept| {
        let same = next.0.total_cmp(&kept.0).is_eq();
        if same {
            kept.1 += next.1;
        }
        same
    });
    values
}

/// Gives each value as much of the weight as it has of the samples and of the column's range together.
fn spread(values: &mut [(f32, f64)]) {
    let numbers: Vec<f64> = values.iter().map(|(value, _)| f64::from(*value)).collect();
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let range = numbers.last().zip(numbers.first()).map_or(0.0, |(last, first)| last - first);
    if !range.is_finite() {
        return;
    }
    let last = numbers.len().saturating_sub(1);
    for (index, (_, weight)) in values.iter_mut().enumerate() {
        let around = numbers[last.min(index + 1)] - numbers[index.saturating_sub(1)];
        *weight = *weight / total + around / 2.0 / range.max(f64::MIN_POSITIVE);
    }
}

/// Edges between bins and the centre of each bin.
fn cut(values: &[(f32, f64)], most: usize) -> (Vec<f32>, Vec<f64>) {
    let groups = group(values, most);
    let edges = groups.windows(2).map(|pair| {
        let (low, high) = (values[pair[0].end - 1].0, values[pair[1].start].0);
        midpoint(low, high)
    });
    let centres = groups.iter().map(|group| {
        let (low, high) = (values[group.start].0, values[group.end - 1].0);
        f64::from(low) / 2.0 + f64::from(high) / 2.0
    });
    (edges.collect(), centres.collect())
}

/// Runs of neighbouring values of about equal weight, at most `most` of them: each takes values
/// until it has its part of what is left.
fn group(values: &[(f32, f64)], most: usize) -> Vec<Range<usize>> {
    if values.len() <= most {
        return (0..values.len()).map(|index| index..index + 1).collect();
    }
    let mut left: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut groups = Vec::with_capacity(most);
    let mut start = 0;
    while start < values.len() {
        let part = left / (most - groups.len()) as f64;
        let mut held = values[start].1;
        let mut end = start + 1;
        let last = groups.len() + 1 == most;
        while end < values.len() && (last || held + values[end].1 / 2.0 <= part) {
            held += values[end].1;
            end += 1;
        }
        left -= held;
        groups.push(start..end);
        start = end;
    }
    groups
}

/// The largest 32-bit number that is not above the midpoint, and below `high`.
fn midpoint(low: f32, high: f32) -> f32 {
    let middle = f64::from(low) / 2.0 + f64::from(high) / 2.0;
    let mut edge = middle as f32;
    if f64::from(edge) > middle {
        edge = edge.next_down();
    }
    if edge.is_finite() && edge < high { edge } else { low }
}

/// The bin of a value: how many edges are below it.
fn bin_of(edges: &[f32], value: f32) -> u8 {
    edges.partition_point(|&edge| edge < value) as u8
}

impl Bins {
    /// Cuts each column of the training side into at most `most` bins (2 to [`MOST_BINS`]) of about
    /// equal weight, exactly between its values where there are at most `most` of them. `weight`
    /// holds one number a row; rows of none do not count.
    #[must_use]
    pub fn fit(features: &Table, weight: &[f64], most: usize) -> (Self, Vec<TrainingColumn>) {
        Self::fit_with(features, most, |column| distinct(column, weight))
    }

    /// As [`Self::fit`], but a bin holds as much of the weight and of the column's range together:
    /// values that lie far from all others keep bins of their own.
    #[must_use]
    pub fn fit_spread(
        features: &Table,
        weight: &[f64],
        most: usize,
    ) -> (Self, Vec<TrainingColumn>) {
        Self::fit_with(features, most, |column| {
            let mut values = distinct(column, weight);
            spread(&mut values);
            values
        })
    }

    fn fit_with(
        features: &Table,
        most: usize,
        values: impl Fn(&Column) -> Vec<(f32, f64)> + Sync,
    ) -> (Self, Vec<TrainingColumn>) {
        let fitted: Vec<(Vec<f32>, TrainingColumn)> = features
            .columns()
            .par_iter()
            .map(|column| {
                let (edges, centre) = cut(&values(column), most.clamp(2, MOST_BINS));
                let bin = column.values.iter().map(|&value| bin_of(&edges, value)).collect();
                (edges, TrainingColumn { bin, centre })
            })
            .collect();
        let (edges, training) = fitted.into_iter().unzip();
        (Self { edges }, training)
    }

    /// Checks edges that were read from a file.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_edges(edges: Vec<Vec<f32>>) -> Result<Self, String> {
        match edges.iter().any(|edges| edges.len() >= MOST_BINS || !edges.is_sorted()) {
            true => {
                Err(format!("a column's edges do not rise, or are more than {}", MOST_BINS - 1))
            }
            false => Ok(Self { edges }),
        }
    }

    /// Where each column is cut.
    #[must_use]
    pub fn into_edges(self) -> Vec<Vec<f32>> {
        self.edges
    }

    /// The bins of some rows, row after row: `[row][column]`, for columns in the order of the fit.
    #[must_use]
    pub fn of_rows(&self, features: &Table, rows: Range<usize>) -> Vec<u8> {
        let width = self.edges.len();
        let mut bins = vec![0; rows.len() * width];
        for (index, (column, edges)) in features.columns().iter().zip(&self.edges).enumerate() {
            let values = &column.values[rows.clone()];
            for (row, &value) in bins.chunks_exact_mut(width).zip(values) {
                row[index] = bin_of(edges, value);
            }
        }
        bins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[f32]) -> Vec<(f32, f64)> {
        values.iter().map(|&value| (value, 1.0)).collect()
    }

    #[test]
    fn few_values_are_cut_between_them() {
        let (edges, centres) = cut(&values(&[1.0, 2.0, 4.0]), 255);
        assert_eq!(edges, [1.5, 3.0]);
        assert_eq!(centres, [1.0, 2.0, 4.0]);
        let bins: Vec<u8> = [0.0, 1.5, 1.6, 3.0, 9.0].map(|value| bin_of(&edges, value)).into();
        assert_eq!(bins, [0, 0, 1, 1, 2]);
    }

    #[test]
    fn a_node_without_the_values_between_splits_at_their_midpoint() {
        let centre = vec![1.0, 2.0, 3.0, 5.0];
        let column = TrainingColumn { bin: Vec::new(), centre };
        assert_eq!(column.last_left(0, 3), 2); // midpoint of 1 and 5 is 3: 3 goes left
        assert_eq!(column.last_left(0, 1), 0);
        assert_eq!(column.last_left(0, 2), 1);
    }

    #[test]
    fn neighbouring_and_infinite_values_are_parted() {
        for (low, high) in [
            (1.0_f32, 1.0_f32.next_up()),
            (f32::NEG_INFINITY, f32::INFINITY),
            (0.0, f32::INFINITY),
            (f32::NEG_INFINITY, 0.0),
            (-f32::MAX, f32::MAX),
        ] {
            let edge = midpoint(low, high);
            assert!(low <= edge && edge < high, "{low} {edge} {high}");
        }
    }

    #[test]
    fn many_values_make_bins_of_about_equal_weight() {
        let rising: Vec<f32> = (0..10_000).map(|value| value as f32).collect();
        let groups = group(&values(&rising), 255);
        assert_eq!(groups.len(), 255);
        assert!(groups.iter().all(|group| (38..=41).contains(&group.len())));
        let mut heavy = values(&rising);
        heavy[7].1 = 1e6;
        let groups = group(&heavy, 255);
        assert!(groups.len() <= 255 && groups.contains(&(7..8)));
        assert_eq!(groups.last().map(|group| group.end), Some(10_000));
    }

    #[test]
    fn far_values_keep_bins_of_their_own_where_bins_are_spread() {
        let mut rising: Vec<f32> = (0..10_000).map(|value| value as f32).collect();
        rising.extend([20_000.0, 30_000.0]);
        let mut spread_out = values(&rising);
        spread(&mut spread_out);
        let groups = group(&spread_out, 255);
        assert!(groups.contains(&(10_000..10_001)) && groups.contains(&(10_001..10_002)));
        let mut infinite = values(&[f32::NEG_INFINITY, 0.0, f32::INFINITY]);
        spread(&mut infinite);
        assert!(infinite.iter().all(|(_, weight)| *weight == 1.0));
    }

    #[test]
    fn a_cut_at_random_parts_what_it_is_between() {
        let column = TrainingColumn { bin: Vec::new(), centre: vec![0.0, 1.0, 9.0, 10.0] };
        assert_eq!(
            [0.0, 0.05, 0.1, 0.5, 0.95].map(|at| column.last_left_at(0, 3, at)),
            [0, 0, 1, 1, 2]
        );
        let infinite = [f64::NEG_INFINITY, 0.0, f64::INFINITY];
        let column = TrainingColumn { bin: Vec::new(), centre: infinite.to_vec() };
        assert!(column.last_left_at(0, 2, 0.5) < 2 && column.last_left_at(1, 2, 0.5) == 1);
    }
}
