//! The program in which networks are trained: where it keeps their states, and how it sees them learn.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use super::{Progress, Row};

/// What a program does with every fit of a network in it.
pub trait Host: Send + Sync {
    /// Folder of states and logs, and the time between two writings of a state. A fit whose state is there
    /// goes on from it, so that a fit that had ended is not made again.
    fn folder(&self) -> Option<(PathBuf, Duration)>;

    /// Sees a step; stops the fit by answering `false`.
    fn see(&self, model: &str, row: &Row, progress: Progress) -> bool;

    /// Hears of something that a user should know.
    fn warn(&self, _warning: &str) {}
}

static HOST: OnceLock<Box<dyn Host>> = OnceLock::new();

/// Hands all fits of this program to a host; the first one stays.
pub fn host(host: Box<dyn Host>) {
    let _ = HOST.set(host);
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

pub(super) fn current() -> Option<&'static dyn Host> {
    HOST.get().map(|host| &**host)
}
