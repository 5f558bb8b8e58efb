//! Weights in files: numbers by name as safetensors, with a contract in JSON that says what they belong to.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use fs_err as fs;
use paydirt_core::Error as CoreError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::parameters::Spec;
use crate::{Error, Result};

/// Key of the contract in the file's metadata.
const KEY: &str = "paydirt";

/// Named numbers with their shapes.
pub type Named = Vec<(Spec, Vec<f32>)>;

fn damaged(what: &str, reason: impl ToString) -> Error {
    Error::Weights { what: what.into(), reason: reason.to_string() }
}

/// The bytes of a safetensors file: the same for the same numbers.
///
/// # Errors
/// [`Error::Weights`] where two numbers have one name or a shape is not that of its numbers.
pub fn to_bytes<C: Serialize>(named: &[(Spec, Vec<f32>)], contract: &C) -> Result<Vec<u8>> {
    let what = "weights";
    let bytes: Vec<Vec<u8>> = named
        .iter()
        .map(|(_, numbers)| numbers.iter().flat_map(|number| number.to_le_bytes()).collect())
        .collect();
    let mut views = std::collections::BTreeMap::new();
    for ((spec, _), bytes) in named.iter().zip(&bytes) {
        let view = TensorView::new(Dtype::F32, spec.shape.clone(), bytes);
        let view = view.map_err(|error| damaged(what, error))?;
        if views.insert(spec.name.clone(), view).is_some() {
            return Err(damaged(what, format!("two parameters are named `{}`", spec.name)));
        }
    }
    let contract = serde_json::to_string(contract).map_err(|error| damaged(what, error))?;
    let metadata = std::iter::once((KEY.to_owned(), contract)).collect();
    safetensors::serialize(views, Some(metadata)).map_err(|error| damaged(what, error))
}

/// What a safetensors file holds, by name. `what` is the file, for messages.
///
/// # Errors
/// [`Error::Weights`] for bytes that are not such a file, numbers that are not 32-bit floats or not
/// finite, or another contract.
pub fn from_bytes<C: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<(Named, C)> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| damaged(what, error))?;
    let contract = metadata.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    let contract = contract.ok_or_else(|| damaged(what, "it was not written by Paydirt"))?;
    let contract = serde_json::from_str(contract).map_err(|error| damaged(what, error))?;
    let file = SafeTensors::deserialize(bytes).map_err(|error| damaged(what, error))?;
    let mut named = Vec::new();
    for (name, view) in file.iter() {
        if view.dtype() != Dtype::F32 {
            return Err(damaged(what, format!("`{name}` is not of 32-bit floats")));
        }
        let numbers: Vec<f32> = view
            .data()
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect();
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(damaged(what, format!("`{name}` has a number that is not finite")));
        }
        named.push((
            Spec { name: name.into(), shape: view.shape().to_vec(), learned: true },
            numbers,
        ));
    }
    named.sort_by(|a, b| a.0.name.cmp(&b.0.name));
    Ok((named, contract))
}

/// Writes a file beside its name, and renames it when it is whole.
///
/// # Errors
/// Where the file cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let of_file = |source| Error::from(CoreError::File { path: path.into(), source });
    // Of a name of its own: others may be writing the same file.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".part-{}-{now}", std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = fs::File::create(&beside)?;
        std::io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&beside);
        of_file(error)
    })
}

/// The bytes of a file.
///
/// # Errors
/// Where it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| CoreError::File { path: path.into(), source }.into())
}
