//! What a scheduler, a worker and a client are told.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// What a scheduler is told.
#[derive(Clone, Debug)]
pub struct SchedulerSettings {
    /// The address on which it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// Seconds without word of a worker after which it counts as lost and its tasks go to others. Workers
    /// speak at least every 5 seconds, so at least 6.
    pub worker_timeout_s: u64,
}

impl Default for SchedulerSettings {
    fn default() -> Self {
        Self { address: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 50050), worker_timeout_s: 30 }
    }
}

/// What a worker is told.
#[derive(Clone, Debug)]
pub struct WorkerSettings {
    /// The scheduler, as `host:port`.
    pub scheduler: String,
    /// The address on which it hands out its answers; port 0 takes a free one.
    pub address: SocketAddr,
    /// The name or number under which the scheduler reaches this machine; without one, the number from
    /// which the worker calls.
    pub host: Option<String>,
    /// What it is called in [`TaskStatus::worker`](crate::TaskStatus::worker); without one, a number of its own.
    pub name: Option<String>,
    /// A folder of its own for answers that were not fetched yet; made where it is not there.
    pub folder: PathBuf,
    /// How many tasks it does at a time, at least 1.
    pub concurrent_tasks: usize,
    /// How often a task is tried, at least 1.
    pub tries: u32,
    /// Seconds for which it tries to reach the scheduler before it gives up.
    pub patience_s: u64,
}

impl WorkerSettings {
    /// A worker for the scheduler at `scheduler` (`host:port`) that keeps answers in `folder`: one task at a
    /// time, three tries, any address and a free port.
    #[must_use]
    pub fn new(scheduler: &str, folder: PathBuf) -> Self {
        Self {
            scheduler: scheduler.to_owned(),
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            host: None,
            name: None,
            folder,
            concurrent_tasks: 1,
            tries: 3,
            patience_s: 30,
        }
    }
}

/// What a client is told.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// The scheduler, as `host:port`.
    pub scheduler: String,
    /// Seconds for which it tries to reach the scheduler before it gives up.
    pub patience_s: u64,
}

impl ClientSettings {
    /// A client of the scheduler at `scheduler` (`host:port`).
    #[must_use]
    pub fn new(scheduler: &str) -> Self {
        Self { scheduler: scheduler.to_owned(), patience_s: 30 }
    }
}
