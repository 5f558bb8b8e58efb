//! Inverse distance: the mean of the nearest samples, each weighted by `1 / distance^power` (Shepard
//! 1968, doi:10.1145/800186.810616); at a sample its own value. Where samples resemble each other
//! farther along one direction, distances across it count for more. The extra band `uncertainty` is
//! the local spread, the weighted standard deviation of the same samples: not the error of the
//! estimate, which the cross-validation in the receipt tells.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::require;
use crate::gridding::{
    Estimate, Frame, Interpolant, Method, Metric, Neighbours, Place, Samples, Search,
    gridding_step, validation, weighted,
};

/// Averages the nearest samples, the nearer the more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Power of the distance: the higher, the more the nearest sample counts.
    pub power: f64,
    /// Most samples that count at a place: the nearest.
    pub neighbours: usize,
    /// Whether each eighth of the horizon gives its share of them first, so that a cluster on one side
    /// does not count alone.
    pub octants: bool,
    /// Samples farther than this, in metres along the azimuth, do not count. None by default.
    pub radius_m: Option<f64>,
    /// Fewest samples that must count at a place: with fewer it is missing.
    pub min_neighbours: usize,
    /// How many times farther samples resemble each other along the azimuth than across it.
    pub anisotropy_ratio: f64,
    /// Direction along which they do, in degrees clockwise from north.
    pub azimuth_degrees: f64,
    /// Cells farther than this from every sample are missing. By default twice the spacing of samples,
    /// the median length of the edges of their Delaunay triangulation.
    pub max_distance_m: Option<f64>,
    /// How the step judges itself.
    pub validation: validation::Settings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            power: 2.0,
            neighbours: 12,
            octants: false,
            radius_m: None,
            min_neighbours: 1,
            anisotropy_ratio: 1.0,
            azimuth_degrees: 0.0,
            max_distance_m: None,
            validation: validation::Settings::default(),
        }
    }
}

gridding_step!("inverse_distance");

/// Samples and how they are weighted.
struct Weights {
    neighbours: Neighbours,
    values: Vec<f64>,
    power: f64,
    radius_squared: f64,
    fewest: usize,
}

impl Method for Settings {
    fn key(&self) -> &'static str {
        "inverse_distance"
    }

    fn max_distance_m(&self) -> Option<f64> {
        self.max_distance_m
    }

    fn validation(&self) -> &validation::Settings {
        &self.validation
    }

    fn has_spread(&self) -> bool {
        true
    }

    fn fit(&self, samples: &Samples, _: &Frame) -> Result<Box<dyn Interpolant>> {
        let power = self.power > 0.0 && self.power <= 100.0;
        require(power, "inverse_distance.power", self.power, "over 0 and at most 100")?;
        let radius = self.radius_m.unwrap_or(f64::INFINITY);
        require(radius > 0.0, "inverse_distance.radius_m", radius, "over 0")?;
        let most = self.neighbours;
        let fewest = (1..=most).contains(&self.min_neighbours);
        let (key, found) = ("inverse_distance.min_neighbours", self.min_neighbours);
        require(fewest, key, found, "1 to `neighbours`")?;
        let metric = Metric::new(self.key(), self.anisotropy_ratio, self.azimuth_degrees)?;
        let search = Search { most, octants: self.octants, metric };
        search.check(self.key())?;
        Ok(Box::new(Weights {
            neighbours: Neighbours::new(&samples.places, search),
            values: samples.values.clone(),
            power: self.power,
            radius_squared: radius * radius,
            fewest: self.min_neighbours,
        }))
    }
}

impl Interpolant for Weights {
    fn estimate(&self, places: &[Place]) -> Vec<Estimate> {
        let mut estimates = vec![Estimate::NONE; places.len()];
        let mut near: Vec<(f64, f64)> = Vec::new();
        self.neighbours.visit(places, |index, place, set| {
            near.clear();
            for &sample in set {
                let squared = self.neighbours.squared(sample, place);
                if squared <= self.radius_squared {
                    near.push((squared, self.values[sample as usize]));
                }
            }
            if near.len() < self.fewest {
                return;
            }
            // by the nearest, so that no power of a distance overflows
            let nearest = near.iter().map(|near| near.0).fold(f64::INFINITY, f64::min);
            let weight = |squared: f64| match squared {
                _ if nearest == 0.0 => f64::from(u8::from(squared == 0.0)),
                _ if self.power == 2.0 => nearest / squared,
                _ => (nearest / squared).powf(self.power / 2.0),
            };
            estimates[index] = weighted(near.iter().map(|(at, value)| (weight(*at), *value)));
        });
        estimates
    }
}
