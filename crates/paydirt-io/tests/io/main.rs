//! Files of all kinds, good and bad, written and read back.

#[cfg(test)]
mod align;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod carlin;
#[cfg(test)]
mod cog;
#[cfg(test)]
mod crs;
#[cfg(test)]
mod geotiff_matrix;
#[cfg(test)]
mod gpkg;
#[cfg(test)]
mod nodata;
#[cfg(test)]
mod pyramid;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod support;
#[cfg(test)]
mod table;
#[cfg(test)]
mod vector;
#[cfg(test)]
mod zarr;
