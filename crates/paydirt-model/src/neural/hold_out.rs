//! What is kept aside to see when to stop.

use std::collections::BTreeMap;

use paydirt_core::seed::Seed;
use rand::seq::SliceRandom;

/// Which examples are held out: whole groups, a share of those with a deposit and of those without,
/// rounded up; but one group of each is left to learn from.
pub(crate) fn hold_out(groups: &[u64], deposit: &[bool], share: f64, seed: Seed) -> Vec<bool> {
    let mut with_deposit: BTreeMap<u64, bool> = BTreeMap::new();
    for (group, deposit) in groups.iter().zip(deposit) {
        *with_deposit.entry(*group).or_default() |= deposit;
    }
    let mut rng = seed.derive("hold out", 0).rng();
    let mut drawn = Vec::new();
    for class in [false, true] {
        let of_class = with_deposit.iter().filter(|(_, deposit)| **deposit == class);
        let mut of_class: Vec<u64> = of_class.map(|(group, _)| *group).collect();
        let count = (share * of_class.len() as f64).ceil() as usize;
        let count = count.min(of_class.len().saturating_sub(1));
        drawn.extend_from_slice(of_class.partial_shuffle(&mut rng, count).0);
    }
    drawn.sort_unstable();
    groups.iter().map(|group| drawn.binary_search(group).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_groups_of_both_kinds_are_held_out_and_some_are_left() {
        let groups: Vec<u64> = (0..60).map(|row| row / 5).collect();
        let deposit: Vec<bool> = (0..60).map(|row| row % 15 == 0).collect();
        let held_out = hold_out(&groups, &deposit, 0.25, Seed(1));
        for group in groups.chunks(5).zip(held_out.chunks(5)).map(|(_, held_out)| held_out) {
            assert!(group.iter().all(|one| *one == group[0]));
        }
        let deposits = held_out.iter().zip(&deposit).filter(|(held, deposit)| **held && **deposit);
        assert_eq!(deposits.count(), 1);
        assert_eq!(held_out.iter().filter(|held| **held).count(), 5 + 10);
        assert!(!hold_out(&[3; 9], &[true; 9], 0.5, Seed(1)).contains(&true));
    }
}
