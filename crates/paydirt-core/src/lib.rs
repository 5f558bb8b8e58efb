//! The science of mineral prospectivity mapping: what a grid, an evidence layer, a label, a split,
//! a preprocessing step and a metric are. Reads no file format, trains no model, draws no page.
//!
//! A cell of the map has one of three states ([`layer::CellState`]); whatever is fitted takes the
//! training side of a fold ([`split::Split`]) and can see nothing else.

pub mod applicability;
pub mod assay;
pub mod budget;
pub mod calibrate;
mod catalogue;
pub mod composition;
pub mod conformal;
pub mod district;
pub mod error;
pub mod formula;
pub mod geometry;
pub mod grid;
pub mod gridding;
mod ground;
pub mod hot_deck;
pub mod index;
pub mod infill;
pub mod information;
pub mod label;
pub mod layer;
pub mod leak;
pub mod mask;
pub mod metric;
pub mod potential;
pub mod raster;
pub mod robust;
pub mod sample;
pub mod search;
pub mod seed;
pub mod split;
pub mod stack;
pub mod step;
pub mod table;
pub mod target;
pub mod thinning;
pub mod trees;

pub use error::{Error, Result};
