//! The one training loop, for every network.
//!
//! A [`Task`] says what its examples are and how wrong the network is on some of them. The loop shuffles
//! the examples of each epoch, makes the batches ahead of the steps, moves the weights, checks what is held
//! out after each epoch, and writes checkpoints from which it goes on to the same bits. Every random
//! number of a step derives from the seed and the step's number, so nothing random has to be saved.

mod checkpoint;
mod feed;
mod flat;
mod host;
mod learner;
mod log;
mod memory;
mod optimiser;
mod schedule;
mod settings;
mod state;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use burn_tensor::Tensor;
use paydirt_core::seed::Seed;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};

pub(crate) use self::checkpoint::{digest, of_bits};
use self::feed::Feed;
pub(crate) use self::flat::Flat;
pub use self::host::{Host, host, leave_host};
use self::learner::Learner;
use self::log::Log;
pub use self::log::Row;
pub use self::optimiser::Optimiser;
pub use self::schedule::{Plateau, Progress, Schedule, Step};
pub use self::settings::{EarlyStopping, Precision, Training};
use super::parameters::Parameters;
use super::pass::Pass;
use crate::{Error, Result};

/// What a network learns.
pub trait Task: Sync {
    /// Examples as tensors are made of them.
    type Batch: Send + Sync;

    /// How many examples there are; they are numbered from 0.
    fn examples(&self) -> usize;

    /// How many further examples are held out; their numbers follow.
    fn held_out(&self) -> usize {
        0
    }

    /// The examples of an epoch in the order in which they are taken; shuffled where nothing else is said.
    fn epoch(&self, seed: Seed) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.examples()).collect();
        order.shuffle(&mut seed.rng());
        order
    }

    /// What tells its examples, and what is done with them, from others of the same number: an interrupted fit
    /// goes on with these alone.
    fn fingerprint(&self) -> u64 {
        0
    }

    /// Makes a batch of some examples, while the step before is computed.
    ///
    /// # Errors
    /// Where the examples cannot be read.
    fn batch(&self, examples: &[usize], seed: Seed) -> Result<Self::Batch>;

    /// How wrong the network is on a batch: one number.
    fn loss(&self, pass: &mut Pass<'_>, batch: &Self::Batch) -> Tensor<1>;
}

/// Where a fit keeps its state.
#[derive(Clone, Debug)]
pub struct Checkpoints {
    /// The file; written beside its name and renamed. Where it is there already, the fit goes on from it.
    pub path: PathBuf,
    /// Steps between two writings.
    pub every_steps: Option<usize>,
    /// Time between two writings.
    pub every: Option<Duration>,
}

/// Sees every step; stops the fit by answering `false`.
pub type Watcher<'a> = Box<dyn FnMut(&Row, Progress) -> bool + 'a>;

/// What is fitted, and how: all that the result depends on, beside network and task.
#[derive(Clone, Copy, Debug)]
pub struct Fit<'a> {
    /// The model's key, for messages.
    pub model: &'static str,
    /// How it learns.
    pub settings: &'a Training,
    /// Seed of everything random.
    pub seed: Seed,
}

/// How a fit is run, beside its settings.
#[derive(Default)]
pub struct Run<'a> {
    /// Where its state is kept.
    pub checkpoints: Option<Checkpoints>,
    /// A table of steps, `<log>.csv`, and the same for TensorBoard, `<log>.tfevents`.
    pub log: Option<PathBuf>,
    /// Sees every step; stops the fit by answering `false`.
    pub progress: Option<Watcher<'a>>,
}

/// What a fit came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Steps made.
    pub steps: usize,
    /// Mean loss of the last epoch.
    pub loss: f64,
    /// Loss on what is held out: with early stopping the least, whose weights were kept; else the last.
    pub held_out_loss: Option<f64>,
}

/// Trains a network.
///
/// # Errors
/// [`Error::NotFinite`] with step and layer where a number is not finite any more, [`Error::Interrupted`],
/// and whatever the task's batches or the files cannot do.
pub fn train<T: Task>(
    parameters: &mut Parameters,
    task: &T,
    fit: Fit<'_>,
    run: Run<'_>,
) -> Result<Outcome> {
    if task.examples() == 0 {
        let reason = "there is no example to learn from".into();
        return Err(Error::Untrainable { model: fit.model, reason });
    }
    let feed = Feed::new(task, fit.settings, fit.seed);
    let epoch_steps = feed.epoch_steps;
    run.go(Learner::new(parameters, task, fit, epoch_steps), feed)
}

impl Run<'_> {
    /// Goes through all steps.
    fn go<T: Task>(
        mut self,
        mut learner: Learner<'_, T>,
        mut feed: Feed<'_, T>,
    ) -> Result<Outcome> {
        let name = learner.name();
        self.take_up(learner.model, &name)?;
        if let Some(plan) = self.checkpoints.as_ref().filter(|plan| plan.path.exists()) {
            learner.state = checkpoint::load(&plan.path, learner.parameters, &name)?;
        }
        let mut log = Log::open(self.log.as_deref(), learner.state.step)?;
        let mut saved = Instant::now();
        let mut parts = feed.at(learner.state.step)?;
        while learner.goes_on() {
            let before = learner.progress();
            let rate = learner.rate();
            let (next, moved) =
                rayon::join(|| feed.at(before.step + 1), || learner.step(&parts, rate));
            if matches!(moved, Err(Error::NoMemory { .. })) && feed.halve() {
                host::warn(learner.model, feed.part);
                learner.together = feed.part;
                parts = feed.at(before.step)?;
                continue;
            }
            let (loss, gradient_norm) = moved?;
            parts = next?;
            let held_out_loss = learner.after_step(loss)?;
            let at = learner.progress();
            let row = Row {
                step: at.step,
                epoch: before.step / at.epoch_steps + 1,
                loss,
                learning_rate: rate,
                gradient_norm,
                held_out_loss,
            };
            log.add(&row);
            let goes_on = self.progress.as_mut().is_none_or(|see| see(&row, at))
                && host::current().is_none_or(|host| host.see(learner.model, &row, at));
            if !goes_on || self.is_due(at.step, saved) {
                self.save(&mut log, &learner, &name)?;
                saved = Instant::now();
            }
            if !goes_on {
                return Err(Error::Interrupted { steps: at.step });
            }
        }
        self.save(&mut log, &learner, &name)?;
        Ok(learner.end())
    }

    /// Files in the folder of the host, where the caller has named none.
    fn take_up(&mut self, model: &str, name: &str) -> Result<()> {
        let folder = host::current().and_then(|host| host.folder());
        let Some((folder, every)) = folder else { return Ok(()) };
        if self.checkpoints.is_some() || self.log.is_some() {
            return Ok(());
        }
        fs_err::create_dir_all(&folder)
            .map_err(|source| paydirt_core::Error::File { path: folder.clone(), source })?;
        let path = folder.join(format!("{model}-{}", &name[..name.len().min(16)]));
        self.log = Some(path.clone());
        let path = path.with_extension("state");
        host::fetch(&path)?;
        self.checkpoints = Some(Checkpoints { path, every_steps: None, every: Some(every) });
        Ok(())
    }

    /// Whether the state is to be written after so many steps.
    fn is_due(&self, steps: usize, saved: Instant) -> bool {
        self.checkpoints.as_ref().is_some_and(|plan| {
            plan.every_steps.is_some_and(|every| steps.is_multiple_of(every.max(1)))
                || plan.every.is_some_and(|every| saved.elapsed() >= every)
        })
    }

    /// Writes the log, then the state.
    fn save<T: Task>(&self, log: &mut Log, learner: &Learner<'_, T>, name: &str) -> Result<()> {
        log.flush()?;
        let Some(Checkpoints { path, .. }) = &self.checkpoints else { return Ok(()) };
        checkpoint::save(path, learner.parameters, &learner.state, name)?;
        host::keep(path)
    }
}
