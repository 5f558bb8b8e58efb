//! Tasks on two workers beside the same tasks in a row in one process: `cargo run --profile scale --example
//! throughput --features ballista -p paydirt-scale`. Prints seconds, their ratio and the load of the machine.
//!
//! Busy tasks do a fixed amount of arithmetic, which is measured at the start so that it takes a second of CPU
//! time; on a machine with fewer than two idle cores they cannot be faster on two workers. The engine does
//! tasks at niceness 10, so run all of it so (`nice -n 10`) where other work goes on.
#![expect(clippy::print_stdout, reason = "a program")]

use std::error::Error;
use std::hint::black_box;
use std::net::SocketAddr;
use std::os::unix::process::parent_id;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use paydirt_scale::{
    ClientSettings, Outcome, SchedulerSettings, State, Work, WorkerSettings, attempt, scheduler,
    submit, worker, write_manifest,
};

type Fallible<T> = Result<T, Box<dyn Error>>;

const TASKS: u64 = 24;

/// Steps of arithmetic, or a second's sleep.
struct Busy {
    steps: Option<u64>,
}

impl Work for Busy {
    fn perform(&self, _: &str, _: u64) -> Result<Outcome, String> {
        match self.steps {
            Some(steps) => {
                black_box(arithmetic(steps));
            }
            None => sleep(Duration::from_secs(1)),
        }
        Ok(Outcome::Done)
    }
}

fn arithmetic(steps: u64) -> u64 {
    (0..steps).fold(1, |state: u64, step| {
        black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(step))
    })
}

/// Seconds of CPU that this thread had.
fn cpu_s() -> Fallible<f64> {
    let text = fs_err::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds: f64 = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e9)
}

fn steps_of_a_second() -> Fallible<u64> {
    let mut steps = 1_000_000;
    loop {
        let begun = cpu_s()?;
        black_box(arithmetic(steps));
        let took = cpu_s()? - begun;
        if took > 0.5 {
            return Ok((steps as f64 / took) as u64);
        }
        steps *= 2;
    }
}

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            measure("busy 1 s", Some(steps_of_a_second()?))?;
            measure("sleep 1 s", None)
        }
        ["scheduler", folder] => play_scheduler(Path::new(folder)),
        ["worker", address, folder, steps] => play_worker(address, folder, steps.parse().ok()),
        _ => Err("it takes no arguments".into()),
    }
}

fn play_scheduler(folder: &Path) -> Fallible<()> {
    let parent = parent_id();
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let settings = SchedulerSettings { address, ..SchedulerSettings::default() };
    let tell = |address: SocketAddr| {
        let _ = fs_err::write(folder.join("part"), address.to_string());
        let _ = fs_err::rename(folder.join("part"), folder.join("address"));
    };
    Ok(scheduler(&settings, tell, || parent_id() != parent)?)
}

fn play_worker(address: &str, folder: &str, steps: Option<u64>) -> Fallible<()> {
    let parent = parent_id();
    let settings = WorkerSettings::new(address, folder.into());
    Ok(worker(&settings, Arc::new(Busy { steps }), || parent_id() != parent)?)
}

fn load() -> String {
    fs_err::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned()
}

fn measure(what: &str, steps: Option<u64>) -> Fallible<()> {
    println!("{TASKS} tasks, {what}; load {}", load());
    let begun = Instant::now();
    let work = Busy { steps };
    for task in 0..TASKS {
        let status = attempt(&work, "row", task, 1, "one process");
        assert_eq!(status.state, State::Done);
    }
    let row_s = begun.elapsed().as_secs_f64();
    println!("  one process, in a row: {row_s:.2} s; load {}", load());

    let folder = tempfile::tempdir()?;
    let mut children = Vec::new();
    let measured = on_two_workers(folder.path(), steps, &mut children);
    for child in &mut children {
        child.kill()?;
        child.wait()?;
    }
    let workers_s = measured?;
    println!("  two workers: {workers_s:.2} s; load {}", load());
    println!("  ratio {:.2}", row_s / workers_s);
    Ok(())
}

fn on_two_workers(folder: &Path, steps: Option<u64>, children: &mut Vec<Child>) -> Fallible<f64> {
    let program = std::env::current_exe()?;
    children.push(Command::new(&program).arg("scheduler").arg(folder).spawn()?);
    let told = folder.join("address");
    while !told.exists() {
        sleep(Duration::from_millis(20));
    }
    let address = fs_err::read_to_string(told)?;
    let steps = steps.map_or_else(|| "sleep".to_owned(), |steps| steps.to_string());
    for name in ["first", "second"] {
        let mut command = Command::new(&program);
        command.args(["worker", &address]).arg(folder.join(name)).arg(&steps);
        children.push(command.spawn()?);
    }
    sleep(Duration::from_secs(3));
    let manifest = folder.join("manifest");
    write_manifest(&manifest, &(0..TASKS).collect::<Vec<_>>())?;
    let begun = Instant::now();
    let answers = submit(&ClientSettings::new(&address), "two", &manifest, |_| true)?;
    let took = begun.elapsed().as_secs_f64();
    let seconds: Vec<String> = answers.iter().map(|a| format!("{:.2}", a.seconds)).collect();
    println!("  seconds of each task on the workers: {}", seconds.join(" "));
    Ok(took)
}
