//! The viewer of a run: a local web page, whose tiles are cut on the fly from the run's Cloud Optimized
//! GeoTIFFs.
//!
//! [`View::open`] looks at a folder, [`server::router`] answers a browser about it, [`server::run`] does so
//! until told to stop. The page is drawn on the grid's own coordinates: nothing is reprojected, so that a cell
//! is a cell. Nothing outside the folder is served, and nothing is fetched from anywhere else.

mod analog;
mod error;
mod folder;
mod graticule;
mod layer;
mod legend;
mod place;
pub mod server;
mod species;
mod tile;
mod vectors;
mod view;

pub use error::{Error, Result};
pub use layer::{Group, Layer, describe};
pub use legend::{Item, Kind, Legend, Ramp};
pub use place::{Driver, LayerValue, NearDeposit, Place};
pub use species::OfSpecies;
pub use tile::{Address, Scheme, TILE_PIXELS};
pub use view::View;
