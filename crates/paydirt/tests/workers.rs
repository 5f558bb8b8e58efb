//! Runs whose work is done by the workers of a scheduler, each a process of its own: the map is that of one
//! process, whatever becomes of a worker.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use paydirt::demo;
use paydirt_core::district;

use self::support::{assert_same, files};

/// Memory in which the layers of [`Cluster::start`] do not lie.
const SHORT: &str = "270MiB";

/// A process that ends with its test.
struct Process(Child);

impl Process {
    fn kill(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A project, a scheduler, and a folder of states that their workers share.
struct Cluster {
    place: tempfile::TempDir,
    address: String,
    _scheduler: Process,
}

impl Cluster {
    fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let settings = district::Settings { rows: 300, cols: 500, ..district::Settings::default() };
        demo::write(place.path(), &settings).unwrap();
        let file = place.path().join("project.toml");
        let text = fs_err::read_to_string(&file).unwrap().replace("trees = 200", "trees = 40");
        let text = text
            + "\n[uncertainty.ensemble]\nmembers = 5\n[explain.shap]\ntop_percent = 20.0\n\
               [output]\npdf = false\n";
        fs_err::write(&file, text).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let scheduler = ["scheduler", "--bind", &address, "--worker-timeout-s", "6"];
        let _scheduler = said(&mut command(place.path(), &scheduler), "scheduler on");
        Self { place, address, _scheduler }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// A worker with more options.
    fn worker(&self, more: &[&str]) -> Process {
        said(&mut self.worker_command(more), "worker for")
    }

    fn worker_command(&self, more: &[&str]) -> Command {
        let worker = ["worker", "--scheduler", &self.address, "--bind", "127.0.0.1:0"];
        command(self.place.path(), &[&worker[..], more].concat())
    }

    /// A worker that sees an empty disk of its own in place of a folder.
    fn worker_with_disk(&self, folder: &str, options: &str, more: &[&str]) -> Command {
        fs_err::create_dir_all(self.path(folder)).unwrap();
        let worker = self.worker_command(more);
        let mount = format!("mount -t tmpfs -o {options} tmpfs {folder} && exec \"$@\"");
        let mut inside = Command::new("unshare");
        inside.args(["--mount", "sh", "-c", &mount, "sh"]).arg(worker.get_program());
        inside.args(worker.get_args()).current_dir(self.place.path()).stdin(Stdio::null());
        inside
    }

    /// The run, with its work given to the workers.
    fn run(&self, out: &str) -> Command {
        let scheduler = format!("scale.ballista.scheduler=\"{}\"", self.address);
        let run = ["run", "--states", "states", "--set", "scale.ballista.shares=6", "--out", out];
        command(self.place.path(), &[&run[..], &["--set", &scheduler]].concat())
    }

    /// What the run gives without workers.
    fn alone(&self) -> BTreeMap<String, Vec<u8>> {
        let run = ["run", "--out", "alone.run"];
        let output = command(self.place.path(), &run).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        files(&self.path("alone.run"))
    }

    /// How many pieces there are.
    fn pieces(&self) -> usize {
        let folders = fs_err::read_dir(self.path("states")).into_iter().flatten();
        let folders = folders.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
        let inside = folders.flat_map(|folder| fs_err::read_dir(folder).unwrap());
        inside
            .filter(|file| !file.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'))
            .count()
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_paydirt"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command
}

/// Starts a process, and waits until it says something; the rest of what it says is passed on.
fn said(command: &mut Command, words: &str) -> Process {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let found = lines.by_ref().map_while(Result::ok).any(|line| line.contains(words));
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| println!("{line}")));
    assert!(found, "the process ended before it said `{words}`");
    Process(child)
}

fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(300);
    while !holds() {
        assert!(Instant::now() < until, "{what} never came");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_run_outlives_a_worker_that_is_killed_to_the_bit() {
    let cluster = Cluster::start();
    let alone = cluster.alone();
    let _stays = cluster.worker(&[]);
    let mut goes = cluster.worker(&[]);
    let mut run = cluster.run("together.run").stderr(Stdio::piped()).spawn().unwrap();
    wait_for("the third piece", || cluster.pieces() >= 3);
    assert!(run.try_wait().unwrap().is_none(), "the run is still under way");
    goes.kill();
    let output = run.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("are made here"), "the worker that stays makes all\n{said}");
    assert_same(&alone, &files(&cluster.path("together.run")));
    // What workers made of the project by its whole path is what the command finds by its short one.
    let states = fs_err::read_dir(cluster.path("states")).unwrap();
    let names = states.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.starts_with("pieces-")).count(), 1);
}

/// Whether this user may give a process a disk of its own.
fn may_mount() -> bool {
    let mounts = ["--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"];
    let may = Command::new("unshare").args(mounts).status().is_ok_and(|status| status.success());
    if !may {
        println!("skipped: this user may not mount a disk of a process's own");
    }
    may
}

#[test]
fn a_worker_whose_disk_is_full_is_named_and_its_work_is_done() {
    if !may_mount() {
        return;
    }
    let cluster = Cluster::start();
    let alone = cluster.alone();
    // Too little memory for the layers, so that they go to a disk that has no room for them.
    let short = ["--max-memory", SHORT];
    let mut full = cluster.worker_with_disk("tmp", "size=64k", &short);
    let _full = said(full.env("TMPDIR", cluster.path("tmp")), "worker for");
    for (out, help) in [("full.run", false), ("helped.run", true)] {
        let _good = help.then(|| cluster.worker(&[]));
        let output = cluster.run(out).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(help || said.contains("No space left on device"), "{said}");
        assert!(
            help || said.contains("failed on worker") && said.contains("are made here"),
            "{said}"
        );
        assert_same(&alone, &files(&cluster.path(out)));
        fs_err::remove_dir_all(cluster.path("states")).unwrap();
    }
}

#[test]
fn a_worker_that_does_not_see_the_states_is_told_of_and_the_run_goes_on() {
    if !may_mount() {
        return;
    }
    let cluster = Cluster::start();
    let alone = cluster.alone();
    let says = |command: &mut Command| {
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    // One that is told where they are refuses to begin.
    let mut told = cluster.worker_with_disk("states", "ro", &["--states", "states"]);
    let said_so = says(&mut told);
    assert!(said_so.contains("read-only filesystem"), "{said_so}");
    // One that is not finds no job there.
    let _cut_off = said(&mut cluster.worker_with_disk("states", "ro", &[]), "worker for");
    let output = cluster.run("cut_off.run").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("given up, and what is missing is made here"), "{said}");
    assert_same(&alone, &files(&cluster.path("cut_off.run")));
}
