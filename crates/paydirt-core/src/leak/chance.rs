//! How likely it is that chance did it.

use rand::RngExt;

use crate::seed::Seed;

/// Probability of at least `found` successes in `trials` independent trials of one `chance`.
pub(super) fn at_least(found: usize, trials: usize, chance: f64) -> f64 {
    if found == 0 || chance >= 1.0 {
        return 1.0;
    }
    if chance <= 0.0 || found > trials {
        return 0.0;
    }
    let n = trials as f64;
    let log = |k: f64| {
        libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0)
            + k * chance.ln()
            + (n - k) * (-chance).ln_1p()
    };
    (found..=trials).map(|k| log(k as f64).exp()).sum::<f64>().min(1.0)
}

/// How often a figure of randomly chosen rows is as large as the one found, of `draws` draws and the
/// one found itself. `figure` is asked with `chosen` different row numbers under `rows`.
pub(super) fn by_permutation(
    [rows, chosen]: [usize; 2],
    draws: usize,
    seed: Seed,
    as_large: impl Fn(&[usize]) -> bool,
) -> f64 {
    let mut rng = seed.rng();
    let mut order: Vec<usize> = (0..rows).collect();
    let mut count = 1;
    for _ in 0..draws {
        for place in 0..chosen.min(rows) {
            let other = rng.random_range(place..rows);
            order.swap(place, other);
        }
        count += usize::from(as_large(&order[..chosen.min(rows)]));
    }
    count as f64 / (draws + 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_are_those_by_hand() {
        // Three tosses: at least two heads in 4 of 8; of a die: at least one six in 91 of 216.
        assert!((at_least(2, 3, 0.5) - 0.5).abs() < 1e-12);
        assert!((at_least(1, 3, 1.0 / 6.0) - 91.0 / 216.0).abs() < 1e-12);
        assert_eq!(
            [at_least(0, 3, 0.0), at_least(1, 3, 0.0), at_least(4, 3, 0.5)],
            [1.0, 0.0, 0.0]
        );
        assert_eq!(at_least(3, 3, 1.0), 1.0);
    }

    #[test]
    fn permutations_find_the_share_of_choices() {
        // Two of five rows hold row 0 in 4 of 10 choices.
        let share = by_permutation([5, 2], 20_000, Seed(1), |rows| rows.contains(&0));
        assert!((share - 0.4).abs() < 0.02, "{share}");
        assert_eq!(by_permutation([3, 2], 99, Seed(1), |_| false), 0.01);
        assert_eq!(by_permutation([1, 5], 9, Seed(1), |rows| rows == [0]), 1.0);
    }
}
