//! Batches, made while the step before is computed.

use std::ops::Range;

use paydirt_core::seed::Seed;

use super::{Task, Training};
use crate::Result;

/// Batches of the steps, in the parts in which they are computed.
pub(super) struct Feed<'a, T> {
    task: &'a T,
    seed: Seed,
    batch: usize,
    /// Most examples that are computed together.
    pub(super) part: usize,
    pub(super) epoch_steps: usize,
    order: (usize, Vec<usize>),
}

impl<'a, T: Task> Feed<'a, T> {
    pub(super) fn new(task: &'a T, settings: &Training, seed: Seed) -> Self {
        let order = task.epoch(seed.derive("epoch", 0));
        let batch = settings.batch.min(order.len()).max(1);
        Self {
            task,
            seed,
            batch,
            part: batch.div_ceil(settings.accumulate),
            epoch_steps: order.len().div_ceil(batch).max(1),
            order: (0, order),
        }
    }

    /// Computes half as many examples together from now on; `false` where it is one already.
    pub(super) fn halve(&mut self) -> bool {
        let more = self.part > 1;
        self.part = self.part.div_ceil(2);
        more
    }

    /// The parts of a step, each with its number of examples.
    pub(super) fn at(&mut self, step: usize) -> Result<Vec<(usize, T::Batch)>> {
        let epoch = step / self.epoch_steps;
        if self.order.0 != epoch {
            self.order = (epoch, self.task.epoch(self.seed.derive("epoch", epoch as u64)));
        }
        let order = &self.order.1;
        let start = (step % self.epoch_steps) * self.batch;
        let whole: Range<usize> = start.min(order.len())..(start + self.batch).min(order.len());
        let seed = self.seed.derive("batch", step as u64);
        let parts = order[whole].chunks(self.part).enumerate();
        let make = |(number, examples): (usize, &[usize])| {
            Ok((examples.len(), self.task.batch(examples, seed.derive("part", number as u64))?))
        };
        parts.map(make).collect()
    }
}
