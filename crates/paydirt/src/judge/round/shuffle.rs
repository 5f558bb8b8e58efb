//! Layers shuffled among held-out rows: how much the figures fall.

use std::collections::BTreeMap;

use paydirt_core::label::Sample;
use paydirt_core::metric::{HeldOut, METRICS};
use paydirt_core::split::SplitKind;
use paydirt_core::table::Table;
use paydirt_model::FittedModel;
use paydirt_model::neural::{Ground, Shuffled};

use super::{Prepared, Round};
use crate::error::Result;
use crate::judge::ROC_AUC;
use crate::judge::found::Pool;

impl Round<'_> {
    /// Scores the held-out rows with each layer, or group of layers, shuffled among them.
    pub(super) fn shuffle(
        &self,
        prepared: &Prepared,
        (model, ground): (&FittedModel, Option<&dyn Ground>),
    ) -> Result<Vec<Vec<f64>>> {
        use rand::seq::SliceRandom;
        let held_out = self.evidence.select(&prepared.held_out);
        let (shuffles, shuffled) = (self.bench.shuffles, self.bench.shuffled());
        let mut scores = Vec::new();
        for index in 0..shuffles * shuffled.len() {
            let seed = self.seed.derive("shuffle", index as u64);
            let mut order: Vec<usize> = (0..held_out.rows()).collect();
            order.shuffle(&mut seed.derive("fold", prepared.held_out[0] as u64).rng());
            let other = held_out.select(&order);
            let mut columns = held_out.columns().to_vec();
            for &column in &shuffled[index / shuffles] {
                columns[column] = other.columns()[column].clone();
            }
            let units = held_out.units().map(<[usize]>::to_vec);
            let table = Table::new(held_out.rows(), columns)?.at(units)?;
            let table = prepared.pipeline.apply(&table)?;
            let names: Vec<&str> = layers_of(&table, &held_out, &shuffled[index / shuffles]);
            let moved =
                ground.map(|ground| Shuffled::new(ground, &names, cells(&held_out, &other)));
            let seen = moved.as_ref().map(|moved| moved as &dyn Ground);
            scores.push(model.score(&table, seen)?.into_iter().map(f64::from).collect());
        }
        Ok(scores)
    }

    pub(super) fn record_falls(&self, pool: &Pool, shuffled: &[Vec<f64>], falls: &mut [Vec<f64>]) {
        let auc = |scores: &[f64]| {
            let samples = pool.rows.iter().map(|&row| &self.ground.samples[row]);
            let held_out = HeldOut {
                score: scores.to_vec(),
                deposit: samples.clone().map(Sample::is_deposit).collect(),
                weight: samples.map(|sample| f64::from(sample.weight)).collect(),
                group: vec![0; scores.len()],
                stratum: self.strata(SplitKind::Spatial, pool),
                ..HeldOut::default()
            };
            METRICS.iter().find(|metric| metric.key == ROC_AUC).and_then(|m| m.of(&held_out))
        };
        let Some(whole) = auc(&pool.scores) else { return };
        for (index, scores) in shuffled.iter().enumerate() {
            if let Some(without) = auc(scores) {
                falls[index / self.bench.shuffles].push(whole - without);
            }
        }
    }
}

/// The features that were made of some columns of evidence.
fn layers_of<'a>(features: &'a Table, evidence: &Table, columns: &[usize]) -> Vec<&'a str> {
    let layer = |column: &usize| &evidence.columns()[*column].layer;
    let of_them = |layer_name: &String| columns.iter().any(|column| layer(column) == layer_name);
    let columns = features.columns().iter().filter(|column| of_them(&column.layer));
    columns.map(|column| &*column.name).collect()
}

/// The cell of each row, and that of the row in its place.
fn cells(rows: &Table, others: &Table) -> BTreeMap<usize, usize> {
    let pairs = rows.units().into_iter().flatten().zip(others.units().into_iter().flatten());
    pairs.map(|(cell, other)| (*cell, *other)).collect()
}
