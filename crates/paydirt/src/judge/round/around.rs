//! What models are given beside the rows of a fold: the ground around them, and what was pretrained.

use std::sync::{Arc, PoisonError};

use paydirt_core::mask::Mask;
use paydirt_core::split::SplitKind;
use paydirt_model::FittedModel;
use paydirt_model::neural::Ground;
use paydirt_model::pretext::Trunk;
use paydirt_model::pretrain::Pretrain;

use super::{Prepared, Round};
use crate::error::Result;
use crate::ground::{Completion, FeatureGround, Surroundings};
use crate::judge::{Bench, Contestant, pretext};

/// Rows of each fold that the chosen model explains, at most: they are summed up, and shares of all
/// cells of a map would take longer than judging it.
const VIEWED_ROWS: usize = 2_000;

/// The same where each explanation is a walk through a network of windows.
const VIEWED_WINDOWS: usize = 100;

impl Round<'_> {
    /// Cells that may train while a fold is held out.
    pub(super) fn may_train(&self, number: usize) -> Mask {
        let area = self.bench.stack.area();
        let allowed = |unit| self.allowed.as_ref().is_none_or(|allowed| allowed.get(unit));
        Mask::from_fn(area.len(), |unit| {
            area.get(unit) && allowed(unit) && self.territory.may_train(unit, number)
        })
    }

    /// The ground around the rows of a fold, for a contestant that sees it: made once a fold.
    pub(super) fn surroundings(
        &self,
        contestant: &Contestant,
        prepared: &Prepared,
        number: usize,
    ) -> Result<Option<Arc<Surroundings>>> {
        if !contestant.model.sees_ground() {
            return Ok(None);
        }
        // A holder that panicked has left nothing behind: what is there was whole when it was put there.
        let mut kept = prepared.surroundings.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none() {
            let training = match contestant.kind {
                SplitKind::Spatial => self.may_train(number),
                SplitKind::Random => self.bench.stack.area().clone(),
            };
            let Bench { stack, spool, pretrain, .. } = *self.bench;
            let ground = FeatureGround::new(stack, &prepared.pipeline, training, spool)?;
            let seed = self.seed.derive("surroundings", number as u64);
            *kept = Some(Arc::new(Surroundings::new(ground, pretrain, seed)?));
        }
        Ok(kept.clone())
    }
}

impl Round<'_> {
    /// How well what was pretrained completes the ground that a fold holds out.
    pub(super) fn completion(
        &self,
        around: Option<&Surroundings>,
        number: usize,
    ) -> Result<Option<Completion>> {
        let seed = self.seed.derive("completion", number as u64);
        let told = around.map(|around| around.complete(self.bench.stack.area(), seed));
        Ok(told.transpose()?.flatten())
    }
}

impl Round<'_> {
    /// What a pretext learned of the ground that may train, for a contestant that takes it: once a fold.
    pub(super) fn trunk(
        &self,
        contestant: &Contestant,
        prepared: &Prepared,
        number: usize,
    ) -> Result<Option<Arc<Trunk>>> {
        if !contestant.model.takes_trunk() {
            return Ok(None);
        }
        let mut kept = prepared.trunk.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.is_none() {
            let seed = self.seed.derive("trunk", number as u64);
            let Bench { pretrain, stack, .. } = *self.bench;
            let all = contestant.kind == SplitKind::Random
                || pretrain.is_some_and(Pretrain::is_independent);
            let (_, evidence) = &self.fitting;
            let seen = match all && stack.has_map() {
                true => evidence.clone(),
                false => evidence.select(&prepared.may_fit),
            };
            let may_train = |unit| all || self.territory.may_train(unit, number);
            let pipeline = &prepared.pipeline;
            *kept = pretext::learned(self.bench, pipeline, &seen, (seed, &may_train))?;
        }
        Ok(kept.clone())
    }
}

/// The ground of a fold.
pub(super) fn ground(around: Option<&Arc<Surroundings>>) -> Option<&dyn Ground> {
    around.map(|around| &around.ground as &dyn Ground)
}

/// The held-out rows that a model explains.
pub(super) fn viewed(held_out: &[usize], model: &FittedModel) -> Vec<usize> {
    let most = if model.sees_ground() { VIEWED_WINDOWS } else { VIEWED_ROWS };
    let step = held_out.len().div_ceil(most).max(1);
    held_out.iter().copied().step_by(step).collect()
}
