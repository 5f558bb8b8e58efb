//! Files to core types and back; the only user of GDAL.
