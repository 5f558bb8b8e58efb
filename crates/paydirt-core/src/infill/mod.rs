//! Masked infilling of mineral records: the layers of several species, what is hidden of them, how they
//! are filled in again, and how that is judged (Nair and others 2026, arXiv 2511.09722).
//!
//! A *species* is a commodity, as gold. Of a tile of the grid a model sees a [`View`]: each cell of each
//! species is present, absent (nothing recorded) or hidden, and these three stay distinct. What was hidden is
//! kept from it; only the judge knows it.

pub mod density;
pub mod flag;
pub mod layers;
pub mod mask;
pub mod occurrence;
#[cfg(test)]
mod sample;
pub mod score;
pub mod side;
pub mod spectra;
pub mod tile;

pub use layers::SpeciesLayers;
pub use mask::{Hidden, Mode};
pub use spectra::{Scan, Spectra};
pub use tile::{Field, State, Tile, View};
