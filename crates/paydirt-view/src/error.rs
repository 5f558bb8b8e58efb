//! What can go wrong, with the advice apart.

use std::path::PathBuf;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong, as a lower-case fragment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A folder in which there is nothing to view.
    #[error("`{path}` holds no map to view: {reason}")]
    NothingToView {
        /// The folder.
        path: PathBuf,
        /// What was looked for.
        reason: String,
    },
    /// An address on which it cannot listen.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: std::io::Error,
    },
    /// From reading files.
    #[error(transparent)]
    Files(#[from] paydirt_io::Error),
    /// From the operating system; the message names the path.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A tile that is not on the map.
    #[error("there is no tile {address}: at zoom {zoom} the map has {cols} x {rows} tiles")]
    NoTile {
        /// What was asked for.
        address: String,
        /// Its zoom.
        zoom: usize,
        /// Columns of tiles there.
        cols: usize,
        /// Rows of tiles there.
        rows: usize,
    },
    /// A map without smaller copies, too large to be looked at from afar.
    #[error("`{path}` has no smaller copies and is too large to be drawn without")]
    NoOverviews {
        /// The file.
        path: PathBuf,
    },
    /// A picture that could not be written.
    #[error("a tile could not be written: {0}")]
    Picture(#[from] png::EncodingError),
}

impl Error {
    /// What the user can do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NothingToView { .. } => Some(
                "give the folder that `paydirt run`, `predict`, `prepare` or `infill` made".into(),
            ),
            Self::Listen { .. } => {
                Some("leave `--port` out to take a free one, and `--bind` for this machine".into())
            }
            Self::NoTile { .. } => {
                Some("an address is /tiles/LAYER/ZOOM/COLUMN/ROW.png, counted from 0".into())
            }
            Self::NoOverviews { .. } => {
                Some("make it a Cloud Optimized GeoTIFF: `gdal_translate -of COG`".into())
            }
            Self::Files(error) => error.hint(),
            Self::Io(_) | Self::Picture(_) => None,
        }
    }
}
