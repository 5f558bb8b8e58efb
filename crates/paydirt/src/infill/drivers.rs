//! What the flagged clusters rest on: what is left of their scores when something is not known.

use paydirt_core::infill::{Hidden, Tile, View};
use paydirt_model::infill::{Ask, Infiller};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::flags::Flags;
use super::judge::Judged;
use super::read::Read;
use crate::console::Console;
use crate::error::Result;

/// Clusters of a species that are explained, the surest first.
const EXPLAINED: usize = 10;

/// What is hidden of a view to see what rests on it.
enum Without<'a> {
    Species(usize),
    /// Planes of an auxiliary layer.
    Planes(&'a [usize]),
    Scans,
}

/// What a cluster's score rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Driver {
    /// A species, an auxiliary layer, or `spectra of soil`.
    pub name: String,
    /// By how much the cluster's mean score falls when it is not known; under 0 where it rises.
    pub share: f64,
}

/// The drivers of each cluster, strongest first: `[species][cluster]`; none beyond the first clusters. Every
/// time the species itself is hidden in the whole tile around the cluster.
pub(super) fn measure(
    read: &Read,
    judged: &Judged,
    flagged: &[Flags],
    console: &Console,
) -> Result<Vec<Vec<Vec<Driver>>>> {
    let Some(model) = judged.drawer() else { return Ok(Vec::new()) };
    let parts = parts(read);
    let all: usize = flagged.iter().map(|f| f.flagged.clusters.len().min(EXPLAINED)).sum();
    let task = console.task("drivers", all as u64, "clusters");
    let mut found = Vec::new();
    for flags in flagged {
        let mut of_species = Vec::new();
        for cluster in flags.flagged.clusters.iter().take(EXPLAINED) {
            of_species.push(of_cluster(
                read,
                model,
                (flags.species, &cluster.target.units),
                &parts,
            )?);
            task.advance(1)?;
        }
        found.push(of_species);
    }
    Ok(found)
}

/// What can be hidden, by name; planes of one layer together.
fn parts(read: &Read) -> Vec<(String, Vec<usize>)> {
    let mut layers: Vec<(String, Vec<usize>)> = Vec::new();
    for (plane, name) in read.line.auxiliary.iter().enumerate() {
        let layer = read.line.layers.iter().find(|layer| {
            name.strip_prefix(&layer.name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        let name = layer.map_or(name, |layer| &layer.name);
        match layers.iter_mut().find(|(known, _)| known == name) {
            Some((_, planes)) => planes.push(plane),
            None => layers.push((name.clone(), vec![plane])),
        }
    }
    layers
}

fn of_cluster(
    read: &Read,
    model: &dyn Infiller,
    (species, units): (usize, &[usize]),
    layers: &[(String, Vec<usize>)],
) -> Result<Vec<Driver>> {
    let field = &read.field;
    let names = &field.layers.names;
    let mut without: Vec<(String, Without<'_>)> = (0..names.len())
        .filter(|other| *other != species)
        .map(|other| (names[other].clone(), Without::Species(other)))
        .collect();
    without.extend(layers.iter().map(|(name, planes)| (name.clone(), Without::Planes(planes))));
    if field.spectra.is_some() {
        without.push(("spectra of soil".into(), Without::Scans));
    }
    let (tile, cells) = around(read, units);
    let whole = field.side * field.side;
    let base = Hidden::layer(names.len(), field.side, species);
    let view = |hidden: &Hidden| field.view(tile, hidden);
    let known = view(&base);
    let mut asks = vec![Ask { tile, view: known.clone() }];
    for (_, without) in &without {
        let view: View = match without {
            Without::Species(other) => {
                let mut hidden = base.clone();
                (other * whole..(other + 1) * whole).for_each(|index| hidden.set(index, true));
                view(&hidden)
            }
            Without::Planes(planes) => {
                let mut view = known.clone();
                for plane in *planes {
                    view.auxiliary[plane * whole..(plane + 1) * whole].fill(f32::NAN);
                }
                view
            }
            Without::Scans => View { scans: Vec::new(), ..known.clone() },
        };
        asks.push(Ask { tile, view });
    }
    let scores = model.fill(&asks)?;
    let mean = |scores: &[f32]| {
        let sum: f64 = cells.iter().map(|cell| f64::from(scores[species * whole + cell])).sum();
        sum / cells.len().max(1) as f64
    };
    let told = mean(&scores[0]);
    let mut drivers: Vec<Driver> = without
        .into_iter()
        .zip(&scores[1..])
        .map(|((name, _), scores)| Driver { name, share: told - mean(scores) })
        .collect();
    drivers.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
    Ok(drivers)
}

/// The tile around some units, inside the grid, and the cells of theirs that lie in it.
fn around(read: &Read, units: &[usize]) -> (Tile, Vec<usize>) {
    let (grid, side) = (&read.field.layers.grid, read.field.side);
    let middle = |of: &dyn Fn(usize) -> usize, most: usize| {
        let sum: usize = units.iter().map(|unit| of(*unit)).sum();
        (sum / units.len().max(1)).saturating_sub(side / 2).min(most - side)
    };
    let row = middle(&|unit| unit / grid.cols, grid.rows);
    let col = middle(&|unit| unit % grid.cols, grid.cols);
    let inside = |unit: &usize| {
        let (down, across) =
            ((unit / grid.cols).checked_sub(row)?, (unit % grid.cols).checked_sub(col)?);
        (down < side && across < side).then_some(down * side + across)
    };
    (Tile { row, col }, units.iter().filter_map(inside).collect())
}
