//! Long work: on a thread of its own, while the interpreter is free, Ctrl-C is heard and progress is told.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use paydirt::cli::Common;
use paydirt::command::Session;
use paydirt::console::{Console, Event};
use paydirt::error::{Error, Result};
use paydirt_model::neural::train::{Host, Progress, Row, host};
use pyo3::prelude::*;

use crate::raised::raised;

/// Time between two looks for Ctrl-C while nothing is heard.
const PATIENCE: Duration = Duration::from_millis(50);

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
    let pool = common.threads.map(pool).transpose().map_err(raised)?;
    let (sender, events) = mpsc::channel();
    let stop = Arc::new(AtomicBool::new(false));
    let ear = Ear::listen(sender.clone(), &stop);
    let session = Session { console: Console::heard(sender, Arc::clone(&stop)), common };
    let (heard, done) = thread::scope(|scope| {
        let worker =
            thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, move || {
                // Both go at the end of the work, which ends the listening.
                let (session, _ear) = (session, ear);
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

/// Who hears of networks that learn. There is one host of them in a program, so of two runs at a time the
/// later one hears of the networks of both.
static EAR: Mutex<Option<(Sender<Event>, Arc<AtomicBool>)>> = Mutex::new(None);

/// Hears of networks as long as it lives.
struct Ear;

impl Ear {
    fn listen(sender: Sender<Event>, stop: &Arc<AtomicBool>) -> Self {
        host(Arc::new(Networks));
        *EAR.lock().unwrap_or_else(PoisonError::into_inner) = Some((sender, Arc::clone(stop)));
        Self
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        *EAR.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

struct Networks;

impl Host for Networks {
    fn folder(&self) -> Option<(PathBuf, Duration)> {
        None
    }

    fn see(&self, model: &str, _: &Row, Progress { step, steps, .. }: Progress) -> bool {
        let ear = EAR.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((sender, stop)) = &*ear else { return true };
        let (task, done, pieces) = (model.into(), step as u64, steps as u64);
        let _ = sender.send(Event::Progress { task, done, pieces });
        !stop.load(Ordering::SeqCst)
    }

    fn warn(&self, warning: &str) {
        if let Some((sender, _)) = &*EAR.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = sender.send(Event::Message(format!("warning: {warning}")));
        }
    }
}
