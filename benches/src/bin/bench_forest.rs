//! Our side of `benches/forest.py`: five folds, the final fit, and the map, window by window.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{Error, Result};
use std::path::PathBuf;

use fs_err::File;
use paydirt_bench::{draw, out_of_fold, read_samples, write_f32};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::{Estimator, FittedModel, TrainingSet, forest};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or(Error::other("which folder?"))?);
    let seeds = arguments.next().and_then(|seeds| seeds.parse().ok());
    let (samples, deposit) = read_samples(&folder)?;
    let fold = fs_err::read(folder.join("fold.u8"))?;
    let mut held_out = File::create(folder.join("held-out-paydirt.f32"))?;
    for seed in 0..seeds.unwrap_or(1) {
        let judge = |train: &Table, labels, test: &Table| {
            fit(train, labels, Seed(seed))?.predict(test).map_err(Error::other)
        };
        write_f32(&mut held_out, &out_of_fold(&samples, &deposit, &fold, judge)?)?;
    }
    if seeds.is_none() {
        draw(&folder.join("map-paydirt.f32"), &folder, &*fit(&samples, deposit, Seed(0))?)?;
    }
    println!("{{}}");
    Ok(())
}

fn fit(features: &Table, deposit: Vec<bool>, seed: Seed) -> Result<FittedModel> {
    let weight = vec![1.0; deposit.len()];
    let set = TrainingSet { features: features.clone(), deposit, weight };
    let settings = forest::Settings { trees: 100, min_leaf: 1, ..Default::default() };
    settings.fit(&set, seed).map_err(Error::other)
}
