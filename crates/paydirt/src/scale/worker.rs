//! A worker: shares of the commands that it is told of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use paydirt_scale::{Outcome, Work};

use super::Job;
use crate::cli::Common;
use crate::command::Session;
use crate::command::share::Shared;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::pieces::Shard;

/// Makes shares of the commands that it is told of. What was read for one is kept until another comes.
pub(super) struct Worker {
    common: Common,
    console: Console,
    ready: Mutex<BTreeMap<String, Arc<(Session, Shared)>>>,
}

impl Worker {
    /// A worker with the options of its command line.
    pub(super) fn new(common: Common, console: Console) -> Self {
        Self { common, console, ready: Mutex::default() }
    }

    fn ready(&self, text: &str, job: &Job) -> Result<Arc<(Session, Shared)>> {
        // Two shares of a job that begin together wait for one reading.
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = ready.get(text) {
            return Ok(Arc::clone(found));
        }
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
        ready.clear();
        let made = Arc::new((session, shared));
        ready.insert(text.into(), Arc::clone(&made));
        Ok(made)
    }

    fn share(&self, text: &str, task: u64) -> Result<()> {
        let wrong = |reason: String| Error::Usage {
            reason,
            hint: "scheduler, workers and clients are to be of one version".into(),
        };
        let job: Job = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let number = usize::try_from(task).unwrap_or(usize::MAX).saturating_add(1);
        let shard = Shard::new(number, job.shares)
            .ok_or_else(|| wrong(format!("there is no share {number} of {}", job.shares)))?;
        let ready = self.ready(text, &job)?;
        ready.1.make(shard, &ready.0).map(drop)
    }
}

impl Work for Worker {
    fn perform(&self, job: &str, task: u64) -> std::result::Result<Outcome, String> {
        let told = |error: Error| match error.hint() {
            Some(hint) => format!("{error} ({hint})"),
            None => error.to_string(),
        };
        self.share(job, task).map(|()| Outcome::Done).map_err(told)
    }
}
