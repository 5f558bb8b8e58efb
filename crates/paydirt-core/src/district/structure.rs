//! Structure: faults with a dominant strike, and the places where they hold rock open.

use std::f64::consts::PI;

use rand::RngExt;

use super::intrusion::Intrusion;
use super::trace::{Trace, shifted};
use crate::grid::Point;
use crate::seed::{Rng, Seed};

/// Faults along the strike.
const MAIN_FAULTS: u64 = 7;
/// Shorter faults across them.
const CROSS_FAULTS: u64 = 7;

/// A fault: its trace, and by how much it offsets the beds at its middle.
#[derive(Clone, Debug)]
struct Fault {
    trace: Trace,
    throw: f64,
}

/// The fault network.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    faults: Vec<Fault>,
    /// Structural traps: releasing bends of main faults, and places where two faults cross.
    traps: Vec<Point>,
}

/// A direction at an angle, anticlockwise from east.
pub(super) fn direction(angle: f64) -> Point {
    let (northing, easting) = angle.sin_cos();
    Point { easting, northing }
}

impl Structure {
    /// Main faults side by side along the strike, of which the first passes the intrusion, and
    /// cross faults that start from them.
    pub(super) fn new(seed: Seed, strike: f64, size: Point, intrusion: &Intrusion) -> Self {
        let mut rng = seed.derive("faults", 0).rng();
        let mut faults: Vec<Fault> = Vec::new();
        let mut traps = Vec::new();
        for index in 0..MAIN_FAULTS {
            let (fault, trap) = main_fault(index, strike, size, intrusion, &mut rng);
            faults.push(fault);
            traps.extend(trap);
        }
        for index in 0..CROSS_FAULTS {
            let parent = rng.random_range(0..MAIN_FAULTS.min(1 + 2 * index)) as usize;
            let middle = faults[parent].trace.at(rng.random_range(0.15..0.85));
            let turn = rng.random_range(0.28..0.4) * PI * if index % 3 == 0 { -1.0 } else { 1.0 };
            let length = rng.random_range(0.12..0.4);
            let line = Seed(rng.random());
            let trace = Trace::through(middle, direction(strike + turn), length, line);
            faults.push(Fault { trace, throw: rng.random_range(-0.15..0.15) });
        }
        for (index, fault) in faults.iter().enumerate() {
            for other in &faults[..index] {
                traps.extend(fault.trace.crossings(&other.trace));
            }
        }
        Self { faults, traps }
    }

    /// The faults as lines.
    pub(super) fn traces(&self) -> Vec<Trace> {
        self.faults.iter().map(|fault| fault.trace.clone()).collect()
    }

    /// Straight-line distance to the nearest structural trap.
    pub(super) fn trap_distance(&self, place: Point) -> f64 {
        self.traps.iter().map(|trap| trap.distance(place)).fold(f64::INFINITY, f64::min)
    }

    /// How far the faults have moved the beds at a place: most beside the middle of a fault, nothing
    /// beyond its tips, opposite on its two sides.
    pub(super) fn displacement(&self, place: Point) -> f64 {
        let moved = |fault: &Fault| match fault.trace.beside(place) {
            (share, Some(left)) => {
                let profile = 4.0 * share * (1.0 - share) * (-left.abs() / 0.2).exp();
                0.5 * fault.throw * profile * left.signum()
            }
            _ => 0.0,
        };
        self.faults.iter().map(moved).sum()
    }
}

/// One main fault and its releasing bend, if its bend is one.
fn main_fault(
    index: u64,
    strike: f64,
    size: Point,
    intrusion: &Intrusion,
    rng: &mut Rng,
) -> (Fault, Option<Point>) {
    let along = direction(strike + rng.random_range(-0.15..0.15));
    let across = direction(strike + PI / 2.0);
    let span = (across.easting * size.easting).abs() + (across.northing * size.northing).abs();
    let lane = (index as f64 + rng.random_range(0.1..0.9)) / MAIN_FAULTS as f64 - 0.5;
    let centre = Point { easting: size.easting / 2.0, northing: size.northing / 2.0 };
    let slide = rng.random_range(-0.2..0.2);
    let middle = match index {
        0 => intrusion.beside(across),
        _ => shifted(shifted(centre, across, lane * span), along, slide),
    };
    let length = rng.random_range(0.4..0.95);
    let mut trace = Trace::through(middle, along, length, Seed(rng.random()));
    let releasing = index == 0 || rng.random_bool(0.6);
    let bend = if index == 0 { 0.5 } else { rng.random_range(0.3..0.7) };
    trace.bend(bend, rng.random_range(0.012..0.025) * if releasing { 1.0 } else { -1.0 });
    let throw = rng.random_range(0.15..0.55) * if rng.random() { 1.0 } else { -1.0 };
    let trap = releasing.then(|| trace.at(bend));
    (Fault { trace, throw }, trap)
}
