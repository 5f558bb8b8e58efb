//! What a result follows from, in words that only equal themselves: the keys of what is kept and found again.

use std::collections::BTreeMap;
use std::path::Path;

use paydirt_io::{digest, raster, remote};
use paydirt_model::neural::device;
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::{Error, Result};

/// Tells this program and what it computes with from others: bits of a result may differ between them.
#[must_use]
pub(crate) fn program() -> Value {
    let gdal = paydirt_io::gdal_version();
    json!([env!("CARGO_PKG_VERSION"), env!("PAYDIRT_BUILD"), gdal, device::chosen_kind().key()])
}

/// What some settings of a project in `folder` say, paths relative to it, with the digest of each file that they
/// name, wherever they do.
///
/// # Errors
/// A file that cannot be read.
pub(crate) fn of(settings: &impl Serialize, folder: &Path) -> Result<Value> {
    let unsaid = |error: serde_json::Error| Error::Saved {
        path: "the settings of a project".into(),
        reason: error.to_string(),
    };
    let mut said = serde_json::to_value(settings).map_err(unsaid)?;
    let folder = std::path::absolute(folder)?;
    let mut files = BTreeMap::new();
    visit(&mut said, &folder, &mut files)?;
    Ok(json!([said, files]))
}

/// Makes paths relative, and adds the digests of files. (A `source` says where data come from; nothing reads it.)
fn visit(said: &mut Value, folder: &Path, files: &mut BTreeMap<String, Vec<String>>) -> Result<()> {
    match said {
        Value::String(text) if !text.is_empty() => {
            if let Ok(inside) = Path::new(text.as_str()).strip_prefix(folder) {
                *text = inside.to_string_lossy().into_owned();
            }
            let path = remote::join(folder, Path::new(text.as_str()));
            if !files.contains_key(text.as_str()) && names_file(&path) {
                files.insert(text.clone(), digests(&path)?);
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| visit(item, folder, files)),
        Value::Object(keys) => keys
            .iter_mut()
            .filter(|(key, _)| *key != "source")
            .try_for_each(|(_, value)| visit(value, folder, files)),
        _ => Ok(()),
    }
}

/// Whether a text is a file: one that is there, or a folder that is read as one. A folder that happens to be
/// called like a layer is none.
fn names_file(path: &Path) -> bool {
    let folder_of_one =
        || path.join("hdr.adf").is_file() || path.extension().is_some_and(|ending| ending == "gdb");
    remote::is_address(path) || path.is_file() || (path.is_dir() && folder_of_one())
}

/// Digests of a file and of those that are read with it, such as the sources of a virtual raster.
fn digests(path: &Path) -> Result<Vec<String>> {
    let mut found = vec![digest::sha256(path)?];
    if !remote::is_address(path) {
        for file in raster::companions(path) {
            found.push(digest::sha256(&file)?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_told_wherever_it_is_named() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("legend.csv");
        fs_err::write(&file, "1,granite").unwrap();
        fs_err::create_dir(place.path().join("geology")).unwrap();
        let settings = json!({ "name": "geology", "layers": [{ "legend": "legend.csv", "source": "legend.csv" }] });
        let before = of(&settings, place.path()).unwrap();
        // The same by its whole path, and from another folder.
        let whole =
            json!({ "name": "geology", "layers": [{ "legend": file, "source": "legend.csv" }] });
        assert_eq!(of(&whole, place.path()).unwrap(), before);
        let other = tempfile::tempdir().unwrap();
        fs_err::copy(&file, other.path().join("legend.csv")).unwrap();
        assert_eq!(of(&settings, other.path()).unwrap(), before);
        // A note in a folder that is called like a layer is nothing; a file that changes is.
        fs_err::write(place.path().join("geology/note.txt"), "mine").unwrap();
        assert_eq!(of(&settings, place.path()).unwrap(), before);
        fs_err::write(&file, "1,basalt").unwrap();
        assert_ne!(of(&settings, place.path()).unwrap(), before);
    }
}
