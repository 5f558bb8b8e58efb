//! Long work: on a thread of its own, while the interpreter is free, Ctrl-C is heard and progress is told.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use paydirt::cli::Common;
use paydirt::command::Session;
use paydirt::console::{Console, Event};
use paydirt::error::{Error, Result};
use paydirt_io::remote::is_address;
use paydirt_model::neural::train::{Host, Progress, Row, host};
use pyo3::prelude::*;

use crate::raised::raised;

/// Time between two looks for Ctrl-C while nothing is heard.
const PATIENCE: Duration = Duration::from_millis(50);

/// Time between two states of a network that learns.
const STATE_EVERY: Duration = Duration::from_mins(2);

/// Stack of a thread that works: what the main thread of the command line has.
const STACK_BYTES: usize = 8 << 20;

/// Does some work with a session. `progress` is told through its methods `message(text)` and
/// `progress(task, done, pieces)`, on the thread that called; what it raises stops the work, as Ctrl-C does.
pub(crate) fn long<T: Send>(
    py: Python<'_>,
    common: Common,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce(&Session) -> Result<T> + Send,
) -> PyResult<T> {
    refuse_forked().map_err(raised)?;
    let pool = common.threads.map(pool).transpose().map_err(raised)?;
    let (sender, events) = mpsc::channel();
    let stop = Arc::new(AtomicBool::new(false));
    let listening = Listening::begin(sender.clone(), &stop, common.states.as_deref());
    let session = Session { console: Console::heard(sender, Arc::clone(&stop)), common };
    let (heard, done) = thread::scope(|scope| {
        let worker =
            thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, move || {
                // Both go at the end of the work, which ends the listening.
                let (session, _listening) = (session, listening);
                match pool {
                    Some(pool) => pool.install(|| work(&session)),
                    None => work(&session),
                }
            })?;
        let heard = listen(py, events, progress, &stop);
        Ok((heard, py.detach(|| worker.join())))
    })
    .map_err(|error: std::io::Error| raised(error))?;
    let done = done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    heard?;
    done.map_err(raised)
}

/// Refuses to work in a fork of the process that worked before: its threads are not there, and are waited for
/// without end.
fn refuse_forked() -> Result<()> {
    static WORKS_IN: OnceLock<u32> = OnceLock::new();
    let here = std::process::id();
    if *WORKS_IN.get_or_init(|| here) == here {
        return Ok(());
    }
    Err(Error::Usage {
        reason: "this process is a fork of one that used Paydirt, whose threads it lacks".into(),
        hint: "start processes anew: `multiprocessing.get_context(\"spawn\")`".into(),
    })
}

fn pool(threads: u16) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads.into())
        .stack_size(STACK_BYTES)
        .build()
        .map_err(|error| Error::Usage {
            reason: error.to_string(),
            hint: "use a smaller `threads`".into(),
        })
}

/// Tells what is heard until the work has ended; the first error stops the work and is returned.
fn listen(
    py: Python<'_>,
    mut events: Receiver<Event>,
    progress: Option<&Bound<'_, PyAny>>,
    stop: &AtomicBool,
) -> PyResult<()> {
    let mut heard = Ok(());
    loop {
        let (back, event) = py.detach(move || {
            let event = events.recv_timeout(PATIENCE);
            (events, event)
        });
        events = back;
        let told = match (event, progress) {
            (Err(RecvTimeoutError::Disconnected), _) => return heard,
            (Ok(event), Some(progress)) if heard.is_ok() => tell(progress, event),
            _ => Ok(()),
        };
        if let Err(error) = told.and_then(|()| py.check_signals()) {
            stop.store(true, Ordering::SeqCst);
            heard = heard.and(Err(error));
        }
    }
}

fn tell(progress: &Bound<'_, PyAny>, event: Event) -> PyResult<()> {
    match event {
        Event::Message(text) => progress.call_method1("message", (text,))?,
        Event::Progress { task, done, pieces } => {
            progress.call_method1("progress", (task, done, pieces))?
        }
    };
    Ok(())
}

/// Who hears of networks that learn. There is one host of them in a program, which does not know whose network
/// it is: of two calls at a time both hear of the networks of both, and one stops when both are to stop.
static EARS: Mutex<Vec<Ear>> = Mutex::new(Vec::new());

fn ears() -> MutexGuard<'static, Vec<Ear>> {
    EARS.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Ear {
    sender: Sender<Event>,
    stop: Arc<AtomicBool>,
    /// Folder for states of networks.
    states: Option<PathBuf>,
}

/// Hears of networks as long as it lives.
struct Listening(Arc<AtomicBool>);

impl Listening {
    fn begin(sender: Sender<Event>, stop: &Arc<AtomicBool>, states: Option<&Path>) -> Self {
        host(Arc::new(Networks));
        let states = states.filter(|states| !is_address(states)).map(Path::to_path_buf);
        ears().push(Ear { sender, stop: Arc::clone(stop), states });
        Self(Arc::clone(stop))
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        ears().retain(|ear| !Arc::ptr_eq(&ear.stop, &self.0));
    }
}

struct Networks;

impl Host for Networks {
    fn folder(&self) -> Option<(PathBuf, Duration)> {
        ears().iter().rev().find_map(|ear| Some((ear.states.clone()?, STATE_EVERY)))
    }

    fn see(&self, model: &str, _: &Row, Progress { step, steps, .. }: Progress) -> bool {
        let ears = ears();
        let (done, pieces) = (step as u64, steps as u64);
        for ear in ears.iter() {
            let _ = ear.sender.send(Event::Progress { task: model.into(), done, pieces });
        }
        ears.is_empty() || ears.iter().any(|ear| !ear.stop.load(Ordering::SeqCst))
    }

    fn warn(&self, warning: &str) {
        for ear in ears().iter() {
            let _ = ear.sender.send(Event::Message(format!("warning: {warning}")));
        }
    }
}
