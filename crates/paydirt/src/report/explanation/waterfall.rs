//! Waterfalls: how the layers add up, from the score before any evidence to that of a cell.

use serde::Serialize;

use super::axis::{Axis, Tick};
use crate::explain::shap::{Found, Waterfall};
use crate::report::figures::round;
use crate::report::number::figure;

/// Layers that have a bar of their own.
const MOST_PARTS: usize = 8;
/// Height of a bar with its words.
const ROW: f64 = 32.0;

/// A bar from one sum to the next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Bar {
    name: String,
    value: String,
    share: String,
    raises: bool,
    top: f64,
    left: f64,
    width: f64,
    /// Where the next bar begins.
    end: f64,
}

/// A target's picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Fall {
    target: usize,
    base: String,
    score: String,
    from: f64,
    to: f64,
    height: f64,
    bars: Vec<Bar>,
    ticks: Vec<Tick>,
}

/// The waterfalls of the best targets.
pub(super) fn waterfalls(found: &Found) -> Vec<Fall> {
    found.waterfalls.iter().filter_map(|of| fall(found.base, of)).collect()
}

fn fall(base: f64, of: &Waterfall) -> Option<Fall> {
    let (first, rest) = of.parts.split_at(of.parts.len().min(MOST_PARTS));
    let mut steps: Vec<(String, String, f64)> = first
        .iter()
        .map(|part| {
            let value = part.value.number.map_or_else(String::new, |_| part.value.words());
            (part.layer.clone(), value, part.share)
        })
        .collect();
    if !rest.is_empty() {
        let sum = rest.iter().map(|part| part.share).sum();
        let plural = if rest.len() == 1 { "" } else { "s" };
        steps.push((format!("{} other layer{plural}", rest.len()), String::new(), sum));
    }
    let mut at = base;
    let sums: Vec<[f64; 2]> = steps
        .iter()
        .map(|(_, _, share)| {
            let before = at;
            at += share;
            [before, at]
        })
        .collect();
    let axis = Axis::over(sums.iter().flatten().copied().chain([base]), 6.0, 354.0)?;
    let bars = steps.into_iter().zip(&sums).enumerate();
    let bars: Vec<Bar> = bars
        .map(|(number, ((name, value, share), ends))| {
            let [from, to] = ends.map(|end| axis.place(end));
            Bar {
                name,
                value,
                share: format!("{}{}", if share < 0.0 { '−' } else { '+' }, figure(share.abs())),
                raises: share >= 0.0,
                top: number as f64 * ROW,
                left: from.min(to),
                width: round((to - from).abs().max(1.0)),
                end: to,
            }
        })
        .collect();
    Some(Fall {
        target: of.target,
        base: figure(base),
        score: figure(of.score),
        from: axis.place(base),
        to: axis.place(at),
        height: bars.len() as f64 * ROW,
        ticks: axis.ticks(7.0),
        bars,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::place::Part;

    #[test]
    fn bars_lead_from_the_base_to_the_score() {
        let part = |number: usize| Part {
            layer: format!("layer {number}"),
            share: if number == 1 { -0.2 } else { 0.1 },
            ..Part::default()
        };
        let parts: Vec<Part> = (0..10).map(part).collect();
        let score = 0.05 + parts.iter().map(|part| part.share).sum::<f64>();
        let found = Found {
            base: 0.05,
            waterfalls: vec![Waterfall { target: 1, score, parts }],
            ..Found::default()
        };
        let [fall] = &waterfalls(&found)[..] else { panic!("one") };
        assert_eq!((fall.bars.len(), fall.bars[8].name.as_str()), (9, "2 other layers"));
        assert_eq!((fall.bars[1].share.as_str(), fall.bars[1].raises), ("−0.200", false));
        assert_eq!(fall.bars.last().map(|bar| bar.end), Some(fall.to));
        assert_eq!((fall.base.as_str(), fall.score.as_str()), ("0.050", "0.750"));
        assert!(waterfalls(&Found::default()).is_empty());
    }
}
