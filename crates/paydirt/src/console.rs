//! What the user sees while a run goes on: messages, warnings and progress on standard error,
//! results on standard output.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use paydirt_io::remote::is_address;
use paydirt_io::store::Store;
use paydirt_model::neural::train::{Host, Progress, Row, host};
use tempfile::TempDir;

use crate::cli::Common;
use crate::error::{Error, Result};

/// What a run says to a program that called it, instead of standard error.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Something for the user.
    Message(String),
    /// So many pieces of a task are done.
    Progress {
        /// Name of the task.
        task: String,
        /// Pieces done.
        done: u64,
        /// Pieces in all.
        pieces: u64,
    },
}

/// Where a run speaks, and where it hears that it is to stop.
#[derive(Debug)]
pub struct Console {
    quiet: bool,
    hearer: Option<Sender<Event>>,
    json: bool,
    terminal: bool,
    warnings: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
}

impl Console {
    /// A console that stops at the first interrupt (Ctrl-C, SIGTERM).
    #[must_use]
    pub fn new(common: &Common) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&stop);
        // A second handler (another run in one process) is refused: the first one still works.
        let _ = ctrlc::set_handler(move || {
            if heard.swap(true, Ordering::SeqCst) {
                std::process::exit(4);
            }
        });
        Self {
            quiet: common.quiet,
            hearer: None,
            json: common.json,
            terminal: std::io::stderr().is_terminal(),
            warnings: Arc::default(),
            stop,
        }
    }

    /// A console that says nothing, for tests and callers without a terminal.
    #[must_use]
    pub fn silent() -> Self {
        Self {
            quiet: true,
            hearer: None,
            json: false,
            terminal: false,
            warnings: Arc::default(),
            stop: Arc::default(),
        }
    }

    /// A console that says everything to the program that called the run, and stops once that has set
    /// `stop`.
    #[must_use]
    pub fn heard(hearer: Sender<Event>, stop: Arc<AtomicBool>) -> Self {
        Self { hearer: Some(hearer), stop, ..Self::silent() }
    }

    /// Another console of the same program, with warnings of its own: it stops when this one does.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            quiet: self.quiet,
            hearer: self.hearer.clone(),
            json: self.json,
            terminal: self.terminal,
            warnings: Arc::default(),
            stop: Arc::clone(&self.stop),
        }
    }

    /// Whether the result is wanted as JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        self.json
    }

    /// Tells the user something.
    pub fn say(&self, message: &str) {
        if let Some(hearer) = &self.hearer {
            // Nobody hears a program that has gone on without its run.
            let _ = hearer.send(Event::Message(message.into()));
        } else if !self.quiet {
            let _ = writeln!(std::io::stderr(), "{message}");
        }
    }

    /// Warns once of partial trouble and keeps it for the report.
    pub fn warn(&self, warning: impl Into<String>) {
        let warning = warning.into();
        if let Ok(mut warnings) = self.warnings.lock()
            && !warnings.contains(&warning)
        {
            self.say(&format!("warning: {warning}"));
            warnings.push(warning);
        }
    }

    /// Warns of trouble with where the work is done, which stands in no report: the result does not depend on it.
    pub fn warn_aside(&self, warning: &str) {
        self.say(&format!("warning: {warning}"));
    }

    /// The warnings so far.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.lock().map(|warnings| warnings.clone()).unwrap_or_default()
    }

    /// Whether to go on.
    ///
    /// # Errors
    /// [`Error::Interrupted`] once the user has asked to stop.
    pub fn go_on(&self) -> Result<()> {
        if self.stop.load(Ordering::SeqCst) { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Begins a task of so many pieces.
    #[must_use]
    pub fn task(&self, name: &str, pieces: u64, unit: &str) -> Task<'_> {
        let bar = (self.terminal && !self.quiet).then(|| bar(name, pieces, unit));
        let began = Instant::now();
        Task {
            console: self,
            name: name.into(),
            unit: unit.into(),
            pieces,
            done: AtomicU64::new(0),
            began,
            said: Mutex::new(began),
            bar,
        }
    }

    /// Sees networks of this program learn, and keeps their states in a folder where one is given, or under
    /// an address: then they are written in a temporary folder first.
    ///
    /// # Errors
    /// An address that is none, or no room for a temporary folder.
    pub fn watch_networks(&self, states: Option<&Path>) -> Result<()> {
        let states = match states {
            None => States::Nowhere,
            Some(path) if is_address(path) => States::There {
                here: tempfile::tempdir()?,
                store: Store::open(&path.to_string_lossy())?,
            },
            Some(path) => States::Here(path.into()),
        };
        host(Arc::new(Networks {
            quiet: self.quiet,
            stop: Arc::clone(&self.stop),
            states,
            said: Mutex::new(Instant::now()),
            warnings: Arc::clone(&self.warnings),
        }));
        Ok(())
    }

    /// Prints a result on standard output.
    ///
    /// # Errors
    /// Where standard output cannot be written; a reader that has gone is no error.
    pub fn result(&self, text: &str) -> Result<()> {
        match writeln!(std::io::stdout(), "{text}") {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn bar(name: &str, pieces: u64, unit: &str) -> ProgressBar {
    let template = format!(
        "{{prefix:>9}} {{bar:30}} {{human_pos}}/{{human_len}} {unit}, {{per_sec}}, {{eta}} left"
    );
    let style =
        ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(pieces).with_style(style).with_prefix(name.to_string())
}

/// Time between two states of a network that learns, and between two lines about it.
const STATE_EVERY: Duration = Duration::from_mins(2);
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Networks that learn.
struct Networks {
    quiet: bool,
    stop: Arc<AtomicBool>,
    states: States,
    said: Mutex<Instant>,
    warnings: Arc<Mutex<Vec<String>>>,
}

/// Where states of networks are kept.
enum States {
    Nowhere,
    Here(PathBuf),
    /// In a store, and in a folder here on the way.
    There {
        here: TempDir,
        store: Store,
    },
}

impl States {
    /// The store, and the key of a state in it.
    fn stored(&self, state: &Path) -> Option<(&Store, String)> {
        let Self::There { store, .. } = self else { return None };
        let name = state.file_name().unwrap_or_default().to_string_lossy();
        Some((store, format!("networks/{name}")))
    }
}

impl Host for Networks {
    fn folder(&self) -> Option<(PathBuf, Duration)> {
        let folder = match &self.states {
            States::Nowhere => return None,
            States::Here(folder) => folder.clone(),
            States::There { here, .. } => here.path().into(),
        };
        Some((folder, STATE_EVERY))
    }

    fn fetch(&self, state: &Path) -> std::result::Result<(), String> {
        let Some((store, key)) = self.states.stored(state) else { return Ok(()) };
        match store.get(&key).map_err(|error| error.to_string())? {
            None => Ok(()),
            Some(bytes) => fs_err::write(state, bytes).map_err(|error| error.to_string()),
        }
    }

    fn keep(&self, state: &Path) -> std::result::Result<(), String> {
        let Some((store, key)) = self.states.stored(state) else { return Ok(()) };
        let bytes = fs_err::read(state).map_err(|error| error.to_string())?;
        store.put(&key, bytes).map_err(|error| error.to_string())
    }

    fn see(&self, model: &str, row: &Row, progress: Progress) -> bool {
        if let Ok(mut said) = self.said.try_lock()
            && !self.quiet
            && said.elapsed() >= LINE_EVERY
        {
            *said = Instant::now();
            let (step, steps) = (progress.step, progress.steps);
            let _ = writeln!(
                std::io::stderr(),
                "{model}: step {step} of {steps}, loss {:.4}, learning rate {:.2e}",
                row.loss,
                row.learning_rate
            );
        }
        !self.stop.load(Ordering::SeqCst)
    }

    fn warn(&self, warning: &str) {
        if let Ok(mut warnings) = self.warnings.lock()
            && !warnings.iter().any(|known| known == warning)
        {
            if !self.quiet {
                let _ = writeln!(std::io::stderr(), "warning: {warning}");
            }
            warnings.push(warning.into());
        }
    }
}

/// A task under way: a bar with rate and time left on a terminal, else a line now and then.
#[derive(Debug)]
pub struct Task<'a> {
    console: &'a Console,
    name: String,
    unit: String,
    pieces: u64,
    done: AtomicU64,
    began: Instant,
    said: Mutex<Instant>,
    bar: Option<ProgressBar>,
}

impl Task<'_> {
    /// So many more pieces are done.
    ///
    /// # Errors
    /// [`Error::Interrupted`] once the user has asked to stop.
    pub fn advance(&self, pieces: u64) -> Result<()> {
        let done = self.done.fetch_add(pieces, Ordering::Relaxed) + pieces;
        match (&self.bar, &self.console.hearer) {
            (Some(bar), _) => bar.set_position(done),
            (None, Some(hearer)) => {
                let (task, pieces) = (self.name.clone(), self.pieces);
                let _ = hearer.send(Event::Progress { task, done, pieces });
            }
            (None, None) => self.line(done),
        }
        self.console.go_on()
    }

    fn line(&self, done: u64) {
        let Ok(mut said) = self.said.lock() else { return };
        if said.elapsed() < Duration::from_secs(5) || done >= self.pieces {
            return;
        }
        *said = Instant::now();
        let elapsed = self.began.elapsed().as_secs_f64();
        let left = elapsed * (self.pieces - done) as f64 / done.max(1) as f64;
        let rate = done as f64 / elapsed;
        let Self { name, unit, pieces, .. } = self;
        self.console.say(&format!("{name}: {done}/{pieces} {unit}, {rate:.0}/s, {left:.0} s left"));
    }
}

impl Drop for Task<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let done = self.done.load(Ordering::Relaxed);
        if done >= self.pieces {
            let Self { name, unit, began, .. } = self;
            self.console
                .say(&format!("{name}: {done} {unit} in {:.1} s", began.elapsed().as_secs_f64()));
        }
    }
}

/// Prints an error and its hint on standard error.
pub fn report_error(error: &Error) {
    let mut stderr = std::io::stderr();
    let _ = writeln!(stderr, "error: {error}");
    if let Some(hint) = error.hint() {
        let _ = writeln!(stderr, "hint: {hint}");
    }
}
