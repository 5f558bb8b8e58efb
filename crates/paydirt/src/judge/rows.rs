//! Units and rows that pipelines and models are fitted on.

use std::collections::BTreeMap;

use paydirt_core::label::Sample;
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_core::stack::Stack;
use paydirt_core::table::Table;
use paydirt_model::TrainingSet;

use crate::error::Result;

/// Cells of the map on which the pipeline is fitted, before the held-out ones are taken away.
const FITTING_CELLS: usize = 20_000;

/// Units drawn without replacement from a set, in order of their number.
pub(crate) fn draw_units(from: &Mask, count: usize, seed: Seed) -> Vec<usize> {
    let all = from.count();
    if all <= count {
        return from.iter().collect();
    }
    let mut rng = seed.rng();
    let mut places = rand::seq::index::sample(&mut rng, all, count).into_vec();
    places.sort_unstable();
    let mut units = from.iter();
    let mut passed = 0;
    let take = |place: usize| {
        let unit = units.nth(place - passed);
        passed = place + 1;
        unit
    };
    places.into_iter().filter_map(take).collect()
}

/// The rows on which a pipeline is fitted: cells of the map, or the samples of a table.
pub(crate) fn fitting_units(stack: &dyn Stack, samples: &[Sample], seed: Seed) -> Vec<usize> {
    if stack.has_map() {
        draw_units(stack.area(), FITTING_CELLS, seed.derive("fitting cells", 0))
    } else {
        samples.iter().map(|sample| sample.unit).collect()
    }
}

/// The given rows of samples, as a model is fitted on them.
///
/// # Errors
/// As [`Table::in_groups`].
pub(crate) fn training_set(
    features: &Table,
    samples: &[Sample],
    rows: &[usize],
) -> Result<TrainingSet> {
    Ok(TrainingSet {
        features: features.select(rows).in_groups(groups(samples, rows))?,
        deposit: rows.iter().map(|&row| samples[row].is_deposit()).collect(),
        weight: rows.iter().map(|&row| samples[row].weight).collect(),
    })
}

/// What the samples belong to, numbered: their own group, or each itself. `None` where no sample has one.
fn groups(samples: &[Sample], rows: &[usize]) -> Option<Vec<u64>> {
    let mut numbers: BTreeMap<&str, u64> = BTreeMap::new();
    let number = |(place, row): (usize, &usize)| match samples[*row].group.as_deref() {
        Some(group) => {
            let next = (rows.len() + numbers.len()) as u64;
            *numbers.entry(group).or_insert(next)
        }
        None => place as u64,
    };
    let found: Vec<u64> = rows.iter().enumerate().map(number).collect();
    (!numbers.is_empty()).then_some(found)
}
