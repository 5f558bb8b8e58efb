//! A member of the ensemble: the piece of fitting that is made and kept whole.

use paydirt_core::label::Sample;
use paydirt_core::seed::Seed;
use paydirt_core::step::FittedPipeline;
use paydirt_model::{FittedModel, TrainingSet};
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::doubt::fit::Others;
use crate::error::Result;
use crate::judge::{Bench, training_set};
use crate::pieces::Piece;
use crate::project::Project;

/// How many members the ensemble has: one where nothing is drawn at random.
pub(super) fn members_of(bench: &Bench<'_>, project: &Project, console: &Console) -> usize {
    let count = project.uncertainty.ensemble.members;
    let varies = bench.sampling.varies() || project.model.varies() || bench.training.varies();
    if count > 1 && !varies {
        console.warn(format!(
            "neither [sample.{}] nor [model.{}] draws anything at random, so one member is fitted",
            bench.sampling.key(),
            project.model.key()
        ));
        return 1;
    }
    count
}

/// The training side of a member: all ground.
pub(super) fn member_set(
    bench: &Bench<'_>,
    samples: &[Sample],
    pipeline: &FittedPipeline,
    seed: Seed,
) -> Result<TrainingSet> {
    let units: Vec<usize> = samples.iter().map(|sample| sample.unit).collect();
    let features = pipeline.apply(&bench.stack.read_units(&units)?)?;
    let rows: Vec<usize> = (0..features.rows()).filter(|&row| features.complete(row)).collect();
    let rows = bench.training.rows(bench.stack, samples, rows, seed.derive("thinning", 0))?;
    training_set(&features, samples, &rows)
}

/// A member, and what is fitted to its draw beside it.
#[derive(Serialize, Deserialize)]
pub(super) struct Drawn {
    pub(super) member: FittedModel,
    pub(super) others: Others,
}

impl Piece for Drawn {
    fn encode(&self) -> std::result::Result<Vec<u8>, String> {
        // As in `model/`: trees with the names of their fields would be several times as large.
        rmp_serde::to_vec(self).map_err(|error| error.to_string())
    }
}
