//! Fuzzy logic: an expert says how far each layer's values belong to the ground that is sought, and how
//! layers are put together.
//!
//! Each layer becomes a membership from 0 to 1 ([`Membership`]); a tree of overlays makes one of them
//! all ([`Overlay`]): `and` the least, `or` the greatest, `product`, `sum` = 1 - product of (1 -
//! membership), `gamma` = sum^gamma x product^(1 - gamma). An, Moon & Rencz 1991, Canadian Journal of
//! Exploration Geophysics 27, 1-11; Bonham-Carter 1994, chapter 9; Zimmermann & Zysno 1980,
//! <https://doi.org/10.1016/0165-0114(80)90062-7>. The score is that membership: an order, no
//! probability.
//!
//! What the expert gives looks at no label. A layer without a membership gets one from the training
//! samples (`data`), and without an overlay all columns are put together by gamma 0.9: with default
//! settings it is therefore a model like others, blind to how layers act together. A missing value
//! stands at the mean membership of the training samples. Labels count the same whatever the share
//! of deposits, so there is no class weight. Shares are Kernel SHAP values ([`crate::explain`]) of the
//! score.

mod empirical;
mod membership;
mod overlay;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::membership::{ClassMembership, Membership};
pub use self::overlay::Overlay;

use self::membership::Curve;
use self::overlay::Placed;
use crate::columns::{bad_setting, check_columns, check_training, checked_when_read};
use crate::explain::Background;
use crate::{Attribution, Error, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Rows that are scored at a time.
const BATCH: usize = 4096;

/// Settings of fuzzy logic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The membership of each layer, by name: `memberships.antimony = { large = { midpoint = 12,
    /// spread = 5 } }`. Layers that are not named get `{ data = {} }`.
    pub memberships: BTreeMap<String, Membership>,
    /// How they are put together: `overlay = { and = [{ layer = "antimony" }, { or = [...] }] }`. By
    /// default all layers, by gamma 0.9.
    pub overlay: Option<Overlay>,
}

/// The membership of a column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Layer {
    column: String,
    curve: Curve,
    /// That of a missing value.
    mean: f64,
}

impl Layer {
    fn fit(membership: &Membership, column: &Column, set: &TrainingSet) -> Self {
        let curve = membership.fit(column, set);
        let rows = (0..set.weight.len()).filter(|row| column.known[*row]);
        let (mut sum, mut total) = (0.0, 0.0);
        for row in rows {
            let weight = f64::from(set.weight[row]);
            sum += weight * curve.of(column.values[row]);
            total += weight;
        }
        let mean = if total > 0.0 { sum / total } else { 0.5 };
        Self { column: column.name.clone(), curve, mean }
    }

    /// The membership of some rows.
    fn memberships(&self, column: &Column, rows: std::ops::Range<usize>) -> Vec<f64> {
        rows.map(|row| match column.known[row] {
            true => self.curve.of(column.values[row]),
            false => self.mean,
        })
        .collect()
    }
}

/// Memberships and overlay of the columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    layers: Vec<Layer>,
    overlay: Placed,
    background: Background,
}

checked_when_read!(Fitted);

impl Fitted {
    fn check_saved(&self) -> std::result::Result<(), String> {
        for layer in &self.layers {
            if let Curve::ByRank(rank) = &layer.curve {
                rank.check()?;
            }
        }
        self.overlay.check(self.layers.len())
    }
}

impl Estimator for Settings {
    fn check_settings(&self) -> Result<()> {
        self.memberships.iter().try_for_each(|(name, membership)| membership.check(name))
    }

    fn fit(&self, set: &TrainingSet, _: Seed) -> Result<FittedModel> {
        check_training("fuzzy", set)?;
        let names = set.features.names();
        if names.is_empty() {
            let reason = "there is no column of evidence".into();
            return Err(Error::Untrainable { model: "fuzzy", reason });
        }
        for (name, membership) in &self.memberships {
            if !names.contains(name) {
                let expected = format!("one of `{}`", names.join("`, `"));
                return Err(bad_setting("fuzzy.memberships", format!("`{name}`"), &expected));
            }
            membership.check(name)?;
        }
        let all = || Overlay::Gamma {
            gamma: 0.9,
            of: names.iter().cloned().map(Overlay::Layer).collect(),
        };
        let overlay = self.overlay.clone().unwrap_or_else(all).place(&names)?;
        let fit = |column: &Column| {
            let membership = self.memberships.get(&column.name);
            Layer::fit(membership.unwrap_or(&Membership::Data {}), column, set)
        };
        let layers = set.features.columns().iter().map(fit).collect();
        let mut fitted = Fitted { layers, overlay, background: Background::default() };
        fitted.background = Background::new(&|table| fitted.predict(table), set)?;
        Ok(FittedModel::Fuzzy(fitted))
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        check_columns(self.layers.iter().map(|layer| layer.column.as_str()), features)?;
        let rows = features.rows();
        let batches = (0..rows.div_ceil(BATCH)).into_par_iter().map(|batch| {
            let rows = batch * BATCH..rows.min((batch + 1) * BATCH);
            let columns = self.layers.iter().zip(features.columns());
            let memberships: Vec<Vec<f64>> =
                columns.map(|(layer, column)| layer.memberships(column, rows.clone())).collect();
            self.overlay.of(&memberships)
        });
        let scores = batches.collect::<Vec<_>>().concat();
        Ok(scores.into_iter().map(|score| score as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.background.explain(&|table| self.predict(table), "score", features)
    }
}
