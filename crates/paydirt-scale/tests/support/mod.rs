//! A cluster of processes, and the work that they do: each task writes a file.

use std::net::SocketAddr;
use std::os::unix::process::parent_id;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use paydirt_scale::{
    ClientSettings, Outcome, Progress, SchedulerSettings, TaskStatus, Work, WorkerSettings,
    scheduler, submit, worker, write_manifest,
};

/// The task that always fails.
pub(crate) const FAILS: u64 = 13;

/// The worker that does two tasks at a time.
pub(crate) const WIDE: &str = "wide";

/// The job whose tasks wait until two of them are done at one time.
pub(crate) const MEET: &str = "meet";

/// Goes on, whatever the progress.
pub(crate) fn go_on(_: Progress) -> bool {
    true
}

/// Writes `outputs/TASK` after some milliseconds, and a file in `calls` for each call that finds work to do.
struct Writes {
    folder: PathBuf,
    milliseconds: u64,
}

impl Work for Writes {
    fn perform(&self, job: &str, task: u64) -> Result<Outcome, String> {
        let output = self.folder.join("outputs").join(task.to_string());
        if output.exists() {
            return Ok(Outcome::Skipped);
        }
        let part = tempfile::Builder::new()
            .prefix(&format!("{task}-"))
            .tempfile_in(self.folder.join("calls"))
            .map_err(|error| error.to_string())?;
        let (_, part) = part.keep().map_err(|error| error.to_string())?;
        sleep(Duration::from_millis(self.milliseconds));
        let begun = Instant::now();
        while job == MEET && call_names(&self.folder).count() < 2 {
            if begun.elapsed() > Duration::from_secs(60) {
                return Err("nobody came".into());
            }
            sleep(Duration::from_millis(20));
        }
        if task == FAILS {
            return Err("there is no water".into());
        }
        let beside = part.with_extension("part");
        fs_err::write(&beside, content(task)).map_err(|error| error.to_string())?;
        fs_err::rename(beside, output).map_err(|error| error.to_string())?;
        Ok(Outcome::Done)
    }
}

fn call_names(folder: &Path) -> impl Iterator<Item = String> {
    let names = fs_err::read_dir(folder.join("calls")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !name.ends_with(".part"))
}

fn content(task: u64) -> String {
    format!("{task} squared is {}", task * task)
}

/// The tasks whose outputs lie in `folder`.
pub(crate) fn outputs(folder: &Path) -> Vec<u64> {
    let names = fs_err::read_dir(folder).unwrap();
    names.map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap()).collect()
}

/// Is a scheduler or a worker if the environment says so, until its parent is gone.
pub(crate) fn play_role() {
    let Ok(role) = std::env::var("SCALE_ROLE") else { return };
    let of = |key: &str| std::env::var(key).unwrap();
    let folder = PathBuf::from(of("SCALE_FOLDER"));
    let parent = parent_id();
    let orphaned = || parent_id() != parent;
    if role == "scheduler" {
        let address: SocketAddr = of("SCALE_ADDRESS").parse().unwrap();
        let worker_timeout_s = of("SCALE_NUMBER").parse().unwrap();
        let settings = SchedulerSettings { address, worker_timeout_s };
        let tell = |address: SocketAddr| {
            fs_err::write(folder.join("part"), address.to_string()).unwrap();
            fs_err::rename(folder.join("part"), folder.join("address")).unwrap();
        };
        scheduler(&settings, tell, orphaned).unwrap();
    } else {
        let mut settings =
            WorkerSettings::new(&of("SCALE_ADDRESS"), folder.join(format!("worker-{role}")));
        settings.concurrent_tasks = if role == WIDE { 2 } else { 1 };
        let stop = folder.join(format!("stop-{role}"));
        settings.name = Some(role);
        let work = Writes { folder, milliseconds: of("SCALE_NUMBER").parse().unwrap() };
        worker(&settings, Arc::new(work), || orphaned() || stop.exists()).unwrap();
    }
}

/// A process that ends with its owner.
pub(crate) struct Process(Child);

impl Process {
    fn start(role: &str, folder: &Path, address: &str, number: u64) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "role", "--nocapture"])
            .env("SCALE_ROLE", role)
            .env("SCALE_FOLDER", folder)
            .env("SCALE_ADDRESS", address)
            .env("SCALE_NUMBER", number.to_string())
            .stdout(Stdio::null())
            .spawn();
        Self(child.unwrap())
    }

    /// Kills it at once (signal 9).
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Whether it ended well, once it has ended.
    pub(crate) fn ended_well(&mut self) -> bool {
        self.0.wait().unwrap().success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A scheduler, its workers, and the folder that they share.
pub(crate) struct Cluster {
    scheduler: Option<Process>,
    pub(crate) workers: Vec<Process>,
    address: String,
    milliseconds: u64,
    worker_timeout_s: u64,
    folder: tempfile::TempDir,
}

impl Cluster {
    /// A scheduler without workers, for tasks that take some milliseconds. It counts a worker as lost after
    /// `worker_timeout_s` seconds.
    pub(crate) fn start(milliseconds: u64, worker_timeout_s: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["outputs", "calls"] {
            fs_err::create_dir(folder.path().join(name)).unwrap();
        }
        let address = "127.0.0.1:0".to_owned();
        let mut cluster = Self {
            scheduler: None,
            workers: Vec::new(),
            address,
            milliseconds,
            worker_timeout_s,
            folder,
        };
        cluster.restart_scheduler();
        cluster
    }

    /// Starts a scheduler on the address of the one before, and waits until it listens.
    pub(crate) fn restart_scheduler(&mut self) {
        let told = self.path("address");
        let _ = fs_err::remove_file(&told);
        let process =
            Process::start("scheduler", self.folder.path(), &self.address, self.worker_timeout_s);
        self.scheduler = Some(process);
        let begun = Instant::now();
        while !told.exists() {
            assert!(begun.elapsed() < Duration::from_secs(60), "the scheduler does not start");
            sleep(Duration::from_millis(20));
        }
        self.address = fs_err::read_to_string(&told).unwrap();
    }

    pub(crate) fn take_scheduler(&mut self) -> Process {
        self.scheduler.take().unwrap()
    }

    pub(crate) fn add_worker(&mut self, name: &str) {
        let worker = Process::start(name, self.folder.path(), &self.address, self.milliseconds);
        self.workers.push(worker);
    }

    pub(crate) fn submit(
        &self,
        job: &str,
        tasks: &[u64],
        progress: impl FnMut(Progress) -> bool,
    ) -> paydirt_scale::Result<Vec<TaskStatus>> {
        let manifest = self.path("manifest");
        write_manifest(&manifest, tasks)?;
        submit(&ClientSettings::new(&self.address), job, &manifest, progress)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// How often a worker found `task` to do.
    pub(crate) fn calls(&self, task: u64) -> usize {
        let prefix = format!("{task}-");
        call_names(self.folder.path()).filter(|name| name.starts_with(&prefix)).count()
    }

    /// How often workers found any task to do.
    pub(crate) fn all_calls(&self) -> usize {
        call_names(self.folder.path()).count()
    }

    /// Whether the output of `task` is there and right.
    pub(crate) fn is_right(&self, task: u64) -> bool {
        let output = self.path("outputs").join(task.to_string());
        fs_err::read_to_string(output).is_ok_and(|text| text == content(task))
    }
}
