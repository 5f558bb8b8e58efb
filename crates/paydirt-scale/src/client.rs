//! Gives a job to the scheduler, waits for it, and counts its answers against the manifest.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ballista_core::config::{BALLISTA_CLIENT_PULL, BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK};
use ballista_core::execution_plans::DistributedQueryExec;
use ballista_core::extension::{SessionConfigExt, SessionStateExt};
use ballista_core::serde::protobuf::CancelJobParams;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::utils::create_grpc_client_endpoint;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::Result as EngineResult;
use datafusion::execution::SessionStateBuilder;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext, col, lit};
use datafusion_proto::protobuf::LogicalPlanNode;
use futures::TryStreamExt;

use crate::engine::{end, reach, runtime, url};
use crate::error::{Error, Result};
use crate::function;
use crate::manifest::{self, TASK, beside};
use crate::settings::ClientSettings;
use crate::work::TaskStatus;

/// The column of answers.
const STATUS: &str = "status";

/// How often progress is told and the client asked whether to stop.
const TICK: Duration = Duration::from_millis(250);

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Tasks that ended, however they did.
    pub finished: usize,
    /// Tasks of the job.
    pub tasks: usize,
}

/// Has workers do each task of the manifest in the folder `manifest`, which scheduler and workers see under
/// the same path, and gives what became of each, by number. A task that failed is among them, with its
/// message. `progress` is told four times a second how far it is and says whether to go on; where it does
/// not, the job is called off. While it waits, notes of what ended lie in a folder beside the manifest.
///
/// A task whose answer was lost with its worker is asked again, and [`State::Skipped`](crate::State) then.
///
/// # Errors
/// [`Error::NoTasks`], [`Error::Manifest`], [`Error::Task`] and [`Error::Io`] where the manifest is none,
/// [`Error::Unreachable`] where the scheduler does not answer within the patience, [`Error::Job`] where the
/// engine gives up (as when the scheduler dies), [`Error::Stopped`] where `progress` said so,
/// [`Error::Answers`] where the answers are not one for each task.
pub fn submit(
    settings: &ClientSettings,
    job: &str,
    manifest: &Path,
    progress: impl FnMut(Progress) -> bool,
) -> Result<Vec<TaskStatus>> {
    let tasks = manifest::read(manifest)?;
    let manifest = std::path::absolute(manifest)?;
    let notes = Notes::new(&manifest)?;
    let runtime = runtime()?;
    let rows = runtime.block_on(async {
        reach(&settings.scheduler, settings.patience_s).await?;
        let asked =
            Asked { scheduler: &settings.scheduler, job, manifest: &manifest, notes: &notes };
        asked.rows(tasks.len(), progress).await
    });
    end(runtime);
    counted(job, &tasks, answers(job, &rows?)?)
}

/// What the scheduler is asked.
struct Asked<'a> {
    scheduler: &'a str,
    job: &'a str,
    manifest: &'a Path,
    notes: &'a Notes,
}

impl Asked<'_> {
    async fn rows(
        &self,
        tasks: usize,
        mut progress: impl FnMut(Progress) -> bool,
    ) -> Result<Vec<RecordBatch>> {
        let given_up = |reason: String| Error::Job { job: self.job.to_owned(), reason };
        let (context, plan) =
            self.plan(tasks).await.map_err(|error| given_up(error.to_string()))?;
        let rows = execute_stream(Arc::clone(&plan), context.task_ctx())
            .map_err(|error| given_up(error.to_string()))?
            .try_collect::<Vec<_>>();
        tokio::pin!(rows);
        loop {
            tokio::select! {
                rows = &mut rows => return rows.map_err(|error| given_up(error.to_string())),
                () = tokio::time::sleep(TICK) => {
                    let finished = self.notes.count().min(tasks);
                    if !progress(Progress { finished, tasks }) {
                        self.call_off(&plan).await;
                        return Err(Error::Stopped { job: self.job.to_owned(), finished, tasks });
                    }
                }
            }
        }
    }

    /// `select task, perform(job, notes, task) as status from manifest`, each file a partition of its own.
    async fn plan(&self, tasks: usize) -> EngineResult<(SessionContext, Arc<dyn ExecutionPlan>)> {
        let config = SessionConfig::new_with_ballista()
            .set_usize(BALLISTA_SCHEDULER_MAX_PARTITIONS_PER_TASK, 1)
            .set_bool(BALLISTA_CLIENT_PULL, true)
            .with_target_partitions(tasks)
            .with_repartition_file_scans(false)
            .with_collect_statistics(false);
        let state = SessionStateBuilder::new()
            .with_default_features()
            .with_config(config)
            .build()
            .upgrade_for_ballista(url(self.scheduler))?;
        let context = SessionContext::new_with_state(state);
        // After the context is made, which replaces the functions that were there.
        let perform = function::known();
        context.register_udf(perform.clone());
        let schema = manifest::schema();
        let options = ParquetReadOptions::default().schema(&schema);
        let folder = format!("{}/", self.manifest.display());
        context.register_parquet("manifest", folder, options).await?;
        let call = perform.call(vec![lit(self.job), lit(self.notes.text()), col(TASK)]);
        let rows = context.table("manifest").await?.select(vec![col(TASK), call.alias(STATUS)])?;
        let plan = rows.create_physical_plan().await?;
        Ok((context, plan))
    }

    /// Tells the scheduler that nobody waits any more. Where it cannot be told, the tasks are done in vain.
    async fn call_off(&self, plan: &Arc<dyn ExecutionPlan>) {
        let told = async {
            let query = plan.downcast_ref::<DistributedQueryExec<LogicalPlanNode>>()?;
            let job_id = query.job_id()?.to_string();
            let endpoint = create_grpc_client_endpoint(url(self.scheduler), None).ok()?;
            let mut scheduler = SchedulerGrpcClient::new(endpoint.connect().await.ok()?);
            scheduler.cancel_job(CancelJobParams { job_id }).await.ok()
        };
        let _ = tokio::time::timeout(Duration::from_secs(5), told).await;
    }
}

/// A folder beside the manifest in which workers leave a file for each task that ended.
struct Notes(PathBuf);

impl Notes {
    fn new(manifest: &Path) -> Result<Self> {
        let folder = beside(manifest, "notes")?;
        if folder.exists() {
            fs_err::remove_dir_all(&folder)?;
        }
        fs_err::create_dir(&folder)?;
        Ok(Self(folder))
    }

    fn text(&self) -> String {
        self.0.display().to_string()
    }

    fn count(&self) -> usize {
        fs_err::read_dir(&self.0).map_or(0, Iterator::count)
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        let _ = fs_err::remove_dir_all(&self.0);
    }
}

/// The answers in rows of the engine, each of which must be about the task of its row.
fn answers(job: &str, rows: &[RecordBatch]) -> Result<Vec<TaskStatus>> {
    let wrong = |reason: String| Error::Job { job: job.to_owned(), reason };
    let mut answers = Vec::new();
    for batch in rows {
        let tasks = batch.column_by_name(TASK).and_then(|c| c.as_primitive_opt::<Int64Type>());
        let texts = batch.column_by_name(STATUS).and_then(|c| c.as_string_opt::<i32>());
        let (Some(tasks), Some(texts)) = (tasks, texts) else {
            return Err(wrong(format!("its answers have other columns: {}", batch.schema())));
        };
        for row in 0..batch.num_rows() {
            let status: TaskStatus = serde_json::from_str(texts.value(row))
                .map_err(|error| wrong(format!("an answer cannot be read: {error}")))?;
            if u64::try_from(tasks.value(row)) != Ok(status.task) {
                return Err(wrong(format!(
                    "task {} has the answer of {}",
                    tasks.value(row),
                    status.task
                )));
            }
            answers.push(status);
        }
    }
    Ok(answers)
}

/// The answers by number, if they are one for each of `tasks`.
fn counted(
    job: &str,
    tasks: &BTreeSet<u64>,
    mut answers: Vec<TaskStatus>,
) -> Result<Vec<TaskStatus>> {
    answers.sort_by_key(|answer| answer.task);
    let answered: BTreeSet<u64> = answers.iter().map(|answer| answer.task).collect();
    if answered == *tasks && answers.len() == tasks.len() {
        return Ok(answers);
    }
    let missing: Vec<_> = tasks.difference(&answered).collect();
    let strange: Vec<_> = answered.difference(tasks).collect();
    let repeated = answers.len() - answered.len();
    Err(Error::Answers {
        job: job.to_owned(),
        tasks: tasks.len(),
        rows: answers.len(),
        reason: format!(
            "{repeated} repeated, {} missing (first {:?}), {} of no task (first {:?})",
            missing.len(),
            missing.first(),
            strange.len(),
            strange.first(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::State;

    fn answer(task: u64) -> TaskStatus {
        TaskStatus {
            task,
            state: State::Done,
            tries: 1,
            seconds: 0.0,
            worker: "me".into(),
            message: None,
        }
    }

    #[test]
    fn answers_are_counted_against_the_manifest() {
        let tasks = BTreeSet::from([1, 2, 3]);
        let of =
            |numbers: &[u64]| counted("job", &tasks, numbers.iter().map(|&n| answer(n)).collect());
        let right: Vec<u64> = of(&[3, 1, 2]).unwrap().iter().map(|answer| answer.task).collect();
        assert_eq!(right, [1, 2, 3]);
        for wrong in [&[1, 2][..], &[1, 2, 3, 3], &[1, 2, 2], &[1, 2, 4], &[]] {
            assert!(matches!(of(wrong), Err(Error::Answers { .. })), "{wrong:?}");
        }
        let error = of(&[1, 1, 9]).unwrap_err().to_string();
        assert_eq!(
            error,
            "job `job` has 3 tasks, but 3 answers came: \
             1 repeated, 2 missing (first Some(2)), 1 of no task (first Some(9))"
        );
    }
}
