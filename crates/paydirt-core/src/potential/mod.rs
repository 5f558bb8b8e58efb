//! Potential fields: gravity and magnetics measured on a level surface, filtered in the wavenumber
//! domain (Blakely 1995, doi:10.1017/CBO9780511549816).
//!
//! A [`Field`] is made ready once and then filtered as often as wanted:
//!
//! 1. the rows and columns that hold known cells are cut out;
//! 2. a plane, fitted to the known cells by least squares, is removed: its continuation, its
//!    vertical derivative (none) and its slope are known exactly, and it would be the largest jump
//!    between opposite edges;
//! 3. a quarter of each side (16 cells at least) is added around, up to an odd size with small
//!    factors: an odd transform has no Nyquist row, whose direction nobody can tell;
//! 4. gaps and padding are one thing, cells of a torus without a value, and get the surface of
//!    minimum curvature through the known cells ([`fill`]). It goes on with the level *and* the
//!    slope that the data have at their edge, where zeros, a nearest value or a cosine taper make
//!    a kink that a vertical derivative turns into an anomaly; and being periodic it leaves no
//!    jump for the transform to see;
//! 5. a real Fourier transform in 64-bit numbers ([`fft`]);
//! 6. what comes back is cut to the cells that were known.
//!
//! Next to a gap or the edge half of what a filter would look at was never measured: such cells are
//! kept, counted in the receipt, and dropped within [`Gaps::guard_m`] where that is asked for.
//!
//! Directions: wavenumbers are in radians a metre to the east and to the north; the vertical axis
//! points **down**, so a vertical derivative is positive over a shallow dense or magnetic body.

pub mod direction;
pub mod fft;
pub mod field;
pub mod fill;
pub mod outline;
pub mod trend;
pub mod worms;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use direction::Direction;
pub use field::Field;

/// What is done about cells without a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Gaps {
    /// Largest share of the convex outline of the known cells, in percent, that may be without a
    /// value. Above it the layer is refused: the filter would show the filling.
    pub max_missing_percent: f64,
    /// Cells whose centre lies within so many metres of that of a cell without a value, or of one
    /// beyond the edge of the grid, are dropped. 0 keeps every cell that was known.
    pub guard_m: f64,
}

impl Default for Gaps {
    fn default() -> Self {
        Self { max_missing_percent: 50.0, guard_m: 0.0 }
    }
}

/// A wave of the transform, in radians a metre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wave {
    /// Wavenumber to the east.
    pub east: f64,
    /// Wavenumber to the north.
    pub north: f64,
}

impl Wave {
    /// The radial wavenumber `|k|`: 2 pi over the wavelength.
    #[must_use]
    pub fn radial(self) -> f64 {
        self.east.hypot(self.north)
    }
}

/// Most memory that filtering a raster of so many cells takes, in bytes, the raster itself and what is
/// drawn included: 120 a cell. (With padding at 2.7 times the cells: 25 a padded cell while it is
/// filled, 24 while it is transformed, and up to three derivatives of 8 a cell.)
#[must_use]
pub const fn memory_bytes(cells: u64) -> u64 {
    cells.saturating_mul(120)
}
