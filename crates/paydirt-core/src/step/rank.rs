//! Rank: the share, 0 to 1, of known training values below a value, those equal to it counted half
//! (Conover & Iman 1981, doi:10.1080/00031305.1981.10479327). A value between two training values
//! gets a share between theirs, by linear interpolation; one below all of them gets 0, one above 1.
//! Where the training side knows nothing every value gets 0.5. Categorical columns pass through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{PerColumn, apply_each, bad_setting, counts, fit_each, sorted};
use super::{FittedStep, Step};
use crate::Result;
use crate::table::{Column, Table};

/// Replaces values by their rank among the training values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Most distinct values whose share is kept, at least 2; shares between them are interpolated.
    /// Where the training side has no more distinct values than this, ranks are exact.
    pub knots: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { knots: 1000 }
    }
}

/// A training value and its rank.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knot {
    /// The value, in the layer's unit.
    pub value: f32,
    /// Share of training values below it, those equal to it counted half.
    pub share: f64,
}

/// Ranks of each column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Knots from small to large, by the column's name.
    pub columns: PerColumn<Vec<Knot>>,
}

impl Settings {
    fn knots(&self, column: &Column) -> Vec<Knot> {
        let values = sorted(column);
        let mut below = 0;
        let knots: Vec<Knot> = counts(&values)
            .into_iter()
            .map(|(value, count)| {
                let share = (below as f64 + count as f64 / 2.0) / values.len() as f64;
                below += count;
                Knot { value, share }
            })
            .collect();
        if knots.len() <= self.knots {
            return knots;
        }
        let (last, kept) = (knots.len() - 1, self.knots - 1);
        (0..=kept).map(|index| knots[index * last / kept]).collect()
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        if self.knots < 2 {
            return Err(bad_setting("rank.knots", self.knots, "at least 2"));
        }
        let columns = fit_each("rank", training, |column| self.knots(column))?;
        Ok(FittedStep::Rank(Fitted { columns }))
    }
}

fn share(knots: &[Knot], value: f32) -> f64 {
    let above = knots.partition_point(|knot| knot.value <= value);
    match (above.checked_sub(1).map(|below| knots[below]), knots.get(above)) {
        (None, None) => 0.5,
        (None, Some(_)) => 0.0,
        (Some(low), _) if low.value == value => low.share,
        (Some(_), None) => 1.0,
        (Some(low), Some(high)) => {
            let [from, to, at] = [low.value, high.value, value].map(f64::from);
            low.share + (high.share - low.share) * (at - from) / (to - from)
        }
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        apply_each(table, &self.columns, |knots, value| share(knots, value) as f32)
    }
}
