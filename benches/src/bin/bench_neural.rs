//! CPU seconds of one step of the published networks, for `benches/neural.py`: pretraining (64 windows of
//! 33 x 33 cells x 14 layers, encoder 256 wide and 6 deep, decoder 128 and 2, three tokens in four hidden) and
//! fine-tuning of the same encoder (32 windows).
//!
//! A step's time is that of eight steps less that of two, over six. `RAYON_NUM_THREADS=1` for one thread.
#![expect(clippy::print_stdout, reason = "prints its result")]

use std::io::{Error, Result};

use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::neural::classifier::Window;
use paydirt_model::neural::masked_autoencoder::Settings;
use paydirt_model::neural::train::{Run, Training};
use paydirt_model::neural::{Around, GroundLayer, MemoryGround};
use paydirt_model::{Estimator, TrainingSet, vit};
use rand::RngExt;

const SIDE: usize = 100;
const LAYERS: usize = 14;
const STEPS: [usize; 2] = [2, 8];

fn main() -> Result<()> {
    let mut rng = Seed(1).rng();
    let layers = (0..LAYERS).map(|number| {
        let layer = GroundLayer::new(&format!("layer-{number}"), EvidenceType::Continuous);
        (layer, (0..SIDE * SIDE).map(|_| rng.random::<f32>()).collect())
    });
    let area = Mask::new(SIDE * SIDE, true);
    let ground = MemoryGround::new([SIDE, SIDE], layers.collect(), area).map_err(Error::other)?;
    let pretraining = step(|training| {
        let settings = Settings { training: Training { batch: 64, ..training }, ..published() };
        settings.fit(&ground, Seed(1), Run::default()).map(|_| ()).map_err(Error::other)
    })?;
    let tuning = step(|training| {
        let Settings { window_cells: cells, patch_cells, width, depth, heads, .. } = published();
        let window = Window { cells, augment: false, hidden_layers: 0.0, ..Window::default() };
        let training = Training { batch: 32, ..training };
        let settings = vit::Settings {
            window,
            patch_cells,
            width,
            depth,
            heads,
            training,
            ..Default::default()
        };
        let units: Vec<usize> = (0..256).map(|unit| unit * 37 % (SIDE * SIDE)).collect();
        let set = TrainingSet {
            features: Table::new(units.len(), Vec::new())
                .and_then(|table| table.at(Some(units.clone())))
                .map_err(Error::other)?,
            deposit: (0..units.len()).map(|unit| unit % 2 == 0).collect(),
            weight: vec![1.0; units.len()],
        };
        settings.fit_on(&set, Around::new(&ground), Seed(1)).map(|_| ()).map_err(Error::other)
    })?;
    println!(
        "{{\"pretraining_step_cpu_s\": {pretraining:.3}, \"tuning_step_cpu_s\": {tuning:.3}}}"
    );
    Ok(())
}

/// As published: nothing is hidden by layer, and the loss is over all that is known.
fn published() -> Settings {
    Settings {
        layer_mask_ratio: 0.0,
        loss_over: paydirt_model::neural::masked_autoencoder::LossOver::All,
        augment: false,
        ..Settings::default()
    }
}

/// CPU seconds of one step.
fn step(mut fit: impl FnMut(Training) -> Result<()>) -> Result<f64> {
    let mut times = [0.0; 2];
    for (time, steps) in times.iter_mut().zip(STEPS) {
        let start = cpu_s();
        fit(Training { steps: Some(steps), ..Training::default() })?;
        *time = cpu_s() - start;
    }
    Ok((times[1] - times[0]) / (STEPS[1] - STEPS[0]) as f64)
}

fn cpu_s() -> f64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
