//! CPU seconds of one step of the published networks, for `benches/neural.py`: pretraining (64 windows of
//! 33 x 33 cells x 14 layers, encoder 256 wide and 6 deep, decoder 128 and 2, three tokens in four hidden) and
//! fine-tuning of the same encoder (32 windows); and of a residual network: 16 windows of 64 x 64 cells x 12
//! layers, each with a plane of what is not known, stages of 32, 64, 128 and 256 channels with 2 blocks
//! each: one step, and the scores of as many windows; and of the U-Net that fills in records: 8 tiles of 50 x 50
//! cells and ten species, an encoder of 18 layers from 32 planes on: one step, and as many tiles filled in.
//!
//! A step's time is that of eight steps less that of two, over six. `RAYON_NUM_THREADS=1` for one thread.
#![expect(clippy::print_stdout, reason = "prints its result")]

use std::io::{Error, Result};

use paydirt_core::grid::{Crs, GeoTransform, Grid, Point};
use paydirt_core::infill::mask::{self, Mode};
use paydirt_core::infill::occurrence::{Record, Rules, sites};
use paydirt_core::infill::side::{self, Side, Sides};
use paydirt_core::infill::{Field, SpeciesLayers};
use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use paydirt_model::infill::network::{self, Body, Learning};
use paydirt_model::infill::{Infiller, asks};
use paydirt_model::neural::classifier::Window;
use paydirt_model::neural::masked_autoencoder::Settings;
use paydirt_model::neural::train::{Run, Training};
use paydirt_model::neural::unet;
use paydirt_model::neural::{Around, GroundLayer, MemoryGround};
use paydirt_model::{Estimator, FittedModel, TrainingSet, resnet, vit};
use rand::RngExt;

const SIDE: usize = 100;
const LAYERS: usize = 14;
const STEPS: [usize; 2] = [2, 8];
/// Windows of a step of the residual network, and layers that it sees.
const WINDOWS: usize = 16;
const SEEN: usize = 12;
/// Tiles of a step of the network that fills in records, and species.
const TILES: usize = 8;
const SPECIES: usize = 10;

fn main() -> Result<()> {
    let ground = ground(LAYERS)?;
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
        fit(&settings, &ground).map(|_| ())
    })?;
    let [residual, scores] = convolutions()?;
    let [infilling, filled] = infilling()?;
    println!(
        "{{\"pretraining_step_cpu_s\": {pretraining:.3}, \"tuning_step_cpu_s\": {tuning:.3}, \
         \"residual_step_cpu_s\": {residual:.3}, \"residual_scores_cpu_s\": {scores:.3}, \
         \"infilling_step_cpu_s\": {infilling:.3}, \"infilling_tiles_cpu_s\": {filled:.3}}}"
    );
    Ok(())
}

/// Layers of noise.
fn ground(layers: usize) -> Result<MemoryGround> {
    let mut rng = Seed(1).rng();
    let layers = (0..layers).map(|number| {
        let layer = GroundLayer::new(&format!("layer-{number}"), EvidenceType::Continuous);
        (layer, (0..SIDE * SIDE).map(|_| rng.random::<f32>()).collect())
    });
    let area = Mask::new(SIDE * SIDE, true);
    MemoryGround::new([SIDE, SIDE], layers.collect(), area).map_err(Error::other)
}

/// Fits a model of windows on 256 of them.
fn fit(settings: &dyn Estimator, ground: &MemoryGround) -> Result<FittedModel> {
    let units = units(256);
    let set = TrainingSet {
        features: rows(&units)?,
        deposit: (0..units.len()).map(|unit| unit % 2 == 0).collect(),
        weight: vec![1.0; units.len()],
    };
    settings.fit_on(&set, Around::new(ground), Seed(1)).map_err(Error::other)
}

/// Rows without columns of their own: networks of windows look at the ground.
fn rows(units: &[usize]) -> Result<Table> {
    let table = Table::new(units.len(), Vec::new()).map_err(Error::other)?;
    table.at(Some(units.to_vec())).map_err(Error::other)
}

fn units(count: usize) -> Vec<usize> {
    (0..count).map(|unit| unit * 37 % (SIDE * SIDE)).collect()
}

/// CPU seconds of a step of the residual network, and of the scores of as many windows.
fn convolutions() -> Result<[f64; 2]> {
    let ground = ground(SEEN)?;
    let window = Window { cells: 64, augment: false, hidden_layers: 0.0, ..Window::default() };
    let widths = vec![32, 64, 128, 256];
    let settings = resnet::Settings { window, widths, blocks: 2, ..Default::default() };
    let mut fitted = None;
    let step = step(|training| {
        let training = Training { batch: WINDOWS, ..training };
        fitted = Some(fit(&resnet::Settings { training, ..settings.clone() }, &ground)?);
        Ok(())
    })?;
    let Some(fitted) = fitted else { return Err(Error::other("no fit")) };
    let mut times = [0.0; 2];
    for (time, batches) in times.iter_mut().zip(STEPS) {
        let units = units(batches * WINDOWS);
        let rows = rows(&units)?;
        let start = cpu_s();
        fitted.predict_on(&rows, &ground).map_err(Error::other)?;
        *time = cpu_s() - start;
    }
    Ok([step, (times[1] - times[0]) / (STEPS[1] - STEPS[0]) as f64])
}

/// Records of ten species strewn over 400 x 400 cells, and the sides of it.
fn records() -> Result<(Field, Sides)> {
    let side = 400_usize;
    let transform =
        GeoTransform { west: 0.0, north: side as f64, cell_width: 1.0, cell_height: 1.0 };
    let grid = Grid::new(Crs::local_metres(), transform, side, side).map_err(Error::other)?;
    let names: Vec<String> = (0..SPECIES).map(|number| format!("species-{number}")).collect();
    let mut rng = Seed(1).rng();
    let mut record = || Record {
        id: None,
        name: None,
        commodities: vec![names[rng.random_range(0..SPECIES)].clone()],
        status: None,
        score: None,
        place: Point {
            easting: rng.random_range(0.0..side as f64),
            northing: rng.random_range(0.0..side as f64),
        },
    };
    let records: Vec<Record> = (0..20_000).map(|_| record()).collect();
    let sites = sites(&records, &Rules::default());
    let layers = SpeciesLayers::new(grid, &sites, &names).map_err(Error::other)?;
    let split = side::Settings {
        block_m: 100.0,
        test_blocks: vec![[0, 0], [3, 3]],
        ..side::Settings::default()
    };
    let sides = split.part(&layers, Seed(1)).map_err(Error::other)?;
    Ok((
        Field { layers, auxiliary: Vec::new(), plane_layers: Vec::new(), spectra: None, side: 50 },
        sides,
    ))
}

/// CPU seconds of a step of the network that fills in records, and of as many tiles filled in.
fn infilling() -> Result<[f64; 2]> {
    let (field, sides) = records()?;
    let mask = mask::Settings::default();
    let on = Learning { field: &field, sides: &sides, mask: &mask };
    let settings = network::Settings {
        body: Body::Unet(unet::Size { depth: 18, width: 32, stages: 4, gated: false }),
        tiles_per_epoch: TILES,
        augment: false,
        ..network::Settings::default()
    };
    let mut fitted = None;
    let step = step(|training| {
        let training = Training { batch: TILES, epochs: 1_000, ..training };
        let settings = network::Settings { training, ..settings.clone() };
        fitted = Some(settings.fit(on, Seed(1), Run::default()).map_err(Error::other)?.0);
        Ok(())
    })?;
    let Some(fitted) = fitted else { return Err(Error::other("no fit")) };
    let shape = mask::Shape { species: SPECIES, side: field.side };
    let tiles = sides.tiles(&field, Side::Training);
    let series = mask.series(Mode::OneLayer, &tiles, shape, (2, Seed(7)));
    let asked = asks(&field, &series);
    let mut times = [0.0; 2];
    for (time, batches) in times.iter_mut().zip(STEPS) {
        let count = batches * TILES;
        if asked.len() < count {
            return Err(Error::other(format!("{} tiles, {count} are wanted", asked.len())));
        }
        let start = cpu_s();
        fitted.fill(&asked[..count]).map_err(Error::other)?;
        *time = cpu_s() - start;
    }
    Ok([step, (times[1] - times[0]) / (STEPS[1] - STEPS[0]) as f64])
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
