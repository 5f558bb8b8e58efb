//! Shares of a command on the workers of a scheduler.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use paydirt_io::remote::is_address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cli::Common;
use crate::command::Session;
use crate::command::share::{Sharable, Told};
use crate::error::{Error, Result};
use crate::pieces::Shard;

mod engine;
#[cfg(feature = "ballista")]
mod worker;

pub(crate) use engine::query;
pub use engine::{WorkerOptions, scheduler, worker};

/// Where the work of a command is done, if not in one process alone: `[scale.ballista]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Scale {
    /// On the workers of a Ballista scheduler.
    Ballista(BallistaSettings),
}

/// Workers of a Ballista scheduler (`paydirt scheduler`, `paydirt worker`), which see project, data and
/// `--states` under the same paths. They make what can be parted; the rest, and what they could not make, is
/// made where the command was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BallistaSettings {
    /// Address of the scheduler, as `host:port`.
    pub scheduler: String,
    /// Shares of each phase, 1 or more: some times as many as workers, so that a slow one holds nobody up.
    #[serde(default = "default_shares")]
    pub shares: usize,
}

const fn default_shares() -> usize {
    16
}

/// What workers are told of a command.
#[derive(Serialize, Deserialize)]
struct Job {
    what: Sharable,
    set: Vec<String>,
    seed: Option<u64>,
    max_memory: Option<u64>,
    states: PathBuf,
    stack: Option<String>,
    shares: usize,
    /// Tells a command from the same one given again: files may have changed between them.
    given: String,
}

/// Has the workers of a scheduler make what they can of a command; nothing where the project names none.
///
/// # Errors
/// [`Error::Usage`] without `--states`; a scheduler that cannot be reached; as the command.
pub fn spread(scale: Option<&Scale>, what: &Sharable, session: &Session) -> Result<()> {
    let Some(Scale::Ballista(settings)) = scale else { return Ok(()) };
    // What is warned of here is warned of again where the command is done.
    let console = session.console.beside();
    let session = &Session { console, common: session.common.clone() };
    let states = session.common.states.as_ref().ok_or_else(|| Error::Usage {
        reason: "`[scale.ballista]` has no folder for the pieces that workers make".into(),
        hint: "name one that they see under the same path: `--states FOLDER`".into(),
    })?;
    let shares = settings.shares.max(1);
    if is_address(states) {
        return Err(Error::Usage {
            reason: format!(
                "the scheduler reads what is to be done in a folder, and `{}` is none",
                states.display()
            ),
            hint: "name a folder that all machines see, or part the work with `--shard`: shares meet in a \
                   bucket as well"
                .into(),
        });
    }
    let Common { set, seed, max_memory, stack, .. } = session.common.clone();
    let stack = stack.map(|stack| whole(Path::new(&stack))).transpose()?;
    let stack = stack.map(|stack| stack.to_string_lossy().into_owned());
    let states = whole(states)?;
    let what = what.absolute()?;
    let shared = what.read(session)?;
    let given = given();
    let job = Job { what, set, seed, max_memory, states, stack, shares, given };
    let mut before = None;
    loop {
        let Told { phase, missing, last } = shared.make(Shard::NOBODY, session)?;
        if last {
            return Ok(());
        }
        if before == Some((phase.clone(), missing)) {
            session.console.warn_aside(&format!(
                "workers made none of the {missing} pieces of `{phase}` that are missing: they are made here"
            ));
            return Ok(());
        }
        session.console.say(&format!("{phase}: {missing} pieces to {}", settings.scheduler));
        match engine::submit(&settings.scheduler, &job, &session.console) {
            Ok(failed) => failed.iter().for_each(|failed| session.console.warn_aside(failed)),
            // A worker that cannot read what is to be done, or a scheduler that is gone.
            Err(Error::Scale(paydirt_scale::Error::Job { reason, .. })) => {
                session.console.warn_aside(&format!(
                    "the workers' job was given up, and what is missing is made here: {reason}"
                ));
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        before = Some((phase, missing));
    }
}

/// Words that no other command is given by.
fn given() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    format!("{}-{now}", std::process::id())
}

/// A path for who works in another folder; an address is one already.
fn whole(path: &Path) -> Result<PathBuf> {
    Ok(if is_address(path) { path.into() } else { std::path::absolute(path)? })
}
