//! A process that asks for tasks, does them, and keeps the answers until they are fetched.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arrow_flight::flight_service_server::FlightServiceServer;
use ballista_core::extension::SessionConfigExt;
use ballista_core::ids::new_instance_id;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::serde::BallistaCodec;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{ExecutorRegistration, ExecutorStoppedParams};
use ballista_core::serde::scheduler::{
    ExecutorOperatingSystemSpecification, ExecutorSpecification,
};
use ballista_core::utils::{
    GrpcClientConfig, GrpcServerConfig, create_grpc_client_endpoint, create_grpc_server,
    create_grpc_server_incoming, default_config_producer,
};
use ballista_core::{BALLISTA_PROTOCOL_VERSION, RuntimeProducer};
use ballista_executor::execution_loop::poll_loop;
use ballista_executor::executor::Executor;
use ballista_executor::flight_service::BallistaFlightService;
use ballista_executor::health::ExecutorHealth;
use ballista_executor::metrics::LoggingMetricsCollector;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;

use crate::engine::{at_least, end, reach, runtime, url, wait_for};
use crate::error::{Error, Result};
use crate::function::{Hand, done_by};
use crate::settings::WorkerSettings;
use crate::work::Work;

/// Seconds for which a worker that stops tries to say so.
const FAREWELL_S: u64 = 5;

/// Does tasks until `stopped` says so, which is asked ten times a second. Then the scheduler is told, so that
/// others do what this worker was at: its tasks are not waited for, and end with the process. A scheduler
/// that goes away is asked again until it is back.
///
/// # Errors
/// [`Error::Setting`], [`Error::Unreachable`] where the scheduler does not answer within the patience,
/// [`Error::Listen`] where the address cannot be used, [`Error::Folder`] or [`Error::Io`] where the folder
/// cannot, [`Error::Ended`] where the engine ends by itself.
pub fn worker(
    settings: &WorkerSettings,
    work: Arc<dyn Work>,
    stopped: impl Fn() -> bool,
) -> Result<()> {
    at_least("concurrent_tasks", settings.concurrent_tasks as u64, 1)?;
    at_least("tries", settings.tries.into(), 1)?;
    fs_err::create_dir_all(&settings.folder)?;
    let id = new_instance_id();
    let name = settings.name.clone().unwrap_or_else(|| id.clone());
    let hand = Hand { work, worker: name, tries: settings.tries };
    let engine = runtime()?;
    let ended = engine.block_on(serve(settings, &id, hand, &stopped));
    end(engine);
    if ended.is_ok() {
        let farewell = runtime()?;
        farewell.block_on(say_farewell(settings, id));
        end(farewell);
    }
    ended
}

async fn serve(
    settings: &WorkerSettings,
    id: &str,
    hand: Hand,
    stopped: &impl Fn() -> bool,
) -> Result<()> {
    let (port, answers) = answers(settings)?;
    tokio::select! {
        reached = reach(&settings.scheduler, settings.patience_s) => reached?,
        () = wait_for(stopped) => return Ok(()),
    }
    let grpc = GrpcClientConfig::from(&default_config_producer().ballista_config());
    let unreachable = |reason: String| Error::Unreachable {
        address: settings.scheduler.clone(),
        patience_s: settings.patience_s,
        reason,
    };
    let connection = create_grpc_client_endpoint(url(&settings.scheduler), Some(&grpc))
        .map_err(|error| unreachable(error.to_string()))?
        .connect()
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let executor = Arc::new(executor(settings, registration(settings, id, port), hand)?);
    let asked = poll_loop(
        SchedulerGrpcClient::new(connection),
        executor,
        BallistaCodec::default(),
        None,
        None,
        ExecutorHealth::new(),
    );
    let ended = |reason| Error::Ended { part: "worker", reason };
    tokio::select! {
        reason = asked => Err(ended(format!("{reason:?}"))),
        reason = answers => Err(ended(reason)),
        () = wait_for(stopped) => Ok(()),
    }
}

/// The port on which answers are handed out, and the service that does so, which comes back with why it ended.
fn answers(settings: &WorkerSettings) -> Result<(u16, impl Future<Output = String>)> {
    let unusable = |reason: String| Error::Listen { address: settings.address.to_string(), reason };
    let config = GrpcServerConfig::default();
    let incoming = create_grpc_server_incoming(settings.address, &config)
        .map_err(|error| unusable(error.to_string()))?;
    let port = incoming.local_addr().map_err(|error| unusable(error.to_string()))?.port();
    let limit = default_config_producer().ballista_grpc_client_max_message_size();
    let service = FlightServiceServer::new(BallistaFlightService::new(folder(settings)?))
        .max_decoding_message_size(limit)
        .max_encoding_message_size(limit);
    let served = create_grpc_server(&config).add_service(service).serve_with_incoming(incoming);
    Ok((port, async move { format!("{:?}", served.await) }))
}

fn folder(settings: &WorkerSettings) -> Result<String> {
    let unusable =
        |reason: &str| Error::Folder { path: settings.folder.clone(), reason: reason.to_owned() };
    let folder =
        std::path::absolute(&settings.folder).map_err(|error| unusable(&error.to_string()))?;
    folder.to_str().map(str::to_owned).ok_or_else(|| unusable("its name is not UTF-8"))
}

fn registration(settings: &WorkerSettings, id: &str, port: u16) -> ExecutorRegistration {
    let slots = u32::try_from(settings.concurrent_tasks).unwrap_or(u32::MAX);
    ExecutorRegistration {
        id: id.to_owned(),
        host: settings.host.clone(),
        port: port.into(),
        grpc_port: port.into(),
        specification: Some(ExecutorSpecification::default().with_vcores(slots).into()),
        os_info: Some(ExecutorOperatingSystemSpecification::default().into()),
        ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
    }
}

fn executor(
    settings: &WorkerSettings,
    registration: ExecutorRegistration,
    hand: Hand,
) -> Result<Executor> {
    let folder = folder(settings)?;
    let runtime = RuntimeEnvBuilder::new()
        .with_temp_file_path(&folder)
        .build_arc()
        .map_err(|error| Error::Folder { path: (&folder).into(), reason: error.to_string() })?;
    let runtimes: RuntimeProducer = Arc::new(move |_| Ok(Arc::clone(&runtime)));
    let mut functions = BallistaFunctionRegistry::default();
    let perform = done_by(hand);
    functions.scalar_functions.insert(perform.name().to_owned(), Arc::new(perform));
    Ok(Executor::with_default_execution_engine(
        registration,
        &folder,
        runtimes,
        Arc::new(default_config_producer),
        Arc::new(functions),
        Arc::new(LoggingMetricsCollector::default()),
        settings.concurrent_tasks,
    ))
}

/// Tells the scheduler that this worker is gone. Where it cannot be told, it finds out by itself.
async fn say_farewell(settings: &WorkerSettings, id: String) {
    let told = async {
        let endpoint = create_grpc_client_endpoint(url(&settings.scheduler), None).ok()?;
        let mut scheduler = SchedulerGrpcClient::new(endpoint.connect().await.ok()?);
        let gone = ExecutorStoppedParams { executor_id: id, reason: "it was stopped".into() };
        scheduler.executor_stopped(gone).await.ok()
    };
    let _ = tokio::time::timeout(Duration::from_secs(FAREWELL_S), told).await;
}
