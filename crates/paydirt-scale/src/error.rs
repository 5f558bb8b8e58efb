//! What can go wrong, with the advice apart.

use std::path::PathBuf;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong, as a lower-case fragment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting below what makes sense.
    #[error("`{setting}` is {value}, but must be at least {least}")]
    Setting {
        /// Which setting.
        setting: &'static str,
        /// What was given.
        value: u64,
        /// The least value.
        least: u64,
    },
    /// A scheduler that nobody could reach.
    #[error("cannot reach the scheduler at `{address}` within {patience_s} s: {reason}")]
    Unreachable {
        /// Its address.
        address: String,
        /// How long it was tried, in seconds.
        patience_s: u64,
        /// What the last try said.
        reason: String,
    },
    /// An address on which it cannot listen.
    #[error("cannot listen on `{address}`: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
    /// A manifest that is none.
    #[error("`{path}` is no manifest: {reason}")]
    Manifest {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A manifest without tasks.
    #[error("the manifest `{path}` holds no tasks")]
    NoTasks {
        /// The folder.
        path: PathBuf,
    },
    /// A task that a manifest would hold twice, or whose number it cannot hold.
    #[error("task {task} cannot stand in the manifest `{path}`: {reason}")]
    Task {
        /// The folder.
        path: PathBuf,
        /// The task.
        task: u64,
        /// Why.
        reason: &'static str,
    },
    /// A folder that the engine cannot use.
    #[error("`{path}` cannot be used: {reason}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A scheduler or worker that ended without being told to.
    #[error("the {part} ended: {reason}")]
    Ended {
        /// Scheduler or worker.
        part: &'static str,
        /// What the engine says.
        reason: String,
    },
    /// A job that the engine gave up.
    #[error("job `{job}` was given up: {reason}")]
    Job {
        /// The job.
        job: String,
        /// What the engine says.
        reason: String,
    },
    /// A job that was stopped by whoever gave it.
    #[error("job `{job}` was stopped after {finished} of {tasks} tasks")]
    Stopped {
        /// The job.
        job: String,
        /// Tasks that had ended.
        finished: usize,
        /// Tasks of the job.
        tasks: usize,
    },
    /// Answers that do not match the manifest.
    #[error("job `{job}` has {tasks} tasks, but {rows} answers came: {reason}")]
    Answers {
        /// The job.
        job: String,
        /// Tasks in the manifest.
        tasks: usize,
        /// Rows that came.
        rows: usize,
        /// Which do not match.
        reason: String,
    },
    /// SQL that cannot be answered.
    #[error("cannot answer `{sql}`: {reason}")]
    Query {
        /// The query.
        sql: String,
        /// Why.
        reason: String,
    },
    /// From the operating system; the message names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),
}

impl Error {
    /// What the user can do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unreachable { .. } => {
                Some("start the scheduler first, and give its address as `host:port`")
            }
            Self::Listen { .. } => {
                Some("another program may hold the port: give another, or 0 for a free one")
            }
            Self::Manifest { .. } | Self::NoTasks { .. } => Some(
                "a manifest is a folder with one Parquet file a task, as `write_manifest` makes it",
            ),
            Self::Task { .. } => Some("give each task one number below 2^63"),
            Self::Job { .. } | Self::Stopped { .. } => {
                Some("submit the job again: tasks whose output is there are skipped")
            }
            Self::Answers { .. } => {
                Some("do not trust this job's outputs as complete; submit it again, and report it")
            }
            Self::Query { .. } => {
                Some("write one SELECT of the tables; names of columns are in lower case there")
            }
            Self::Setting { .. } | Self::Folder { .. } | Self::Ended { .. } | Self::Io(_) => None,
        }
    }
}
