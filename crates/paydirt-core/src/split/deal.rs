//! Pieces of ground dealt to folds whole.

use std::collections::BTreeMap;

use rand::seq::SliceRandom;

use super::join::joined;
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;

/// Parts of the ground (blocks, provinces, clusters) that are dealt together.
#[derive(Debug, Default)]
pub(super) struct Piece {
    pub(super) parts: Vec<usize>,
    pub(super) deposits: usize,
    pub(super) units: usize,
}

/// The pieces that have ground or samples in them, by their lowest part: parts in which samples of
/// one group lie are one piece.
pub(super) fn pieces(
    parts: usize,
    stack: &dyn Stack,
    samples: &[Sample],
    part_of: impl Fn(usize) -> usize,
) -> BTreeMap<usize, Piece> {
    let group_of = joined(parts, samples, &part_of);
    let mut units = vec![0; parts];
    stack.area().iter().for_each(|unit| units[part_of(unit)] += 1);
    let mut held = vec![(false, 0); parts];
    for sample in samples {
        let (sampled, deposits) = &mut held[part_of(sample.unit)];
        *sampled = true;
        *deposits += usize::from(sample.is_deposit());
    }
    let mut pieces: BTreeMap<usize, Piece> = BTreeMap::new();
    for part in (0..parts).filter(|&part| units[part] > 0 || held[part].0) {
        let piece = pieces.entry(group_of[part]).or_default();
        piece.parts.push(part);
        piece.deposits += held[part].1;
        piece.units += units[part];
    }
    pieces
}

/// The fold of each piece: those with deposits first, the richest first, each to the fold with the
/// fewest deposits so far; then the others, each to the fold with the least ground. Equal ones in an
/// order drawn at random.
pub(super) fn deal(
    pieces: &BTreeMap<usize, Piece>,
    folds: usize,
    seed: Seed,
) -> BTreeMap<usize, usize> {
    let mut order: Vec<(&usize, &Piece)> = pieces.iter().collect();
    order.shuffle(&mut seed.rng());
    order.sort_by_key(|(_, piece)| std::cmp::Reverse(piece.deposits));
    let mut dealt = vec![(0, 0); folds];
    let mut fold_of = BTreeMap::new();
    for (group, piece) in order {
        let least = |fold: &usize| {
            let (deposits, units) = dealt[*fold];
            if piece.deposits > 0 { (deposits, units) } else { (units, 0) }
        };
        let fold = (0..folds).min_by_key(least).unwrap_or(0);
        dealt[fold].0 += piece.deposits;
        dealt[fold].1 += piece.units;
        fold_of.insert(*group, fold);
    }
    fold_of
}

/// What the user is told where there are fewer folds than wanted: fewer pieces hold deposits.
pub(super) fn fewer(found: usize, wanted: usize, what: &str) -> Vec<String> {
    let text = || {
        format!(
            "only {found} {what} hold deposits (those that share a sample group count once): {found} \
             folds instead of {wanted}"
        )
    };
    (found < wanted).then(text).into_iter().collect()
}
