//! What a fit, a score and an explanation of each model cost, beside what `paydirt check` foretells: CPU
//! time, and how many times what was foretold it is. Windows of the ground are not measured here.
//!
//!     cargo run --release -p paydirt-bench --no-default-features --bin bench_costs [MODEL...]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::io::{Error, Result};

use paydirt_bench::{cpu_s, table};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::cost::Size;
use paydirt_model::{Model, TrainingSet};
use rand::RngExt;

/// Training rows and columns.
const SIZES: [[usize; 2]; 4] = [[600, 8], [600, 24], [2400, 8], [2400, 24]];
/// Least CPU time over which something is measured.
const LEAST_S: f64 = 0.2;

/// One deposit in twenty, which every column tells a little.
fn world([rows, columns]: [usize; 2], seed: u64) -> Result<TrainingSet> {
    let mut rng = Seed(seed).rng();
    let deposit: Vec<bool> = (0..rows).map(|row| row % 20 == 0).collect();
    let column = |_| {
        let value = |deposit: &bool| {
            (0..4).map(|_| rng.random::<f32>()).sum::<f32>() + if *deposit { 0.4 } else { 0.0 }
        };
        deposit.iter().map(value).collect()
    };
    let features = table((0..columns).map(column).collect())?;
    Ok(TrainingSet { features, weight: vec![1.0; rows], deposit })
}

/// CPU nanoseconds of one of so many things that `work` does.
fn measured(things: usize, mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let (start, mut times) = (cpu_s(), 0);
    while times == 0 || cpu_s() - start < LEAST_S {
        work()?;
        times += 1;
    }
    Ok((cpu_s() - start) * 1e9 / (times * things) as f64)
}

fn main() -> Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    println!(
        "model                 rows columns   fit, ms (x)      score, us (x)     explain, us (x)"
    );
    for model in Model::all().into_iter().filter(|m| !m.sees_ground() && !m.sees_coordinates_only())
    {
        if !wanted.is_empty() && !wanted.iter().any(|key| key == model.key()) {
            continue;
        }
        for size in SIZES {
            let set = world(size, 1)?;
            let cells = world([20_000, size[1]], 2)?.features;
            print(&model, size, &set, &cells)?;
        }
    }
    Ok(())
}

fn print(model: &Model, size: [usize; 2], set: &TrainingSet, cells: &Table) -> Result<()> {
    let fit_ns = measured(1, || {
        black_box(model.fit(set, Seed(3)).map_err(Error::other)?);
        Ok(())
    })?;
    let fitted = model.fit(set, Seed(3)).map_err(Error::other)?;
    let score_ns = measured(cells.rows(), || {
        black_box(fitted.predict(cells).map_err(Error::other)?);
        Ok(())
    })?;
    let few = match fitted.as_trees() {
        // What trees have to be made ready for is of all rows.
        Some(_) => cells.clone(),
        None => cells.select(&(0..200).collect::<Vec<_>>()),
    };
    let explain_ns = measured(few.rows(), || {
        black_box(fitted.explain(&few).map_err(Error::other)?);
        Ok(())
    })?;
    let [rows, columns] = size;
    let told = model.cost(Size { rows, columns, continuous: true });
    let beside =
        |found: f64, told: f64, unit: f64| format!("{:9.3} ({:5.2})", found / unit, found / told);
    println!(
        "{:20} {rows:5} {columns:7}  {}  {}  {}",
        model.key(),
        beside(fit_ns, told.fit_ns, 1e6),
        beside(score_ns, told.score_ns, 1e3),
        beside(explain_ns, told.explain_ns, 1e3)
    );
    Ok(())
}
