//! Maps of a run, read for NumPy.

use std::path::{Path, PathBuf};

use numpy::{IntoPyArray, PyArray3};
use paydirt::error::Result;
use paydirt_core::grid::Grid;
use paydirt_io::raster::{BandInfo, Pyramid, Window};
use pyo3::prelude::*;

use crate::raised::{json, raised};
use crate::stack::{GridLine, handed_over};

/// A raster: its values `[band, row, col]`, NaN where missing; its grid as JSON; name and unit of each band.
#[pyfunction]
#[expect(clippy::type_complexity, reason = "a tuple is what Python unpacks")]
pub(crate) fn read_raster(
    py: Python<'_>,
    path: PathBuf,
) -> PyResult<(Bound<'_, PyArray3<f32>>, String, Vec<(String, String)>)> {
    let (values, grid, bands) = py.detach(|| read(&path)).map_err(raised)?;
    let shape = [bands.len(), grid.rows, grid.cols];
    let values = handed_over(values.into_pyarray(py), shape)?;
    let bands = bands.into_iter().map(|band| (band.description, band.unit)).collect();
    Ok((values, json(&GridLine::new(&grid))?, bands))
}

fn read(path: &Path) -> Result<(Vec<f32>, Grid, Vec<BandInfo>)> {
    let raster = Pyramid::open(path)?;
    let (grid, bands) = (raster.grid().clone(), raster.bands().to_vec());
    let whole = Window { col: 0, row: 0, cols: grid.cols, rows: grid.rows };
    let mut values = Vec::new();
    for band in 0..bands.len() {
        values.extend(raster.read(band, 0, whole)?);
    }
    Ok((values, grid, bands))
}
