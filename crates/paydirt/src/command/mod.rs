//! The commands that read or write data: arguments in, one function of the library called, result
//! printed.

mod bench;
mod check;
mod compare;
mod curve;
mod data;
mod demo;
mod explain;
mod infill;
mod init;
mod predict;
mod prepare;
mod reproduce;
mod run;
pub mod share;
mod study;
mod view;

use std::path::{Path, PathBuf};

use paydirt_core::grid::Point;
use paydirt_model::neural::device;
use paydirt_model::neural::train::leave_host;

use self::share::Sharable;
use crate::cli::{Arguments, Command, Common, DataCommand};
use crate::console::Console;
use crate::error::{Error, Result};
use crate::infill::project as infilling;
use crate::pieces::Shard;
use crate::project::{self, Opened};
use crate::scale;

/// What every command works with.
pub struct Session {
    /// Where it speaks.
    pub console: Console,
    /// What every command takes.
    pub common: Common,
}

impl Session {
    /// Opens a project with the changes of the command line applied.
    ///
    /// # Errors
    /// As [`project::open`].
    pub fn open(&self, path: &Path) -> Result<Opened> {
        let mut opened = project::open(path, &self.common.set)?;
        if let Some(seed) = self.common.seed {
            opened.project.seed = seed;
        }
        Ok(opened)
    }

    /// Opens an infilling with the changes of the command line applied, then `changes`.
    ///
    /// # Errors
    /// As [`crate::infill::project::open`].
    pub fn open_infilling(&self, path: &Path, changes: &[String]) -> Result<infilling::Opened> {
        let mut opened = infilling::open(path, &[&self.common.set, changes].concat())?;
        if let Some(seed) = self.common.seed {
            opened.project.seed = seed;
        }
        Ok(opened)
    }

    /// Prints a result as JSON where that is wanted, else as the text given.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub fn show(&self, json: &impl serde::Serialize, text: &str) -> Result<()> {
        if self.console.json() {
            let json = serde_json::to_string_pretty(json)
                .map_err(|error| Error::Saved { path: "-".into(), reason: error.to_string() })?;
            self.console.result(&json)
        } else {
            self.console.result(text)
        }
    }
}

/// The folder beside a project file that is called after the project.
fn beside(opened: &Opened, ending: &str) -> PathBuf {
    opened.folder.join(format!("{}.{ending}", opened.project.name))
}

/// The command, where it can be made in shares.
fn sharable(command: &Command) -> Option<Sharable> {
    Some(match command.clone() {
        Command::Run { project, .. } => Sharable::Run { project },
        Command::Predict { run, project, .. } => Sharable::Predict { run, project },
        Command::Infill { project, .. } => Sharable::Infill { project },
        _ => return None,
    })
}

/// Does what was asked.
///
/// # Errors
/// Whatever goes wrong, with its exit code.
pub fn dispatch(arguments: &Arguments) -> Result<()> {
    let common = arguments.common.clone();
    if let Some(threads) = common.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global().map_err(
            |error| Error::Usage {
                reason: error.to_string(),
                hint: "use a smaller `--threads`".into(),
            },
        )?;
    }
    device::choose(common.device.parse()?)?;
    let session = Session { console: Console::new(&common), common };
    if session.common.stack.is_some() && matches!(arguments.command, Command::Infill { .. }) {
        return Err(Error::Usage {
            reason: "`--stack` keeps evidence, and `infill` reads records".into(),
            hint: "leave it out".into(),
        });
    }
    session.console.watch_networks(session.common.states.as_deref())?;
    let done = match session.common.shard {
        None => act(&session, &arguments.command),
        Some(shard) => share(&session, &arguments.command, shard),
    };
    leave_host();
    done
}

/// Makes a share of what was asked.
fn share(session: &Session, command: &Command, shard: Shard) -> Result<()> {
    let what = sharable(command).ok_or_else(|| Error::Usage {
        reason: "`--shard` parts the work of `run`, `predict` and `infill` alone".into(),
        hint: "leave it out".into(),
    })?;
    share::share(session, &what, shard)
}

fn act(session: &Session, command: &Command) -> Result<()> {
    match command {
        Command::Init { folder, out } => init::init(session, folder, out.as_deref()),
        Command::Check { project } => check::check(session, project),
        Command::Prepare { project, out } => prepare::prepare(session, project, out.as_deref()),
        Command::Run { project, out } => run::run(session, project, out.as_deref()),
        Command::Compare { what, models } => compare::compare(session, what, models),
        Command::Infill { project, out } => infill::infill(session, project, out.as_deref()),
        Command::Study { project, vary, value, out } => {
            study::study(session, project, (vary, value), out.as_deref())
        }
        Command::Bench { projects, models, out } => {
            bench::bench(session, projects, models, out.as_deref())
        }
        Command::Curve { project, deposits, models, metric, out } => {
            let asked = curve::Asked { deposits, models, metric };
            curve::curve(session, project, &asked, out.as_deref())
        }
        Command::Predict { run, project, out } => {
            predict::predict(session, run, project, out.as_deref())
        }
        Command::Reproduce { map, project, out } => {
            reproduce::reproduce(session, map, project.as_deref(), out.as_deref())
        }
        Command::Explain { run, easting, northing, project } => {
            let place = Point { easting: *easting, northing: *northing };
            explain::explain(session, run, place, project.as_deref())
        }
        Command::View { run, bind, port, no_open } => {
            view::view(session, run, (*bind, *port).into(), !no_open)
        }
        Command::Data { what: DataCommand::List } => data::list(session),
        Command::Data { what: DataCommand::Fetch { name, tile, out } } => {
            data::fetch(session, name, tile, out)
        }
        Command::Scheduler { bind, worker_timeout_s } => {
            scale::scheduler(*bind, *worker_timeout_s, &session.console)
        }
        Command::Worker { scheduler, bind, host, tasks, folder } => {
            let (scheduler, host, folder) = (scheduler.clone(), host.clone(), folder.clone());
            let tasks = usize::from(*tasks);
            let options = scale::WorkerOptions { scheduler, bind: *bind, host, tasks, folder };
            scale::worker(options, &session.common, &session.console)
        }
        Command::Demo { out, size_cells } => demo::demo(session, out, (*size_cells).into()),
        Command::Schema { .. } | Command::Indices { .. } | Command::Completions { .. } => {
            Err(Error::Usage {
                reason: "`paydirt-engine` does not answer this".into(),
                hint: "call `paydirt`".into(),
            })
        }
    }
}
