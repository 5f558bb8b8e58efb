//! Wandering lines: faults and roads.

use super::noise::Field;
use crate::grid::Point;
use crate::seed::Seed;
use crate::step::{Geometry, Shape};

/// Longest distance between two vertices, as a share of the district's longer side.
const STEP: f64 = 0.01;

/// A line that wanders about its chord: its vertices lie evenly along the chord, each a little to
/// the left or right of it.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    start: Point,
    along: Point,
    length: f64,
    offsets: Vec<f64>,
}

impl Trace {
    /// A line between two places that strays by about `wander` times its length.
    pub(super) fn between(start: Point, end: Point, wander: f64, seed: Seed) -> Self {
        let length = start.distance(end).max(STEP);
        let along = Point {
            easting: (end.easting - start.easting) / length,
            northing: (end.northing - start.northing) / length,
        };
        let steps = (length / STEP).ceil() as usize;
        let field = Field::new(seed, 3.0, 4);
        let offsets = (0..=steps)
            .map(|step| {
                let share = step as f64 / steps as f64;
                let taper = (8.0 * share * (1.0 - share)).min(1.0);
                wander * length * taper * field.at(Point { easting: share, northing: 0.0 })
            })
            .collect();
        Self { start, along, length, offsets }
    }

    /// A line about a middle.
    pub(super) fn through(middle: Point, along: Point, length: f64, seed: Seed) -> Self {
        let end = |share: f64| shifted(middle, along, share * length);
        Self::between(end(-0.5), end(0.5), 0.012, seed)
    }

    /// Steps aside by `jog` (to the left of its direction where positive) about a share of its
    /// length: a bend.
    pub(super) fn bend(&mut self, share: f64, jog: f64) {
        let steps = self.offsets.len() as f64 - 1.0;
        for (step, offset) in self.offsets.iter_mut().enumerate() {
            let ramp = ((step as f64 / steps - share) / 0.06 + 0.5).clamp(0.0, 1.0);
            *offset += jog * ramp;
        }
    }

    /// The share of the chord passed beside a place (0 to 1 between the ends), and how far the
    /// place lies to the left of the line; no distance beyond the ends.
    pub(super) fn beside(&self, place: Point) -> (f64, Option<f64>) {
        let from = [place.easting - self.start.easting, place.northing - self.start.northing];
        let share = (from[0] * self.along.easting + from[1] * self.along.northing) / self.length;
        let left = from[1] * self.along.easting - from[0] * self.along.northing;
        let between = (0.0..=1.0).contains(&share);
        (share, between.then(|| left - self.offset(share)))
    }

    fn offset(&self, share: f64) -> f64 {
        let steps = self.offsets.len() - 1;
        let step = share * steps as f64;
        let before = (step as usize).min(steps - 1);
        let part = step - before as f64;
        self.offsets[before] * (1.0 - part) + self.offsets[before + 1] * part
    }

    /// The place on the line at a share of its chord.
    pub(super) fn at(&self, share: f64) -> Point {
        let left = Point { easting: -self.along.northing, northing: self.along.easting };
        shifted(shifted(self.start, self.along, share * self.length), left, self.offset(share))
    }

    /// The line's vertices.
    pub(super) fn vertices(&self) -> Vec<Point> {
        let steps = self.offsets.len() - 1;
        (0..=steps).map(|step| self.at(step as f64 / steps as f64)).collect()
    }

    /// Where another line crosses this one.
    pub(super) fn crossings(&self, other: &Self) -> Vec<Point> {
        let sides: Vec<_> =
            other.vertices().into_iter().map(|place| (place, self.beside(place).1)).collect();
        sides
            .windows(2)
            .filter_map(|pair| match (pair[0].1, pair[1].1) {
                (Some(before), Some(after)) if (before < 0.0) != (after < 0.0) => {
                    let share = before / (before - after);
                    let step = [pair[0].0, pair[1].0];
                    Some(Point {
                        easting: step[0].easting + share * (step[1].easting - step[0].easting),
                        northing: step[0].northing + share * (step[1].northing - step[0].northing),
                    })
                }
                _ => None,
            })
            .collect()
    }
}

/// A place moved along a direction.
pub(super) fn shifted(place: Point, along: Point, distance: f64) -> Point {
    Point {
        easting: place.easting + distance * along.easting,
        northing: place.northing + distance * along.northing,
    }
}

/// A vector feature of one line.
pub(super) fn shape(line: impl Iterator<Item = Point>) -> Shape {
    let line = line.map(|place| [place.easting, place.northing]).collect();
    Shape { geometry: Geometry::Lines(vec![line]), value: None }
}

/// Lines to measure distances from, each with the box in which it lies.
#[derive(Clone, Debug)]
pub(super) struct Lines(Vec<(Vec<Point>, [f64; 4])>);

impl Lines {
    pub(super) fn new(traces: &[Trace]) -> Self {
        let boxed = |trace: &Trace| {
            let line = trace.vertices();
            let around = line.iter().fold(
                [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
                |[west, south, east, north], place| {
                    [
                        west.min(place.easting),
                        south.min(place.northing),
                        east.max(place.easting),
                        north.max(place.northing),
                    ]
                },
            );
            (line, around)
        };
        Self(traces.iter().map(boxed).collect())
    }

    /// Straight-line distance to the nearest line.
    pub(super) fn distance(&self, place: Point) -> f64 {
        let mut nearest = f64::INFINITY;
        for (line, [west, south, east, north]) in &self.0 {
            let aside = (west - place.easting).max(place.easting - east).max(0.0);
            let beyond = (south - place.northing).max(place.northing - north).max(0.0);
            if aside * aside + beyond * beyond < nearest {
                for pair in line.windows(2) {
                    nearest = nearest.min(squared_distance(place, pair[0], pair[1]));
                }
            }
        }
        nearest.sqrt()
    }
}

fn squared_distance(place: Point, start: Point, end: Point) -> f64 {
    let step = [end.easting - start.easting, end.northing - start.northing];
    let from = [place.easting - start.easting, place.northing - start.northing];
    let square = (step[0] * step[0] + step[1] * step[1]).max(f64::MIN_POSITIVE);
    let share = ((from[0] * step[0] + from[1] * step[1]) / square).clamp(0.0, 1.0);
    (from[0] - share * step[0]).powi(2) + (from[1] - share * step[1]).powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(easting: f64, northing: f64) -> Point {
        Point { easting, northing }
    }

    #[test]
    fn straight_lines_cross_and_measure_as_on_paper() {
        let east = Trace::between(at(0.0, 0.0), at(1.0, 0.0), 0.0, Seed(1));
        let north = Trace::between(at(0.25, -1.0), at(0.25, 1.0), 0.0, Seed(2));
        let [crossing] = east.crossings(&north)[..] else { panic!("one crossing") };
        assert!(crossing.distance(at(0.25, 0.0)) < 1e-12);
        assert!(north.crossings(&east).len() == 1);
        let lines = Lines::new(&[east, north]);
        assert!((lines.distance(at(1.3, 0.4)) - 0.5).abs() < 1e-12);
        assert!((lines.distance(at(0.3, 0.5)) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn a_line_passes_through_its_own_vertices() {
        let mut line = Trace::between(at(0.1, 0.2), at(0.8, 0.9), 0.05, Seed(5));
        line.bend(0.4, 0.03);
        for place in line.vertices() {
            let (_, left) = line.beside(place);
            assert!(left.is_none_or(|left| left.abs() < 1e-9));
        }
        assert!(Lines::new(std::slice::from_ref(&line)).distance(line.at(0.123)) < 1e-12);
    }
}
