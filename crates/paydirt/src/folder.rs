//! The folder of a run: made beside its name and renamed when it is complete, so that an
//! interrupted run leaves nothing half-written.

use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::error::{Error, Result};

/// A file that marks a folder as ours, so that `--overwrite` never removes anybody else's.
const MARK: &str = ".paydirt";

/// A folder under construction.
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    partial: PathBuf,
    finished: bool,
}

impl Folder {
    /// Begins a folder.
    ///
    /// # Errors
    /// [`Error::Exists`] if it is there and may not be replaced, or is not one that Paydirt made.
    pub fn begin(target: &Path, overwrite: bool) -> Result<Self> {
        if target.exists() {
            let ours = target.join(MARK).exists()
                || (target.is_dir() && fs::read_dir(target)?.next().is_none());
            if !overwrite {
                return Err(Error::Exists { path: target.into() });
            }
            if !ours {
                return Err(Error::Usage {
                    reason: format!("`{}` was not made by Paydirt", target.display()),
                    hint: "`--overwrite` replaces only Paydirt's own folders; give another `--out`"
                        .into(),
                });
            }
        }
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).ok_or_else(
            || Error::Usage {
                reason: format!("`{}` is no name of a folder", target.display()),
                hint: "give `--out` a new folder".into(),
            },
        )?;
        fs::create_dir_all(parent)?;
        remove_leftovers(parent, &name);
        let partial = parent.join(format!(".{name}.partial-{}", std::process::id()));
        fs::create_dir_all(&partial)?;
        let folder = Self { target: target.into(), partial, finished: false };
        fs::write(
            folder.path().join(MARK),
            "made by Paydirt; --overwrite may replace this folder\n",
        )?;
        Ok(folder)
    }

    /// Where to write for now.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// What the folder will be called.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// A folder inside it, made.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn inside(&self, name: &str) -> Result<PathBuf> {
        let path = self.partial.join(name);
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Gives the folder its name. A folder that it replaces is removed only afterwards.
    ///
    /// # Errors
    /// Where it cannot be renamed.
    pub fn finish(mut self) -> Result<()> {
        let old = self.partial.with_extension(format!("old-{}", std::process::id()));
        let replaced = self.target.exists();
        if replaced {
            fs::rename(&self.target, &old)?;
        }
        if let Err(error) = fs::rename(&self.partial, &self.target) {
            if replaced {
                fs::rename(&old, &self.target)?;
            }
            return Err(error.into());
        }
        self.finished = true;
        if replaced {
            fs::remove_dir_all(&old)?;
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// Removes what a killed run of the same name left, if its process is gone.
fn remove_leftovers(parent: &Path, name: &str) {
    let prefix = format!(".{name}.partial-");
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let Some(process) = file_name.strip_prefix(&prefix) else { continue };
        let gone = Path::new("/proc/self").exists() && !Path::new("/proc").join(process).exists();
        if gone && entry.path().join(MARK).exists() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_half_written_is_left_and_nothing_foreign_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("map.run");
        drop(Folder::begin(&target, false).unwrap());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);

        let folder = Folder::begin(&target, false).unwrap();
        fs::write(folder.path().join("report.json"), "{}").unwrap();
        folder.finish().unwrap();
        assert!(matches!(Folder::begin(&target, false), Err(Error::Exists { .. })));
        Folder::begin(&target, true).unwrap().finish().unwrap();
        assert!(!target.join("report.json").exists());

        fs::remove_file(target.join(MARK)).unwrap();
        fs::write(target.join("thesis.docx"), "years of work").unwrap();
        assert!(matches!(Folder::begin(&target, true), Err(Error::Usage { .. })));
        assert!(target.join("thesis.docx").exists());
    }
}
