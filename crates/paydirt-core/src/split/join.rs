//! Parts of ground that a sample group makes one.

use std::collections::BTreeMap;

use crate::label::Sample;

/// For each of `parts` parts the lowest part that it is one with: parts in which samples of one group
/// lie are one, so that no split comes between them.
pub(super) fn joined(
    parts: usize,
    samples: &[Sample],
    part_of: impl Fn(usize) -> usize,
) -> Vec<usize> {
    let mut lower: Vec<usize> = (0..parts).collect();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for sample in samples {
        if let Some(group) = &sample.group {
            let part = part_of(sample.unit);
            let a = root(&lower, *first.entry(group).or_insert(part));
            let b = root(&lower, part);
            lower[a.max(b)] = a.min(b);
        }
    }
    // A part's lower one is always below it, so one pass upwards finds every root.
    for part in 0..parts {
        lower[part] = lower[lower[part]];
    }
    lower
}

fn root(lower: &[usize], mut part: usize) -> usize {
    while lower[part] != part {
        part = lower[part];
    }
    part
}
