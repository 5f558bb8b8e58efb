//! Boosted trees on what is seen in and around a cell: the local baseline.
//!
//! For each species one model of [`crate::boosting`] on the layers that are seen, on what is seen, and on the
//! densities of the layers at some scales; no coordinates. It learns from all hidden cells of the training
//! masks that are present and from a share of the others, weighed accordingly.

use paydirt_core::infill::density::densities;
use paydirt_core::infill::mask::Masked;
use paydirt_core::infill::{Field, State, View};
use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use rand::RngExt;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Ask, Infiller, asks};
use crate::columns::bad_setting;
use crate::{Estimator, FittedModel, Result, TrainingSet, boosting};

/// Settings of the local trees. The defaults are those of the reference: 150 trees of 15 leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "LocalTreeSettings")]
pub struct Settings {
    /// Trees at most; fewer where samples kept aside are predicted no better.
    pub trees: usize,
    /// By what each tree's step is multiplied.
    pub learning_rate: f64,
    /// Most leaves of a tree.
    pub max_leaves: usize,
    /// Fewest samples in a leaf.
    pub min_leaf: usize,
    /// L2 penalty of the leaves' values.
    pub l2: f64,
    /// Share of the hidden cells without a record that are learned from, over 0 to 1.
    pub zero_share: f64,
    /// Scales of the densities: standard deviations in cells.
    pub density_cells: Vec<f64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trees: 150,
            learning_rate: 0.06,
            max_leaves: 15,
            min_leaf: 40,
            l2: 1.0,
            zero_share: 0.15,
            density_cells: vec![1.0, 3.0, 8.0],
        }
    }
}

/// Fitted trees of each species; none for one of which the training masks hide no record.
#[derive(Clone, Debug)]
pub struct Trees {
    models: Vec<Option<FittedModel>>,
    density_cells: Vec<f64>,
}

/// What is known of every cell of a view: one plane a column.
fn planes(view: &View, density_cells: &[f64]) -> Vec<f32> {
    let mut planes: Vec<f32> =
        view.states.iter().map(|state| super::is(*state, State::Present)).collect();
    planes.extend(view.states.iter().map(|state| 1.0 - super::is(*state, State::Hidden)));
    planes.extend(densities(view, density_cells));
    planes.extend(&view.auxiliary);
    planes
}

/// Columns of cells.
#[derive(Clone, Debug, Default)]
struct Rows {
    columns: Vec<Vec<f32>>,
    present: Vec<bool>,
}

impl Rows {
    fn add(&mut self, planes: &[f32], cells: usize, cell: usize) {
        if self.columns.is_empty() {
            self.columns = vec![Vec::new(); planes.len() / cells];
        }
        self.columns
            .iter_mut()
            .enumerate()
            .for_each(|(column, values)| values.push(planes[column * cells + cell]));
    }

    fn into_table(self) -> Result<Table> {
        let rows = self.columns.first().map_or(0, Vec::len);
        // What is not known lies beyond all that is: trees may part it.
        let known = |value: f32| if value.is_nan() { -1e6 } else { value };
        let column = |(number, values): (usize, Vec<f32>)| {
            let name = format!("plane_{number}");
            Column::new(
                &name,
                &name,
                EvidenceType::Continuous,
                values.into_iter().map(known).collect(),
            )
        };
        Ok(Table::new(rows, self.columns.into_iter().enumerate().map(column).collect())?)
    }
}

impl Settings {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        if !(self.zero_share > 0.0 && self.zero_share <= 1.0) {
            return Err(bad_setting("local_trees.zero_share", self.zero_share, "over 0, up to 1"));
        }
        check_scales("local_trees.density_cells", &self.density_cells)?;
        self.boosting().check_settings()
    }

    fn boosting(&self) -> boosting::Settings {
        boosting::Settings {
            trees: self.trees,
            learning_rate: self.learning_rate,
            max_leaves: self.max_leaves,
            min_leaf: self.min_leaf,
            l2: self.l2,
            early_stopping: Some(boosting::EarlyStopping { patience: 10, share: 0.1 }),
            ..boosting::Settings::default()
        }
    }

    /// Fits to the hidden cells of training masks.
    ///
    /// # Errors
    /// Settings out of range.
    pub fn fit(&self, field: &Field, masks: &[Masked], seed: Seed) -> Result<Trees> {
        self.check()?;
        let species = field.layers.species();
        let mut rows: Vec<Rows> = vec![Rows::default(); species];
        for (number, batch) in masks.chunks(64).enumerate() {
            let asked = asks(field, batch);
            let planes: Vec<Vec<f32>> =
                asked.par_iter().map(|ask| planes(&ask.view, &self.density_cells)).collect();
            let take = |(of, rows): (usize, &mut Rows)| {
                let mut rng =
                    seed.derive("zeros", number as u64).derive("species", of as u64).rng();
                for (masked, planes) in batch.iter().zip(&planes) {
                    let cells = field.side * field.side;
                    let truth = field.truth(masked.tile);
                    for cell in (0..cells).filter(|cell| masked.hidden.get(of * cells + cell)) {
                        let present = truth[of * cells + cell];
                        if present || rng.random::<f64>() < self.zero_share {
                            rows.add(planes, cells, cell);
                            rows.present.push(present);
                        }
                    }
                }
            };
            rows.par_iter_mut().enumerate().for_each(take);
        }
        let fit = |(of, rows): (usize, Rows)| self.fit_one(rows, seed.derive("species", of as u64));
        let models = rows.into_par_iter().enumerate().map(fit).collect::<Result<_>>()?;
        Ok(Trees { models, density_cells: self.density_cells.clone() })
    }

    fn fit_one(&self, rows: Rows, seed: Seed) -> Result<Option<FittedModel>> {
        let deposit = rows.present.clone();
        // To stop early it keeps one of each aside.
        if [true, false].iter().any(|class| deposit.iter().filter(|one| *one == class).count() < 2)
        {
            return Ok(None);
        }
        let weight = |present: &bool| if *present { 1.0 } else { 1.0 / self.zero_share as f32 };
        let weight = deposit.iter().map(weight).collect();
        let set = TrainingSet { features: rows.into_table()?, deposit, weight };
        self.boosting().fit(&set, seed).map(Some)
    }
}

/// Refuses scales of densities that are none.
pub(crate) fn check_scales(key: &str, scales: &[f64]) -> Result<()> {
    match scales.iter().find(|scale| !(**scale > 0.0 && **scale <= 1000.0)) {
        Some(scale) => Err(bad_setting(key, scale, "over 0, up to 1000 cells")),
        None => Ok(()),
    }
}

impl Trees {
    /// Trees grown, species by species.
    #[must_use]
    pub fn grown(&self) -> Vec<usize> {
        let count = |model: &Option<FittedModel>| match model {
            Some(FittedModel::Boosting(fitted)) => fitted.trees(),
            _ => 0,
        };
        self.models.iter().map(count).collect()
    }
}

impl Infiller for Trees {
    fn fill(&self, asks: &[Ask]) -> Result<Vec<Vec<f32>>> {
        let planes: Vec<Vec<f32>> =
            asks.par_iter().map(|ask| planes(&ask.view, &self.density_cells)).collect();
        let of_species = |(of, model): (usize, &Option<FittedModel>)| -> Result<Vec<f32>> {
            let Some(model) = model else { return Ok(Vec::new()) };
            let mut rows = Rows::default();
            for (ask, planes) in asks.iter().zip(&planes) {
                let states = ask.view.of(of).iter().enumerate();
                let hidden = states.filter(|(_, state)| **state == State::Hidden);
                hidden.for_each(|(cell, _)| rows.add(planes, ask.view.cells(), cell));
            }
            if rows.columns.is_empty() {
                Ok(Vec::new())
            } else {
                model.predict(&rows.into_table()?)
            }
        };
        let scores: Vec<Vec<f32>> =
            self.models.par_iter().enumerate().map(of_species).collect::<Result<_>>()?;
        let mut next: Vec<_> = scores.into_iter().map(Vec::into_iter).collect();
        let fill = |ask: &Ask| {
            let cells = ask.view.cells();
            let states = ask.view.states.iter().enumerate();
            let score = |(index, state): (usize, &State)| match state {
                State::Hidden => next[index / cells].next().unwrap_or(0.0),
                state => super::is(*state, State::Present),
            };
            states.map(score).collect()
        };
        Ok(asks.iter().map(fill).collect())
    }
}
