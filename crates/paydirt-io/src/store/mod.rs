//! Objects by address: a folder, a bucket of an S3 service, or a web server that is only read.
//!
//! Calls block. Behind them is one thread that speaks to all servers; a call may come from any thread,
//! also from one of a program that is itself asynchronous. A server that cannot be reached is given up
//! after about a minute.

mod folder;
mod remote;

use std::ops::Range;
use std::path::PathBuf;

use url::Url;

use crate::{Error, Result};

pub(crate) use remote::aws;

/// A place that keeps objects by key: `s3://BUCKET/PREFIX`, `https://HOST/PREFIX` (and `http://`; read
/// only), `file:///FOLDER`, or a path.
///
/// Keys are names with `/` between them, below the address. S3 is reached with the usual variables of
/// the environment: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`,
/// `AWS_ENDPOINT_URL` (or `AWS_S3_ENDPOINT` with `AWS_HTTPS`), `AWS_VIRTUAL_HOSTING`, and
/// `AWS_NO_SIGN_REQUEST=YES` for public buckets.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let store = paydirt_io::store::Store::open(&folder.path().to_string_lossy())?;
/// store.put("tiles/7", b"done".to_vec())?;
/// assert_eq!(store.get("tiles/7")?, Some(b"done".to_vec()));
/// assert_eq!(store.list("tiles")?, ["tiles/7"]);
/// assert_eq!(store.get("tiles/8")?, None);
/// # Ok::<(), paydirt_io::Error>(())
/// ```
#[derive(Debug)]
pub struct Store {
    address: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(folder::Folder),
    Remote(remote::Remote),
}

impl Store {
    /// A store by its address. Nothing is read or made yet.
    ///
    /// # Errors
    /// [`Error::BadUrl`] for an address of another kind, [`Error::Store`] where the environment says
    /// nothing that could be used.
    pub fn open(address: &str) -> Result<Self> {
        let place = match parse(address)? {
            Address::Path(path) => Place::Folder(folder::Folder::new(path)),
            Address::Server(url) => Place::Remote(remote::Remote::open(&url)?),
        };
        Ok(Self { address: address.trim_end_matches('/').into(), place })
    }

    /// The address as it was given, without a slash at its end.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Whether a request has to travel.
    pub(crate) const fn is_remote(&self) -> bool {
        matches!(self.place, Place::Remote(_))
    }

    /// How messages name an object.
    pub(crate) fn name(&self, key: &str) -> String {
        if key.is_empty() { self.address.clone() } else { format!("{}/{key}", self.address) }
    }

    /// All bytes of an object; `None` where there is none.
    ///
    /// # Errors
    /// [`Error::Read`] or [`Error::Store`] where it cannot be read, [`Error::BadUrl`] for a key that is
    /// none.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        self.check(key)?;
        match &self.place {
            Place::Folder(folder) => folder.get(key),
            Place::Remote(remote) => remote.get(key),
        }
    }

    /// Some ranges of an object's bytes, in one request where they lie close together; `None` where
    /// there is no such object. Ranges must lie inside the object.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn get_ranges(&self, key: &str, ranges: &[Range<u64>]) -> Result<Option<Vec<Vec<u8>>>> {
        self.check(key)?;
        match &self.place {
            Place::Folder(folder) => folder.get_ranges(key, ranges),
            Place::Remote(remote) => remote.get_ranges(key, ranges),
        }
    }

    /// Size of an object in bytes, and what its server calls its contents (the ETag), if it does;
    /// `None` where there is no such object.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn describe(&self, key: &str) -> Result<Option<Description>> {
        self.check(key)?;
        match &self.place {
            Place::Folder(folder) => folder.describe(key),
            Place::Remote(remote) => remote.describe(key),
        }
    }

    /// Whether there is such an object.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn exists(&self, key: &str) -> Result<bool> {
        Ok(self.describe(key)?.is_some())
    }

    /// Keeps an object under a key, in place of one that was there. It is there whole or not at all:
    /// a file is written beside its name, brought to the disk and renamed.
    ///
    /// # Errors
    /// [`Error::Write`] for a file that cannot be written (a full disk), [`Error::Store`] for a server
    /// that takes nothing, [`Error::BadUrl`] for a key that is none.
    pub fn put(&self, key: &str, bytes: Vec<u8>) -> Result<()> {
        self.check(key)?;
        match &self.place {
            Place::Folder(folder) => folder.put(key, &bytes),
            Place::Remote(remote) => remote.put(key, bytes),
        }
    }

    /// Removes an object; nothing happens where there is none.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub fn delete(&self, key: &str) -> Result<()> {
        self.check(key)?;
        match &self.place {
            Place::Folder(folder) => folder.delete(key),
            Place::Remote(remote) => remote.delete(key),
        }
    }

    /// Keys of all objects below a folder of keys, in order; below an empty one those of all. A web
    /// server lists nothing.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn list(&self, prefix: &str) -> Result<Vec<String>> {
        if !prefix.is_empty() {
            self.check(prefix)?;
        }
        let mut keys = match &self.place {
            Place::Folder(folder) => folder.list(prefix)?,
            Place::Remote(remote) => remote.list(prefix)?,
        };
        keys.sort();
        Ok(keys)
    }

    /// Writes an object's bytes to a file as they come. Returns whether there is such an object.
    pub(crate) fn copy_to(&self, key: &str, file: fs_err::File) -> Result<bool> {
        match &self.place {
            Place::Folder(folder) => folder.copy_to(key, file),
            Place::Remote(remote) => remote.copy_to(key, file),
        }
    }

    /// Refuses keys that could lead out of the place.
    fn check(&self, key: &str) -> Result<()> {
        let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
        if key.split('/').all(plain) && !key.contains(['\\', '\0']) {
            return Ok(());
        }
        Err(Error::BadUrl { url: self.name(key), reason: format!("`{key}` is no key") })
    }
}

/// What a store says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Size in bytes.
    pub bytes: u64,
    /// What the server calls this state of the contents: its ETag, else when it changed last.
    pub version: Option<String>,
}

/// Where an address leads.
pub(crate) enum Address {
    /// Into the file system.
    Path(PathBuf),
    /// To a server.
    Server(Url),
}

/// Reads an address. Names, passwords and signatures in one are refused and not repeated: addresses stand in
/// messages, receipts and maps.
pub(crate) fn parse(address: &str) -> Result<Address> {
    if !address.contains("://") {
        return Ok(Address::Path(address.into()));
    }
    let shown = address.split('?').next().unwrap_or_default();
    let bad = |reason: &str| Error::BadUrl { url: shown.into(), reason: reason.into() };
    let url = Url::parse(address).map_err(|error| bad(&error.to_string()))?;
    let server = matches!(url.scheme(), "s3" | "http" | "https");
    if !url.username().is_empty() || url.password().is_some() {
        let url = shown.rsplit_once('@').map_or(shown, |(_, place)| place).into();
        let reason = "a name or password stands in it, and would stand in reports and maps";
        return Err(Error::BadUrl { url, reason: reason.into() });
    }
    if server && url.query().is_some() {
        return Err(bad("what follows `?` (a signature) is not taken: fetch the file first"));
    }
    match url.scheme() {
        "file" => url.to_file_path().map(Address::Path).map_err(|()| bad("it names no file here")),
        _ if server && url.host_str().is_some() => Ok(Address::Server(url)),
        _ if server => Err(bad("it names no bucket or host")),
        other => Err(bad(&format!("`{other}` is none of file, s3, http and https"))),
    }
}
