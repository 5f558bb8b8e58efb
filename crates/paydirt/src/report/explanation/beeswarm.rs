//! The beeswarm: each layer's share in each cell, dots that would lie on each other side by side.

use serde::Serialize;

use super::axis::{Axis, Tick, dots, fifths};
use crate::explain::shap::{CellLine, Found, LayerLine};

/// Layers that are drawn.
const MOST_LAYERS: usize = 12;
/// Height of a layer's row, of which the upper part holds its name.
const ROW: f64 = 40.0;
/// Half the height that the dots of a row may take.
const HALF: f64 = 11.0;
/// Width in which dots count as on each other.
const WIDTH: f64 = 2.5;

/// Dots of one colour; `look` is a class of the style sheet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Swarm {
    pub(super) look: String,
    pub(super) path: String,
}

/// A layer's row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Row {
    name: String,
    top: f64,
    /// Rims of the cells of targets and deposits.
    marked: String,
    swarms: Vec<Swarm>,
}

/// The picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Beeswarm {
    height: f64,
    zero: f64,
    ticks: Vec<Tick>,
    rows: Vec<Row>,
    cells: usize,
    marked: usize,
    others: usize,
}

/// The class of the style sheet of a fifth.
pub(super) fn look(fifth: Option<usize>) -> String {
    fifth.map_or_else(|| "vn".into(), |fifth| format!("v{fifth}"))
}

/// Dots by colour, the commonest look first.
pub(super) fn swarms(places: &[(f64, f64)], looks: &[String]) -> Vec<Swarm> {
    let mut names: Vec<&String> = looks.iter().collect();
    names.sort();
    names.dedup();
    let of = |look: &String| {
        let own = places.iter().zip(looks).filter(|(_, other)| *other == look);
        Swarm { look: look.clone(), path: dots(own.map(|(place, _)| *place)) }
    };
    names.into_iter().map(of).collect()
}

/// The beeswarm of the first layers.
pub(super) fn beeswarm(found: &Found) -> Option<Beeswarm> {
    let shown = &found.layers[..found.layers.len().min(MOST_LAYERS)];
    let shares = shown.iter().flat_map(|layer| &layer.shares).map(|share| f64::from(*share));
    let axis = Axis::over(shares.chain([0.0]), 6.0, 354.0)?;
    let rows: Vec<Row> = shown
        .iter()
        .enumerate()
        .map(|(number, layer)| row(layer, &found.cells, axis, number as f64 * ROW))
        .collect();
    let drawn = found.cells.iter().filter(|cell| cell.drawn).count();
    Some(Beeswarm {
        height: rows.len() as f64 * ROW,
        zero: axis.place(0.0),
        ticks: axis.ticks(6.0),
        cells: drawn,
        marked: found.cells.iter().filter(|cell| is_marked(cell)).count(),
        others: found.layers.len() - shown.len(),
        rows,
    })
}

fn is_marked(cell: &CellLine) -> bool {
    cell.target.is_some() || cell.deposit
}

fn row(layer: &LayerLine, cells: &[CellLine], axis: Axis, top: f64) -> Row {
    let middle = top + ROW - HALF - 2.0;
    let lefts: Vec<f64> = layer.shares.iter().map(|share| axis.place(f64::from(*share))).collect();
    let places: Vec<(f64, f64)> =
        lefts.iter().zip(aside(&lefts)).map(|(left, aside)| (*left, middle + aside)).collect();
    let colours = match layer.ordered {
        true => fifths(&layer.values),
        false => vec![None; lefts.len()],
    };
    let looks: Vec<String> = colours.into_iter().map(look).collect();
    let marked = places.iter().zip(cells).filter(|(_, cell)| is_marked(cell));
    Row {
        name: layer.layer.clone(),
        top,
        marked: dots(marked.map(|(place, _)| *place)),
        swarms: swarms(&places, &looks),
    }
}

/// How far each dot stands off the middle, so that those at one place stand side by side.
fn aside(lefts: &[f64]) -> Vec<f64> {
    let bin = |left: f64| (left / WIDTH).round() as i64;
    let mut order: Vec<usize> = (0..lefts.len()).collect();
    order.sort_by_key(|&at| bin(lefts[at]));
    let mut aside = vec![0.0; lefts.len()];
    for together in order.chunk_by(|&a, &b| bin(lefts[a]) == bin(lefts[b])) {
        let step = (2.0 * HALF / together.len() as f64).min(WIDTH);
        for (number, &at) in together.iter().enumerate() {
            let far = number.div_ceil(2) as f64 * step;
            aside[at] = if number.is_multiple_of(2) { far } else { -far };
        }
    }
    aside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_at_one_place_stand_side_by_side_and_inside_their_row() {
        assert_eq!(aside(&[10.0, 10.0, 50.0, 10.0]), [0.0, -2.5, 0.0, 2.5]);
        let crowd = aside(&[7.0; 400]);
        assert!(crowd.iter().all(|far| far.abs() <= HALF));
        assert!(beeswarm(&Found::default()).is_some_and(|drawn| drawn.rows.is_empty()));
    }
}
