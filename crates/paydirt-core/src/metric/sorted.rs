//! Held-out scores sorted once, to be weighed many times.

use super::HeldOut;

/// One repeat's scores, probabilities and shares of area, each sorted once.
///
/// What cannot be used is left empty, so that its figures are absent: columns of unequal length,
/// numbers that are not finite, negative weights.
#[derive(Clone, Debug)]
pub struct Sorted {
    scores: Vec<Row>,
    folds: Vec<Row>,
    probabilities: Vec<Row>,
    shares: Vec<Row>,
}

#[derive(Clone, Copy, Debug)]
struct Row {
    row: usize,
    value: f64,
    deposit: bool,
    weight: f64,
    group: usize,
    stratum: u64,
}

/// All rows of one stratum and value, weighed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Tie {
    pub(super) stratum: u64,
    pub(super) value: f64,
    pub(super) deposits: f64,
    pub(super) others: f64,
}

impl Sorted {
    /// Sorts one repeat. `groups` holds every group id once, ascending; copies are given in its
    /// order.
    #[must_use]
    pub fn new(held: &HeldOut, groups: &[u64]) -> Self {
        let labels = (held.deposit.as_slice(), held.weight.as_slice(), held.group.as_slice());
        let found = vec![true; held.share_of_area.len()];
        let ones = vec![1.0; held.share_of_area.len()];
        let shares = (found.as_slice(), ones.as_slice(), held.share_group.as_slice());
        let scores = sort(&held.score, labels, groups);
        Self {
            folds: match held.fold.is_empty() {
                true => Vec::new(),
                false => by_stratum(scores.clone(), held.score.len(), &held.fold),
            },
            scores: match held.stratum.is_empty() {
                true => scores,
                false => by_stratum(scores, held.score.len(), &held.stratum),
            },
            probabilities: sort(&held.probability, labels, groups),
            shares: sort(&held.share_of_area, shares, groups),
        }
    }

    /// Whether all scores may be compared with one another.
    pub(super) fn pooled(&self) -> bool {
        self.scores.iter().all(|row| row.stratum == self.scores[0].stratum)
    }

    /// Ties of score, stratum by stratum, in each the highest first.
    pub(super) fn scores<'a>(&'a self, copies: &'a [f64]) -> impl Iterator<Item = Tie> + 'a {
        ties(&self.scores, copies, true)
    }

    /// Ties of score, fold by fold, in each the highest first.
    pub(super) fn folds<'a>(&'a self, copies: &'a [f64]) -> impl Iterator<Item = Tie> + 'a {
        ties(&self.folds, copies, true)
    }

    /// Ties of probability, lowest first.
    pub(super) fn probabilities<'a>(&'a self, copies: &'a [f64]) -> impl Iterator<Item = Tie> + 'a {
        ties(&self.probabilities, copies, false)
    }

    /// Ties of share of area, best (smallest) first.
    pub(super) fn shares<'a>(&'a self, copies: &'a [f64]) -> impl Iterator<Item = Tie> + 'a {
        ties(&self.shares, copies, false)
    }
}

fn sort(
    values: &[f64],
    (deposit, weight, group): (&[bool], &[f64], &[u64]),
    groups: &[u64],
) -> Vec<Row> {
    let even = [deposit.len(), weight.len(), group.len()].iter().all(|len| *len == values.len());
    let finite = values.iter().chain(weight).all(|number| number.is_finite());
    if !even || !finite || weight.iter().any(|weight| *weight < 0.0) {
        return Vec::new();
    }
    let mut rows: Vec<Row> = (0..values.len())
        .filter_map(|row| {
            let group = groups.binary_search(&group[row]).ok()?;
            let (value, deposit, weight) = (values[row], deposit[row], weight[row]);
            Some(Row { row, value, deposit, weight, group, stratum: 0 })
        })
        .collect();
    rows.sort_by(|a, b| a.value.total_cmp(&b.value));
    rows
}

/// The same rows of `all`, sorted by stratum, and in each as before; none unless each of all has one.
fn by_stratum(mut rows: Vec<Row>, all: usize, strata: &[u64]) -> Vec<Row> {
    if strata.len() != all {
        return Vec::new();
    }
    for row in &mut rows {
        row.stratum = strata[row.row];
    }
    rows.sort_by_key(|row| row.stratum);
    rows
}

fn ties<'a>(
    rows: &'a [Row],
    copies: &'a [f64],
    descending: bool,
) -> impl Iterator<Item = Tie> + 'a {
    let mut runs = rows.chunk_by(|a, b| a.value == b.value && a.stratum == b.stratum);
    std::iter::from_fn(move || if descending { runs.next_back() } else { runs.next() }).map(|run| {
        let mut tie = Tie { stratum: run[0].stratum, value: run[0].value, ..Tie::default() };
        for row in run {
            let weight = row.weight * copies[row.group];
            *(if row.deposit { &mut tie.deposits } else { &mut tie.others }) += weight;
        }
        tie
    })
}
