//! Jobs on a scheduler and workers that are processes of their own: this program again, in the test [`role`].

#[cfg(test)]
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use paydirt_scale::{
    ClientSettings, Error, Outcome, SchedulerSettings, State, TaskStatus, Work, WorkerSettings,
    scheduler, submit, worker, write_manifest,
};
use support::{Cluster, MEET, WIDE, go_on};

/// A worker timeout that no test lives to see, in seconds.
const NEVER: u64 = 3600;

/// Not a test of its own: what the processes do that the other tests start.
#[test]
fn role() {
    support::play_role();
}

fn states(answers: &[TaskStatus], state: State) -> Vec<u64> {
    answers.iter().filter(|answer| answer.state == state).map(|answer| answer.task).collect()
}

#[test]
fn two_workers_do_every_task_once() {
    let mut cluster = Cluster::start(100, NEVER);
    cluster.add_worker("first");
    cluster.add_worker(WIDE);
    let tasks: Vec<u64> = (0..20).map(|task| task * task).collect();
    let mut last = 0;
    let answers = cluster
        .submit("squares", &tasks, |progress| {
            assert_eq!(progress.tasks, 20);
            assert!(progress.finished >= last);
            last = progress.finished;
            true
        })
        .unwrap();
    assert_eq!(states(&answers, State::Done), tasks);
    for &task in &tasks {
        assert_eq!(cluster.calls(task), 1, "of task {task}");
        assert!(cluster.is_right(task), "output of task {task}");
    }
    assert!(!cluster.path("manifest.notes").exists());
}

#[test]
fn tasks_are_done_at_one_time() {
    let mut two = Cluster::start(0, NEVER);
    two.add_worker("first");
    two.add_worker("second");
    let answers = two.submit(MEET, &[1, 2], go_on).unwrap();
    assert_eq!(states(&answers, State::Done), [1, 2]);
    assert_ne!(answers[0].worker, answers[1].worker);

    let mut wide = Cluster::start(0, NEVER);
    wide.add_worker(WIDE);
    let answers = wide.submit(MEET, &[1, 2], go_on).unwrap();
    assert_eq!(states(&answers, State::Done), [1, 2]);
}

#[test]
fn a_job_outlives_a_worker() {
    let mut cluster = Cluster::start(700, 8);
    cluster.add_worker("lives");
    cluster.add_worker("dies");
    let tasks: Vec<u64> = (0..10).collect();
    let mut killed = false;
    let mut dies = cluster.workers.remove(1);
    let answers = cluster
        .submit("killed", &tasks, |progress| {
            if progress.finished >= 3 && !killed {
                dies.kill();
                killed = true;
            }
            true
        })
        .unwrap();
    assert!(killed);
    let numbers: Vec<u64> = answers.iter().map(|answer| answer.task).collect();
    assert_eq!(numbers, tasks);
    assert!(states(&answers, State::Failed).is_empty());
    assert!(tasks.iter().all(|&task| cluster.is_right(task)));
    assert!(answers.iter().all(|answer| answer.worker == "lives"), "{answers:?}");
}

#[test]
fn a_worker_that_is_stopped_hands_its_tasks_back() {
    let mut cluster = Cluster::start(500, NEVER);
    cluster.add_worker("stays");
    cluster.add_worker("goes");
    let tasks: Vec<u64> = (0..10).collect();
    let begun = Instant::now();
    let answers = cluster.submit("stopped", &tasks, |progress| {
        if progress.finished >= 3 {
            fs_err::write(cluster.path("stop-goes"), "").unwrap();
        }
        // Not a measure of speed: tasks that are not handed back are waited for without end.
        begun.elapsed() < Duration::from_secs(60)
    });
    let answers = answers.unwrap();
    assert!(tasks.iter().all(|&task| cluster.is_right(task)));
    assert!(answers.iter().all(|answer| answer.worker == "stays"), "{answers:?}");
    assert!(cluster.workers[1].ended_well());
}

#[test]
fn a_task_that_fails_is_tried_named_and_the_rest_kept() {
    let mut cluster = Cluster::start(10, NEVER);
    cluster.add_worker("only");
    let tasks = [1, 2, support::FAILS, 14];
    let answers = cluster.submit("fails", &tasks, go_on).unwrap();
    assert_eq!(states(&answers, State::Done), [1, 2, 14]);
    assert_eq!(states(&answers, State::Failed), [support::FAILS]);
    let failed = answers.iter().find(|answer| answer.state == State::Failed).unwrap();
    assert_eq!((failed.tries, failed.worker.as_str()), (3, "only"));
    assert_eq!(failed.message.as_deref(), Some("there is no water"));
    assert_eq!(cluster.calls(support::FAILS), 3);
}

#[test]
fn a_scheduler_that_died_is_found_again_and_what_is_done_is_skipped() {
    let mut cluster = Cluster::start(400, NEVER);
    cluster.add_worker("first");
    cluster.add_worker("second");
    let tasks: Vec<u64> = (0..10).collect();
    let mut done = Vec::new();
    let (folder, mut dies) = (cluster.path("outputs"), cluster.take_scheduler());
    let outputs = || support::outputs(&folder);
    let error = cluster
        .submit("restart", &tasks, |progress| {
            if progress.finished >= 3 && done.is_empty() {
                dies.kill();
                done = outputs();
            }
            true
        })
        .unwrap_err();
    assert!(matches!(error, Error::Job { .. }), "{error}");
    assert!(done.len() >= 3, "{done:?}");
    cluster.restart_scheduler();
    let answers = cluster.submit("restart", &tasks, go_on).unwrap();
    let skipped = states(&answers, State::Skipped);
    assert!(done.iter().all(|task| skipped.contains(task)), "{done:?} of {skipped:?}");
    assert!(states(&answers, State::Failed).is_empty());
    for &task in &tasks {
        assert!(cluster.is_right(task), "output of task {task}");
        assert!(!done.contains(&task) || cluster.calls(task) == 1, "task {task} was done again");
    }
}

#[test]
fn a_job_that_is_called_off_leaves_the_workers_to_the_next() {
    let mut cluster = Cluster::start(300, NEVER);
    cluster.add_worker("only");
    let tasks: Vec<u64> = (0..200).collect();
    let error = cluster.submit("long", &tasks, |progress| progress.finished < 2).unwrap_err();
    assert!(matches!(error, Error::Stopped { tasks: 200, .. }), "{error}");
    let answers = cluster.submit("short", &[500, 501], go_on).unwrap();
    assert_eq!(states(&answers, State::Done), [500, 501]);
    let calls = cluster.all_calls();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(cluster.all_calls(), calls, "the job goes on");
}

struct Nothing;

impl Work for Nothing {
    fn perform(&self, _: &str, _: u64) -> Result<Outcome, String> {
        Ok(Outcome::Done)
    }
}

#[test]
fn who_cannot_reach_the_scheduler_says_so_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    let mut settings = WorkerSettings::new("127.0.0.1:1", folder.path().join("worker"));
    settings.patience_s = 1;
    let error = worker(&settings, Arc::new(Nothing), || false).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot reach the scheduler at `127.0.0.1:1` within 1 s: Connection refused (os error 111)"
    );
    assert!(error.hint().is_some());
    let manifest = folder.path().join("manifest");
    write_manifest(&manifest, &[1]).unwrap();
    let mut settings = ClientSettings::new("127.0.0.1:1");
    settings.patience_s = 1;
    let error = submit(&settings, "job", &manifest, go_on).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    // Not a measure of speed: without a bound it would not end.
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn what_cannot_be_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let settings = SchedulerSettings { address, ..SchedulerSettings::default() };
    let error = scheduler(&settings, |_| {}, || true).unwrap_err();
    assert!(matches!(error, Error::Listen { .. }), "{error}");
    let settings = SchedulerSettings { worker_timeout_s: 1, ..settings };
    let error = scheduler(&settings, |_| {}, || true).unwrap_err().to_string();
    assert_eq!(error, "`worker_timeout_s` is 1, but must be at least 6");

    let work = || Arc::new(Nothing);
    let mut settings = WorkerSettings::new(&address.to_string(), folder.path().join("worker"));
    settings.address = address;
    let error = worker(&settings, work(), || true).unwrap_err();
    assert!(matches!(error, Error::Listen { .. }), "{error}");
    settings.concurrent_tasks = 0;
    let error = worker(&settings, work(), || true).unwrap_err();
    assert!(matches!(error, Error::Setting { .. }), "{error}");
    settings.concurrent_tasks = 1;
    settings.folder = folder.path().join("file");
    fs_err::write(&settings.folder, "").unwrap();
    let error = worker(&settings, work(), || true).unwrap_err();
    assert!(matches!(error, Error::Io(_)), "{error}");

    let client = ClientSettings::new(&address.to_string());
    let empty = folder.path().join("empty");
    fs_err::create_dir(&empty).unwrap();
    let error = submit(&client, "job", &empty, go_on).unwrap_err();
    assert!(matches!(error, Error::NoTasks { .. }), "{error}");
    let error = submit(&client, "job", &folder.path().join("none"), go_on).unwrap_err();
    assert!(matches!(error, Error::Io(_)), "{error}");
}
