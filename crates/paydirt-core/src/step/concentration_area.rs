//! Concentration-area classes: the ordinal class of a value between the thresholds at which the
//! slope of the logarithm of area over the logarithm of concentration changes on the training side
//! (Cheng, Agterberg & Ballantyne 1994, doi:10.1016/0375-6742(94)90013-2; see
//! [`crate::assay::fractal`] for how they are found). Class 0 lies below the first threshold, a value
//! at a threshold in the class above it. Every known training row stands for the same area; values
//! that are not over zero have area, but no logarithm: they are of class 0. Where the training side
//! holds fewer than eight different concentrations there is one class. Categorical columns pass
//! through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, apply_each, bad_setting, fit_each};
use super::{FittedStep, Step};
use crate::Result;
use crate::assay::fractal::{Fractal, MOST_SEGMENTS, concentration_area};
use crate::layer::EvidenceType;
use crate::table::{Column, Table};

/// Replaces concentrations by classes of fractal behaviour, from background to anomaly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Number of straight pieces of the curve, which is the number of classes; without it, that of
    /// least Bayesian information criterion.
    pub segments: Option<usize>,
    /// Most pieces where their number is chosen.
    pub max_segments: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { segments: None, max_segments: 4 }
    }
}

/// The pieces of each column's curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Thresholds, slopes and fit, by the column's name.
    pub columns: PerColumn<Fractal>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let expected = format!("1 to {MOST_SEGMENTS}");
        let given = [
            ("concentration_area.segments", self.segments),
            ("concentration_area.max_segments", Some(self.max_segments)),
        ];
        for (key, segments) in given {
            if let Some(segments) = segments.filter(|n| !(1..=MOST_SEGMENTS).contains(n)) {
                return Err(bad_setting(key, segments, &expected));
            }
        }
        let columns = fit_each("concentration_area", training, |column| {
            let values: Vec<f64> = column.known_values().map(f64::from).collect();
            concentration_area(&values, self.segments, self.max_segments)
        })?;
        Ok(FittedStep::ConcentrationArea(Fitted { columns }))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let rows = table.rows();
        let classes = apply_each(table, &self.columns, |fractal, value| {
            let value = f64::from(value);
            fractal.thresholds.partition_point(|threshold| *threshold <= value) as f32
        })?;
        let columns = classes.into_columns().into_iter().map(|column| {
            let class = self.columns.contains_key(&column.name);
            let kind = if class { EvidenceType::Ordinal } else { column.evidence_type };
            Column { evidence_type: kind, ..column }
        });
        Table::new(rows, columns.collect())
    }
}
