//! Flagged ground of every species.

use paydirt_core::infill::flag::{Flagged, Settings};
use paydirt_core::infill::mask::Mode;
use paydirt_core::seed::Seed;

use super::judge::Judged;
use super::map::Maps;
use super::read::Read;
use crate::error::Result;

/// Flagged ground of one species.
pub(super) struct Flags {
    pub(super) species: usize,
    pub(super) threshold: f32,
    pub(super) flagged: Flagged,
}

pub(super) fn find(
    settings: &Settings,
    read: &Read,
    (maps, judged): (&Maps, &Judged),
    seed: Seed,
) -> Result<Vec<Flags>> {
    let threshold = settings.threshold.unwrap_or_else(|| tuned(judged, &maps.model));
    let find = |(species, map): (usize, &Vec<f32>)| {
        let seed = seed.derive("species", species as u64);
        let flagged = settings.find(&read.field.layers, map, threshold, seed)?;
        Ok(Flags { species, threshold, flagged })
    };
    maps.mean.iter().enumerate().map(find).collect()
}

/// The threshold that the model's training tiles chose, where layers are hidden as they are for the map: in the
/// last of the modes judged that is not one layer alone.
fn tuned(judged: &Judged, model: &str) -> f32 {
    let contestant = judged.contestants.iter().find(|contestant| contestant.name == model);
    let outcomes = contestant.map_or(&[][..], |contestant| &contestant.all);
    let chosen = outcomes.iter().rev().find(|outcome| outcome.mode != Mode::OneLayer);
    chosen.or(outcomes.last()).map_or(0.5, |outcome| outcome.threshold)
}
