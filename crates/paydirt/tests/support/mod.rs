//! What the tests of the program share: a small good project, ways to break it, and a look at what a
//! command leaves behind.
#![allow(dead_code, reason = "each test file uses its own part")]

pub(crate) mod bucket;
pub(crate) mod disk;
pub(crate) mod tiff;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use paydirt::command::Session;
use paydirt::{demo, project, run};
use paydirt_core::district;
use tempfile::TempDir;

/// Rows and columns of the district; its cells are of 100 m.
pub(crate) const CELLS: usize = 40;

/// A good project on a few layers of the district, small enough to run in a second.
pub(crate) const PROJECT: &str = r#"name = "district"
seed = 7

[grid]
like = "data/study_area.tif"
study_area = "data/study_area.tif"

[[evidence]]
name = "lithology"
path = "data/lithology.tif"
type = "categorical"
unit = "class"

[[evidence]]
name = "arsenic"
path = "data/arsenic.tif"
unit = "ppm"
steps = [{ impute_median = {} }]

[[evidence]]
name = "fault_distance"
path = "data/faults.gpkg"
unit = "m"
steps = [{ distance = {} }]

[labels]
path = "data/deposits.csv"
crs = "EPSG:32635"
name = "name"

[sample.distant_unlabelled]
per_deposit = 5
at_least_m = 200

[split.blocks]
block_m = 1000
buffer_m = 0
folds = 2
repeats = 1

[model.forest]
trees = 20

[uncertainty.ensemble]
members = 1

[explain]
shap = { rasters = false }
permutation = { shuffles = 0 }
"#;

/// The files of a district, made once a test, from which projects are copied.
pub(crate) struct District(TempDir);

impl District {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = district::Settings { rows: CELLS, cols: CELLS, ..Default::default() };
        paydirt::demo::write(folder.path(), &settings).unwrap();
        Self(folder)
    }

    /// A good project in a folder whose name no shell likes.
    pub(crate) fn project(&self) -> Project {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("Kittilä gold 'n' \"all\"");
        fs_err::create_dir_all(root.join("data")).unwrap();
        for entry in fs_err::read_dir(self.0.path().join("data")).unwrap() {
            let entry = entry.unwrap();
            fs_err::copy(entry.path(), root.join("data").join(entry.file_name())).unwrap();
        }
        fs_err::write(root.join("project.toml"), PROJECT).unwrap();
        Project { place, root }
    }
}

/// A project of its own, to be broken.
pub(crate) struct Project {
    place: TempDir,
    pub(crate) root: PathBuf,
}

impl Project {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Replaces what stands once in the project file.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let text = String::from_utf8(self.read("project.toml")).unwrap();
        assert_eq!(text.matches(from).count(), 1, "`{from}` in the project file");
        self.write("project.toml", text.replace(from, to));
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs_err::read(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs_err::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs_err::write(self.path(name), bytes).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        fs_err::remove_file(self.path(name)).unwrap();
    }

    /// The program, to be run in the project's folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paydirt"));
        let temporary = self.place.path().join("tmp");
        fs_err::create_dir_all(&temporary).unwrap();
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("TMPDIR", temporary)
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program, and looks at what it did to the folder.
    pub(crate) fn paydirt(&self, arguments: &[&str]) -> Outcome {
        let before = snapshot(&self.root);
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Outcome {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
            changed: changes(&before, &snapshot(&self.root)),
            temporary: snapshot(&self.place.path().join("tmp")).into_keys().collect(),
        }
    }
}

/// What a command said and did.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Files and folders of the project that appeared, went or changed.
    pub(crate) changed: Vec<String>,
    /// What it left in the folder for temporary files.
    pub(crate) temporary: Vec<String>,
}

impl Outcome {
    /// What is wrong with it, if it should end with a code and these words.
    pub(crate) fn faults(&self, code: i32, says: &[&str]) -> Vec<String> {
        let mut faults = Vec::new();
        let mut require = |holds: bool, fault: &dyn Fn() -> String| {
            if !holds {
                faults.push(fault());
            }
        };
        require(self.code == Some(code), &|| format!("exit code {:?}, not {code}", self.code));
        for words in says {
            require(self.stderr.contains(words), &|| format!("does not say `{words}`"));
        }
        require(!self.stderr.contains("panicked"), &|| "panicked".into());
        require(self.temporary.is_empty(), &|| format!("left {:?} in TMPDIR", self.temporary));
        if code != 0 {
            let errors = self.stderr.lines().filter(|line| line.starts_with("error: ")).count();
            require(errors == 1, &|| format!("{errors} errors"));
            require(
                code == 4 || self.stderr.contains("hint: ") || self.stderr.contains("--help"),
                &|| "no hint".into(),
            );
            require(self.changed.is_empty(), &|| format!("changed {:?}", self.changed));
            require(self.stdout.is_empty(), &|| format!("printed {}", self.stdout));
        }
        faults
    }

    /// Fails the test if the command did not end with a code and these words.
    #[track_caller]
    pub(crate) fn expect(self, code: i32, says: &[&str]) -> Self {
        let faults = self.faults(code, says);
        assert!(faults.is_empty(), "{faults:?}\n{}", self.stderr);
        self
    }
}

/// Every file, folder and link below a folder, with what it holds.
pub(crate) fn snapshot(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder_now) = open.pop() {
        let Ok(entries) = fs_err::read_dir(&folder_now) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let held = if path.is_symlink() {
                fs_err::read_link(&path).unwrap().to_string_lossy().into_owned().into_bytes()
            } else if path.is_dir() {
                open.push(path.clone());
                Vec::new()
            } else {
                fs_err::read(&path).unwrap()
            };
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            found.insert(name, held);
        }
    }
    found
}

fn changes(before: &BTreeMap<String, Vec<u8>>, after: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let names = before.keys().chain(after.keys());
    let mut changed: Vec<String> =
        names.filter(|name| before.get(*name) != after.get(*name)).cloned().collect();
    changed.sort();
    changed.dedup();
    changed
}

/// The project file of a district of three strips (layers and maps of 20 MiB) with a forest of five trees, judged so
/// many times, and with `more` at its end.
pub(crate) fn three_strips(folder: &Path, repeats: usize, more: &str) -> PathBuf {
    let settings = district::Settings { rows: 450, cols: 600, ..district::Settings::default() };
    demo::write(folder, &settings).unwrap();
    let file = folder.join("project.toml");
    let text = fs_err::read_to_string(&file).unwrap();
    let text = text.replace("trees = 200", "trees = 5");
    let text = text.replace("repeats = 3", &format!("repeats = {repeats}"));
    fs_err::write(&file, text + "\n" + more).unwrap();
    file
}

/// The files of a run that is made in this process.
pub(crate) fn run_into(file: &Path, out: &Path, session: &Session) -> BTreeMap<String, Vec<u8>> {
    run::run(&project::open(file, &[]).unwrap(), out, session).unwrap();
    files(out)
}

/// Every file of a run, but for its catalogue, which says when it was made.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "stac" {
            continue;
        }
        if path.is_dir() {
            let below = files(&path).into_iter();
            found.extend(below.map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else {
            found.insert(name, fs_err::read(&path).unwrap());
        }
    }
    found
}

/// Whether two runs left the same files.
pub(crate) fn assert_same(one: &BTreeMap<String, Vec<u8>>, other: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in one {
        assert!(*bytes == other[name], "{name} differs");
    }
}
