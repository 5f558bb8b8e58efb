//! SHA-256 of inputs, for the data receipt.

use std::fmt::Write as _;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::engine::plain;
use crate::remote::{self, Input};
use crate::{Error, Result};

/// The SHA-256 (FIPS 180-4) of a file, as 64 hexadecimal digits.
///
/// Of a folder, such as an Esri grid, it is the digest of name, a zero byte, length (8 bytes, little
/// endian) and content of each file in it, in the order of their names; likewise of a Shapefile, of
/// the `.shp` and its companions of the same name. Folders inside a folder are not looked into.
///
/// Of an object of a server (`s3://`, `https://`) it is that of its bytes where there are up to 64 MiB;
/// a larger one is not read whole for its digest, and the text says so, with its ETag and its size
/// (`not read whole: ETag "9bb5", 123456789 bytes`). Companions of a Shapefile are not looked for there.
///
/// # Errors
/// [`Error::Read`] or [`Error::Store`] if something is missing or not readable.
pub fn sha256(path: &Path) -> Result<String> {
    let here = match remote::input(path)? {
        Input::There(object) => return object.digest(|file| whole(file, path)),
        Input::Here(here) => here,
    };
    let path = &*here;
    let mut digest = Sha256::new();
    match parts(path)? {
        None => feed(&mut digest, path)?,
        Some(parts) => {
            for part in parts {
                let length =
                    fs_err::metadata(&part).map_err(|error| unreadable(&part, &error))?.len();
                digest.update(part.file_name().unwrap_or_default().as_encoded_bytes());
                digest.update([0]);
                digest.update(length.to_le_bytes());
                feed(&mut digest, &part)?;
            }
        }
    }
    Ok(hexadecimal(digest))
}

/// The SHA-256 of some bytes, as 64 hexadecimal digits.
#[must_use]
pub fn sha256_of(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

/// The digest of one file.
fn whole(file: fs_err::File, path: &Path) -> Result<String> {
    let mut digest = Sha256::new();
    feed_file(&mut digest, file, path)?;
    Ok(hexadecimal(digest))
}

fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The files of a folder or Shapefile in the order of their names, or `None` for one plain file.
fn parts(path: &Path) -> Result<Option<Vec<PathBuf>>> {
    let metadata = fs_err::metadata(path).map_err(|error| unreadable(path, &error))?;
    let shapefile = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("shp"));
    if metadata.is_dir() {
        return files(path, |_| true).map(Some);
    }
    if !shapefile {
        return Ok(None);
    }
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    const COMPANIONS: [&str; 5] = ["shp", "shx", "dbf", "prj", "cpg"];
    let belongs = |file: &Path| {
        file.file_stem() == path.file_stem()
            && file.extension().is_some_and(|extension| {
                COMPANIONS.iter().any(|companion| extension.eq_ignore_ascii_case(companion))
            })
    };
    files(folder, belongs).map(Some)
}

/// The files of a folder that are wanted, in the order of their names.
fn files(folder: &Path, wanted: impl Fn(&Path) -> bool) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.is_file() && wanted(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn feed(digest: &mut Sha256, path: &Path) -> Result<()> {
    let file = fs_err::File::open(path).map_err(|error| unreadable(path, &error))?;
    feed_file(digest, file, path)
}

fn feed_file(digest: &mut Sha256, file: fs_err::File, path: &Path) -> Result<()> {
    let mut reader = BufReader::new(file);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = reader.read(&mut buffer).map_err(|error| unreadable(path, &error))?;
        if read == 0 {
            return Ok(());
        }
        digest.update(&buffer[..read]);
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Read { path: path.into(), source: plain(error) }
}
