//! The synthetic district: a mineral district made from a seed, whose truth is known.
//!
//! Folded beds with favourable hosts are offset by faults of a dominant strike and cut by a fertile
//! intrusion; faults trap fluids where they cross or bend open. Deposits are drawn from a
//! [stated probability](truth) of these. Evidence shows the geology through noise, cover hides part
//! of it, decoys show nothing, and deposits are found mostly where people looked.

use std::f64::consts::PI;
use std::sync::Arc;

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::grid::{Grid, Point};
use crate::layer::Layer;
use crate::mask::Mask;
use crate::seed::Seed;
use crate::step::Shape;
use crate::{Error, Result};

mod bedrock;
mod deposits;
mod evidence;
mod frame;
mod intrusion;
mod noise;
mod structure;
mod survey;
mod trace;
pub mod truth;

pub use bedrock::{LITHOLOGY, RockUnit};

use evidence::{INFORMATIVE, Survey};
use frame::Frame;
use intrusion::Intrusion;
use noise::Field;
use structure::{Structure, direction};
use trace::{Lines, Trace, shape};
use truth::Drivers;

/// What decides where deposits lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    /// The geology, by the stated probability.
    #[default]
    Geology,
    /// Chance alone: deposits lie in clusters that have nothing to do with the geology, so honest
    /// scores are no better than guessing and dishonest ones are. Which of them are found still
    /// depends on roads and cover unless `survey_bias` is 0.
    ClusteredNoise,
}

/// Settings of a synthetic district.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Rows of the grid, 20 to 10000.
    pub rows: usize,
    /// Columns of the grid, 20 to 10000.
    pub cols: usize,
    /// Size of a cell in metres, 0.001 to 1000000.
    pub cell_m: f64,
    /// Expected number of deposits, found or not; at least 0.000001 and at most half the cells of the study area.
    pub deposits: f64,
    /// Number of layers of white noise, at most 1000.
    pub noise_layers: usize,
    /// How much discovery depends on where people looked: 0, every deposit is found; 1, only near
    /// roads and seldom under cover.
    pub survey_bias: f64,
    /// Share of the study area under post-mineral cover, 0 to 1: there is no geochemistry and no
    /// metamorphic grade there.
    pub cover_share: f64,
    /// What decides where deposits lie.
    pub labels: Labels,
    /// Seed: the same settings make the same district.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            rows: 300,
            cols: 400,
            cell_m: 100.0,
            deposits: 60.0,
            noise_layers: 2,
            survey_bias: 0.5,
            cover_share: 0.25,
            labels: Labels::Geology,
            seed: 7,
        }
    }
}

/// A deposit of the district.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deposit {
    /// The cell in which it lies.
    pub unit: usize,
    /// Where it lies.
    pub place: Point,
    /// Its own name.
    pub name: String,
    /// The camp to which it belongs, for groups.
    pub district: String,
    /// Whether anybody has found it.
    pub found: bool,
    /// The year in which it was found, from [`FIRST_YEAR`] on; none where nobody has.
    pub year: Option<i32>,
}

/// The year in which people began to look.
pub const FIRST_YEAR: i32 = 1900;
/// Years in which they have looked.
pub const YEARS: i32 = 120;

/// A mineral district whose truth is known.
#[derive(Clone, Debug)]
pub struct District {
    /// The grid, in metres of a local system.
    pub grid: Grid,
    /// The study area: never the whole grid.
    pub area: Arc<Mask>,
    /// The evidence layers.
    pub layers: Vec<Layer>,
    /// The faults as lines, some of which run on past the edge of the grid. The layer
    /// `fault_distance` is measured from them.
    pub faults: Vec<Shape>,
    /// The roads as lines, near which people have looked.
    pub roads: Vec<Shape>,
    /// All deposits, found or not, by cell. No cell has two.
    pub deposits: Vec<Deposit>,
    /// Cells under post-mineral cover.
    pub cover: Mask,
    /// For each cell, the [probability](truth) that it holds a deposit given its geology; NaN
    /// outside. With clustered noise it is the same everywhere, as geology says nothing.
    pub truth: Vec<f32>,
    /// For each cell, the probability that a deposit in it is found; NaN outside.
    pub discovery: Vec<f32>,
    /// Names of the layers that bear on the truth; none with clustered noise.
    pub drivers: Vec<String>,
    /// Names of the other layers.
    pub decoys: Vec<String>,
}

/// Makes the district of some settings: the same bits for any number of threads.
///
/// # Errors
/// [`Error::BadSetting`] for a setting outside its range.
///
/// ```
/// use paydirt_core::district::{Settings, generate};
/// let district = generate(&Settings { rows: 60, cols: 80, deposits: 40.0, ..Settings::default() })?;
/// let expected: f32 = district.truth.iter().filter(|p| p.is_finite()).sum();
/// assert!((expected - 40.0).abs() < 0.01);
/// # Ok::<(), paydirt_core::Error>(())
/// ```
pub fn generate(settings: &Settings) -> Result<District> {
    check(settings)?;
    let seed = Seed(settings.seed).derive("district", 0);
    let frame = Frame::new(settings, seed)?;
    check_deposits(settings, frame.area.count())?;
    let strike = PI * seed.derive("strike", 0).rng().random::<f64>();
    let intrusion = Intrusion::new(seed, strike, frame.size());
    let structure = Structure::new(seed, strike, frame.size(), &intrusion);
    let faults = structure.traces();
    let drivers = measure(&frame, seed, strike, &structure, &intrusion);
    let log_odds = truth::log_odds(&frame, &drivers);

    let cover = survey::cover(&frame, seed, direction(strike), settings.cover_share);
    let roads = survey::roads(&frame, seed);
    let discovery = survey::discovery(&frame, settings, &roads, &cover);
    let layers = Survey { frame: &frame, seed, drivers: &drivers, cover: &cover }
        .layers(settings, &intrusion, &log_odds);
    drop(drivers);

    let (truth, probability) = probabilities(&frame, seed, settings, &log_odds);
    let deposits = deposits::draw(&frame, seed, probability.as_ref().unwrap_or(&truth), &discovery);
    let (drivers, decoys) = layers.iter().map(|layer| layer.info.name.clone()).partition(|name| {
        settings.labels == Labels::Geology && INFORMATIVE.contains(&name.as_str())
    });
    let (faults, roads) = (shapes(&frame, &faults), shapes(&frame, &roads));
    let Frame { grid, area, .. } = frame;
    Ok(District {
        grid,
        area,
        layers,
        faults,
        roads,
        deposits,
        cover,
        truth,
        discovery,
        drivers,
        decoys,
    })
}

/// What deposits depend on, measured in every cell.
fn measure(
    frame: &Frame,
    seed: Seed,
    strike: f64,
    structure: &Structure,
    intrusion: &Intrusion,
) -> Drivers {
    let lines = Lines::new(&structure.traces());
    let intrusion_distance = frame.draw(|place, _| intrusion.distance(place));
    Drivers {
        lithology: bedrock::lithology(frame, seed, strike, structure, &intrusion_distance),
        fault_distance: frame.draw(|place, _| lines.distance(place)),
        trap_distance: frame.draw(|place, _| structure.trap_distance(place)),
        intrusion_distance,
    }
}

/// The truth and, where deposits are not drawn from it, the probabilities they are drawn from.
fn probabilities(
    frame: &Frame,
    seed: Seed,
    settings: &Settings,
    log_odds: &[f32],
) -> (Vec<f32>, Option<Vec<f32>>) {
    let calibrated = |log_odds: &[f32]| truth::calibrated(frame, log_odds, settings.deposits);
    match settings.labels {
        Labels::Geology => (calibrated(log_odds), None),
        Labels::ClusteredNoise => {
            let clusters = Field::new(seed.derive("clusters", 0), 7.0, 2);
            let clustered = frame.draw(|place, _| 2.5 * clusters.at(place));
            (calibrated(&vec![0.0; log_odds.len()]), Some(calibrated(&clustered)))
        }
    }
}

fn shapes(frame: &Frame, traces: &[Trace]) -> Vec<Shape> {
    let on_map = |trace: &Trace| shape(trace.vertices().into_iter().map(|at| frame.on_map(at)));
    traces.iter().map(on_map).collect()
}

fn check(settings: &Settings) -> Result<()> {
    let Settings { rows, cols, cell_m, noise_layers, survey_bias, cover_share, .. } = settings;
    let sides = 20..=10_000;
    let share = 0.0..=1.0;
    let refuse = |ok: bool, key: &str, found: &dyn ToString, expected: &str| match ok {
        true => Ok(()),
        false => Err(bad_setting(key, found.to_string(), expected.into())),
    };
    refuse(sides.contains(rows), "rows", rows, "20 to 10000")?;
    refuse(sides.contains(cols), "cols", cols, "20 to 10000")?;
    refuse((1e-3..=1e6).contains(cell_m), "cell_m", cell_m, "0.001 to 1000000")?;
    refuse(*noise_layers <= 1000, "noise_layers", noise_layers, "at most 1000")?;
    refuse(share.contains(survey_bias), "survey_bias", survey_bias, "0 to 1")?;
    refuse(share.contains(cover_share), "cover_share", cover_share, "0 to 1")
}

fn check_deposits(settings: &Settings, cells: usize) -> Result<()> {
    let most = cells as f64 / 2.0;
    if (1e-6..=most).contains(&settings.deposits) {
        return Ok(());
    }
    let expected = format!("0.000001 to {most}, half the cells of the study area");
    Err(bad_setting("deposits", settings.deposits.to_string(), expected))
}

fn bad_setting(key: &str, found: String, expected: String) -> Error {
    Error::BadSetting { key: key.into(), found, expected }
}

#[cfg(test)]
mod tests;
