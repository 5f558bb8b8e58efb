//! What the flagged clusters rest on: what is left of their scores when something is not known.

use paydirt_core::infill::{Hidden, Tile, View};
use paydirt_core::target::Target;
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
    let asked = Asked { read, model, layers: layers(read), scans: !judged.networks.is_empty() };
    let all: usize = flagged.iter().map(|f| f.flagged.clusters.len().min(EXPLAINED)).sum();
    let task = console.task("drivers", all as u64, "clusters");
    let mut found = Vec::new();
    for flags in flagged {
        let mut of_species = Vec::new();
        for cluster in flags.flagged.clusters.iter().take(EXPLAINED) {
            of_species.push(of_cluster(&asked, flags.species, &cluster.target)?);
            task.advance(1)?;
        }
        found.push(of_species);
    }
    Ok(found)
}

/// What all clusters are explained with.
struct Asked<'a> {
    read: &'a Read,
    model: &'a dyn Infiller,
    /// The auxiliary layers and the planes of each.
    layers: Vec<(String, Vec<usize>)>,
    /// Whether the model sees spectra where there are any.
    scans: bool,
}

fn layers(read: &Read) -> Vec<(String, Vec<usize>)> {
    let mut layers: Vec<(String, Vec<usize>)> = Vec::new();
    for (plane, layer) in read.field.plane_layers.iter().enumerate() {
        match layers.iter_mut().find(|(known, _)| known == layer) {
            Some((_, planes)) => planes.push(plane),
            None => layers.push((layer.clone(), vec![plane])),
        }
    }
    layers
}

fn of_cluster<'a>(asked: &'a Asked<'_>, species: usize, cluster: &Target) -> Result<Vec<Driver>> {
    let field = &asked.read.field;
    let names = &field.layers.names;
    let Some((tile, cells)) = around(asked.read, cluster) else { return Ok(Vec::new()) };
    let mut without: Vec<(String, Without<'a>)> = (0..names.len())
        .filter(|other| *other != species)
        .map(|other| (names[other].clone(), Without::Species(other)))
        .collect();
    let planes = |(name, planes): &'a (String, Vec<usize>)| (name.clone(), Without::Planes(planes));
    without.extend(asked.layers.iter().map(planes));
    if asked.scans && field.spectra.is_some() {
        without.push(("spectra of soil".into(), Without::Scans));
    }
    let whole = field.side * field.side;
    let base = Hidden::layer(names.len(), field.side, species);
    let known = field.view(tile, &base);
    let mut asks = vec![Ask { tile, view: known.clone() }];
    for (_, without) in &without {
        let view: View = match without {
            Without::Species(other) => {
                let mut hidden = base.clone();
                hidden.hide_layer(*other);
                field.view(tile, &hidden)
            }
            Without::Planes(planes) => {
                let mut view = known.clone();
                view.forget(planes.iter().copied());
                view
            }
            Without::Scans => View { scans: Vec::new(), ..known.clone() },
        };
        asks.push(Ask { tile, view });
    }
    let scores = asked.model.fill(&asks)?;
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

/// The tile around the best cell of a cluster, inside the grid, and the cluster's cells in it.
fn around(read: &Read, cluster: &Target) -> Option<(Tile, Vec<usize>)> {
    let (grid, side) = (&read.field.layers.grid, read.field.side);
    let best = grid.locate(cluster.peak)?;
    let from = |at: usize, most: usize| at.saturating_sub(side / 2).min(most - side);
    let (row, col) = (from(best / grid.cols, grid.rows), from(best % grid.cols, grid.cols));
    let inside = |unit: &usize| {
        let (down, across) =
            ((unit / grid.cols).checked_sub(row)?, (unit % grid.cols).checked_sub(col)?);
        (down < side && across < side).then_some(down * side + across)
    };
    let cells = cluster.units.iter().filter_map(inside).collect();
    Some((Tile { row, col }, cells))
}
