//! Clip: a value below `min` becomes `min`, a value above `max` becomes `max`, in the layer's unit.
//! Nothing is fitted; categorical columns pass through. For limits that follow the data, see
//! `winsorise`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, map_numeric, require_numeric};
use super::{FittedStep, Step};
use crate::Result;
use crate::table::Table;

/// Limits values to a range. At least one end must be given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Smallest value left, in the layer's unit; none by default.
    pub min: Option<f64>,
    /// Largest value left, in the layer's unit; none by default.
    pub max: Option<f64>,
}

/// The limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Smallest value left.
    pub min: Option<f32>,
    /// Largest value left.
    pub max: Option<f32>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        for (key, limit) in [("clip.min", self.min), ("clip.max", self.max)] {
            if let Some(found) = limit.filter(|limit| !(*limit as f32).is_finite()) {
                return Err(bad_setting(key, found, "a finite number"));
            }
        }
        match (self.min, self.max) {
            (None, None) => return Err(bad_setting("clip", "empty", "given `min`, `max` or both")),
            (Some(min), Some(max)) if min > max => {
                return Err(bad_setting("clip.min", min, &format!("at most `max` ({max})")));
            }
            _ => {}
        }
        require_numeric("clip", training)?;
        let [min, max] = [self.min, self.max].map(|limit| limit.map(|limit| limit as f32));
        Ok(FittedStep::Clip(Fitted { min, max }))
    }

    fn learns(&self) -> bool {
        false
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let (min, max) = (self.min.unwrap_or(f32::MIN), self.max.unwrap_or(f32::MAX));
        map_numeric(table, |value| value.max(min).min(max))
    }
}
