//! What a pretext learns of the rows of ground that may train.

use std::sync::Arc;

use paydirt_core::seed::Seed;
use paydirt_core::step::FittedPipeline;
use paydirt_core::table::Table;
use paydirt_model::pretext::Trunk;
use paydirt_model::pretrain::Pretrain;

use super::Bench;
use crate::error::{Error, Result};

/// Learns from the evidence of ground that may train, as the pipeline makes it, or from the points on it whose
/// rock is known; `None` where the project has no pretext on rows.
///
/// # Errors
/// Where it cannot be learned.
pub(crate) fn learned(
    bench: &Bench<'_>,
    pipeline: &FittedPipeline,
    evidence: &Table,
    (seed, may_train): (Seed, &dyn Fn(usize) -> bool),
) -> Result<Option<Arc<Trunk>>> {
    let Some((pretrain, most)) = bench.pretrain.and_then(|one| Some((one, one.rows()?))) else {
        return Ok(None);
    };
    let (features, classes) = rows(bench, pretrain, (pipeline, evidence), may_train)?;
    let told = |row: usize| classes.as_ref().is_none_or(|classes| classes[row].is_some());
    let usable: Vec<usize> =
        (0..features.rows()).filter(|&row| features.complete(row) && told(row)).collect();
    let step = usable.len().div_ceil(most).max(1);
    let chosen: Vec<usize> = usable.into_iter().step_by(step).collect();
    let class: Vec<i64> =
        chosen.iter().filter_map(|&row| classes.as_ref().and_then(|of| of[row])).collect();
    if classes.is_some() && class.iter().all(|one| *one == class[0]) {
        let what = pretrain.told_layer().map_or("its points".into(), |layer| format!("`{layer}`"));
        return Err(Error::Data {
            reason: format!(
                "[pretrain.geology] tells classes, and {what} has one class at most on the ground that may train"
            ),
            hint: "name classes that vary, or take [pretrain.autoencoder]".into(),
        });
    }
    let trunk = pretrain.trunk(&features.select(&chosen), &class, seed.derive("pretext", 0))?;
    Ok(trunk.map(Arc::new))
}

/// The class of each row, where it is known; `None` where none is told.
type Classes = Option<Vec<Option<i64>>>;

/// The rows to learn from, and their classes.
fn rows(
    bench: &Bench<'_>,
    pretrain: &Pretrain,
    (pipeline, evidence): (&FittedPipeline, &Table),
    may_train: &dyn Fn(usize) -> bool,
) -> Result<(Table, Classes)> {
    if pretrain.points().is_some() {
        let points = bench.rocks.iter().filter(|(unit, _)| may_train(*unit));
        let (units, rocks): (Vec<usize>, Vec<Option<i64>>) =
            points.map(|(unit, rock)| (*unit, Some(*rock))).unzip();
        return Ok((pipeline.apply(&bench.stack.read_units(&units)?)?, Some(rocks)));
    }
    let classes = pretrain.told_layer().map(|layer| classes_of(evidence, layer)).transpose()?;
    Ok((pipeline.apply(evidence)?, classes))
}

fn classes_of(evidence: &Table, layer: &str) -> Result<Vec<Option<i64>>> {
    let mut columns = evidence.columns().iter();
    let column = columns.find(|column| column.layer == layer).ok_or_else(|| Error::Data {
        reason: format!("there is no evidence layer `{layer}` for [pretrain.geology] to tell"),
        hint: "name a layer of classes that is read".into(),
    })?;
    let rows = column.values.iter().zip(&column.known);
    Ok(rows.map(|(value, known)| known.then_some(*value as i64)).collect())
}
