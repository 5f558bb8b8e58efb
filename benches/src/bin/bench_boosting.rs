//! Our side of `benches/boosting.py`: five folds, the final fit, and the map, window by window.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{Error, Result};
use std::path::PathBuf;

use fs_err::File;
use paydirt_bench::{cpu_s, draw, out_of_fold, read_samples, write_f32};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::{Estimator, FittedModel, TrainingSet, boosting, extra_trees};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or(Error::other("which folder?"))?);
    let model = arguments.next().ok_or(Error::other("which model?"))?;
    let seeds = arguments.next().and_then(|seeds| seeds.parse().ok());
    let (samples, deposit) = read_samples(&folder)?;
    let fold = fs_err::read(folder.join("fold.u8"))?;
    let start = cpu_s();
    let mut held_out = File::create(folder.join(format!("held-out-{model}-paydirt.f32")))?;
    for seed in 0..seeds.unwrap_or(1) {
        let judge = |train: &Table, labels, test: &Table| {
            fit(&model, train, labels, Seed(seed))?.predict(test).map_err(Error::other)
        };
        write_f32(&mut held_out, &out_of_fold(&samples, &deposit, &fold, judge)?)?;
    }
    if seeds.is_some() {
        println!("{{}}");
        return Ok(());
    }
    let fitted = fit(&model, &samples, deposit, Seed(0))?;
    let after = cpu_s();
    draw(&folder.join(format!("map-{model}-paydirt.f32")), &folder, &*fitted)?;
    let (fit, predict) = (after - start, cpu_s() - after);
    println!("{{\"fit_cpu_s\": {fit:.3}, \"predict_cpu_s\": {predict:.3}}}");
    Ok(())
}

fn fit(model: &str, features: &Table, deposit: Vec<bool>, seed: Seed) -> Result<FittedModel> {
    let weight = vec![1.0; deposit.len()];
    let set = TrainingSet { features: features.clone(), deposit, weight };
    let extra_trees =
        extra_trees::Settings { trees: 100, min_leaf: 1, ..extra_trees::Settings::default() };
    // scikit-learn's defaults.
    let boosting = boosting::Settings {
        learning_rate: 0.1,
        max_leaves: 31,
        min_leaf: 20,
        ..boosting::Settings::default()
    };
    let fitted = match model {
        "boosting" => boosting.fit(&set, seed),
        _ => extra_trees.fit(&set, seed),
    };
    fitted.map_err(Error::other)
}
