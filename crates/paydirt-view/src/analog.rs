//! Which known deposit a target is like.

use paydirt_core::grid::Point;
use serde::Serialize;

use crate::error::Result;
use crate::layer::{Group, Layer};
use crate::place::value;
use crate::view::View;

/// The known deposit whose signed drivers are most like those of a target's best cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Analog {
    /// Rank of the target.
    rank: i64,
    /// Name of the deposit.
    name: String,
    /// Cosine of the angle between the two lists of shares: 1 where they are in the same proportions, 0 where
    /// they have nothing in common, less where they oppose each other.
    likeness: f64,
}

impl View {
    /// The analog of each target: deposits inside a target are no analogs of it.
    ///
    /// # Errors
    /// Maps that cannot be read.
    pub(crate) fn analogs(&self) -> Result<Vec<Analog>> {
        let layers: Vec<&Layer> =
            self.layers.iter().filter(|layer| layer.group == Group::Attribution).collect();
        let mut deposits = Vec::new();
        for deposit in &self.vectors.deposits {
            let place = Point { easting: deposit.easting, northing: deposit.northing };
            if let Some(shares) = self.shares(&layers, place)? {
                deposits.push((deposit.name.clone(), shares));
            }
        }
        let mut analogs = Vec::new();
        for target in self.peaks() {
            let Some(shares) = self.shares(&layers, target.place)? else { continue };
            let others = deposits.iter().filter(|(name, _)| !target.inside.contains(name));
            let like = others.map(|(name, theirs)| (name, cosine(&shares, theirs)));
            let best = like.filter(|(_, like)| like.is_finite()).max_by(|a, b| a.1.total_cmp(&b.1));
            analogs.extend(best.map(|(name, likeness)| Analog {
                rank: target.rank,
                name: name.clone(),
                likeness,
            }));
        }
        Ok(analogs)
    }

    /// The shares of a place; none where one is missing.
    fn shares(&self, layers: &[&Layer], place: Point) -> Result<Option<Vec<f32>>> {
        let Some(unit) = self.grid.locate(place) else { return Ok(None) };
        let cell = self.grid.cell(unit);
        layers.iter().map(|layer| value(layer, cell)).collect()
    }

    /// The targets that the report names.
    fn peaks(&self) -> Vec<Peak> {
        let targets = self.report.get("targets").and_then(serde_json::Value::as_array);
        let peak = |target: &serde_json::Value| {
            let names = target.get("deposit_names")?.as_array()?;
            Some(Peak {
                rank: target.get("rank")?.as_i64()?,
                place: Point {
                    easting: target.get("easting")?.as_f64()?,
                    northing: target.get("northing")?.as_f64()?,
                },
                inside: names.iter().filter_map(|name| name.as_str().map(String::from)).collect(),
            })
        };
        targets.into_iter().flatten().filter_map(peak).collect()
    }
}

/// A target's best cell.
struct Peak {
    rank: i64,
    place: Point,
    /// Names of the deposits inside.
    inside: Vec<String>,
}

fn cosine(one: &[f32], other: &[f32]) -> f64 {
    let dot = |one: &[f32], other: &[f32]| -> f64 {
        one.iter().zip(other).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    dot(one, other) / (dot(one, one) * dot(other, other)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::cosine;

    #[test]
    fn likeness_is_of_proportions() {
        assert!((cosine(&[1.0, 2.0], &[2.0, 4.0]) - 1.0).abs() < 1e-12);
        assert_eq!(cosine(&[1.0, 0.0], &[0.0, 3.0]), 0.0);
        assert!((cosine(&[1.0, -1.0], &[-1.0, 1.0]) + 1.0).abs() < 1e-12);
        assert!(cosine(&[0.0], &[1.0]).is_nan());
    }
}
