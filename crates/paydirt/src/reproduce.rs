//! Draws a map again from what its file says of itself, and compares the two cell by cell.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use paydirt_io::cog::NAME_TAG;
use paydirt_io::digest;
use paydirt_io::raster::{self, Pyramid, Window};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::command::Session;
use crate::error::{Error, Result};
use crate::output::{INPUTS, PROJECT_TOML};
use crate::project::Opened;
use crate::receipt::Receipt;
use crate::{read, run};

/// Tag of the version that drew a map.
const VERSION: &str = "PAYDIRT_VERSION";

/// How the map that was drawn again compares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reproduced {
    /// The map that was given.
    pub map: PathBuf,
    /// Version of Paydirt that drew it.
    pub drawn_by: String,
    /// Version that drew it again.
    pub drawn_again_by: String,
    /// Files whose SHA-256 was found to be that of the files it was drawn from.
    pub inputs: usize,
    /// Cells of all bands.
    pub cells: u64,
    /// Cells that are not the same, bit for bit.
    pub different: u64,
    /// Greatest difference of a cell that both know.
    pub greatest_difference: f64,
}

impl Reproduced {
    /// Whether every cell is the same, bit for bit.
    #[must_use]
    pub const fn same(&self) -> bool {
        self.different == 0
    }
}

/// A file that a map was drawn from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// What it is in the project: the name of a layer or table, or `labels`.
    pub name: String,
    /// Its SHA-256.
    pub sha256: String,
}

/// The files that evidence, labels and ground of a project were read from.
///
/// # Errors
/// Files that cannot be read.
pub fn inputs(opened: &Opened, receipt: &Receipt) -> Result<Vec<Input>> {
    let layers = receipt.layers.iter().map(|layer| (&layer.name, &layer.sha256));
    let assays = receipt.assays.iter().map(|assays| (&assays.name, &assays.sha256));
    let mut inputs: Vec<Input> = layers
        .chain(assays)
        .map(|(name, sha256)| Input { name: name.clone(), sha256: sha256.clone() })
        .collect();
    if !receipt.labels.path.is_empty() {
        let sha256 = receipt.labels.sha256.clone();
        inputs.push(Input { name: "labels".into(), sha256 });
    }
    let grid = opened.project.grid.iter();
    let grid = grid.flat_map(|grid| [("grid", &grid.like), ("study area", &grid.study_area)]);
    let beside = opened.project.evidence.iter().flat_map(|layer| {
        [("ground of", &layer.within), ("legend of", &layer.legend)]
            .map(|(what, path)| (format!("{what} {}", layer.name), path))
    });
    let others = grid.map(|(name, path)| (name.to_owned(), path)).chain(beside);
    for (name, path) in others.filter_map(|(name, path)| Some((name, path.as_ref()?))) {
        inputs.push(Input { name, sha256: digest::sha256(&opened.path(path))? });
    }
    Ok(inputs)
}

/// Draws a map again, from the project that its tags hold or from another file of it, into a run folder.
///
/// # Errors
/// A map that does not say how it was drawn, inputs that are not those it was drawn from, and whatever goes
/// wrong in a run.
pub fn reproduce(
    map: &Path,
    project: Option<&Path>,
    out: &Path,
    session: &Session,
) -> Result<Reproduced> {
    let tags = raster::tags(map)?;
    let tag = |key: &str| tags.get(key).cloned().ok_or_else(|| unsaid(map, key));
    let (name, drawn_by) = (tag(NAME_TAG)?, tag(VERSION)?);
    let asked: Vec<Input> = serde_json::from_str(&tag(INPUTS)?).map_err(|_| unsaid(map, INPUTS))?;
    let opened = open(project, &tag(PROJECT_TOML)?, session)?;
    if drawn_by != env!("CARGO_PKG_VERSION") {
        session.console.warn(format!(
            "Paydirt {drawn_by} drew this map, this is {}: another version may draw another map",
            env!("CARGO_PKG_VERSION")
        ));
    }
    let spool = tempfile::tempdir()?;
    let found = read::read(&opened, Some(spool.path()), session)?.receipt;
    check_inputs(&asked, &inputs(&opened, &found)?)?;
    drop(spool);
    run::run(&opened, out, session)?;
    let again = out.join(format!("{name}.tif"));
    if !again.is_file() {
        return Err(Error::Saved { path: again, reason: "the run drew no such map".into() });
    }
    let Difference { cells, different, greatest } = compare(map, &again)?;
    Ok(Reproduced {
        map: map.into(),
        drawn_by,
        drawn_again_by: env!("CARGO_PKG_VERSION").into(),
        inputs: asked.len(),
        cells,
        different,
        greatest_difference: greatest,
    })
}

fn unsaid(map: &Path, key: &str) -> Error {
    Error::Data {
        reason: format!("`{}` does not say how it was drawn: it has no tag `{key}`", map.display()),
        hint: "name a map of a folder that `paydirt run` made; other programs drop tags when they save a copy"
            .into(),
    }
}

/// The project of the tag, or the file that stands for it.
fn open(project: Option<&Path>, text: &str, session: &Session) -> Result<Opened> {
    if let Some(path) = project {
        return session.open(path);
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("project.toml");
    fs_err::write(&path, text)?;
    session.open(&path)
}

/// Refuses inputs that are not those asked for, by name.
fn check_inputs(asked: &[Input], found: &[Input]) -> Result<()> {
    let found: BTreeMap<&str, &str> =
        found.iter().map(|input| (input.name.as_str(), input.sha256.as_str())).collect();
    for Input { name, sha256 } in asked {
        let reason = match found.get(name.as_str()) {
            None => format!("the project has no `{name}`, from which the map was drawn"),
            Some(other) if other != sha256 => format!(
                "`{name}` is another file than the map was drawn from: SHA-256 {}..., expected {}...",
                short(other),
                short(sha256)
            ),
            Some(_) => continue,
        };
        let hint = "give the project with the same files by `--project`".into();
        return Err(Error::Data { reason, hint });
    }
    Ok(())
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// What is not the same in two rasters.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Difference {
    cells: u64,
    different: u64,
    greatest: f64,
}

/// Compares two rasters band by band, in strips.
fn compare(one: &Path, other: &Path) -> Result<Difference> {
    let [one, other] = [Pyramid::open(one)?, Pyramid::open(other)?];
    let same_shape = one.bands().len() == other.bands().len() && one.grid() == other.grid();
    if !same_shape {
        return Err(Error::Data {
            reason: format!("`{}` has another grid than the map drawn again", one.path().display()),
            hint: "it was cut or resampled since: name the map as the run wrote it".into(),
        });
    }
    let mut found = Difference::default();
    for band in 0..one.bands().len() {
        for rows in one.grid().strips(1) {
            let window =
                Window { col: 0, row: rows.start, cols: one.grid().cols, rows: rows.len() };
            let values = one.read(band, 0, window)?.into_iter().zip(other.read(band, 0, window)?);
            for (a, b) in values {
                found.cells += 1;
                if a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan()) {
                    found.different += 1;
                    let apart = f64::from((a - b).abs());
                    found.greatest = found.greatest.max(if apart.is_nan() { 0.0 } else { apart });
                }
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, sha256: &str) -> Input {
        Input { name: name.into(), sha256: sha256.into() }
    }

    #[test]
    fn another_file_is_told_by_name() {
        let asked = [input("gravity", "aaaa"), input("labels", "bbbb")];
        assert!(check_inputs(&asked, &asked).is_ok());
        let more = [input("gravity", "aaaa"), input("labels", "bbbb"), input("relief", "cccc")];
        assert!(check_inputs(&asked, &more).is_ok());
        let told = |found: &[Input]| check_inputs(&asked, found).unwrap_err().to_string();
        assert!(told(&[input("gravity", "aaaa")]).contains("has no `labels`"));
        assert!(
            told(&[input("gravity", "dddd"), input("labels", "bbbb")])
                .contains("`gravity` is another")
        );
    }
}
