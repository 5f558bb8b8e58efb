//! Impute by random forests (missForest: Stekhoven & Buehlmann 2012,
//! doi:10.1093/bioinformatics/btr597). Missing values start as those of `impute_median`; then each
//! column in turn, the one with the fewest gaps first, is predicted by a forest of regression trees
//! from all other columns, and the whole is repeated until the filled-in values change more than
//! the time before. Forests of *every* column, grown on the completed training side, are kept: the
//! map may have gaps where the training side has none. There each row is filled in by itself, in as
//! many rounds as the training side took.
//!
//! A continuous value is the forest's mean, an ordinal one the class nearest to it, a categorical
//! one the category whose own forest (of 0 and 1) says most, among the 20 commonest. As in the
//! model `forest`, other columns' categories are parted by the order of their codes. Where the
//! training side knows too little of a column to grow a tree, the value is that of `impute_median`.
//! Unless switched off, each column gets a companion `<column>_missing`, as there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, counts, require_columns, sorted, unknown};
use super::impute_median::{filled, filling};
use super::impute_nearest::evenly;
use super::standardise::Moments;
use super::{FittedStep, Step};
use crate::Result;
use crate::layer::EvidenceType;
use crate::seed::Seed;
use crate::table::{Column, Table};
use crate::trees::{
    self, Bins, Entry, Limits, MOST_BINS, Plan, StoredTree, TrainingColumn, Tree, grow_forest, mean,
};

/// Most categories that are told apart.
const MOST_CATEGORIES: usize = 20;

/// Fills in what is missing by what the other columns say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Trees of each forest, 1 to 1000.
    pub trees: usize,
    /// Fewest distinct rows in a leaf, at least 1.
    pub min_leaf: usize,
    /// Most rounds over all columns, 1 to 100.
    pub rounds: usize,
    /// Most training rows that the forests are grown on, evenly taken, at least 1: time and the size
    /// of what is saved are in proportion to them.
    pub max_rows: usize,
    /// Whether each column gets a companion that says where it was missing.
    pub indicator: bool,
    /// Seed of the forests.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { trees: 50, min_leaf: 5, rounds: 10, max_rows: 2000, indicator: true, seed: 0 }
    }
}

/// A column and what its forests predict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// What kind of number it holds.
    pub evidence_type: EvidenceType,
    /// Moments of the known training values.
    pub moments: Moments,
    /// The value that it starts with, and keeps where there is no forest.
    pub filling: f32,
    /// The classes or categories of the training side that it may become.
    pub classes: Vec<f32>,
}

/// The columns and their forests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Fitted {
    indicator: bool,
    rounds: usize,
    targets: Vec<Target>,
    bins: Bins,
    /// `[target][forest][tree]`: one forest a target, one a category, or none.
    forests: Vec<Vec<Vec<Tree>>>,
}

/// What is saved.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    indicator: bool,
    rounds: usize,
    targets: Vec<Target>,
    edges: Vec<Vec<f32>>,
    forests: Vec<Vec<Vec<StoredTree>>>,
}

impl From<Fitted> for Stored {
    fn from(fitted: Fitted) -> Self {
        let Fitted { indicator, rounds, targets, bins, forests } = fitted;
        let store = |forest: Vec<Tree>| forest.iter().map(Tree::to_stored).collect();
        let forests = forests.into_iter().map(|of| of.into_iter().map(store).collect()).collect();
        Self { indicator, rounds, targets, edges: bins.into_edges(), forests }
    }
}

impl TryFrom<Stored> for Fitted {
    type Error = String;

    fn try_from(stored: Stored) -> std::result::Result<Self, String> {
        let Stored { indicator, rounds, targets, edges, forests } = stored;
        let width = targets.len();
        if edges.len() != width || forests.len() != width {
            return Err(format!("{width} columns, but {} are cut", edges.len()));
        }
        let read = |tree: &StoredTree| Tree::from_stored(tree, width, f32::MIN..=f32::MAX);
        let forests = forests
            .iter()
            .map(|of| of.iter().map(|forest| forest.iter().map(read).collect()).collect())
            .collect::<std::result::Result<_, String>>()?;
        Ok(Self { indicator, rounds, targets, bins: Bins::from_edges(edges)?, forests })
    }
}

impl Target {
    fn of(column: &Column) -> Self {
        let mut classes = counts(&sorted(column));
        if column.evidence_type == EvidenceType::Categorical {
            classes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            classes.truncate(MOST_CATEGORIES);
        }
        if column.evidence_type == EvidenceType::Continuous {
            classes.clear();
        }
        Self {
            name: column.name.clone(),
            evidence_type: column.evidence_type,
            moments: Moments::of(column),
            filling: filling(column),
            classes: classes.into_iter().map(|(class, _)| class).collect(),
        }
    }

    /// What each forest is to learn of the known values: `[forest]`, of the row's value.
    fn lessons(&self) -> Vec<Box<dyn Fn(f32) -> f32 + '_>> {
        let moments = self.moments;
        match self.evidence_type {
            EvidenceType::Categorical if self.classes.len() < 2 => Vec::new(),
            EvidenceType::Categorical => {
                let lesson = |class: &f32| -> Box<dyn Fn(f32) -> f32 + '_> {
                    let class = *class;
                    Box::new(move |value| f32::from(u8::from(value == class)))
                };
                self.classes.iter().map(lesson).collect()
            }
            _ if !(moments.deviation > 0.0 && moments.deviation.is_finite()) => Vec::new(),
            _ => vec![Box::new(move |value| moments.standardise(value.into()) as f32)],
        }
    }

    /// The value that the forests say, one prediction each.
    fn value(&self, said: impl Iterator<Item = f32>) -> f32 {
        let said: Vec<f32> = said.collect();
        let Some(&first) = said.first() else { return self.filling };
        let Moments { mean, deviation } = self.moments;
        let value = (f64::from(first) * deviation + mean) as f32;
        let best = match self.evidence_type {
            EvidenceType::Continuous => return value,
            EvidenceType::Ordinal => self.classes.iter().map(|class| (class - value).abs()),
            EvidenceType::Categorical => {
                let most = said.iter().copied().fold(f32::MIN, f32::max);
                let best = said.iter().position(|share| *share == most).unwrap_or(0);
                return self.classes.get(best).copied().unwrap_or(self.filling);
            }
        };
        let nearest = best.enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        nearest.map_or(self.filling, |(index, _)| self.classes[index])
    }
}

/// A training side that is being filled in.
struct Filling<'a> {
    settings: &'a Settings,
    training: &'a Table,
    targets: &'a [Target],
    filled: Table,
}

impl Filling<'_> {
    /// The forests of a target, grown on the rows in which it is known.
    fn forests(&self, index: usize, columns: &[TrainingColumn], seed: Seed) -> Vec<Vec<Tree>> {
        let mut columns = columns.to_vec();
        columns[index] = TrainingColumn::silent(self.training.rows());
        let target = &self.training.columns()[index];
        let limits = Limits {
            max_features: self.targets.len().isqrt().max(1),
            min_leaf: self.settings.min_leaf,
            max_depth: usize::MAX,
        };
        let plan = Plan { trees: self.settings.trees, limits, bootstrap: true };
        let lessons = self.targets[index].lessons().into_iter().enumerate();
        lessons
            .map(|(number, lesson)| {
                let known = target.values.iter().zip(&target.known).enumerate();
                let known = known.filter(|(_, (_, known))| **known);
                let entries: Vec<Entry<f32>> = known
                    .map(|(row, (&value, _))| Entry {
                        row: row as u32,
                        target: lesson(value),
                        weight: 1.0,
                    })
                    .collect();
                let seed = seed.derive("class", number as u64);
                grow_forest::<trees::Moments>(&columns, &entries, plan, seed)
            })
            .collect()
    }

    fn bins(&self) -> (Bins, Vec<TrainingColumn>) {
        Bins::fit(&self.filled, &vec![1.0; self.training.rows()], MOST_BINS)
    }

    /// Predicts each column with gaps once, those with the fewest first; returns how much the filled-in
    /// values changed: the share of the sizes' squares, and the share of categories.
    fn round(&mut self, order: &[usize], seed: Seed) -> Result<f64> {
        let before = self.filled.clone();
        for &index in order {
            let (bins, columns) = self.bins();
            let forests = self.forests(index, &columns, seed.derive("column", index as u64));
            let known = &self.training.columns()[index].known;
            let filled = std::mem::take(&mut self.filled);
            self.filled = predict(filled, &bins, &forests, (index, known), &self.targets[index])?;
        }
        let (mut apart, mut size, mut changed, mut names) = (0.0, 0.0, 0.0, 0.0);
        for &index in order {
            let target = &self.targets[index];
            let columns = [&before, &self.filled].map(|table| &table.columns()[index].values);
            for row in gaps(&self.training.columns()[index].known) {
                let [old, new] = columns.map(|values| values[row]);
                if target.evidence_type == EvidenceType::Categorical {
                    changed += f64::from(u8::from(old != new));
                    names += 1.0;
                } else {
                    let [old, new] = [old, new].map(|v| target.moments.standardise(v.into()));
                    apart += (new - old).powi(2);
                    size += new.powi(2);
                }
            }
        }
        let share = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        Ok(share(apart, size) + share(changed, names))
    }
}

fn gaps(known: &[bool]) -> impl Iterator<Item = usize> + '_ {
    (0..known.len()).filter(|&row| !known[row])
}

/// Writes what the forests say into the gaps of one column of a filled table.
fn predict(
    filled: Table,
    bins: &Bins,
    forests: &[Vec<Tree>],
    (index, known): (usize, &[bool]),
    target: &Target,
) -> Result<Table> {
    let gaps: Vec<usize> = gaps(known).collect();
    if gaps.is_empty() || forests.is_empty() {
        return Ok(filled);
    }
    let features = filled.select(&gaps);
    let said: Vec<Vec<f32>> = forests.iter().map(|trees| mean(bins, trees, &features)).collect();
    let rows = filled.rows();
    let mut columns = filled.into_columns();
    for (place, row) in gaps.into_iter().enumerate() {
        columns[index].values[row] = target.value(said.iter().map(|said| said[place]));
    }
    Table::new(rows, columns)
}

impl Settings {
    fn check(&self) -> Result<()> {
        let checks = [
            ("trees", self.trees, 1..=1000, "from 1 to 1000"),
            ("min_leaf", self.min_leaf, 1..=usize::MAX, "at least 1"),
            ("rounds", self.rounds, 1..=100, "from 1 to 100"),
            ("max_rows", self.max_rows, 1..=u32::MAX as usize, "from 1 to 4,294,967,295"),
        ];
        for (key, found, range, expected) in checks {
            if !range.contains(&found) {
                return Err(bad_setting(&format!("impute_forest.{key}"), found, expected));
            }
        }
        Ok(())
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        self.check()?;
        let training = evenly(training, self.max_rows);
        let targets: Vec<Target> = training.columns().iter().map(Target::of).collect();
        let missing: Vec<usize> =
            training.columns().iter().map(|column| gaps(&column.known).count()).collect();
        let mut order: Vec<usize> = (0..targets.len()).filter(|&i| missing[i] > 0).collect();
        order.sort_by_key(|&index| missing[index]);
        let start = filled(training.clone(), false, |column, _| targets[column].filling)?;
        let mut filling =
            Filling { settings: self, training: &training, targets: &targets, filled: start };
        let (mut rounds, mut change) = (0, f64::INFINITY);
        while rounds < self.rounds && !order.is_empty() {
            let before = filling.filled.clone();
            let next = filling.round(&order, Seed(self.seed).derive("round", rounds as u64))?;
            if next >= change {
                filling.filled = before;
                break;
            }
            (rounds, change) = (rounds + 1, next);
        }
        let (bins, columns) = filling.bins();
        let seed = Seed(self.seed).derive("last", 0);
        let forests = (0..targets.len())
            .map(|index| filling.forests(index, &columns, seed.derive("column", index as u64)))
            .collect();
        let (indicator, rounds) = (self.indicator, rounds.max(1));
        Ok(FittedStep::ImputeForest(Fitted { indicator, rounds, targets, bins, forests }))
    }
}

impl Fitted {
    /// The columns, and what their forests predict.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let names: Vec<String> = self.targets.iter().map(|target| target.name.clone()).collect();
        require_columns(&table, names.iter())?;
        let place = |name: &String| names.iter().position(|known| known == name);
        let places = table
            .columns()
            .iter()
            .map(|column| place(&column.name).ok_or_else(|| unknown(&column.name, names.iter())));
        let places: Vec<usize> = places.collect::<Result<_>>()?;
        let columns = names.iter().filter_map(|name| table.column(name)).cloned().collect();
        let known: Vec<Vec<bool>> =
            names.iter().filter_map(|name| Some(table.column(name)?.known.clone())).collect();
        let ordered = Table::new(table.rows(), columns)?;
        let mut values = filled(ordered, false, |column, _| self.targets[column].filling)?;
        for _ in 0..self.rounds {
            for (index, target) in self.targets.iter().enumerate() {
                let gaps = (index, known[index].as_slice());
                values = predict(values, &self.bins, &self.forests[index], gaps, target)?;
            }
        }
        let values = values.columns();
        filled(table, self.indicator, |column, row| values[places[column]].values[row])
    }
}
