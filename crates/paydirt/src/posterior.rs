//! The posterior of weights of evidence with its own standard deviations, as maps.
//!
//! The map of probabilities is calibrated on held-out ground, like that of every model. This one is what
//! the weights themselves say of a unit cell: the prior is the share of cells with a known deposit, and a
//! layer that is missing adds nothing, so it reaches where evidence is incomplete.

use std::ops::Range;

use paydirt_core::stack::Stack;
use paydirt_core::table::Table;
use paydirt_io::cog::Overviews;
use paydirt_model::weights_of_evidence::posterior::Posterior;

use crate::doubt::files::{Files, SMALL_PIXELS};
use crate::doubt::maps::has;
use crate::draw::Maps;
use crate::error::Result;
use crate::fit::Trained;
use crate::report::{Keep, Miniature};
use crate::style;

/// Name of the map of posteriors.
pub const POSTERIOR: &str = "posterior";
/// Name of the map of their standard deviations from the weights and the prior.
pub const FROM_WEIGHTS: &str = "posterior_from_weights";
/// Name of the map of their standard deviations from missing evidence.
pub const FROM_MISSING: &str = "posterior_from_missing";
/// The maps, in the order in which they are kept.
pub const MAPS: [&str; 3] = [POSTERIOR, FROM_WEIGHTS, FROM_MISSING];

/// Names of the maps; none where the model is another. `evidence` has the columns of the model.
///
/// # Errors
/// Where the evidence is not what the model was fitted on.
pub fn names(trained: &Trained, evidence: &Table) -> Result<&'static [&'static str]> {
    let told = of(trained, &trained.contract.pipeline.apply(evidence)?)?;
    Ok(if told.is_some() { &MAPS } else { &[] })
}

/// The values of each of [`names`] for some rows: of those that are `wanted`, each of which some evidence is
/// known.
///
/// # Errors
/// Where the evidence is not what the model was fitted on.
pub fn values(
    trained: &Trained,
    evidence: &Table,
    wanted: impl Fn(usize) -> bool,
) -> Result<Vec<Vec<f32>>> {
    let features = trained.contract.pipeline.apply(evidence)?;
    let Some(found) = of(trained, &features)? else { return Ok(Vec::new()) };
    let known = |row: usize| features.columns().iter().any(|column| column.known[row]);
    let told: Vec<bool> = (0..features.rows()).map(|row| wanted(row) && known(row)).collect();
    let parts: [fn(&Posterior) -> f64; 3] =
        [|told| told.probability, |told| told.s_weights, |told| told.s_missing];
    let values = parts.map(|part| {
        let value =
            |(one, told): (&Posterior, &bool)| if *told { part(one) as f32 } else { f32::NAN };
        found.iter().zip(&told).map(value).collect()
    });
    Ok(values.into())
}

fn of(trained: &Trained, features: &Table) -> Result<Option<Vec<Posterior>>> {
    let contract = &trained.contract;
    let prior = contract.unit_cell_prior.unwrap_or(contract.prior);
    Ok(trained.ensemble.posterior(features, prior)?)
}

/// The standard deviation of some units from both causes.
fn totals(maps: &Maps, units: Range<usize>) -> paydirt_core::Result<Vec<f32>> {
    let weights = maps.stack.read_stored(FROM_WEIGHTS, units.clone())?;
    let missing = maps.stack.read_stored(FROM_MISSING, units)?;
    Ok(weights.iter().zip(&missing).map(|(one, other)| one.hypot(*other)).collect())
}

/// Writes `posterior_deviation.tif` with its style, where there is one.
///
/// # Errors
/// Where it cannot be written.
pub fn write(files: &Files<'_>) -> Result<()> {
    let maps = files.maps;
    if !has(maps, POSTERIOR) {
        return Ok(());
    }
    let unit = "standard deviation of the posterior";
    let bands = [
        ("total", unit),
        ("from_weights", unit),
        ("from_missing", unit),
        ("posterior", "probability of a unit cell"),
        ("studentized", "posterior over its standard deviation"),
    ];
    let total = |units: Range<usize>| Ok(totals(maps, units)?);
    let drawn = Miniature::of(&maps.stack, Keep::Middle, SMALL_PIXELS, &total)?;
    let style = style::discrete(&style::spread_classes(drawn.quantiles(style::SPREAD_SHARES)))?;
    let style = (style, Overviews::Average);
    files.file("posterior_deviation", &bands, style, |band, units| match band {
        0 => totals(maps, units),
        1 => maps.stack.read_stored(FROM_WEIGHTS, units),
        2 => maps.stack.read_stored(FROM_MISSING, units),
        3 => maps.stack.read_stored(POSTERIOR, units),
        _ => {
            let posteriors = maps.stack.read_stored(POSTERIOR, units.clone())?;
            let parts = posteriors.iter().zip(totals(maps, units)?);
            Ok(parts.map(|(posterior, deviation)| posterior / deviation).collect())
        }
    })
}
