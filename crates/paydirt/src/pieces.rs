//! Pieces of a long command: each is made once, kept where that is asked for, and found again by any
//! process that works on the same command.
//!
//! A piece is a fold that was judged, a member that was fitted, a strip of the map. What it holds follows
//! from project, evidence and seed alone, so it is the same whoever makes it; a command that finds all its
//! pieces gives what it would have given alone, to the bit. So an interrupted command goes on where it was,
//! and shares of a command (`--shard`) are made side by side on as many machines as see the folder.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use paydirt_io::digest;
use paydirt_io::store::Store;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::{Error, Result};
use crate::origin;

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

/// What can be kept as a piece: with the names of its fields, unless it says otherwise.
pub trait Piece: Serialize + DeserializeOwned {
    /// As bytes.
    ///
    /// # Errors
    /// Why it cannot be.
    fn encode(&self) -> std::result::Result<Vec<u8>, String> {
        rmp_serde::to_vec_named(self).map_err(|error| error.to_string())
    }

    /// From bytes.
    ///
    /// # Errors
    /// Why it cannot be.
    fn decode(bytes: &[u8]) -> std::result::Result<Self, String> {
        rmp_serde::from_slice(bytes).map_err(|error| error.to_string())
    }
}

/// Lists of 32-bit floats in four bytes each, little endian: for `#[serde(with = "floats")]`.
pub(crate) mod floats {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use serde_bytes::ByteBuf;

    pub(crate) fn serialize<S: Serializer>(
        lists: &[Vec<f32>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes = |list: &Vec<f32>| -> ByteBuf {
            ByteBuf::from(list.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
        };
        lists.iter().map(bytes).collect::<Vec<_>>().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Vec<f32>>, D::Error> {
        let lists = Vec::<ByteBuf>::deserialize(deserializer)?;
        let floats = |bytes: ByteBuf| {
            bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
        };
        Ok(lists.into_iter().map(floats).collect())
    }
}

/// Bytes of the digest that each piece begins with.
const DIGEST: usize = 64;

/// Where the pieces of a command are kept, and which of them this process makes.
#[derive(Debug, Default)]
pub struct Pieces {
    /// The store, and the folder of keys in it.
    kept: Option<(Arc<Store>, String)>,
    shard: Option<Shard>,
}

/// Nothing is kept, and all is made.
pub static NONE: Pieces = Pieces { kept: None, shard: None };

impl Pieces {
    /// Pieces that are kept in `states`, in a folder of their own for all that follows from `what` and from the
    /// program: another project, other evidence, another seed, build, release of GDAL or kind of device has
    /// another. Without `states` nothing is kept, and nobody asks `what`.
    ///
    /// # Errors
    /// As `what`; states that are no folder or address.
    pub fn new<T: Serialize>(
        states: Option<&Path>,
        what: impl FnOnce() -> Result<T>,
    ) -> Result<Self> {
        let Some(states) = states else { return Ok(Self::default()) };
        let told = serde_json::to_vec(&(origin::program(), what()?))
            .map_err(|error| Error::Saved { path: states.into(), reason: error.to_string() })?;
        let folder = format!("pieces-{}", &digest::sha256_of(&told)[..16]);
        let store = Store::open(&states.to_string_lossy())?;
        Ok(Self { kept: Some((store.into(), folder)), shard: None })
    }

    /// The same pieces for a process that makes a share of them.
    ///
    /// # Errors
    /// [`Error::Usage`] for pieces that are not kept.
    pub fn for_share(&self, shard: Shard) -> Result<Self> {
        let kept = self.kept.clone().ok_or_else(|| Error::Usage {
            reason: "`--shard` has no folder for the pieces that it makes".into(),
            hint: "name one that all shares see: `--states FOLDER`".into(),
        })?;
        Ok(Self { kept: Some(kept), shard: Some(shard) })
    }

    /// Sees whether pieces can be kept in `states`.
    ///
    /// # Errors
    /// A place that cannot be written.
    pub fn try_out(states: &Path) -> Result<()> {
        let store = Store::open(&states.to_string_lossy())?;
        let key = format!("worker-{}", std::process::id());
        store.put(&key, Vec::new())?;
        Ok(store.delete(&key)?)
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
        let Some((store, folder)) = &self.kept else { return make().map(Some) };
        let key = key(folder, phase, number);
        // One that is damaged is made anew.
        if let Some(piece) = store.get(&key)?.and_then(whole).and_then(|b| P::decode(&b).ok()) {
            return Ok(Some(piece));
        }
        if self.shard.is_some_and(|shard| !shard.has(number)) {
            return Ok(None);
        }
        let piece = make()?;
        let bytes =
            piece.encode().map_err(|reason| Error::Saved { path: key.clone().into(), reason })?;
        store.put(&key, [digest::sha256_of(&bytes).as_bytes(), &bytes].concat())?;
        Ok(Some(piece))
    }

    /// As [`Pieces::piece`], of a phase of which this process makes all, or finds all.
    ///
    /// # Errors
    /// As [`Pieces::piece`]; [`Error::Share`] where it is another share's and not there yet.
    pub fn whole<P: Piece>(
        &self,
        phase: &'static str,
        number: usize,
        make: impl FnOnce() -> Result<P>,
    ) -> Result<P> {
        let missing = || Error::Share { phase, missing: 1, last: false };
        self.piece(phase, number, make)?.ok_or_else(missing)
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
        let (Some((store, folder)), Some(shard)) = (&self.kept, self.shard) else { return Ok(()) };
        let mut missing = 0;
        for number in 0..count {
            if store.exists(&key(folder, phase, number))? {
                continue;
            }
            match shard.has(number) {
                true => drop(self.piece(phase, number, || make(number))?),
                false => missing += 1,
            }
        }
        self.wait(phase, missing)
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
}

fn key(folder: &str, phase: &str, number: usize) -> String {
    format!("{folder}/{phase}-{number:06}")
}

/// The bytes of a piece that is whole.
fn whole(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let rest = (bytes.len() >= DIGEST).then(|| bytes.split_off(DIGEST))?;
    (digest::sha256_of(&rest).as_bytes() == bytes).then_some(rest)
}
