//! The evidence layers: what a geologist would be handed.

use super::Settings;
use super::bedrock::rock;
use super::frame::Frame;
use super::intrusion::Intrusion;
use super::noise::{Field, White};
use super::truth::{Drivers, heat};
use crate::grid::Point;
use crate::layer::{EvidenceType, Layer, LayerInfo};
use crate::mask::Mask;
use crate::seed::Seed;

/// The layers that bear on the truth.
pub(super) const INFORMATIVE: [&str; 6] = [
    "lithology",
    "fault_distance",
    "trap_distance",
    "magnetic_anomaly",
    "metamorphic_grade",
    "arsenic",
];

/// Draws the layers one at a time.
#[derive(Debug)]
pub(super) struct Survey<'a> {
    pub(super) frame: &'a Frame,
    pub(super) seed: Seed,
    pub(super) drivers: &'a Drivers,
    pub(super) cover: &'a Mask,
}

impl Survey<'_> {
    /// All layers: those that bear on the truth, decoys, and noise.
    pub(super) fn layers(
        &self,
        settings: &Settings,
        intrusion: &Intrusion,
        log_odds: &[f32],
    ) -> Vec<Layer> {
        use EvidenceType::{Categorical, Continuous, Ordinal};
        let metres = |distance: &[f32]| {
            self.frame.draw(|_, unit| f64::from(distance[unit]) * self.frame.side_m())
        };
        let drivers = self.drivers;
        let mut layers = vec![
            self.layer("lithology", Categorical, "class", drivers.lithology.clone()),
            self.layer("fault_distance", Continuous, "m", metres(&drivers.fault_distance)),
            self.layer("trap_distance", Continuous, "m", metres(&drivers.trap_distance)),
            self.layer("magnetic_anomaly", Continuous, "nT", self.magnetic(intrusion)),
            self.layer("metamorphic_grade", Ordinal, "class", self.grade()),
            self.layer("arsenic", Continuous, "ppm", self.arsenic(log_odds)),
            self.layer("decoy_gravity", Continuous, "mGal", self.smooth("gravity", 6.0, 8.0)),
            self.layer(
                "decoy_potassium",
                Continuous,
                "percent",
                self.smooth("potassium", 9.0, 0.4),
            ),
        ];
        for index in 1..=settings.noise_layers {
            let white = White(self.seed.derive("noise", index as u64));
            let values = self.frame.draw(|_, unit| white.normal(unit));
            layers.push(self.layer(&format!("noise_{index}"), Continuous, "1", values));
        }
        layers
    }

    fn layer(
        &self,
        name: &str,
        evidence_type: EvidenceType,
        unit: &str,
        values: Vec<f32>,
    ) -> Layer {
        let info = LayerInfo { name: name.into(), evidence_type, unit: unit.into() };
        Layer::new(info, values, self.frame.area.clone())
    }

    fn field(&self, purpose: &str, waves: f64, octaves: u32) -> Field {
        Field::new(self.seed.derive(purpose, 0), waves, octaves)
    }

    fn white(&self, purpose: &str) -> White {
        White(self.seed.derive(purpose, 1))
    }

    /// The intrusion's dipoles, magnetic rock units (grained by a short-waved texture), a regional
    /// field and the instrument's noise.
    fn magnetic(&self, intrusion: &Intrusion) -> Vec<f32> {
        let (regional, grain) = (self.field("regional", 1.2, 2), self.field("grain", 40.0, 2));
        let white = self.white("magnetic");
        self.frame.draw(|place, unit| {
            let rock =
                rock(self.drivers.lithology[unit]).magnetic_nt * (1.0 + 0.4 * grain.at(place));
            350.0 * intrusion.magnetic(place)
                + rock
                + 20.0 * regional.at(place)
                + 4.0 * white.normal(unit)
        })
    }

    /// Grade of contact metamorphism, 0 (none) to 3 (hornfels), mapped where rock crops out.
    fn grade(&self) -> Vec<f32> {
        let uneven = self.field("grade", 12.0, 3);
        self.frame.draw(|place, unit| match self.cover.get(unit) {
            true => f64::NAN,
            false => {
                let heat =
                    heat(self.drivers.intrusion_distance[unit]) * (1.0 + 0.2 * uneven.at(place));
                [0.25, 0.5, 0.8].iter().filter(|step| heat >= **step).count() as f64
            }
        })
    }

    /// Arsenic in soil, lognormal: background by rock unit and place, and a plume round ground of
    /// high potential, carried downhill. Not sampled under cover.
    fn arsenic(&self, log_odds: &[f32]) -> Vec<f32> {
        let (background, terrain) =
            (self.field("background", 6.0, 4), self.field("terrain", 4.0, 4));
        let white = self.white("arsenic");
        let range = [0.5, 0.9999].map(|share| f64::from(self.frame.quantile(log_odds, share)));
        let potential = |place| {
            let odds = f64::from(log_odds[self.frame.nearest(place)]);
            ((odds - range[0]) / (range[1] - range[0]).max(1e-9)).clamp(0.0, 1.2).powi(2)
        };
        self.frame.draw(|place, unit| {
            if self.cover.get(unit) {
                return f64::NAN;
            }
            let uphill = uphill(&terrain, place);
            let (sum, weights) = (0..10).fold((0.0, 0.0), |(sum, weights), step| {
                let weight = 0.75_f64.powi(step);
                let from = super::trace::shifted(place, uphill, 0.003 * f64::from(step));
                (sum + weight * potential(from), weights + weight)
            });
            let shale = if rock(self.drivers.lithology[unit]).name == "shale" { 0.5 } else { 0.0 };
            let plume = 3.5 * sum / weights;
            (1.6 + shale + plume + 0.4 * background.at(place) + 0.35 * white.normal(unit)).exp()
        })
    }

    /// A layer as smooth as the real ones that bears on nothing.
    fn smooth(&self, purpose: &str, waves: f64, amplitude: f64) -> Vec<f32> {
        let (field, white) = (self.field(purpose, waves, 5), self.white(purpose));
        self.frame.draw(|place, unit| amplitude * (field.at(place) + 0.03 * white.normal(unit)))
    }
}

/// The direction in which a terrain rises, of length 1 where it rises at all.
fn uphill(terrain: &Field, place: Point) -> Point {
    const STEP: f64 = 1e-3;
    let rise = |easting: f64, northing: f64| {
        let at = |sign: f64| {
            terrain.at(Point {
                easting: place.easting + sign * easting,
                northing: place.northing + sign * northing,
            })
        };
        at(1.0) - at(-1.0)
    };
    let slope = [rise(STEP, 0.0), rise(0.0, STEP)];
    let steepness = slope[0].hypot(slope[1]).max(1e-12);
    Point { easting: slope[0] / steepness, northing: slope[1] / steepness }
}
