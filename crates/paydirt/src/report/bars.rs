//! Bars and dumbbells, as plain geometry that the template writes down.

use serde::Serialize;

use super::OptimismGap;
use super::figures::{Label, round};
use super::number::figure;

/// A row of the dumbbell chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Dumbbell {
    name: String,
    spatial: f64,
    random: f64,
    spatial_text: String,
    random_text: String,
    gap: String,
}

/// The optimism gap of each model: two AUCs on an axis from `low` to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Dumbbells {
    rows: Vec<Dumbbell>,
    ticks: Vec<Label>,
}

pub(crate) fn dumbbells(gaps: &[OptimismGap]) -> Option<Dumbbells> {
    let least = gaps.iter().flat_map(|gap| [gap.spatial_auc, gap.random_auc]).fold(0.5, f64::min);
    if gaps.is_empty() || !least.is_finite() {
        return None;
    }
    let low = (least * 10.0).floor() / 10.0;
    let left = |auc: f64| round(20.0 + (auc - low) / (1.0 - low) * 320.0);
    let rows = gaps.iter().filter(|gap| gap.gap.is_finite()).map(|gap| Dumbbell {
        name: gap.name.clone(),
        spatial: left(gap.spatial_auc),
        random: left(gap.random_auc),
        spatial_text: figure(gap.spatial_auc),
        random_text: figure(gap.random_auc),
        gap: format!("{:+.3}", gap.gap),
    });
    let tenths = (low * 10.0).round() as usize..=10;
    let ticks = tenths.map(|tenth| {
        let auc = tenth as f64 / 10.0;
        Label { left: left(auc), top: 0.0, text: format!("{auc:.1}") }
    });
    Some(Dumbbells { rows: rows.collect(), ticks: ticks.collect() })
}

/// A bar with a whisker; all in per cent of the width.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Bar {
    name: String,
    from: f64,
    width: f64,
    low: f64,
    high: f64,
    text: String,
}

/// Bars of values with their spreads, on an axis that holds zero; `zero` is its place in per cent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Bars {
    zero: f64,
    bars: Vec<Bar>,
}

pub(crate) fn bars(values: Vec<(String, f64, f64)>, text: fn(f64) -> String) -> Option<Bars> {
    let finite = |value: &(String, f64, f64)| value.1.is_finite() && value.2.is_finite();
    let values: Vec<_> = values.into_iter().filter(finite).collect();
    let least = values.iter().map(|(_, value, spread)| value - spread).fold(0.0, f64::min);
    let greatest = values.iter().map(|(_, value, spread)| value + spread).fold(0.0, f64::max);
    if values.is_empty() || greatest <= least {
        return None;
    }
    let place = |value: f64| round((value - least) / (greatest - least) * 100.0);
    let bars = values.into_iter().map(|(name, value, spread)| Bar {
        name,
        from: place(value.min(0.0)),
        width: round(place(value.max(0.0)) - place(value.min(0.0))),
        low: place(value - spread),
        high: place(value + spread),
        text: text(value),
    });
    Some(Bars { zero: place(0.0), bars: bars.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_zero_also_when_some_fall_below() {
        let values = vec![("a".into(), 3.0, 0.0), ("b".into(), -1.0, 0.0)];
        let bars = bars(values, figure).unwrap();
        assert_eq!(bars.zero, 25.0);
        assert_eq!((bars.bars[0].from, bars.bars[0].width), (25.0, 75.0));
        assert_eq!((bars.bars[1].from, bars.bars[1].width), (0.0, 25.0));
        for nothing in [0.0, f64::NAN] {
            assert_eq!(super::bars(vec![("a".into(), nothing, 0.0)], figure), None);
        }
    }

    #[test]
    fn dumbbells_of_nothing_and_of_what_is_worse_than_a_coin() {
        assert_eq!(dumbbells(&[]), None);
        let gap =
            OptimismGap { name: "forest".into(), spatial_auc: 0.42, random_auc: 0.7, gap: 0.28 };
        let drawn = dumbbells(&[gap]).unwrap();
        assert_eq!((drawn.ticks.len(), drawn.ticks[0].text.as_str()), (7, "0.4"));
        assert_eq!(drawn.rows[0].gap, "+0.280");
    }
}
