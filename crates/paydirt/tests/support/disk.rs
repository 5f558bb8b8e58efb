//! Disks that are full or may not be written to.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A memory disk, unmounted when it goes.
pub(crate) struct Disk(TempDir);

impl Disk {
    /// A disk with options such as `size=64k` or `ro`; `None`, with a message, for a user who may not
    /// mount one.
    pub(crate) fn new(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: this user may not mount a disk");
        }
        mounted.then_some(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}
