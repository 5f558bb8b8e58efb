//! The decision plot: each cell's way from the score before any evidence to its own, layer by layer, the
//! greatest last (Lundberg and others 2020, DOI 10.1038/s42256-019-0138-9).

use serde::Serialize;

use super::axis::{Axis, Tick};
use crate::explain::shap::{CellLine, Found};
use crate::report::figures::round;

/// Layers that are steps of their own; the others are the first step together.
const MOST_LAYERS: usize = 12;
/// Cells drawn evenly whose ways are drawn.
const MOST_CELLS: usize = 60;
/// Height of a step, and width of its name.
const ROW: f64 = 30.0;
const LEFT: f64 = 112.0;

/// Ways of one kind of cell; `look` is a class of the style sheet.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Ways {
    look: &'static str,
    path: String,
}

/// A step's name.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Step {
    name: String,
    top: f64,
}

/// The picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Decision {
    height: f64,
    base: f64,
    ticks: Vec<Tick>,
    steps: Vec<Step>,
    ways: Vec<Ways>,
    cells: usize,
    targets: usize,
    deposits: usize,
}

/// Scores after each step from the least layer to the greatest, beginning with the base.
fn way(found: &Found, row: usize) -> Vec<f64> {
    let (own, others) = found.layers.split_at(found.layers.len().min(MOST_LAYERS));
    let share = |layer: &crate::explain::shap::LayerLine| {
        layer.shares.get(row).map_or(0.0, |share| f64::from(*share))
    };
    let mut scores = vec![found.base];
    let mut score = found.base;
    if !others.is_empty() {
        score += others.iter().map(share).sum::<f64>();
        scores.push(score);
    }
    for layer in own.iter().rev() {
        score += share(layer);
        scores.push(score);
    }
    scores
}

/// The ways of cells that were drawn evenly, and of all deposits and targets.
pub(super) fn decision(found: &Found) -> Option<Decision> {
    let even = found.cells.iter().filter(|cell| cell.drawn).count();
    let step = even.div_ceil(MOST_CELLS).max(1);
    let of = |wanted: &dyn Fn(&CellLine, usize) -> bool| -> Vec<Vec<f64>> {
        let rows = (0..found.cells.len()).filter(|row| wanted(&found.cells[*row], *row));
        rows.map(|row| way(found, row)).collect()
    };
    let chosen = [
        ("even", of(&|cell, row| cell.drawn && row.is_multiple_of(step))),
        ("known", of(&|cell, _| cell.deposit)),
        ("target", of(&|cell, _| cell.target.is_some())),
    ];
    let all = chosen.iter().flat_map(|(_, ways)| ways).flatten().copied();
    let axis = Axis::over(all.chain([found.base]), LEFT, 354.0)?;
    let steps = way(found, 0).len() - 1;
    let height = steps as f64 * ROW + 8.0;
    let top = |step: usize| round(height - 4.0 - step as f64 * ROW);
    let path = |ways: &[Vec<f64>]| {
        let mut path = String::new();
        for (at, score) in ways.iter().flat_map(|way| way.iter().enumerate()) {
            let command = if at == 0 { 'M' } else { 'L' };
            path += &format!("{command}{} {}", axis.place(*score), top(at));
        }
        path
    };
    let shown = found.layers.len().min(MOST_LAYERS);
    let others = found.layers.len() - shown;
    let rest = (others > 0).then(|| format!("{others} other layers"));
    let names = rest.into_iter().chain(found.layers[..shown].iter().rev().map(|l| l.layer.clone()));
    Some(Decision {
        height,
        base: axis.place(found.base),
        ticks: axis.ticks(6.0),
        steps: names
            .enumerate()
            .map(|(at, name)| Step { name, top: top(at) - ROW / 2.0 })
            .collect(),
        cells: chosen[0].1.len(),
        deposits: chosen[1].1.len(),
        targets: chosen[2].1.len(),
        ways: chosen.iter().map(|(look, ways)| Ways { look, path: path(ways) }).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::shap::LayerLine;

    #[test]
    fn a_way_begins_at_the_base_and_ends_at_the_score_with_the_greatest_layer_last() {
        let layer = |at: usize| LayerLine {
            layer: format!("l{at}"),
            mean_size: 1.0 / (at + 1) as f64,
            shares: vec![1.0 / (at + 1) as f32],
            ..LayerLine::default()
        };
        let cells = vec![CellLine { drawn: true, ..CellLine::default() }];
        let found = |layers: usize| Found {
            base: 0.5,
            cells: cells.clone(),
            layers: (0..layers).map(layer).collect(),
            ..Found::default()
        };
        for layers in [1, 3, 12, 15] {
            let way = way(&found(layers), 0);
            let sum: f64 = (0..layers).map(|at| f64::from(1.0 / (at + 1) as f32)).sum();
            assert!((way[way.len() - 1] - 0.5 - sum).abs() < 1e-9 && way[0] == 0.5);
            assert!((way[way.len() - 1] - way[way.len() - 2] - 1.0).abs() < 1e-9);
            let drawn = decision(&found(layers)).unwrap();
            assert_eq!(drawn.steps.len(), way.len() - 1);
            assert_eq!(drawn.steps[0].name == "3 other layers", layers == 15);
            assert_eq!((drawn.cells, drawn.targets), (1, 0));
        }
        assert!(decision(&Found { base: f64::NAN, ..Found::default() }).is_none());
    }
}
