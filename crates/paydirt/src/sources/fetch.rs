//! A download that goes on where it broke off, and is held against what is known of the file.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err as fs;
use paydirt_io::digest;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::unpack::unpack;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::saved::{write_json, write_text};

/// Tries before a download is given up; each goes on where the last one broke off.
const TRIES: usize = 3;
/// Bytes that are written at a time.
const BUFFER: usize = 1 << 16;

/// What is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// Where it lies.
    pub url: String,
    /// What it is called here.
    pub file: String,
    /// SHA-256 of a copy that is known.
    pub sha256: Option<String>,
    /// Whether another file than that copy is refused.
    pub fixed: bool,
    /// Whether it is an archive that is unpacked.
    pub unpack: bool,
}

/// A file that was fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fetched {
    /// Where it came from.
    pub url: String,
    /// The file.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: String,
    /// Where it was unpacked.
    pub unpacked: Option<PathBuf>,
    /// Whether it lay here already.
    pub was_here: bool,
}

/// Fetches a file into a folder, and unpacks it into a folder beside it. A file that is here already, whole, is not
/// fetched again; one that nobody fetched with this is replaced only with `overwrite`.
///
/// # Errors
/// [`Error::Exists`] for a file or folder that somebody else put there,
/// [`Error::Download`] where it does not come, comes short or long, or is not the file that is known;
/// [`Error::Data`] for an archive that cannot be unpacked safely.
pub fn fetch(
    download: &Download,
    folder: &Path,
    overwrite: bool,
    console: &Console,
) -> Result<Fetched> {
    fs::create_dir_all(folder)?;
    let file = folder.join(&download.file);
    let record = folder.join(format!("{}.source.json", download.file));
    let kept = fs::read(&record).ok();
    let kept = kept.and_then(|bytes| serde_json::from_slice::<Fetched>(&bytes).ok());
    if file.is_file() {
        let sha256 = digest::sha256(&file)?;
        let refused = download.fixed && download.sha256.as_ref() != Some(&sha256);
        let known = Some(&sha256) == download.sha256.as_ref()
            || kept.as_ref().is_some_and(|kept| kept.sha256 == sha256);
        if known && !refused {
            let (url, bytes) = (download.url.clone(), fs::metadata(&file)?.len());
            let here = Fetched { url, file, bytes, sha256, unpacked: None, was_here: true };
            write_json(&record, &here)?;
            return unpacked(download, here, folder, overwrite);
        }
    }
    let strange = kept.is_none() && !overwrite;
    if let Some(path) =
        [&file, &unpack_folder(download, folder)].into_iter().find(|path| strange && path.exists())
    {
        return Err(Error::Exists { path: path.clone() });
    }
    let partial = folder.join(format!(".{}.partial", download.file));
    bring(download, &partial, console)?;
    let sha256 = digest::sha256(&partial)?;
    judge(download, &sha256, &partial, console)?;
    if let Some(before) = kept.filter(|kept| kept.sha256 != sha256) {
        console.warn(format!(
            "`{}` has changed since it was last fetched: SHA-256 {sha256}, before {}",
            download.url, before.sha256
        ));
    }
    let bytes = fs::metadata(&partial)?.len();
    fs::rename(&partial, &file)?;
    let _ = fs::remove_file(mark(&partial));
    let fetched =
        Fetched { url: download.url.clone(), file, bytes, sha256, unpacked: None, was_here: false };
    // Noted before it is unpacked: a disk that is full then need not fetch it again.
    write_json(&record, &fetched)?;
    unpacked(download, fetched, folder, true)
}

/// Where an archive is unpacked.
fn unpack_folder(download: &Download, folder: &Path) -> PathBuf {
    match download.unpack {
        true => folder.join(Path::new(&download.file).file_stem().unwrap_or_default()),
        false => folder.join(&download.file),
    }
}

/// Unpacks an archive that came anew, or whose folder is not there.
fn unpacked(download: &Download, fetched: Fetched, folder: &Path, anew: bool) -> Result<Fetched> {
    if !download.unpack {
        return Ok(fetched);
    }
    let into = unpack_folder(download, folder);
    if anew || !into.is_dir() {
        unpack(&fetched.file, &into)?;
    }
    Ok(Fetched { unpacked: Some(into), ..fetched })
}

/// Refuses a file that is not the fixed one, and tells of another where it may change.
fn judge(download: &Download, sha256: &str, partial: &Path, console: &Console) -> Result<()> {
    let Some(known) = download.sha256.as_deref().filter(|known| *known != sha256) else {
        return Ok(());
    };
    if download.fixed {
        fs::remove_file(partial)?;
        return Err(failed(
            &download.url,
            format!("it is not the file that is known: SHA-256 {sha256}, expected {known}"),
        ));
    }
    console.warn(format!(
        "`{}` is not the copy that the catalogue knows (SHA-256 {known}): its publisher may have replaced it. \
         This one is {sha256}",
        download.url
    ));
    Ok(())
}

fn failed(url: &str, reason: String) -> Error {
    Error::Download { url: url.into(), reason }
}

/// Where it is noted which file a partial one is of.
fn mark(partial: &Path) -> PathBuf {
    partial.with_extension("etag")
}

/// Brings the whole file, over several tries where it breaks off.
fn bring(download: &Download, partial: &Path, console: &Console) -> Result<()> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .timeout_per_read(Some(Duration::from_secs(60)))
        .https_only(download.url.starts_with("https://"))
        .user_agent(concat!("paydirt/", env!("CARGO_PKG_VERSION")))
        .build()
        .into();
    let mut last = None;
    for attempt in 1..=TRIES {
        match once(&agent, &download.url, partial, console) {
            Ok(()) => return Ok(()),
            Err(Broken::ForGood(error)) => return Err(error),
            Err(Broken::Off(reason)) => {
                console.say(&format!("{}: {reason} (try {attempt} of {TRIES})", download.file));
                last = Some(reason);
            }
        }
    }
    let reason = last.unwrap_or_default();
    Err(failed(&download.url, format!("{reason}; what came is kept, and the same command goes on")))
}

/// How a try ended that did not bring the file.
enum Broken {
    /// Another try goes on where it stopped.
    Off(String),
    ForGood(Error),
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Self {
        Self::ForGood(error.into())
    }
}

fn once(
    agent: &ureq::Agent,
    url: &str,
    partial: &Path,
    console: &Console,
) -> std::result::Result<(), Broken> {
    let have = fs::metadata(partial).map_or(0, |file| file.len());
    let tag = fs::read_to_string(mark(partial)).ok().filter(|tag| have > 0 && !tag.is_empty());
    let mut request = agent.get(url);
    if let Some(tag) = &tag {
        request = request.header("Range", format!("bytes={have}-")).header("If-Range", tag);
    }
    let answer = request.call().map_err(|error| Broken::Off(error.to_string()))?;
    let status = answer.status().as_u16();
    let header = |name: &str| answer.headers().get(name)?.to_str().ok().map(str::to_owned);
    let (start, whole) = match (status, header("content-range").as_deref().and_then(range)) {
        (206, Some((start, whole))) if start == have => (start, whole),
        (206, _) => {
            discard(partial)?;
            return Err(Broken::Off("the server sent another part than was asked for".into()));
        }
        (200, _) => (0, header("content-length").and_then(|length| length.parse().ok())),
        // All of it came before it was interrupted.
        (416, _) if header("content-range") == Some(format!("bytes */{have}")) => return Ok(()),
        (416, _) => {
            discard(partial)?;
            return Err(Broken::Off("the server's file is shorter than what came of it".into()));
        }
        (500..=599, _) => return Err(Broken::Off(format!("the server answers {status}"))),
        _ => {
            let reason = format!("the server answers {status}");
            return Err(Broken::ForGood(failed(url, reason)));
        }
    };
    write_text(
        &mark(partial),
        &header("etag").or_else(|| header("last-modified")).unwrap_or_default(),
    )
    .map_err(Broken::ForGood)?;
    let mut body = answer.into_body().into_reader();
    take(&mut body, (start, whole), partial, console)
}

/// Removes what came so far, if anything did.
fn discard(partial: &Path) -> std::io::Result<()> {
    match fs::remove_file(partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// First byte and whole length of `bytes 5-9/10`.
fn range(header: &str) -> Option<(u64, Option<u64>)> {
    let (part, whole) = header.strip_prefix("bytes ")?.split_once('/')?;
    let (start, _) = part.split_once('-')?;
    Some((start.parse().ok()?, whole.parse().ok()))
}

/// Writes what comes behind what is here, and holds it against the length that the server gave.
fn take(
    body: &mut dyn Read,
    (start, whole): (u64, Option<u64>),
    partial: &Path,
    console: &Console,
) -> std::result::Result<(), Broken> {
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true);
    let mut file = match start {
        0 => options.truncate(true).open(partial)?,
        _ => fs::OpenOptions::new().append(true).open(partial)?,
    };
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    let task = console.task("fetch", mib(whole.unwrap_or(0)).max(1), "MiB");
    let (mut have, mut told) = (start, 0);
    let mut buffer = vec![0; BUFFER];
    loop {
        console.go_on().map_err(Broken::ForGood)?;
        let count = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) => return Err(Broken::Off(format!("it broke off: {error}"))),
        };
        have += count as u64;
        if whole.is_some_and(|whole| have > whole) {
            drop(file);
            discard(partial)?;
            let reason = "more came than the server said it would";
            return Err(Broken::Off(reason.into()));
        }
        file.write_all(&buffer[..count])?;
        let done = mib(have).saturating_sub(told);
        told += done;
        task.advance(done).map_err(Broken::ForGood)?;
    }
    file.flush()?;
    match whole {
        Some(whole) if have < whole => {
            Err(Broken::Off(format!("it broke off after {have} of {whole} bytes")))
        }
        _ => Ok(()),
    }
}
