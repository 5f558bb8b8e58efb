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
    /// Folders made above it, the innermost first.
    made: Vec<PathBuf>,
    finished: bool,
}

impl Folder {
    /// Begins a folder.
    ///
    /// # Errors
    /// [`Error::Exists`] if it is there and may not be replaced, or is not one that Paydirt made.
    pub fn begin(target: &Path, overwrite: bool) -> Result<Self> {
        let parent = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let name = target.file_name().map(|name| name.to_string_lossy().into_owned());
        if let Some(name) = &name {
            clear_up(parent, name, target);
        }
        refuse_existing(target, overwrite)?;
        let name = name.ok_or_else(|| Error::Usage {
            reason: format!("`{}` is no name of a folder", target.display()),
            hint: "give `--out` a new folder".into(),
        })?;
        let partial = parent.join(format!(".{name}.partial-{}", std::process::id()));
        let missing = parent.ancestors().take_while(|folder| !folder.exists());
        let made: Vec<PathBuf> =
            missing.filter(|f| !f.as_os_str().is_empty()).map(Path::to_path_buf).collect();
        // From here on, dropping it removes what was made.
        let folder = Self { target: target.into(), partial, made, finished: false };
        fs::create_dir_all(&folder.partial)?;
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
            for folder in &self.made {
                let _ = fs::remove_dir(folder);
            }
        }
    }
}

/// Refuses a target that is there, unless it is ours (or empty) and may be replaced.
///
/// # Errors
/// [`Error::Exists`], or [`Error::Usage`] where it is not ours.
pub(crate) fn refuse_existing(target: &Path, overwrite: bool) -> Result<()> {
    // Not `exists`: a link that leads nowhere is there, too.
    if fs::symlink_metadata(target).is_err() {
        return Ok(());
    }
    if !overwrite {
        return Err(Error::Exists { path: target.into() });
    }
    let empty = || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
    if target.join(MARK).exists() || (!target.is_symlink() && empty()) {
        return Ok(());
    }
    Err(Error::Usage {
        reason: format!("`{}` was not made by Paydirt", target.display()),
        hint: "`--overwrite` replaces only Paydirt's own folders; give another `--out`".into(),
    })
}

/// Clears up after a killed run of the same name, if its process is gone: removes what it left, and
/// puts back what it was about to replace.
fn clear_up(parent: &Path, name: &str, target: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let Some(rest) = file_name.strip_prefix(&format!(".{name}.")) else { continue };
        let Some((what, process)) = rest.split_once('-') else { continue };
        let gone = Path::new("/proc/self").exists() && !Path::new("/proc").join(process).exists();
        if !gone || !entry.path().join(MARK).exists() {
            continue;
        }
        let _ = match what {
            "old" if fs::symlink_metadata(target).is_err() => fs::rename(entry.path(), target),
            "old" | "partial" => fs::remove_dir_all(entry.path()),
            _ => continue,
        };
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
