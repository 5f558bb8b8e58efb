//! What a task is, and how one is tried: no more than this stands in the crate without its feature.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use serde::{Deserialize, Serialize};

/// The work of a job: done by whoever calls, on whatever machine.
pub trait Work: Send + Sync + 'static {
    /// Does the task numbered `task` of `job`.
    ///
    /// It may be called more than once for one task, on two machines at a time: a machine that dies takes the
    /// answers that it kept with it, and they are asked for again. So the work writes each output beside its
    /// name and renames it when it is complete, and answers [`Outcome::Skipped`] where the output is there.
    ///
    /// # Errors
    /// What went wrong, as text. The task is then tried again, [`WorkerSettings::tries`] times in all.
    ///
    /// [`WorkerSettings::tries`]: crate::WorkerSettings::tries
    fn perform(&self, job: &str, task: u64) -> Result<Outcome, String>;
}

/// How a task ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its output was made.
    Done,
    /// Its output was there already.
    Skipped,
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its output was made.
    Done,
    /// Its output was there already.
    Skipped,
    /// Each try failed.
    Failed,
}

/// What became of one task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskStatus {
    /// Its number in the manifest.
    pub task: u64,
    /// How it ended.
    pub state: State,
    /// How often it was tried.
    pub tries: u32,
    /// Seconds that all its tries took.
    pub seconds: f64,
    /// The worker that tried it.
    pub worker: String,
    /// What the last try said, where it failed.
    pub message: Option<String>,
}

/// Tries `task` of `job` until it is done or was tried `tries` times, at once after a failure. Work that
/// panics has failed, and its message is kept.
///
/// This is all that a worker does with a task, so that tasks can also be done without an engine:
///
/// ```
/// use paydirt_scale::{Outcome, State, Work, attempt};
///
/// struct Odd;
/// impl Work for Odd {
///     fn perform(&self, _: &str, task: u64) -> Result<Outcome, String> {
///         if task % 2 == 1 { Ok(Outcome::Done) } else { Err(format!("{task} is even")) }
///     }
/// }
/// let status = attempt(&Odd, "numbers", 4, 3, "here");
/// assert_eq!((status.state, status.tries), (State::Failed, 3));
/// assert_eq!(status.message.as_deref(), Some("4 is even"));
/// assert_eq!(attempt(&Odd, "numbers", 5, 3, "here").state, State::Done);
/// ```
#[must_use]
pub fn attempt(work: &dyn Work, job: &str, task: u64, tries: u32, worker: &str) -> TaskStatus {
    let begun = Instant::now();
    let mut status = TaskStatus {
        task,
        state: State::Failed,
        tries: 0,
        seconds: 0.0,
        worker: worker.to_owned(),
        message: None,
    };
    while status.tries < tries && status.state == State::Failed {
        status.tries += 1;
        match catch_unwind(AssertUnwindSafe(|| work.perform(job, task))) {
            Ok(Ok(outcome)) => {
                status.message = None;
                status.state = match outcome {
                    Outcome::Done => State::Done,
                    Outcome::Skipped => State::Skipped,
                };
            }
            Ok(Err(message)) => status.message = Some(message),
            Err(payload) => status.message = Some(told(payload.as_ref())),
        }
    }
    status.seconds = begun.elapsed().as_secs_f64();
    status
}

fn told(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("without a message"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Fails, then panics, then is done.
    struct Third(AtomicU32);

    impl Work for Third {
        fn perform(&self, _: &str, _: u64) -> Result<Outcome, String> {
            match self.0.fetch_add(1, Ordering::SeqCst) {
                0 => Err("not yet".into()),
                1 => panic!("worse"),
                _ => Ok(Outcome::Done),
            }
        }
    }

    #[test]
    fn a_task_is_tried_until_it_is_done() {
        let status = attempt(&Third(AtomicU32::new(0)), "job", 7, 3, "me");
        assert_eq!((status.state, status.tries, status.message), (State::Done, 3, None));
        let status = attempt(&Third(AtomicU32::new(0)), "job", 7, 2, "me");
        assert_eq!((status.state, status.tries), (State::Failed, 2));
        assert_eq!(status.message.as_deref(), Some("it panicked: worse"));
    }

    #[test]
    fn a_status_reads_back_from_its_text() {
        let status = attempt(&Third(AtomicU32::new(2)), "job", u64::MAX, 1, "me");
        let text = serde_json::to_string(&status).unwrap();
        assert!(text.contains(r#""state":"done""#), "{text}");
        assert_eq!(serde_json::from_str::<TaskStatus>(&text).unwrap(), status);
    }
}
