//! The models of the catalogue, for tables that Python holds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use numpy::ndarray::ArrayView2;
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use paydirt::cli::Common;
use paydirt::error::{Error, Result};
use paydirt::saved;
use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use paydirt_model::{FittedModel, Model, TrainingSet};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::long::long;
use crate::raised::{from_json, json, raised, refused};

/// The models, and the schema of their settings with the defaults, as JSON.
#[pyfunction]
pub(crate) fn catalogue() -> PyResult<String> {
    let models: Vec<_> = Model::all()
        .into_iter()
        .map(|model| {
            serde_json::json!({
                "key": model.key(),
                "sees_ground": model.sees_ground(),
                "sees_coordinates_only": model.sees_coordinates_only(),
            })
        })
        .collect();
    json(&serde_json::json!({ "models": models, "schema": schemars::schema_for!(Model) }))
}

/// Refuses settings, given as `{"forest": {"trees": 500}}`, that are not known or out of range.
#[pyfunction]
pub(crate) fn check_settings(settings: &str) -> PyResult<()> {
    model(settings)?.check_settings().map_err(raised)
}

/// The model of some settings; where there is none, the error names the setting that is to blame.
fn model(settings: &str) -> PyResult<Model> {
    let given: BTreeMap<String, BTreeMap<String, Value>> = from_json(settings)?;
    for (key, settings) in &given {
        for (name, value) in settings {
            let alone = serde_json::json!({ key: { name: value } });
            let Err(error) = serde_json::from_value::<Model>(alone) else { continue };
            let reason = error.to_string();
            return Err(refused(&match reason.starts_with("unknown field") {
                true => reason,
                false => format!("`{name}` of `{key}` cannot be {value}"),
            }));
        }
    }
    from_json(settings)
}

/// The columns of a table: what they are called, and what kind of number each holds.
#[derive(Clone, Debug, Serialize, Deserialize, FromPyObject)]
pub(crate) struct Columns {
    names: Vec<String>,
    categorical: Vec<bool>,
}

impl Columns {
    /// A table of values `[row, column]`; what is not finite is missing.
    fn table(&self, values: ArrayView2<'_, f32>) -> Result<Table> {
        let found = [values.ncols(), self.categorical.len()];
        if found != [self.names.len(); 2] {
            return Err(Error::Usage {
                reason: format!("{} columns, but {} names", found[0], self.names.len()),
                hint: "give one name a column".into(),
            });
        }
        let column = |(index, name): (usize, &String)| {
            let categorical = self.categorical[index];
            let kind =
                if categorical { EvidenceType::Categorical } else { EvidenceType::Continuous };
            Column::new(name, name, kind, values.column(index).to_vec())
        };
        let columns = self.names.iter().enumerate().map(column).collect();
        Ok(Table::new(values.nrows(), columns)?)
    }
}

/// The rows of a table of which all is known.
fn complete(table: &Table) -> Vec<usize> {
    (0..table.rows()).filter(|&row| table.complete(row)).collect()
}

/// A fitted model and the columns that it takes.
#[pyclass(frozen, module = "paydirt._paydirt")]
#[derive(Serialize, Deserialize)]
pub(crate) struct Fitted {
    columns: Columns,
    model: FittedModel,
}

/// Fits a model to the rows of which all is known. `labels` holds whether each row is a deposit, and how
/// much it counts.
#[pyfunction]
pub(crate) fn fit(
    settings: &str,
    columns: Columns,
    values: PyReadonlyArray2<'_, f32>,
    labels: (PyReadonlyArray1<'_, bool>, PyReadonlyArray1<'_, f32>),
    seed: u64,
) -> PyResult<Fitted> {
    let py = values.py();
    let model = model(settings)?;
    let features = columns.table(values.as_array()).map_err(raised)?;
    let (deposit, weight) = (labels.0.as_array().to_vec(), labels.1.as_array().to_vec());
    let rows = features.rows();
    if [deposit.len(), weight.len()] != [rows; 2] {
        let reason = format!("{rows} rows, {} labels, {} weights", deposit.len(), weight.len());
        return Err(raised(Error::Usage { reason, hint: "give one of each a row".into() }));
    }
    let model = long(py, Common::default(), None, move |_| {
        let rows = complete(&features);
        let set = TrainingSet { features, deposit, weight };
        let set = if rows.len() == set.deposit.len() { set } else { set.select(&rows) };
        Ok(model.fit(&set, Seed(seed))?)
    })?;
    Ok(Fitted { columns, model })
}

#[pymethods]
impl Fitted {
    /// The score of each row, in [0, 1]; NaN where something of it is missing.
    fn score<'py>(
        &self,
        py: Python<'py>,
        values: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let table = self.columns.table(values.as_array()).map_err(raised)?;
        let scores = py.detach(|| -> Result<Vec<f32>> {
            let rows = complete(&table);
            let known = self.model.predict(&table.select(&rows))?;
            let mut scores = vec![f32::NAN; table.rows()];
            rows.into_iter().zip(known).for_each(|(row, score)| scores[row] = score);
            Ok(scores)
        });
        Ok(scores.map_err(raised)?.into_pyarray(py))
    }

    /// The signed share of each column in each row's score, `[row, column]`: with the base, they sum to the
    /// score in the unit that is named. NaN where something of a row is missing.
    fn shares<'py>(
        &self,
        py: Python<'py>,
        values: PyReadonlyArray2<'py, f32>,
    ) -> PyResult<(f64, &'static str, Bound<'py, PyArray2<f32>>)> {
        let table = self.columns.table(values.as_array()).map_err(raised)?;
        let (width, height) = (table.columns().len(), table.rows());
        let shares = py.detach(|| -> Result<_> {
            let rows = complete(&table);
            let told = self.model.explain(&table.select(&rows))?;
            let mut shares = vec![f32::NAN; width * height];
            for (column, of_column) in told.shares.iter().enumerate() {
                rows.iter().zip(of_column).for_each(|(row, share)| {
                    shares[row * width + column] = *share;
                });
            }
            Ok((told.base, told.unit, shares))
        });
        let (base, unit, shares) = shares.map_err(raised)?;
        Ok((base, unit, shares.into_pyarray(py).reshape([height, width])?))
    }

    /// Names of the columns that it takes, in order.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.columns.names.clone()
    }

    /// What there is to tell of the fit, in words.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.model.notes()
    }

    /// The model as bytes.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = rmp_serde::to_vec(self).map_err(|error| not_read(&error))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The model of such bytes.
    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Self> {
        rmp_serde::from_slice(bytes).map_err(|error| not_read(&error))
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((slf.getattr("from_bytes")?, (slf.get().to_bytes(slf.py())?,)))
    }
}

fn not_read(error: &dyn std::fmt::Display) -> PyErr {
    raised(Error::Saved { path: "the bytes of a model".into(), reason: error.to_string() })
}

/// The members of the model that a run saved, for tables of what its pipeline makes of the layers.
#[pyfunction]
pub(crate) fn members(run_folder: PathBuf) -> PyResult<Vec<Fitted>> {
    let trained = saved::load(&run_folder).map_err(raised)?;
    let names = trained.contract.columns().map_err(raised)?;
    let members = trained.ensemble.members.into_iter();
    let columns = Columns { categorical: vec![false; names.len()], names };
    Ok(members.map(|model| Fitted { columns: columns.clone(), model }).collect())
}
