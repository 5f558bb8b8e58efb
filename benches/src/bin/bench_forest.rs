//! Our side of `benches/forest.py`: five folds, the final fit, and the map, window by window.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::io::{Error, Result};
use std::path::{Path, PathBuf};

use fs_err::File;
use paydirt_bench::{read_f32, table, write_f32};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::{Estimator, FittedModel, Predictor, TrainingSet, forest};

const CELLS: usize = 2000 * 2000;
const LAYERS: usize = 10;
const WINDOW: usize = 200_000;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or(Error::other("which folder?"))?);
    let seeds = arguments.next().and_then(|seeds| seeds.parse().ok());
    let (samples, deposit) = read_samples(&folder)?;
    let fold = fs_err::read(folder.join("fold.u8"))?;
    let mut held_out = File::create(folder.join("held-out-paydirt.f32"))?;
    for seed in 0..seeds.unwrap_or(1) {
        write_f32(&mut held_out, &out_of_fold(&samples, &deposit, &fold, Seed(seed))?)?;
    }
    if seeds.is_none() {
        draw(&folder, &*fit(&samples, deposit, Seed(0))?)?;
    }
    println!("{{}}");
    Ok(())
}

/// Each sample's score from the forest that did not see its fold.
fn out_of_fold(samples: &Table, deposit: &[bool], fold: &[u8], seed: Seed) -> Result<Vec<f32>> {
    let mut held_out = vec![0.0; deposit.len()];
    for part in 0..5 {
        let (test, train): (Vec<usize>, Vec<usize>) =
            (0..deposit.len()).partition(|&row| fold[row] == part);
        let labels = train.iter().map(|&row| deposit[row]).collect();
        let model = fit(&samples.select(&train), labels, seed)?;
        let scores = model.predict(&samples.select(&test)).map_err(Error::other)?;
        for (row, score) in test.into_iter().zip(scores) {
            held_out[row] = score;
        }
    }
    Ok(held_out)
}

fn fit(features: &Table, deposit: Vec<bool>, seed: Seed) -> Result<FittedModel> {
    let weight = vec![1.0; deposit.len()];
    let set = TrainingSet { features: features.clone(), deposit, weight };
    let settings = forest::Settings { trees: 100, min_leaf: 1, ..Default::default() };
    settings.fit(&set, seed).map_err(Error::other)
}

fn read_samples(folder: &Path) -> Result<(Table, Vec<bool>)> {
    let cells = fs_err::read(folder.join("cells.i32"))?;
    let cells: Vec<usize> = cells
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize)
        .collect();
    let mut columns = Vec::new();
    for layer in 0..LAYERS {
        let values = read_f32(&folder.join(format!("layer-{layer}.f32")), 0..CELLS)?;
        columns.push(cells.iter().map(|&cell| values[cell]).collect());
    }
    let deposit = fs_err::read(folder.join("deposit.u8"))?;
    Ok((table(columns)?, deposit.into_iter().map(|byte| byte == 1).collect()))
}

fn draw(folder: &Path, model: &dyn Predictor) -> Result<()> {
    let mut map = File::create(folder.join("map-paydirt.f32"))?;
    for first in (0..CELLS).step_by(WINDOW) {
        let range = first..(first + WINDOW).min(CELLS);
        let columns = (0..LAYERS)
            .map(|layer| read_f32(&folder.join(format!("layer-{layer}.f32")), range.clone()))
            .collect::<Result<_>>()?;
        let window = table(columns)?;
        let complete: Vec<usize> = (0..window.rows()).filter(|&row| window.complete(row)).collect();
        let scores = model.predict(&window.select(&complete)).map_err(Error::other)?;
        let mut drawn = vec![f32::NAN; window.rows()];
        for (row, score) in complete.into_iter().zip(scores) {
            drawn[row] = score;
        }
        write_f32(&mut map, &drawn)?;
    }
    Ok(())
}
