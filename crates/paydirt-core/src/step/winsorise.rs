//! Winsorise: a value beyond a percentile of the known training values becomes that percentile, so
//! that one wild assay cannot rule the fit (Tukey 1962, doi:10.1214/aoms/1177704711). Percentiles
//! lie between neighbouring values by linear interpolation (numpy's default). A column with nothing
//! known on the training side is left as it is; categorical columns pass through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, apply_each, bad_setting, fit_each, quantile, sorted};
use super::{FittedStep, Step};
use crate::Result;
use crate::table::Table;

/// Limits values to percentiles of the training side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Percentile (0 to 100) to which smaller values are raised.
    pub lower_percent: f64,
    /// Percentile (0 to 100) to which larger values are lowered.
    pub upper_percent: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { lower_percent: 1.0, upper_percent: 99.0 }
    }
}

/// Lower and upper limit of each column; none where no training value was known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Limits by the column's name, in the layer's unit.
    pub columns: PerColumn<Option<[f32; 2]>>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let percents = [self.lower_percent, self.upper_percent];
        let keys = ["winsorise.lower_percent", "winsorise.upper_percent"];
        for (key, percent) in keys.into_iter().zip(percents) {
            if !(0.0..=100.0).contains(&percent) {
                return Err(bad_setting(key, percent, "from 0 to 100"));
            }
        }
        if percents[0] > percents[1] {
            return Err(bad_setting(keys[0], percents[0], "at most `upper_percent`"));
        }
        let columns = fit_each("winsorise", training, |column| {
            let values = sorted(column);
            let [lower, upper] = percents.map(|percent| quantile(&values, percent / 100.0));
            Some([lower? as f32, upper? as f32])
        })?;
        Ok(FittedStep::Winsorise(Fitted { columns }))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        apply_each(table, &self.columns, |limits, value| match limits {
            Some([lower, upper]) => value.max(*lower).min(*upper),
            None => value,
        })
    }
}
