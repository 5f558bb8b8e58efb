//! The fertile intrusion: a pluton with satellite stocks, its magnetic anomaly and its distance.

use rand::RngExt;

use super::noise::Field;
use super::structure::direction;
use super::trace::shifted;
use crate::grid::Point;
use crate::seed::Seed;

/// Depth of the bodies' magnetic tops, as a share of the district's longer side.
const DEPTH: f64 = 0.12;

/// One elliptic body.
#[derive(Clone, Copy, Debug)]
struct Body {
    centre: Point,
    along: Point,
    half_length: f64,
    half_width: f64,
}

/// The bodies of the intrusion and what makes their contacts ragged.
#[derive(Clone, Debug)]
pub(super) struct Intrusion {
    bodies: Vec<Body>,
    ragged: [Field; 2],
}

impl Intrusion {
    /// A pluton drawn out along the strike, in the middle half of the district, and three stocks.
    pub(super) fn new(seed: Seed, strike: f64, size: Point) -> Self {
        let mut rng = seed.derive("intrusion", 0).rng();
        let centre = Point {
            easting: size.easting * rng.random_range(0.3..0.7),
            northing: size.northing * rng.random_range(0.3..0.7),
        };
        let along = direction(strike + rng.random_range(-0.3..0.3));
        let half_width = rng.random_range(0.05..0.07);
        let half_length = half_width * rng.random_range(1.4..2.2);
        let mut bodies = vec![Body { centre, along, half_length, half_width }];
        for _ in 0..3 {
            let away = rng.random_range(0.15..0.32) * if rng.random() { 1.0 } else { -1.0 };
            let aside = direction(strike + rng.random_range(-0.5..0.5));
            let radius = rng.random_range(0.012..0.03);
            let centre = shifted(centre, aside, away);
            bodies.push(Body { centre, along, half_length: 1.3 * radius, half_width: radius });
        }
        let ragged = [0, 1].map(|axis| Field::new(seed.derive("contact", axis), 8.0, 4));
        Self { bodies, ragged }
    }

    /// A place beside the pluton, just outside its contact.
    pub(super) fn beside(&self, across: Point) -> Point {
        let pluton = self.bodies[0];
        shifted(pluton.centre, across, 1.1 * pluton.half_width)
    }

    /// Distance to the contact, about 0 inside.
    pub(super) fn distance(&self, place: Point) -> f64 {
        let bent = Point {
            easting: place.easting + 0.008 * self.ragged[0].at(place),
            northing: place.northing + 0.008 * self.ragged[1].at(place),
        };
        let outside = |body: &Body| (body.radii(bent) - 1.0).max(0.0) * body.half_width;
        self.bodies.iter().map(outside).fold(f64::INFINITY, f64::min)
    }

    /// Magnetic anomaly reduced to the pole, 1 above the middle of the pluton: each body a vertical
    /// pipe, whose top is a pole (Blakely 1995, doi:10.1017/CBO9780511549816, chapter 4), as strong
    /// as the body is large.
    pub(super) fn magnetic(&self, place: Point) -> f64 {
        let pole = |body: &Body| {
            let square = 1.0 + (place.distance(body.centre) / DEPTH).powi(2);
            body.half_width * body.half_length / (square * square.sqrt())
        };
        let pluton = self.bodies[0];
        self.bodies.iter().map(pole).sum::<f64>() / (pluton.half_width * pluton.half_length)
    }
}

impl Body {
    /// Distance from the centre, 1 on the outline.
    fn radii(&self, place: Point) -> f64 {
        let from = [place.easting - self.centre.easting, place.northing - self.centre.northing];
        let along = from[0] * self.along.easting + from[1] * self.along.northing;
        let across = from[1] * self.along.easting - from[0] * self.along.northing;
        (along / self.half_length).hypot(across / self.half_width)
    }
}
