//! Unpacks an archive without trusting it: nothing lands outside its folder, no link is made, and few bytes do
//! not become very many.

use std::io::{Read, copy};
use std::path::Path;

use fs_err as fs;
use zip::ZipArchive;

use crate::error::{Error, Result};

/// Most files in an archive.
const MOST_FILES: usize = 100_000;
/// Most bytes that a byte of the archive may become, over the whole of it.
const MOST_GROWTH: u64 = 200;
/// What kind of file a Unix mode tells of.
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;

/// Unpacks a ZIP archive into a folder, which is there whole or not at all; one that is there is replaced.
///
/// # Errors
/// [`Error::Data`] for a file that is no archive, holds a path that leads out of it, a link, or more than it can.
pub(super) fn unpack(archive: &Path, into: &Path) -> Result<()> {
    let refused = |reason: String| Error::Data {
        reason: format!("`{}` cannot be unpacked: {reason}", archive.display()),
        hint: "fetch it again, or unpack it yourself once you have looked into it".into(),
    };
    let file = fs::File::open(archive)?;
    let bytes = file.metadata()?.len();
    let mut zip = ZipArchive::new(file).map_err(|error| refused(error.to_string()))?;
    if zip.len() > MOST_FILES {
        return Err(refused(format!("it holds {} files", zip.len())));
    }
    let parent = match into.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let staging = tempfile::Builder::new().prefix(".unpack-").tempdir_in(parent)?;
    let mut left = bytes.saturating_mul(MOST_GROWTH);
    for number in 0..zip.len() {
        let entry = zip.by_index(number).map_err(|error| refused(error.to_string()))?;
        let name = entry.name().to_owned();
        let path = entry.enclosed_name().ok_or_else(|| {
            refused(format!("`{name}` would lie outside the folder it is unpacked into"))
        })?;
        if entry.unix_mode().is_some_and(|mode| mode & KIND == LINK) {
            return Err(refused(format!("`{name}` is a link")));
        }
        let target = staging.path().join(path);
        if entry.is_dir() {
            fs::create_dir_all(&target)?;
            continue;
        }
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let mut out = fs::File::create(&target)?;
        // One byte over what is left is enough to know.
        let written = copy(&mut entry.take(left + 1), &mut out)
            .map_err(|error| refused(format!("`{name}`: {error}")))?;
        left = left.checked_sub(written).ok_or_else(|| {
            refused(format!("it unpacks to more than {MOST_GROWTH} times its size"))
        })?;
    }
    if into.exists() {
        fs::remove_dir_all(into)?;
    }
    fs::rename(staging.path(), into)?;
    // It has another name now: there is nothing left to remove.
    let _ = staging.keep();
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn archive(folder: &Path, entries: &[(&str, &[u8], Option<u32>)]) -> std::path::PathBuf {
        let path = folder.join("a.zip");
        let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
        for (name, bytes, mode) in entries {
            let mut options =
                SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            if let Some(mode) = mode {
                options = options.unix_permissions(*mode);
            }
            zip.start_file(*name, options).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap();
        path
    }

    #[test]
    fn an_archive_is_unpacked_whole_and_replaces_an_older_one() {
        let place = tempfile::tempdir().unwrap();
        let into = place.path().join("a");
        fs::create_dir_all(&into).unwrap();
        fs::write(into.join("old"), "").unwrap();
        let zip = archive(place.path(), &[("data/mrds.csv", b"a,b", None), ("readme", b"", None)]);
        unpack(&zip, &into).unwrap();
        assert_eq!(fs::read(into.join("data/mrds.csv")).unwrap(), b"a,b");
        assert!(into.join("readme").is_file() && !into.join("old").exists());
    }

    #[test]
    fn an_archive_that_is_not_to_be_trusted_leaves_nothing() {
        let place = tempfile::tempdir().unwrap();
        let zeros = vec![0; 3_000_000];
        let cases: [(&str, &[u8], &str); 3] = [
            ("../evil", b"x", "outside the folder"),
            ("/etc/evil", b"x", "outside the folder"),
            ("zeros", &zeros, "times its size"),
        ];
        for (name, bytes, expected) in cases {
            let zip = archive(place.path(), &[(name, bytes, None)]);
            let error = unpack(&zip, &place.path().join("out"));
            // A path that begins with `/` may be taken as one inside.
            let Err(error) = error else {
                assert!(name.starts_with('/') && place.path().join("out/etc/evil").is_file());
                fs::remove_dir_all(place.path().join("out")).unwrap();
                continue;
            };
            assert!(error.to_string().contains(expected), "{name}: {error}");
            assert!(!place.path().join("out").exists());
        }
        let mut zip = ZipWriter::new(fs::File::create(place.path().join("l.zip")).unwrap());
        zip.add_symlink("link", "/etc/passwd", SimpleFileOptions::default()).unwrap();
        zip.finish().unwrap();
        let error = unpack(&place.path().join("l.zip"), &place.path().join("out")).unwrap_err();
        assert!(error.to_string().contains("is a link"), "{error}");
        fs::write(place.path().join("n.zip"), "no archive").unwrap();
        assert!(unpack(&place.path().join("n.zip"), &place.path().join("out")).is_err());
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 3, "staging is gone");
    }
}
