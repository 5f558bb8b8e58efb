//! Files of all kinds, good and bad, written and read back.

mod align;
mod bad_input;
mod carlin;
mod cog;
mod crs;
mod geotiff_matrix;
mod gpkg;
mod nodata;
mod support;
mod table;
mod vector;
