//! Files to Paydirt's types and back; the only user of GDAL.
//!
//! What is read comes onto the project grid and into its coordinate reference system: rasters by
//! [`raster::align`], features by [`vector::read_shapes`], labelled places by
//! [`vector::read_points`], tables of samples by [`table::read`], of mineral records by [`mrds::read`]. What is written appears whole
//! under its name or not at all: maps by [`cog::write`], features by [`gpkg::write`].
//!
//! Three promises. Nothing but the named file and what belongs to it is read, and the network only where
//! an address (`s3://`, `https://`) is named ([`remote`], [`store`]); nothing is written beside an input. Easting comes before northing, whatever order an authority
//! lists its axes in. Every call opens its own dataset, so calls may run on several threads.
//!
//! Besides what a call says it holds, GDAL keeps blocks of up to 96 MiB in a process, or what the
//! environment variable `GDAL_CACHEMAX` says.

pub mod cog;
pub mod crs;
pub mod digest;
mod engine;
pub mod error;
mod ffi;
pub mod gpkg;
pub mod mrds;
pub mod raster;
pub mod remote;
mod staging;
pub mod store;
pub mod table;
pub mod vector;
pub mod zarr;

pub use error::{Error, Result};

/// The release of GDAL that reads and writes, such as `3.6.2`.
#[must_use]
pub fn gdal_version() -> String {
    gdal::version::version_info("RELEASE_NAME")
}
