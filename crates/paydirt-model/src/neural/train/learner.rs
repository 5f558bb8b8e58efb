//! One fit without its files and callers.

use burn_tensor::Tensor;
use paydirt_core::seed::Seed;

use super::memory::within;
use super::optimiser::{Rate, momentum};
use super::state::State;
use super::{Fit, Outcome, Progress, Schedule, Task, Training, checkpoint};
use crate::neural::parameters::{Id, Parameters};
use crate::neural::pass::{Pass, to_numbers, total};
use crate::{Error, Result};

/// The gradient of each parameter that has one.
type Gradients = Vec<Option<Tensor<1>>>;

/// What moves weights: all of a fit that knows nothing of files and callers.
pub(super) struct Learner<'a, T> {
    pub(super) model: &'static str,
    pub(super) parameters: &'a mut Parameters,
    task: &'a T,
    settings: &'a Training,
    seed: Seed,
    pub(super) state: State,
    /// Steps of an epoch, and of the whole fit.
    steps: [usize; 2],
    /// Most held-out examples that are computed together.
    pub(super) together: usize,
}

impl<'a, T: Task> Learner<'a, T> {
    pub(super) fn new(
        parameters: &'a mut Parameters,
        task: &'a T,
        Fit { model, settings, seed }: Fit<'a>,
        epoch_steps: usize,
    ) -> Self {
        let all = settings.epochs.saturating_mul(epoch_steps);
        let steps = [epoch_steps, settings.steps.unwrap_or(all).min(all)];
        let state = State::new(parameters);
        let together = settings.batch;
        Self { model, parameters, task, settings, seed, state, steps, together }
    }

    /// What tells this fit from all others.
    pub(super) fn name(&self) -> String {
        checkpoint::fit(self.parameters, self.task, self.settings, self.seed)
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            step: self.state.step,
            steps: self.steps[1],
            epoch_steps: self.steps[0],
            warmup: self.settings.warmup_steps,
            plateaus: self.state.plateaus,
        }
    }

    /// The learning rate of the next step.
    pub(super) fn rate(&self) -> f64 {
        self.settings.learning_rate * self.settings.schedule.share(self.progress())
    }

    /// Whether a further step is to be made.
    pub(super) const fn goes_on(&self) -> bool {
        self.state.step < self.steps[1] && !self.state.over
    }

    /// Makes one step; its loss and the length of its gradient.
    pub(super) fn step(&mut self, parts: &[(usize, T::Batch)], rate: f64) -> Result<(f64, f64)> {
        let examples = parts.iter().map(|(count, _)| *count).max().unwrap_or(0);
        // Running statistics move with each part: a step that is made again begins where it began.
        let before = self.parameters.values().to_vec();
        let Some(found) = within(|| self.gradients(parts)) else {
            before.into_iter().enumerate().for_each(|(i, value)| self.parameters.set(Id(i), value));
            return Err(Error::NoMemory { model: self.model, examples });
        };
        drop(before);
        let (loss, gradients, norm) = found?;
        self.apply(gradients, norm, rate);
        Ok((loss, norm))
    }

    /// The loss of a step, its gradients and their length.
    fn gradients(&mut self, parts: &[(usize, T::Batch)]) -> Result<(f64, Gradients, f64)> {
        let step = self.state.step;
        let whole: usize = parts.iter().map(|(count, _)| count).sum();
        let mut gradients: Gradients = vec![None; self.parameters.specs().len()];
        let mut loss = 0.0;
        for (number, (count, batch)) in parts.iter().enumerate() {
            let seed = self.seed.derive("step", step as u64).derive("part", number as u64);
            let share = *count as f64 / whole.max(1) as f64;
            let mut pass = self.pass(seed);
            let of_part = self.task.loss(&mut pass, batch) * share as f32;
            let told: f64 =
                to_numbers(of_part.clone().inner()).iter().copied().map(f64::from).sum();
            if !told.is_finite() {
                return Err(self.not_finite(batch, seed));
            }
            loss += told;
            let mut found = of_part.backward();
            let (leaves, updates) = pass.into_updates();
            for (leaf, sum) in leaves.iter().zip(&mut gradients) {
                let new = leaf.grad_remove(&mut found);
                *sum = match (sum.take(), new) {
                    (Some(sum), Some(new)) => Some(sum + new),
                    (sum, new) => sum.or(new),
                };
            }
            for (id, value) in updates {
                self.parameters.set(id, value);
            }
        }
        let norm = self.norm(&gradients)?;
        Ok((loss, gradients, norm))
    }

    fn pass(&self, seed: Seed) -> Pass<'_> {
        Pass::learn(self.parameters, seed).with(self.settings.precision)
    }

    /// The length of the gradient of all parameters.
    fn norm(&self, gradients: &[Option<Tensor<1>>]) -> Result<f64> {
        let squares = gradients.iter().flatten().map(|g| total(g.clone() * g.clone()));
        let Some(sum) = squares.reduce(|sum, square| sum + square) else { return Ok(0.0) };
        let norm = to_numbers(sum).iter().copied().map(f64::from).sum::<f64>().sqrt();
        if norm.is_finite() {
            return Ok(norm);
        }
        let broken = |gradient: &Option<Tensor<1>>| {
            let numbers = gradient.clone().map(to_numbers).unwrap_or_default();
            let sum: f64 = numbers.iter().map(|number| f64::from(*number).powi(2)).sum();
            !(sum as f32).is_finite()
        };
        let place = gradients.iter().position(broken);
        let layer = place.map_or("all parameters", |place| &self.parameters.specs()[place].name);
        Err(Error::NotFinite {
            model: self.model,
            step: self.state.step,
            layer: layer.into(),
            what: "gradient",
        })
    }

    fn apply(&mut self, gradients: Gradients, norm: f64, rate: f64) {
        let short = match self.settings.clip_norm {
            Some(most) if norm > most => (most / norm) as f32,
            _ => 1.0,
        };
        let decay = self.settings.weight_decay;
        self.state.momenta *= momentum(self.state.step + 1);
        let at = Rate { step: self.state.step + 1, rate, decay, momenta: self.state.momenta };
        for (index, gradient) in gradients.into_iter().enumerate() {
            let Some(gradient) = gradient else { continue };
            let gradient = if short < 1.0 { gradient * short } else { gradient };
            let value = self.parameters.values()[index].clone();
            let moved =
                self.settings.optimiser.step(value, gradient, &mut self.state.moments[index], at);
            self.parameters.set(Id(index), moved);
        }
        self.state.step += 1;
    }

    /// Which layer's numbers were the first that are not finite.
    fn not_finite(&self, batch: &T::Batch, seed: Seed) -> Error {
        let mut pass = self.pass(seed).watched();
        let _ = self.task.loss(&mut pass, batch);
        let (layer, what) = match pass.broken() {
            Some(layer) => (layer.to_owned(), "output"),
            None => ("the whole network".to_owned(), "loss"),
        };
        Error::NotFinite { model: self.model, step: self.state.step, layer, what }
    }

    /// Notes the loss of a step; after the last of an epoch, looks at what is held out.
    pub(super) fn after_step(&mut self, loss: f64) -> Result<Option<f64>> {
        self.state.epoch_loss += loss;
        let within = self.state.step % self.steps[0];
        if within != 0 && self.state.step < self.steps[1] {
            return Ok(None);
        }
        let count = if within == 0 { self.steps[0] } else { within };
        self.state.last_loss = self.state.epoch_loss / count as f64;
        self.state.epoch_loss = 0.0;
        let held_out = self.held_out()?;
        if let Some(loss) = held_out {
            self.check(loss);
        }
        Ok(held_out)
    }

    /// The mean loss on what is held out.
    fn held_out(&self) -> Result<Option<f64>> {
        let (from, count) = (self.task.examples(), self.task.held_out());
        if count == 0 {
            return Ok(None);
        }
        let numbers: Vec<usize> = (from..from + count).collect();
        let mut sum = 0.0;
        for (part, examples) in numbers.chunks(self.together).enumerate() {
            let seed = self.seed.derive("held out", part as u64);
            let batch = self.task.batch(examples, seed)?;
            let loss = self.task.loss(&mut Pass::infer(self.parameters), &batch);
            let loss: f64 = to_numbers(loss).iter().copied().map(f64::from).sum();
            sum += loss * examples.len() as f64;
        }
        Ok(Some(sum / count as f64))
    }

    fn check(&mut self, loss: f64) {
        self.state.check(loss, self.parameters);
        if let Schedule::Plateau(plateau) = self.settings.schedule
            && self.state.since_plateau >= plateau.patience
        {
            self.state.plateaus += 1;
            self.state.since_plateau = 0;
        }
        if let Some(stopping) = self.settings.early_stopping {
            self.state.over = self.state.since >= stopping.patience;
        }
    }

    /// The end of a fit: with early stopping the best weights are put in place.
    pub(super) fn end(self) -> Outcome {
        let State { step, last_loss, last_held_out, best, .. } = self.state;
        let best = best.filter(|_| self.settings.early_stopping.is_some());
        let held_out_loss = best.as_ref().map(|best| best.0).or(last_held_out);
        for (index, value) in best.into_iter().flat_map(|best| best.1).enumerate() {
            self.parameters.set(Id(index), value);
        }
        Outcome { steps: step, loss: last_loss, held_out_loss }
    }
}
