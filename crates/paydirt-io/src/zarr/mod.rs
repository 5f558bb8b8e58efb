//! The evidence stack on disk or in a bucket: a Zarr group (version 3) that Python's `zarr` and `xarray`
//! read as well.
//!
//! The group holds one array a layer, `[northing, easting]`, 32-bit floats with NaN where nothing is
//! known; `study_area` (1 inside); the coordinates of cell centres; and `spatial_ref`, which names the
//! coordinate reference system as CF wants it. What the stack is of stands in the group's attribute
//! `paydirt`. A shard is some rows over the whole width, in chunks that are compressed (zstd) and read
//! each by itself: see [`layout`](Layout).
//!
//! [`StackWriter`] takes rows from the north and goes on where an interrupted one stopped;
//! [`ZarrStack`] reads. Both take an address as [`crate::store`] does.

mod cache;
mod header;
mod layout;
mod shelf;
mod stack;
mod writer;

pub use layout::Layout;
pub use stack::ZarrStack;
pub use writer::{LayerWriter, StackPlan, StackWriter, copy, copy_as};
