//! The weights of one column of evidence.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::Column;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::count::{ClassCount, ClassCounter};
use super::overlap::EmptyCount;
use super::tables::{Kind, WeightsTable};
use super::{Classes, Settings};
use crate::Result;
use crate::columns::bad_setting;

/// How one layer is generalized, where the user says so.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Manual {
    /// As the model's `kind`, for this layer.
    pub kind: Option<Classes>,
    /// Greatest value of each class but the last, ascending, of a continuous layer: the classes are
    /// then numbered from 1.
    pub bounds: Option<Vec<f32>>,
    /// Where an `ascending` or `descending` layer is cut, whatever its contrast: of an ordinal layer the
    /// last class of the pattern, of a continuous one the value that parts it (and bounds its lower part).
    pub cut_at: Option<f32>,
    /// Classes of a `unique` or categorical layer that are weighed as one, whatever their contrast.
    pub groups: Vec<Vec<f32>>,
}

impl Manual {
    /// Refuses what fits neither itself nor its column.
    fn check(&self, column: &Column, kind: Classes) -> Result<()> {
        let key = |setting: &str| format!("weights_of_evidence.layers.{}.{setting}", column.name);
        let is_continuous = column.evidence_type == EvidenceType::Continuous;
        if let Some(bounds) = &self.bounds {
            let expected = "one value or more, ascending, for a continuous layer";
            let ascend = bounds.is_sorted_by(|a, b| a < b) && bounds.iter().all(|b| b.is_finite());
            if !is_continuous || bounds.is_empty() || !ascend {
                return Err(bad_setting(&key("bounds"), format!("{bounds:?}"), expected));
            }
        }
        if let Some(cut) = self.cut_at {
            let expected = "a number, for an `ascending` or `descending` layer without `bounds`";
            let is_cumulative = matches!(kind, Classes::Ascending | Classes::Descending);
            if !is_cumulative || !cut.is_finite() || self.bounds.is_some() {
                return Err(bad_setting(&key("cut_at"), cut, expected));
            }
        }
        let mut grouped: Vec<f32> = self.groups.concat();
        grouped.sort_by(f32::total_cmp);
        let once = grouped.is_sorted_by(|a, b| a < b) && !self.groups.iter().any(Vec::is_empty);
        if !once || (kind != Classes::Unique && !grouped.is_empty()) {
            let expected =
                "lists of classes, each class in one, for a `unique` or categorical layer";
            return Err(bad_setting(&key("groups"), format!("{:?}", self.groups), expected));
        }
        Ok(())
    }
}

/// The weights of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnWeights {
    /// Name of the column.
    pub column: String,
    /// For continuous evidence the greatest value of each class but the last; its classes are
    /// numbered from 1. `None` for evidence that comes in classes.
    pub bounds: Option<Vec<f32>>,
    /// The weights, a row a class.
    pub table: WeightsTable,
}

impl ColumnWeights {
    /// Fits one column; `weight` holds one weight a row, with a mean of 1.
    pub(super) fn fit(
        settings: &Settings,
        column: &Column,
        deposit: &[bool],
        weight: &[f64],
    ) -> Result<Self> {
        let none = Manual::default();
        let manual = settings.layers.get(&column.name).unwrap_or(&none);
        let kind = match column.evidence_type {
            EvidenceType::Categorical => Classes::Unique,
            _ => manual.kind.unwrap_or(settings.kind),
        };
        manual.check(column, kind)?;
        let is_continuous = column.evidence_type == EvidenceType::Continuous;
        let bounds = is_continuous.then(|| {
            let given = manual.bounds.clone().or(manual.cut_at.map(|cut| vec![cut]));
            given.unwrap_or_else(|| quantile_bounds(column, settings.classes))
        });
        let mut counter = ClassCounter::default();
        for row in (0..deposit.len()).filter(|row| column.known[*row]) {
            counter.add(class(bounds.as_deref(), column.values[row]), deposit[row], weight[row]);
        }
        let table = settings.table(&counter.finish(), kind, manual, is_continuous);
        Ok(Self { column: column.name.clone(), bounds, table })
    }

    /// The value of its table for a value of its layer; `None` where that is missing.
    pub(super) fn class_of(&self, value: f32, known: bool) -> Option<f32> {
        known.then(|| class(self.bounds.as_deref(), value))
    }

    /// The weight of each row of its column; 0 where the value is missing.
    pub(super) fn shares<'a>(&'a self, column: &'a Column) -> impl Iterator<Item = f64> + 'a {
        column.values.iter().zip(&column.known).map(|(value, known)| {
            let class = self.class_of(*value, *known);
            let generalized = class.and_then(|class| self.table.generalized(class));
            generalized.map_or(0.0, |generalized| generalized.weight)
        })
    }
}

impl Settings {
    /// The table of a column's counts, generalized.
    fn table(
        &self,
        counts: &[ClassCount],
        kind: Classes,
        manual: &Manual,
        is_continuous: bool,
    ) -> WeightsTable {
        let of = |kind| WeightsTable::new(counts, kind, EmptyCount::HalfDeposit);
        let mut table = match kind {
            Classes::Unique => {
                let mut table = of(Kind::Unique);
                table.generalize_unique(self.min_studentized_contrast, &manual.groups);
                return table;
            }
            Classes::Ascending => of(Kind::Ascending),
            Classes::Descending => of(Kind::Descending),
            Classes::Cumulative => self.better(of(Kind::Ascending), of(Kind::Descending)),
        };
        let cut = match manual.cut_at {
            // A continuous layer has two classes then, 1 up to the cut and 2 over it.
            Some(_) if is_continuous => {
                table.cut_at(if kind == Classes::Ascending { 1.0 } else { 2.0 })
            }
            Some(class) => table.cut_at(class),
            None => table.best_cut(self.cut, self.min_studentized_contrast),
        };
        if let Some(row) = cut {
            table.generalize_at(row);
        }
        table
    }

    /// The table whose best cut is better; upwards where neither is.
    fn better(&self, ascending: WeightsTable, descending: WeightsTable) -> WeightsTable {
        let strength = |table: &WeightsTable| {
            let cut = table.best_cut(self.cut, self.min_studentized_contrast);
            cut.map_or(f64::NEG_INFINITY, |row| self.cut.of(&table.rows()[row].weights))
        };
        if strength(&descending) > strength(&ascending) { descending } else { ascending }
    }
}

/// The greatest value of each class but the last, of classes with equal numbers of known values;
/// fewer where values are tied.
fn quantile_bounds(column: &Column, classes: usize) -> Vec<f32> {
    let mut values: Vec<f32> = column.known_values().collect();
    values.sort_by(f32::total_cmp);
    let classes = classes.min(values.len());
    let mut bounds: Vec<f32> =
        (1..classes).map(|class| values[(class * values.len()).div_ceil(classes) - 1]).collect();
    bounds.dedup();
    bounds.retain(|bound| values.last().is_some_and(|last| bound < last));
    bounds
}

/// The class of a value: its number from 1 where there are bounds, itself where there are none.
fn class(bounds: Option<&[f32]>, value: f32) -> f32 {
    bounds.map_or(value, |bounds| 1.0 + bounds.partition_point(|bound| *bound < value) as f32)
}
