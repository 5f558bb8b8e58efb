# Read by CMake while `gdal-src` builds GDAL (its build script turns external libraries off, and with
# them these codecs: 17 of 76 GeoTIFF variants could then not be opened).
set(GDAL_USE_ZSTD ON CACHE BOOL "" FORCE)
set(GDAL_USE_LIBLZMA ON CACHE BOOL "" FORCE)
set(GDAL_USE_WEBP ON CACHE BOOL "" FORCE)
