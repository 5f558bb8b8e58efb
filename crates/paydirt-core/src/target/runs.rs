//! Runs of cells side by side in a row, and which of them belong together.

use std::ops::Range;

use crate::mask::Mask;

/// Neighbouring cells of one row, first and last column included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(super) row: usize,
    pub(super) first: usize,
    pub(super) last: usize,
}

impl Run {
    /// How many columns lie from this run to another: 0 where one is above the other, 1 where they
    /// meet at a corner.
    pub(super) fn columns_to(self, other: Self) -> usize {
        other.first.saturating_sub(self.last).max(self.first.saturating_sub(other.last))
    }

    /// The numbers of its cells.
    pub(super) fn units(self, cols: usize) -> Range<usize> {
        self.row * cols + self.first..self.row * cols + self.last + 1
    }
}

/// The runs of a set of cells, row by row from the north and column by column from the west.
pub(crate) fn runs(cells: &Mask, cols: usize) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for unit in cells.iter() {
        let (row, col) = (unit / cols, unit % cols);
        match runs.last_mut() {
            Some(run) if run.row == row && run.last + 1 == col => run.last = col,
            _ => runs.push(Run { row, first: col, last: col }),
        }
    }
    runs
}

/// The runs that hang together, in groups: two are linked if they lie `n` rows apart and at most
/// `reach[n]` columns. Each group's runs keep their order, and so do the groups by their first run.
pub(super) fn groups(runs: &[Run], reach: &[usize]) -> Vec<Vec<Run>> {
    let mut parents: Vec<usize> = (0..runs.len()).collect();
    for (apart, &columns) in reach.iter().enumerate() {
        link(runs, apart, columns, &mut parents);
    }
    let mut groups: Vec<Vec<Run>> = Vec::new();
    let mut numbers = vec![usize::MAX; runs.len()];
    for (index, run) in runs.iter().enumerate() {
        let root = root(&mut parents, index);
        if numbers[root] == usize::MAX {
            numbers[root] = groups.len();
            groups.push(Vec::new());
        }
        groups[numbers[root]].push(*run);
    }
    groups
}

/// Links each run with those `apart` rows south of it and at most `columns` to its side.
fn link(runs: &[Run], apart: usize, columns: usize, parents: &mut [usize]) {
    let mut from = 0;
    for (index, run) in runs.iter().enumerate() {
        let row = run.row + apart;
        let passed =
            |other: &Run| other.row < row || other.row == row && other.last + columns < run.first;
        while runs.get(from).is_some_and(passed) {
            from += 1;
        }
        let near = |other: &Run| other.row == row && other.first <= run.last + columns;
        for other in (from..).zip(&runs[from..]).take_while(|(_, run)| near(run)).map(|it| it.0) {
            let (one, two) = (root(parents, index), root(parents, other));
            parents[one.max(two)] = one.min(two);
        }
    }
}

/// The first run of a group, with the path to it shortened.
fn root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}
