//! Files that appear whole or not at all.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::engine::plain;
use crate::{Error, Result};

/// How names of hidden folders begin.
pub(crate) const PREFIX: &str = ".paydirt-";

/// A hidden folder beside the file that is to be. Whatever happens, dropping it removes the folder
/// and all that is in it.
pub(crate) struct Staging {
    folder: TempDir,
    target: PathBuf,
}

impl Staging {
    /// Prepares to write `target`, whose folder must exist.
    pub(crate) fn new(target: &Path) -> Result<Self> {
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let folder =
            tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent).map_err(|error| {
                Error::Write { path: target.into(), reason: plain(&error).to_string() }
            })?;
        Ok(Self { folder, target: target.into() })
    }

    /// A path in the hidden folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a finished file from the hidden folder in the target's place, in one step.
    pub(crate) fn publish(self, name: &str) -> Result<()> {
        let finished = self.path(name);
        fs_err::File::open(&finished)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs_err::rename(&finished, &self.target))
            .map_err(|error| Error::Write {
                path: self.target.clone(),
                reason: plain(&error).to_string(),
            })
    }
}
