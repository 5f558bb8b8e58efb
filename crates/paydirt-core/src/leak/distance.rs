//! Layers that tell how far the nearest deposit is.

use rand::RngExt;
use rayon::prelude::*;
use rstar::RTree;

use super::cells::background;
use super::{Finding, Kind, Scene, Settings, Severity};
use crate::Result;
use crate::ground::{Ground, distance};
use crate::layer::EvidenceType;
use crate::seed::Seed;
use crate::step::quantile;
use crate::step::spearman::Ranked;
use crate::table::{Column, Table};

/// Cells of the map on which layers are compared.
const CELLS: usize = 2_000;

/// The share of cells nearest to deposits that is also looked at by itself, as a distance or a density
/// that is cut off somewhere varies there alone.
const NEAREST: f64 = 0.2;

/// Finds layers whose rank correlation (Spearman 1904, DOI 10.2307/1412159) with the distance to the
/// nearest deposit, over evenly drawn cells of the map or over the fifth of them that is nearest, is
/// over the level, and hardly ever as large when all deposits together are moved and mirrored at random
/// on a map whose edges are joined (Lotwick and Silverman 1982, DOI 10.1111/j.2517-6161.1982.tb01221.x):
/// a smooth layer and few deposits agree often enough by chance.
pub(super) fn find(scene: &Scene<'_>, settings: &Settings) -> Result<Vec<Finding>> {
    let seed = scene.seed.derive("distance layers", 0);
    let Some(ground) = Ground::of(scene.stack)? else { return Ok(Vec::new()) };
    let deposits = scene.labelled.iter().filter(|sample| sample.is_deposit());
    let deposits: Vec<[f64; 2]> = deposits.map(|sample| ground.place(sample.unit)).collect();
    if deposits.is_empty() {
        return Ok(Vec::new());
    }
    let units = background(scene, CELLS, seed);
    let cells: Vec<[f64; 2]> = units.iter().map(|&unit| ground.place(unit)).collect();
    let columns = scene.stack.read_units(&units)?.into_columns().into_iter();
    let numbers: Vec<Column> =
        columns.filter(|column| column.evidence_type != EvidenceType::Categorical).collect();
    let table = Table::new(units.len(), numbers)?;
    let rho = correlations(&table, &cells, deposits.clone())?;
    let found: Vec<(Column, f64)> = table
        .into_columns()
        .into_iter()
        .zip(rho)
        .filter_map(|(column, rho)| Some((column, rho?)))
        .filter(|(_, rho)| *rho >= settings.distance_correlation)
        .collect();
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let columns = found.iter().map(|(column, _)| column.clone()).collect();
    let kept = Table::new(units.len(), columns)?;
    let moved: Vec<Vec<Option<f64>>> = (0..settings.shifts)
        .into_par_iter()
        .map(|number| {
            let places = shifted(&deposits, ground.size_m, seed.derive("shift", number as u64));
            correlations(&kept, &cells, places)
        })
        .collect::<Result<_>>()?;
    let chance = |(index, (_, rho)): (usize, &(Column, f64))| {
        let as_large = moved.iter().filter(|moved| moved[index].is_some_and(|moved| moved >= *rho));
        (1 + as_large.count()) as f64 / (settings.shifts + 1) as f64
    };
    let chances: Vec<f64> = found.iter().enumerate().map(chance).collect();
    let pairs = found.iter().zip(chances).filter(|(_, chance)| *chance <= settings.significance);
    Ok(pairs.map(|((column, rho), chance)| finding(column, *rho, chance)).collect())
}

fn finding(column: &Column, rho: f64, chance: f64) -> Finding {
    let sentence = format!(
        "layer `{}` follows the distance to the nearest deposit: their rank correlation is {rho:.3} in \
         size, which it reaches with a probability of {chance:.3} where deposits are moved at random",
        column.name
    );
    let remedy = "leave the layer out unless it was made without knowing where deposits are: distances and \
                  densities of known occurrences, workings and drilling are not evidence";
    Finding::new(Kind::DistanceLayer, Severity::Severe, sentence, remedy)
        .of_layer(&column.name)
        .with([("rank_correlation", rho), ("probability_by_chance", chance)])
}

/// For each column the size of its rank correlation with the distance to the nearest place: the larger
/// of that over all cells and that over the nearest fifth.
fn correlations(
    table: &Table,
    cells: &[[f64; 2]],
    places: Vec<[f64; 2]>,
) -> Result<Vec<Option<f64>>> {
    let tree = RTree::bulk_load(places);
    let to_nearest = |cell: &[f64; 2]| {
        tree.nearest_neighbor(*cell).map_or(f32::NAN, |place| distance(*place, *cell) as f32)
    };
    let distances: Vec<f32> = cells.iter().map(to_nearest).collect();
    let mut sorted = distances.clone();
    sorted.sort_by(f32::total_cmp);
    let reach = quantile(&sorted, NEAREST).unwrap_or(0.0);
    let near: Vec<usize> =
        (0..cells.len()).filter(|&cell| f64::from(distances[cell]) <= reach).collect();
    let column = Column::new("distance", "distance", EvidenceType::Continuous, distances);
    let distances = Table::new(cells.len(), vec![column])?;
    let sizes = |table: &Table, distances: &Table| -> Vec<Option<f64>> {
        let distance = distances.columns().first().map(Ranked::new);
        let rho = |column| Some(Ranked::new(column).rho(distance.as_ref()?)?.abs());
        table.columns().iter().map(rho).collect()
    };
    let all = sizes(table, &distances);
    let nearest = sizes(&table.select(&near), &distances.select(&near));
    let larger =
        |(all, near): (Option<f64>, Option<f64>)| all.into_iter().chain(near).reduce(f64::max);
    Ok(all.into_iter().zip(nearest).map(larger).collect())
}

/// All places moved by one random step over joined edges, perhaps mirrored.
fn shifted(places: &[[f64; 2]], size_m: [f64; 2], seed: Seed) -> Vec<[f64; 2]> {
    let mut rng = seed.rng();
    let step = size_m.map(|size| size * rng.random::<f64>());
    let mirrored = [rng.random::<bool>(), rng.random::<bool>()];
    let along = |place: &[f64; 2], axis: usize| {
        let at = if mirrored[axis] { size_m[axis] - place[axis] } else { place[axis] };
        let moved = at + step[axis];
        if moved < size_m[axis] { moved } else { moved - size_m[axis] }
    };
    places.iter().map(|place| [along(place, 0), along(place, 1)]).collect()
}
