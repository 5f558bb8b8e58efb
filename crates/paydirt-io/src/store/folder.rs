//! Objects as files of a folder.

use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::Description;
use crate::engine::plain;
use crate::staging::{PREFIX, Staging};
use crate::{Error, Result};

#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let path = self.0.join(key);
        found(&path, fs_err::read(&path))
    }

    pub(super) fn get_ranges(
        &self,
        key: &str,
        ranges: &[Range<u64>],
    ) -> Result<Option<Vec<Vec<u8>>>> {
        let path = self.0.join(key);
        let Some(mut file) = found(&path, fs_err::File::open(&path))? else { return Ok(None) };
        let size = found(&path, file.metadata())?.map_or(0, |metadata| metadata.len());
        let mut read = |range: &Range<u64>| {
            if range.start > range.end || range.end > size {
                return Err(std::io::Error::from(ErrorKind::UnexpectedEof));
            }
            file.seek(SeekFrom::Start(range.start))?;
            let mut bytes = vec![0; (range.end - range.start) as usize];
            file.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        found(&path, ranges.iter().map(&mut read).collect())
    }

    pub(super) fn describe(&self, key: &str) -> Result<Option<Description>> {
        let path = self.0.join(key);
        let metadata = found(&path, fs_err::metadata(&path))?.filter(|metadata| metadata.is_file());
        Ok(metadata.map(|metadata| Description { bytes: metadata.len(), version: None }))
    }

    pub(super) fn put(&self, key: &str, bytes: &[u8]) -> Result<()> {
        let path = self.0.join(key);
        let unwritten = |error: std::io::Error| Error::Write {
            path: path.clone(),
            reason: plain(&error).to_string(),
        };
        if let Some(parent) = path.parent() {
            fs_err::create_dir_all(parent).map_err(unwritten)?;
        }
        let staging = Staging::new(&path)?;
        fs_err::write(staging.path("object"), bytes).map_err(unwritten)?;
        staging.publish("object")
    }

    pub(super) fn delete(&self, key: &str) -> Result<()> {
        let path = self.0.join(key);
        match fs_err::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(Error::Write { path, reason: plain(&error).to_string() })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn list(&self, prefix: &str) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        let mut folders = vec![prefix.to_owned()];
        while let Some(folder) = folders.pop() {
            let path = self.0.join(&folder);
            let Some(entries) = found(&path, fs_err::read_dir(&path))? else { continue };
            for entry in entries {
                let entry = entry.map_err(|error| unread(&path, &error))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let key = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
                let is_folder = entry.file_type().map_err(|error| unread(&path, &error))?.is_dir();
                match (name.starts_with(PREFIX), is_folder) {
                    (true, _) => {}
                    (false, true) => folders.push(key),
                    (false, false) => keys.push(key),
                }
            }
        }
        Ok(keys)
    }

    pub(super) fn copy_to(&self, key: &str, mut file: fs_err::File) -> Result<bool> {
        let path = self.0.join(key);
        let Some(mut from) = found(&path, fs_err::File::open(&path))? else { return Ok(false) };
        std::io::copy(&mut from, &mut file).map_err(|error| unread(&path, &error))?;
        Ok(true)
    }
}

fn unread(path: &Path, error: &std::io::Error) -> Error {
    Error::Read { path: path.into(), source: plain(error) }
}

/// What was read, where there is such a file.
fn found<T>(path: &Path, read: std::io::Result<T>) -> Result<Option<T>> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unread(path, &error)),
    }
}
