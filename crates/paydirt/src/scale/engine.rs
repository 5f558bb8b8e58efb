//! The engine, where the program was built with it.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::Job;
use crate::cli::Common;
use crate::console::Console;
use crate::error::Result;

/// What `paydirt worker` is told.
pub struct WorkerOptions {
    /// Address of the scheduler, as `host:port`.
    pub scheduler: String,
    /// Address on which it hands out its answers.
    pub bind: SocketAddr,
    /// Name or number under which others reach this machine.
    pub host: Option<String>,
    /// Shares that it makes at a time.
    pub tasks: usize,
    /// Folder for answers that were not fetched yet; a temporary one where none is given.
    pub folder: Option<PathBuf>,
}

#[cfg(feature = "ballista")]
mod with {
    use std::sync::Arc;

    use paydirt_io::table::{self, Values};
    use paydirt_scale::{
        Cells, ClientSettings, SchedulerSettings, SqlTable, State, WorkerSettings,
    };

    use super::{Common, Console, Job, Result, SocketAddr, WorkerOptions};
    use crate::error::Error;
    use crate::pieces::Pieces;
    use crate::scale::worker::Worker;

    /// Runs a scheduler until it is interrupted.
    ///
    /// # Errors
    /// An address on which it cannot listen.
    pub fn scheduler(address: SocketAddr, timeout_s: u64, console: &Console) -> Result<()> {
        let settings = SchedulerSettings { address, worker_timeout_s: timeout_s };
        let listening = |address| console.say(&format!("scheduler on {address}"));
        Ok(paydirt_scale::scheduler(&settings, listening, || console.go_on().is_err())?)
    }

    /// Runs a worker until it is interrupted.
    ///
    /// # Errors
    /// A scheduler that cannot be reached, an address on which it cannot listen, or `--states` that it cannot
    /// write.
    pub fn worker(options: WorkerOptions, common: &Common, console: &Console) -> Result<()> {
        if let Some(states) = &common.states {
            Pieces::try_out(states)?;
        }
        let place = tempfile::tempdir()?;
        let folder = options.folder.unwrap_or_else(|| place.path().into());
        let settings = WorkerSettings {
            address: options.bind,
            host: options.host,
            concurrent_tasks: options.tasks,
            ..WorkerSettings::new(&options.scheduler, folder)
        };
        console.say(&format!("worker for {}", options.scheduler));
        let work = Arc::new(Worker::new(common.clone(), console.beside()));
        Ok(paydirt_scale::worker(&settings, work, || console.go_on().is_err())?)
    }

    /// What a query gives of some tables, as text: names of columns, and rows.
    ///
    /// # Errors
    /// What is no query of these tables.
    pub(crate) fn query(
        sql: &str,
        tables: Vec<(&str, table::Columns)>,
    ) -> Result<(Vec<String>, Vec<Vec<String>>)> {
        let cells = |values| match values {
            Values::Numbers(numbers) => Cells::Numbers(numbers),
            Values::Texts(texts) => Cells::Texts(texts),
        };
        let columns = |table: table::Columns| {
            table.columns.into_iter().map(|column| (column.name, cells(column.values))).collect()
        };
        let tables: Vec<SqlTable> = tables
            .into_iter()
            .map(|(name, table)| SqlTable { name: name.into(), columns: columns(table) })
            .collect();
        Ok(paydirt_scale::query(sql, &tables)?)
    }

    /// Has workers make every share of a job once; which of them failed, in words.
    pub(in crate::scale) fn submit(
        scheduler: &str,
        job: &Job,
        console: &Console,
    ) -> Result<Vec<String>> {
        let manifest = job.states.join(format!("manifest-{}", job.given));
        let tasks: Vec<u64> = (0..job.shares as u64).collect();
        fs_err::create_dir_all(&job.states)?;
        paydirt_scale::write_manifest(&manifest, &tasks)?;
        let text = serde_json::to_string(job)
            .map_err(|error| Error::Saved { path: manifest.clone(), reason: error.to_string() })?;
        let goes_on = |_| console.go_on().is_ok();
        let ended =
            paydirt_scale::submit(&ClientSettings::new(scheduler), &text, &manifest, goes_on);
        let _ = fs_err::remove_dir_all(&manifest);
        console.go_on()?;
        let failed = ended?.into_iter().filter(|status| status.state == State::Failed);
        Ok(failed
            .map(|status| {
                format!(
                    "share {} of {} failed on worker {} after {} tries: {}",
                    status.task + 1,
                    job.shares,
                    status.worker,
                    status.tries,
                    status.message.unwrap_or_default()
                )
            })
            .collect())
    }
}

#[cfg(not(feature = "ballista"))]
mod with {
    use super::{Common, Console, Job, Result, SocketAddr, WorkerOptions};
    use crate::error::Error;

    fn not_built() -> Error {
        Error::Usage {
            reason: "this `paydirt` was built without DataFusion and Ballista".into(),
            hint:
                "build it with `cargo install --path crates/paydirt --features ballista`; `--shard` parts work without it"
                    .into(),
        }
    }

    pub(crate) fn query(
        _: &str,
        _: Vec<(&str, paydirt_io::table::Columns)>,
    ) -> Result<(Vec<String>, Vec<Vec<String>>)> {
        Err(not_built())
    }

    /// Refuses.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn scheduler(_: SocketAddr, _: u64, _: &Console) -> Result<()> {
        Err(not_built())
    }

    /// Refuses.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn worker(_: WorkerOptions, _: &Common, _: &Console) -> Result<()> {
        Err(not_built())
    }

    pub(in crate::scale) fn submit(_: &str, _: &Job, _: &Console) -> Result<Vec<String>> {
        Err(not_built())
    }
}

pub(crate) use with::query;
pub(super) use with::submit;
pub use with::{scheduler, worker};
