//! `--shard`: a share of a command, and no result.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Session;
use crate::error::{Error, Result};
use crate::pieces::{self, Shard};
use crate::{infill, run};

/// A command that can be made in shares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharable {
    /// `paydirt run` with its project file.
    Run {
        /// Project file.
        project: PathBuf,
    },
    /// `paydirt predict` with a run folder and a project file.
    Predict {
        /// Run folder.
        run: PathBuf,
        /// Project file.
        project: PathBuf,
    },
    /// `paydirt infill` with its project file.
    Infill {
        /// Project file.
        project: PathBuf,
    },
}

/// A command whose data were read.
pub enum Shared {
    /// `paydirt run` or `paydirt predict`.
    Map(Box<run::Shared>),
    /// `paydirt infill`.
    Infill(Box<infill::Shared>),
}

impl Sharable {
    /// The same command for who works in another folder.
    ///
    /// # Errors
    /// A working folder that is gone.
    pub fn absolute(&self) -> Result<Self> {
        let whole = |path: &PathBuf| std::path::absolute(path);
        Ok(match self {
            Self::Run { project } => Self::Run { project: whole(project)? },
            Self::Predict { run, project } => {
                Self::Predict { run: whole(run)?, project: whole(project)? }
            }
            Self::Infill { project } => Self::Infill { project: whole(project)? },
        })
    }

    /// Reads what the command needs.
    ///
    /// # Errors
    /// As the command.
    pub fn read(&self, session: &Session) -> Result<Shared> {
        Ok(match self {
            Self::Run { project } => {
                Shared::Map(run::Shared::of_run(session.open(project)?, session)?.into())
            }
            Self::Predict { run, project } => {
                let opened = session.open(project)?;
                Shared::Map(run::Shared::of_prediction(run, opened, session)?.into())
            }
            Self::Infill { project } => {
                let opened = session.open_infilling(project, &[])?;
                Shared::Infill(infill::Shared::new(opened, session)?.into())
            }
        })
    }
}

/// What a share came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What the last pieces were of.
    pub phase: String,
    /// Pieces of other shares that are not there yet.
    pub missing: usize,
    /// Whether that was the last phase.
    pub last: bool,
}

impl Shared {
    /// Makes a share as far as the pieces of the others allow.
    ///
    /// # Errors
    /// Whatever goes wrong on the way.
    pub fn make(&self, shard: Shard, session: &Session) -> Result<Told> {
        let made = match self {
            Self::Map(shared) => shared.make(shard, session),
            Self::Infill(shared) => shared.make(shard, session),
        };
        match made {
            Err(Error::Share { phase, missing, last }) => {
                Ok(Told { phase: phase.into(), missing, last })
            }
            Err(error) => Err(error),
            // No share comes here: see `Pieces::end`.
            Ok(()) => Ok(Told { phase: "fit".into(), missing: 0, last: true }),
        }
    }
}

/// Makes the share that `--shard` asks for.
///
/// # Errors
/// As the command.
pub(super) fn share(session: &Session, what: &Sharable, shard: Shard) -> Result<()> {
    if session.common.states.is_none() {
        // Told before anything is read.
        pieces::NONE.for_share(shard)?;
    }
    let told = what.read(session)?.make(shard, session)?;
    let then = match told.missing {
        0 if told.last => "the command without `--shard` ends it".to_string(),
        0 => "call it again".into(),
        missing => format!(
            "{missing} pieces of other shares are missing: call it again when they are there"
        ),
    };
    session.show(&told, &format!("share of `{}` made; {then}", told.phase))
}
