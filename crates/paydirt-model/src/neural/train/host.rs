//! The program in which networks are trained: where it keeps their states, and how it sees them learn.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::{Progress, Row};
use crate::{Error, Result};

/// What a program does with every fit of a network in it.
pub trait Host: Send + Sync {
    /// Folder of states and logs, and the time between two writings of a state. A fit whose state is there
    /// goes on from it, so that a fit that had ended is not made again.
    fn folder(&self) -> Option<(PathBuf, Duration)>;

    /// Brings a state that is kept elsewhere into the folder, if there is one.
    ///
    /// # Errors
    /// A place that cannot be reached, in words.
    fn fetch(&self, _state: &Path) -> std::result::Result<(), String> {
        Ok(())
    }

    /// Keeps a state elsewhere as well, once it is written in the folder.
    ///
    /// # Errors
    /// A place that cannot be reached, in words.
    fn keep(&self, _state: &Path) -> std::result::Result<(), String> {
        Ok(())
    }

    /// Sees a step; stops the fit by answering `false`.
    fn see(&self, model: &str, row: &Row, progress: Progress) -> bool;

    /// Hears of something that a user should know.
    fn warn(&self, _warning: &str) {}
}

static HOST: RwLock<Option<Arc<dyn Host>>> = RwLock::new(None);

/// Hands all fits of this program to a host, in place of one that was there.
pub fn host(host: Arc<dyn Host>) {
    *HOST.write().unwrap_or_else(PoisonError::into_inner) = Some(host);
}

/// Gives up the host: what it keeps for the time of the program goes with it.
pub fn leave_host() {
    *HOST.write().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Says that a device had too little memory for as many examples.
pub(super) fn warn(model: &str, examples: usize) {
    if let Some(host) = current() {
        host.warn(&format!(
            "model `{model}`: the device has too little memory for a step; {examples} examples are \
             computed together from now on, and a step is the mean of its parts as before"
        ));
    }
}

/// Brings a state of the host's folder there from where else it is kept.
pub(super) fn fetch(state: &Path) -> Result<()> {
    told(state, |host| host.fetch(state))
}

/// Keeps a state of the host's folder elsewhere as well.
pub(super) fn keep(state: &Path) -> Result<()> {
    told(state, |host| host.keep(state))
}

/// Asks the host about a state, if it lies in its folder.
fn told(state: &Path, ask: impl Fn(&dyn Host) -> std::result::Result<(), String>) -> Result<()> {
    let Some(host) = current() else { return Ok(()) };
    if !host.folder().is_some_and(|(folder, _)| state.starts_with(folder)) {
        return Ok(());
    }
    ask(host.as_ref()).map_err(|reason| {
        let source = std::io::Error::other(reason);
        Error::Core(paydirt_core::Error::File { path: state.into(), source })
    })
}

pub(super) fn current() -> Option<Arc<dyn Host>> {
    HOST.read().unwrap_or_else(PoisonError::into_inner).clone()
}
