//! A worker: shares of the commands that it is told of.

use std::sync::{Arc, Mutex, PoisonError};

use paydirt_scale::{Outcome, Work};

use super::Job;
use crate::cli::Common;
use crate::command::Session;
use crate::command::share::Shared;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::pieces::Shard;

/// What was read for a command, or why it could not be.
type Ready = std::result::Result<Arc<(Session, Shared)>, String>;

/// Makes shares of the commands that it is told of. What was read for one is kept until another comes.
pub(super) struct Worker {
    common: Common,
    console: Console,
    ready: Mutex<Option<(String, Ready)>>,
}

impl Worker {
    /// A worker with the options of its command line.
    pub(super) fn new(common: Common, console: Console) -> Self {
        Self { common, console, ready: Mutex::default() }
    }

    fn ready(&self, text: &str, job: &Job) -> Ready {
        // Two shares of a job that begin together wait for one reading.
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        match &*ready {
            Some((of, found)) if of == text => found.clone(),
            _ => {
                // What is held of another command goes first.
                *ready = None;
                let made = self.read(job).map(Arc::new).map_err(|error| told(&error));
                ready.insert((text.into(), made)).1.clone()
            }
        }
    }

    fn read(&self, job: &Job) -> Result<(Session, Shared)> {
        let common = Common {
            set: job.set.clone(),
            seed: job.seed,
            states: Some(job.states.clone()),
            stack: job.stack.clone(),
            max_memory: job.max_memory.or(self.common.max_memory),
            ..self.common.clone()
        };
        let session = Session { console: self.console.beside(), common };
        session.console.watch_networks(session.common.states.as_deref())?;
        let shared = job.what.read(&session)?;
        Ok((session, shared))
    }
}

impl Work for Worker {
    fn perform(&self, text: &str, task: u64) -> std::result::Result<Outcome, String> {
        let wrong = |reason: String| {
            format!("{reason} (scheduler, workers and clients are to be of one version)")
        };
        let job: Job = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let number = usize::try_from(task).unwrap_or(usize::MAX).saturating_add(1);
        let shard = Shard::new(number, job.shares)
            .ok_or_else(|| wrong(format!("there is no share {number} of {}", job.shares)))?;
        let ready = self.ready(text, &job)?;
        ready.1.make(shard, &ready.0).map(|_| Outcome::Done).map_err(|error| told(&error))
    }
}

/// An error in words, with what to do about it.
fn told(error: &Error) -> String {
    match error.hint() {
        Some(hint) => format!("{error} ({hint})"),
        None => error.to_string(),
    }
}
