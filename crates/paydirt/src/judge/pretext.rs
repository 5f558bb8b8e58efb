//! What a pretext learns of the rows of ground that may train.

use std::sync::Arc;

use paydirt_core::seed::Seed;
use paydirt_core::step::FittedPipeline;
use paydirt_core::table::Table;
use paydirt_model::pretext::Trunk;

use super::Bench;
use crate::error::{Error, Result};

/// Learns from the evidence of ground that may train, as the pipeline makes it; `None` where the project has
/// no pretext on rows.
///
/// # Errors
/// Where it cannot be learned.
pub(crate) fn learned(
    bench: &Bench<'_>,
    pipeline: &FittedPipeline,
    evidence: &Table,
    seed: Seed,
) -> Result<Option<Arc<Trunk>>> {
    let Some((pretrain, most)) = bench.pretrain.and_then(|one| Some((one, one.rows()?))) else {
        return Ok(None);
    };
    let told = match pretrain.told_layer() {
        None => None,
        Some(layer) => {
            Some(evidence.columns().iter().find(|one| one.layer == layer).ok_or_else(|| {
                Error::Data {
                    reason: format!(
                        "there is no evidence layer `{layer}` for [pretrain.geology] to tell"
                    ),
                    hint: "name a layer of classes that is read".into(),
                }
            })?)
        }
    };
    let features = pipeline.apply(evidence)?;
    let usable: Vec<usize> = (0..features.rows())
        .filter(|&row| features.complete(row) && told.is_none_or(|column| column.known[row]))
        .collect();
    let step = usable.len().div_ceil(most).max(1);
    let rows: Vec<usize> = usable.into_iter().step_by(step).collect();
    let class = told.map_or_else(Vec::new, |column| {
        rows.iter().map(|&row| column.values[row] as i64).collect::<Vec<_>>()
    });
    if let (Some(layer), true) = (pretrain.told_layer(), class.iter().all(|one| *one == class[0])) {
        return Err(Error::Data {
            reason: format!(
                "[pretrain.geology] tells classes, and `{layer}` has one class on the ground that may train"
            ),
            hint: "name a layer whose classes vary, or take [pretrain.autoencoder]".into(),
        });
    }
    let trunk = pretrain.trunk(&features.select(&rows), &class, seed.derive("pretext", 0))?;
    Ok(trunk.map(Arc::new))
}
