//! Tables of shares: what a group of leaves gives to each column, for every pattern of conditions
//! that a row can meet.
//!
//! The shares of a leaf depend only on *which* conditions of its path a row meets. The bins of a
//! column fall into a few states that no leaf of a group can tell apart, and a row's states pick
//! one row of the group's table: one look-up then does the work of all the group's leaves.

use super::shapley::{Absent, Condition, PathLeaf};

/// The leaves below one node, with the columns that their paths ask.
pub(super) struct Group {
    pub(super) leaves: Vec<PathLeaf>,
    pub(super) features: Vec<u16>,
    /// Most rows that its table can have.
    pub(super) states: usize,
}

/// The table of a group.
pub(super) struct ShareTable {
    features: Vec<usize>,
    /// For each column, what a bin adds to the number of the table's row.
    offsets: Vec<[u32; 256]>,
    /// `[row][column]`, the columns of `features`.
    shares: Vec<f32>,
}

/// The shares of one leaf for each pattern of met conditions: `[pattern][condition]`.
fn patterns(leaf: &PathLeaf, absent: &Absent) -> Vec<f64> {
    let absent = absent.of_leaf(leaf);
    let mut table = Vec::with_capacity(leaf.path.len() << leaf.path.len());
    let mut shares = Vec::new();
    for pattern in 0..1_usize << leaf.path.len() {
        leaf.shares(|index| pattern >> index & 1 == 1, &absent, &mut shares);
        table.extend_from_slice(&shares);
    }
    table
}

/// The states of one column: for each bin its state, for each state the leaves whose condition it
/// meets (`[state][leaf]`; a leaf that asks nothing of the column is not met).
fn states(leaves: &[PathLeaf], feature: u16) -> (Vec<usize>, Vec<Vec<bool>>) {
    let conditions: Vec<Option<&Condition>> =
        leaves.iter().map(|leaf| leaf.path.iter().find(|c| c.feature == feature)).collect();
    let (mut of_bin, mut states): (Vec<usize>, Vec<Vec<bool>>) = (Vec::new(), Vec::new());
    for bin in 0..=u8::MAX {
        let starts = |c: &&Condition| [c.above + 1, c.most + 1].contains(&i16::from(bin));
        if bin > 0 && !conditions.iter().flatten().any(starts) {
            of_bin.extend(of_bin.last().copied());
            continue;
        }
        let met: Vec<bool> = conditions.iter().map(|c| c.is_some_and(|c| c.holds(bin))).collect();
        let state = states.iter().position(|known| *known == met).unwrap_or(states.len());
        if state == states.len() {
            states.push(met);
        }
        of_bin.push(state);
    }
    (of_bin, states)
}

impl ShareTable {
    /// The table of a group.
    pub(super) fn build(group: &Group, absent: &Absent) -> Self {
        let states: Vec<_> = group.features.iter().map(|&f| states(&group.leaves, f)).collect();
        let mut offsets = Vec::with_capacity(states.len());
        let mut rows = 1;
        for (of_bin, states) in &states {
            let mut offset = [0; 256];
            for (offset, state) in offset.iter_mut().zip(of_bin) {
                *offset = (state * rows) as u32;
            }
            offsets.push(offset);
            rows *= states.len();
        }
        let mut sums = vec![0.0; rows * group.features.len()];
        for (index, leaf) in group.leaves.iter().enumerate() {
            add_leaf(&mut sums, leaf, absent, &LeafStates::new(group, &states, index));
        }
        Self {
            features: group.features.iter().map(|&feature| usize::from(feature)).collect(),
            offsets,
            shares: sums.into_iter().map(|share| share as f32).collect(),
        }
    }

    /// Bytes that it takes.
    pub(super) const fn bytes(group: &Group) -> usize {
        group.states * group.features.len() * 4 + group.features.len() * 1024
    }

    /// Adds the group's shares of each row to its sums, both `[row][column]`.
    pub(super) fn add(&self, rows: &[u8], width: usize, sums: &mut [f64]) {
        macro_rules! by_columns {
            ($($count:literal)+) => {
                match self.features.len() {
                    0 => {}
                    $($count => self.add_columns::<$count>(rows, width, sums),)+
                    _ => self.add_many(rows, width, sums),
                }
            };
        }
        by_columns!(1 2 3 4 5 6 7 8 9 10 11 12 13);
    }

    fn add_columns<const D: usize>(&self, rows: &[u8], width: usize, sums: &mut [f64]) {
        let (Some(features), Some(offsets)) =
            (self.features.first_chunk::<D>(), self.offsets.first_chunk::<D>())
        else {
            return;
        };
        let (shares, _) = self.shares.as_chunks::<D>();
        for (row, sums) in rows.chunks_exact(width).zip(sums.chunks_exact_mut(width)) {
            let mut at = 0;
            for index in 0..D {
                at += offsets[index][usize::from(row[features[index]])];
            }
            for (share, &feature) in shares[at as usize].iter().zip(features) {
                sums[feature] += f64::from(*share);
            }
        }
    }

    fn add_many(&self, rows: &[u8], width: usize, sums: &mut [f64]) {
        let count = self.features.len();
        for (row, sums) in rows.chunks_exact(width).zip(sums.chunks_exact_mut(width)) {
            let offsets = self.features.iter().zip(&self.offsets);
            let at: u32 = offsets.map(|(&f, offsets)| offsets[usize::from(row[f])]).sum();
            let shares = self.shares.chunks_exact(count).nth(at as usize).unwrap_or_default();
            for (share, &feature) in shares.iter().zip(&self.features) {
                sums[feature] += f64::from(*share);
            }
        }
    }
}

/// How the states of a group's columns bear on one leaf.
struct LeafStates {
    /// For each column and state, the bit of the leaf's pattern that it sets: `[column][state]`.
    bits: Vec<Vec<usize>>,
    /// For each condition of the leaf, which of the group's columns it asks.
    columns: Vec<usize>,
}

impl LeafStates {
    fn new(group: &Group, states: &[(Vec<usize>, Vec<Vec<bool>>)], leaf: usize) -> Self {
        let path = &group.leaves[leaf].path;
        let place = |feature: u16| path.iter().position(|c| c.feature == feature);
        let bits = group.features.iter().zip(states).map(|(&feature, (_, states))| {
            let bit = place(feature).map_or(0, |index| 1 << index);
            states.iter().map(|met| if met[leaf] { bit } else { 0 }).collect()
        });
        let columns = path
            .iter()
            .filter_map(|c| group.features.iter().position(|&feature| feature == c.feature));
        Self { bits: bits.collect(), columns: columns.collect() }
    }
}

/// Adds the shares of one leaf to every row of the table.
fn add_leaf(sums: &mut [f64], leaf: &PathLeaf, absent: &Absent, states: &LeafStates) {
    let count = leaf.path.len();
    if leaf.value == 0.0 || count == 0 {
        return;
    }
    let shares = patterns(leaf, absent);
    let mut odometer = vec![0; states.bits.len()];
    for row in sums.chunks_exact_mut(states.bits.len()) {
        let pattern: usize = states.bits.iter().zip(&odometer).map(|(bits, &at)| bits[at]).sum();
        let of_pattern = &shares[pattern * count..][..count];
        for (share, &column) in of_pattern.iter().zip(&states.columns) {
            row[column] += share;
        }
        for (at, bits) in odometer.iter_mut().zip(&states.bits) {
            *at += 1;
            if *at < bits.len() {
                break;
            }
            *at = 0;
        }
    }
}
