//! Training: every network with every seed, each a piece that is made once.

use std::path::Path;

use paydirt_core::seed::Seed;
use paydirt_model::infill::network::{Learning, Network};
use paydirt_model::neural::train::{Checkpoints, Outcome, Run};
use serde::{Deserialize, Serialize};

use super::project::{NamedNetwork, Opened};
use super::read::Read;
use crate::console::Console;
use crate::error::{Error, Result};
use crate::pieces::{Piece, Pieces};

/// How long a network learns between two checkpoints, in seconds.
const CHECKPOINT_S: u64 = 120;

/// A trained network.
pub(super) struct Trained {
    pub(super) name: String,
    pub(super) seed: usize,
    pub(super) network: Network,
    pub(super) outcome: Outcome,
}

/// A trained network as its files, log and weights, in the folder of models.
#[derive(Serialize, Deserialize)]
struct Files {
    files: Vec<(String, serde_bytes::ByteBuf)>,
    outcome: Outcome,
}

impl Piece for Files {}

/// What the files of a network begin with.
fn file_of(named: &NamedNetwork, seed: usize) -> String {
    format!("{}-{seed}", named.name.replace([' ', '/', '\\'], "_"))
}

/// Trains every network with every seed, one network after the other.
pub(super) fn all(
    opened: &Opened,
    read: &Read,
    (models, pieces): (&Path, &Pieces),
    console: &Console,
) -> Result<Vec<Trained>> {
    let project = &opened.project;
    let (mut trained, mut missing, mut number) = (Vec::new(), 0, 0);
    for named in &project.networks {
        for seed in 0..project.seeds {
            let mut fresh = None;
            let piece = pieces.piece("train", number, || {
                let (network, outcome) = one(opened, read, (named, seed), models, console)?;
                fresh = Some(network);
                let files = files(models, &file_of(named, seed))?;
                Ok(Files { files, outcome })
            })?;
            number += 1;
            let Some(Files { files, outcome }) = piece else {
                missing += 1;
                continue;
            };
            let network = match fresh {
                Some(network) => network,
                None => load(&files, models, &file_of(named, seed))?,
            };
            trained.push(Trained { name: named.name.clone(), seed, network, outcome });
        }
    }
    pieces.wait("train", missing)?;
    Ok(trained)
}

/// The files of a network.
fn files(models: &Path, file: &str) -> Result<Vec<(String, serde_bytes::ByteBuf)>> {
    let mut files = Vec::new();
    for ending in ["safetensors", "csv", "tfevents"] {
        let name = format!("{file}.{ending}");
        files.push((name.clone(), fs_err::read(models.join(name))?.into()));
    }
    Ok(files)
}

/// Puts the files of a network where training would have left them, and reads it.
fn load(files: &[(String, serde_bytes::ByteBuf)], models: &Path, file: &str) -> Result<Network> {
    for (name, bytes) in files {
        fs_err::write(models.join(name), bytes)?;
    }
    Ok(Network::load(&models.join(format!("{file}.safetensors")))?)
}

/// Trains one network with one seed.
fn one(
    opened: &Opened,
    read: &Read,
    (named, seed): (&NamedNetwork, usize),
    models: &Path,
    console: &Console,
) -> Result<(Network, Outcome)> {
    let project = &opened.project;
    let file = file_of(named, seed);
    let checkpoints = project.checkpoints.as_ref().map(|folder| opened.folder.join(folder));
    if let Some(folder) = &checkpoints {
        fs_err::create_dir_all(folder)?;
    }
    let checkpoints = checkpoints.map(|folder| Checkpoints {
        path: folder.join(format!("{file}.checkpoint")),
        every_steps: None,
        every: Some(std::time::Duration::from_secs(CHECKPOINT_S)),
    });
    let epochs = named.network.training.epochs as u64;
    let task = console.task(&format!("{} {seed}", named.name), epochs, "epochs");
    let mut interrupted = false;
    let outcome = named.network.fit(
        Learning { field: &read.field, sides: &read.sides, mask: &project.mask },
        Seed(project.seed).derive("network", seed as u64),
        Run {
            checkpoints,
            log: Some(models.join(&file)),
            progress: Some(Box::new(|_, at| {
                let ended = at.step.is_multiple_of(at.epoch_steps.max(1));
                let goes_on = match ended {
                    true => task.advance(1).is_ok(),
                    false => console.go_on().is_ok(),
                };
                interrupted |= !goes_on;
                goes_on
            })),
        },
    );
    if interrupted {
        return Err(Error::Interrupted);
    }
    let (network, outcome) = outcome?;
    network.save(&models.join(format!("{file}.safetensors")))?;
    Ok((network, outcome))
}
