//! Pieces of a long command: each is made once, kept where that is asked for, and found again by any
//! process that works on the same command.
//!
//! A piece is a fold that was judged, a member that was fitted, a strip of the map. What it holds follows
//! from project, evidence and seed alone, so it is the same whoever makes it; a command that finds all its
//! pieces gives what it would have given alone, to the bit. So an interrupted command goes on where it was,
//! and shares of a command (`--shard`) are made side by side on as many machines as see the folder.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use fs_err as fs;
use paydirt_io::digest;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};

/// Which pieces are a process's to make: with `3/8` the third, the eleventh, ... of each phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// The share of this number, from 1, among so many.
    #[must_use]
    pub fn new(number: usize, of: usize) -> Option<Self> {
        (1 <= number && number <= of).then_some(Self { number, of })
    }

    /// A share of nothing: it makes no piece, and tells what is missing.
    pub const NOBODY: Self = Self { number: 1, of: 0 };

    const fn has(&self, piece: usize) -> bool {
        self.of > 0 && piece % self.of == self.number - 1
    }
}

/// ```
/// use paydirt::pieces::Shard;
/// assert_eq!("3/8".parse(), Ok(Shard::new(3, 8).unwrap()));
/// assert!("0/8".parse::<Shard>().is_err() && "9/8".parse::<Shard>().is_err());
/// ```
impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = text.split_once('/');
        let numbers = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        numbers
            .and_then(|(number, of)| Self::new(number, of))
            .ok_or_else(|| format!("`{text}` is no share; write `3/8` for the third of eight"))
    }
}

/// What can be kept as a piece.
pub trait Piece: Sized {
    /// As bytes.
    ///
    /// # Errors
    /// Why it cannot be.
    fn encode(&self) -> std::result::Result<Vec<u8>, String>;
    /// From bytes.
    ///
    /// # Errors
    /// Why it cannot be.
    fn decode(bytes: &[u8]) -> std::result::Result<Self, String>;
}

/// As bytes, with the names of fields: for what is small and has parts that may be left out.
///
/// # Errors
/// Why it cannot be.
pub fn pack(value: &impl Serialize) -> std::result::Result<Vec<u8>, String> {
    rmp_serde::to_vec_named(value).map_err(|error| error.to_string())
}

/// From the bytes of [`pack`].
///
/// # Errors
/// Why it cannot be.
pub fn unpack<T: DeserializeOwned>(bytes: &[u8]) -> std::result::Result<T, String> {
    rmp_serde::from_slice(bytes).map_err(|error| error.to_string())
}

/// Bytes of the digest that each file begins with.
const DIGEST: usize = 64;

/// Where the pieces of a command are kept, and which of them this process makes.
#[derive(Debug, Default)]
pub struct Pieces {
    folder: Option<PathBuf>,
    shard: Option<Shard>,
    /// Numbers the temporary files of this process.
    written: AtomicUsize,
}

/// Nothing is kept, and all is made.
pub static NONE: Pieces = Pieces { folder: None, shard: None, written: AtomicUsize::new(0) };

impl Pieces {
    /// Pieces that are kept in `states`, in a folder of their own for all that follows from `what`: another
    /// project, other evidence, another seed or another version has another. Without `states` nothing is
    /// kept.
    ///
    /// # Errors
    /// [`Error::Usage`] for a share without a folder; a folder that cannot be made.
    pub fn new(states: Option<&Path>, shard: Option<Shard>, what: &impl Serialize) -> Result<Self> {
        let Some(states) = states else {
            return match shard {
                None => Ok(Self::default()),
                Some(_) => Err(Error::Usage {
                    reason: "`--shard` has no folder for the pieces that it makes".into(),
                    hint: "name one that all shares see: `--states FOLDER`".into(),
                }),
            };
        };
        let told = serde_json::to_vec(&(env!("CARGO_PKG_VERSION"), what))
            .map_err(|error| Error::Saved { path: states.into(), reason: error.to_string() })?;
        let folder = states.join(format!("pieces-{}", &digest::sha256_of(&told)[..16]));
        fs::create_dir_all(&folder)?;
        Ok(Self { folder: Some(folder), shard, written: AtomicUsize::new(0) })
    }

    /// A piece: as it was kept, or made and kept. `None` where it is another share's and not there yet.
    ///
    /// # Errors
    /// As `make`, and a folder that cannot be written.
    pub fn piece<P: Piece>(
        &self,
        phase: &str,
        number: usize,
        make: impl FnOnce() -> Result<P>,
    ) -> Result<Option<P>> {
        let Some(folder) = &self.folder else { return make().map(Some) };
        let path = folder.join(format!("{phase}-{number:06}"));
        // One that is damaged, or of another build, is made anew.
        if let Some(piece) = kept(&path).and_then(|bytes| P::decode(&bytes).ok()) {
            return Ok(Some(piece));
        }
        if self.shard.is_some_and(|shard| !shard.has(number)) {
            return Ok(None);
        }
        let piece = make()?;
        let bytes = piece.encode().map_err(|reason| Error::Saved { path: path.clone(), reason })?;
        self.keep(&path, &bytes)?;
        Ok(Some(piece))
    }

    /// Makes this process's share of so many pieces, where it makes one alone: those that are there are not
    /// made again.
    ///
    /// # Errors
    /// [`Error::Share`] where others lack pieces; as `make`; a folder that cannot be written.
    pub fn share<P: Piece>(
        &self,
        phase: &'static str,
        count: usize,
        make: impl Fn(usize) -> Result<P>,
    ) -> Result<()> {
        let (Some(folder), Some(shard)) = (&self.folder, self.shard) else { return Ok(()) };
        let is_there = |number: &usize| folder.join(format!("{phase}-{number:06}")).exists();
        for number in (0..count).filter(|number| shard.has(*number)) {
            if !is_there(&number) {
                self.piece(phase, number, || make(number))?;
            }
        }
        self.wait(phase, (0..count).filter(|number| !is_there(number)).count())
    }

    /// Ends this process where others lack so many pieces of a phase.
    ///
    /// # Errors
    /// [`Error::Share`] if they do.
    pub fn wait(&self, phase: &'static str, missing: usize) -> Result<()> {
        let last = false;
        if missing > 0 { Err(Error::Share { phase, missing, last }) } else { Ok(()) }
    }

    /// Ends this process where it makes a share alone, after its last phase.
    ///
    /// # Errors
    /// [`Error::Share`] if it does.
    pub fn end(&self, phase: &'static str) -> Result<()> {
        let (missing, last) = (0, true);
        if self.shard.is_some() { Err(Error::Share { phase, missing, last }) } else { Ok(()) }
    }

    /// Writes beside the name and renames: two processes that make the same piece write the same.
    fn keep(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let count = self.written.fetch_add(1, Ordering::Relaxed);
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let ending = format!("{}-{}-{count}.part", host.trim(), std::process::id());
        let beside = path.with_extension(ending);
        let written = fs::write(&beside, [digest::sha256_of(bytes).as_bytes(), bytes].concat())
            .and_then(|()| fs::rename(&beside, path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        Ok(written?)
    }
}

/// The bytes of a piece that is there and whole.
fn kept(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = fs::read(path).ok()?;
    if bytes.len() < DIGEST {
        return None;
    }
    let rest = bytes.split_off(DIGEST);
    (digest::sha256_of(&rest).as_bytes() == bytes).then_some(rest)
}
