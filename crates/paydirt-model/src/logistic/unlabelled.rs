//! The loss for deposits against unlabelled samples.

use paydirt_core::seed::Seed;

use super::curve::Curve;
use super::{Loss, Penalty, Settings};
use crate::columns::bad_setting;
use crate::prior::ClassPrior;
use crate::weight::class_means;
use crate::{ClassWeight, Result, TrainingSet};

impl Settings {
    /// Whether another seed fits other coefficients.
    pub(crate) const fn varies(&self) -> bool {
        !matches!(self.loss, Loss::LogLoss) && self.prior == 0.0
    }

    /// The same with the log loss; `None` where that is its loss.
    pub(crate) fn plain(&self) -> Option<Self> {
        let plain = Self { loss: Loss::LogLoss, prior: 0.0, ..self.clone() };
        (self.loss != Loss::LogLoss).then_some(plain)
    }

    /// The share of deposits among the unlabelled samples, where the loss asks for it.
    pub(super) fn class_prior(&self, set: &TrainingSet, seed: Seed) -> Result<Option<ClassPrior>> {
        let estimate = |plain: Self| ClassPrior::of(self.prior, "logistic", set, seed, &plain);
        self.plain().map(estimate).transpose()
    }

    /// What each sample weighs in the sum of losses, and the curve of each.
    pub(super) fn curve(&self, set: &TrainingSet, prior: Option<ClassPrior>) -> (Vec<f64>, Curve) {
        let as_they_are = self.class_weight.apply(set);
        match (self.loss, prior) {
            (Loss::LogLoss, _) | (_, None) => (as_they_are, Curve::Log),
            (Loss::Upu, Some(prior)) => (class_means(set, prior.value), Curve::Pull),
            (Loss::PresenceOnly, Some(prior)) => {
                let samples = as_they_are.iter().zip(&set.deposit);
                let known: f64 = samples.filter(|(_, deposit)| **deposit).map(|(w, _)| w).sum();
                let others = as_they_are.iter().sum::<f64>() - known;
                (as_they_are, Curve::Known { offset: (known / (prior.value * others)).ln_1p() })
            }
        }
    }

    /// Refuses what goes with the other loss only.
    pub(super) fn check_loss(&self) -> Result<()> {
        let bad = |key: &str, found: &str, expected: &str| {
            Err(bad_setting(&format!("logistic.{key}"), found, expected))
        };
        if !(0.0..1.0).contains(&self.prior) {
            return bad("prior", &self.prior.to_string(), "0 or more and below 1");
        }
        if self.loss == Loss::LogLoss {
            let given = self.prior > 0.0;
            let expected = "0 with `loss = \"log_loss\"`";
            return if given { bad("prior", &self.prior.to_string(), expected) } else { Ok(()) };
        }
        if self.class_weight != ClassWeight::None {
            return bad("class_weight", "balanced", "none with this `loss`, whose prior weighs");
        }
        if self.loss == Loss::PresenceOnly {
            return Ok(());
        }
        let expected = "l2, or elastic_net below 1, with `loss = \"upu\"`: no other holds it";
        match self.penalty {
            Penalty::L2 => Ok(()),
            Penalty::ElasticNet if self.l1_share < 1.0 => Ok(()),
            Penalty::ElasticNet => bad("l1_share", "1", expected),
            Penalty::L1 => bad("penalty", "l1", expected),
            Penalty::None => bad("penalty", "none", expected),
        }
    }
}
