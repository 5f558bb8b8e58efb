//! The saved model: a contract that people can read, and the members.

use std::path::Path;

use fs_err as fs;
use paydirt_model::ensemble::Ensemble;

use crate::error::{Error, Result};
use crate::fit::{Contract, Trained};

const CONTRACT: &str = "model.json";
const MEMBERS: &str = "members.msgpack";

/// Writes JSON, indented, with a line end.
///
/// # Errors
/// Where it cannot be written.
pub fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::Saved { path: path.into(), reason: error.to_string() })?;
    text.push('\n');
    Ok(fs::write(path, text)?)
}

/// Writes a model into a folder.
///
/// # Errors
/// Where it cannot be written.
pub fn save(folder: &Path, trained: &Trained) -> Result<()> {
    write_json(&folder.join(CONTRACT), &trained.contract)?;
    let path = folder.join(MEMBERS);
    let bytes = rmp_serde::to_vec(&trained.ensemble)
        .map_err(|error| Error::Saved { path: path.clone(), reason: error.to_string() })?;
    Ok(fs::write(path, bytes)?)
}

/// Reads the model of a run folder.
///
/// # Errors
/// Where there is none, or it was written by another version of the format.
pub fn load(run: &Path) -> Result<Trained> {
    let folder = run.join("model");
    let path = folder.join(CONTRACT);
    let contract: Contract = serde_json::from_str(&fs::read_to_string(&path)?)
        .map_err(|error| Error::Saved { path, reason: error.to_string() })?;
    let path = folder.join(MEMBERS);
    let ensemble: Ensemble = rmp_serde::from_slice(&fs::read(&path)?)
        .map_err(|error| Error::Saved { path, reason: error.to_string() })?;
    Ok(Trained { contract, ensemble })
}
