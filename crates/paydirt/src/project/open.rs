//! Opening a project file, with the changes of the command line applied.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use paydirt_io::remote;
use serde::de::DeserializeOwned;

use super::Project;
use crate::error::{Error, Result};

/// A project, and the folder that its paths are relative to.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The project.
    pub project: Project,
    /// Folder of the project file.
    pub folder: PathBuf,
}

impl Opened {
    /// Where a path of the project file points; an address (`s3://`, `https://`) stays as it is.
    #[must_use]
    pub fn path(&self, path: &Path) -> PathBuf {
        remote::join(&self.folder, path)
    }
}

/// Makes a path of a project file in some folder absolute; an address stays as it is.
pub(crate) fn whole(folder: &Path, path: &mut PathBuf) {
    if remote::is_address(path) {
        return;
    }
    let joined = folder.join(&*path);
    *path = std::path::absolute(&joined).unwrap_or(joined);
}

/// Reads a project file, with `--set key=value` changes applied on top.
///
/// # Errors
/// [`Error::Usage`] if it is no text that can be read, [`Error::ProjectFile`] with the line if it does
/// not parse, [`Error::Project`] for what contradicts itself.
pub fn open(path: &Path, changes: &[String]) -> Result<Opened> {
    let (project, folder) = parse(path, changes)?;
    checked(project, folder)
}

/// Opens a project that a program made, whose paths are relative to `folder`, with changes as
/// [`open`] applies them.
///
/// # Errors
/// As [`open`].
pub fn open_made(made: &serde_json::Value, folder: &Path, changes: &[String]) -> Result<Opened> {
    let name = Path::new("(made by a program)");
    let text = toml::to_string(made)
        .map_err(|error| Error::ProjectFile { path: name.into(), reason: error.to_string() })?;
    checked(parse_text(text, name, changes)?, folder.into())
}

fn checked(mut project: Project, folder: PathBuf) -> Result<Opened> {
    project.join_pretraining();
    project.validate()?;
    project.find_backbones(&folder);
    Ok(Opened { project, folder })
}

/// Reads a project file of any kind and the folder that its paths are relative to, with `--set key=value`
/// changes applied on top.
pub(crate) fn parse<P: DeserializeOwned>(path: &Path, changes: &[String]) -> Result<(P, PathBuf)> {
    let text = fs_err::read_to_string(path).map_err(|error| Error::Usage {
        reason: format!("no project file: {error}"),
        hint: "name one, or make one with `paydirt init FOLDER`".into(),
    })?;
    let project = parse_text(text, path, changes)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    Ok((project, folder.unwrap_or_else(|| Path::new(".")).into()))
}

/// Parses the text of a project, with changes applied; `path` is what errors call it.
fn parse_text<P: DeserializeOwned>(text: String, path: &Path, changes: &[String]) -> Result<P> {
    let wrong = |error: &dyn Display| Error::ProjectFile {
        path: path.into(),
        reason: in_plain_words(&error.to_string()),
    };
    let text = if changes.is_empty() {
        text
    } else {
        let document = text.parse().map_err(|error: toml_edit::TomlError| wrong(&error))?;
        changed(document, changes)?
    };
    toml::from_str(&text).map_err(|error| wrong(&error))
}

/// What the parser says, without the names of Rust's types.
fn in_plain_words(said: &str) -> String {
    const WORDS: [(&str, &str); 5] = [
        (
            "wanted exactly 1 element, more than 1 element",
            "more than one choice of a kind: keep one",
        ),
        ("wanted exactly 1 element, 0 elements", "no choice was made: name one"),
        ("expected usize", "expected a whole number of 0 or more"),
        ("expected u64", "expected a whole number of 0 or more"),
        ("expected f64", "expected a number"),
    ];
    let words = WORDS.iter().fold(said.to_owned(), |said, (from, to)| said.replace(from, to));
    words.trim_end().into()
}

/// Applies `key=value` changes to a project file; `evidence.0.unit=ppm` reaches into
/// lists, and a value that is not TOML is taken as text.
fn changed(mut document: toml_edit::DocumentMut, changes: &[String]) -> Result<String> {
    for change in changes {
        let wrong = |reason: &str| Error::Set { change: change.clone(), reason: reason.into() };
        let (key, value) = change.split_once('=').ok_or_else(|| wrong("there is no `=`"))?;
        let value: toml_edit::Value =
            value.trim().parse().unwrap_or_else(|_| toml_edit::Value::from(value.trim()));
        let mut item = document.as_item_mut();
        let keys: Vec<&str> = key.trim().split('.').collect();
        let (last, path) = keys.split_last().ok_or_else(|| wrong("there is no key"))?;
        for part in path {
            item = descend(item, part).ok_or_else(|| wrong(&format!("there is no `{part}`")))?;
        }
        let slot = descend(item, last).ok_or_else(|| wrong(&format!("there is no `{last}`")))?;
        *slot = toml_edit::Item::Value(value);
    }
    Ok(document.to_string())
}

fn descend<'a>(item: &'a mut toml_edit::Item, part: &str) -> Option<&'a mut toml_edit::Item> {
    if let Ok(index) = part.parse::<usize>() {
        return item.get_mut(index);
    }
    let table = item.as_table_like_mut()?;
    if !table.contains_key(part) {
        table.insert(part, toml_edit::table());
    }
    table.get_mut(part)
}
