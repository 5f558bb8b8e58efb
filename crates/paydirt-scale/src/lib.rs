//! Tasks of a job on several machines, on an existing engine: Apache DataFusion Ballista, embedded.
//!
//! A job is a *manifest*, a folder with one small Parquet file a task (`write_manifest`), and a [`Work`]
//! that is the same program on every machine. One process is the `scheduler`, any number of them are a
//! `worker` each, and `submit` gives a manifest to the scheduler and waits: the engine runs
//! `select task, perform(job, task) from manifest`, where `perform` does the task on a worker and answers with
//! its [`TaskStatus`]. This is the one way of using the engine that was shown to do each task once: a plan
//! node or table of our own would be run N times over for N tasks, without an error.
//!
//! - A task that fails is tried again on the same worker, then named in its status; the others go on.
//! - A worker that dies is noticed ([`SchedulerSettings::worker_timeout_s`]); what it had not handed on is done
//!   again by others. So outputs must be idempotent, which is the work's duty ([`Work::perform`]).
//! - A scheduler that dies forgets its jobs; workers find it again when it is back, and a job that is
//!   submitted again skips what is done.
//! - After a job, answers are counted against the manifest: as many rows, the same numbers, each once.
//!
//! Manifest and outputs are on a file system that scheduler, workers and client see under the same path.
//!
//! **Not offered.** There is no authentication and no encryption: whoever reaches the scheduler's or a
//! worker's port can have tasks done and read answers, so a cluster belongs in a private network. There is one
//! scheduler, and nothing takes over from it. A job waits for workers as long as it takes.
//!
//! The same engine answers questions of tables in this process (`query`).
//!
//! All but [`attempt`], [`Work`], the settings and errors stands behind the cargo feature `ballista`.

mod error;
mod settings;
mod work;

#[cfg(feature = "ballista")]
mod client;
#[cfg(feature = "ballista")]
mod engine;
#[cfg(feature = "ballista")]
mod function;
#[cfg(feature = "ballista")]
mod manifest;
#[cfg(feature = "ballista")]
mod scheduler;
#[cfg(feature = "ballista")]
mod sql;
#[cfg(feature = "ballista")]
mod worker;

pub use error::{Error, Result};
pub use settings::{ClientSettings, SchedulerSettings, WorkerSettings};
pub use work::{Outcome, State, TaskStatus, Work, attempt};

#[cfg(feature = "ballista")]
pub use client::{Progress, submit};
#[cfg(feature = "ballista")]
pub use manifest::write_manifest;
#[cfg(feature = "ballista")]
pub use scheduler::scheduler;
#[cfg(feature = "ballista")]
pub use sql::{Cells, SqlTable, query};
#[cfg(feature = "ballista")]
pub use worker::worker;
