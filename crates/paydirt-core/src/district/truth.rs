//! The truth: the probability that a cell holds a deposit, given its geology.
//!
//! The log odds of a cell are
//!
//! `b + 2 H + 1.5 F + 2 T + 3 I + 2 H F`
//!
//! with its host rock `H` ([`RockUnit::host`](super::RockUnit)), its fault `F` =
//! exp(-d / 0.012 S), its structural trap `T` = exp(-d / 0.03 S) and its intrusion `I` =
//! exp(-d / 0.1 S), where `d` is the distance to the nearest of each and `S` the longer side of the
//! district; `I` is halved inside the intrusion. `b` makes the probabilities of the study area sum
//! to the expected number of deposits.

use rayon::prelude::*;

use super::bedrock::rock;
use super::frame::Frame;

/// What deposits depend on: one value a cell each, distances as shares of the longer side.
#[derive(Clone, Debug)]
pub(super) struct Drivers {
    pub(super) lithology: Vec<f32>,
    pub(super) fault_distance: Vec<f32>,
    pub(super) trap_distance: Vec<f32>,
    pub(super) intrusion_distance: Vec<f32>,
}

/// How near an intrusion is, 1 at its contact.
pub(super) fn heat(intrusion_distance: f32) -> f64 {
    (-f64::from(intrusion_distance) / 0.1).exp()
}

/// Log odds of each cell, without `b`.
pub(super) fn log_odds(frame: &Frame, drivers: &Drivers) -> Vec<f32> {
    frame.draw(|_, unit| {
        let near = |distance: &[f32], reach: f64| (-f64::from(distance[unit]) / reach).exp();
        let host = rock(drivers.lithology[unit]).host;
        let fault = near(&drivers.fault_distance, 0.012);
        let trap = near(&drivers.trap_distance, 0.03);
        let inside = drivers.intrusion_distance[unit] == 0.0;
        let intrusion = heat(drivers.intrusion_distance[unit]) * if inside { 0.5 } else { 1.0 };
        2.0 * host + 1.5 * fault + 2.0 * trap + 3.0 * intrusion + 2.0 * host * fault
    })
}

/// Probabilities with the given log odds but for one constant, which makes those of the study area
/// sum to `expected`; NaN outside. `expected` is less than the number of its cells.
pub(super) fn calibrated(frame: &Frame, log_odds: &[f32], expected: f64) -> Vec<f32> {
    let inside: Vec<f32> = frame.area.iter().map(|unit| log_odds[unit]).collect();
    let top = inside.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut constant = (expected / inside.len().max(1) as f64).ln() - f64::from(top);
    // Newton on the logarithm of the sum, which is concave: from below it never steps past the root.
    for _ in 0..100 {
        let (sum, slope) = sum_and_slope(&inside, constant);
        let step = (expected / sum).ln() * sum / slope;
        constant += step;
        if step.abs() < 1e-12 {
            break;
        }
    }
    frame.draw(|_, unit| match frame.area.get(unit) {
        true => logistic(f64::from(log_odds[unit]) + constant),
        false => f64::NAN,
    })
}

/// The sum of the probabilities and its slope by the constant, added in the order of the cells.
fn sum_and_slope(log_odds: &[f32], constant: f64) -> (f64, f64) {
    let of_chunk = |chunk: &[f32]| {
        chunk.iter().fold((0.0, 0.0), |(sum, slope), odds| {
            let p = logistic(f64::from(*odds) + constant);
            (sum + p, slope + p * (1.0 - p))
        })
    };
    let chunks: Vec<(f64, f64)> = log_odds.par_chunks(1 << 14).map(of_chunk).collect();
    chunks.iter().fold((0.0, 0.0), |(sum, slope), chunk| (sum + chunk.0, slope + chunk.1))
}

fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn log_odds_are_those_of_the_formula() {
        let frame = Frame::new(&Settings { rows: 20, cols: 20, ..Settings::default() }, Seed(1));
        let frame = frame.unwrap();
        let all = |value: f32| vec![value; 400];
        let odds = |class: f32, fault: f32, trap: f32, intrusion: f32| {
            let drivers = Drivers {
                lithology: all(class),
                fault_distance: all(fault),
                trap_distance: all(trap),
                intrusion_distance: all(intrusion),
            };
            log_odds(&frame, &drivers)[0]
        };
        // Shale far from everything; limestone on a fault, a trap and inside the intrusion; dolomite
        // as far from each as its influence reaches.
        assert!(odds(2.0, 10.0, 10.0, 10.0).abs() < 1e-6);
        assert!((odds(3.0, 0.0, 0.0, 0.0) - (2.0 + 1.5 + 2.0 + 1.5 + 2.0)).abs() < 1e-6);
        let reached = 1.2 + (1.5 + 2.0 + 3.0 + 1.2) * (-1.0_f32).exp();
        assert!((odds(5.0, 0.012, 0.03, 0.1) - reached).abs() < 1e-5);
    }

    #[test]
    fn equal_odds_are_calibrated_to_equal_shares() {
        let settings = Settings { rows: 20, cols: 20, ..Settings::default() };
        let frame = Frame::new(&settings, Seed(1)).unwrap();
        let cells = frame.area.count() as f64;
        for expected in [1e-6, 3.0, 0.99 * cells] {
            for p in calibrated(&frame, &vec![4.2; 400], expected).iter().filter(|p| !p.is_nan()) {
                assert!((f64::from(*p) * cells / expected - 1.0).abs() < 1e-5);
            }
        }
    }
}
