//! What the user sees when something goes wrong, with its exit code.

use std::path::PathBuf;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong in a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The project file does not parse.
    #[error("cannot read the project file `{path}`\n{reason}")]
    ProjectFile {
        /// The file.
        path: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// The project contradicts itself.
    #[error("{reason}")]
    Project {
        /// What is wrong.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// A `--set` that cannot be applied.
    #[error("cannot apply `--set {change}`: {reason}")]
    Set {
        /// The change.
        change: String,
        /// Why.
        reason: String,
    },
    /// The data are refused.
    #[error("{reason}")]
    Data {
        /// What is wrong with which data.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// Arguments that do not fit together.
    #[error("{reason}")]
    Usage {
        /// What is wrong.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// The run would need more memory than it may use.
    #[error("{what} needs {needed_mib} MiB, but {by} {allowed_mib} MiB")]
    Memory {
        /// What needs it.
        what: String,
        /// MiB needed.
        needed_mib: u64,
        /// MiB allowed.
        allowed_mib: u64,
        /// By what.
        by: &'static str,
    },
    /// The output is there already.
    #[error("`{path}` is there already")]
    Exists {
        /// The output.
        path: PathBuf,
    },
    /// A file that could not be fetched.
    #[error("cannot fetch `{url}`: {reason}")]
    Download {
        /// Its address.
        url: String,
        /// Why.
        reason: String,
    },
    /// A map drawn again is not the map that was given.
    #[error("`{map}` was not reproduced: {different} of {cells} cells differ")]
    NotReproduced {
        /// The map.
        map: PathBuf,
        /// Cells that differ.
        different: u64,
        /// Cells of all bands.
        cells: u64,
    },
    /// A share of a command ends: no failure, but no result either.
    #[error("this share of `{phase}` is made; {missing} pieces of other shares are not there yet")]
    Share {
        /// What the pieces are of.
        phase: &'static str,
        /// Pieces of other shares that are not there.
        missing: usize,
        /// Whether it is the last phase.
        last: bool,
    },
    /// The user stopped the run.
    #[error("interrupted: nothing half-written was left; the same command begins again")]
    Interrupted,
    /// From the science.
    #[error(transparent)]
    Core(#[from] paydirt_core::Error),
    /// From reading or writing files.
    #[error(transparent)]
    Files(#[from] paydirt_io::Error),
    /// From a model.
    #[error(transparent)]
    Model(#[from] paydirt_model::Error),
    /// From workers and their scheduler.
    #[error(transparent)]
    Scale(#[from] paydirt_scale::Error),
    /// From the viewer.
    #[error(transparent)]
    View(#[from] paydirt_view::Error),
    /// From the operating system; the message names the path.
    #[error("{0}")]
    Io(std::io::Error),
    /// A saved model or report that cannot be read or written.
    #[error("cannot use `{path}`: {reason}")]
    Saved {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// Wrong usage where a setting is to blame, failed where the system is, else data refused.
const fn exit_code_of(error: &paydirt_core::Error) -> u8 {
    use paydirt_core::Error;
    match error {
        Error::BadSetting { .. } | Error::DuplicateName { .. } | Error::Formula { .. } => 2,
        Error::File { .. } => 1,
        _ => 3,
    }
}

impl Error {
    /// 1 failed, 2 wrong usage, 3 data refused, 4 interrupted.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::ProjectFile { .. }
            | Self::Scale(paydirt_scale::Error::Query { .. })
            | Self::Project { .. }
            | Self::Set { .. }
            | Self::Usage { .. }
            | Self::Exists { .. } => 2,
            Self::Core(error)
            | Self::Files(paydirt_io::Error::Core(error))
            | Self::Model(paydirt_model::Error::Core(error)) => exit_code_of(error),
            Self::Files(paydirt_io::Error::Write { .. }) => 1,
            Self::Share { .. }
            | Self::Interrupted
            | Self::Model(paydirt_model::Error::Interrupted { .. }) => 4,
            Self::View(paydirt_view::Error::NothingToView { .. }) => 2,
            Self::Data { .. } | Self::Files(_) | Self::Model(_) => 3,
            Self::Memory { .. }
            | Self::Io(_)
            | Self::Saved { .. }
            | Self::NotReproduced { .. }
            | Self::Download { .. }
            | Self::Scale(_)
            | Self::View(_) => 1,
        }
    }

    /// What the user can do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Project { hint, .. } | Self::Data { hint, .. } | Self::Usage { hint, .. } => {
                Some(hint.clone())
            }
            Self::Exists { .. } => {
                Some("say `--overwrite` to replace it, or `--out` to write elsewhere".into())
            }
            Self::Memory { .. } => {
                Some("raise `--max-memory`, use larger cells or fewer layers".into())
            }
            Self::Set { .. } => Some("write it as `--set model.forest.trees=200`".into()),
            Self::ProjectFile { .. } => Some(
                "`paydirt schema` lists every key; a choice is a table, as in `[model.forest]`"
                    .into(),
            ),
            Self::Download { .. } => Some(
                "look at the network; or fetch the file by hand: a project may name it wherever it lies".into(),
            ),
            Self::NotReproduced { .. } => Some(
                "another version of Paydirt or of GDAL, or another kind of processor, may round otherwise; `--out` \
                 keeps what was drawn again"
                    .into(),
            ),
            Self::Io(_) => {
                Some("look at the folder's permissions and at the space left on its disk".into())
            }
            Self::Saved { .. } => {
                Some("it is damaged, or of another version: make it again".into())
            }
            Self::Core(error) => error.hint(),
            Self::Files(error) => error.hint(),
            Self::Model(error) => error.hint(),
            Self::View(error) => error.hint(),
            Self::Scale(error) => error.hint().map(str::to_owned),
            Self::Interrupted | Self::Share { .. } => None,
        }
    }
}
