//! Blocks of ground, held out in turn, for cross-validation elsewhere.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use paydirt::error::{Error, Result};
use paydirt_core::grid::Point;
use paydirt_core::label::{Role, Sample};
use paydirt_core::seed::Seed;
use paydirt_core::split::{self, Fold, Splitter, blocks};
use paydirt_core::stack::TableStack;
use paydirt_core::table::Table;
use pyo3::prelude::*;

use crate::raised::{from_json, raised};

/// A fold: row numbers that train, and row numbers that are held out.
type Rows<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>);

/// The folds of all repeats, and what the user should know of them. Places are in metres.
#[pyfunction]
pub(crate) fn block_folds<'py>(
    py: Python<'py>,
    settings: &str,
    places: (PyReadonlyArray1<'py, f64>, PyReadonlyArray1<'py, f64>),
    deposit: Vec<bool>,
    seed: u64,
) -> PyResult<(Vec<Rows<'py>>, Vec<String>)> {
    let settings: blocks::Settings = from_json(settings)?;
    let (easting, northing) = places;
    let pairs = easting.as_array().into_iter().zip(northing.as_array());
    let places: Vec<Point> =
        pairs.map(|(&easting, &northing)| Point { easting, northing }).collect();
    let made = py.detach(|| folds(&settings, places, &deposit, Seed(seed))).map_err(raised)?;
    let rows = |rows: Vec<usize>| -> Bound<'py, PyArray1<i64>> {
        rows.into_iter().map(|row| row as i64).collect::<Vec<_>>().into_pyarray(py)
    };
    let folds = made.0.into_iter().map(|fold| (rows(fold.training), rows(fold.held_out)));
    Ok((folds.collect(), made.1))
}

fn folds(
    settings: &blocks::Settings,
    places: Vec<Point>,
    deposit: &[bool],
    seed: Seed,
) -> Result<(Vec<Fold>, Vec<String>)> {
    if deposit.len() != places.len() {
        return Err(Error::Usage {
            reason: format!("{} places, but {} labels", places.len(), deposit.len()),
            hint: "give one place a row".into(),
        });
    }
    let table = Table::new(places.len(), Vec::new())?;
    let stack = TableStack::new(Vec::new(), table, Some(places))?;
    let role = |deposit: bool| if deposit { Role::Deposit } else { Role::Unlabelled };
    let sample = |(unit, deposit): (usize, &bool)| Sample {
        unit,
        role: role(*deposit),
        weight: 1.0,
        group: None,
        year: None,
    };
    let samples: Vec<Sample> = deposit.iter().enumerate().map(sample).collect();
    let (mut all, mut warnings) = (Vec::new(), Vec::new());
    for repeat in 0..settings.repeats() {
        let seed = seed.derive("repeat", repeat as u64).derive("split", 0);
        let territory = settings.part(&stack, &samples, seed)?;
        let folds = split::folds(territory.as_ref(), &samples);
        split::check(&samples, &folds)?;
        all.extend(folds);
        warnings = territory.warnings();
    }
    Ok((all, warnings))
}
