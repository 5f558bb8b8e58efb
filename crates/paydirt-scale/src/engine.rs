//! What scheduler, worker and client share: a runtime, when to stop, and the way to the scheduler.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Result};

/// How often it is asked whether to stop.
const TICK: Duration = Duration::from_millis(100);

/// Seconds after which one try to connect is given up.
const TRY_S: u64 = 5;

/// A runtime for the engine's own threads; tasks have theirs.
pub(crate) fn runtime() -> Result<Runtime> {
    Ok(Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// Ends a runtime without waiting for what does not end.
pub(crate) fn end(runtime: Runtime) {
    runtime.shutdown_timeout(Duration::from_secs(2));
}

/// Comes back when `stopped` says so.
pub(crate) async fn wait_for(stopped: &impl Fn() -> bool) {
    while !stopped() {
        tokio::time::sleep(TICK).await;
    }
}

/// Waits until something listens at `address`, at most `patience_s` seconds. The engine's own wait never ends.
pub(crate) async fn reach(address: &str, patience_s: u64) -> Result<()> {
    let begun = Instant::now();
    let patience = Duration::from_secs(patience_s);
    loop {
        let left =
            patience.saturating_sub(begun.elapsed()).min(Duration::from_secs(TRY_S)).max(TICK);
        let reason = match tokio::time::timeout(left, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it does not answer".to_owned(),
        };
        if begun.elapsed() + TICK >= patience {
            return Err(Error::Unreachable { address: address.to_owned(), patience_s, reason });
        }
        tokio::time::sleep(TICK).await;
    }
}

/// The address of the scheduler as the engine wants it.
pub(crate) fn url(address: &str) -> String {
    format!("http://{address}")
}

/// Refuses a setting below its least value.
pub(crate) fn at_least(setting: &'static str, value: u64, least: u64) -> Result<()> {
    if value < least {
        return Err(Error::Setting { setting, value, least });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_listen_is_given_up_in_time() {
        let runtime = runtime().unwrap();
        let begun = Instant::now();
        for address in ["127.0.0.1:1", "nothing"] {
            let error = runtime.block_on(reach(address, 1)).unwrap_err();
            assert!(matches!(error, Error::Unreachable { patience_s: 1, .. }), "{error}");
        }
        // Not a measure of speed: without a bound it would not end.
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
}
