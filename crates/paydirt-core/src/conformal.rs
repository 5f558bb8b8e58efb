//! Conformal prediction: which labels a unit may have, with a stated chance of being wrong.

use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::error::require;
use crate::seed::Seed;
use crate::{Error, Result};

/// The labels that cannot be ruled out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionSet {
    /// Unlike deposits and unlike other ground.
    Neither,
    /// Other ground only.
    Other,
    /// A deposit only.
    Deposit,
    /// Either may be.
    Both,
}

/// Split conformal prediction by class (Mondrian), for rows that come in groups.
///
/// The p-value of a label for a score is the share of held-out rows of that label, the one asked among
/// them, that are as strange or stranger: of deposits those that score as low or lower, of others those
/// that score as high or higher. A label is in the set if its p-value is over `alpha`. Vovk, Gammerman
/// and Shafer (2005), DOI 10.1007/b106715, section 4.5. So that rows of one group (a block, a district)
/// do not count as many, one row of each group and label is drawn at random: for a row of either label
/// drawn from ground that is exchangeable with the groups, the set holds its label with a probability
/// of at least `1 - alpha`. Dunn and others (2023), DOI 10.1080/01621459.2022.2060112.
///
/// With `n` groups no p-value is under `1 / (n + 1)`: with 9 groups of deposits or fewer, no ground can
/// be ruled out at an alpha of 0.1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conformal {
    /// Scores of one held-out deposit a group, ascending.
    pub deposits: Vec<f64>,
    /// Scores of one other held-out row a group, ascending.
    pub others: Vec<f64>,
}

impl Conformal {
    /// Fits on held-out scores: one score, label and group a row.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for columns of unequal length or scores that are not finite;
    /// [`Error::TooFew`] without deposits or without other rows.
    ///
    /// ```
    /// use paydirt_core::conformal::{Conformal, PredictionSet};
    /// use paydirt_core::seed::Seed;
    /// let scores = [0.9, 0.7, 0.4, 0.1, 0.2, 0.5];
    /// let deposit = [true, true, true, false, false, false];
    /// let fitted = Conformal::fit(&scores, &deposit, &[1, 2, 3, 1, 2, 3], Seed(7))?;
    /// // Of three deposits one scores 0.6 or less, of three others none scores 0.6 or more.
    /// assert_eq!(fitted.p_values(0.6), [1.0 / 4.0, 2.0 / 4.0]);
    /// assert_eq!(fitted.set(0.6, 0.25), PredictionSet::Deposit);
    /// assert_eq!(fitted.set(0.45, 0.25), PredictionSet::Both);
    /// # Ok::<(), paydirt_core::Error>(())
    /// ```
    pub fn fit(scores: &[f64], deposit: &[bool], group: &[u64], seed: Seed) -> Result<Self> {
        for found in [deposit.len(), group.len()] {
            let expected = format!("{}, one a score", scores.len());
            require(found == scores.len(), "rows of a held-out column", found, &expected)?;
        }
        for score in scores {
            require(score.is_finite(), "held-out score", score, "finite")?;
        }
        let one_a_group = |label: bool, what: &str| {
            let mut of_group: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
            for row in (0..scores.len()).filter(|&row| deposit[row] == label) {
                of_group.entry(group[row]).or_default().push(scores[row]);
            }
            if of_group.is_empty() {
                return Err(Error::TooFew { what: what.into(), found: 0, needed: 1 });
            }
            let mut rng = seed.derive("conformal", u64::from(label)).rng();
            let mut drawn: Vec<f64> =
                of_group.values().filter_map(|scores| scores.choose(&mut rng).copied()).collect();
            drawn.sort_by(f64::total_cmp);
            Ok(drawn)
        };
        Ok(Self {
            deposits: one_a_group(true, "held-out deposits")?,
            others: one_a_group(false, "held-out samples other than deposits")?,
        })
    }

    /// The p-values of a score as no deposit and as a deposit; NaN for a score that is not a number.
    #[must_use]
    pub fn p_values(&self, score: f64) -> [f64; 2] {
        if score.is_nan() {
            return [f64::NAN; 2];
        }
        let higher = self.others.len() - self.others.partition_point(|other| *other < score);
        let lower = self.deposits.partition_point(|deposit| *deposit <= score);
        let share = |stranger: usize, of: usize| (stranger + 1) as f64 / (of + 1) as f64;
        [share(higher, self.others.len()), share(lower, self.deposits.len())]
    }

    /// The labels that are not ruled out at a chance of error of `alpha`, 0 to 1. A score that is not a
    /// number rules nothing out.
    #[must_use]
    pub fn set(&self, score: f64, alpha: f64) -> PredictionSet {
        let [other, deposit] = self.p_values(score).map(|p| p > alpha || p.is_nan());
        match (other, deposit) {
            (false, false) => PredictionSet::Neither,
            (true, false) => PredictionSet::Other,
            (false, true) => PredictionSet::Deposit,
            (true, true) => PredictionSet::Both,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// Groups of 1 to 12 rows that share a level, of which larger ones score higher: score and label.
    fn group(seed: Seed) -> Vec<(f64, bool)> {
        let mut rng = seed.rng();
        let rows = rng.random_range(1..=12);
        let level = 0.1 * f64::from(rows) + rng.random::<f64>();
        (0..rows)
            .map(|_| {
                let deposit = rng.random::<f64>() < 0.4;
                (level + 0.5 * rng.random::<f64>() + f64::from(u8::from(deposit)), deposit)
            })
            .collect()
    }

    /// How often a random row of each label in a new group is covered: [others, deposits].
    fn coverage(alpha: f64, of_row: impl Fn(usize, usize) -> u64) -> [f64; 2] {
        let mut covered = [[0.0; 2]; 2];
        for round in 0..4_000_u64 {
            let groups: Vec<_> = (0..30).map(|i| group(Seed(round).derive("group", i))).collect();
            let rows = || {
                groups
                    .iter()
                    .enumerate()
                    .flat_map(|(g, rows)| rows.iter().enumerate().map(move |(r, row)| (g, r, row)))
            };
            let scores: Vec<f64> = rows().map(|(.., row)| row.0).collect();
            let deposit: Vec<bool> = rows().map(|(.., row)| row.1).collect();
            let group_of: Vec<u64> = rows().map(|(g, r, _)| of_row(g, r)).collect();
            let fitted = Conformal::fit(&scores, &deposit, &group_of, Seed(round)).unwrap();
            let new = group(Seed(round).derive("new", 0));
            for label in [false, true] {
                // The first row is as random as any.
                if let Some((score, _)) = new.iter().find(|row| row.1 == label) {
                    let set = fitted.set(*score, alpha);
                    let only = if label { PredictionSet::Deposit } else { PredictionSet::Other };
                    let hit = set == PredictionSet::Both || set == only;
                    let tally = &mut covered[usize::from(label)];
                    *tally = [tally[0] + f64::from(u8::from(hit)), tally[1] + 1.0];
                }
            }
        }
        covered.map(|[hits, rows]| hits / rows)
    }

    #[test]
    fn each_label_is_covered_as_stated_in_new_groups() {
        for alpha in [0.1, 0.3] {
            for found in coverage(alpha, |group, _| group as u64) {
                // Three standard errors of 3,000 rounds or more; at most 1 / (n + 1) too wide, n of 20.
                let error = 3.0 * (alpha * (1.0 - alpha) / 3_000.0).sqrt();
                assert!(found >= 1.0 - alpha - error, "{alpha}: {found}");
                assert!(found <= 1.0 - alpha + 1.0 / 20.0 + error, "{alpha}: {found}");
            }
        }
    }

    #[test]
    fn rows_counted_singly_do_not_cover() {
        // The same with every row a group of its own: large groups, which score high, count more.
        let [_, deposits] = coverage(0.3, |group, row| (100 * group + row) as u64);
        assert!(deposits < 0.68, "{deposits}");
    }

    #[test]
    fn bad_input_is_refused_and_ties_count_as_strange() {
        let fit = |scores: &[f64], deposit: &[bool], group: &[u64]| {
            Conformal::fit(scores, deposit, group, Seed(1))
        };
        assert!(fit(&[], &[], &[]).is_err());
        assert!(fit(&[0.1, 0.2], &[true], &[1, 1]).is_err());
        assert!(fit(&[0.1, 0.2], &[true, false], &[1]).is_err());
        assert!(fit(&[0.1, f64::NAN], &[true, false], &[1, 2]).is_err());
        assert!(matches!(fit(&[0.1, 0.2], &[true, true], &[1, 2]), Err(Error::TooFew { .. })));
        let tied =
            fit(&[0.5; 6], &[true, true, true, false, false, false], &[1, 2, 3, 4, 5, 6]).unwrap();
        assert_eq!(tied.p_values(0.5), [1.0, 1.0]);
        assert_eq!(
            [tied.set(0.6, 0.3), tied.set(0.4, 0.3)],
            [PredictionSet::Deposit, PredictionSet::Other]
        );
        assert_eq!(tied.set(f64::NAN, 0.1), PredictionSet::Both);
        let one = fit(&[0.5; 6], &[true, true, true, false, false, false], &[1; 6]).unwrap();
        assert_eq!(one.p_values(9.0), [0.5, 1.0]);
    }
}
