//! Where scores stand among all of a map, counted in passes over it: nothing of its size is held or sorted.

use super::Values;
use crate::Result;

/// Buckets of one pass: numbers of 16 bits.
const BUCKETS: usize = 1 << 16;

/// A finite score as a whole number of the same order; of both zeros one.
fn key(score: f32) -> u32 {
    let bits = (score + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

/// The score of a key.
fn score_of(key: u32) -> f32 {
    f32::from_bits(if key >> 31 == 1 { key & !(1 << 31) } else { !key })
}

/// Share of area with a lower score, ties counted half.
fn share(lower: u64, not_higher: u64, all: u64) -> f64 {
    (lower + not_higher) as f64 / (2 * all) as f64
}

/// The lowest score for which the share of area with a higher one, ties counted half, is at most `share`; `None`
/// where no score is.
pub(super) fn lowest_within(scores: &Values<'_>, cells: usize, within: f64) -> Result<Option<f32>> {
    let mut coarse = vec![0_u64; BUCKETS];
    scores.visit(cells, |_, score| coarse[(key(score) >> 16) as usize] += 1)?;
    let all: u64 = coarse.iter().sum();
    let inside = |lower: u64, here: u64| share(lower, lower + here, all) >= 1.0 - within - 1e-12;
    // The first bucket whose last score alone could be inside, and the next one, whose first score then is.
    let (mut lower, mut wanted) = (0, Vec::new());
    for (bucket, &count) in coarse.iter().enumerate().filter(|(_, count)| **count > 0) {
        if !wanted.is_empty() || inside(lower + count - 1, 1) {
            wanted.push((bucket as u32, lower));
        }
        if wanted.len() == 2 {
            break;
        }
        lower += count;
    }
    let mut fine = vec![vec![0_u64; BUCKETS]; wanted.len()];
    scores.visit(cells, |_, score| {
        let key = key(score);
        if let Some(place) = wanted.iter().position(|(bucket, _)| *bucket == key >> 16) {
            fine[place][(key & 0xffff) as usize] += 1;
        }
    })?;
    for ((bucket, lower), fine) in wanted.into_iter().zip(fine) {
        let mut lower = lower;
        for (low, here) in fine.into_iter().enumerate().filter(|(_, here)| *here > 0) {
            if inside(lower, here) {
                return Ok(Some(score_of(bucket << 16 | low as u32)));
            }
            lower += here;
        }
    }
    Ok(None)
}

/// The share of area below each of some numbers, ties counted half.
pub(super) fn shares_below(scores: &Values<'_>, cells: usize, asked: &[f64]) -> Result<Vec<f64>> {
    let mut sorted = asked.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    // How many scores are below a number and not below the one before it; and the same for *not above*.
    let [mut below, mut up_to] = [vec![0_u64; asked.len() + 1], vec![0_u64; asked.len() + 1]];
    scores.visit(cells, |_, score| {
        let score = f64::from(score);
        below[sorted.partition_point(|one| *one <= score)] += 1;
        up_to[sorted.partition_point(|one| *one < score)] += 1;
    })?;
    let all = below.iter().sum();
    let count = |counts: &[u64], place: usize| counts[..=place].iter().sum();
    let told = |one: &f64| {
        let place = sorted.partition_point(|other| other < one);
        share(count(&below, place), count(&up_to, place), all)
    };
    Ok(asked.iter().map(told).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same by sorting.
    fn sorted_lowest(scores: &[f32], within: f64) -> Option<f32> {
        let mut sorted: Vec<f32> = scores.iter().copied().filter(|s| s.is_finite()).collect();
        sorted.sort_by(f32::total_cmp);
        sorted.iter().copied().find(|score| {
            let lower = sorted.partition_point(|other| other < score);
            let not_higher = sorted.partition_point(|other| other <= score);
            share(lower as u64, not_higher as u64, sorted.len() as u64) >= 1.0 - within - 1e-12
        })
    }

    proptest! {
        #[test]
        fn counting_finds_what_sorting_finds(
            scores in prop::collection::vec(
                prop_oneof![
                    Just(f32::NAN), Just(0.0), Just(-0.0), (0_u8..5).prop_map(f32::from), -2.0_f32..2.0,
                    (0_u8..9).prop_map(|n| 0.5 + f32::from(n) * f32::EPSILON),
                ],
                0..60,
            ),
            within in prop_oneof![Just(1.0), Just(0.02), 0.0_f64..1.0],
        ) {
            let cells = scores.len();
            let found = lowest_within(&Values::Held(&scores), cells, within).unwrap();
            prop_assert_eq!(found, sorted_lowest(&scores, within));
            let asked: Vec<f64> = [0.0, 0.5, -1.3].into_iter().chain(found.map(f64::from)).collect();
            let shares = shares_below(&Values::Held(&scores), cells, &asked).unwrap();
            let known: Vec<f64> = scores.iter().filter(|s| s.is_finite()).map(|s| f64::from(*s)).collect();
            for (one, found) in asked.iter().zip(shares).filter(|_| !known.is_empty()) {
                let lower = known.iter().filter(|other| *other < one).count() as u64;
                let not_higher = known.iter().filter(|other| *other <= one).count() as u64;
                prop_assert_eq!(found, share(lower, not_higher, known.len() as u64));
            }
        }
    }
}
