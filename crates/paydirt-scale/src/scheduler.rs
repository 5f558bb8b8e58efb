//! The one process that hands tasks to workers.

use std::net::SocketAddr;
use std::sync::Arc;

use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::error::BallistaError;
use ballista_core::utils::default_session_builder;
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::{create_scheduler, start_grpc_service_with_listener};
use datafusion::execution::FunctionRegistry;
use datafusion::execution::SessionState;
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use tokio::net::TcpListener;

use crate::engine::{at_least, end, runtime, wait_for};
use crate::error::{Error, Result};
use crate::function;
use crate::settings::SchedulerSettings;

/// Seconds for which a job that lost its last worker waits for another.
const NO_WORKERS_S: u64 = 3600;

/// Hands tasks to workers until `stopped` says so, which is asked ten times a second. `listening` is told the
/// address once it listens. Jobs are kept in memory: those that run are lost with the scheduler.
///
/// # Errors
/// [`Error::Setting`], [`Error::Listen`] where the address cannot be used, [`Error::Ended`] where the engine
/// ends by itself.
pub fn scheduler(
    settings: &SchedulerSettings,
    listening: impl FnOnce(SocketAddr),
    stopped: impl Fn() -> bool,
) -> Result<()> {
    at_least("worker_timeout_s", settings.worker_timeout_s, 6)?;
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let unusable = |error: std::io::Error| Error::Listen {
            address: settings.address.to_string(),
            reason: error.to_string(),
        };
        let listener = TcpListener::bind(settings.address).await.map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        listening(address);
        tokio::select! {
            ended = serve(listener, config(settings, address)) => Err(Error::Ended {
                part: "scheduler",
                reason: ended.err().map_or_else(|| "it was closed".into(), |error| error.to_string()),
            }),
            () = wait_for(&stopped) => Ok(()),
        }
    });
    end(runtime);
    ended
}

async fn serve(
    listener: TcpListener,
    config: SchedulerConfig,
) -> std::result::Result<(), BallistaError> {
    let cluster = BallistaCluster::new_from_config(&config).await?;
    let server =
        create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config)).await?;
    start_grpc_service_with_listener(listener, server).await
}

fn config(settings: &SchedulerSettings, address: SocketAddr) -> SchedulerConfig {
    SchedulerConfig {
        bind_host: address.ip().to_string(),
        bind_port: address.port(),
        // Workers ask for tasks, so that they find a scheduler again that was started anew.
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        executor_timeout_seconds: settings.worker_timeout_s,
        expire_dead_executor_interval_seconds: (settings.worker_timeout_s / 4).max(1),
        no_executors_grace_period_seconds: settings.worker_timeout_s.max(NO_WORKERS_S),
        // Clients fetch answers by way of the scheduler, so that they need to reach nobody else.
        enable_embedded_flight_proxy: true,
        override_session_builder: Some(Arc::new(session)),
        ..SchedulerConfig::default()
    }
}

/// A session that knows `perform`.
fn session(config: SessionConfig) -> datafusion::common::Result<SessionState> {
    let mut state = default_session_builder(config)?;
    state.register_udf(Arc::new(function::known()))?;
    Ok(state)
}
