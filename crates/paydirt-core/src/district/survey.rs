//! What people could see and where they looked: post-mineral cover, roads, chance of discovery.

use rand::RngExt;

use super::Settings;
use super::frame::Frame;
use super::noise::Field;
use super::trace::{Lines, Trace};
use crate::grid::Point;
use crate::mask::Mask;
use crate::seed::Seed;

/// Basins of post-mineral cover, drawn out along the strike: the given share of the study area.
pub(super) fn cover(frame: &Frame, seed: Seed, along: Point, share: f64) -> Mask {
    let [basins, shore] = [0, 1].map(|index| Field::new(seed.derive("cover", index), 2.0, 4));
    let depth = frame.draw(|place, _| {
        let length = place.easting * along.easting + place.northing * along.northing;
        let width = place.northing * along.easting - place.easting * along.northing;
        basins.at(Point { easting: 0.6 * length, northing: 1.6 * width }) + 0.5 * shore.at(place)
    });
    let shore = frame.quantile(&depth, 1.0 - share);
    Mask::from_fn(frame.grid.cells(), |unit| {
        share > 0.0 && depth[unit] >= shore && frame.area.get(unit)
    })
}

/// Roads that join four towns, one after the other, and run on to the edge of the district.
pub(super) fn roads(frame: &Frame, seed: Seed) -> Vec<Trace> {
    let mut rng = seed.derive("roads", 0).rng();
    let size = frame.size();
    let mut stops: Vec<Point> = (0..6)
        .map(|_| Point {
            easting: size.easting * rng.random_range(0.1..0.9),
            northing: size.northing * rng.random_range(0.1..0.9),
        })
        .collect();
    stops[0].easting = 0.0;
    stops[5].northing = size.northing;
    stops
        .windows(2)
        .map(|stops| Trace::between(stops[0], stops[1], 0.02, Seed(rng.random())))
        .collect()
}

/// The probability that a deposit in each cell is found; NaN outside. With the survey bias `s` and
/// the distance `d` to the nearest road it is `1 - s + s exp(-d / 0.06 S)` (`S` the longer side),
/// and `1 - 0.6 s` times that under cover.
pub(super) fn discovery(
    frame: &Frame,
    settings: &Settings,
    roads: &[Trace],
    cover: &Mask,
) -> Vec<f32> {
    let (bias, roads) = (settings.survey_bias, Lines::new(roads));
    frame.draw(|place, unit| {
        let seen = if cover.get(unit) { 1.0 - 0.6 * bias } else { 1.0 };
        match frame.area.get(unit) {
            true => seen * (1.0 - bias + bias * (-roads.distance(place) / 0.06).exp()),
            false => f64::NAN,
        }
    })
}
