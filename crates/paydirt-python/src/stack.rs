//! Evidence layers on one grid, as one array that NumPy owns.

use numpy::{IntoPyArray, PyArray1, PyArray3, PyArrayMethods};
use paydirt::error::{Error, Result};
use paydirt::read::Read;
use paydirt_core::grid::Grid;
use paydirt_core::layer::LayerInfo;
use pyo3::prelude::*;
use serde::Serialize;

use crate::raised::json;

/// Evidence layers on one grid.
#[pyclass(frozen, module = "paydirt._paydirt")]
pub(crate) struct Stack {
    values: Py<PyArray3<f32>>,
    address: usize,
    layers: Vec<LayerInfo>,
    grid: Grid,
    receipt: String,
}

/// The layers one after the other, each row by row from the north, and what was read.
pub(crate) struct Gathered {
    values: Vec<f32>,
    layers: Vec<LayerInfo>,
    grid: Grid,
    receipt: paydirt::receipt::Receipt,
}

impl Stack {
    /// Gathers the layers in one place; each is freed as it is gathered.
    pub(crate) fn gather(mut read: Read) -> Result<Gathered> {
        let grid = read.grid()?.clone();
        let layers = read.stack.layers().to_vec();
        let mut values = Vec::new();
        let count = layers.len().saturating_mul(grid.cells());
        values.try_reserve_exact(count).map_err(|_| Error::Data {
            reason: format!("{} layers of {grid} do not fit in memory", layers.len()),
            hint: "use larger cells or fewer layers".into(),
        })?;
        for info in &layers {
            values.extend_from_slice(&read.stack.take_stored(&info.name)?);
        }
        Ok(Gathered { values, layers, grid, receipt: read.receipt })
    }

    /// Hands the values over to NumPy, where they lie.
    pub(crate) fn new(py: Python<'_>, gathered: Gathered) -> PyResult<Self> {
        let Gathered { values, layers, grid, receipt } = gathered;
        let address = values.as_ptr() as usize;
        let shape = [layers.len(), grid.rows, grid.cols];
        let values = handed_over(values.into_pyarray(py), shape)?.unbind();
        Ok(Self { values, address, layers, grid, receipt: json(&receipt)? })
    }
}

/// An array of values that NumPy owns from now on, where they lie; nobody may change it.
pub(crate) fn handed_over(
    values: Bound<'_, PyArray1<f32>>,
    shape: [usize; 3],
) -> PyResult<Bound<'_, PyArray3<f32>>> {
    values.getattr("flags")?.setattr("writeable", false)?;
    values.reshape(shape)
}

/// What Python must know of a grid.
#[derive(Serialize)]
pub(crate) struct GridLine<'a> {
    #[serde(flatten)]
    grid: &'a Grid,
    text: String,
}

impl<'a> GridLine<'a> {
    pub(crate) fn new(grid: &'a Grid) -> Self {
        Self { grid, text: grid.to_string() }
    }
}

#[pymethods]
impl Stack {
    /// The values, `[layer, row, col]`, NaN where not known: always the same array.
    #[getter]
    fn values(&self, py: Python<'_>) -> Py<PyArray3<f32>> {
        self.values.clone_ref(py)
    }

    /// Where Paydirt had put the values before NumPy got them.
    #[getter]
    fn address(&self) -> usize {
        self.address
    }

    /// Names, types and units of the layers, as JSON.
    #[getter]
    fn layers(&self) -> PyResult<String> {
        json(&self.layers)
    }

    /// The grid, as JSON.
    #[getter]
    fn grid(&self) -> PyResult<String> {
        json(&GridLine::new(&self.grid))
    }

    /// What was read, as JSON.
    #[getter]
    fn receipt(&self) -> &str {
        &self.receipt
    }
}
