//! The four calls of GDAL's C interface that the `gdal` crate does not wrap.

use std::ffi::CString;

use gdal::Dataset;
use gdal::cpl::CslStringList;
use gdal::errors::{GdalError, Result};
use gdal::raster::RasterBand;
use gdal_sys::{CPLErr, GDALResampleAlg};

/// Has GDAL replace arcs by line strings in whatever it reads from now on.
#[expect(unsafe_code, reason = "the gdal crate has no way to linearise curves")]
pub(crate) fn linear_geometries_only() {
    // SAFETY: takes no pointer; sets one process-wide flag, and is called once, before any dataset
    // is open.
    unsafe { gdal_sys::OGRSetNonLinearGeometriesEnabledFlag(0) };
}

/// How [`reproject`] works.
pub(crate) struct Warping {
    /// GDAL's number of the method.
    pub(crate) method: GDALResampleAlg::Type,
    /// How far the transformation may be approximated, in cells of the source.
    pub(crate) max_error_cells: f64,
    /// Columns and rows of the target for one of the source. GDAL would guess them from each piece
    /// that it is given, and smooth each piece differently.
    pub(crate) scales: [f64; 2],
}

/// Resamples all bands of `source` into `target` through their geotransforms, and their coordinate
/// reference systems where both have one. No-data values of both are kept apart from values.
/// Returns whether GDAL succeeded; what it said went to the error handler.
#[expect(unsafe_code, reason = "gdal::raster::reproject knows bilinear alone, and no scales")]
pub(crate) fn reproject(source: &Dataset, target: &Dataset, warping: &Warping) -> Result<bool> {
    let mut scales = CslStringList::new();
    scales.set_name_value("XSCALE", &warping.scales[0].to_string())?;
    scales.set_name_value("YSCALE", &warping.scales[1].to_string())?;
    // SAFETY: both handles belong to datasets that outlive the call and that no other thread holds
    // (`Dataset` is not `Sync`). The options are ours from creation to destruction, and GDAL copies
    // them within the call; their list, which destruction frees, is a duplicate of ours. Null is
    // documented for every other pointer: systems are then taken from the datasets, and no progress
    // is reported.
    let status = unsafe {
        let options = gdal_sys::GDALCreateWarpOptions();
        (*options).papszWarpOptions = gdal_sys::CSLDuplicate(scales.as_ptr());
        let status = gdal_sys::GDALReprojectImage(
            source.c_dataset(),
            std::ptr::null(),
            target.c_dataset(),
            std::ptr::null(),
            warping.method,
            0.0,
            warping.max_error_cells,
            None,
            std::ptr::null_mut(),
            options,
        );
        gdal_sys::GDALDestroyWarpOptions(options);
        status
    };
    Ok(status == CPLErr::CE_None)
}

/// Names the unit of a band's values.
#[expect(unsafe_code, reason = "the gdal crate can read a unit, but not set one")]
pub(crate) fn set_unit(band: &mut RasterBand<'_>, unit: &str) -> Result<()> {
    let unit = CString::new(unit)?;
    // SAFETY: the handle belongs to a band that is borrowed alone for this call, and the text ends
    // with a zero byte and is copied.
    let status = unsafe { gdal_sys::GDALSetRasterUnitType(band.c_rasterband(), unit.as_ptr()) };
    if status == CPLErr::CE_None {
        return Ok(());
    }
    Err(GdalError::BadArgument("the unit of a band could not be set".into()))
}

/// The files that a dataset is read from, by the names that GDAL opened them under.
#[expect(unsafe_code, reason = "the gdal crate cannot list the files of a dataset")]
pub(crate) fn files(dataset: &Dataset) -> Vec<String> {
    let mut names = Vec::new();
    // SAFETY: the handle belongs to a dataset that outlives the call. GDAL hands over a list of texts that ends
    // with a null, or null for an empty one; each text ends with a zero byte and is copied before the list is
    // destroyed, once, as is documented.
    unsafe {
        let list = gdal_sys::GDALGetFileList(dataset.c_dataset());
        let mut next = list;
        while !next.is_null() && !(*next).is_null() {
            names.push(std::ffi::CStr::from_ptr(*next).to_string_lossy().into_owned());
            next = next.add(1);
        }
        gdal_sys::CSLDestroy(list);
    }
    names
}
