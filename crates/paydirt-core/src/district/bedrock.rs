//! Bedrock: folded beds, offset by faults and cut by the intrusion.

use std::f64::consts::PI;

use rand::RngExt;

use super::frame::Frame;
use super::noise::Field;
use super::structure::{Structure, direction};
use crate::grid::Point;
use crate::seed::Seed;

/// A unit of the lithology layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RockUnit {
    /// Name.
    pub name: &'static str,
    /// How favourable a host it is: 1 the best, 0 no host.
    pub host: f64,
    /// Share of the study area, before the intrusion cuts it; 0 for the intrusion itself.
    pub share: f64,
    /// Magnetic anomaly in nT.
    pub magnetic_nt: f64,
}

const fn unit(name: &'static str, host: f64, share: f64, magnetic_nt: f64) -> RockUnit {
    RockUnit { name, host, share, magnetic_nt }
}

/// The rock units from the oldest bed to the youngest, then the intrusion. Class `n` of the layer
/// `lithology` is the `n`-th of them, counted from 1.
pub const LITHOLOGY: [RockUnit; 7] = [
    unit("quartzite", 0.0, 0.18, 0.0),
    unit("shale", 0.0, 0.22, 5.0),
    unit("limestone", 1.0, 0.14, 0.0),
    unit("basalt", 0.0, 0.14, 40.0),
    unit("dolomite", 0.6, 0.08, 0.0),
    unit("greywacke", 0.0, 0.24, 5.0),
    unit("granodiorite", 0.0, 0.0, 20.0),
];

/// The class of the intrusion.
const INTRUSION: f64 = LITHOLOGY.len() as f64;

/// The unit of a class of the layer `lithology`.
pub(super) fn rock(class: f32) -> RockUnit {
    LITHOLOGY[(class as usize).clamp(1, LITHOLOGY.len()) - 1]
}

/// How high the present surface stands in the pile of beds: plunging folds whose axes follow the
/// strike, warped, and offset by the faults.
fn level(frame: &Frame, seed: Seed, strike: f64, structure: &Structure) -> Vec<f32> {
    let mut rng = seed.derive("folds", 0).rng();
    let axis = direction(strike + rng.random_range(-0.35..0.35));
    let (folds, phase) = (rng.random_range(2.2..3.4), rng.random_range(0.0..1.0));
    let plunge = rng.random_range(0.8..1.5) * if rng.random() { 1.0 } else { -1.0 };
    let [warp, swell] = [0, 1].map(|index| Field::new(seed.derive("beds", index), 2.5, 5));
    frame.draw(|place: Point, _| {
        let along = place.easting * axis.easting + place.northing * axis.northing;
        let across = place.northing * axis.easting - place.easting * axis.northing;
        let wave = (2.0 * PI * (folds * across + 0.16 * warp.at(place) + phase)).sin();
        0.45 * wave + plunge * along + 0.12 * swell.at(place) + structure.displacement(place)
    })
}

/// The lithology layer. `intrusion_distance` holds one value a cell.
pub(super) fn lithology(
    frame: &Frame,
    seed: Seed,
    strike: f64,
    structure: &Structure,
    intrusion_distance: &[f32],
) -> Vec<f32> {
    let level = level(frame, seed, strike, structure);
    let mut share = 0.0;
    let beds = &LITHOLOGY[..LITHOLOGY.len() - 2];
    let tops = beds.iter().map(|bed| {
        share += bed.share;
        frame.quantile(&level, share)
    });
    let tops: Vec<f32> = tops.collect();
    frame.draw(|_, unit| match intrusion_distance[unit] {
        0.0 => INTRUSION,
        _ => 1.0 + tops.iter().filter(|top| level[unit] >= **top).count() as f64,
    })
}
