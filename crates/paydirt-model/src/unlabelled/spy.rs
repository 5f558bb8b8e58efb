//! Spies: deposits hidden among the unlabelled tell how low a hidden deposit scores (Liu, Lee, Yu & Li
//! 2002, ICML, pp. 387-394; Liu and others 2003, doi 10.1109/ICDM.2003.1250918).
//!
//! A share of the deposits is put among the unlabelled samples and the model is fitted on the other
//! deposits against them all. The threshold is the score under which `noise_share` of the spies lie;
//! the unlabelled samples under it are likely negatives, and the model is fitted anew on all deposits
//! against those; where there is none, against all. The first step takes the project's own model, where the publication took naive Bayes.

use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FittedUnlabelled, Learner, draw, require, sides};
use crate::neural::OnGround;
use crate::{Error, Result, TrainingSet};

/// Deposits against those unlabelled samples that score lower than hidden deposits do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Share of the deposits that are spies, over 0 and below 1; one at least, and never all.
    pub spy_share: f64,
    /// Share of the spies that may score under the threshold, 0 or more and below 1, rounded down:
    /// what is lost to odd deposits.
    pub noise_share: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { spy_share: 0.15, noise_share: 0.15 }
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let Self { spy_share, noise_share } = *self;
        let some = spy_share > 0.0 && spy_share < 1.0;
        require(some, "spy.spy_share", spy_share, "over 0 and below 1")?;
        let within = (0.0..1.0).contains(&noise_share);
        require(within, "spy.noise_share", noise_share, "0 or more and below 1")
    }
}

/// The score under which a share of the spies lies.
fn threshold(mut spies: Vec<f32>, noise_share: f64) -> f32 {
    spies.sort_by(f32::total_cmp);
    let lost = (noise_share * spies.len() as f64).floor() as usize;
    spies[lost.min(spies.len() - 1)]
}

impl Learner for Settings {
    fn learn(
        &self,
        model: OnGround<'_>,
        set: &TrainingSet,
        seed: Seed,
    ) -> Result<FittedUnlabelled> {
        self.check()?;
        let (deposits, unlabelled) = sides(set);
        if deposits.len() < 2 {
            let reason = "it hides deposits: two are needed at least".into();
            return Err(Error::Untrainable { model: "spy", reason });
        }
        let wanted = (self.spy_share * deposits.len() as f64).round() as usize;
        let wanted = wanted.clamp(1, deposits.len() - 1);
        let spies = draw(&deposits, wanted, seed.derive("spies", 0));
        let mut hidden = set.clone();
        spies.iter().for_each(|spy| hidden.deposit[*spy] = false);
        let first = model.fit(&hidden, seed.derive("spied model", 0))?;
        let scores = model.score(&first, &set.features)?;
        let threshold = threshold(spies.iter().map(|spy| scores[*spy]).collect(), self.noise_share);
        let under = |row: &usize| scores[*row] < threshold;
        let likely: Vec<usize> = unlabelled.iter().copied().filter(under).collect();
        let of = format!("{wanted} of {} deposits were spies", deposits.len());
        let all = unlabelled.len();
        let note = match likely.len() {
            0 => format!(
                "{of}, and no unlabelled sample scored under their threshold of {threshold:.3}, so that all \
                 {all} were taken for likely negatives: raise `noise_share`, or take another way"
            ),
            some => format!(
                "{of}; {some} of {all} unlabelled samples scored under their threshold of \
                 {threshold:.3} and were taken for likely negatives"
            ),
        };
        let mut rows = if likely.is_empty() { unlabelled } else { likely };
        rows.extend(deposits);
        rows.sort_unstable();
        Ok(FittedUnlabelled { members: vec![model.fit(&set.select(&rows), seed)?], note })
    }

    fn words(&self) -> String {
        format!(
            "Likely negatives are the unlabelled samples of the training side that score under all but \
             {:.0}\u{a0}% of the spies, which are {:.0}\u{a0}% of its deposits hidden among them (Liu and \
             others 2002); the others train nothing.",
            100.0 * self.noise_share,
            100.0 * self.spy_share
        )
    }
}

#[cfg(test)]
mod tests {
    use super::threshold;

    #[test]
    fn the_threshold_loses_its_share_of_the_spies() {
        let spies = vec![0.5, 0.1, 0.9, 0.3, 0.7];
        assert_eq!(threshold(spies.clone(), 0.0), 0.1);
        assert_eq!(threshold(spies.clone(), 0.19), 0.1);
        assert_eq!(threshold(spies.clone(), 0.2), 0.3);
        assert_eq!(threshold(spies, 0.999), 0.9);
    }
}
