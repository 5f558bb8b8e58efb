//! Our side of `benches/few_deposits.py`: CPU seconds of small networks and of their explanation.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{Error, Result};

use paydirt_bench::{cpu_s, table};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::explain::{Settings as Evaluations, kernel_shap};
use paydirt_model::neural::train::{Schedule, Training};
use paydirt_model::{ClassWeight, Estimator, TrainingSet, devnet, mlp};
use rand::RngExt;

fn rows(rows: usize, columns: usize, seed: u64) -> Result<Table> {
    let mut rng = Seed(seed).rng();
    let mut column = |_| (0..rows).map(|_| 2.0 * rng.random::<f32>() - 1.0).collect();
    table((0..columns).map(&mut column).collect())
}

/// Deposits have the highest sums of their first three columns.
fn set(count: usize, columns: usize, deposits: usize) -> Result<TrainingSet> {
    let features = rows(count, columns, 1)?;
    let sum = |row: usize| features.columns()[..3].iter().map(|c| c.values[row]).sum::<f32>();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| sum(*b).total_cmp(&sum(*a)));
    let mut deposit = vec![false; count];
    order[..deposits].iter().for_each(|row| deposit[*row] = true);
    Ok(TrainingSet { features, deposit, weight: vec![1.0; count] })
}

fn training(epochs: usize, batch: usize, learning_rate: f64) -> Training {
    Training {
        epochs,
        batch,
        learning_rate,
        weight_decay: 0.0,
        schedule: Schedule::Constant {},
        clip_norm: None,
        ..Training::default()
    }
}

fn timed(job: impl FnOnce() -> paydirt_model::Result<f64>) -> Result<()> {
    let start = cpu_s();
    let told = job().map_err(Error::other)?;
    println!("{{\"cpu_s\": {:.3}, \"told\": {told:.4}}}", cpu_s() - start);
    Ok(())
}

fn main() -> Result<()> {
    let deviation = devnet::Settings::published();
    match std::env::args().nth(1).as_deref() {
        Some("mlp") => {
            let set = set(313, 7, 95)?;
            let settings = mlp::Settings {
                hidden: vec![100, 8, 6, 4, 2],
                dropout: 0.0,
                class_weight: ClassWeight::None,
                training: training(6000, 82, 1e-3),
                ..Default::default()
            };
            timed(|| Ok(f64::from(settings.fit(&set, Seed(1))?.predict(&set.features)?[0])))
        }
        Some("devnet") => {
            let set = set(274, 58, 5)?;
            timed(|| Ok(f64::from(deviation.fit(&set, Seed(1))?.predict(&set.features)?[0])))
        }
        Some("shap") => {
            let fitted = deviation.fit(&set(274, 58, 5)?, Seed(1)).map_err(Error::other)?;
            let (background, rows) = (rows(10, 58, 2)?, rows(679, 58, 3)?);
            let evaluations = Evaluations { most_evaluations: 10 * (2 * 58 + 2048), seed: Seed(0) };
            let score = |table: &Table| fitted.predict(table);
            timed(|| Ok(kernel_shap(&score, &background, &rows, &evaluations)?.base))
        }
        _ => Err(Error::other("which job: mlp, devnet or shap?")),
    }
}
