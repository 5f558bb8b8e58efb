//! Our side of `benches/svm.py`: five folds, the final fit, and a part of the map.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{Error, Result};
use std::path::PathBuf;

use fs_err::File;
use paydirt_bench::{CELLS, cpu_s, out_of_fold, read_samples, read_window, write_f32};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::{ClassWeight, Estimator, FittedModel, TrainingSet, svm};

const WINDOW: usize = 2_000;
const EVERY: usize = 20;

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).ok_or(Error::other("which folder?"))?);
    let (samples, deposit) = read_samples(&folder)?;
    let fold = fs_err::read(folder.join("fold.u8"))?;
    let start = cpu_s();
    let judge = |train: &Table, labels, test: &Table| decide(&fit(train, labels)?, test);
    let held_out = out_of_fold(&samples, &deposit, &fold, judge)?;
    let model = fit(&samples, deposit)?;
    let fitted = cpu_s();
    write_f32(&mut File::create(folder.join("held-out-paydirt.f32"))?, &held_out)?;
    let mut map = File::create(folder.join("map-paydirt.f32"))?;
    for first in (0..CELLS).step_by(WINDOW * EVERY) {
        let window = read_window(&folder, first..first + WINDOW)?;
        let complete: Vec<usize> = (0..window.rows()).filter(|&row| window.complete(row)).collect();
        let scores = decide(&model, &window.select(&complete))?;
        let mut drawn = vec![f32::NAN; window.rows()];
        for (row, score) in complete.into_iter().zip(scores) {
            drawn[row] = score;
        }
        write_f32(&mut map, &drawn)?;
    }
    let (fit_s, predict_s, vectors) = (fitted - start, cpu_s() - fitted, model.support_vectors());
    println!(
        "{{\"fit_cpu_s\": {fit_s:.3}, \"predict_cpu_s\": {predict_s:.3}, \"vectors\": {vectors}, \"iterations\": {}}}",
        model.iterations
    );
    Ok(())
}

fn fit(features: &Table, deposit: Vec<bool>) -> Result<svm::Fitted> {
    let weight = vec![1.0; deposit.len()];
    let set = TrainingSet { features: features.clone(), deposit, weight };
    let settings = svm::Settings { class_weight: ClassWeight::Balanced, ..Default::default() };
    match settings.fit(&set, Seed(0)).map_err(Error::other)? {
        FittedModel::Svm(fitted) => Ok(fitted),
        _ => Err(Error::other("another model")),
    }
}

fn decide(model: &svm::Fitted, features: &Table) -> Result<Vec<f32>> {
    let values = model.decide(features).map_err(Error::other)?;
    Ok(values.into_iter().map(|value| value as f32).collect())
}
