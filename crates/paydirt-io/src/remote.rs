//! Inputs by address: what a project file names may lie in a bucket or on a web server.
//!
//! `s3://BUCKET/KEY`, `https://HOST/KEY` (and `http://`) and `file:///PATH` stand wherever a path stands.
//! Rasters and vectors are then read through GDAL, which fetches the parts that it needs (a
//! cloud-optimised GeoTIFF by windows); tables are fetched whole into a temporary file. How S3 is
//! reached stands in the environment: see [`crate::store::Store`].

use std::borrow::Cow;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use crate::engine::plain;
use crate::store::{self, Address, Description, Store};
use crate::{Error, Result};

/// Objects up to this size are read whole for their digest.
const DIGESTED_BYTES: u64 = 64 << 20;

/// Whether a path of a project file is an address.
#[must_use]
pub fn is_address(path: &Path) -> bool {
    let text = path.to_string_lossy();
    let scheme = text.split_inclusive("://").next().unwrap_or_default().to_ascii_lowercase();
    ["s3://", "https://", "http://", "file://"].contains(&&*scheme)
}

/// Where a path of a project file leads that is relative to a folder: addresses stay as they are.
///
/// ```
/// use std::path::Path;
/// use paydirt_io::remote::join;
/// assert_eq!(join(Path::new("area"), Path::new("a.tif")), Path::new("area/a.tif"));
/// assert_eq!(join(Path::new("area"), Path::new("s3://b/a.tif")), Path::new("s3://b/a.tif"));
/// ```
#[must_use]
pub fn join(folder: &Path, path: &Path) -> PathBuf {
    if is_address(path) { path.into() } else { folder.join(path) }
}

/// What a path stands for.
pub(crate) enum Input<'a> {
    /// A file or folder here.
    Here(Cow<'a, Path>),
    /// An object of a server.
    There(Object),
}

/// An object of a server.
pub(crate) struct Object {
    address: String,
    /// How GDAL names it.
    pub(crate) gdal: String,
}

/// Reads what a path stands for.
pub(crate) fn input(path: &Path) -> Result<Input<'_>> {
    if !is_address(path) {
        return Ok(Input::Here(path.into()));
    }
    let address = path.to_string_lossy().into_owned();
    let url = match store::parse(&address)? {
        Address::Path(path) => return Ok(Input::Here(path.into())),
        Address::Server(url) => url,
    };
    let gdal = match url.scheme() {
        "s3" => format!("/vsis3/{}{}", url.host_str().unwrap_or_default(), decoded(url.path())),
        _ => format!("/vsicurl/{url}"),
    };
    Ok(Input::There(Object { address, gdal }))
}

/// The key that a path of an address stands for: `%20` is a space.
fn decoded(path: &str) -> String {
    percent_encoding::percent_decode_str(path).decode_utf8_lossy().into_owned()
}

impl Object {
    /// The store that holds the object, and its key there.
    fn store(&self) -> Result<(Store, String)> {
        let (root, key) = self.address.rsplit_once('/').unwrap_or(("", &self.address));
        Ok((Store::open(root)?, decoded(key)))
    }

    fn nowhere(&self) -> Error {
        Error::Store {
            url: self.address.clone(),
            doing: "read",
            reason: "there is no such object (or no such bucket)".into(),
        }
    }

    /// Size, and what the server calls these contents.
    pub(crate) fn describe(&self) -> Result<Description> {
        let (store, key) = self.store()?;
        store.describe(&key)?.ok_or_else(|| self.nowhere())
    }

    /// The object in a temporary file that nobody else sees.
    pub(crate) fn fetch(&self) -> Result<fs_err::File> {
        let unwritten = |error: std::io::Error| Error::Write {
            path: std::env::temp_dir(),
            reason: format!("no room to fetch `{}`: {}", self.address, plain(&error)),
        };
        let mut file = fs_err::File::from_parts(
            tempfile::tempfile().map_err(unwritten)?,
            PathBuf::from(&self.address),
        );
        let (store, key) = self.store()?;
        let copy = file.try_clone().map_err(unwritten)?;
        if !store.copy_to(&key, copy)? {
            return Err(self.nowhere());
        }
        file.flush().and_then(|()| file.rewind()).map_err(unwritten)?;
        Ok(file)
    }

    /// What stands for the digest of the contents: of an object of up to 64 MiB its SHA-256, of a larger one
    /// what its server calls this state of it, and its size, in words that say so.
    pub(crate) fn digest(&self, sha256: impl Fn(fs_err::File) -> Result<String>) -> Result<String> {
        let Description { bytes, version } = self.describe()?;
        if bytes <= DIGESTED_BYTES {
            return sha256(self.fetch()?);
        }
        let version = version.unwrap_or_else(|| "no version".into());
        Ok(format!("not read whole: {version}, {bytes} bytes"))
    }
}

/// Opens a file to be read whole; one of a server is fetched first.
pub(crate) fn file(path: &Path) -> Result<fs_err::File> {
    match input(path)? {
        Input::There(object) => object.fetch(),
        Input::Here(here) => fs_err::File::open(&*here)
            .map_err(|error| Error::Read { path: path.into(), source: plain(&error) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(path: &str) -> String {
        match input(Path::new(path)).unwrap() {
            Input::Here(path) => path.to_string_lossy().into_owned(),
            Input::There(object) => object.gdal,
        }
    }

    #[test]
    fn gdal_hears_its_own_names() {
        assert_eq!(named("s3://rocks/a%20b/c.tif"), "/vsis3/rocks/a b/c.tif");
        assert_eq!(named("https://host/a%20b.tif"), "/vsicurl/https://host/a%20b.tif");
        assert_eq!(named("file:///a%20b/c.tif"), "/a b/c.tif");
        assert_eq!(named("data/c.tif"), "data/c.tif");
        assert!(input(Path::new("s3:///c.tif")).is_err());
    }
}
