//! Samples: what was measured and where.

use spade::{DelaunayTriangulation, Point2, Triangulation};

use super::{Frame, Place, figures};
use crate::grid::Grid;
use crate::step::{Geometry, Source};
use crate::{Error, Result};

/// Values at distinct places.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Samples {
    pub(crate) places: Vec<Place>,
    pub(crate) values: Vec<f64>,
}

/// Farther from the grid than this, in metres, nothing on Earth lies.
const NOWHERE_M: f64 = 1e8;

pub(crate) fn refuse(step: &str, reason: impl Into<String>) -> Error {
    Error::Step { step: step.into(), layer: "points".into(), reason: reason.into() }
}

impl Samples {
    /// The samples of a source, one a place, and what was odd about them.
    ///
    /// # Errors
    /// A source that is no points, and fewer than two places with a value.
    pub(crate) fn read(
        step: &str,
        source: &Source<'_>,
        grid: &Grid,
    ) -> Result<(Self, Vec<String>)> {
        let Source::Shapes(shapes) = source else {
            return Err(refuse(step, "a raster has no samples: give a file of points"));
        };
        let (mut found, mut valueless, mut placeless) = (Vec::new(), 0, 0);
        for shape in *shapes {
            let Geometry::Points(places) = &shape.geometry else {
                let reason = "measurements lie at points, but there are lines or polygons";
                return Err(refuse(step, reason));
            };
            let value = shape.value.map(f64::from).filter(|value| value.is_finite());
            for place in places {
                let place = Frame::place(grid, *place);
                match value {
                    _ if !place.iter().all(|metres| metres.abs() < NOWHERE_M) => placeless += 1,
                    None => valueless += 1,
                    Some(value) => found.push((place, value)),
                }
            }
        }
        let mut notes = Vec::new();
        let mut tell = |count: usize, what: &str| {
            if count > 0 {
                notes.push(format!("{count} points {what}"));
            }
        };
        tell(valueless, "have no value and were left out");
        tell(placeless, "have no place on Earth and were left out");
        let samples = Self::merged(found, &mut notes);
        if samples.places.is_empty() {
            let reason = "no point has a value: name the `attribute` that holds the measurement";
            return Err(refuse(step, reason));
        }
        if samples.places.len() < 2 {
            let reason = "there is one place with a value, and one makes no surface";
            return Err(refuse(step, reason));
        }
        samples.remark(&mut notes);
        Ok((samples, notes))
    }

    /// One sample a place: the mean of those there.
    fn merged(mut found: Vec<(Place, f64)>, notes: &mut Vec<String>) -> Self {
        let key = |(place, value): &(Place, f64)| [place[0], place[1], *value];
        let order = |a: &f64, b: &f64| (a + 0.0).total_cmp(&(b + 0.0));
        found.sort_by(|a, b| {
            let pairs = key(a).into_iter().zip(key(b));
            pairs
                .map(|(a, b)| order(&a, &b))
                .find(|o| o.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        let all = found.len();
        let mut samples = Self { places: Vec::new(), values: Vec::new() };
        let (mut unlike, mut widest) = (0, 0.0_f64);
        for same in found.chunk_by(|a, b| a.0 == b.0) {
            samples.places.push(same[0].0);
            samples
                .values
                .push(same.iter().map(|sample| sample.1).sum::<f64>() / same.len() as f64);
            let apart = same[same.len() - 1].1 - same[0].1;
            unlike += usize::from(apart > 0.0);
            widest = widest.max(apart);
        }
        let places = samples.places.len();
        if places < all {
            let tail = if unlike > 0 {
                format!("; at {unlike} of them values differ, by up to {}", figures(widest))
            } else {
                String::new()
            };
            let extra = all - places;
            notes.push(format!(
                "{extra} points lie where another does: {places} places remain, each with its mean{tail}"
            ));
        }
        samples
    }

    fn remark(&self, notes: &mut Vec<String>) {
        if self.is_constant() {
            let value = figures(self.values[0]);
            notes.push(format!("every sample is {value}: the surface is as constant as they are"));
        }
        let skewness = self.skewness();
        if skewness > 2.0 {
            notes.push(format!(
                "the values are skewed ({skewness:.1}): a few high ones rule the surface; consider \
                 their logarithm"
            ));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.len() as f64
    }

    pub(crate) fn is_constant(&self) -> bool {
        self.values.iter().all(|value| *value == self.values[0])
    }

    /// Third standardised moment; 0 of equal values.
    fn skewness(&self) -> f64 {
        let mean = self.mean();
        let moment = |power| {
            self.values.iter().map(|v| (v - mean).powi(power)).sum::<f64>() / self.len() as f64
        };
        let spread = moment(2).sqrt();
        if spread > 0.0 { moment(3) / spread.powi(3) } else { 0.0 }
    }

    /// Some of them.
    pub(crate) fn select(&self, which: &[usize]) -> Self {
        Self {
            places: which.iter().map(|&index| self.places[index]).collect(),
            values: which.iter().map(|&index| self.values[index]).collect(),
        }
    }

    /// The median length of the edges of their Delaunay triangulation: the spacing of samples, also
    /// where they lie dense along lines that are far apart.
    ///
    /// # Errors
    /// Places that cannot be triangulated.
    pub(crate) fn spacing_m(&self, step: &str) -> Result<f64> {
        let points = self.places.iter().map(|p| Point2::new(p[0], p[1])).collect();
        let triangulation = DelaunayTriangulation::<Point2<f64>>::bulk_load(points)
            .map_err(|error| refuse(step, format!("places cannot be triangulated: {error}")))?;
        let mut lengths: Vec<f64> =
            triangulation.undirected_edges().map(|edge| edge.length_2().sqrt()).collect();
        lengths.sort_by(f64::total_cmp);
        Ok(lengths.get(lengths.len() / 2).copied().unwrap_or(0.0))
    }

    /// Whether all lie on one line: their spread across it is less than a millionth of that along it.
    pub(crate) fn are_collinear(&self) -> bool {
        let n = self.len() as f64;
        let mean = [0, 1].map(|axis| self.places.iter().map(|p| p[axis]).sum::<f64>() / n);
        let moment = |a: usize, b: usize| {
            self.places.iter().map(|p| (p[a] - mean[a]) * (p[b] - mean[b])).sum::<f64>()
        };
        let (xx, yy, xy) = (moment(0, 0), moment(1, 1), moment(0, 1));
        let (half, root) = (f64::midpoint(xx, yy), ((xx - yy) / 2.0).hypot(xy));
        half - root <= 1e-12 * (half + root)
    }
}
