//! Smooth random fields and white noise, each cell's value a function of its place alone: the same
//! bits for any number of threads.

use std::f64::consts::PI;

use rand::RngExt;

use crate::grid::Point;
use crate::seed::Seed;

/// Standard deviation of one octave before scaling, over places and seeds.
const OCTAVE_DEVIATION: f64 = 0.176;

/// A smooth random field: gradient noise (Perlin 1985, doi:10.1145/325165.325247) summed over
/// octaves, each with half the amplitude and twice the waves of the one before. Mean 0, standard
/// deviation about 1. Every octave has a lattice of its own, shifted at random and turned, so no
/// two fields share their zeros.
#[derive(Clone, Debug)]
pub(super) struct Field {
    octaves: Vec<Octave>,
}

#[derive(Clone, Copy, Debug)]
struct Octave {
    seed: u64,
    shift: [f64; 2],
    turn: [f64; 2],
    amplitude: f64,
}

impl Field {
    /// A field of `waves` waves to a unit of length.
    pub(super) fn new(seed: Seed, waves: f64, octaves: u32) -> Self {
        let mut rng = seed.rng();
        let power: f64 = (0..octaves).map(|octave| 0.25_f64.powi(octave as i32)).sum();
        let scale = 1.0 / (OCTAVE_DEVIATION * power.sqrt());
        let (sin, cos) = rng.random_range(0.0..2.0 * PI).sin_cos();
        let mut turn = [waves * cos, waves * sin];
        let octaves = (0..octaves)
            .map(|octave| {
                let made = Octave {
                    seed: rng.random(),
                    shift: [rng.random(), rng.random()],
                    turn,
                    amplitude: scale * 0.5_f64.powi(octave as i32),
                };
                turn =
                    [2.0 * (0.8 * turn[0] - 0.6 * turn[1]), 2.0 * (0.6 * turn[0] + 0.8 * turn[1])];
                made
            })
            .collect();
        Self { octaves }
    }

    /// The field's value at a place.
    pub(super) fn at(&self, place: Point) -> f64 {
        self.octaves.iter().map(|octave| octave.at(place)).sum()
    }
}

impl Octave {
    fn at(&self, place: Point) -> f64 {
        let [cos, sin] = self.turn;
        let along = cos * place.easting - sin * place.northing + self.shift[0];
        let up = sin * place.easting + cos * place.northing + self.shift[1];
        let (left, low) = (along.floor(), up.floor());
        let (right, high) = (along - left, up - low);
        let corner = |step: [f64; 2]| {
            let lattice = [left + step[0], low + step[1]].map(|number| number as i32 as u32);
            let bits = mix(self.seed ^ (u64::from(lattice[0]) << 32 | u64::from(lattice[1])));
            let [one, two] =
                [bits as i32, (bits >> 32) as i32].map(|half| f64::from(half) / 2_f64.powi(31));
            one * (right - step[0]) + two * (high - step[1])
        };
        let (across, upward) = (fade(right), fade(high));
        let south = lerp(corner([0.0, 0.0]), corner([1.0, 0.0]), across);
        let north = lerp(corner([0.0, 1.0]), corner([1.0, 1.0]), across);
        self.amplitude * lerp(south, north, upward)
    }
}

fn fade(share: f64) -> f64 {
    share * share * share * (share * (share * 6.0 - 15.0) + 10.0)
}

fn lerp(from: f64, to: f64, share: f64) -> f64 {
    from + share * (to - from)
}

/// The output function of SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
const fn mix(key: u64) -> u64 {
    let key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

/// White noise: an independent number for every unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct White(pub(super) Seed);

impl White {
    fn bits(self, unit: usize) -> u64 {
        mix(self.0.0.wrapping_add(mix(unit as u64)))
    }

    /// Uniform in [0, 1).
    pub(super) fn uniform(self, unit: usize) -> f64 {
        (self.bits(unit) >> 11) as f64 / 2_f64.powi(53)
    }

    /// Mean 0 and standard deviation 1, normal but for its tails: four uniform numbers added.
    pub(super) fn normal(self, unit: usize) -> f64 {
        let bits = self.bits(unit);
        let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
        (sum as f64 / 65_535.0 - 2.0) * 3_f64.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64;
        (mean, square.sqrt())
    }

    #[test]
    fn fields_and_white_noise_have_mean_0_and_deviation_1() {
        let values: Vec<f64> = (0..40_000)
            .map(|i| {
                let place =
                    Point { easting: f64::from(i % 200) / 9.7, northing: f64::from(i / 200) / 9.7 };
                Field::new(Seed(3), 1.0, 1 + i as u32 % 4).at(place)
            })
            .collect();
        let (mean, deviation) = moments(&values);
        assert!(mean.abs() < 0.1 && (deviation - 1.0).abs() < 0.1, "{mean} {deviation}");
        let white = White(Seed(3));
        let (mean, deviation) =
            moments(&(0..40_000).map(|unit| white.normal(unit)).collect::<Vec<_>>());
        assert!(mean.abs() < 0.02 && (deviation - 1.0).abs() < 0.02, "{mean} {deviation}");
        let (mean, _) = moments(&(0..40_000).map(|unit| white.uniform(unit)).collect::<Vec<_>>());
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }

    #[test]
    fn a_field_is_continuous_across_its_lattice() {
        let field = Field::new(Seed(8), 5.0, 4);
        for step in 0..10_000 {
            let at = |step: f64| field.at(Point { easting: step * 1e-4, northing: 0.3 });
            assert!((at(f64::from(step)) - at(f64::from(step) + 1.0)).abs() < 0.02);
        }
    }
}
