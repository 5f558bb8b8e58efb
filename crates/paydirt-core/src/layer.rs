//! Evidence layers: values, and for each cell which of three states it is in.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mask::Mask;

/// What kind of number a layer holds; it decides how the layer may be resampled and treated.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceType {
    /// A measured quantity: may be averaged.
    #[default]
    Continuous,
    /// Ordered classes: more is more, but a mean of two classes is no class.
    Ordinal,
    /// Names written as numbers: never averaged, never compared by size.
    Categorical,
}

/// The three states of a cell, never two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CellState {
    /// Not in the study area: nothing is asked of it.
    Outside,
    /// In the study area, but nobody measured this evidence there.
    Missing,
    /// In the study area, with a value.
    Known,
}

/// What an evidence layer is called and what its numbers mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayerInfo {
    /// Name, unique in the project.
    pub name: String,
    /// What kind of number it holds.
    #[serde(rename = "type")]
    pub evidence_type: EvidenceType,
    /// Unit of the values, such as `ppm`, `m` or `class`.
    pub unit: String,
}

/// One evidence layer over all cells of the project grid, row by row from the north.
///
/// Private fields keep the promise that a known value is finite.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Name, type and unit.
    pub info: LayerInfo,
    values: Vec<f32>,
    area: Arc<Mask>,
}

impl Layer {
    /// A layer from values in which NaN (or anything that is not finite) means *missing*, and the
    /// study area. Values outside the area are dropped. `values` holds one value a cell.
    #[must_use]
    pub fn new(info: LayerInfo, mut values: Vec<f32>, area: Arc<Mask>) -> Self {
        values.resize(area.len(), f32::NAN);
        for (unit, value) in values.iter_mut().enumerate() {
            if !value.is_finite() || !area.get(unit) {
                *value = f32::NAN;
            }
        }
        Self { info, values, area }
    }

    /// The value of a cell, where it is known.
    #[must_use]
    pub fn value(&self, unit: usize) -> Option<f32> {
        self.values.get(unit).copied().filter(|value| !value.is_nan())
    }

    /// The state of a cell.
    #[must_use]
    pub fn state(&self, unit: usize) -> CellState {
        match (self.area.get(unit), self.value(unit)) {
            (false, _) => CellState::Outside,
            (true, None) => CellState::Missing,
            (true, Some(_)) => CellState::Known,
        }
    }

    /// The study area.
    #[must_use]
    pub const fn area(&self) -> &Arc<Mask> {
        &self.area
    }

    /// How many cells are known, and how many of the study area are missing.
    #[must_use]
    pub fn count_known_and_missing(&self) -> (usize, usize) {
        let known = self.values.iter().filter(|value| !value.is_nan()).count();
        (known, self.area.count() - known)
    }

    /// Every cell's value, row by row from the north; NaN where it is not known. For storing and
    /// drawing only: what computes asks [`Layer::value`].
    #[must_use]
    pub fn stored(&self) -> &[f32] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_states_stay_three() {
        let area = Arc::new(Mask::from_fn(4, |unit| unit != 3));
        let info = LayerInfo {
            name: "as".into(),
            evidence_type: EvidenceType::Continuous,
            unit: "ppm".into(),
        };
        let layer = Layer::new(info, vec![1.0, f32::NAN, f32::INFINITY, 7.0], area);
        let states: Vec<_> = (0..4).map(|unit| layer.state(unit)).collect();
        use CellState::{Known, Missing, Outside};
        assert_eq!(states, [Known, Missing, Missing, Outside]);
        assert_eq!(layer.count_known_and_missing(), (1, 2));
        assert_eq!(layer.value(3), None);
    }
}
