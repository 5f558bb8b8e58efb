//! Effects: single curves with partial dependence above, and below it what moves, next to accumulated local
//! effects.

use serde::Serialize;

use super::axis::{Across, Axis, Tick, dots, line};
use crate::explain::effects::{Effect, Found};
use crate::report::figures::Label;

/// Where the two frames stand: left, right, and the top and bottom of each.
const ACROSS: [f64; 2] = [48.0, 350.0];
const CURVES: [f64; 2] = [8.0, 138.0];
const MOVES: [f64; 2] = [152.0, 232.0];

/// A layer's picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Panel {
    layer: String,
    across: String,
    ordered: bool,
    ticks_across: Vec<Label>,
    ticks_curves: Vec<Tick>,
    ticks_moves: Vec<Tick>,
    zero: Option<f64>,
    curves: String,
    mean: String,
    moved: String,
    accumulated: Option<String>,
    rug: String,
    beyond: bool,
}

/// The pictures of all effects.
pub(super) fn panels(found: &Found) -> Vec<Panel> {
    found.layers.iter().filter_map(panel).collect()
}

fn panel(effect: &Effect) -> Option<Panel> {
    let (across, beyond) = across(effect)?;
    // Both about the same height, so that their shapes can be compared.
    let centre = mean(effect.partial_dependence.iter().copied().flatten())
        - mean(effect.accumulated.iter().flatten().copied());
    let single = || effect.curves.iter().flatten().copied().flatten().map(f64::from);
    let means = || effect.partial_dependence.iter().copied().flatten();
    let curves = Axis::over(single().chain(means()), CURVES[1], CURVES[0])?;
    let local = effect.accumulated.iter().flatten().copied();
    let moves = Axis::over(means().map(|mean| mean - centre).chain(local), MOVES[1], MOVES[0])?;
    let path = |values: Vec<Option<f64>>, axis: Axis| {
        let place =
            |(point, value): (&f32, Option<f64>)| Some((across.place(*point)?, axis.place(value?)));
        let places = effect.points.iter().zip(values).map(place);
        // Between categories there is nothing.
        match effect.ordered {
            true => line(places),
            false => dots(places.flatten()),
        }
    };
    let curve = |curve: &Vec<Option<f32>>| {
        path(curve.iter().map(|score| score.map(f64::from)).collect(), curves)
    };
    let about = |mean: &Option<f64>| mean.map(|mean| mean - centre);
    let moved = effect.partial_dependence.iter().map(about).collect();
    let all = |values: &Vec<f64>| path(values.iter().copied().map(Some).collect(), moves);
    Some(Panel {
        layer: effect.layer.clone(),
        across: super::named(&effect.layer, &effect.unit),
        ordered: effect.ordered,
        ticks_across: across.ticks(MOVES[1]),
        ticks_curves: curves.ticks(5.0),
        ticks_moves: moves.ticks(4.0),
        zero: moves.holds(0.0).then(|| moves.place(0.0)),
        curves: effect.curves.iter().map(curve).collect(),
        mean: path(effect.partial_dependence.clone(), curves),
        moved: path(moved, moves),
        accumulated: effect.accumulated.as_ref().map(all),
        rug: rug(effect, &across),
        beyond,
    })
}

/// The mean of some numbers; 0 without any.
fn mean(of: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = of.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    sum / count.max(1) as f64
}

/// Ticks at the deposits' values, longer where several share one.
fn rug(effect: &Effect, across: &Across) -> String {
    let mut values = effect.deposits.clone();
    values.sort_by(f32::total_cmp);
    let ticks = values.chunk_by(|a, b| a == b).filter_map(|same| {
        let left = across.place(same[0])?;
        Some(format!("M{left} {}v-{}", MOVES[1], 3 + 2 * same.len().min(6)))
    });
    ticks.collect()
}

/// The axis of the values. Where the outermost parts take more than half of it, they are left out as far as
/// no deposit lies in them.
fn across(effect: &Effect) -> Option<(Across, bool)> {
    if !effect.ordered {
        let classes = effect.points.iter().zip(&effect.classes);
        let classes = classes.map(|(code, name)| (*code, name.as_ref())).collect();
        return Some((Across::classes(classes, ACROSS)?, false));
    }
    let points: Vec<f64> = effect.points.iter().map(|point| f64::from(*point)).collect();
    let [first, .., last] = points[..] else { return None };
    let (mut low, mut high) = (first, last);
    if points.len() >= 8 {
        let inner = [points[1], points[points.len() - 2]];
        if inner[1] - inner[0] < 0.5 * (last - first) {
            let deposits = effect.deposits.iter().map(|value| f64::from(*value));
            low = deposits.clone().fold(inner[0], f64::min).max(first);
            high = deposits.fold(inner[1], f64::max).min(last);
        }
    }
    let beyond = low > first || high < last;
    Some((Across::numbers([low, high].into_iter(), ACROSS)?, beyond))
}
