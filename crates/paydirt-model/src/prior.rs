//! The class prior: which share of the unlabelled samples are deposits that nobody has found.
//!
//! It cannot be known from deposits and unlabelled samples alone. Where all ground looks a little like
//! that of deposits, any smaller share explains the samples as well; it can be told only where some
//! ground is so favourable that nearly all of it holds deposits (Blanchard, Lee & Scott 2010, JMLR
//! 11:2973). Without that, an estimate bounds the share from above. Both estimates here suppose that
//! the known deposits are a fair sample of all, which they are not where exploration had favourites,
//! and hold for the unlabelled as they were drawn, not for the map.

use paydirt_core::seed::Seed;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

use crate::{Error, Estimator, Result, TrainingSet};

/// Folds in which the training side is scored by models that did not see it.
const FOLDS: usize = 5;
/// Between which the estimate is kept, so that the log odds of it exist.
const MOST: f64 = 0.95;

/// The share that a model was fitted with, and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassPrior {
    /// The share of deposits among the unlabelled samples, over 0 and below 1.
    pub value: f64,
    /// Where it was estimated, what [`elkan_noto`] says of the same scores.
    pub elkan_noto: Option<f64>,
}

impl ClassPrior {
    /// What it is, as a sentence of the report.
    #[must_use]
    pub fn words(&self) -> String {
        let value = self.value;
        match self.elkan_noto {
            None => {
                format!("the share of deposits among the unlabelled samples is given as {value}")
            }
            Some(other) => format!(
                "the share of deposits among the unlabelled samples is estimated as {value:.3} from \
                 held-out scores of the training side (best bin, Garg and others 2021; {other:.3} by Elkan \
                 and Noto 2008). It is an upper bound unless nearly all of the most favourable ground \
                 holds deposits, it supposes that the known deposits are a fair sample of all, and it is \
                 that of the samples as they were drawn, not of the map"
            ),
        }
    }

    /// The given share, or an estimate where 0 is given: `plain` is fitted in folds of the training
    /// side and scores what it did not see.
    pub(crate) fn of(
        given: f64,
        model: &'static str,
        set: &TrainingSet,
        seed: Seed,
        plain: &dyn Estimator,
    ) -> Result<Self> {
        if given > 0.0 {
            return Ok(Self { value: given, elkan_noto: None });
        }
        let scored = held_out(model, set, seed.derive("class prior", 0), plain)?;
        let unlabelled = scored.iter().filter(|scored| !scored.deposit).count();
        let least = 1.0 / (unlabelled as f64 + 1.0);
        let value = best_bin(&scored).clamp(least, MOST);
        Ok(Self { value, elkan_noto: Some(elkan_noto(&scored)) })
    }
}

/// A sample scored by a model that did not see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The score, higher where a deposit is more likely.
    pub score: f64,
    /// Whether it is a known deposit.
    pub deposit: bool,
    /// How much it counts.
    pub weight: f64,
}

/// Scores of the samples that have weight, each by a model fitted on the other folds. Folds are drawn
/// sample by sample: near neighbours on both sides make deposits score higher, and the share smaller.
fn held_out(
    model: &'static str,
    set: &TrainingSet,
    seed: Seed,
    plain: &dyn Estimator,
) -> Result<Vec<Scored>> {
    let mut rng = seed.rng();
    let mut fold = vec![usize::MAX; set.deposit.len()];
    let counted = |class: bool| {
        (0..set.deposit.len())
            .filter(move |row| set.deposit[*row] == class && set.weight[*row] > 0.0)
    };
    let folds = counted(true).count().min(counted(false).count()).min(FOLDS);
    if folds < 2 {
        let reason = "to estimate the `prior` it needs two deposits and two other samples at least";
        return Err(Error::Untrainable { model, reason: reason.into() });
    }
    for class in [true, false] {
        let mut rows: Vec<usize> = counted(class).collect();
        rows.shuffle(&mut rng);
        rows.into_iter().enumerate().for_each(|(place, row)| fold[row] = place % folds);
    }
    let mut scored = Vec::new();
    for number in 0..folds {
        let rows = |aside: bool| -> Vec<usize> {
            let within = |row: &usize| fold[*row] < folds && (fold[*row] == number) == aside;
            (0..fold.len()).filter(within).collect()
        };
        let fitted = plain.fit(&set.select(&rows(false)), seed.derive("fold", number as u64))?;
        let aside = set.select(&rows(true));
        for (row, score) in fitted.predict(&aside.features)?.into_iter().enumerate() {
            let (deposit, weight) = (aside.deposit[row], f64::from(aside.weight[row]));
            scored.push(Scored { score: f64::from(score), deposit, weight });
        }
    }
    Ok(scored)
}

/// Weights of deposits and of unlabelled samples.
fn sums<'a>(scored: impl Iterator<Item = &'a Scored>) -> [f64; 2] {
    scored.fold([0.0; 2], |mut sums, scored| {
        sums[usize::from(!scored.deposit)] += scored.weight;
        sums
    })
}

/// Best bin estimation: of the samples that score `t` or more, the share of the unlabelled over that of
/// the deposits, at the `t` where the upper confidence bound of it is least (Garg, Wu, Smola,
/// Balakrishnan & Lipton 2021, arXiv 2111.00980, with their gamma of 0.01 and delta of 0.1). Any score
/// that ranks will do. 1 where there is nothing of either.
///
/// ```
/// use paydirt_model::prior::{Scored, best_bin};
/// // 500 deposits score 1; of 2000 unlabelled samples 400 do, and the others score 0.
/// let sample = |score, deposit, weight| Scored { score, deposit, weight };
/// let mut all = vec![sample(1.0, true, 1.0); 500];
/// all.extend(vec![sample(1.0, false, 1.0); 400]);
/// all.extend(vec![sample(0.0, false, 1.0); 1600]);
/// assert!((best_bin(&all) - 0.2).abs() < 1e-12);
/// ```
#[must_use]
pub fn best_bin(scored: &[Scored]) -> f64 {
    let [deposits, unlabelled] = sums(scored.iter());
    let count = |class: bool| scored.iter().filter(|scored| scored.deposit == class).count() as f64;
    if !(deposits > 0.0 && unlabelled > 0.0) {
        return 1.0;
    }
    let width = |count: f64| ((4.0_f64 / 0.1).ln() / (2.0 * count)).sqrt();
    let slack = 1.01 * (width(count(true)) + width(count(false)));
    let mut order = scored.to_vec();
    order.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut above = [0.0; 2];
    let (mut least, mut found) = (f64::INFINITY, 1.0);
    for tie in order.chunk_by(|a, b| a.score == b.score) {
        let here = sums(tie.iter());
        above = [above[0] + here[0], above[1] + here[1]];
        let [of_deposits, of_unlabelled] = [above[0] / deposits, above[1] / unlabelled];
        let bound = (of_unlabelled + slack) / of_deposits;
        if bound < least {
            (least, found) = (bound, of_unlabelled / of_deposits);
        }
    }
    found
}

/// The estimate of Elkan & Noto (2008, doi 10.1145/1401890.1401920) for deposits and unlabelled samples
/// drawn apart: with c the mean score of the deposits, the share is `(deposits / unlabelled) x (1 - c) /
/// c`, at most 1. Scores must be probabilities that a sample is a known deposit rather than an unlabelled
/// one; it supposes that ground with deposits looks like no other, and is too high where it does.
///
/// ```
/// use paydirt_model::prior::{Scored, elkan_noto};
/// let sample = |score, deposit| Scored { score, deposit, weight: 1.0 };
/// let mut all = vec![sample(0.5, true); 10];
/// all.extend(vec![sample(0.1, false); 90]);
/// // As many unlabelled as known deposits look like them: 10 of 90.
/// assert!((elkan_noto(&all) - 1.0 / 9.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn elkan_noto(scored: &[Scored]) -> f64 {
    let [deposits, unlabelled] = sums(scored.iter());
    let known = scored.iter().filter(|scored| scored.deposit);
    let mean = known.map(|scored| scored.weight * scored.score).sum::<f64>() / deposits;
    let share = deposits / unlabelled * (1.0 - mean) / mean;
    if share.is_nan() { 1.0 } else { share.min(1.0) }
}
