//! Dependence plots: each cell's share of a layer against the layer's value, coloured by the layer with
//! which it interacts most.

use serde::Serialize;

use super::axis::{Across, Axis, Tick, fifths};
use super::beeswarm::{Swarm, look, swarms};
use crate::explain::shap::{Found, LayerLine};
use crate::report::figures::Label;

/// Where the picture's frame stands.
const FRAME: [f64; 4] = [48.0, 350.0, 8.0, 190.0];
/// Values up to this many that differ are taken for classes, and dots spread within theirs.
const MOST_CLASSES: usize = 12;

/// A layer's picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Scatter {
    layer: String,
    across: String,
    companion: Option<String>,
    zero: Option<f64>,
    ticks_across: Vec<Label>,
    ticks_up: Vec<Tick>,
    swarms: Vec<Swarm>,
}

/// The pictures of the first layers whose values are known.
pub(super) fn scatters(found: &Found, count: usize) -> Vec<Scatter> {
    found.layers.iter().take(count).filter_map(|layer| scatter(found, layer)).collect()
}

fn scatter(found: &Found, layer: &LayerLine) -> Option<Scatter> {
    let known: Vec<(usize, f32)> =
        layer.values.iter().enumerate().filter_map(|(row, v)| v.map(|v| (row, v))).collect();
    let mut distinct: Vec<f32> = known.iter().map(|(_, value)| *value).collect();
    distinct.sort_by(f32::total_cmp);
    distinct.dedup();
    if distinct.len() < 2 {
        return None;
    }
    let [left, right, top, bottom] = FRAME;
    let by_class = !layer.ordered || distinct.len() <= MOST_CLASSES;
    let across = match layer.ordered {
        true => {
            let room = if by_class { gap(&distinct) / 2.0 } else { 0.0 };
            let ends = [distinct[0], distinct[distinct.len() - 1]].map(f64::from);
            Across::numbers([ends[0] - room, ends[1] + room].into_iter(), [left, right])?
        }
        false => {
            let classes = distinct.iter().map(|code| (*code, None)).collect();
            Across::classes(classes, [left, right])?
        }
    };
    let up = Axis::over(layer.shares.iter().map(|share| f64::from(*share)), bottom, top)?;
    let spread = match (by_class, &across) {
        (false, _) => 0.0,
        (true, Across::Classes { axis, .. }) => axis.place(0.3) - axis.place(0.0),
        (true, Across::Numbers(axis)) => axis.place(0.3 * gap(&distinct)) - axis.place(0.0),
    };
    let place = |(row, value): &(usize, f32)| {
        // The same for the same row, and even over the rows.
        let aside = (row * 61 % 97) as f64 / 48.0 - 1.0;
        Some((across.place(*value)? + spread * aside, up.place(f64::from(layer.shares[*row]))))
    };
    let companion = layer
        .companion
        .as_ref()
        .and_then(|name| found.layers.iter().find(|other| other.layer == *name && other.ordered));
    let colours = companion.map(|other| fifths(&other.values));
    let of = |row: usize| look(colours.as_ref().and_then(|colours| colours[row]));
    let places: Vec<(f64, f64)> = known.iter().filter_map(place).collect();
    let looks: Vec<String> = known.iter().map(|(row, _)| of(*row)).collect();
    Some(Scatter {
        layer: layer.layer.clone(),
        across: super::named(&layer.layer, &layer.unit),
        companion: companion.map(|companion| companion.layer.clone()),
        zero: up.holds(0.0).then(|| up.place(0.0)),
        ticks_across: across.ticks(bottom),
        ticks_up: up.ticks(6.0),
        swarms: swarms(&places, &looks),
    })
}

/// The least distance between two neighbours.
fn gap(distinct: &[f32]) -> f64 {
    let gaps = distinct.windows(2).map(|pair| f64::from(pair[1]) - f64::from(pair[0]));
    gaps.fold(f64::INFINITY, f64::min)
}
