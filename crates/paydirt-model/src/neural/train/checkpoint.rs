//! The state of a fit in a file.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::optimiser::Moments;
use super::state::State;
use super::{Task, Training};
use crate::neural::parameters::{Parameters, Spec};
use crate::neural::pass::{tensor, to_numbers};
use crate::neural::weights::{self, Named};
use crate::{Error, Result};
use paydirt_core::seed::Seed;

/// Version of the file.
const VERSION: u32 = 1;

/// The numbers that are not tensors.
#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    fit: String,
    step: usize,
    momenta: f64,
    epoch_loss: f64,
    last_loss: Option<f64>,
    last_held_out: Option<f64>,
    best: Option<f64>,
    since: usize,
    since_plateau: usize,
    plateaus: usize,
    over: bool,
}

/// What tells a fit from all others: its network with the weights that it begins with, settings, seed and
/// examples.
pub(super) fn fit<T: Task>(
    parameters: &Parameters,
    task: &T,
    settings: &Training,
    seed: Seed,
) -> String {
    let begins: Vec<u64> =
        parameters.values().iter().map(|value| of_bits(&to_numbers(value.clone()))).collect();
    let told = (
        begins,
        parameters.specs(),
        settings,
        seed,
        [task.examples(), task.held_out()],
        task.fingerprint(),
    );
    let text = serde_json::to_string(&told).unwrap_or_default();
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A number that tells one thing from others.
pub(crate) fn digest(thing: &impl Serialize) -> u64 {
    let text = serde_json::to_string(thing).unwrap_or_default();
    Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// A number that tells numbers from others, by their bits (Fowler, Noll and Vo's hash).
pub(crate) fn of_bits(numbers: &[f32]) -> u64 {
    numbers.iter().fold(0xcbf2_9ce4_8422_2325, |hash, number| {
        (hash ^ u64::from(number.to_bits())).wrapping_mul(0x0100_0000_01b3)
    })
}

pub(super) fn save(path: &Path, parameters: &Parameters, state: &State, fit: &str) -> Result<()> {
    let mut named: Named = Vec::new();
    let mut put = |part: &str, spec: &Spec, numbers: Vec<f32>| {
        named.push((Spec { name: format!("{part}/{}", spec.name), ..spec.clone() }, numbers));
    };
    for (index, spec) in parameters.specs().iter().enumerate() {
        put("weights", spec, to_numbers(parameters.values()[index].clone()));
        put("first", spec, to_numbers(state.moments[index].first.clone()));
        put("second", spec, to_numbers(state.moments[index].second.clone()));
        if let Some((_, best)) = &state.best {
            put("best", spec, to_numbers(best[index].clone()));
        }
    }
    let saved = Saved {
        version: VERSION,
        fit: fit.into(),
        step: state.step,
        momenta: state.momenta,
        epoch_loss: state.epoch_loss,
        last_loss: Some(state.last_loss).filter(|loss| loss.is_finite()),
        last_held_out: state.last_held_out.filter(|loss| loss.is_finite()),
        best: state.best.as_ref().map(|best| best.0),
        since: state.since,
        since_plateau: state.since_plateau,
        plateaus: state.plateaus,
        over: state.over,
    };
    weights::write(path, &weights::to_bytes(&named, &saved)?)
}

/// Puts parameters and state back as they were saved.
pub(super) fn load(path: &Path, parameters: &mut Parameters, fit: &str) -> Result<State> {
    let what = path.display().to_string();
    let wrong = |reason: String| Error::Weights { what: what.clone(), reason };
    let (named, saved): (Named, Saved) = weights::from_bytes(&what, &weights::read(path)?)?;
    if saved.version != VERSION {
        return Err(wrong(format!("it is of version {}, expected {VERSION}", saved.version)));
    }
    if saved.fit != fit {
        return Err(wrong("it belongs to a fit of other settings, seed or examples".into()));
    }
    let device = parameters.device().clone();
    let part = |part: &str| -> Result<Vec<Vec<f32>>> {
        let each = parameters.specs().iter().map(|spec| {
            let name = format!("{part}/{}", spec.name);
            let place = named.binary_search_by(|(found, _)| found.name.cmp(&name));
            let found = place.map(|place| &named[place].1).ok().filter(|n| n.len() == spec.len());
            found.cloned().ok_or_else(|| wrong(format!("`{name}` is not in it as expected")))
        });
        each.collect()
    };
    let on_device = |numbers: Vec<f32>| {
        let count = numbers.len();
        tensor(numbers, [count], &device)
    };
    let (weights, first, second) = (part("weights")?, part("first")?, part("second")?);
    let best = match saved.best {
        None => None,
        Some(loss) => Some((loss, part("best")?.into_iter().map(on_device).collect())),
    };
    parameters.load(&weights)?;
    let moments = first.into_iter().zip(second);
    Ok(State {
        step: saved.step,
        momenta: saved.momenta,
        epoch_loss: saved.epoch_loss,
        last_loss: saved.last_loss.unwrap_or(f64::NAN),
        last_held_out: saved.last_held_out,
        best,
        since: saved.since,
        since_plateau: saved.since_plateau,
        plateaus: saved.plateaus,
        over: saved.over,
        moments: moments
            .map(|(first, second)| Moments { first: on_device(first), second: on_device(second) })
            .collect(),
    })
}
