//! Steps over several columns against scikit-learn, statsmodels and SciPy
//! (`../fixtures/robust.json`, made by `robust.py` beside it), and against closed forms.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod composition;
mod imputation;
mod robust;
mod selection;

use paydirt_core::layer::EvidenceType::{self, Continuous};
use paydirt_core::step::{AnyStep, FittedStep};
use paydirt_core::table::{Column, Table};
use serde::Deserialize;

#[derive(Deserialize)]
struct Stored {
    mcd: Vec<StoredMcd>,
    chi_square: Vec<(f64, usize, f64)>,
    imputed: Vec<Vec<f64>>,
    variance_inflation: Vec<f64>,
    mutual_information: Vec<f64>,
}

#[derive(Deserialize)]
struct StoredMcd {
    rows: usize,
    share: f64,
    log_determinant: f64,
    location: Vec<f64>,
    covariance: Vec<Vec<f64>>,
    support: usize,
    distances: Vec<f64>,
}

fn stored() -> Stored {
    serde_json::from_str(include_str!("../fixtures/robust.json")).unwrap()
}

/// The generator that `robust.py` has too.
fn uniforms(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    }
}

/// The columns of `robust.py`: near normal, with outliers in the first rows.
fn data(rows: usize, outliers: usize) -> Vec<Vec<f32>> {
    let mut next = uniforms(11);
    let mut columns = vec![Vec::new(); 4];
    for row in 0..rows {
        let [a, b, c, d] = std::array::from_fn(|_| (0..12).map(|_| next()).sum::<f64>() - 6.0);
        let mut x = [10.0 + a, 3.0 * a + 4.0 * b, 0.1 * (b + c), 100.0 + 20.0 * (d - c)];
        if row < outliers {
            x = [x[0] + 12.0, x[1] - 30.0, x[2] + 3.0, x[3]];
        }
        columns.iter_mut().zip(x).for_each(|(column, x)| column.push(x as f32));
    }
    columns
}

fn table(columns: &[Vec<f32>]) -> Table {
    of_types(&columns.iter().map(|values| (Continuous, values.clone())).collect::<Vec<_>>())
}

fn of_types(columns: &[(EvidenceType, Vec<f32>)]) -> Table {
    let names = ["Cu", "Zn", "Pb", "Ti", "Al", "Fe"];
    let columns = columns.iter().zip(names).map(|((kind, values), name)| {
        Column::new(name, &format!("layer of {name}"), *kind, values.clone())
    });
    let columns: Vec<Column> = columns.collect();
    Table::new(columns.first().map_or(0, |column| column.values.len()), columns).unwrap()
}

fn fit(settings: &str, training: &Table) -> FittedStep {
    serde_json::from_str::<AnyStep>(settings).unwrap().fit(training).unwrap()
}

fn refusal(settings: &str, training: &Table) -> String {
    serde_json::from_str::<AnyStep>(settings).unwrap().fit(training).unwrap_err().to_string()
}

fn applied(settings: &str, to: &Table) -> Table {
    fit(settings, to).apply(to.clone()).unwrap()
}

fn doubles(columns: &[Vec<f32>]) -> Vec<Vec<f64>> {
    columns.iter().map(|column| column.iter().map(|&value| value.into()).collect()).collect()
}

fn assert_near(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * (1.0 + expected.abs()), "{found} {expected}");
}
