//! Projects and what is done with them.

use std::path::{Path, PathBuf};

use paydirt::cli::{Common, parse_size};
use paydirt::command::share::Shared;
use paydirt::error::Error;
use paydirt::folder::Folder;
use paydirt::pieces::Shard;
use paydirt::plan::{self, Purpose};
use paydirt::project::{self, Opened};
use paydirt::{demo as district_files, read, run, saved};
use paydirt_core::district;
use pyo3::prelude::*;

use crate::long::long;
use crate::raised::{from_json, json, raised};
use crate::stack::Stack;

/// A project that was opened and checked.
#[pyclass(frozen, module = "paydirt._paydirt")]
pub(crate) struct Project {
    opened: Opened,
}

/// How a long call works: what all commands of the command line take.
#[derive(FromPyObject)]
pub(crate) struct Ways<'py> {
    overwrite: bool,
    threads: Option<u16>,
    max_memory: Option<String>,
    progress: Option<Bound<'py, PyAny>>,
    states: Option<PathBuf>,
    stack: Option<String>,
}

impl Ways<'_> {
    fn common(&self) -> PyResult<Common> {
        let size = |text: &String| {
            let hint = "write it as \"2GiB\", or as a number of bytes".into();
            parse_size(text).map_err(|reason| raised(Error::Usage { reason, hint }))
        };
        Ok(Common {
            overwrite: self.overwrite,
            threads: self.threads,
            max_memory: self.max_memory.as_ref().map(size).transpose()?,
            states: self.states.clone(),
            stack: self.stack.clone(),
            ..Common::default()
        })
    }
}

#[pymethods]
impl Project {
    /// Opens a project file, with `key=value` changes and another seed where they are given.
    #[staticmethod]
    fn open(
        py: Python<'_>,
        path: PathBuf,
        changes: Vec<String>,
        seed: Option<u64>,
    ) -> PyResult<Self> {
        let opened = py.detach(|| project::open(&path, &changes)).map_err(raised)?;
        Ok(Self { opened: seeded(opened, seed) })
    }

    /// Opens a project given as JSON; its paths are relative to `folder`.
    #[staticmethod]
    fn made(
        py: Python<'_>,
        made: &str,
        folder: PathBuf,
        changes: Vec<String>,
        seed: Option<u64>,
    ) -> PyResult<Self> {
        let value: serde_json::Value = from_json(made)?;
        let opened = py.detach(|| project::open_made(&value, &folder, &changes)).map_err(raised)?;
        Ok(Self { opened: seeded(opened, seed) })
    }

    /// The project with every default, as JSON.
    fn resolved(&self) -> PyResult<String> {
        json(&self.opened.project)
    }

    /// The folder that its paths are relative to.
    #[getter]
    fn folder(&self) -> PathBuf {
        self.opened.folder.clone()
    }

    /// The plan and the receipt of a run, as JSON.
    fn check(&self, py: Python<'_>, ways: Ways<'_>) -> PyResult<String> {
        let opened = &self.opened;
        let (plan, receipt) = long(py, ways.common()?, ways.progress.as_ref(), |session| {
            let spool = tempfile::tempdir()?;
            let read = read::read(opened, Some(spool.path()), session)?;
            Ok((plan::plan(&opened.project, &read, session.common.max_memory), read.receipt))
        })?;
        json(&serde_json::json!({ "plan": plan, "receipt": receipt }))
    }

    /// The evidence on the project grid, in memory.
    fn stack(&self, py: Python<'_>, ways: Ways<'_>) -> PyResult<Stack> {
        let opened = &self.opened;
        let gathered = long(py, ways.common()?, ways.progress.as_ref(), |session| {
            Stack::gather(read::read_layers(opened, Purpose::Layers, None, session)?)
        })?;
        Stack::new(py, gathered)
    }

    /// Runs the project into a folder; the report as JSON.
    fn run(&self, py: Python<'_>, out: PathBuf, ways: Ways<'_>) -> PyResult<String> {
        let opened = &self.opened;
        let work = |session: &_| run::run(opened, &out, session);
        json(&long(py, ways.common()?, ways.progress.as_ref(), work)?)
    }

    /// Makes a share of a run, or of the maps by a saved model; what it came to, as JSON.
    fn share(
        &self,
        py: Python<'_>,
        shard: &str,
        model: Option<PathBuf>,
        ways: Ways<'_>,
    ) -> PyResult<String> {
        let hint = "write it as \"3/8\"".into();
        let shard: Shard = shard.parse().map_err(|reason| raised(Error::Usage { reason, hint }))?;
        let opened = self.opened.clone();
        let work = |session: &_| {
            let shared = match &model {
                None => run::Shared::of_run(opened, session),
                Some(run) => run::Shared::of_prediction(run, opened, session),
            };
            Shared::Map(Box::new(shared?)).make(shard, session)
        };
        json(&long(py, ways.common()?, ways.progress.as_ref(), work)?)
    }

    /// Applies the saved model of a run to this project's evidence; figures as JSON.
    fn predict(
        &self,
        py: Python<'_>,
        run_folder: PathBuf,
        out: PathBuf,
        ways: Ways<'_>,
    ) -> PyResult<String> {
        let opened = &self.opened;
        let work = |session: &_| run::predict(&run_folder, opened, &out, session);
        json(&long(py, ways.common()?, ways.progress.as_ref(), work)?)
    }
}

fn seeded(mut opened: Opened, seed: Option<u64>) -> Opened {
    opened.project.seed = seed.unwrap_or(opened.project.seed);
    opened
}

/// Writes the synthetic district of `paydirt demo` into a folder.
#[pyfunction]
pub(crate) fn demo(
    py: Python<'_>,
    folder: PathBuf,
    size_cells: usize,
    seed: Option<u64>,
    overwrite: bool,
) -> PyResult<()> {
    let plain = district::Settings::default();
    let seed = seed.unwrap_or(plain.seed);
    let settings = district::Settings { rows: size_cells, cols: size_cells, seed, ..plain };
    py.detach(|| {
        let made = Folder::begin(&folder, overwrite)?;
        district_files::write(made.path(), &settings)?;
        made.finish()
    })
    .map_err(raised)
}

/// The report of a run folder, as JSON.
#[pyfunction]
pub(crate) fn report(run_folder: PathBuf) -> PyResult<String> {
    saved::read_text(&run_folder, &run_folder.join(Path::new("report.json"))).map_err(raised)
}
