//! The saved model: a contract that people can read, and the members.

use std::path::Path;

use fs_err as fs;
use paydirt_io::digest;
use paydirt_model::ensemble::Ensemble;
use paydirt_model::neural::exchange;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::fit::{Contract, Trained};

const CONTRACT: &str = "model.json";
const MEMBERS: &str = "members.msgpack";
const DOUBT: &str = "doubt.msgpack";
/// The networks for other programs, as `.safetensors` and, of rows, as `.onnx`.
const NETWORKS: &str = "networks";
const BACKBONE: &str = "backbone.safetensors";

/// Writes a text so that it is there whole or not at all.
///
/// # Errors
/// Where it cannot be written.
pub fn write_text(path: &Path, text: &str) -> Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    fs::write(&partial, text)?;
    Ok(fs::rename(&partial, path)?)
}

/// Writes JSON, indented, with a line end.
///
/// # Errors
/// Where it cannot be written.
pub fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Error::Saved { path: path.into(), reason: error.to_string() })?;
    text.push('\n');
    write_text(path, &text)
}

/// Reads a file of a run folder.
///
/// # Errors
/// [`Error::Usage`] where the folder has no such file.
pub fn read_text(run: &Path, file: &Path) -> Result<String> {
    if !file.is_file() {
        return Err(Error::Usage {
            reason: format!("`{}` is no run folder: it has no `{}`", run.display(), file.display()),
            hint: "name the folder that `paydirt run` made".into(),
        });
    }
    Ok(fs::read_to_string(file)?)
}

/// What `model.json` holds: the contract, and what tells whether the members are those it was
/// written with.
#[derive(Serialize, Deserialize)]
struct File<C> {
    #[serde(flatten)]
    contract: C,
    members_sha256: String,
    doubt_sha256: String,
}

/// Writes a model into a folder.
///
/// # Errors
/// Where it cannot be written.
pub fn save(folder: &Path, trained: &Trained) -> Result<()> {
    if let Some(backbone) = trained.around.as_ref().and_then(|around| around.backbone.as_ref()) {
        backbone.save(&folder.join(BACKBONE))?;
    }
    let columns = trained.contract.columns()?;
    if let Some(exported) = exchange::export(&trained.ensemble.members, &columns)? {
        fs::write(folder.join(NETWORKS).with_extension("safetensors"), &exported.safetensors)?;
        if let Some(onnx) = &exported.onnx {
            fs::write(folder.join(NETWORKS).with_extension("onnx"), onnx)?;
        }
    }
    let file = File {
        contract: &trained.contract,
        members_sha256: pack(&folder.join(MEMBERS), &trained.ensemble)?,
        doubt_sha256: pack(&folder.join(DOUBT), &trained.doubt)?,
    };
    write_json(&folder.join(CONTRACT), &file)
}

/// Writes a part of a model; its SHA-256.
fn pack(path: &Path, part: &impl Serialize) -> Result<String> {
    let bytes = rmp_serde::to_vec(part)
        .map_err(|error| Error::Saved { path: path.into(), reason: error.to_string() })?;
    fs::write(path, bytes)?;
    Ok(digest::sha256(path)?)
}

/// Reads a part of a model that has the given SHA-256.
fn unpack<P: DeserializeOwned>(path: &Path, sha256: &str) -> Result<P> {
    let wrong = |reason: String| Error::Saved { path: path.into(), reason };
    if digest::sha256(path)? != sha256 {
        return Err(wrong("it is not what `model.json` was written with".into()));
    }
    rmp_serde::from_slice(&fs::read(path)?).map_err(|error| wrong(error.to_string()))
}

/// Loads a model, with the digest of what it was loaded from.
///
/// # Errors
/// As [`load`] and [`digest`].
pub fn load_named(run: &Path) -> Result<(String, Trained)> {
    // Taken first: a run that is replaced meanwhile does not give its name to the model before it.
    let digest = digest(run);
    let trained = load(run)?;
    Ok((digest?, trained))
}

/// SHA-256 of the contract of a run folder's model, which holds those of all else.
///
/// # Errors
/// Where there is none.
pub fn digest(run: &Path) -> Result<String> {
    Ok(digest::sha256(&run.join("model").join(CONTRACT))?)
}

/// Reads the model of a run folder.
///
/// # Errors
/// Where there is none, or it was written by another version of the format.
pub fn load(run: &Path) -> Result<Trained> {
    let folder = run.join("model");
    let path = folder.join(CONTRACT);
    let File { contract, members_sha256, doubt_sha256 }: File<Contract> =
        serde_json::from_str(&read_text(run, &path)?)
            .map_err(|error| Error::Saved { path, reason: error.to_string() })?;
    let ensemble: Ensemble = unpack(&folder.join(MEMBERS), &members_sha256)?;
    let doubt = unpack(&folder.join(DOUBT), &doubt_sha256)?;
    Ok(Trained { contract, ensemble, doubt, around: None })
}
