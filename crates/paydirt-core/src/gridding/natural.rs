//! Natural neighbours: Sibson's coordinates in the Delaunay triangulation of the samples.

use spade::{DelaunayTriangulation, HasPosition, HierarchyHintGenerator, Point2, Triangulation};

use super::samples::refuse;
use super::{Estimate, Interpolant, Place, Samples};
use crate::Result;

/// A sample in the triangulation.
struct Vertex {
    position: Point2<f64>,
    value: f64,
}

impl HasPosition for Vertex {
    type Scalar = f64;
    fn position(&self) -> Point2<f64> {
        self.position
    }
}

/// Samples and who their neighbours are. Where the search for a place begins depends on the place
/// alone, so that the same place gives the same bits.
pub(crate) struct Natural {
    triangulation: DelaunayTriangulation<Vertex, (), (), (), HierarchyHintGenerator<f64>>,
}

impl Natural {
    pub(crate) fn new(step: &str, samples: &Samples) -> Result<Self> {
        if samples.len() < 3 || samples.are_collinear() {
            let reason = "needs three places that are not on one line, for it says nothing outside \
                          the ground between samples";
            return Err(refuse(step, reason));
        }
        let vertex = |(place, value): (&Place, &f64)| Vertex {
            position: Point2::new(place[0], place[1]),
            value: *value,
        };
        let vertices = samples.places.iter().zip(&samples.values).map(vertex).collect();
        let triangulation = DelaunayTriangulation::bulk_load_stable(vertices)
            .map_err(|error| refuse(step, format!("places cannot be triangulated: {error}")))?;
        Ok(Self { triangulation })
    }
}

impl Interpolant for Natural {
    fn estimate(&self, places: &[Place]) -> Vec<Estimate> {
        let natural = self.triangulation.natural_neighbor();
        let mut weights = Vec::new();
        let mut at = |place: &Place| {
            natural.get_weights(Point2::new(place[0], place[1]), &mut weights);
            let samples = weights
                .iter()
                .map(|(at, weight)| (*weight, self.triangulation.vertex(*at).data().value));
            super::weighted(samples)
        };
        places.iter().map(&mut at).collect()
    }
}
